"""Who may ask what: terminals for tickets and about themselves, clerks for their window."""

from hall_controller import commands
from hall_controller.commands import Act, Actor, Role
from hall_controller.core import refusals
from hall_controller.core.refusals import RuleError
from hall_controller.core.rules import HallRules

_TERMINAL_REPORTS = (
    commands.TerminalPresence,
    commands.TerminalHealth,
    commands.TerminalEvent,
)
_TERMINAL_ACTS = (
    commands.IssueTicket,
    commands.WithdrawRequest,
    commands.ReportPrint,
    *_TERMINAL_REPORTS,
)
_CLERK_ACTS = (
    commands.OpenWindow,
    commands.CloseWindow,
    commands.PauseWindow,
    commands.ResumeWindow,
    commands.CallNext,
    commands.Recall,
    commands.StartServing,
    commands.MarkMissed,
    commands.Finish,
    commands.Undo,
)


def check(rules: HallRules, actor: Actor, act: Act) -> None:
    """Raise RuleError NOT_ALLOWED unless the actor's role allows the act. SYSTEM may do all."""
    if actor.role is Role.SYSTEM:
        return
    if actor.role is Role.CLERK:
        _require(isinstance(act, _CLERK_ACTS), "a clerk works a window and nothing else")
        return
    _require(isinstance(act, _TERMINAL_ACTS), "a terminal cannot do this")
    _require(actor.id in rules.terminals, f"terminal {actor.id} is not known here")
    if isinstance(act, _TERMINAL_REPORTS):
        _require(act.terminal == actor.id, "a terminal speaks for itself only")


def check_own_ticket(actor: Actor, terminal: str) -> None:
    """Raise RuleError NOT_ALLOWED when a terminal meddles with the ticket of another."""
    if actor.role is Role.TERMINAL:
        _require(actor.id == terminal, "the ticket was issued at another terminal")


def _require(allowed: bool, otherwise: str) -> None:
    if not allowed:
        raise RuleError(refusals.NOT_ALLOWED, otherwise)
