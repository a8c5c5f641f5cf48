"""What a screen may look at: the visit, the menu and the words of the visit's language."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from kiosk.flow.menu import Menu, MenuDomain, MenuItem
from kiosk.flow.visit import Language, QueueFacts, Visit
from kiosk.i18n import Words, for_cards

HALL_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991

_IN_HOURS_FROM = 90  # minutes


@dataclass(frozen=True, slots=True)
class View:
    """One moment of the kiosk, ready to be drawn."""

    visit: Visit
    menu: Menu
    words: Words
    ticket_shown_s: float
    countdown_s: float

    def name(self, thing: MenuDomain | MenuItem | QueueFacts) -> str:
        """Name of a domain, item or queue in the visit's language, Chinese where it has none."""
        return (thing.name_en if self._english else "") or thing.name

    def card_words(self, key: str) -> str:
        """The sentence `key` as it goes with the cards that can be read here."""
        return self.words(for_cards(key, self.visit.hall.cards))

    @property
    def hall_name(self) -> str:
        """Name of the hall in the visit's language."""
        hall = self.visit.hall
        return (hall.name_en if self._english else "") or hall.name

    @property
    def item(self) -> MenuItem | None:
        """The chosen item."""
        return self.menu.item(self.visit.item_id)

    @property
    def queue(self) -> QueueFacts | None:
        """The queue of the chosen item, as far as the board told of it."""
        ticket = self.visit.ticket
        return self.visit.hall.queue(ticket.queue_id if ticket else self.visit.queue_id)

    @property
    def clock(self) -> str:
        """Time of day, `09:30`."""
        return f"{self._now:%H:%M}"

    @property
    def date(self) -> str:
        """Day and weekday in words."""
        now = self._now
        return self.words(
            "date",
            day=now.day,
            month=self.words(f"month.{now.month}"),
            weekday=self.words(f"weekday.{now.isoweekday()}"),
        )

    def wait(self, minutes: int | None) -> str:
        """An estimated wait in words."""
        if minutes is None:
            return self.words("wait.unknown")
        if minutes == 0:
            return self.words("wait.none")
        if minutes > _IN_HOURS_FROM:
            return self.words.count("wait.hours", round(minutes / 60))
        return self.words.count("wait.minutes", minutes)

    @property
    def _english(self) -> bool:
        return self.visit.language is Language.EN

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.visit.now_ms / 1000, HALL_TIME)
