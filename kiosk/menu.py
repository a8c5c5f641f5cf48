"""What the flow needs of catalogue and settings: its menu, its rules, what is known of the hall."""

from config import catalogue
from config.hall_name import official_name
from config.schema import HallSettings, KioskSettings
from kiosk.flow.menu import Menu, MenuDomain, MenuItem
from kiosk.flow.rules import Rules
from kiosk.flow.visit import HallFacts, Language

PRINT_S = 60.0  # feeding and cutting, with the drivers' own time-outs as they come


def menu_of(settings: HallSettings) -> Menu:
    """Every domain that has items, and its items with their queues."""
    items = tuple(
        MenuItem(
            item.id,
            item.name,
            item.name_en,
            item.domain_id,
            catalogue.queue_for(settings, item.domain_id).id,
        )
        for item in catalogue.items()
    )
    used = {item.domain_id for item in items}
    domains = tuple(
        MenuDomain(domain.id, domain.name, domain.short_name_en)
        for domain in catalogue.domains()
        if domain.id in used
    )
    return Menu(domains, items)


def rules_of(kiosk: KioskSettings) -> Rules:
    """The rules that a kiosk's settings name."""
    session = kiosk.session
    return Rules(
        language=Language(kiosk.language),
        idle_ms=round(session.idle_s * 1000),
        countdown_ms=round(session.countdown_s * 1000),
        visit_limit_ms=round(session.visit_limit_s * 1000),
        ticket_shown_ms=round(session.ticket_shown_s * 1000),
        attract_ms=round(session.attract_s * 1000),
        reply_timeout_ms=round(session.reply_timeout_s * 1000),
        print_timeout_ms=round((PRINT_S + _patience_s(kiosk)) * 1000),
    )


def _patience_s(kiosk: KioskSettings) -> float:
    """How long the settings let a peripheral wait: all its options that end in `_timeout_s`, the
    longest of all peripherals. Drivers are not imported yet, so their names are all there is."""
    waits = (
        sum(value for name, value in entry.options.items() if _is_wait(name, value))
        for entry in kiosk.peripherals
    )
    return max(waits, default=0.0)


def _is_wait(name: str, value: object) -> bool:
    return name.endswith("_timeout_s") and isinstance(value, int | float)


def hall_of(settings: HallSettings) -> HallFacts:
    """What is known of the hall before anything was heard from it."""
    site = settings.site
    return HallFacts(
        name=site.name_override or official_name(site.code),
        contact=site.contact,
        notices=tuple(site.notices),
        reader_works=False,
        printer_works=False,
    )
