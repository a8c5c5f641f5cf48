"""How long a kiosk waits for a citizen, in milliseconds."""

from dataclasses import dataclass

from config.schema import KioskSettings
from kiosk.flow.visit import Language

MAX_EXTENSIONS = 10  # of the longest visit; WCAG 2.2.1 asks for at least ten
PRINT_TIMEOUT_MS = 60_000  # the driver's own time-outs end earlier; nothing may hang


@dataclass(frozen=True, slots=True)
class Rules:
    """The session settings of one kiosk, ready for use."""

    language: Language
    idle_ms: int
    countdown_ms: int
    visit_limit_ms: int
    ticket_shown_ms: int
    attract_ms: int
    reply_timeout_ms: int

    @property
    def longest_visit_ms(self) -> int:
        """No visit waits for the hall any more so long after it began, however often extended."""
        begun_again_ms = self.idle_ms + self.countdown_ms
        return (
            self.visit_limit_ms + (MAX_EXTENSIONS + 1) * begun_again_ms + 2 * self.reply_timeout_ms
        )

    @classmethod
    def of(cls, kiosk: KioskSettings) -> "Rules":
        """The rules that a kiosk's settings name."""
        session = kiosk.session
        return cls(
            language=Language(kiosk.language),
            idle_ms=round(session.idle_s * 1000),
            countdown_ms=round(session.countdown_s * 1000),
            visit_limit_ms=round(session.visit_limit_s * 1000),
            ticket_shown_ms=round(session.ticket_shown_s * 1000),
            attract_ms=round(session.attract_s * 1000),
            reply_timeout_ms=round(session.reply_timeout_s * 1000),
        )
