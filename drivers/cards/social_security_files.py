"""The way to the records of a social security card: its application, its files, their records.

    00 A4 04 00 0F <AID>       select the application; 6A82: not a social security card
    00 A4 00 00 02 EF 05       select a file; 6A86, 6B00: the same with P1 = 02
    00 B2 <tag> 00 <2 + len>   a record by its tag
    00 B2 <n> 04 <2 + len>     by its number, where the card does not know tags
    00 B2 <n> <SFI << 3 | 4>   by its number in the file of an SFI (05, 06), where it knows neither

6986 to a record means that no file is selected, as after a reset: application and file are selected
anew, once a file. A card that says so again knows files only by their SFI.
A card that answers 9000 to the application's name belongs to it when its FCI (6F) names it (84) or
when it sends none: only its own records, each with its tag, are believed then.
Numbers differ from one version of the card to the next, so what came is told by its own tag.
VERIFY is never sent: a wrong PIN counts against the citizen.
"""

from collections.abc import Mapping

from drivers.cards.pcsc_apdu import Reply, Transmit, exchange, refusal
from drivers.cards.social_security_records import (
    BIRTH,
    CARD_NUMBER,
    ISSUED,
    MORE_NAME,
    NAME,
    NATION,
    NUMBER,
    SEX,
    VALID_TO,
    value_of,
)
from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

AID = bytes.fromhex("73 78 31 2E 73 68 2E C9 E7 BB E1 B1 A3 D5 CF")  # sx1.sh.社会保障
SELECT_APPLICATION = bytes.fromhex("00 A4 04 00 0F") + AID
FCI, NAMED = 0x6F, b"\x84\x0f" + AID
OTHER_CARD = (0x6A82, 0x6A81, 0x6D00, 0x6E00)
OTHER_FORM = (0x6A86, 0x6B00)
LOCKED, NO_RECORD, NO_FILE, NONE_SELECTED = 0x6982, 0x6A83, 0x6A82, 0x6986
OTHER_WAY = (*OTHER_FORM, 0x6A81, NONE_SELECTED)  # to reach a record

# Lengths of the values by tag, in the order of the records of versions 2 and 3.
CARD_FILE = {0x01: 16, 0x02: 1, 0x03: 4, 0x04: 12, ISSUED: 4, VALID_TO: 4, CARD_NUMBER: 9}
HOLDER_FILE = {NUMBER: 18, NAME: 30, MORE_NAME: 20, SEX: 1, NATION: 1, 0x0C: 3, BIRTH: 4}
WANTED = (ISSUED, VALID_TO, CARD_NUMBER, NUMBER, NAME, MORE_NAME, SEX, NATION, BIRTH)
NEEDED = (NUMBER, NAME)


def read_values(transmit: Transmit) -> dict[int, bytes]:
    """All values wanted of the card, by tag; what it lacks or keeps locked is left out.

    Raises UNSUPPORTED_CARD for another card, else CARD_REFUSED or GARBLED, and what `transmit`
    raises.
    """
    card = _Card(transmit)
    card.select_application()
    return card.values(0xEF05, CARD_FILE) | card.values(0xEF06, HOLDER_FILE)


