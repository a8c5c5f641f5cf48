"""The console's parts as HTML, made from a picture of the hall: pure text in, text out.

Times are attributes (`data-since`, `data-until`), which `console.js` turns into ticking words, so
that a picture that did not change is not sent again every second.
"""

from html import escape

from hall_controller.console.texts import text
from hall_controller.views import HallView, QueueView, TicketView, WindowView

STATE_ICONS = {
    "idle": "event_available",
    "calling": "campaign",
    "serving": "how_to_reg",
    "paused": "pause_circle",
    "closed": "do_not_disturb_on",
}


def icon(name: str) -> str:
    """One Material icon, silent to screen readers: a word stands beside it."""
    return f'<span class="material-icons" aria-hidden="true">{name}</span>'


def since(at_ms: int, form: str) -> str:
    """A ticking duration: `clock` is m:ss, `words` is minutes and hours."""
    return f'<time data-since="{at_ms}" data-form="{form}"></time>'


def window_card(lang: str, window: WindowView, waiting: int) -> str:
    """My window: its state, the number at it, for whom, what, and since when."""
    state = (
        f'<div class="state {window.shows}">{icon(STATE_ICONS.get(window.shows, "help"))}'
        f"{text(lang, f'window.{window.shows}')}</div>"
    )
    ticket = window.ticket
    if ticket is None:
        pause = window.shows == "paused"
        hint = text(lang, f"hint.{window.shows}" if waiting else "queue.none")
        return (
            f'{state}<div class="number none" data-testid="current-number" data-number="">'
            f"{hint if window.shows == 'idle' or pause else ''}</div>"
            f'<div class="times">{_timer(lang, "window.since_pause", window.since_ms, pause)}</div>'
        )
    person = escape(ticket.person) if ticket.person else text(lang, "window.person_none")
    times = text(lang, "window.times", times=ticket.call_times)
    return (
        f'{state}<div class="number" data-testid="current-number" '
        f'data-number="{escape(ticket.number)}">{escape(ticket.number)}</div>'
        f'<div class="facts"><b data-testid="current-person">{person}</b>'
        f"<span>{escape(ticket.item_name)}</span></div>"
        f'<div class="times">{_ticket_times(lang, ticket)}<span class="soft">{times}</span></div>'
    )


def _ticket_times(lang: str, ticket: TicketView) -> str:
    called = ticket.called_ms or ticket.issued_ms
    waited = max(0, called - ticket.issued_ms)
    parts = [
        f'<span class="soft">{text(lang, "window.waited")} {minutes(lang, waited)}</span>',
        _timer(lang, "window.since_call", called, ticket.served_ms is None),
        _timer(lang, "window.since_serve", ticket.served_ms or 0, ticket.served_ms is not None),
    ]
    return "".join(parts)


def _timer(lang: str, key: str, at_ms: int, shown: bool) -> str:
    if not shown:
        return ""
    return f'<span class="timer">{icon("timer")}{text(lang, key)} {since(at_ms, "clock")}</span>'


