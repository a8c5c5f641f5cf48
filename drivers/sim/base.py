"""What all simulators share: received bytes, faults by name, and control lines for the console."""

import errno
import json
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from drivers.saying import Saying, saying, together, told_by
from drivers.sim.faults import Limits, fitting, hexadecimal, takes
from drivers.sim.ports import Port

RECEIVED_LIMIT = 4 * 1024 * 1024  # a demo may run for weeks: the oldest bytes go first


class CannotPlayError(ValueError):
    """This machine lacks what the simulator needs, or forbids it; says what. Tests skip on it."""


class NoPortError(ValueError):
    """The port or path that was asked for cannot be had; says which, and why."""


class Simulator(ABC):
    """A peripheral played over a real port.

    A subclass makes its `Port` with `self.feed` as receiver, and answers in `handle`, which runs on
    the port's thread. `options` is what the real driver needs to reach it and stays valid over
    `unplug` and `plug`. `controls` are methods and `faults` attributes that `control` may use; of
    these, `hexadecimal` hold bytes as text ("60", "0A FF"). A fault keeps the type that it has when
    the simulator starts; one that is None then is a number or None. `limits` says from where to
    where a number may go, and how many bytes in hexadecimal there may be; without it the end of
    the fault's name does (`faults.py`), and no number is negative.
    """

    name: ClassVar[str]
    controls: ClassVar[tuple[str, ...]] = ("plug", "unplug")
    faults: ClassVar[tuple[str, ...]] = ()
    hexadecimal: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[Mapping[str, Limits]] = {}

    def __init__(self, port: Port) -> None:
        self.port = port
        self._received = bytearray()
        self._changed = threading.Condition()
        self._nullable: set[str] = set()  # faults that may be None
        self.arrivals: deque[tuple[float, bytes]] = deque(maxlen=10_000)  # time.monotonic(), bytes

    @property
    def options(self) -> dict[str, Any]:
        """Options to point the real driver at this simulator."""
        return self.port.options

    @property
    def blocked(self) -> bool:
        """Whether its line takes nothing. A fault of those that name it among theirs."""
        return self.port.blocked

    @blocked.setter
    def blocked(self, value: bool) -> None:
        self.port.blocked = value

    @property
    def received(self) -> bytes:
        """All bytes received so far (the last 4 MiB)."""
        with self._changed:
            return bytes(self._received)

    @abstractmethod
    def handle(self, data: bytes) -> None:
        """Bytes came in; answer with `self.port.send`."""

    def connected(self) -> None:  # noqa: B027 - optional hook
        """A TCP driver connected anew; a place to forget half a frame."""

    def start(self) -> None:
        """Plug in for the first time. Raises NoPortError, and ValueError for a path in use."""
        try:
            self.port.begin(self.feed, self.connected)
        except OSError as e:
            self.port.close()
            raise NoPortError(_no_port(self.options, e)) from e
        self._nullable |= {name for name in self.faults if getattr(self, name) is None}

    def stop(self) -> None:
        """Unplug for good. A second call does nothing."""
        self.port.close()

    def plug(self) -> None:
        """Put the cable back."""
        self.port.plug()

    def unplug(self) -> None:
        """Pull the cable: the driver's open port breaks, new openings find no device."""
        self.port.unplug()

    def feed(self, data: bytes) -> None:
        """Record `data` and let the simulator answer."""
        with self._changed:
            self.arrivals.append((time.monotonic(), data))
            self._received += data
            del self._received[:-RECEIVED_LIMIT]
            self._changed.notify_all()
        self.handle(data)

    def forget_received(self) -> None:
        """Empty `received`."""
        with self._changed:
            self._received.clear()

    def wait(self, condition: Callable[[bytes], bool], timeout_s: float = 5.0) -> bool:
        """Wait until `condition(received)` holds; whether it does."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(bytes(self._received)), timeout_s)

    def control(self, line: str) -> dict[str, Any]:
        """Carry out one control line and say how it went.

        `lay zhang`, `silent true`, or as JSON {"do": "lay", "args": ["zhang"]},
        {"set": "silent", "value": true}.
        """
        try:
            name, args = _parse(line, self.hexadecimal)
            if name in self.controls:
                result = getattr(self, name)(*args)
                if result is not None:
                    return {"ok": True, "did": name, "result": result}
            elif name in self.faults and len(args) == 1:
                setattr(self, name, self._fitting(name, args[0]))
            else:
                known = ", ".join(self.vocabulary())
                raise ValueError(
                    saying("unknown: {name}; there are {known}", name=name, known=known)
                )
        except OSError as e:
            return {"ok": False, "error": _no_port(self.options, e)}
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as e:
            return {"ok": False, "error": told_by(e)}
        return {"ok": True, "did": name}

    def taken(self) -> dict[str, Saying]:
        """What each fault takes, in words."""
        return {name: self._taken(name) for name in self.faults}

    def vocabulary(self) -> tuple[str, ...]:
        """What `control` understands, faults with their present value."""
        values = (f"{name}={json.dumps(getattr(self, name))}" for name in self.faults)
        return (*self.controls, *values)

    def _taken(self, name: str) -> Saying:
        before = getattr(self, name)
        if name in self.hexadecimal:
            return saying("bytes in hexadecimal, as in 60")
        return takes(name, before, name in self._nullable or before is None, self.limits)

    def _fitting(self, name: str, value: Any) -> Any:
        """`value` in the type of that fault and within its limits. Raises ValueError."""
        nullable = name in self._nullable
        if name in self.hexadecimal and not (nullable and value is None):
            return hexadecimal(name, value, self.limits)
        return fitting(name, value, getattr(self, name), nullable, self.limits)


def _no_port(options: Mapping[str, Any], error: OSError) -> str:
    """Why a port cannot be had."""
    number, path = options.get("tcp_port"), error.filename2 or error.filename
    if number and error.errno == errno.EADDRINUSE:
        return saying("TCP port {number} is in use: name another, or 0 for a free one",
                      number=number)  # fmt: skip
    if number and error.errno == errno.EACCES:
        return saying("this user may not have TCP port {number}: name one above 1023",
                      number=number)  # fmt: skip
    path = options.get("port") or options.get("device") or options.get("pipe") or path
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        why = saying("there is no such folder")
    elif error.errno in (errno.EACCES, errno.EPERM):
        why = saying("this user may not write there")
    else:
        why = together(error.strerror or str(error))
    return saying("cannot make {path}: {why}", path=path, why=why) if path else why


def _parse(line: str, texts: Collection[str]) -> tuple[str, list[Any]]:
    if line.lstrip().startswith("{"):
        wish = json.loads(line)
        if "set" in wish:
            return str(wish["set"]), [wish.get("value", True)]
        return str(wish.get("do")), list(wish.get("args", []))
    name, *words = line.replace("=", " ").split() or [""]
    return name, [_value(word, name in texts) for word in words]


def _value(word: str, text: bool) -> Any:
    if text and word not in ("null", "false"):  # 6E00 would be a number
        return word
    try:
        return json.loads(word)
    except ValueError:
        return word
