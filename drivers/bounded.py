"""Work that may get stuck in the system, done on threads that are left behind: nothing at the end
of the program waits for them, nor does Ctrl-C."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class OverdueError(Exception):
    """It did not come to an end in time, and goes on."""


def run_bounded(work: Callable[[], T], limit_s: float, name: str = "") -> T:
    """What `work` returns or raises. Raises OverdueError after `limit_s` seconds."""
    return outcome(begin(work, name), limit_s)


def begin(work: Callable[[], T], name: str = "") -> "Future[T]":
    """Begin `work` on a thread of its own."""
    future: Future[T] = Future()

    def body() -> None:
        try:
            future.set_result(work())
        except BaseException as e:  # noqa: BLE001 - handed to the waiting thread
            future.set_exception(e)

    threading.Thread(target=body, name=name, daemon=True).start()
    return future


def outcome(future: "Future[T]", limit_s: float) -> T:
    """What became of work that was begun. Raises OverdueError after `limit_s` seconds."""
    if not wait([future], limit_s).done:
        raise OverdueError(f"no end within {limit_s:g} s")
    return future.result()


def do_all(jobs: Iterable[Callable[[], T]], at_once: int) -> list[T]:
    """Do the jobs, `at_once` of them at the same time; what they return, in order, or raise."""
    gate = threading.Semaphore(at_once)

    def gated(job: Callable[[], T]) -> T:
        with gate:
            return job()

    begun = [begin(partial(gated, job)) for job in jobs]
    return [future.result() for future in begun]
