"""What all simulators share: received bytes, faults by name, and control lines for the console."""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from drivers.sim.ports import Port

RECEIVED_LIMIT = 4 * 1024 * 1024  # a demo may run for weeks: the oldest bytes go first


class CannotPlayError(ValueError):
    """This machine lacks what the simulator needs, or forbids it; says what. Tests skip on it."""


class Simulator(ABC):
    """A peripheral played over a real port.

    A subclass makes its `Port` with `self.feed` as receiver, and answers in `handle`, which runs on
    the port's thread. `options` is what the real driver needs to reach it and stays valid over
    `unplug` and `plug`. `controls` are methods and `faults` attributes that `control` may use.
    """

    name: ClassVar[str]
    controls: ClassVar[tuple[str, ...]] = ("plug", "unplug")
    faults: ClassVar[tuple[str, ...]] = ()

    def __init__(self, port: Port) -> None:
        self.port = port
        self._received = bytearray()
        self._changed = threading.Condition()
        self.arrivals: deque[tuple[float, bytes]] = deque(maxlen=10_000)  # time.monotonic(), bytes

    @property
    def options(self) -> dict[str, Any]:
        """Options to point the real driver at this simulator."""
        return self.port.options

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
        """Plug in for the first time."""
        self.port.begin(self.feed, self.connected)

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
            name, args = _parse(line)
            if name in self.controls:
                result = getattr(self, name)(*args)
                if result is not None:
                    return {"ok": True, "did": name, "result": result}
            elif name in self.faults and len(args) == 1:
                setattr(self, name, args[0])
            else:
                raise ValueError(f"unknown: {name}; there are {', '.join(self.vocabulary())}")
        except (ValueError, TypeError, KeyError) as e:
            return {"ok": False, "error": str(e)}
        return {"ok": True, "did": name}

    def vocabulary(self) -> tuple[str, ...]:
        """What `control` understands, faults with their present value."""
        values = (f"{name}={json.dumps(getattr(self, name))}" for name in self.faults)
        return (*self.controls, *values)


def _parse(line: str) -> tuple[str, list[Any]]:
    if line.lstrip().startswith("{"):
        wish = json.loads(line)
        if "set" in wish:
            return str(wish["set"]), [wish.get("value", True)]
        return str(wish.get("do")), list(wish.get("args", []))
    name, *words = line.replace("=", " ").split() or [""]
    return name, [_value(word) for word in words]


def _value(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word
