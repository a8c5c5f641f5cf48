"""What the console greys out is what the core refuses, state by state; its words are complete."""

import re
import string

import pytest
from web_hall import RULES, SITE

from hall_controller import commands as c
from hall_controller.console import texts
from hall_controller.console.pages import actions, parts, strip
from hall_controller.console.pages.actions import Press
from hall_controller.core import refusals
from hall_controller.core.apply import apply
from hall_controller.core.decide import Done, decide
from hall_controller.core.state import HallState
from hall_controller.core.view import ViewMaker
from hall_controller.views import HallView, PeripheralView, TerminalView, TicketView, WindowView

NINE = 1_795_570_200_000  # 2026-11-25 09:30 in Chongqing
LI = c.Actor(role=c.Role.CLERK, id="clerk:li")
KIOSK = c.Actor(role=c.Role.TERMINAL, id="kiosk-1")


class Counter:
    """The real core, fed step by step."""

    def __init__(self) -> None:
        self.state, self.now, self.ids = HallState(), NINE, iter(range(1000))
        self.views = ViewMaker(RULES)

    def ask(self, act: c.Act, actor: c.Actor = LI, *, keep: bool = True) -> bool:
        command = c.Command(act=act, actor=actor, site=SITE, request_id=None, sent_ms=self.now)
        decision = decide(self.state, RULES, command, self.now, lambda: f"id-{next(self.ids)}")
        for fact in decision.facts if keep else ():
            apply(self.state, fact, None)
        return isinstance(decision.answer, Done)

    def window(self) -> tuple[HallView, WindowView]:
        view = self.views.make(self.state, self.now)
        return view, view.windows[0]


ROADS = {
    "closed": [],
    "idle, nobody waits": [c.OpenWindow(window="w1")],
    "idle": ["take", c.OpenWindow(window="w1")],
    "calling": ["take", c.OpenWindow(window="w1"), c.CallNext(window="w1")],
    "calling, more wait": ["take", "take", c.OpenWindow(window="w1"), c.CallNext(window="w1")],
    "serving": [
        "take", c.OpenWindow(window="w1"), c.CallNext(window="w1"), c.StartServing(window="w1"),
    ],
    "serving, more wait": [
        "take", "take", c.OpenWindow(window="w1"), c.CallNext(window="w1"),
        c.StartServing(window="w1"),
    ],
    "missed just now": [
        "take", c.OpenWindow(window="w1"), c.CallNext(window="w1"), c.MarkMissed(window="w1"),
    ],
    "missed a while ago": [
        "take", c.OpenWindow(window="w1"), c.CallNext(window="w1"), c.MarkMissed(window="w1"),
        "wait",
    ],
    "finished just now": [
        "take", c.OpenWindow(window="w1"), c.CallNext(window="w1"), c.Finish(window="w1"),
    ],
    "paused": ["take", c.OpenWindow(window="w1"), c.PauseWindow(window="w1", reason="")],
}  # fmt: skip


def walk(road: list[object]) -> Counter:
    counter = Counter()
    for step in road:
        if step == "take":
            assert counter.ask(c.IssueTicket(queue="social"), KIOSK)
        elif step == "wait":
            counter.now += 6_000
        else:
            assert isinstance(step, c.Act)
            assert counter.ask(step)
    return counter


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("press", [p for p in Press if p not in actions.CALLS_ONE])
def test_a_button_is_grey_exactly_when_the_core_would_refuse(road: str, press: Press) -> None:
    counter = walk(ROADS[road])
    view, window = counter.window()
    waiting = actions.waiting_count(view, window)
    grey = actions.why_not(press, window, waiting, counter.now)
    allowed = counter.ask(actions.act_for(press, window, None), keep=False)
    if press is Press.CALL_NEXT and road == "serving":
        # Nobody waits: the core would refuse, and the button says so.
        assert not allowed
    assert (grey is None) == allowed, (grey, allowed)


