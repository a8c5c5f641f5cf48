"""How long a kiosk waits for a citizen, in milliseconds."""

from dataclasses import dataclass

from kiosk.flow.visit import Language

MAX_EXTENSIONS = 10  # of the longest visit; WCAG 2.2.1 asks for at least ten


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
    print_timeout_ms: int  # longer than the driver's own time-outs: it says how the slip came out

    @property
    def longest_visit_ms(self) -> int:
        """No visit waits for the hall any more so long after it began, however often extended."""
        begun_again_ms = self.idle_ms + self.countdown_ms
        return (
            self.visit_limit_ms + (MAX_EXTENSIONS + 1) * begun_again_ms + 2 * self.reply_timeout_ms
        )
