"""Site ownership and expiry: what every command must pass before any other rule.

A site's owner is the one controller that may issue its tickets.
"""

from hall_controller.commands import Command
from hall_controller.core import refusals
from hall_controller.core.refusals import RuleError
from hall_controller.core.rules import HallRules


def check(rules: HallRules, command: Command, now_ms: int) -> None:
    """Raise RuleError when the site is not ours or the command comes too late."""
    if command.site not in rules.owns:
        raise RuleError(refusals.NOT_OWNER, f"site {command.site} is not owned here")
    if command.expires_ms is not None and command.expires_ms < now_ms:
        raise RuleError(refusals.EXPIRED, f"expired {now_ms - command.expires_ms} ms ago")
