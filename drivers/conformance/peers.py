"""Peripherals that are none: at a port of the right kind, silent or talking without end."""

import random
import threading
from collections.abc import Mapping
from typing import Any, Self

from drivers.sim.ports import Port, PtyPort, TcpPort

PAUSE_S = 0.004
PIECE = 2048  # half a megabyte a second

NOISES = {
    "noise": random.Random(1).randbytes(64 * 1024),
    "digits": b"1234567890" * 6554,  # text that never ends a line
    "zeros": bytes(64 * 1024),
}


def port_like(options: Mapping[str, Any]) -> Port | None:
    """A port of the kind that a simulator with these options has; None for other ways."""
    if "tcp_port" in options:
        return TcpPort()
    return PtyPort() if "port" in options else None


class Stranger:
    """Whatever stands at `port`: takes every byte and says `noise` over and over, or nothing."""

    def __init__(self, port: Port, noise: bytes = b"") -> None:
        self.port = port
        self.heard = 0
        self._noise = noise
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._talk, name="stranger", daemon=True)

    def __enter__(self) -> Self:
        self.port.begin(self._hear, lambda: None)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.port.close()

    def _hear(self, data: bytes) -> None:
        self.heard += len(data)

    def _talk(self) -> None:
        at = 0
        while self._noise and not self._ended.wait(PAUSE_S):
            self.port.send(self._noise[at : at + PIECE])
            at = (at + PIECE) % len(self._noise)