class _Card:
    def __init__(self, transmit: Transmit) -> None:
        self._transmit = transmit
        self._to_select_anew: int | None = None  # the file, should the card forget it

    def select_application(self) -> None:
        reply = self._ask(SELECT_APPLICATION)
        if reply.sw in OTHER_CARD:
            raise _another_card(saying("not a social security card ({sw:04X})", sw=reply.sw))
        if not reply.done:
            raise refusal(reply.sw, saying("selecting the social security application"))
        if reply.data and reply.data[0] != FCI:
            raise PeripheralError(
                Reason.GARBLED,
                saying("card's answer to its selection is no FCI"),
                advice=saying(
                    "Take the card out and put it in again; wipe the chip if it goes on."
                ),
            )
        # What else stands in the answer differs between makers; some send none.
        if reply.data and NAMED not in reply.data:
            raise _another_card(saying("card names another application than it was asked for"))

    def values(self, file: int, lengths: Mapping[int, int]) -> dict[int, bytes]:
        """The wanted values of a file, by tag; by number from where the card knows no tags.

        What else the card says to a field that may be missing leaves only that out.
        """
        found: dict[int, bytes] = {}
        if not self._select(file, needed=any(tag in NEEDED for tag in lengths)):
            return found
        self._to_select_anew = file
        for tag in (tag for tag in lengths if tag in WANTED):
            reply, value = self._record(tag, 0, lengths[tag], (tag,))
            if value is not None:
                found |= value
            elif reply.done or reply.sw in OTHER_WAY or _lacks(reply, tag):
                found = self._numbered(file, lengths) | found
                if found or tag not in NEEDED or reply.sw not in OTHER_WAY:
                    return found
                raise refusal(reply.sw, saying("reading file {file:04X}", file=file))
            elif tag in NEEDED and reply.sw not in (LOCKED, NO_RECORD):
                raise refusal(reply.sw, saying("reading field {tag:02X}", tag=tag))
        return found

    def _numbered(self, file: int, lengths: Mapping[int, int]) -> dict[int, bytes]:
        """By number in the selected file; where that holds none of them, in that of the SFI."""
        tags = tuple(tag for tag in lengths if tag in WANTED)
        for p2 in (0x04, (file & 0x1F) << 3 | 0x04):
            found: dict[int, bytes] = {}
            for number, length in enumerate(lengths.values(), start=1):
                reply, value = self._record(number, p2, length, tags)
                found |= value or {}
                if reply.sw in OTHER_WAY and not found:
                    break
            if found:
                return found
        return {}

    def _record(
        self, p1: int, p2: int, length: int, tags: tuple[int, ...]
    ) -> tuple[Reply, dict[int, bytes] | None]:
        """The answer to READ RECORD, and the value by tag when it is one of `tags` and whole."""
        reply = self._read(p1, p2, length)
        tag = reply.data[0] if reply.done and reply.data else None
        if tag not in tags:
            return reply, None
        if len(reply.data) >= 2 and len(reply.data) < 2 + reply.data[1]:
            # Cut to what was asked for: once more, in the length that the record itself tells.
            reply = self._read(p1, p2, reply.data[1])
        value = value_of(reply.data, tag) if reply.done else None
        return reply, None if value is None else {tag: value}

    def _read(self, p1: int, p2: int, length: int) -> Reply:
        command = bytes([0x00, 0xB2, p1, p2, min(2 + length, 0xFF)])
        reply = self._ask(command)
        file = self._to_select_anew
        if reply.sw != NONE_SELECTED or file is None:
            return reply
        self._to_select_anew = None
        self.select_application()
        self._select(file, needed=False)
        return self._ask(command)

    def _select(self, file: int, needed: bool) -> bool:
        """Whether the file is there and may be read; with no form known, it may be by its SFI."""
        name = file.to_bytes(2, "big")
        reply = self._ask(bytes.fromhex("00 A4 00 00 02") + name)
        if reply.sw in OTHER_FORM:
            reply = self._ask(bytes.fromhex("00 A4 02 00 02") + name)
        if reply.sw in OTHER_FORM:
            return True
        if needed and not reply.done and reply.sw not in (LOCKED, NO_FILE):
            raise refusal(reply.sw, saying("selecting file {file:04X}", file=file))
        return reply.done

    def _ask(self, command: bytes) -> Reply:
        return exchange(self._transmit, command)


def _another_card(detail: str) -> PeripheralError:
    return PeripheralError(
        Reason.UNSUPPORTED_CARD,
        detail,
        advice=saying("Put in a social security card, or go on without one."),
    )


def _lacks(reply: Reply, tag: int) -> bool:
    """Whether a value that every card has is said not to be there: P1 may be taken as a number."""
    return reply.sw == NO_RECORD and tag in NEEDED
