"""How loud it is at which time of the day."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from drivers.saying import saying

SHANGHAI = timezone(timedelta(hours=8))  # without summer time since 1991
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)=(\d{1,3})")
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of the day until another, which may lie after midnight, this loud."""

    begin: int
    end: int
    percent: int

    def holds(self, minute: int) -> bool:
        """Whether that minute of the day lies in it; the end does not."""
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


def spans(text: str) -> tuple[Span, ...]:
    """`12:00-14:00=40, 18:00-08:00=20`. Raises ValueError naming what is wrong."""
    return tuple(_span(part.strip()) for part in text.split(",") if part.strip())


def volume_at(now: datetime, usual: int, quiet: tuple[Span, ...]) -> int:
    """Percent at `now` (aware), by Shanghai's clock; the first span that holds decides."""
    local = now.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    return next((span.percent for span in quiet if span.holds(minute)), usual)


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(saying("{text!r} is not like 12:00-14:00=40", text=text))
    hour, minute, end_hour, end_minute, percent = (int(part) for part in found.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or begin >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(saying("{text!r}: there is no such time of the day", text=text))
    if begin == end:
        raise ValueError(saying("{text!r} begins when it ends", text=text))
    if percent > 100:
        raise ValueError(saying("{text!r}: at most 100 percent", text=text))
    return Span(begin, end, percent)
