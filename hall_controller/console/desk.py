"""The clerk's side of the port: one signed-in clerk at one window, asking the hall."""

import asyncio
import uuid
from dataclasses import dataclass

from hall_controller import commands
from hall_controller.console.texts import TABLES, text
from hall_controller.port import Answer, Clerk, HallPort
from hall_controller.views import HallView, WindowView

ANSWER_TIMEOUT_S = 8.0
EXPIRES_MS = 10_000


@dataclass(frozen=True, slots=True)
class Desk:
    """A clerk (by id) at a window (by id), with the language of the screen."""

    port: HallPort
    clerk: str
    window: str
    lang: str

    async def ask(self, act: commands.Act) -> str | None:
        """Send `act`; None when done, else the sentence that says why not."""
        now = self.port.now()
        command = commands.Command(
            act=act,
            actor=commands.Actor(role=commands.Role.CLERK, id=f"clerk:{self.clerk}"),
            site=self.port.site,
            request_id=str(uuid.uuid4()),
            sent_ms=now,
            expires_ms=now + EXPIRES_MS,
        )
        future = asyncio.wrap_future(self.port.submit(command))
        try:
            # Shielded: whoever gives up waiting must not cancel what the hall is doing.
            answer = await asyncio.wait_for(asyncio.shield(future), ANSWER_TIMEOUT_S)
        except TimeoutError:
            return text(self.lang, "say.slow")
        return None if answer.outcome == "done" else refusal_text(self.lang, answer)

    def holds(self, window: WindowView | None) -> bool:
        """Whether this clerk is the one signed in at `window`."""
        return window is not None and clerk_id(window) == self.clerk


def clerk_id(window: WindowView) -> str | None:
    """Id of the clerk at `window`, without the actor's prefix."""
    return window.clerk.removeprefix("clerk:") if window.clerk else None


def clerk_name(port: HallPort, window: WindowView) -> str:
    """Name of the clerk at `window`, or nothing."""
    at = clerk_id(window)
    return next((c.name for c in port.staff() if c.id == at), at or "")


def find_clerk(port: HallPort, clerk: str) -> Clerk | None:
    """The clerk with this id, if the configuration still has them."""
    return next((c for c in port.staff() if c.id == clerk), None)


def refusal_text(lang: str, answer: Answer) -> str:
    """The sentence for a refusal; unknown ones show the hall's own (English) detail."""
    key = f"refused.{answer.refusal}"
    if key in TABLES[lang]:
        return text(lang, key)
    return text(lang, "refused.other", detail=answer.detail or answer.refusal or "?")


def shows_clerk(view: HallView, window_id: str, clerk: str) -> bool:
    """Whether the picture already has `clerk` at the window."""
    return any(w.id == window_id and clerk_id(w) == clerk for w in view.windows)
