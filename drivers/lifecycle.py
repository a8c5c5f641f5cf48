"""The life of one peripheral: opened, watched, worked with, lost, found again, closed.

An `Owner` is the one thread that touches a peripheral. Whoever wants something of it submits a job
and gets the result back on that thread; unplugging is a normal event.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog
from pydantic import BaseModel

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Device, DriverSpec
from drivers.jobs import Done, Job, Jobs, Work
from drivers.opening import Opening
from drivers.saying import saying
from drivers.status import PeripheralHealth, State
from drivers.trouble_log import TroubleLog, as_text

# Together with the time an opening takes, these two keep a peripheral that was unplugged and comes
# back within five seconds of being ready.
STATUS_EVERY_S = 3.0
FIRST_RETRY_S, LONGEST_RETRY_S = 0.05, 1.0
OPEN_LIMIT_S = 15.0  # after this an opening hangs: the health says so
FIRST_OPEN_WAIT_S = 5.0  # what a job waits for the very first opening
STOP_LIMIT_S = 30.0  # the longest a driver may take to notice that it is cancelled
STOP_OPENING_S = 5.0  # an opening under way gets this long, then the port may be free a bit later
GONE = (Reason.LOST, Reason.NO_DEVICE)

_AT_WORK = {State.ONLINE, State.OFFLINE, State.USER_ERROR, State.HARDWARE_ERROR}
_MOVES = {
    State.STARTING: _AT_WORK | {State.NO_DEVICE, State.STOPPED},
    **dict.fromkeys(_AT_WORK, _AT_WORK | {State.BUSY, State.NO_DEVICE, State.STOPPED}),
    State.BUSY: _AT_WORK | {State.NO_DEVICE, State.STOPPED},
    State.NO_DEVICE: _AT_WORK | {State.STOPPED},
    State.STOPPED: set(),
}

NOT_YET = saying("it is still being opened")
NOTHING_KNOWN = {"paper": None, "cover_open": None, "card_present": None}  # of what is not there

log = structlog.get_logger()


def transition(state: State, to: State) -> State:
    """Return `to` when a peripheral may go there from `state`; else RuntimeError naming both."""
    if to != state and to not in _MOVES[state]:
        raise RuntimeError(f"illegal move from {state.value} to {to.value}")
    return to


class Owner:
    """Owns one peripheral from `start` to `stop`, which both are called once.

    `on_health` hears every change of the health, on the owner's thread.
    """

    def __init__(
        self,
        id: str,
        spec: DriverSpec,
        options: BaseModel,
        *,
        on_health: Callable[[PeripheralHealth], None] = lambda health: None,
        status_every_s: float = STATUS_EVERY_S,
    ) -> None:
        self.id = id
        self.spec = spec
        self._options = options
        self._on_health = on_health
        self._status_every_s = status_every_s
        self._health = PeripheralHealth(id, spec.name, State.STARTING, since_ms=_now_ms())
        self._device: Device | None = None
        self._opening: Opening | None = None
        self._running: Job | None = None
        self._trouble = PeripheralError(Reason.NO_DEVICE, NOT_YET, sent=False)
        self._jobs = Jobs(lambda: self._interrupted)
        self._retry_s = FIRST_RETRY_S
        self._log = TroubleLog(id, spec.name)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"peripheral {id}", daemon=True)

    @property
    def health(self) -> PeripheralHealth:
        """The health as it was published last."""
        return self._health

    @property
    def trouble(self) -> PeripheralError:
        """Why there is no device, or was none when that was last so."""
        return self._trouble

    def start(self) -> None:
        """Start the thread, which opens the peripheral now and whenever it comes back."""
        self._thread.start()

    def stop(self) -> None:
        """Cancel what is under way, close the peripheral, end the thread. Repeats do nothing.

        Returns when the driver has noticed (0.1 s) and closed (a port that still sends: 1 s more).
        An opening under way is given STOP_OPENING_S. A driver that is stuck is left to itself after
        STOP_LIMIT_S, the longest that this takes; its jobs are CANCELLED then, its port stays open.
        """
        self._stopping = True
        self._jobs.wake()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_LIMIT_S)
            if self._thread.is_alive():
                log.error("peripheral does not stop", id=self.id, driver=self.spec.name)
                self._cancel_all()
        elif self._thread.ident is None:
            self._end()

    def submit(self, work: Work, done: Done) -> Job:
        """Have `work(device, cancelled)` done; `done` gets its result or the PeripheralError.

        Jobs run in order, one at a time. Without a device a job fails at once with the reason why
        there is none, also while it is being opened again. Only the very first opening, when
        nothing is known yet, is waited for: until FIRST_OPEN_WAIT_S after it began. `done` runs on
        the owner's thread (after `stop`: CANCELLED, on the caller's) and must not block.
        """
        job = Job(work, done, self._jobs.wake)
        if not self._jobs.put(job):
            self._tell(job.finish, _cancelled())
        return job

    def _run(self) -> None:
        self._tell(self._on_health, self._health)
        while not self._stopping:
            try:
                self._step()
            except Exception as e:  # noqa: BLE001 - logged
                self._log.crash(e)
                self._lose(_driver_failed(e))
                self._refuse_jobs_for(LONGEST_RETRY_S)
        self._end()

    def _step(self) -> None:
        if self._device is None and not self._open():
            self._refuse_jobs_for(self._retry_s)
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
            return
        self._retry_s = FIRST_RETRY_S
        job = self._next_job(self._status_every_s)
        if job is not None:
            self._do(job)
        elif not self._stopping:
            self._check()

    def _open(self) -> bool:
        opening = self._opening
        if opening is None:
            opening = self._opening = Opening(self.spec, self._options, self._jobs.wake)
            self._await_opening()
        if self._stopping:
            return False
        try:
            if not opening.done:
                hangs = saying("opening {driver} does not come to an end", driver=self.spec.name)
                raise PeripheralError(Reason.NO_DEVICE, hangs, sent=False)
            self._opening = None
            self._device = opening.take()
        except PeripheralError as e:
            self._trouble = e
            broken = e.reason in (Reason.READER_FAULT, Reason.PRINTER_FAULT)
            state = State.HARDWARE_ERROR if broken else State.NO_DEVICE
            self._move(state, detail=e.detail, **NOTHING_KNOWN)
            return False
        self._check()
        return self._device is not None

    def _await_opening(self) -> None:
        """Until it is done or hangs; jobs are served as `submit` says."""
        end = time.monotonic() + OPEN_LIMIT_S
        if self._health.state is State.STARTING:
            self._jobs.wait_interrupted(min(FIRST_OPEN_WAIT_S, OPEN_LIMIT_S))
        self._refuse_jobs_for(end - time.monotonic())

    @property
    def _interrupted(self) -> bool:
        """Whether there is something better to do than to wait for jobs."""
        return self._stopping or (self._opening is not None and self._opening.done)

    def _check(self) -> None:
        assert self._device is not None
        try:
            status = self._device.status()
        except PeripheralError as e:
            if e.reason in GONE:
                self._lose(e)
            else:
                self._move(State.OFFLINE, detail=e.detail)
            return
        self._move(
            status.state,
            paper=status.paper,
            cover_open=status.cover_open,
            card_present=status.card_present,
            firmware=status.firmware,
            detail=status.detail,
        )

    def _do(self, job: Job) -> None:
        before = self._health.state
        self._running = job
        self._move(State.BUSY)
        try:
            result: Any = job.work(self._device, lambda: job.cancelled or self._stopping)
        except PeripheralError as e:
            result = e
        except Exception as e:  # noqa: BLE001 - logged
            self._log.crash(e)
            result = _driver_failed(e)
        if isinstance(result, PeripheralError) and result.reason in GONE:
            self._lose(result)
        self._running = None
        self._tell(job.finish, result)
        if self._device is not None and self._jobs:
            self._move(before)
        elif self._device is not None and not self._stopping:
            self._check()

    def _lose(self, error: PeripheralError) -> None:
        self._close()
        self._trouble = PeripheralError(
            Reason.NO_DEVICE, error.detail, advice=error.advice, sent=False
        )
        self._move(State.NO_DEVICE, detail=error.detail, **NOTHING_KNOWN)

    def _close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            try:
                device.close()
            except Exception as e:  # noqa: BLE001 - logged
                self._log.crash(e)

    def _refuse_jobs_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._interrupted:
            job = self._next_job(left)
            if job is not None:
                self._tell(job.finish, self._trouble)

    def _next_job(self, timeout_s: float) -> Job | None:
        """The next job; those cancelled while they waited are finished on the way."""
        end = time.monotonic() + timeout_s
        job = self._jobs.take(timeout_s)
        while job is not None and job.cancelled:
            self._tell(job.finish, _cancelled())
            job = self._jobs.take(end - time.monotonic())
        return job

    def _end(self) -> None:
        if self._opening is not None:
            self._opening.abandon(STOP_OPENING_S)
        self._close()
        self._cancel_all()
        self._move(State.STOPPED)

    def _cancel_all(self) -> None:
        """No job is taken any more; those there are end now."""
        for job in (self._running, *self._jobs.close()):
            if job is not None:
                self._tell(job.finish, _cancelled())

    def _move(self, state: State, **told: Any) -> None:
        """Go to `state`, taking over what was told of it, and publish when anything is new."""
        old = self._health
        transition(old.state, state)
        since_ms = old.since_ms if state is old.state else _now_ms()
        self._health = replace(old, state=state, since_ms=since_ms, **told)
        if self._health != old:
            self._log.note(self._health)
            self._tell(self._on_health, self._health)

    def _tell(self, receiver: Callable[[Any], None], news: Any) -> None:
        """Call back; a receiver that fails must not end the peripheral's thread."""
        try:
            receiver(news)
        except Exception as e:  # noqa: BLE001 - logged
            log.error("receiver failed", id=self.id, driver=self.spec.name, exception=as_text(e))


def _driver_failed(error: Exception) -> PeripheralError:
    failed = saying("driver failed: {error}", error=type(error).__name__)
    return PeripheralError(Reason.LOST, failed)


def _cancelled() -> PeripheralError:
    return PeripheralError(Reason.CANCELLED, saying("cancelled"))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
