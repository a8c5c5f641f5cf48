"""A command at a terminal of its own: what is typed, what is seen."""

import os
import pty
import re
import select
import time
from dataclasses import dataclass

from test_cli_read import COMMAND

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LIMIT_S = 60


@dataclass(frozen=True)
class Seen:
    """What stood on the terminal, without its control sequences in `text`."""

    raw: str
    status: int

    @property
    def text(self) -> str:
        return CONTROL.sub("", self.raw).replace("\r\n", "\n")

    @property
    def has_cursor(self) -> bool:
        """Whether a hidden cursor was shown again."""
        return self.raw.rfind("\x1b[?25h") >= self.raw.rfind("\x1b[?25l")


def at_terminal(*words: str, after: str = "", typed: bytes = b"") -> Seen:
    """Run `hall-devices`; once `after` is seen, `typed` is typed."""
    pid, leader = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm", "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"})
        os.execv(COMMAND, [str(COMMAND), *words])
    heard, end = b"", time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if not select.select([leader], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(leader, 65536)
        except OSError:  # it has ended
            break
        heard += data
        if typed and after.encode() in heard:
            os.write(leader, typed)
            typed = b""
    else:
        os.kill(pid, 9)
    os.close(leader)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return Seen(heard.decode("utf-8", "replace"), status)
