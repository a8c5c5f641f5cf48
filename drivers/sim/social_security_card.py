"""A simulated chip card in the virtual reader of a pcscd of its own: 社会保障卡, or another card.

    hall-devices sim social_security_card --option card=jia

Control lines: `lay jia` (put in), `lift` (pull), `unplug` and `plug` (pcscd and reader go and
come back), `crash` (pcscd dies), `restart` (both), `pull_reader` (pcscd stays).

Faults (`silent true`, `lifted_at 3`):

    get_response   answers wait to be fetched: 61 xx, then GET RESPONSE, as T=0 has it
    wrong_le       answers every READ RECORD with 6C xx first, though it asks for the right length
    by_number      does not know records by tag: 6B 00
    tag_is_number  takes a tag for a number of a record
    by_sfi         knows records only by number in the file of an SFI: 6B 00
    select_by_02   knows files only with P1 = 02
    locked_tags    fields that need a key, as in "09 0A": 69 82
    read_sw        status word of every READ RECORD, as in "6581"
    select_sw      status word of selecting the application
    lifted_at      the card is pulled while its so manieth command runs; once
    slow_ms        pause before an answer
    silent         answers no command
    short          so many answers are one byte long
    garbage        so many answers are noise, with 90 00 behind it
    bad_atr        answers the reset with nonsense, as a card put in the wrong way round
"""

import time
from typing import Any, ClassVar

from drivers.sim.base import Simulator
from drivers.sim.faults import Limits
from drivers.sim.social_security_cards import CARDS, Card, Record, card_of
from drivers.sim.vpcd_port import VpcdPort

APPLICATION = b"sx1.sh." + "社会保障".encode("gbk")
FILE_CONTROL = b"\x6f\x16\x84\x0f" + APPLICATION + b"\xa5\x03\x88\x01\x1e"
NOISE = bytes.fromhex("09 FF 00 FF 6C 61 08 12")
OK = b"\x90\x00"


