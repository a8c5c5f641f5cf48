"""What the web may ask of the hall: the only door between the console and the hall loop.

The web is a guest of the core: it sends the same commands as the bus does, and reads pictures.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from hall_controller.commands import Command
from hall_controller.errors import LockedOut
from hall_controller.views import HallFeed

__all__ = ["Answer", "Clerk", "HallPort", "LockedOut"]


class Answer(Protocol):
    """How a command ended. `outcome` is `done` or `refused`; `refusal` a word of `bus.Refusal`."""

    @property
    def outcome(self) -> str: ...
    @property
    def refusal(self) -> str | None: ...
    @property
    def detail(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Clerk:
    """A clerk as the sign-in page lists them."""

    id: str
    name: str


class HallPort(Protocol):
    """The hall as the web sees it. Every method may be called from any thread."""

    @property
    def site(self) -> str:
        """Division code of the site shown."""

    @property
    def feed(self) -> HallFeed:
        """Where the newest picture of the hall is read."""

    @property
    def alive(self) -> bool:
        """True while the hall loop runs and its store takes commits: what `/healthz` tells."""

    def now(self) -> int:
        """The hall's clock, epoch milliseconds."""

    def submit(self, command: Command) -> Future[Answer]:
        """Ask the hall. The future ends after the commit, with a refusal rather than an exception.

        A command without a request id is refused unless it is a sample; make one per press.
        """

    def staff(self) -> tuple[Clerk, ...]:
        """Who may sign in."""

    def verify(self, clerk_id: str, pin: str) -> bool:
        """True when the PIN is right. Blocks for some 50 ms (scrypt): call it off the event loop.

        Raises LockedOut after five wrong tries, until 30 s have passed.
        """

    def counters(self) -> Mapping[str, float]:
        """Figures since the start, by Prometheus-style name (`hall_commands_total`, …)."""
