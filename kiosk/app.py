"""The shell of the kiosk on Kivy's thread: events in, `step`, effects out, the screen drawn.

No decision is made here, and nothing here may take longer than 8 ms.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock

from kiosk.flow.effects import (
    AskTicket,
    Effect,
    Print,
    RaiseEvent,
    ReportPrint,
    StartReading,
    StopReading,
    Wipe,
    WithdrawRequest,
)
from kiosk.flow.events import Event, Press, Pressed, Tick, Touch
from kiosk.flow.menu import Menu
from kiosk.flow.rules import Rules
from kiosk.flow.step import step
from kiosk.flow.visit import Visit
from kiosk.hall import Hall
from kiosk.mailbox import Mailbox
from kiosk.peripherals import Peripherals
from kiosk.screens.stage import Stage

TICK_S = 1.0
SLOW_MS = 8.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the shell carries effects out with."""

    hall: Hall
    peripherals: Peripherals
    mailbox: Mailbox
    site: str
    slip_notice: str


class Ticker:
    """Makes ticks of the wall clock, and notices when it was set."""

    def __init__(self) -> None:
        self._wall_ms = time.time_ns() // 1_000_000
        self._steady_ms = time.monotonic_ns() // 1_000_000

    def tick(self) -> Tick:
        """The time now."""
        wall_ms = time.time_ns() // 1_000_000
        steady_ms = time.monotonic_ns() // 1_000_000
        jumped_ms = (wall_ms - self._wall_ms) - (steady_ms - self._steady_ms)
        self._wall_ms, self._steady_ms = wall_ms, steady_ms
        return Tick(wall_ms, jumped_ms if abs(jumped_ms) > 1000 else 0)


class Shell:
    """Holds the visit and draws it. `on_render` hears of each visit that was drawn."""

    def __init__(self, visit: Visit, menu: Menu, rules: Rules, stage: Stage, parts: Parts) -> None:
        self._visit = visit
        self._menu = menu
        self._rules = rules
        self._stage = stage
        self._parts = parts
        self._ticker = Ticker()
        self.on_render: Callable[[Visit], None] = _nothing
        stage.on_press = self._touched
        drain = Clock.create_trigger(self._drain)
        parts.mailbox.on_post(drain)
        stage.render(visit)

    def run(self, window: Any, on_first_frame: Callable[[], None]) -> None:
        """Show the stage until `stop`. A visit that is under way then ends as if left.

        `on_first_frame` is called once, when the window has shown its first picture.
        """

        def first_flip(_window: Any) -> None:
            window.unbind(on_flip=first_flip)
            Clock.schedule_once(begin)  # the picture is shown after this returns

        def begin(_passed_s: float) -> None:
            gc.collect()
            gc.freeze()  # what is here stays: later collections only look at what came since
            gc.enable()
            on_first_frame()
            Clock.schedule_interval(self._tick, TICK_S)
            self._tick(0)

        window.bind(on_flip=first_flip)
        try:
            runTouchApp(self._stage)
        finally:
            self._step(Pressed(Press.HOME))

    @staticmethod
    def stop() -> None:
        """End `run`. From any thread or signal handler."""
        Clock.schedule_once(lambda _passed_s: stopTouchApp())

    def _touched(self, touch: Touch) -> None:
        self._handle(self._ticker.tick(), touch)

    def _tick(self, _passed_s: float) -> None:
        self._handle(self._ticker.tick())

    def _drain(self, _passed_s: float) -> None:
        self._handle(*self._parts.mailbox.drain())

    def _handle(self, *events: Event) -> None:
        begun_ns = time.perf_counter_ns()
        for event in events:
            self._step(event)
        decided_ns = time.perf_counter_ns()
        if EventLoop.status == "started":
            self._stage.render(self._visit)
            self.on_render(self._visit)
        drawn_ns = time.perf_counter_ns()
        if (drawn_ns - begun_ns) / 1e6 > SLOW_MS:
            _log.debug(
                "kiosk.slow_callback",
                screen=self._visit.screen.value,
                step_ms=round((decided_ns - begun_ns) / 1e6, 1),
                draw_ms=round((drawn_ns - decided_ns) / 1e6, 1),
            )

    def _step(self, event: Event) -> None:
        before = self._visit
        self._visit, effects = step(before, event, self._menu, self._rules)
        for effect in effects:
            self._carry_out(effect)
        if self._visit.screen is not before.screen:
            _log.info("kiosk.screen", screen=self._visit.screen.value, visit=self._visit.id)

    def _carry_out(self, effect: Effect) -> None:
        hall, peripherals = self._parts.hall, self._parts.peripherals
        match effect:
            case StartReading(session):
                peripherals.start_reading(session)
            case StopReading():
                peripherals.stop_reading()
            case AskTicket():
                hall.ask(effect)
            case WithdrawRequest(tag):
                hall.withdraw(tag)
            case Print():
                self._print(effect)
            case ReportPrint(ticket_id, outcome):
                hall.report_print(ticket_id, outcome)
            case RaiseEvent():
                hall.raise_event(effect)
            case Wipe():
                self._stage.forget()
                Clock.schedule_once(lambda _passed_s: gc.collect(), 1)

    def _print(self, job: Print) -> None:
        ticket = job.ticket
        place = f"{self._parts.site}:{ticket.queue_id}"
        self._parts.peripherals.print(
            job,
            hall=self._visit.hall.name,
            qr=f"YK1:{place}:{ticket.business_day}:{ticket.number}",
            notice=self._parts.slip_notice,
        )


def _nothing(_visit: Visit) -> None:
    """Default of `on_render`."""
