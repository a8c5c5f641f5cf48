"""What was given on the command line of the suite, looked at before a test runs."""

from collections.abc import Sequence

from pydantic import ValidationError

from drivers import registry
from drivers.cli.run import pairs
from drivers.errors import PeripheralError
from drivers.settings.near import hint
from drivers.settings.option_words import problems


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
            near = hint(name, model.model_fields)
            return f"--hall-option {name}: {driver} has no such option; {near}"
    try:
        model.model_validate(given)
    except ValidationError as e:  # options that are missing are given by the simulator
        for told in problems(model, e):
            if told.partition(":")[0] in given:
                return f"--hall-option {told}"
    return ""
