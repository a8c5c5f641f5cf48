"""The hall without bus, web and threads: commands go in one by one, at a time of one's choice.

Used to play a plausible history into a store before the hall opens, through the same rules and the
same commits as at work.
"""

from pathlib import Path
from types import TracebackType

from bus.messages import Reply
from config.schema import HallSettings
from hall_controller.batch import Batch, Job
from hall_controller.commands import Command
from hall_controller.core.view import ViewMaker
from hall_controller.from_settings import rules_of
from hall_controller.hall import Hall
from hall_controller.opening import open_store
from hall_controller.views import HallView


class OfflineHall:
    """A hall whose clock stands where the last command put it.

    `with OfflineHall(settings, data_dir) as hall: hall.run(command, at_ms)`. Raises StoreError when
    a controller holds the store.
    """

    def __init__(self, settings: HallSettings, data_dir: Path, at_ms: int) -> None:
        self._now_ms = at_ms
        self._store = open_store(settings, data_dir, at_ms)
        self._hall = Hall(rules_of(settings), self._store, lambda: self._now_ms)
        self._views = ViewMaker(self._hall.rules)

    def run(self, command: Command, at_ms: int) -> Reply:
        """Decide and commit one command at `at_ms`; the answer is on disk when it returns."""
        self._now_ms = at_ms
        self._hall.turn_day()
        job = Job.of(command)
        self._hall.settle(Batch([job]), self._hall.commit)
        assert job.reply is not None  # settle answers every job
        return job.reply

    def view(self) -> HallView:
        """The hall as the web would show it."""
        return self._views.make(self._hall.state, self._now_ms, bus_connected=False)

    def close(self) -> None:
        """Let a controller have the store."""
        self._store.close()

    def __enter__(self) -> "OfflineHall":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
