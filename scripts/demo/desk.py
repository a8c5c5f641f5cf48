"""The desk of peripherals: one of every model with its simulator, driven by the real driver.

Each `Place` has an owner of its own, as a kiosk or node would have it. What is told of it is what
the driver found out; what is seen of it (`pictures.py`) comes from the simulator's bytes.
"""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from drivers import registry, sim, words
from drivers.cli import steps
from drivers.errors import PeripheralError
from drivers.interfaces import Announcement, Kind, PrintResult
from drivers.lifecycle import Owner
from drivers.papers.slip import Slip
from scripts.demo.desk_outcome import by_language, outcome
from scripts.demo.desk_plan import PLANS, READ_S, USES, DeskPlan
from scripts.demo.devices import control

PATIENCE = {"cups_printer": {"limit_s": 20.0}}

log = structlog.get_logger()


@dataclass(slots=True)
class Place:
    """One peripheral on the desk. `missing` says why it could not be set up."""

    plan: DeskPlan
    kind: Kind
    simulator: sim.Simulator | None = None
    owner: Owner | None = None
    missing: str = ""
    last: dict[str, Any] | None = None  # outcome of the last use
    busy: bool = False
    laid: str = ""  # the line that laid the last card

    def state(self) -> dict[str, Any]:
        """All that changes about it, for the page."""
        if self.simulator is None or self.owner is None:
            return {"missing": self.missing, "waiting": not self.missing}
        health = self.owner.health
        told = {
            "zh": asdict(words.of_health(health, self.kind, "zh")),
            "en": asdict(words.of_health(health, self.kind, "en")),
        }
        return {
            **{key: health.plain()[key] for key in ("state", "paper", "cover_open")},
            "detail": by_language(health.detail),
            "words": told,
            "plugged": self.simulator.port.plugged,
            "laid": self.laid if getattr(self.simulator, "card_lies", False) else "",
            "active": [f.label for f in self.plan.faults if getattr(self.simulator, f.name)],
            "busy": self.busy,
            "last": self.last,
        }

    def use(self, number: int) -> None:
        """Use it in the way of that button; the outcome comes later, in `last`."""
        if self.owner is None or self.busy or not 0 <= number < len(USES[self.kind]):
            return
        self.busy, self.last = True, None
        self.owner.submit(_work(self.kind, number), self._done)

    def obey(self, line: str) -> dict[str, Any]:
        """Carry out a control line at its simulator and say how it went."""
        done = control(self.simulator, line)
        if done["ok"] and line.startswith("lay "):
            self.laid = line
        return done

    def _done(self, result: Any) -> None:
        self.last = outcome(result, registry.spec_of(self.plan.driver))
        self.busy = False


@dataclass(slots=True)
class Desk:
    """All places. `start` sets them up from a thread of its own: print server and card service
    take their time."""

    places: dict[str, Place] = field(default_factory=dict)
    _thread: threading.Thread | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        for plan in PLANS:
            self.places[plan.driver] = Place(plan, registry.spec_of(plan.driver).kind)

    def start(self) -> None:
        """Begin to set up; returns at once."""
        self._thread = threading.Thread(target=self._set_up, name="desk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Put everything away."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(30)
        for place in self.places.values():
            if place.owner is not None:
                place.owner.stop()
            if place.simulator is not None:
                place.simulator.stop()

    def state(self) -> dict[str, Any]:
        """All places as they are."""
        return {name: place.state() for name, place in self.places.items()}

    def _set_up(self) -> None:
        for name, place in self.places.items():
            if self._stopping.is_set():
                return
            try:
                place.simulator = sim.start(name)
                options = {**place.simulator.options, **PATIENCE.get(name, {})}
                place.owner = registry.make_owner(f"desk-{name}", name, options)
                place.owner.start()
            except (ValueError, OSError, PeripheralError) as error:
                place.missing = str(error)
                log.warning("desk.missing", driver=name, why=place.missing)


def _work(kind: Kind, number: int) -> Callable[[Any, Callable[[], bool]], Any]:
    what = USES[kind][number].what
    match kind:
        case Kind.CARD_READER | Kind.SCANNER:
            return lambda device, cancelled: device.read(READ_S, cancelled)
        case Kind.TICKET_PRINTER:
            return lambda device, cancelled: device.print_slip(_slip())
        case Kind.DOCUMENT_PRINTER:
            return lambda device, cancelled: _print_page(device)
        case Kind.DISPLAY:
            return lambda device, cancelled: device.show(*what)
        case Kind.SPEAKER:
            call = Announcement(*what)
            return lambda device, cancelled: device.say(call, cancelled)


def _slip() -> Slip:
    return Slip(
        hall="石柱土家族自治县冷水镇公共服务中心",
        number="A001",
        service="城乡居民养老保险参保登记",
        waiting=3,
        estimate_minutes=12,
        issued_at=datetime.now(ZoneInfo("Asia/Shanghai")),
        qr="A001",
        notice="过号请到服务台",
    )


def _print_page(device: Any) -> PrintResult:
    with tempfile.TemporaryDirectory() as folder:
        result: PrintResult = device.print_file(steps.test_page(Path(folder)))
        return result
