"""`hall-devices show`: a text on a queue display."""

from typing import Annotated

import typer

from drivers.cli.arguments import GRACE_S, AsJson, Driver, Options, Seconds
from drivers.cli.run import Exit, answer, driver_of, exit_of, plain, told, use
from drivers.errors import PeripheralError
from drivers.interfaces import Kind, ShowResult


def show(
    driver: Driver,
    text: Annotated[str, typer.Option(help="What to show; empty clears the area.")],
    option: Options = [],  # noqa: B006 - typer wants a list
    timeout: Seconds = 15.0,
    as_json: AsJson = False,
) -> None:
    """Show a text on a display.

    Example: hall-devices show onbon_bx -o host=192.168.1.50 -o tcp_port=5005 -o generation=6k
    -o area=0,0,64,16 --text 请A001到3号窗口
    """
    try:
        spec, options = driver_of(driver, (Kind.DISPLAY,), option)
        result = use(spec, options, lambda device: device.show(text), timeout + GRACE_S)
        status, detail = exit_of(result.reason), ""
    except PeripheralError as e:
        result = ShowResult(False, "", e.reason.value, told(e))
        status, detail = exit_of(e.reason, e.sent), e.detail
    answer(as_json, plain(result), Exit.DONE if result.ok else status, detail)
