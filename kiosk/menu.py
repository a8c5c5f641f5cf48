"""Builds the flow's menu from the catalogue, and the hall's facts from the settings."""

from config import catalogue
from config.hall_name import official_name
from config.schema import HallSettings
from kiosk.flow.menu import Menu, MenuDomain, MenuItem
from kiosk.flow.visit import HallFacts


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
