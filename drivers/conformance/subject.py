"""The driver under test: its simulator, one bounded call of it, and what it holds meanwhile."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drivers import registry, sim
from drivers.bounded import OverdueError, run_bounded
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import (
    Announcement,
    Cancelled,
    DriverSpec,
    IdentityCard,
    Kind,
    PrintOutcome,
    PrintResult,
    SayResult,
    ScannedCode,
    ShowResult,
)
from drivers.papers.slip import Slip
from drivers.sim.base import CannotPlayError, Simulator
from drivers.status import State
from drivers.transports.tap import Tap, collecting

SLIP = Slip(
    hall="测试便民服务中心",
    number="A001",
    service="社会保障卡申领",
    waiting=3,
    issued_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    qr="https://example.invalid/A001",
)
RESULTS: dict[Kind, type[Any]] = {
    Kind.CARD_READER: IdentityCard,
    Kind.SCANNER: ScannedCode,
    Kind.TICKET_PRINTER: PrintResult,
    Kind.DOCUMENT_PRINTER: PrintResult,
    Kind.DISPLAY: ShowResult,
    Kind.SPEAKER: SayResult,
}
ACTS = ("lay", "scan")  # controls of simulators that wait for somebody
PRESENT_S = 0.3
SHORTER = "--hall-option can shorten one that is meant for people, such as wait_s=1"
CLAIMED = (
    "ok, though no answer came: wait for the answer and let errors of writing through; "
    "ok without one needs the reason unconfirmed"
)
NO_PERIPHERAL_ERROR = (
    "let every failure of the peripheral be a PeripheralError with its Reason (drivers/errors.py)"
)
NOT_GIVEN_BACK = "close, and an open that fails, must give back all that open and later calls took"
METHODS = {
    Kind.CARD_READER: "read",
    Kind.SCANNER: "read",
    Kind.TICKET_PRINTER: "print_slip",
    Kind.DOCUMENT_PRINTER: "print_file",
    Kind.DISPLAY: "show",
    Kind.SPEAKER: "say",
}
SETTLE_S = 3.0  # threads and descriptors that are just ending get this long


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call of a driver ended: with a value or a `PeripheralError`."""

    value: Any
    error: PeripheralError | None
    took_s: float

    @property
    def reason(self) -> str | None:
        """Why it did not work out, raised or returned; None when it did."""
        if self.error is not None:
            return self.error.reason.value
        reason: str | None = getattr(self.value, "reason", None)
        return reason


