"""Words that make no command, told as JSON: in the form of the command that they were meant for."""

import contextlib
from collections.abc import Iterator
from typing import Any

from typer import TyperException

from drivers.cli.output import complain, tell
from drivers.cli.run import plain
from drivers.cli.wording import language
from drivers.errors import Reason
from drivers.interfaces import PrintOutcome, PrintResult, SayResult, ShowResult
from drivers.status import Paper
from drivers.words import say


@contextlib.contextmanager
def usage_told(as_json: bool) -> Iterator[None]:
    """Print what a usage error says before it goes on to stderr and exit status 2."""
    try:
        yield
    except TyperException as e:
        # Of its own classes Typer shows only this base; a usage error is what can be worded.
        worded = getattr(e, "format_message", None)
        if as_json and worded is not None:
            command = getattr(getattr(e, "ctx", None), "info_name", None)
            tell(refused(command, worded()))
        elif worded is not None and language() == "zh":  # the library's words are English
            path = getattr(getattr(e, "ctx", None), "command_path", "hall-devices")
            complain(say("usage", "zh", command=path))
        raise


def refused(command: str | None, advice: str) -> dict[str, Any]:
    """The answer of a command that was not even tried."""
    reason = Reason.BAD_OPTION.value
    match command:
        case "print":
            return plain(PrintResult(PrintOutcome.NOT_PRINTED, Paper.UNKNOWN, reason, advice))
        case "show":
            return plain(ShowResult(False, "", reason, advice))
        case "say":
            return plain(SayResult(False, "", reason, advice))
    return {"ok": False, "reason": reason, "advice": advice}
