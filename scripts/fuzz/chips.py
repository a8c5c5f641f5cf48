"""Chip cards: answers by APDU, the way through a card, its records, and masked recordings."""

from drivers.cards.pcsc_apdu import LONGEST, ROUNDS, exchange, refusal
from drivers.cards.pcsc_words import PcscError
from drivers.cards.social_security_files import read_values
from drivers.cards.social_security_mask import mask
from drivers.cards.social_security_records import decode, value_of
from drivers.errors import Reason
from drivers.interfaces import Chunk, Direction
from scripts.fuzz.target import TODAY, Target, hexed, pieces, refusing

TAGS = (0x05, 0x06, 0x07, 0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0D)
READ_RECORD = hexed("00 B2 08 00 14")
FCI = hexed("6F 16 84 0F 73 78 31 2E 73 68 2E C9 E7 BB E1 B1 A3 D5 CF A5 03 88 01 1E 90 00")
HOLDER = hexed("08 12 35 30 30 30 30 30 31 39 30 30 30 31 30 31 30 30 30 37 90 00")
NAME = hexed("09 1E B2 E2 CA D4 BC D7") + bytes(24) + hexed("90 00")
DONE, NO_RECORD = hexed("90 00"), hexed("6A 83")
MOST_COMMANDS = 30 * ROUNDS
REFUSALS = (Reason.GARBLED, Reason.CARD_REFUSED, Reason.UNSUPPORTED_CARD, Reason.REJECTED)


def _told(answers: list[bytes]) -> bytes:
    """Answers as a card's input: each behind its length."""
    return b"".join(bytes([len(answer)]) + answer for answer in answers)


def _answers(data: bytes) -> list[bytes]:
    answers, at = [], 0
    while at < len(data):
        answers.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return answers


def chip_answers(data: bytes) -> None:
    """A chip card that answers every command with the next piece of the input."""
    given = pieces(data)
    left = iter(given)
    asked = 0

    def transmit(command: bytes) -> bytes:
        nonlocal asked
        asked += 1
        assert len(command) == 5
        return next(left, b"")

    with refusing(Reason.GARBLED):
        reply = exchange(transmit, READ_RECORD)
        assert len(reply.data) <= LONGEST
        assert reply.sw.to_bytes(2, "big") == given[asked - 1][-2:]
        assert reply.sw >> 8 not in (0x61, 0x6C)
        refusal(reply.sw, "reading")
    assert asked <= ROUNDS
    PcscError(int.from_bytes(data[:4], "big"), "asking")


def chip_files(data: bytes) -> None:
    """All of a card that answers with its input: read or refused, in a bounded number of commands.

    Nothing but SELECT, READ RECORD and GET RESPONSE goes out, and no value but the card's comes.
    """
    answers = _answers(data)
    left = iter(answers)
    asked = 0

    def transmit(command: bytes) -> bytes:
        nonlocal asked
        asked += 1
        assert command[1] in (0xA4, 0xB2, 0xC0)
        assert asked <= MOST_COMMANDS
        return next(left, NO_RECORD)

    with refusing(*REFUSALS):
        values = read_values(transmit)
        said = b"".join(answer[:-2] for answer in answers)
        assert set(values) <= set(TAGS)
        assert all(value in said for value in values.values())
        decode(values, TODAY)


def chip_records(data: bytes) -> None:
    """Records of a social security card: the input is one record, and all of them one by one."""
    values = {tag: value for tag in TAGS if (value := value_of(data, tag)) is not None}
    at = 0
    while at + 2 <= len(data):
        record = data[at : at + 2 + data[at + 1]]
        if (value := value_of(record, data[at])) is not None:
            assert len(value) == data[at + 1]
            values[data[at]] = value
        at += len(record)
    with refusing(Reason.GARBLED, Reason.CARD_REFUSED):
        card = decode(values, TODAY)
        assert card.number.isprintable()
        assert card.name.strip()


def chip_mask(data: bytes) -> None:
    """Masking keeps every chunk's length and status word, masks once, and leaves no number."""
    chunks = []
    for number, piece in enumerate(pieces(data)):
        chunks.append(Chunk(number, Direction.OUT if number % 2 == 0 else Direction.IN, piece))
    masked = mask(chunks)
    for before, after in zip(chunks, masked, strict=True):
        assert len(before.data) == len(after.data)
        assert before.direction is after.direction
        assert before.data[-2:] == after.data[-2:]
    assert mask(masked) == masked
    value = data[:255]
    asked, head = Chunk(0, Direction.OUT, READ_RECORD), bytes([0x08, len(value)])
    told, blank = (
        mask([asked, Chunk(1, Direction.IN, head + each + DONE)])
        for each in (value, bytes(len(value)))
    )
    assert told == blank


CARD = [FCI, DONE, *[NO_RECORD] * 3, DONE, HOLDER, NAME, *[NO_RECORD] * 4]
TARGETS = (
    Target(
        "chip_answers",
        chip_answers,
        (b"\x16" + HOLDER, hexed("02 61 12 6C 14 90 00"), b"\x02" + hexed("61 01") * 40),
    ),
    Target(
        "chip_files",
        chip_files,
        (_told(CARD), _told([FCI, hexed("6B 00"), hexed("6B 00"), HOLDER, NAME])),
        longest=2048,
    ),
    Target("chip_records", chip_records, (HOLDER[:-2] + NAME[:-2], hexed("0D 04 19 00 01 01"))),
    Target("chip_mask", chip_mask, (b"\x05" + READ_RECORD + HOLDER,)),
)
