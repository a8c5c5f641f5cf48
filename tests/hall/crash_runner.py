"""The controller as a program without its web, which can be made to die at a chosen point.

`CRASH` in the environment is `<point>:<n>`: the n-th batch that answers a request dies there by
`kill -9`. Points: before_commit, before_reply (after the commit), before_ack (after the reply),
within_reply (after the first reply of the batch has left). `MUTANT=1` replies before the commit.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from bus.errors import BusError
from config.loader import load
from hall_controller.batch import Batch
from hall_controller.errors import HallError
from hall_controller.loop import HallLoop
from hall_controller.main import run

POINTS = ("before_commit", "before_reply", "within_reply", "before_ack")


def die() -> None:
    """As by `kill -9`, and not a line of Python later."""
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()


class CrashLoop(HallLoop):
    """Dies between two phases of a batch. Batches are small, so that there are some."""

    batch_limit = 16

    point, _, _nth = os.environ.get("CRASH", "never:0").partition(":")
    left = int(_nth)
    mutant = os.environ.get("MUTANT") == "1"

    def commit(self, batch: Batch) -> None:
        if self.mutant:
            super().reply(batch)
            self._flush()
        self._at("before_commit", batch)
        super().commit(batch)

    def reply(self, batch: Batch) -> None:
        self._at("before_reply", batch)
        if self._at("within_reply", batch, count_only=True):
            super().reply(Batch(batch.jobs[:1]))
            self._flush()
            die()
        super().reply(batch)

    def acknowledge(self, batch: Batch) -> None:
        if self._at("before_ack", batch, count_only=True):
            self._flush()
            die()
        super().acknowledge(batch)

    def _at(self, point: str, batch: Batch, *, count_only: bool = False) -> bool:
        if point != self.point or not any(job.address for job in batch.jobs):
            return False
        CrashLoop.left -= 1
        if CrashLoop.left != 0:
            return False
        if not count_only:
            die()
        return True

    def _flush(self) -> None:
        """Let what was published reach the broker, so that the crash comes truly after it: the
        reset of a killed process would overtake what the broker has not read yet."""
        if self._bus is not None and self.point != "never":
            self._bus.pump(0.0)
            time.sleep(0.1)


def main() -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    settings = load(Path(sys.argv[sys.argv.index("--config") + 1]))
    try:
        keep = "--keep-broker" in sys.argv
        run(settings, stop, keep_broker=keep, make_loop=CrashLoop, with_web=False)
    except (HallError, BusError) as error:
        sys.exit(f"hall-controller: {error}")


if __name__ == "__main__":
    main()
