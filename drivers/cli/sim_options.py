"""What a simulator takes, told: its own options, control lines and faults."""

import inspect
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from rich.table import Table
from rich.text import Text

from drivers import sim as simulators
from drivers.cli.options import option_table
from drivers.cli.output import Screen, tell, write
from drivers.cli.run import bad_argument
from drivers.cli.wording import language
from drivers.saying import Saying, as_described, in_language, saying, together
from drivers.settings.option_words import problems, properties
from drivers.words import say

IN_LIST = re.compile(r"^ {4}(\w+) {2,}(\S.*(?:\n {8,}\S.*)*)$", re.MULTILINE)
IN_BRACKETS = re.compile(r"`(\w+)` \(([^)]+)\)")
PORT = Field(ge=0, le=65535)  # 0 takes a free one


def model_of(name: str) -> type[BaseModel]:
    """The options of a simulator: what its constructor takes. Raises ValueError."""
    made = simulators.simulator_class(name)
    fields: dict[str, Any] = {}
    for key, one in inspect.signature(made, eval_str=True).parameters.items():
        default = ... if one.default is one.empty else one.default
        kind = Annotated[one.annotation, PORT] if key == "tcp_port" else one.annotation
        fields[key] = (kind, default)
    return create_model(f"{name} options", __config__=ConfigDict(extra="forbid"), **fields)


def checked(name: str, given: dict[str, str]) -> dict[str, Any]:
    """The words of the command line as values. Raises BAD_OPTION, ValueError for no such one."""
    model = model_of(name)
    try:
        values = model.model_validate(given)
    except ValidationError as e:
        wrong = together(*problems(model, e), by="; ")
        takes = ", ".join(model.model_fields)
        raise bad_argument(
            saying("simulator {name}: {wrong}. It takes {takes}.", name=name, wrong=wrong,
                   takes=takes)
        ) from e  # fmt: skip
    return {key: getattr(values, key) for key in given}


def tell_simulator(name: str, as_json: bool) -> None:
    """Print what it takes. Raises ValueError for no such simulator."""
    lines, faults = _taken(name)
    means = _meanings(simulators.simulator_class(name))
    if as_json:
        told = {fault: {"takes": str(what), "description": means.get(fault, "")}
                for fault, what in faults.items()}  # fmt: skip
        tell({"ok": True, "options": properties(model_of(name)), "control": lines, "faults": told})
        return
    lang = language()
    screen = Screen()
    write(say("sim.options_of", lang, name=name))
    screen.print(option_table(model_of(name), lang))
    for line in ("", say("sim.controls_of", lang), *(f"  {line}" for line in lines)):
        write(line)
    write(f"\n{say('sim.faults_of', lang)}")
    table = Table(box=None)
    for heading in ("sim.fault", "options.allowed", "options.meaning"):
        table.add_column(say(heading, lang), overflow="fold", no_wrap=heading == "sim.fault")
    for fault, what in faults.items():
        meaning = as_described(means.get(fault, ""))
        table.add_row(
            fault, Text(in_language(what, lang).strip()), Text(in_language(meaning, lang))
        )
    screen.print(table)


def _taken(name: str) -> tuple[list[str], dict[str, Saying]]:
    """Control lines, and faults with what they take."""
    made = simulators.simulator_class(name)
    try:
        simulator = made()
    except Exception:  # noqa: BLE001 - it cannot play here: its class knows the names at least
        names = getattr(made, "faults", ())
        return list(getattr(made, "controls", ())), {fault: saying("a value") for fault in names}
    try:
        return list(simulator.vocabulary()[: len(simulator.controls)]), simulator.taken()
    finally:
        simulator.stop()


def _meanings(made: Any) -> dict[str, str]:
    """What the documentation of a simulator says of its faults: lines of a list, or in brackets."""
    texts = [inspect.getdoc(inspect.getmodule(made)) or "", inspect.getdoc(made) or ""]
    text = "\n".join(texts)
    found = {name: " ".join(what.split()) for name, what in IN_BRACKETS.findall(text)}
    return found | {name: " ".join(what.split()) for name, what in IN_LIST.findall(text)}
