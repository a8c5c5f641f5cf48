"""What stands between a driver and its simulator, or in the simulator's place: at its kind of port.

A stranger is silent or talks without end; a relay passes on the simulator's words byte by byte.
"""

import contextlib
import random
import threading
from collections.abc import Mapping
from typing import Any, Self

from drivers.errors import PeripheralError
from drivers.sim.ports import Port, PtyPort, TcpPort
from drivers.transports import SerialOptions, TcpOptions, Transport, open_transport

DRIBBLE_S = 0.02  # from one byte to the next
LOOK_S = 0.05
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


def transport_to(where: Mapping[str, Any], speeds: tuple[int, ...] = ()) -> Transport:
    """An open transport to where a simulator's options lead."""
    if "tcp_port" in where:
        return open_transport(TcpOptions(host=where["host"], tcp_port=where["tcp_port"]))
    more = {"baud": speeds[0]} if speeds else {}
    return open_transport(SerialOptions(port=where["port"], **more))


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


class Relay:
    """A port that leads to the simulator at `where`; `dribbled` bytes of its have come through."""

    def __init__(self, where: Mapping[str, Any], port: Port) -> None:
        self.port = port
        self.dribbled = 0
        self._where = where
        self._link: tuple[Transport, threading.Thread, threading.Event] | None = None

    def __enter__(self) -> Self:
        self.port.begin(self._hear, self._connect)
        if not isinstance(self.port, TcpPort):
            self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.port.unplug()
        self._cut()
        self.port.close()

    def _connect(self) -> None:
        self._cut()
        far, ended = transport_to(self._where), threading.Event()
        thread = threading.Thread(target=self._dribble, args=(far, ended), name="relay")
        self._link = far, thread, ended
        thread.start()

    def _cut(self) -> None:
        if self._link is not None:
            _, thread, ended = self._link
            ended.set()
            thread.join()

    def _hear(self, data: bytes) -> None:
        if self._link is not None:
            with contextlib.suppress(PeripheralError):  # it hung up: the driver is told
                self._link[0].write(data, 5.0)

    def _dribble(self, far: Transport, ended: threading.Event) -> None:
        try:
            while not ended.is_set() and self.port.in_use:
                for byte in far.read(4096, LOOK_S):
                    if ended.wait(DRIBBLE_S) or not self.port.in_use:
                        break
                    self.port.send(bytes([byte]))
                    self.dribbled += 1
        except PeripheralError:
            self.port.drop()
        finally:
            far.close()
