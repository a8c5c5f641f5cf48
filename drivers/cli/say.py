"""`hall-devices say`: one announcement through a speaker."""

import time
from typing import Annotated

import typer

from drivers import words
from drivers.cli.arguments import GRACE_S, AsJson, Driver, Options, Seconds
from drivers.cli.progress import working
from drivers.cli.run import Exit, answer, driver_of, exit_of, plain, told, use
from drivers.cli.wording import language
from drivers.errors import PeripheralError
from drivers.interfaces import Announcement, Kind, SayResult


def say(
    driver: Driver,
    *,
    number: Annotated[str, typer.Option(help="Ticket number, e.g. A001.")],
    window: Annotated[str, typer.Option(help="Window as called out, e.g. 3号窗口.")],
    option: Options = [],  # noqa: B006 - typer wants a list
    timeout: Seconds = 60.0,
    as_json: AsJson = False,
) -> None:
    """Call a number to a window: chime and voice. Returns when it was played to its end.

    Example: hall-devices say speaker -o file=call.wav --number A001 --window 3号窗口
    """
    call = Announcement(number, window)
    end = time.monotonic() + timeout
    try:
        spec, options = driver_of(driver, (Kind.SPEAKER,), option)
        with working(words.say("say.working", language()), as_json):
            result = use(
                spec,
                options,
                lambda device: device.say(call, lambda: time.monotonic() > end),
                timeout + GRACE_S,
            )
        status, detail = exit_of(result.reason), ""
    except PeripheralError as e:
        result = SayResult(False, "", e.reason.value, told(e))
        status, detail = exit_of(e.reason, e.sent), e.detail
    answer(as_json, plain(result), Exit.DONE if result.ok else status, detail)
