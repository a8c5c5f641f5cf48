"""The hall's side of the bus: one link, driven by the hall loop, with its intake and outlet."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from bus import topics
from bus.errors import BusError
from bus.link import Delivery, Link
from bus.messages import Presence, PresenceState, Refusal
from bus.poison import PoisonBox
from bus.sealing import Sealer
from bus.settings import LinkSettings
from hall_controller.batch import Batch, Job
from hall_controller.commands import Command
from hall_controller.core.rules import HallRules
from hall_controller.core.state import HallState
from hall_controller.intake import BrokenSeal, Intake
from hall_controller.outlet import SHOWN, Outlet

INBOUND = (topics.PRESENCE, topics.HEALTH, topics.EVENT, topics.REQUEST, topics.RESULT)


class BusDoor:
    """Takes deliveries in as jobs and lets answers out. All methods but `wake` and `connected` are
    for the hall loop's thread."""

    def __init__(
        self,
        settings: LinkSettings,
        rules: HallRules,
        sealers: Mapping[str, Sealer],
        *,
        subscribe: Sequence[str],
        presence: Presence,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """`presence` is our own at work; its last will says `lost`. `on_change` hears of the
        connection coming and going. `clock` is the hall's."""
        self._arrived: deque[Delivery] = deque()
        self._presence = presence
        self._me = settings.terminal
        self._link = Link(
            settings,
            subscribe=subscribe,
            on_delivery=self._arrived.append,
            on_up=on_change,
            on_down=lambda _reason: on_change(),
            will=_in_state(presence, PresenceState.LOST),
        )
        self._intake = Intake(sealers, clock)
        self._outlet = Outlet(self._link, rules)
        self._announce(PresenceState.READY)

    @property
    def connected(self) -> bool:
        """Whether the broker has us."""
        return self._link.connected

    @property
    def poison(self) -> PoisonBox:
        """Messages that nobody could use."""
        return self._link.poison

    @property
    def waiting(self) -> int:
        """How many deliveries have arrived and were not taken yet."""
        return len(self._arrived)

    @property
    def skews(self) -> Mapping[str, int]:
        """By terminal, how many milliseconds its clock is ahead of the hall's."""
        return self._intake.skews

    def wake(self) -> None:
        """End a waiting `pump`, from any thread."""
        self._link.wake()

    def pump(self, timeout_s: float) -> None:
        """Read and write the network; wait at most `timeout_s` for something to come."""
        self._link.pump(timeout_s)

    def take(self, batch: Batch, limit: int) -> None:
        """Move at most `limit` deliveries into `batch`, with a job for each that brings news."""
        arrived = self._arrived
        for _ in range(min(limit, len(arrived))):
            delivery = arrived.popleft()
            if delivery.address.channel in SHOWN:
                self._outlet.seen(delivery)
                self._link.ack(delivery)
                continue
            batch.deliveries.append(delivery)
            if delivery.address.name == self._me:
                continue  # our own presence
            if not delivery.payload and delivery.address.channel.retain:
                continue  # somebody cleared it
            try:
                news = self._intake.translate(delivery)
            except BusError as error:
                self._link.poison.add(str(delivery.address), delivery.payload, error)
                continue
            if news is not None:
                batch.jobs.append(_job(news, delivery.address))

    def reply(self, batch: Batch) -> None:
        """Answer every terminal that asked something in this batch."""
        for job in batch.jobs:
            if job.address is not None and job.reply is not None:
                self._outlet.reply(job.address, job.reply)

    def acknowledge(self, batch: Batch) -> None:
        """Tell the broker that the batch is safe with us."""
        for delivery in batch.deliveries:
            self._link.ack(delivery)

    def show_windows(self, state: HallState, now_ms: int) -> None:
        """Publish what windows show, where it has changed."""
        self._outlet.windows(state, now_ms)

    def show_boards(self, state: HallState, now_ms: int) -> None:
        """Publish the boards of the queues, where they have changed."""
        self._outlet.boards(state, now_ms)

    def forget(self) -> None:
        """A batch did not reach the store: take what terminals say of themselves as news again."""
        self._intake.forget()

    def close(self) -> None:
        """Say good-bye and let go of the broker."""
        self._announce(PresenceState.DISCONNECTED)
        self._link.stop()

    def _announce(self, state: PresenceState) -> None:
        self._link.publish(topics.PRESENCE, self._me, _in_state(self._presence, state))


def _job(news: Command | BrokenSeal, address: topics.Address) -> Job:
    to = address if address.channel is topics.REQUEST else None
    if isinstance(news, BrokenSeal):
        job = Job(news.command, to)
        job.refusal = (
            Refusal.BAD_REQUEST,
            "the sealed person does not open with this terminal's key",
        )
        return job
    return Job.of(news, address=to)


def _in_state(presence: Presence, state: PresenceState) -> Presence:
    return replace(presence, state=state)