class Subject:
    """One driver under test. `simulator` starts at its first use; a missing one skips the test."""

    def __init__(self, driver: str, more: dict[str, Any], limit_s: float, folder: Path) -> None:
        self.driver = driver
        self.limit_s = limit_s
        self.folder = folder
        self._more = more
        self._simulator: Simulator | None = None
        self._devices: list[Any] = []

    @property
    def spec(self) -> DriverSpec:
        """What the driver offers."""
        return registry.spec_of(self.driver)

    @property
    def simulator(self) -> Simulator:
        """Its own simulator, running."""
        if self._simulator is None:
            if self.driver not in sim.names():
                pytest.skip(f"{self.driver} has no simulator")
            try:
                self._simulator = sim.start(self.driver)
            except (CannotPlayError, OSError, ImportError, RuntimeError, PeripheralError) as e:
                pytest.skip(f"the simulator of {self.driver} cannot run here: {e}")
        return self._simulator

    def options(self, **where: Any) -> Any:
        """Checked options that lead to the simulator, or to `where`."""
        reach = where or self.simulator.options
        return registry.check(self.driver, {**self._more, **reach})

    def open(self, *, tap: Tap | None = None) -> Any:
        """An open device, closed at the end of the test. Fails the test when it does not open."""

        def opened(options: Any) -> Any:
            with collecting(tap) if tap else nullcontext():
                return self.spec.open(options)

        ended = self.call(opened, self.options())
        if ended.error is not None:
            told = f"its simulator plays, but open raised {said(ended.error)}"
            mend = NOT_GIVEN_BACK if ended.error.reason is Reason.BUSY else "it must open"
            raise AssertionError(f"{told}: {mend}") from ended.error
        self._devices.append(ended.value)
        return ended.value

    def online(self, device: Any) -> None:
        """Fail the test unless the status is ONLINE: the simulator is well."""
        ended = self.call(device.status)
        told = said(ended.error) if ended.error else f"says {ended.value!r}"
        state = getattr(ended.value, "state", None)
        assert state is State.ONLINE, f"its simulator is well, but status {told}: say ONLINE"

    def call(self, work: Callable[..., Any], *arguments: Any) -> Ended:
        """Call the driver. Fails the test when it does not return in time, or with a bug."""
        value = error = None
        begun = time.monotonic()
        name = METHODS[self.spec.kind] if work == self.use else getattr(work, "__name__", "a call")
        name = {"<lambda>": "a call", "opened": "open"}.get(name, name)
        try:
            value = run_bounded(lambda: work(*arguments), self.limit_s, f"call {self.driver}")
        except PeripheralError as e:
            error = e
        except OverdueError as e:
            late = f"{name} did not return within {self.limit_s:g} s: each wait in it needs an end"
            raise AssertionError(f"{late}; {SHORTER}") from e
        except Exception as e:
            bug = f"{name} raised {e!r}, not a PeripheralError"
            raise AssertionError(f"{bug}: {NO_PERIPHERAL_ERROR}") from e
        return Ended(value, error, time.monotonic() - begun)

    def use(self, device: Any, seconds: float = 0.5, cancelled: Cancelled = lambda: False) -> Any:
        """The one thing that a device of this kind is for. Raises what the driver raises."""
        match self.spec.kind:
            case Kind.CARD_READER | Kind.SCANNER:
                return device.read(seconds, cancelled)
            case Kind.TICKET_PRINTER:
                return device.print_slip(SLIP)
            case Kind.DOCUMENT_PRINTER:
                file = self.folder / "page.txt"
                file.write_text("A4 test page / 测试页\n", "utf-8")
                return device.print_file(file)
            case Kind.DISPLAY:
                return device.show("请A001到3号窗口")
            case Kind.SPEAKER:
                return device.say(Announcement("A001", "3号窗口"), cancelled)

    @contextmanager
    def presenting(self) -> Iterator[None]:
        """Soon somebody lays a card or holds out a code, if there is such a thing."""
        acts = [getattr(self.simulator, act) for act in ACTS if act in self.simulator.controls]
        timer = threading.Timer(PRESENT_S, lambda: [act() for act in acts])
        timer.start()
        try:
            yield
        finally:
            timer.join()

    def check_result(self, ended: Ended) -> None:
        """A result that came must be one of this kind's, and never claim what it cannot know."""
        if ended.error is not None:
            return
        assert isinstance(ended.value, RESULTS[self.spec.kind]), f"returned {ended.value!r}"
        if isinstance(ended.value, PrintResult) and ended.value.outcome is PrintOutcome.PRINTED:
            assert ended.value.reason is None, "printed, and yet a reason why not"

    def check_unconfirmed(self, ended: Ended) -> None:
        """No answer can have come, so a result that says ok must say `unconfirmed` too."""
        if isinstance(ended.value, ShowResult | SayResult) and ended.value.ok:
            assert ended.reason == "unconfirmed", CLAIMED

    def end(self) -> None:
        """Close what the test opened, stop the simulator."""
        try:
            for device in self._devices:
                self.call(device.close)
        finally:
            if self._simulator is not None:
                self._simulator.stop()


class Holdings:
    """Descriptors and threads that are held now, to be compared later."""

    def __init__(self) -> None:
        self.descriptors, self.threads = _held()
        self._earlier = set(threading.enumerate())

    def check(self) -> None:
        """Fail when more is held than before, also after a moment."""
        end = time.monotonic() + SETTLE_S
        while (now := _held()) > (self.descriptors, self.threads) and time.monotonic() < end:
            if now[0] <= self.descriptors and now[1] <= self.threads:
                break
            time.sleep(0.02)
        now_there = [one for one in threading.enumerate() if one not in self._earlier]
        new = [one.name for one in now_there if not one.name.startswith("sim ")]  # plugged anew
        left = now[0] - self.descriptors
        assert left <= 0, f"{left} descriptors left open: {NOT_GIVEN_BACK}"
        assert now[1] <= self.threads, f"threads left ({', '.join(new)}): {NOT_GIVEN_BACK}"


def said(error: PeripheralError) -> str:
    """An error in a few words."""
    return f"{error.reason.name} ({error.detail})"


def _held() -> tuple[int, int]:
    return len(os.listdir("/proc/self/fd")), threading.active_count()