class SocialSecurityCardSimulator(Simulator):
    """The card as its structure describes it."""

    name = "social_security_card"
    controls: ClassVar[tuple[str, ...]] = (
        "lay",
        "lift",
        "unplug",
        "plug",
        "crash",
        "restart",
        "pull_reader",
    )
    faults: ClassVar[tuple[str, ...]] = (
        "get_response", "wrong_le", "by_number", "tag_is_number", "by_sfi", "select_by_02",
        "locked_tags",
        "read_sw", "select_sw", "lifted_at", "slow_ms", "silent", "short", "garbage", "bad_atr",
    )  # fmt: skip
    hexadecimal = ("locked_tags", "read_sw", "select_sw")
    limits: ClassVar[dict[str, Limits]] = {"read_sw": (2, 2), "select_sw": (2, 2)}
    port: VpcdPort

    def __init__(self, card: str | None = None, private: bool | None = None) -> None:
        """`private` false: in the place of the system's pcscd.

        Raises CannotPlayError, ValueError for an unknown card.
        """
        at_first = card_of(card) if card else None
        super().__init__(VpcdPort(self._reset, private))
        self.get_response = False
        self.wrong_le = False
        self.by_number = False
        self.tag_is_number = False
        self.by_sfi = False
        self.select_by_02 = False
        self.locked_tags = ""
        self.read_sw: Any = None
        self.select_sw: Any = None
        self.lifted_at = 0
        self.slow_ms = 0.0
        self.silent = False
        self.short = 0
        self.garbage = 0
        self.bad_atr = False
        self.commands: list[bytes] = []  # since the card was put in
        self.pin_tries = 3
        self._card = Card(social_security=False)
        self._reset()
        if at_first is not None:
            self.lay_card(at_first)

    def lay(self, card: str = "jia") -> None:
        """Put in a card by its name (see `social_security_cards.py`)."""
        self.lay_card(card_of(card))

    def lay_card(self, card: Card) -> None:
        """Put in this card."""
        self._card = card
        self.commands = []
        self.port.insert(b"\xff\xff\xff" if self.bad_atr else card.atr)

    def lift(self) -> None:
        """Pull the card."""
        self.port.remove()

    @property
    def card_lies(self) -> bool:
        """Whether a card is in."""
        return self.port.atr is not None

    def crash(self) -> None:
        """pcscd dies, and with it the reader; `restart` brings it back."""
        self.port.pcscd.kill()

    def pull_reader(self) -> None:
        """pcscd comes back without its reader; `unplug` and `plug` bring it back."""
        self.unplug()
        self.port.reader_in = False
        self.port.plug()
        self.port.reader_in = True

    def restart(self) -> None:
        """pcscd ends and starts; the card stays in."""
        self.unplug()
        self.plug()

    def vocabulary(self) -> tuple[str, ...]:
        """See `Simulator.vocabulary`; names the cards too."""
        return (f"lay {'|'.join(CARDS)}", *super().vocabulary()[1:])

    def handle(self, data: bytes) -> None:
        """Answer one command APDU."""
        self.commands.append(data)
        time.sleep(self.slow_ms / 1000)
        if self.lifted_at and len(self.commands) >= self.lifted_at:
            self.lifted_at = 0
            self.lift()
            return
        answer = self._answer(data)
        if self.silent:
            return
        if self.garbage > 0:
            self.garbage -= 1
            answer = NOISE + OK
        if self.short > 0:
            self.short -= 1
            answer = answer[:1]
        self.port.send(answer)

    def _reset(self) -> None:
        self._selected = False
        self._file: int | None = None
        self._waiting = b""

    def _answer(self, apdu: bytes) -> bytes:
        if len(apdu) < 4:
            return b"\x67\x00"
        cla, ins, p1, p2 = apdu[:4]
        if cla:
            return b"\x6e\x00"
        if ins == 0xC0:
            return self._fetch(apdu[4] if len(apdu) > 4 else 0)
        known = {0xA4: self._select, 0xB2: self._read, 0x20: self._verify}
        if ins not in known:
            return b"\x6d\x00"
        answer = known[ins](p1, p2, apdu[4:])
        if self.get_response and len(answer) > 2:
            self._waiting = answer[:-2]
            return bytes([0x61, len(self._waiting)])
        return answer

    def _fetch(self, asked: int) -> bytes:
        if not self._waiting:
            return b"\x69\x85"
        if asked != len(self._waiting):
            return bytes([0x6C, len(self._waiting)])
        data, self._waiting = self._waiting, b""
        return data + OK

    def _select(self, p1: int, p2: int, body: bytes) -> bytes:
        if not body or len(body) - 1 < body[0]:
            return b"\x67\x00"
        name = body[1 : 1 + body[0]]
        if p1 == 0x04:
            if self.select_sw:
                return bytes.fromhex(str(self.select_sw))
            self._selected = self._card.social_security and name == APPLICATION
            self._file = None
            return FILE_CONTROL + OK if self._selected else b"\x6a\x82"
        if p2 or p1 not in (0x00, 0x02) or (self.select_by_02 and p1 == 0x00):
            return b"\x6a\x86"
        file = int.from_bytes(name, "big")
        if not self._selected or file not in (*self._card.files, *self._card.locked):
            return b"\x6a\x82"
        self._file = file
        return OK

    def _read(self, p1: int, p2: int, body: bytes) -> bytes:
        if self._file is None:
            return b"\x69\x86"
        if self.read_sw:
            return bytes.fromhex(str(self.read_sw))
        if self._file in self._card.locked:
            return b"\x69\x82"
        in_file = (self._file % 32) * 8 + 4
        known = (
            (in_file,) if self.by_sfi else (0x04, in_file) if self.by_number else (0, 4, in_file)
        )
        if p2 not in known:
            return b"\x6b\x00"
        found = self._record(p1, p2 != 0x00 or self.tag_is_number)
        return self._told(*found, body) if found else b"\x6a\x83"

    def _told(self, tag: int, value: bytes, body: bytes) -> bytes:
        if tag in bytes.fromhex(self.locked_tags):
            return b"\x69\x82"
        size = 2 + len(value)
        asked_again = self.commands[-2:-1] == self.commands[-1:]
        if body != bytes([size]) or (self.wrong_le and not asked_again):
            return bytes([0x6C, size])
        return bytes([tag, len(value)]) + value + OK

    def _record(self, which: int, is_number: bool) -> Record | None:
        records = self._card.files[self._file or 0]
        if is_number:
            return records[which - 1] if 0 < which <= len(records) else None
        return next((record for record in records if record[0] == which), None)

    def _verify(self, p1: int, p2: int, body: bytes) -> bytes:
        self.pin_tries = max(0, self.pin_tries - 1)
        return bytes([0x63, 0xC0 | self.pin_tries]) if self.pin_tries else b"\x69\x83"


SIMULATOR = SocialSecurityCardSimulator
