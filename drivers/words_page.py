"""`docs/peripheral-status.md`, made from the words: `python -m drivers.words_page` prints it."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from drivers import words
from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, Kind
from drivers.status import Paper, State
from drivers.words import Language, Words

STATES = {
    State.STARTING: "`starting`",
    State.ONLINE: "`online`",
    State.BUSY: "`deviceBusy`",
    State.OFFLINE: "`offline`, `powerOff`",
    State.USER_ERROR: "`userError`",
    State.NO_DEVICE: "`noDevice`",
    State.HARDWARE_ERROR: "`hardwareError`",
    State.STOPPED: "–",
}
PAPERS = {
    Paper.OK: "`full`",
    Paper.LOW: "`low`",
    Paper.OUT: "`out`",
    Paper.JAM: "`jammed`",
    Paper.UNKNOWN: "`unknown`",
}
REASONS = {
    Reason.NO_DEVICE: "`deviceNotReady`",
    Reason.BUSY: "`deviceNotReady`",
    Reason.SILENT: "`deviceNotReady`",
    Reason.GARBLED: "`hardwareError`",
    Reason.LOST: "`hardwareError`",
    Reason.NO_CARD: "`timeOut`",
    Reason.CARD_REMOVED: "`noMedia`",
    Reason.CARD_REFUSED: "`securityFail`",
    Reason.UNSUPPORTED_CARD: "`invalidMedia`",
    Reason.NO_CODE: "`timeOut`",
    Reason.READER_FAULT: "`hardwareError`",
    Reason.PAPER_OUT: "`paperOut`",
    Reason.COVER_OPEN: "`userError`",
    Reason.PRINTER_FAULT: "`hardwareError`",
    Reason.PAPER_JAM: "`paperJammed`",
    Reason.SUPPLIES: "`tonerOut`, `inkOut`",
    Reason.NO_VOICE: "–",
    Reason.UNCONFIRMED: "–",
    Reason.REJECTED: "`commandErrorCode`",
    Reason.CANCELLED: "`canceled`",
    Reason.BAD_OPTION: "`invalidData`",
}
COVER_OPEN = DeviceStatus(State.USER_ERROR, cover_open=True)
CARD_PRESENT = DeviceStatus(State.ONLINE, card_present=True)
TONER_EMPTY = DeviceStatus(State.USER_ERROR)
# The one whose words make the best example of a reason; the ticket printer for all others.
KINDS = {
    Reason.NO_CARD: Kind.CARD_READER,
    Reason.CARD_REMOVED: Kind.CARD_READER,
    Reason.CARD_REFUSED: Kind.CARD_READER,
    Reason.UNSUPPORTED_CARD: Kind.CARD_READER,
    Reason.READER_FAULT: Kind.CARD_READER,
    Reason.GARBLED: Kind.CARD_READER,
    Reason.NO_CODE: Kind.SCANNER,
    Reason.REJECTED: Kind.SCANNER,
    Reason.SUPPLIES: Kind.DOCUMENT_PRINTER,
    Reason.NO_VOICE: Kind.SPEAKER,
    Reason.SILENT: Kind.DISPLAY,
}

HEAD = """# 外设的状态与说法 · Peripheral status in words

<!-- Made by `make docs` from drivers/locale/*/LC_MESSAGES/drivers.po; edit those. -->

所有外设用同一套状态词。每个状态有三种说法：群众看到的、工作人员看到的、技术人员该做的。
One vocabulary serves all peripherals; each word is told in three voices. *XFS4IoT* names what
corresponds in CEN's XFS4IoT: the common device status, the printer's paper supply, and for reasons
the completion code or the command's error code; it is a correspondence, not an interface.

The sentences below are those of one kind of peripheral, as an example; each names its own (读卡器,
扫码器 …) and what to do instead. In code: `drivers.words.of_health`, `of_reason`.
"""

T = TypeVar("T")
Told = Callable[[Language], Words]


def page() -> str:
    """The whole document."""
    printer = Kind.TICKET_PRINTER
    states = ((s.value, STATES[s], _told(words.of_state, s, printer)) for s in State)
    papers = ((p.value, PAPERS[p], _told(words.of_paper, p, printer)) for p in Paper)
    others = (
        ("cover_open", "`userError`", _told(words.of_health, COVER_OPEN, printer)),
        ("card_present", "media `present`", _told(words.of_health, CARD_PRESENT, Kind.CARD_READER)),
        ("user_error", "toner `out`", _told(words.of_health, TONER_EMPTY, Kind.DOCUMENT_PRINTER)),
    )
    reasons = (
        (r.value, REASONS[r], _told(words.of_reason, r, KINDS.get(r, printer))) for r in Reason
    )
    sections = (
        ("状态 · State", states),
        ("纸张 · Paper", papers),
        ("盖子、证件与墨粉 · Cover, card and toner", others),
        ("没有办成的原因 · Why something was not done", reasons),
    )
    return HEAD + "".join(f"\n## {title}\n\n{_table(rows)}" for title, rows in sections)


def _told(of: Callable[[T, Kind, Language], Words], what: T, kind: Kind) -> Told:
    return lambda language: of(what, kind, language)


def _table(rows: Iterable[tuple[str, str, Told]]) -> str:
    lines = [
        "| word | XFS4IoT | 群众 · citizen | 工作人员 · staff | 技术人员 · technician |",
        "|---|---|---|---|---|",
    ]
    for word, theirs, told in rows:
        zh, en = told("zh"), told("en")
        voices = (
            f"{zh.citizen}<br>{en.citizen}",
            f"{zh.staff}<br>{en.staff}",
            f"{zh.technician}<br>{en.technician}",
        )
        lines.append(f"| `{word}` | {theirs} | " + " | ".join(voices) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
