"""The command `kiosk`: reads the settings, opens the window, then starts the other parts."""

import gc
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import structlog
import typer

from config import log
from config.errors import ConfigError
from config.loader import load
from config.schema import HallSettings, KioskSettings
from drivers.errors import PeripheralError
from kiosk import window
from kiosk.flow.moves import first_visit
from kiosk.hall import Hall
from kiosk.i18n import words
from kiosk.mailbox import Mailbox
from kiosk.menu import hall_of, menu_of, rules_of
from kiosk.peripherals import Peripherals

if TYPE_CHECKING:
    from kiosk.app import Parts, Shell

app = typer.Typer(add_completion=False)
_log = structlog.get_logger()

SIZES = {"portrait": (540, 960), "landscape": (960, 540)}


class Orientation(StrEnum):
    """How the window stands when it does not fill the screen."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"


class UsageError(Exception):
    """The kiosk cannot run as asked. `code` is the exit status."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@app.command()
def kiosk(
    *,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; without one, the sample hall")
    ] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="Which kiosk of the settings; default: the first")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Data folder instead of the settings' one")
    ] = None,
    orientation: Annotated[
        Orientation | None, typer.Option(help="Of a window that does not fill the screen")
    ] = None,
    windowed: Annotated[
        str | None, typer.Option(metavar="WxH", help="A window of this size, e.g. 540x960")
    ] = None,
    describe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep written here what can be pressed")
    ] = None,
) -> None:
    """The self-service terminal (自助终端) of a hall."""
    try:
        settings = load(config)
        chosen = _choose(settings, id_)
        size = _window_size(chosen, orientation, windowed)
        run(settings, chosen, data_dir or settings.controller.data_dir, size, describe)
    except ConfigError as error:
        _end(2, str(error))
    except UsageError as error:
        _end(error.code, str(error))
    except window.NoDisplayError as error:
        _end(1, str(error))


def run(
    settings: HallSettings,
    chosen: KioskSettings,
    data_dir: Path,
    size: tuple[int, int] | None,
    describe: Path | None = None,
) -> None:
    """Run until a signal or the window's end. Raises UsageError or NoDisplayError."""
    log.configure(settings.log.level)
    gc.disable()  # until the first picture: nearly all that is made before it stays
    try:
        window.prepare(data_dir / chosen.id / "kivy", size)
    except OSError as error:
        text = f"cannot write in the data folder: {error.filename}: {error.strerror}"
        raise UsageError(1, text) from None
    opened = window.open_window()
    shell, parts = _assemble(settings, chosen, data_dir, opened.size, describe)
    starter = _Starter(parts, shell.stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: shell.stop())
    try:
        shell.run(opened, starter.first_frame)
    finally:
        starter.join()
        parts.hall.stop()
        parts.peripherals.stop()
    if starter.problem:
        raise starter.problem


def _assemble(
    settings: HallSettings,
    chosen: KioskSettings,
    data_dir: Path,
    size: tuple[int, int],
    describe: Path | None,
) -> "tuple[Shell, Parts]":
    """All parts, not started. Imports Kivy's widgets, so only after `window.prepare`.

    `size`: of the window, so that the first picture is drawn once.
    """
    from kiosk.app import Parts, Shell
    from kiosk.fonts import FontError, find
    from kiosk.screens.stage import Stage, StageOptions

    try:
        fonts = find(data_dir / "fonts")
    except FontError as error:
        raise UsageError(1, str(error)) from error
    mailbox, rules, menu = Mailbox(), rules_of(chosen), menu_of(settings)
    hall = Hall(
        data_dir / "links" / f"{chosen.id}.json",
        data_dir / chosen.id / "outbox.sqlite3",
        mailbox.put,
        f"yukuai-hall {version('yukuai-hall')}",
        controller=settings.controller.id,
        longest_visit_s=rules.longest_visit_ms / 1000,
    )
    peripherals = Peripherals(chosen.peripherals, mailbox.put, hall.report_health)
    notice = words("zh")("slip.notice")  # slips are Chinese, whatever the screen speaks
    parts = Parts(hall, peripherals, mailbox, settings.site.code, notice)
    options = StageOptions(chosen.session.ticket_shown_s, chosen.session.countdown_s)
    visit = first_visit(uuid.uuid4().hex, hall_of(settings), rules, time.time_ns() // 1_000_000)
    stage = Stage(menu, options, fonts)
    stage.size = size
    shell = Shell(visit, menu, rules, stage, parts)
    if describe is not None:
        from kiosk.describe import Describer

        shell.on_render = Describer(describe, stage).shows
    return shell, parts


class _Starter:
    """Starts hall line and peripherals in a thread, once the window shows its first picture."""

    def __init__(self, parts: "Parts", give_up: Callable[[], None]) -> None:
        self.problem: UsageError | None = None  # why the kiosk cannot run
        self._parts = parts
        self._give_up = give_up
        self._thread = threading.Thread(target=self._start, name="starter", daemon=True)

    def first_frame(self) -> None:
        """The window shows its first picture."""
        _log.info("kiosk.first_frame", since_start_ms=_since_start_ms())
        self._thread.start()

    def join(self) -> None:
        """Wait until it is done."""
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def _start(self) -> None:
        try:
            self._parts.hall.start()
            self._parts.peripherals.start()
            self._parts.hall.started()
        except PeripheralError as error:
            self.problem = UsageError(2, error.detail)
            self._give_up()
        except Exception as error:  # noqa: BLE001 (the thread's outermost loop)
            _log.exception("kiosk.start_failed")
            self.problem = UsageError(1, f"the kiosk could not start: {error}")
            self._give_up()


def _choose(settings: HallSettings, id_: str | None) -> KioskSettings:
    known = {each.id: each for each in settings.kiosks}
    if not known:
        raise UsageError(2, "the settings name no kiosk: add a [[kiosks]] table")
    chosen = known.get(id_ or next(iter(known)))
    if chosen is None:
        raise UsageError(2, f"no kiosk {id_!r} in the settings; there are: {', '.join(known)}")
    return chosen


def _window_size(
    chosen: KioskSettings, orientation: Orientation | None, windowed: str | None
) -> tuple[int, int] | None:
    """Size of the window, or None to fill the screen."""
    if windowed is not None:
        parts = windowed.lower().split("x")
        if len(parts) != 2 or not all(part.isdecimal() and int(part) >= 100 for part in parts):
            raise UsageError(2, f"--windowed {windowed!r} is not WIDTHxHEIGHT, e.g. 540x960")
        return int(parts[0]), int(parts[1])
    if chosen.fullscreen and orientation is None:
        return None
    width, height = SIZES[orientation or chosen.orientation]
    return chosen.width or width, chosen.height or height


def _since_start_ms() -> int:
    """Milliseconds since this process began, by the kernel's word."""
    begun_ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    begun_s = begun_ticks / os.sysconf("SC_CLK_TCK")
    return round((time.clock_gettime(time.CLOCK_BOOTTIME) - begun_s) * 1000)


def _end(code: int, text: str) -> NoReturn:
    print(f"kiosk: {text}", file=sys.stderr)
    raise typer.Exit(code)


def main() -> None:
    """Entry point of the command."""
    app()


if __name__ == "__main__":
    main()
