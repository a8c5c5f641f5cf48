"""A plausible morning: an hour of calls behind the hall and a dozen people waiting.

Played through the real rules and commits with a clock of its own, before the controller starts.
"""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone

from bus.messages import Outcome, Reply
from config import catalogue
from config.schema import HallSettings
from hall_controller.commands import (
    Act,
    Actor,
    CallNext,
    Command,
    Finish,
    IssueTicket,
    MarkMissed,
    OpenWindow,
    Role,
    StartServing,
)
from hall_controller.offline import OfflineHall

WAITING = 12
MINUTE_MS = 60_000
MORNING_MINUTES = 75
STAFFED = (("1", "li"), ("2", "wang"))  # window 3 stays free for whoever tries the demo
_BUSY = {"social_insurance": 3, "medical": 3}  # how often their items are asked for
_SHANGHAI = timezone(timedelta(hours=8))


def play_morning(settings: HallSettings, now_ms: int, seed: int = 957) -> int:
    """Fill the empty store of `settings` with a morning that ends at `now_ms`; the tickets given.

    Never reaches back over midnight, where another business day would begin.
    """
    minutes = min(MORNING_MINUTES, (now_ms - _midnight_ms(now_ms)) // MINUTE_MS)
    begin_ms = now_ms - minutes * MINUTE_MS
    with OfflineHall(settings, settings.controller.data_dir, begin_ms) as hall:
        morning = _Morning(settings, hall, random.Random(seed))
        for window, clerk in STAFFED:
            morning.ask(OpenWindow(window=window), Actor(Role.CLERK, clerk), begin_ms)
        for minute in range(minutes + 1):
            morning.pass_minute(begin_ms + minute * MINUTE_MS, minute, last=minute == minutes)
        return morning.given


def _midnight_ms(now_ms: int) -> int:
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(_SHANGHAI).date()
    return int(datetime.combine(today, time(), _SHANGHAI).timestamp() * 1000)


@dataclass(slots=True)
class _Morning:
    settings: HallSettings
    hall: OfflineHall
    chance: random.Random
    given: int = 0
    waiting: int = 0
    busy_until: dict[str, int] = field(default_factory=dict)

    def ask(self, act: Act, actor: Actor, at_ms: int) -> Reply:
        """Ask the hall as `actor`."""
        command = Command(
            act=act,
            actor=actor,
            site=self.settings.site.code,
            request_id=str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            sent_ms=at_ms,
        )
        return self.hall.run(command, at_ms)

    def pass_minute(self, at_ms: int, minute: int, *, last: bool) -> None:
        """People come, windows call; in the last minute as many come as should be waiting."""
        while self.waiting < WAITING and (last or self.chance.random() < 0.5):
            self._arrive(at_ms)
            if not last:
                break
        for window, clerk in STAFFED:
            if not last and minute >= self.busy_until.get(window, 8):
                self._turn(window, Actor(Role.CLERK, clerk), at_ms, minute)

    def _arrive(self, at_ms: int) -> None:
        # The smaller queue's windows take turns with the larger one's: only more people fill it.
        pool = [item for item in catalogue.items() for _ in range(_BUSY.get(item.domain_id, 1))]
        item = self.chance.choice(pool)
        queue = catalogue.queue_for(self.settings, item.domain_id)
        kiosk = Actor(Role.TERMINAL, self.settings.kiosks[0].id)
        self.ask(IssueTicket(queue=queue.id, item_id=item.id), kiosk, at_ms)
        self.given += 1
        self.waiting += 1

    def _turn(self, window: str, clerk: Actor, at_ms: int, minute: int) -> None:
        """End what stands at the window and call the next."""
        if window in self.busy_until:
            self.ask(Finish(window=window), clerk, at_ms)
        reply = self.ask(CallNext(window=window), clerk, at_ms + 1)
        if reply.outcome is not Outcome.DONE:
            return
        self.waiting -= 1
        if self.chance.random() < 0.12:
            self.ask(MarkMissed(window=window), clerk, at_ms + 2)
            self.busy_until.pop(window, None)
        else:
            self.ask(StartServing(window=window), clerk, at_ms + 2)
            self.busy_until[window] = minute + self.chance.randint(4, 9)