def minutes(lang: str, duration_ms: int) -> str:
    """A duration in words, whole minutes."""
    total = duration_ms // 60_000
    if total < 60:
        return text(lang, "time.minutes", n=total)
    return text(lang, "time.hours", h=total // 60, n=total % 60)


def my_tickets(view: HallView, window: WindowView) -> tuple[list[TicketView], list[TicketView]]:
    """Waiting and missed tickets of the queues of `window`, who waits longest first."""
    mine = [q for q in view.queues if q.id in window.queues]
    waiting = sorted((t for q in mine for t in q.waiting), key=lambda t: t.issued_ms)
    missed = sorted((t for q in mine for t in q.missed), key=lambda t: t.number)
    return waiting, missed


def queue_heads(lang: str, view: HallView, window: WindowView) -> str:
    """One chip for each of my queues: its name, who waits, what is done today."""
    chips = [
        f'<span class="chip" data-queue="{escape(q.id)}">'
        f"{escape(_queue_name(lang, q))} <b>{len(q.waiting)}</b></span>"
        for q in view.queues
        if q.id in window.queues
    ]
    done = sum(q.finished_today for q in view.queues if q.id in window.queues)
    chips.append(f'<span class="soft">{text(lang, "queue.done_today", count=done)}</span>')
    return "".join(chips)


def _queue_name(lang: str, queue: QueueView) -> str:
    return queue.name_en if lang == "en" and queue.name_en else queue.name


def waiting_rows(lang: str, tickets: list[TicketView], may_call: bool) -> str:
    """The waiting list, each with *call this one*; the longest wait is marked by icon and word."""
    if not tickets:
        return f'<p class="nobody">{icon("weekend")}{text(lang, "queue.none")}</p>'
    rows = []
    for place, ticket in enumerate(tickets):
        mark = _print_mark(lang, ticket)
        if place == 0:
            longest = text(lang, "queue.longest")
            mark += f'<em class="longest">{icon("hourglass_bottom")}{longest}</em>'
        rows.append(
            f'<div class="row waits" data-number="{escape(ticket.number)}">'
            f"<b>{escape(ticket.number)}</b>{_what(ticket, mark)}"
            f"{since(ticket.issued_ms, 'words')}"
            f"{_call_button(lang, ticket, may_call, 'call-this')}</div>"
        )
    return "".join(rows)


def _print_mark(lang: str, ticket: TicketView) -> str:
    """A printer when the slip did not, or perhaps did not, come out: its holder may need help."""
    if ticket.print_outcome not in ("not_printed", "unsure"):
        return ""
    said = text(lang, f"print.{ticket.print_outcome}")
    return (
        f'<em class="unprinted" data-testid="unprinted" role="img" title="{said}" '
        f'aria-label="{said}">{icon("print")}</em>'
    )


def missed_rows(lang: str, tickets: list[TicketView], may_call: bool) -> str:
    """Missed tickets, each with *call again*."""
    if not tickets:
        return f'<p class="nobody">{text(lang, "queue.missed_none")}</p>'
    return "".join(
        f'<div class="row" data-number="{escape(t.number)}"><b>{escape(t.number)}</b>{_what(t)}'
        f"{_call_button(lang, t, may_call, 'call-missed', text(lang, 'act.call-missed'))}</div>"
        for t in tickets
    )


def _call_button(lang: str, ticket: TicketView, may_call: bool, act: str, label: str = "") -> str:
    """Calls this very ticket; an icon, and `label` where there is room."""
    off = "" if may_call else ' aria-disabled="true"'
    word = text(lang, f"act.{act}")
    return (
        f'<button type="button" data-act="{act}" data-testid="{act}" '
        f'data-ticket="{escape(ticket.ticket_id)}" title="{word}" '
        f'aria-label="{word} {escape(ticket.number)}"{off}>{icon("campaign")}{label}</button>'
    )


def _what(ticket: TicketView, mark: str = "") -> str:
    name = escape(ticket.item_name)
    return (
        f'<span class="item"><span class="what" title="{name}">{name}</span>{mark}</span>'
        f"<i>{escape(ticket.person or '')}</i>"
    )


def other_windows(lang: str, view: HallView, mine: str, names: dict[str, str]) -> str:
    """The other windows: name, clerk, state, number."""
    return "".join(
        f'<div class="other {w.shows}" data-window="{escape(w.id)}">'
        f"<b>{escape(w.name)}</b><span>{escape(names.get(w.id, ''))}</span>"
        f'<span class="what">{icon(STATE_ICONS.get(w.shows, "help"))}'
        f"{text(lang, f'window.{w.shows}')}</span>"
        f"<strong>{escape(w.ticket.number) if w.ticket else ''}</strong></div>"
        for w in view.windows
        if w.id != mine
    )
