"""A simulated Alpha sign (M-Protocol): takes messages, shows their text, never answers.

Written from the protocol alone. With `addresses`, several signs on one line.

    hall-devices sim alpha_sign --option link=/tmp/sign
    hall-devices sim alpha_sign --option addresses=1,2,3
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from drivers.sim.base import Simulator
from drivers.sim.ports import Port, PtyPort, TcpPort

NUL, SOH, STX, ETX, EOT, ESC = 0, 1, 2, 3, 4, 0x1B
GIVES_UP_S = 1.0  # after this long a gap a message is dropped
MESSAGE_LIMIT = 4096
MODES = {"a": "rotate", "b": "hold", "c": "flash"}


@dataclass(frozen=True, slots=True)
class SignState:
    """What a sign shows. `since` is when the text came (`time.monotonic`)."""

    text: str = ""
    mode: str = "hold"
    position: int = 0x20
    label: str = ""
    since: float = field(default_factory=time.monotonic)


class AlphaSimulator(Simulator):
    """One sign or several at a PTY, or at a TCP port with `tcp_port`.

    A sum that is sent must be right. Faults: `deaf` (understands nothing), `blocked` (the line
    takes no bytes: an XOFF that stays, a serial server that is full), `garble` (a bit of each
    message is turned on the way), `echo` (the adapter returns what the driver sends). There is no
    `silent`: it always is. `dropped` counts messages that were aborted, damaged or not understood.
    """

    name = "alpha_sign"
    faults: ClassVar[tuple[str, ...]] = ("deaf", "blocked", "garble", "echo")

    def __init__(
        self,
        *,
        link: str | Path | None = None,
        tcp_port: int | None = None,
        address: int = 0,
        addresses: str | int = "",
    ) -> None:
        port: Port = PtyPort(link) if tcp_port is None else TcpPort(tcp_port)
        super().__init__(port)
        numbers = [int(number) for number in str(addresses).split(",") if number] or [address]
        self.states = {number: SignState() for number in numbers}
        self.deaf = False
        self.garble = False
        self.echo = False
        self.dropped = 0
        self._message = bytearray()
        self._last_at = 0.0

    @property
    def state(self) -> SignState:
        """What the only sign shows, or the first of several."""
        return next(iter(self.states.values()))

    def connected(self) -> None:
        """A new connection begins outside any message."""
        self._message.clear()

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`: a message goes from SOH to EOT, and NULs wake the sign up."""
        if self.echo:
            self.port.send(data)
        now = time.monotonic()
        if self._message and now - self._last_at > GIVES_UP_S:
            self._message.clear()
            self.dropped += 1
        self._last_at = now
        for byte in data:
            if byte == SOH:
                self._message[:] = [SOH]
            elif self._message and len(self._message) < MESSAGE_LIMIT:
                self._message.append(byte)
                if byte == EOT:
                    self._take(bytearray(self._message))
                    self._message.clear()

    def _take(self, message: bytearray) -> None:
        if self.garble:
            message[-2] ^= 0x04
        body = bytes(message[5:-1])
        try:
            address = int(message[2:4].decode("ascii"), 16)
            if message[4] != STX or self.deaf:
                raise ValueError("no message")
            state = _shown(_without_sum(body))
        except (ValueError, IndexError):
            self.dropped += 1
            return
        if bytes(message[1:2]) in (b"Z", b"!", b"?"):
            for number in self.states:
                if address in (0, number):
                    self.states[number] = state


def _without_sum(body: bytes) -> bytes:
    """What stands between STX and ETX or EOT. Raises ValueError for a wrong sum."""
    text, marked, digits = body.partition(bytes([ETX]))
    if not marked:
        return text
    total = STX + sum(text) + ETX
    if len(digits) != 4 or digits.decode("ascii") != format(total % 65536, "X").zfill(4):
        raise ValueError("wrong sum")
    return text


def _shown(command: bytes) -> SignState:
    """The text of a *write text* command. Raises for any other."""
    if command[:1] != b"A":
        raise ValueError("not a text")
    label, rest = chr(command[1]), command[2:]
    looks: dict[str, Any] = {}
    if rest[:1] == bytes([ESC]):
        looks = {"position": rest[1], "mode": MODES.get(chr(rest[2]), "rotate")}
        rest = rest[3:]
    # Codes below a space choose colours and fonts, which this sign has but one of.
    return SignState("".join(chr(byte & 0x7F) for byte in rest if byte >= 32), label=label, **looks)


SIMULATOR = AlphaSimulator
