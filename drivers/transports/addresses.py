"""Addresses of a host name, found in bounded time.

The system's resolver waits half a minute and more for a name server that does not answer. It does
so on a thread that is left behind: one for each name, however often that is asked for meanwhile.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from drivers.bounded import OverdueError, begin, outcome
from drivers.saying import saying

LOOK_UP_S = 3.0
SLOW_S, KEPT_S = 1.0, 30.0  # what came late for one try is there for the next ones

Address = tuple[socket.AddressFamily, Any]  # family, and what `socket.connect` takes
LookUp = Callable[[str, int], list[Address]]


class Addresses:
    """Finds addresses by `look_up`, which may block. For any number of threads."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._asked: dict[tuple[str, int], _Asked] = {}
        self._guard = threading.Lock()

    def find(self, host: str, tcp_port: int, limit_s: float = LOOK_UP_S) -> list[Address]:
        """At least one, the preferred one first.

        Raises TimeoutError when they are not known `limit_s` seconds after the look-up began, be
        it for an earlier call, and another OSError (gaierror) for a name that there is not.
        """
        numeric = _numeric(host, tcp_port)
        if numeric:
            return numeric
        asked = self._asking(host, tcp_port)
        left_s = asked.begun + limit_s - time.monotonic()
        try:
            return outcome(asked.answer, max(0.0, left_s))
        except OverdueError:
            raise TimeoutError(saying("its address is not found in time")) from None

    def _asking(self, host: str, tcp_port: int) -> "_Asked":
        with self._guard:
            asked = self._asked.get((host, tcp_port))
            if asked is None or asked.over:
                asked = _Asked()
                self._asked[host, tcp_port] = asked
                asked.answer = begin(lambda: self._answer(asked, host, tcp_port), f"find {host}")
            return asked

    def _answer(self, asked: "_Asked", host: str, tcp_port: int) -> list[Address]:
        found = self._look_up(host, tcp_port)
        now = time.monotonic()
        asked.good_until = now + KEPT_S if now - asked.begun > SLOW_S else now
        return found


@dataclass
class _Asked:
    """A look-up under way, or done."""

    begun: float = field(default_factory=time.monotonic)
    answer: "Future[list[Address]]" = field(default_factory=Future)
    good_until: float = 0.0

    @property
    def over(self) -> bool:
        """Whether it has to be asked anew."""
        return self.answer.done() and time.monotonic() >= self.good_until


def _numeric(host: str, tcp_port: int) -> list[Address]:
    """What needs no look-up; nothing where `host` is a name."""
    with contextlib.suppress(OSError):
        return _by_the_system(host, tcp_port, socket.AI_NUMERICHOST)
    return []


def _by_the_system(host: str, tcp_port: int, flags: int = 0) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, tcp_port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError:  # as Python says it of a name with an empty or a very long part
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
    return [(family, address) for family, _, _, _, address in found]


OF_THIS_MACHINE = Addresses(_by_the_system)
