"""What the settings file means to the hall: its rules, its terminals, its sealers."""

from collections.abc import Iterable

from bus import topics
from bus.credentials import Login
from bus.sealing import Sealer
from config import catalogue
from config.hall_name import official_name
from config.schema import HallSettings
from hall_controller.bus_door import INBOUND
from hall_controller.core.rules import HallRules, QueueRule, WindowRule
from hall_controller.outlet import SHOWN

MINUTE_MS = 60_000


def rules_of(settings: HallSettings) -> HallRules:
    """The hall's rules. The name is the official one unless the settings give another."""
    site = settings.site
    return HallRules(
        site=site.code,
        hall_name=site.name_override or official_name(site.code),
        queues=tuple(
            QueueRule(queue.id, queue.name, queue.name_en, queue.prefix, queue.weight)
            for queue in settings.queues
        ),
        windows=tuple(
            WindowRule(window.id, window.name, tuple(window.queues)) for window in settings.windows
        ),
        owns=frozenset(settings.controller.owns or [site.code]),
        terminals=frozenset(terminals_of(settings)),
        item_names={item.id: item.name for item in catalogue.items()},
        max_wait_ms=settings.calling.max_wait_minutes * MINUTE_MS,
        default_service_ms=round(settings.calling.default_service_minutes * MINUTE_MS),
        undo_ms=round(settings.calling.undo_s * 1000),
        notices=tuple(site.notices),
    )


def terminals_of(settings: HallSettings) -> tuple[str, ...]:
    """Ids of all kiosks and nodes."""
    return (*(kiosk.id for kiosk in settings.kiosks), *(node.id for node in settings.nodes))


def sealers_of(logins: Iterable[Login]) -> dict[str, Sealer]:
    """What opens the sealed persons of each terminal."""
    return {login.link.terminal: Sealer(login.link.seal_key) for login in logins}


def subscriptions(settings: HallSettings) -> list[str]:
    """What the controller listens to: everything on its own broker, so that requests for sites of
    others are refused and not lost; its own sites on a broker that it shares. And what its own
    site shows, to clear what an earlier configuration left there."""
    shown = [topics.all_of_site(channel, topics.Site(settings.site.code)) for channel in SHOWN]
    if settings.broker.embedded:
        return [*(topics.everywhere(channel) for channel in INBOUND), *shown]
    owned = settings.controller.owns or [settings.site.code]
    return [
        *(topics.all_of_site(channel, topics.Site(code)) for code in owned for channel in INBOUND),
        *shown,
    ]
