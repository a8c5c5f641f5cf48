"""The one function that decides what the kiosk does next."""

from dataclasses import replace

from kiosk.flow.clock import ticked
from kiosk.flow.effects import Effect, StartReading, StopReading
from kiosk.flow.events import (
    BoardChanged,
    CardFailed,
    CardRead,
    ChoseDomain,
    ChoseItem,
    DevicesChanged,
    Event,
    HallContact,
    HallReplied,
    Pressed,
    Printed,
    Tick,
)
from kiosk.flow.menu import Menu
from kiosk.flow.moves import Step
from kiosk.flow.results import (
    READER_ARMED,
    card_failed,
    card_read,
    devices_changed,
    hall_replied,
    printed,
)
from kiosk.flow.rules import Rules
from kiosk.flow.touch import touched
from kiosk.flow.visit import QueueFacts, Visit


def step(visit: Visit, event: Event, menu: Menu, rules: Rules) -> Step:
    """What `visit` becomes by `event`, and what the shell must do, in order. Never raises."""
    after, effects = _decide(visit, event, menu, rules)
    after, reading = _arm_reader(visit, after, event)
    return after, effects + reading


def _decide(visit: Visit, event: Event, menu: Menu, rules: Rules) -> Step:  # noqa: PLR0911 (a return a case)
    match event:
        case Tick():
            return ticked(visit, event, rules)
        case Pressed() | ChoseDomain() | ChoseItem():
            return touched(visit, event, menu, rules)
        case CardRead():
            return card_read(visit, event, rules)
        case CardFailed():
            return card_failed(visit, event, rules)
        case HallReplied():
            return hall_replied(visit, event, menu, rules)
        case Printed():
            return printed(visit, event, rules)
        case HallContact(up):
            return replace(visit, hall=replace(visit.hall, connected=up)), ()
        case BoardChanged(queue):
            return _board(visit, queue, menu), ()
        case DevicesChanged():
            return devices_changed(visit, event), ()


def _board(visit: Visit, queue: QueueFacts, menu: Menu) -> Visit:
    if all(item.queue_id != queue.id for item in menu.items):
        return visit  # retained by a hall that was once configured otherwise
    others = [known for known in visit.hall.queues if known.id != queue.id]
    queues = tuple(sorted([*others, queue], key=lambda known: known.id))
    return replace(visit, hall=replace(visit.hall, queues=queues))


def _arm_reader(before: Visit, after: Visit, event: Event) -> tuple[Visit, tuple[Effect, ...]]:
    """Keep the reader reading exactly while a card may be laid.

    After a look at which no card was laid, the next one begins at once; after any other end with
    the next tick, so that a reader that fails at once is not asked in a tight loop.
    """
    wanted = after.screen in READER_ARMED and after.hall.reader_works
    same = before.id == after.id
    effects: tuple[Effect, ...] = ()
    if before.reading and not (same and wanted):
        if not same or after.reading:
            effects = (StopReading(),)
        after = replace(after, reading=False)
    fresh = not same or before.screen not in READER_ARMED
    none_laid = isinstance(event, CardFailed) and event.notice is None
    if wanted and not after.reading and (fresh or none_laid or isinstance(event, Tick)):
        effects = (*effects, StartReading(after.id))
        after = replace(after, reading=True)
    return after, effects