@pytest.mark.parametrize("road", ["missed just now", "missed a while ago"])
def test_a_missed_ticket_may_be_called_again(road: str) -> None:
    counter = walk(ROADS[road])
    view, window = counter.window()
    _, missed = parts.my_tickets(view, window)
    act = actions.act_for(Press.CALL_MISSED, window, missed[0].ticket_id)
    assert actions.why_not(Press.CALL_MISSED, window, 0, counter.now) is None
    assert counter.ask(act)
    assert counter.window()[1].shows == "calling"


@pytest.mark.parametrize("road", ROADS)
def test_one_thing_at_most_is_primary_and_it_works(road: str) -> None:
    counter = walk(ROADS[road])
    view, window = counter.window()
    shown = actions.buttons(window, actions.waiting_count(view, window), counter.now)
    primary = [b for b in shown if b.primary]
    assert len(primary) == (
        0
        if road in ("closed",) or "nobody" in road or "missed" in road or "finished" in road
        else 1
    )
    assert all(b.why_not is None for b in primary)


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    assert texts.ZH.keys() == texts.EN.keys()
    blanks = string.Formatter()
    for key, sentence in texts.ZH.items():
        names = {name for _, name, _, _ in blanks.parse(sentence) if name}
        assert names == {n for _, n, _, _ in blanks.parse(texts.EN[key]) if n}, key


def test_every_refusal_and_reason_has_its_sentence() -> None:
    words = {v for k, v in vars(refusals).items() if k.isupper() and isinstance(v, str)}
    assert {f"refused.{word}" for word in words} <= texts.ZH.keys()
    for road in ROADS.values():
        counter = walk(road)
        view, window = counter.window()
        for button in actions.buttons(window, actions.waiting_count(view, window), counter.now):
            assert button.label in texts.ZH
            assert button.why_not is None or button.why_not in texts.ZH


def hostile_ticket() -> TicketView:
    return TicketView(
        ticket_id='"><script>1</script>',
        number="<b>A1",
        queue="social",
        state="waiting",
        item_id="x",
        item_name='<img src=x onerror="1">',
        person="<i>甲",
        issued_ms=NINE,
    )


def test_nothing_from_outside_becomes_html() -> None:
    ticket = hostile_ticket()
    window = WindowView("w1", "<u>1", ("social",), "calling", "clerk:li", ticket)
    terminal = TerminalView(
        "<s>k", "ready", NINE, "", (PeripheralView("p", "<x>", "<y>", None, None, "", NINE),)
    )
    view = HallView(1, NINE, SITE, "h", (), (window,), (), (terminal,))
    made = (
        parts.waiting_rows("zh", [ticket], True)
        + parts.missed_rows("zh", [ticket], True)
        + parts.window_card("zh", window, 1)
        + parts.other_windows("zh", view, "w2", {"w1": "<z>"})
        + strip.terminal_strip("zh", view)
    )
    for tag in ("script", "img", "u", "s", "x", "y", "z"):
        assert not re.search(rf"<{tag}[\s>]", made), tag


def test_the_strip_names_what_needs_a_hand_first() -> None:
    printer = PeripheralView("printer", "escpos", "offline", "out", False, "", NINE)
    low = PeripheralView("printer", "escpos", "online", "low", False, "", NINE)
    view = HallView(
        1, NINE, SITE, "h", (), (), (),
        (
            TerminalView("kiosk-2", "ready", NINE, "", (low,)),
            TerminalView("node-1", "ready", NINE, "", (), skew_ms=-4_900),
            TerminalView("kiosk-4", "ready", NINE, "", (), skew_ms=-90_400),
            TerminalView("kiosk-1", "ready", NINE, "", (printer,)),
            TerminalView("kiosk-3", "lost", NINE, "", (printer,)),
        ),
    )  # fmt: skip
    made = strip.terminal_strip("zh", view)
    said = re.sub(r"<span class=\"material-icons\"[^>]*>[a-z_]+</span>", "", made)
    said = re.sub(r"<[^>]+>", "|", said)
    order = [said.index(s) for s in (
        "4 项异常", "kiosk-1 打印机 缺纸", "kiosk-3 失联", "kiosk-2 打印机 纸将尽",
        "kiosk-4 时钟差 -90 秒", "node-1 正常",
    )]  # fmt: skip
    assert order == sorted(order)
    assert "kiosk-3 打印机" not in said
    assert said.count("时钟差") == 1
