"""What a touch does on each screen."""

from dataclasses import replace

from kiosk.flow.effects import Raised, RaiseEvent
from kiosk.flow.events import ChoseDomain, ChoseItem, Press, Pressed, Touch
from kiosk.flow.menu import Menu, page_count
from kiosk.flow.moves import Step, ask, go, into_trouble, leave, print_ticket, withdrawal
from kiosk.flow.rules import MAX_EXTENSIONS, Rules
from kiosk.flow.visit import TILES_A_PAGE, CardNotice, Language, Screen, Trouble, Visit


def touched(visit: Visit, event: Touch, menu: Menu, rules: Rules) -> Step:
    """The visit after a touch. A touch that means nothing on this screen still shows presence."""
    if visit.screen is Screen.IDLE:
        return go(replace(visit, touched_ms=visit.now_ms), Screen.HOME, rules), ()
    was_counting = visit.countdown_s is not None
    visit = replace(visit, touched_ms=visit.now_ms, countdown_s=None)
    if event == Pressed(Press.HELP):
        asked = replace(visit, help_called=True)
        return asked, (() if visit.help_called else (RaiseEvent(Raised.HELP_PRESSED),))
    visit = replace(visit, help_called=False)
    match event:
        case Pressed(press):
            return _pressed(visit, press, menu, rules, was_counting=was_counting)
        case ChoseDomain(domain_id):
            return _choose_domain(visit, domain_id, menu, rules), ()
        case ChoseItem(item_id):
            return _choose_item(visit, item_id, menu, rules), ()


def _pressed(  # noqa: PLR0911 (a return a case)
    visit: Visit, press: Press, menu: Menu, rules: Rules, *, was_counting: bool
) -> Step:
    match press:
        case Press.HOME:
            return leave(visit, rules)
        case Press.BACK:
            return _back(visit, menu, rules)
        case Press.TAKE_NUMBER if visit.screen is Screen.HOME:
            return begin(visit, Screen.IDENTIFY, rules), ()
        case Press.NO_CARD if visit.screen in (Screen.HOME, Screen.IDENTIFY):
            return begin(visit, Screen.DOMAINS, rules), ()
        case Press.CONFIRM if visit.screen is Screen.CONFIRM:
            return ask(visit, rules)
        case Press.RETRY:
            return _retry(visit, rules)
        case Press.REPRINT if visit.can_reprint and visit.ticket:
            return print_ticket(visit, visit.ticket, service_name(visit, menu), rules)
        case Press.DONE if visit.screen in (Screen.TAKE_PAPER, Screen.TROUBLE):
            return leave(visit, rules)
        case Press.PAGE_NEXT | Press.PAGE_PREV:
            return _turn_page(visit, 1 if press is Press.PAGE_NEXT else -1, menu), ()
        case Press.LANGUAGE:
            other = Language.EN if visit.language is Language.ZH else Language.ZH
            return replace(visit, language=other), ()
        case Press.CONTINUE if was_counting:
            return _extend(visit, rules), ()
        case _:
            return visit, ()


def begin(visit: Visit, screen: Screen, rules: Rules) -> Visit:
    """From home or identify onwards; without a line it is said now, not four screens later."""
    if not visit.hall.connected:
        visit = replace(visit, person=None)
        return into_trouble(visit, Trouble.HALL_UNREACHABLE, rules, retry_helps=True)
    through = visit.through_identify or Screen.IDENTIFY in (visit.screen, screen)
    onward = replace(go(visit, screen, rules), page=0, through_identify=through)
    if screen is Screen.IDENTIFY and not visit.hall.reader_works:
        return replace(onward, card_notice=CardNotice.READER_GONE)
    return onward


def service_name(visit: Visit, menu: Menu) -> str:
    """The chosen item's name for the slip, which is always Chinese."""
    item = menu.item(visit.item_id)
    return item.name if item else ""


def _back(visit: Visit, menu: Menu, rules: Rules) -> Step:  # noqa: PLR0911 (a return a case)
    match visit.screen:
        case Screen.DOMAINS if visit.through_identify:
            return begin(replace(visit, person=None, domain_id=None), Screen.IDENTIFY, rules), ()
        case Screen.HOME | Screen.IDENTIFY | Screen.DOMAINS:
            return leave(visit, rules)
        case Screen.ITEMS:
            page = _page_with(visit.domain_id, [domain.id for domain in menu.domains])
            return replace(go(visit, Screen.DOMAINS, rules), page=page, domain_id=None), ()
        case Screen.CONFIRM:
            page = _page_with(visit.item_id, [item.id for item in menu.items_of(visit.domain_id)])
            back = replace(go(visit, Screen.ITEMS, rules), page=page, item_id=None, queue_id=None)
            return back, ()
        case Screen.ISSUING | Screen.TROUBLE if visit.ticket is None:
            if visit.item_id is None:
                return leave(visit, rules)
            return replace(go(visit, Screen.CONFIRM, rules), pending=None), withdrawal(visit)
        case _:  # a number was given: there is no way back before it
            return visit, ()


def _page_with(wanted: str | None, ids: list[str]) -> int:
    return ids.index(wanted) // TILES_A_PAGE if wanted in ids else 0


def _retry(visit: Visit, rules: Rules) -> Step:
    if visit.screen is Screen.IDENTIFY and visit.hall.reader_works:
        return replace(visit, card_notice=None), ()
    if visit.screen is not Screen.TROUBLE or not visit.retry_helps:
        return visit, ()
    if visit.pending:  # the same request is still being sent: only wait for it anew
        return go(visit, Screen.ISSUING, rules), ()
    if visit.item_id is None:  # there was no line when the visit began
        return leave(visit, rules) if visit.hall.connected else (visit, ())
    return ask(visit, rules)


def _turn_page(visit: Visit, by: int, menu: Menu) -> Visit:
    if visit.screen is Screen.DOMAINS:
        pages = page_count(menu.domains)
    elif visit.screen is Screen.ITEMS:
        pages = page_count(menu.items_of(visit.domain_id))
    else:
        return visit
    return replace(visit, page=min(max(visit.page + by, 0), pages - 1))


def _extend(visit: Visit, rules: Rules) -> Visit:
    extensions = visit.extensions + 1
    limit_ms = visit.limit_ms
    if limit_ms and extensions <= MAX_EXTENSIONS:
        limit_ms = max(limit_ms, visit.now_ms + rules.idle_ms)
    return replace(visit, extensions=extensions, limit_ms=limit_ms)


def _choose_domain(visit: Visit, domain_id: str, menu: Menu, rules: Rules) -> Visit:
    if visit.screen is not Screen.DOMAINS or menu.domain(domain_id) is None:
        return visit
    return replace(go(visit, Screen.ITEMS, rules), domain_id=domain_id, page=0)


def _choose_item(visit: Visit, item_id: str, menu: Menu, rules: Rules) -> Visit:
    item = menu.item(item_id)
    if visit.screen is not Screen.ITEMS or item is None or item.domain_id != visit.domain_id:
        return visit
    return replace(go(visit, Screen.CONFIRM, rules), item_id=item.id, queue_id=item.queue_id)
