"""The one door into the rules: a command comes in, facts and an answer go out."""

from collections.abc import Callable
from typing import Any

from hall_controller import commands
from hall_controller.core import counter, issuing, permits, presence, refusals, sites
from hall_controller.core.answers import Answer, Case, Decision, Done, Refused, done
from hall_controller.core.refusals import RuleError
from hall_controller.core.rules import HallRules
from hall_controller.core.state import HallState
from hall_controller.facts import TerminalEventSeen

__all__ = ["Answer", "Decision", "Done", "Refused", "decide"]


def decide(
    state: HallState,
    rules: HallRules,
    command: commands.Command,
    now_ms: int,
    new_id: Callable[[], str],
    *,
    person_id: str | None = None,
) -> Decision:
    """Judge `command` at `now_ms` and change nothing; the caller applies the facts in order.

    `new_id` gives a fresh id at each call (tickets, calls). `person_id` is the record that the
    caller made of the opened person of an `IssueTicket`. Raises nothing: a rule that says no, and
    a command that makes no sense, end as `Refused`.
    """
    act = command.act
    case = Case(state, rules, command.actor, command.request_id, now_ms, new_id, person_id)
    try:
        sites.check(rules, command, now_ms)
        permits.check(rules, command.actor, act)
        rule = _RULES.get(type(act))
        if rule is None:
            raise RuleError(refusals.BAD_REQUEST, f"no rule for {type(act).__name__}")
        return rule(case, act)
    except RuleError as refusal:
        return Decision((), Refused(refusal.reason, refusal.detail))


def _presence(case: Case, act: commands.TerminalPresence) -> Decision:
    return done(*presence.presence_news(case.state, act, case.now_ms))


def _health(case: Case, act: commands.TerminalHealth) -> Decision:
    return done(*presence.health_news(case.state, act, case.now_ms))


def _event(case: Case, act: commands.TerminalEvent) -> Decision:
    return done(
        TerminalEventSeen(
            terminal=act.terminal,
            event_id=act.event_id,
            kind=act.kind,
            peripheral=act.peripheral,
            detail=act.detail,
            at_ms=case.now_ms,
        )
    )


_RULES: dict[type[commands.Act], Callable[[Case, Any], Decision]] = {
    commands.IssueTicket: issuing.issue,
    commands.WithdrawRequest: issuing.withdraw,
    commands.ReportPrint: issuing.report_print,
    commands.OpenWindow: counter.open_window,
    commands.CloseWindow: counter.close_window,
    commands.PauseWindow: counter.pause_window,
    commands.ResumeWindow: counter.resume_window,
    commands.CallNext: counter.call_next,
    commands.Recall: counter.recall,
    commands.StartServing: counter.start_serving,
    commands.MarkMissed: counter.mark_missed,
    commands.Finish: counter.finish,
    commands.Undo: counter.undo,
    commands.TerminalPresence: _presence,
    commands.TerminalHealth: _health,
    commands.TerminalEvent: _event,
}
