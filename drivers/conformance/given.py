"""What was given on the command line of the suite, looked at before a test runs."""

import difflib
from collections.abc import Sequence

from pydantic import ValidationError

from drivers import registry
from drivers.cli.run import pairs
from drivers.errors import PeripheralError


def problem(drivers: Sequence[str], options: Sequence[str]) -> str:
    """Why the suite cannot run on these drivers with these options, in a sentence; "" if it can."""
    try:
        given = pairs(list(options))
    except PeripheralError as e:
        return e.detail.replace("--option", "--hall-option")
    return next(filter(None, (_problem(driver, given) for driver in drivers)), "")


def _problem(driver: str, given: dict[str, str]) -> str:
    try:
        model = registry.spec_of(driver).options
    except PeripheralError as e:
        return f"{e.detail}. A driver is known by its entry point in {registry.GROUP}."
    except Exception as e:  # noqa: BLE001 - others' code
        return f"{driver} cannot be loaded: {type(e).__name__}: {e}"
    for name in given:
        if name not in model.model_fields:
            near = difflib.get_close_matches(name, model.model_fields, n=1)
            hint = (
                f"did you mean {near[0]}?" if near else f"there are {', '.join(model.model_fields)}"
            )
            return f"--hall-option {name}: {driver} has no such option; {hint}"
    try:
        model.model_validate(given)
    except ValidationError as e:  # options that are missing are given by the simulator
        for error in e.errors():
            if error["loc"] and error["loc"][0] in given:
                return f"--hall-option {error['loc'][0]}: {error['msg']}"
    return ""
