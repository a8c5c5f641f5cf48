"""What a printer says of itself in `printer-state-reasons` (RFC 8011 section 5.4.12), understood.

A reason may end in -error, -warning or -report. The ending is not relied on: CUPS itself says
`media-jam-warning` and `door-open-report` of printers that stand still.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from drivers.errors import Reason
from drivers.printers.cups_ipp import number_of, numbers_of, texts_of, words_of
from drivers.saying import Saying, saying, together
from drivers.status import Paper, State

ASKED = [
    "printer-state", "printer-state-reasons", "printer-make-and-model",
    "printer-is-accepting-jobs", "printer-firmware-string-version", "document-format-supported",
    "marker-names", "marker-types", "marker-levels", "marker-low-levels", "cups-version",
]  # fmt: skip
IDLE, PROCESSING, STOPPED = 3, 4, 5


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something for which the printer stands still, with whoever can end it in `state`."""

    reason: Reason
    state: State
    advice: Saying


NO_ANSWER = saying("The printer does not answer: check power and cable.")
_JAM = Trouble(Reason.PAPER_JAM, State.USER_ERROR, saying("Take out the jammed paper."))
_COVER = Trouble(Reason.COVER_OPEN, State.USER_ERROR, saying("Close the printer's covers."))
_EMPTY = Trouble(Reason.PAPER_OUT, State.USER_ERROR, saying("Put paper into the printer."))
_TRAY = Trouble(Reason.PAPER_OUT, State.USER_ERROR, saying("Put the paper tray back."))
_FULL = Trouble(Reason.PRINTER_FAULT, State.USER_ERROR, saying("Take the printed sheets away."))
# Supplies are changed by whoever stands there, as paper is: nothing has to be repaired.
_TONER = Trouble(Reason.SUPPLIES, State.USER_ERROR, saying("Replace the toner or ink cartridge."))
_WASTE = Trouble(Reason.SUPPLIES, State.USER_ERROR, saying("Empty or replace the waste toner box."))
_DRUM = Trouble(Reason.SUPPLIES, State.USER_ERROR, saying("Replace the drum or developer unit."))
_FAULT = Trouble(
    Reason.PRINTER_FAULT, State.HARDWARE_ERROR, saying("Switch the printer off and on.")
)
_AWAY = Trouble(Reason.SILENT, State.OFFLINE, NO_ANSWER)
_PAUSED = Trouble(
    Reason.REJECTED, State.OFFLINE, saying("The queue is stopped; start it: cupsenable.")
)
_STOPPED = Trouble(
    Reason.REJECTED, State.OFFLINE, saying("The printer is paused: resume it at its panel.")
)
_FILTER = Trouble(
    Reason.REJECTED,
    State.HARDWARE_ERROR,
    saying("The print server lacks a filter for this printer."),
)

# In order of urgency: of several troubles the first is told.
TROUBLES = {
    "media-jam": _JAM,
    "cover-open": _COVER,
    "door-open": _COVER,
    "interlock-open": _COVER,
    "media-empty": _EMPTY,
    "media-needed": _EMPTY,
    "input-tray-missing": _TRAY,
    "input-media-supply-empty": _EMPTY,
    "output-area-full": _FULL,
    "output-tray-missing": _FULL,
    "toner-empty": _TONER,
    "marker-supply-empty": _TONER,
    "marker-ink-empty": _TONER,
    "marker-supply-missing": _TONER,
    "marker-waste-full": _WASTE,
    "marker-waste-ink-receptacle-full": _WASTE,
    "developer-empty": _DRUM,
    "opc-life-over": _DRUM,
    "fuser-over-temp": _FAULT,
    "fuser-under-temp": _FAULT,
    "subunit-fault": _FAULT,
    "interpreter-resource-unavailable": _FAULT,
    "cups-missing-filter": _FILTER,
    "cups-insecure-filter": _FILTER,
    "offline": _AWAY,
    "timed-out": _AWAY,
    "shutdown": _AWAY,
    "connecting-to-device": _AWAY,
    "paused": _PAUSED,
    "moving-to-paused": _PAUSED,
}
LOW = {
    "toner-low": saying("Toner is low."),
    "marker-supply-low": saying("Toner or ink is low."),
    "marker-waste-almost-full": saying("The waste toner box is almost full."),
    "developer-low": saying("The developer is low."),
    "opc-near-eol": saying("The drum is near its end."),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """How a printer is. `trouble` is the most urgent one; `low` tells of supplies, for staff.

    A `spooler` is a queue of CUPS, which does not see what becomes of what its printer took.
    """

    state: State
    paper: Paper
    cover_open: bool
    trouble: Trouble | None
    low: Saying
    accepting: bool
    model: str
    formats: tuple[str, ...]
    spooler: bool


def condition_of(printer: dict[str, list[Any]]) -> Condition:
    """Understand the attributes `ASKED` for. Unknown and missing ones are as if all was well."""
    words = {_bare(word) for word in texts_of(printer, "printer-state-reasons")}
    trouble = next((trouble for word, trouble in TROUBLES.items() if word in words), None)
    stopped = number_of(printer, "printer-state") == STOPPED
    if trouble is None and stopped:
        trouble = _PAUSED
    spooler = "cups-version" in printer
    if trouble is _PAUSED and not spooler:
        trouble = _STOPPED
    model = words_of(printer, "printer-make-and-model")
    firmware = words_of(printer, "printer-firmware-string-version")
    return Condition(
        state=trouble.state if trouble else State.ONLINE,
        paper=_paper(words),
        cover_open=not words.isdisjoint(("cover-open", "door-open", "interlock-open")),
        trouble=trouble,
        low=_low(words, printer),
        accepting=printer.get("printer-is-accepting-jobs", [True])[:1] != [False],
        model=" ".join(filter(None, (model, firmware)))[:120],
        formats=tuple(texts_of(printer, "document-format-supported")),
        spooler=spooler,
    )


def _bare(word: str) -> str:
    for ending in ("-error", "-warning", "-report"):
        word = word.removesuffix(ending)
    return word


def _paper(words: Iterable[str]) -> Paper:
    reasons = {TROUBLES[word].reason for word in words if word in TROUBLES}
    if Reason.PAPER_JAM in reasons:
        return Paper.JAM
    if Reason.PAPER_OUT in reasons:
        return Paper.OUT
    return Paper.LOW if "media-low" in words else Paper.OK


def _low(words: set[str], printer: dict[str, list[Any]]) -> Saying:
    told = [text for word, text in LOW.items() if word in words]
    names, types = texts_of(printer, "marker-names"), texts_of(printer, "marker-types")
    levels, lows = numbers_of(printer, "marker-levels"), numbers_of(printer, "marker-low-levels")
    for name, kind, level, low in zip(names, types, levels, lows, strict=False):
        if 0 <= level <= low and "waste" not in kind:  # negative: the printer does not know
            told.append(saying("{name}: {level} % left.", name=name[:40], level=level))
    return together(*told)
