"""The command `hall-controller`: starts the parts of a hall in order and stops them in reverse."""

import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from bus.broker import EmbeddedBroker
from bus.credentials import Login, Role, provide
from bus.errors import BusError
from bus.messages import Presence, PresenceState
from config import log as logs
from config.errors import ConfigError
from config.loader import load
from config.schema import HallSettings
from hall_controller.bus_door import BusDoor
from hall_controller.errors import HallError, HallReason
from hall_controller.from_settings import rules_of, sealers_of, subscriptions, terminals_of
from hall_controller.hall import Hall
from hall_controller.keys import secret
from hall_controller.loop import HallLoop
from hall_controller.opening import keys_folder, open_store
from hall_controller.staff import Staff, open_staff
from hall_controller.store.audit import verify

app = typer.Typer(add_completion=False)
log = structlog.get_logger()


def clock() -> int:
    """The hall's clock: epoch milliseconds."""
    return time.time_ns() // 1_000_000


@app.callback(invoke_without_command=True)
def controller(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; without one, the sample hall")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Data folder instead of the settings' one")
    ] = None,
    web_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Web port; 0 takes any free one")
    ] = None,
    broker_port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    keep_broker: Annotated[
        bool, typer.Option("--keep-broker", help="Leave our broker running at the end")
    ] = False,
) -> None:
    """The hall controller (大厅控制器): owns queue, tickets and terminals of its sites."""
    if context.invoked_subcommand is not None:
        return
    os.umask(0o077)  # what lies under the data folder is its owner's alone
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        settings = _with_options(load(config), data_dir, web_port, broker_port)
        run(settings, stop, keep_broker=keep_broker)
    except ConfigError as error:
        _end(2, str(error))
    except (HallError, BusError) as error:
        _end(1, str(error))
    except OSError as error:
        _end(1, f"{error.filename or 'the system'}: {error.strerror or error}")


@app.command("verify")
def verify_chains(
    config: Annotated[
        Path | None, typer.Option(help="Settings file; without one, the sample hall")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Data folder instead of the settings' one")
    ] = None,
) -> None:
    """Check that no fact of an owned site was changed or is missing. Ends with 1 if one was.

    The hall may be at work meanwhile.
    """
    try:
        settings = _with_options(load(config), data_dir, None, None)
        owned = settings.controller.owns or [settings.site.code]
        reports = verify(settings.controller.data_dir, owned)
    except ConfigError as error:
        _end(2, str(error))
    except (HallError, OSError) as error:
        _end(1, str(error))
    for report in reports:
        problem = f"broken: {report.problem}" if report.broken_at else "whole"
        _say(f"{report.site}: {report.facts} facts, {problem}")
    if any(report.broken_at for report in reports):
        raise typer.Exit(1)


def run(
    settings: HallSettings,
    stop: threading.Event,
    *,
    keep_broker: bool = False,
    make_loop: type[HallLoop] = HallLoop,
    with_web: bool = True,
) -> None:
    """Run a hall until `stop` is set. Raises HallError, BusError or OSError when it cannot."""
    logs.configure(settings.log.level)
    data_dir = settings.controller.data_dir
    with ExitStack() as running:
        store = open_store(settings, data_dir, clock())
        running.callback(store.close)
        staff = _staff(settings, keys_folder(data_dir))
        logins = _logins(settings)
        if settings.broker.embedded:
            _start_broker(settings, logins, running, keep_broker)
        hall = Hall(rules_of(settings), store, clock)
        ending = _Ending(stop)
        loop = make_loop(hall, staff, on_fatal=ending.fatal)
        running.callback(loop.stop)
        loop.start(_bus_door(settings, logins, loop))
        if with_web:
            _start_web(settings, loop, running)
        _say("hall: open")
        stop.wait()
        log.info("hall.stopping")
    ending.check()


class _Ending:
    """Remembers why the hall had to end, if it was not asked to."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._problem: HallError | None = None

    def fatal(self, problem: HallError) -> None:
        self._problem = problem
        self._stop.set()

    def check(self) -> None:
        if self._problem is not None:
            raise self._problem


def _staff(settings: HallSettings, keys: Path) -> Staff:
    staff, new_pins = open_staff(settings.staff, keys)
    for clerk in staff.clerks:
        if clerk.id in new_pins:
            _say(f"staff: {clerk.id} {clerk.name} PIN {new_pins[clerk.id]}")
    if new_pins:
        _say(f"staff: these PINs are shown only now; {keys / 'staff.json'} holds their hashes")
    return staff


def _logins(settings: HallSettings) -> tuple[Login, ...]:
    """Link settings of every terminal, on file for those on this machine."""
    broker = settings.broker
    return provide(
        settings.controller.data_dir,
        host=broker.host,
        port=broker.port,
        site=settings.site.code,
        controller=settings.controller.id,
        terminals=terminals_of(settings),
        tls_ca=str(broker.tls_ca) if broker.tls_ca else None,
    )


def _start_broker(
    settings: HallSettings, logins: Sequence[Login], running: ExitStack, keep: bool
) -> None:
    folder = settings.controller.data_dir / "broker"
    broker = EmbeddedBroker(folder, settings.broker.host, settings.broker.port, logins)
    running.callback(broker.detach if keep else broker.stop)
    broker.run()


def _bus_door(settings: HallSettings, logins: Sequence[Login], loop: HallLoop) -> BusDoor:
    presence = Presence(
        state=PresenceState.READY,
        run_id=uuid.uuid4().hex,
        at_ms=clock(),
        software=f"yukuai-hall {version('yukuai-hall')}",
    )
    return BusDoor(
        next(login.link for login in logins if login.role is Role.CONTROLLER),
        loop.hall.rules,
        sealers_of(logins),
        subscribe=subscriptions(settings),
        presence=presence,
        on_change=loop.show_soon,
        clock=loop.hall.clock,
    )


def _start_web(settings: HallSettings, loop: HallLoop, running: ExitStack) -> None:
    from hall_controller.console.app import WebError, start_web  # takes a second to import

    data_dir = settings.controller.data_dir
    try:
        web = start_web(
            loop,
            host=settings.web.host,
            tcp_port=settings.web.port,
            storage_secret=secret(keys_folder(data_dir) / "web.key").hex(),
            storage_dir=data_dir / "web",
        )
    except WebError as error:
        raise HallError(HallReason.NOT_STARTED, str(error)) from None
    running.callback(web.stop)
    _say(f"console: {web.url}/")
    _say(f"board: {web.url}/board")


def _with_options(
    settings: HallSettings, data_dir: Path | None, web_port: int | None, broker_port: int | None
) -> HallSettings:
    changes = {
        "controller": {} if data_dir is None else {"data_dir": data_dir},
        "web": {} if web_port is None else {"port": web_port},
        "broker": {} if broker_port is None else {"port": broker_port},
    }
    parts = {
        name: getattr(settings, name).model_copy(update=change) for name, change in changes.items()
    }
    return settings.model_copy(update=parts)


def _say(line: str) -> None:
    print(line, flush=True)


def _end(code: int, text: str) -> NoReturn:
    for line in text.splitlines():
        print(f"hall-controller: {line}", file=sys.stderr)
    raise typer.Exit(code)


def main() -> None:
    """Entry point of the command."""
    app()
