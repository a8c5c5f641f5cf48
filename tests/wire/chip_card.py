"""Sample bytes of the protocol sheet, and a card that knows only such (command, answer) pairs."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from drivers.errors import PeripheralError
from drivers.interfaces import CardReader

ATR = bytes.fromhex("3B 6D 00 00 00 81 54 31 01 00 00 00 00 00 00 00 01")

SELECT = bytes.fromhex("00 A4 04 00 0F 73 78 31 2E 73 68 2E C9 E7 BB E1 B1 A3 D5 CF")
FCI = bytes.fromhex("6F 16 84 0F 73 78 31 2E 73 68 2E C9 E7 BB E1 B1 A3 D5 CF A5 03 88 01 1E 90 00")
DONE = bytes.fromhex("90 00")
EF05, EF06 = bytes.fromhex("00 A4 00 00 02 EF 05"), bytes.fromhex("00 A4 00 00 02 EF 06")
NO_RECORD = bytes.fromhex("6A 83")

ISSUED = (bytes.fromhex("00 B2 05 00 06"), bytes.fromhex("05 04 20 24 01 01 90 00"))
VALID_TO = (bytes.fromhex("00 B2 06 00 06"), bytes.fromhex("06 04 20 99 01 01 90 00"))
CARD_NUMBER = (
    bytes.fromhex("00 B2 07 00 0B"),
    bytes.fromhex("07 09 54 30 30 30 30 30 30 30 31 90 00"),
)
NUMBER = (
    bytes.fromhex("00 B2 08 00 14"),
    bytes.fromhex("08 12 35 30 30 30 30 30 31 39 30 30 30 31 30 31 30 30 30 37 90 00"),
)
NAME = (
    bytes.fromhex("00 B2 09 00 20"),
    bytes.fromhex("09 1E B2 E2 CA D4 BC D7") + bytes(24) + DONE,
)
MORE_NAME = (bytes.fromhex("00 B2 4E 00 16"), bytes.fromhex("4E 14") + bytes(20) + DONE)
SEX = (bytes.fromhex("00 B2 0A 00 03"), bytes.fromhex("0A 01 31 90 00"))
NATION = (bytes.fromhex("00 B2 0B 00 03"), bytes.fromhex("0B 01 01 90 00"))
BIRTH = (bytes.fromhex("00 B2 0D 00 06"), bytes.fromhex("0D 04 19 00 01 01 90 00"))

Pair = tuple[bytes, bytes]
CARD_FILE = [(EF05, DONE), ISSUED, VALID_TO, CARD_NUMBER]
HOLDER_FILE = [(EF06, DONE), NUMBER, NAME, MORE_NAME, SEX, NATION, BIRTH]
WHOLE: list[Pair] = [(SELECT, FCI), *CARD_FILE, *HOLDER_FILE]


def played(pairs: list[Pair]) -> Callable[[bytes], bytes]:
    """What talks to a card of literal pairs, in order, without any reader."""
    left = list(pairs)

    def transmit(command: bytes) -> bytes:
        expected, answer = left.pop(0)
        assert command == expected, f"{command.hex(' ')}, not {expected.hex(' ')}"
        return answer

    return transmit


class ScriptedCard:
    """A TCP client of the virtual reader. `check` fails on a command out of order or never sent."""

    def __init__(self, port: int, pairs: list[Pair]) -> None:
        self._pairs = list(pairs)
        self.wrong = b""
        self._line = socket.create_connection(("127.0.0.1", port), 5)
        self._line.settimeout(None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def pull(self) -> None:
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._line.close()

    def check(self) -> None:
        assert self.wrong == b"", f"not in the script: {self.wrong.hex(' ')}"
        assert not self._pairs, f"never asked: {self._pairs[0][0].hex(' ')}"

    def _run(self) -> None:
        with suppress(OSError):
            while (message := self._message()) is not None:
                if message == b"\x04":
                    self._send(ATR)
                elif len(message) > 1:
                    self._send(self._answer(message))

    def _answer(self, command: bytes) -> bytes:
        if self._pairs and self._pairs[0][0] == command:
            return self._pairs.pop(0)[1]
        self.wrong = self.wrong or command
        return b"\x6f\x00"

    def _message(self) -> bytes | None:
        head = self._line.recv(2, socket.MSG_WAITALL)
        if len(head) < 2:
            return None
        return self._line.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)

    def _send(self, data: bytes) -> None:
        self._line.sendall(struct.pack(">H", len(data)) + data)


def never() -> bool:
    return False


def failure(reader: CardReader, timeout_s: float = 5) -> PeripheralError:
    """How a read fails."""
    with pytest.raises(PeripheralError) as caught:
        reader.read(timeout_s, lambda: False)
    return caught.value
