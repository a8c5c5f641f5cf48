"""The hall loop: one thread owns all state of the hall.

Bus, web and timers put their commands in; the thread drains a batch, decides, commits once, then
replies, publishes what the public may see, and acknowledges. It drives the bus link itself, so that
a message costs no hop between threads.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future

import structlog

from bus.messages import Refusal, Reply
from hall_controller.batch import Batch, Job, refused
from hall_controller.bus_door import BusDoor
from hall_controller.commands import Command, TerminalEvent, TerminalHealth, TerminalPresence
from hall_controller.core.view import ViewMaker
from hall_controller.counters import Counters
from hall_controller.errors import HallReason, StoreError
from hall_controller.hall import Hall
from hall_controller.port import Answer, Clerk
from hall_controller.staff import Staff
from hall_controller.views import HallFeed

log = structlog.get_logger()

IDLE_S = 1.0
SHOW_EVERY_S = 0.05  # boards and the picture for the web are made anew at most this often …
REFRESH_S = 10.0  # … and at least this often: estimates move with the clock
HUNG_S = 15.0
_SAMPLES = (TerminalPresence, TerminalHealth, TerminalEvent)


class HallLoop:
    """Runs the hall on a thread of its own; it is the `HallPort` that the web is given.

    `on_fatal` is called on that thread when the hall must end: another controller owns the site.

    `commit`, `reply` and `acknowledge` are the phases of a batch, in this order, each a method of
    its own so that a test can stand between two of them.
    """

    batch_limit = 512  # deliveries of one commit, and as many submitted commands

    def __init__(
        self,
        hall: Hall,
        staff: Staff,
        *,
        on_fatal: Callable[[StoreError], None] = lambda error: log.error(
            "hall.ended", reason=error.detail
        ),
    ) -> None:
        self.hall = hall
        self._staff = staff
        self._on_fatal = on_fatal
        self._bus: BusDoor | None = None
        self._counters = Counters()
        self._views = ViewMaker(hall.rules)
        self._feed = HallFeed(self._views.make(hall.state, hall.clock(), bus_connected=False))
        self._submitted: deque[Job] = deque()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hall-loop", daemon=True)
        self._beat = 0.0
        self._shown_at = 0.0
        self._changed = True  # … since the pictures were made
        self._windows_changed = True

    # -- start and stop --------------------------------------------------------------------------

    def start(self, bus: BusDoor | None = None) -> None:
        """Begin, on the bus if one is given."""
        self._bus = bus
        self._beat = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Answer what was submitted, say good-bye on the bus, and end the thread. Idempotent."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(10.0)

    def wake(self) -> None:
        """Make the loop look for work now, from any thread."""
        self._woken.set()
        if self._bus is not None:
            self._bus.wake()

    def show_soon(self) -> None:
        """Something that the picture shows has changed outside of the state."""
        self._changed = True

    # -- the hall as the web sees it ---------------------------------------------------------------

    @property
    def site(self) -> str:
        """Division code of the site shown."""
        return self.hall.rules.site

    @property
    def feed(self) -> HallFeed:
        """Where the newest picture of the hall is read."""
        return self._feed

    @property
    def alive(self) -> bool:
        """True while the loop turns and its store takes commits."""
        turning = self._thread.is_alive() and time.monotonic() - self._beat < HUNG_S
        return turning and self.hall.works

    def now(self) -> int:
        """The hall's clock, epoch milliseconds."""
        return self.hall.clock()

    def submit(self, command: Command) -> Future[Answer]:
        """Ask the hall, from any thread. The future ends after the commit, with a refusal rather
        than an exception."""
        future: Future[Answer] = Future()
        if command.request_id is None and not isinstance(command.act, _SAMPLES):
            future.set_result(refused("", Refusal.BAD_REQUEST, "a command needs a request id"))
            return future
        self._submitted.append(Job.of(command, future=future))
        self.wake()
        if self._stopping.is_set():
            self._refuse_submitted()
        return future

    def staff(self) -> tuple[Clerk, ...]:
        """Who may sign in."""
        return self._staff.clerks

    def verify(self, clerk_id: str, pin: str) -> bool:
        """True when the PIN is right; see `Staff.verify`."""
        return self._staff.verify(clerk_id, pin)

    def counters(self) -> Mapping[str, float]:
        """Figures since the start, by name."""
        return self._counters.snapshot(self._bus.poison.counts if self._bus else {})

    # -- the phases of a batch ---------------------------------------------------------------------

    def commit(self, batch: Batch) -> None:
        """Put the batch on disk. Raises StoreError, and then nothing of it is there."""
        begun = time.perf_counter()
        self.hall.commit(batch)
        self._counters.committed(batch, time.perf_counter() - begun)
        for site in batch.changes.sites.values():
            self._changed = True
            self._windows_changed |= bool(site.touched.windows)

    def reply(self, batch: Batch) -> None:
        """Tell everyone who asked."""
        if self._bus is not None:
            self._bus.reply(batch)
        for job in batch.jobs:
            if job.future is not None and job.reply is not None and not job.future.done():
                job.future.set_result(job.reply)

    def acknowledge(self, batch: Batch) -> None:
        """Let the broker forget the batch."""
        if self._bus is not None:
            self._bus.acknowledge(batch)

    # -- the loop ----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._housekeep()
            self._show()
            while not self._stopping.is_set():
                self._guarded(self._turn)
            self._guarded(lambda: self._process(self._take()))
        except StoreError as error:
            self._stopping.set()
            self._on_fatal(error)
        finally:
            self._refuse_submitted()
            if self._bus is not None:
                self._bus.close()

    def _guarded(self, work: Callable[[], None]) -> None:
        """The outermost place: only a lost site ends the loop, whatever else happens."""
        try:
            work()
        except StoreError as error:
            if error.reason is HallReason.FENCED:
                raise
            log.error("hall.store_failed", reason=error.detail)
        except Exception:
            log.exception("hall.turn_failed")
            self.hall.stale = True
            self._stopping.wait(0.05)

    def _turn(self) -> None:
        self._beat = time.monotonic()
        self._wait(self._patience())
        if self.hall.turn_day():
            self._housekeep()
        self._process(self._take())
        if self._patience() == 0.0:
            self._show()

    def _housekeep(self) -> None:
        self._changed = True
        self.hall.store.purge(self.hall.clock())

    def _wait(self, timeout_s: float) -> None:
        if self._submitted:
            timeout_s = 0.0
        if self._bus is not None:
            self._bus.pump(timeout_s)
        else:
            self._woken.wait(timeout_s)
            self._woken.clear()

    def _patience(self) -> float:
        """Seconds until the pictures must be made anew; 0 when it is time."""
        after = SHOW_EVERY_S if self._changed else REFRESH_S
        return min(max(self._shown_at + after - time.monotonic(), 0.0), IDLE_S)

    def _take(self) -> Batch:
        batch = Batch()
        if self._bus is not None:
            self._bus.take(batch, self.batch_limit)
        for _ in range(min(self.batch_limit, len(self._submitted))):
            batch.jobs.append(self._submitted.popleft())
        return batch

    def _process(self, batch: Batch) -> None:
        """One batch from end to end."""
        try:
            if batch.jobs:
                self._settle(batch)
            self.reply(batch)
            if self._windows_changed:
                self._show_windows()
            self.acknowledge(batch)
        finally:
            self._counters.processed(batch)
            for job in batch.jobs:  # whatever happened, nobody waits for ever
                if job.future is not None and not job.future.done():
                    job.future.set_result(job.reply or closing(job))

    def _settle(self, batch: Batch) -> None:
        try:
            self.hall.settle(batch, self.commit)
        except StoreError:
            batch.give_up("this controller no longer owns the site")
            raise
        except Exception:
            log.exception("hall.batch_failed", jobs=len(batch.jobs))
            self.hall.stale = True
            batch.give_up("the hall failed; ask again")
        if batch.failed and self._bus is not None:
            self._bus.forget()

    def _show_windows(self) -> None:
        self._windows_changed = False
        if self._bus is not None:
            self._bus.show_windows(self.hall.state, self.hall.clock())

    def _show(self) -> None:
        """Boards, windows and the picture for the web, as they are now."""
        now_ms = self.hall.clock()
        self._show_windows()
        if self._bus is not None:
            self._bus.show_boards(self.hall.state, now_ms)
        view = self._views.make(
            self.hall.state,
            now_ms,
            bus_connected=self._bus is not None and self._bus.connected,
            skews=self._bus.skews if self._bus is not None else None,
        )
        self._feed.publish(view)
        self._changed = False
        self._shown_at = time.monotonic()

    def _refuse_submitted(self) -> None:
        while self._submitted:
            job = self._submitted.popleft()
            if job.future is not None:
                job.future.set_result(closing(job))


def closing(job: Job) -> Reply:
    """What a job is told that the loop ended before."""
    return refused(job.request_id, Refusal.STORE_FAILED, "the hall is closing; ask again")
