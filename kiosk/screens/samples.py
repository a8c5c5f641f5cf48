"""One visit for every state of every screen: for the gallery and for the tests of fitting.

`plausible` is a hall on an ordinary morning; `worst` holds the longest texts and largest figures.
"""

from dataclasses import replace
from datetime import datetime

from kiosk.flow.menu import Menu, MenuDomain, MenuItem
from kiosk.flow.visit import (
    CardNotice,
    Cards,
    HallFacts,
    Language,
    Person,
    QueueFacts,
    Screen,
    Ticket,
    Trouble,
    Visit,
)
from kiosk.screens.view import HALL_TIME

NOW_MS = int(datetime(2026, 11, 24, 9, 41, 5, tzinfo=HALL_TIME).timestamp() * 1000)

_QUEUES = (
    QueueFacts("social", "社会保险与就业", "Insurance and Work", waiting=3, estimate_minutes=12),
    QueueFacts("medical", "医保与健康", "Medical", waiting=5, estimate_minutes=25),
    QueueFacts("rural", "农村事务", "Rural Affairs", waiting=0, estimate_minutes=0),
    QueueFacts("other", "综合窗口", "General", is_open=False, waiting=2),
)
_LONG_QUEUES = tuple(
    QueueFacts(
        f"q{number}",
        "城乡居民医疗保险与大病补助综合受理",
        "Medical Insurance and Family Matters",
        is_open=number != 2,
        waiting=999,
        estimate_minutes=1440,
    )
    for number in range(6)
)


def plausible(menu: Menu, language: Language) -> dict[str, Visit]:
    """An ordinary morning. `menu` is the real one."""
    hall = HallFacts(
        name="石柱土家族自治县冷水镇公共服务中心",
        contact="023-7337 0000",
        notices=("城乡居民医保集中缴费期到 12 月 31 日为止", "周六上午照常办理"),
        connected=True,
        queues=_QUEUES,
    )
    domain = menu.domains[1]
    item = menu.items_of(domain.id)[0]
    ticket = Ticket("t", "A013", "social", "2026-11-24", 3, 12, NOW_MS)
    return _scenes(_visit(hall, language), domain, item, ticket)


def worst(language: Language) -> tuple[Menu, dict[str, Visit]]:
    """The longest of everything, with the menu that goes with it."""
    names = (
        ("城乡居民医保（新型农村合作医疗）", "Household Registration and Residence"),
        ("农用地与农村建房审批", "Agricultural Subsidies and Building"),
    )
    domains = tuple(MenuDomain(f"d{n}", *names[n % 2]) for n in range(14))
    items = tuple(
        MenuItem(
            f"i{n}",
            "受灾人员生活救助（倒损住房恢复重建补助）乙",
            "Identification of persons with employment difficulties",
            "d0",
            "q0",
        )
        for n in range(20)
    )
    hall = HallFacts(
        name="重庆市酉阳土家族苗族自治县车田乡清明村便民服务中心",
        name_en="Convenience Service Centre of Qingming Village, Chetian Township, Youyang County",
        contact="023-7337 0000 转 8888",
        notices=("城乡居民基本医疗保险集中缴费期到今年 12 月 31 日为止，请尽早办理",) * 4,
        connected=True,
        queues=_LONG_QUEUES,
    )
    ticket = Ticket("t", "AA1000", "q0", "2026-11-24", 999, 1440, NOW_MS)
    return Menu(domains, items), _scenes(_visit(hall, language), domains[0], items[0], ticket)


def _visit(hall: HallFacts, language: Language) -> Visit:
    return Visit("run", 1, hall, language=language, now_ms=NOW_MS, entered_ms=NOW_MS)


def _scenes(start: Visit, domain: MenuDomain, item: MenuItem, ticket: Ticket) -> dict[str, Visit]:
    person = Person("欧***", b"")
    chosen = replace(start, domain_id=domain.id, item_id=item.id, queue_id=item.queue_id)
    chosen = replace(chosen, queue_id=ticket.queue_id)
    issued = replace(chosen, ticket=ticket)
    hall = start.hall
    scenes = {
        "idle": replace(start, screen=Screen.IDLE),
        "home": start,
        "home_no_line": replace(start, hall=replace(hall, connected=False, queues=())),
        "home_unheard": replace(start, hall=replace(hall, queues=())),
        "home_no_reader": replace(start, hall=replace(hall, reader_works=False)),
        "home_no_printer": replace(start, hall=replace(hall, printer_works=False)),
        "identify": replace(start, screen=Screen.IDENTIFY),
        "domains": replace(start, screen=Screen.DOMAINS, person=person),
        "domains_2": replace(start, screen=Screen.DOMAINS, page=1),
        "domains_3": replace(start, screen=Screen.DOMAINS, page=2),
        "items": replace(start, screen=Screen.ITEMS, domain_id=domain.id),
        "items_2": replace(start, screen=Screen.ITEMS, domain_id=domain.id, page=1),
        "confirm": replace(chosen, screen=Screen.CONFIRM, person=person),
        "confirm_paused": replace(
            chosen,
            screen=Screen.CONFIRM,
            hall=replace(
                hall, queues=tuple(replace(queue, is_open=False) for queue in hall.queues)
            ),
        ),
        "confirm_unheard": replace(chosen, screen=Screen.CONFIRM, hall=replace(hall, queues=())),
        "issuing": replace(chosen, screen=Screen.ISSUING),
        "printing": replace(issued, screen=Screen.PRINTING),
        "take_paper": replace(issued, screen=Screen.TAKE_PAPER),
        "countdown": replace(start, screen=Screen.DOMAINS, countdown_s=14),
        "help": replace(start, screen=Screen.DOMAINS, help_called=True),
    }
    for notice in CardNotice:
        scenes[f"identify_{notice}"] = replace(start, screen=Screen.IDENTIFY, card_notice=notice)
    return scenes | _other_cards(scenes) | _troubles(chosen, issued)


def _other_cards(scenes: dict[str, Visit]) -> dict[str, Visit]:
    """The scenes that speak of cards, where not only identity cards can be read."""
    speak = ("home", "home_no_reader", *(name for name in scenes if name.startswith("identify")))
    return {
        f"{name}_{cards}": replace(scenes[name], hall=replace(scenes[name].hall, cards=cards))
        for cards in (Cards.SOCIAL_SECURITY, Cards.BOTH)
        for name in speak
    }


def _troubles(chosen: Visit, issued: Visit) -> dict[str, Visit]:
    scenes = {}
    for trouble in Trouble:
        valid = trouble in (Trouble.NOT_PRINTED, Trouble.PRINT_UNSURE)
        scenes[f"trouble_{trouble}"] = replace(
            issued if valid else chosen,
            screen=Screen.TROUBLE,
            trouble=trouble,
            retry_helps=trouble is Trouble.HALL_UNREACHABLE,
        )
    for reason in ("paper_out", "cover_open"):
        scenes[f"trouble_not_printed_{reason}"] = replace(
            scenes[f"trouble_{Trouble.NOT_PRINTED}"], print_reason=reason
        )
    return scenes
