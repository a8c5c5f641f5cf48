"""Choosing: first a domain, then one of its items. At most six a page, large arrows between."""

from collections.abc import Sequence

from kiosk.flow.events import ChoseDomain, ChoseItem
from kiosk.flow.events import Press as Button
from kiosk.flow.menu import MenuDomain, MenuItem, page_count, page_of
from kiosk.screens.page import Page, Size, head, labelled, page, roundel, upright
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import SECONDARY, TILE, Sheet

_PICTOGRAMS = {
    "labour": "briefcase",
    "social_insurance": "shield",
    "medical": "hospital",
    "family": "baby",
    "relief": "umbrella",
    "welfare": "heart",
    "farmland": "barley",
    "subsidy": "cash-multiple",
    "disability": "wheelchair-accessibility",
    "residence": "account-card-details",
    "veterans": "star-circle",
    "housing": "home-modern",
    "business": "store",
    "legal": "scale-balance",
}
_ANY = "folder-outline"


def pictogram(domain_id: str | None) -> str:
    """Name of the icon of a domain; a plain folder for one that has none yet."""
    return _PICTOGRAMS.get(domain_id or "", _ANY)


def draw_domains(sheet: Sheet, view: View, size: Size) -> None:
    """Tiles with pictograms."""
    it = page(sheet, view, size, actions=size is Size.PORTRAIT)
    person = view.visit.person
    greeting = view.words("domains.greeting", name=person.masked_name) if person else ""
    head(it, view.words("domains.choose"), greeting)
    cells = it.content.grid(*((3, 2) if it.is_landscape else (2, 3)), sheet.theme.gap)
    for domain, cell in zip(page_of(view.menu.domains, view.visit.page), cells, strict=False):
        _domain(it, domain, cell)
    _pager(it, view.menu.domains)


def draw_items(sheet: Sheet, view: View, size: Size) -> None:
    """Rows, for names are long."""
    it = page(sheet, view, size, actions=size is Size.PORTRAIT)
    domain = view.menu.domain(view.visit.domain_id)
    head(it, view.words("items.choose"), view.name(domain) if domain else "")
    items = view.menu.items_of(view.visit.domain_id)
    cells = it.content.grid(*((2, 3) if it.is_landscape else (1, 6)), sheet.theme.gap)
    for item, cell in zip(page_of(items, view.visit.page), cells, strict=False):
        _item(it, item, cell)
    _pager(it, items)


def _domain(page: Page, domain: MenuDomain, cell: Box) -> None:
    theme = page.sheet.theme
    inner = page.sheet.press(cell, ChoseDomain(domain.id), TILE)
    inside = cell.inset(theme.gap, theme.gap * 0.9)
    mark, name = inside.cut_top(min(136, inside.h * 0.5), theme.grid)
    roundel(inner, mark, pictogram(domain.id), ("primary_pale", "primary"))
    inner.text(name, page.view.name(domain), "tile", align="center", bold=True)


def _item(page: Page, item: MenuItem, cell: Box) -> None:
    inner = page.sheet.press(cell, ChoseItem(item.id), TILE)
    inside = cell.inset(page.sheet.theme.gap, page.sheet.theme.grid)
    name, arrow = inside.cut_left(inside.w - 56, 0)
    inner.text(name, page.view.name(item), "lead", bold=True)
    inner.icon(arrow.middle(56, 56), "chevron-right", "primary")


def _pager(page: Page, entries: Sequence[object]) -> None:
    """Back, where one is, on: below the tiles, or in landscape low left beside them."""
    pages, now = page_count(entries), page.view.visit.page
    if pages < 2:
        return
    sheet, words, gap = page.sheet, page.view.words, page.sheet.theme.gap / 2
    left, right = page.low_left, page.low_right
    bar = left if page.is_landscape else Box(left.x, left.y, right.right - left.x, left.h)
    side = min(bar.w * 0.36, 300)
    before, middle = bar.cut_left(side, gap)
    middle, after = middle.cut_left(middle.w - side - gap, gap)
    text = words("page.of", page=now + 1, pages=pages)
    sheet.text(middle, text, "lead", align="center", bold=True)
    if now > 0:
        _turn(page, before, "page.before", Button.PAGE_PREV, "arrow-left")
    if now < pages - 1:
        _turn(page, after, "page.after", Button.PAGE_NEXT, "arrow-right")


def _turn(page: Page, box: Box, key: str, button: Button, icon: str) -> None:
    sheet, label = page.sheet, page.view.words(key)
    if page.is_landscape:
        upright(sheet, box, label, button, SECONDARY, icon=icon)
        return
    after = button is Button.PAGE_NEXT
    labelled(sheet, box, label, button, SECONDARY, icon=icon, icon_after=after)
