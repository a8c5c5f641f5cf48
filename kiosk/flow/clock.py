"""What the passing of time does: countdown, time-outs, the idle screen."""

from dataclasses import replace

from kiosk.flow.events import Tick
from kiosk.flow.moves import Step, into_trouble, leave
from kiosk.flow.rules import Rules
from kiosk.flow.visit import Screen, Trouble, Visit


def ticked(visit: Visit, tick: Tick, rules: Rules) -> Step:  # noqa: PLR0911 (a return a case)
    """The visit at `tick`. A time before the last one is taken as the last one."""
    if tick.jumped_ms:
        visit = _clock_was_set(visit, tick.jumped_ms)
    visit = replace(visit, now_ms=max(visit.now_ms, tick.now_ms))
    on_screen_ms = visit.now_ms - visit.entered_ms
    match visit.screen:
        case Screen.IDLE:
            return visit, ()
        case Screen.HOME:
            if visit.now_ms - _last_sign_ms(visit) >= rules.attract_ms:
                return leave(visit, rules, to=Screen.IDLE)
            return visit, ()
        case Screen.ISSUING:
            if on_screen_ms >= rules.reply_timeout_ms:
                return into_trouble(visit, Trouble.HALL_UNREACHABLE, rules, retry_helps=True), ()
            return visit, ()
        case Screen.PRINTING:
            if on_screen_ms >= rules.print_timeout_ms:
                return into_trouble(visit, Trouble.PRINT_UNSURE, rules, retry_helps=False), ()
            return visit, ()
        case Screen.TAKE_PAPER:
            return leave(visit, rules) if on_screen_ms >= rules.ticket_shown_ms else (visit, ())
        case _:
            return _count_down(visit, rules)


def _clock_was_set(visit: Visit, by_ms: int) -> Visit:
    """Move all times with the clock, so that nobody is sent home because it was set."""
    return replace(
        visit,
        now_ms=visit.now_ms + by_ms,
        touched_ms=visit.touched_ms + by_ms,
        entered_ms=visit.entered_ms + by_ms,
        limit_ms=visit.limit_ms + by_ms if visit.limit_ms else 0,
    )


def _last_sign_ms(visit: Visit) -> int:
    """When somebody was last seen to be there, or something new to read came up."""
    return max(visit.touched_ms, visit.entered_ms)


def _count_down(visit: Visit, rules: Rules) -> Step:
    quiet_ms = _last_sign_ms(visit) + rules.idle_ms
    begins_ms = min(quiet_ms, visit.limit_ms) if visit.limit_ms else quiet_ms
    left_ms = begins_ms + rules.countdown_ms - visit.now_ms
    if left_ms <= 0:
        return leave(visit, rules)
    counting = visit.now_ms >= begins_ms
    return replace(visit, countdown_s=-(-left_ms // 1000) if counting else None), ()
