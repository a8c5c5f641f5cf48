"""The steps of a self-test: what is done with each kind of peripheral, and what was seen."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drivers.cli.read import told_of
from drivers.cli.wording import what_to_do, what_to_do_now
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import (
    Announcement,
    DeviceStatus,
    DriverSpec,
    Kind,
    PrintOutcome,
    PrintResult,
)
from drivers.papers.slip import Slip
from drivers.saying import in_language, together
from drivers.status import WORKING
from drivers.words import Language, say

HOLD_S = 2.0  # a test text stays so long before the display is cleared


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the report. `ok` is None for what was left out."""

    step: str
    ok: bool | None
    took_ms: int
    seen: str = ""
    advice: str = ""
    reason: str | None = None
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a self-test is to be done. `waiting` shows a sentence with the seconds left."""

    lang: Language
    paper: bool
    wait_s: float
    waiting: Callable[[str, float], AbstractContextManager[None]]


class SelfTest:
    """Tests one peripheral step by step; `tell` hears each step as it ends."""

    def __init__(self, spec: DriverSpec, wishes: Wishes, tell: Callable[[Step], None]) -> None:
        self._spec = spec
        self._wishes = wishes
        self._tell = tell
        self._columns = 48

    def run(self, options: Any) -> None:
        """All steps. A peripheral that cannot be opened gets no further."""
        self._columns = getattr(options, "columns", 48)
        device = self._step("open", lambda: (self._spec.open(options), Step("", True, 0)))
        if device is None:
            return
        try:
            self._step("status", lambda: (None, self._status(device)))
            self._step(f"use.{self._spec.kind.value}", lambda: (None, self._use(device)))
        finally:
            self._step("close", lambda: (device.close(), Step("", True, 0)))

    def _step(self, name: str, work: Callable[[], tuple[Any, Step]]) -> Any:
        begun = time.monotonic()
        made = None
        try:
            made, seen = work()
        except PeripheralError as e:
            seen = self._failed("", e.reason.value, e.detail, e.advice, e.sent)
        took_ms = round((time.monotonic() - begun) * 1000)
        self._tell(Step(name, seen.ok, took_ms, seen.seen, seen.advice, seen.reason, seen.sent))
        return made

    def _failed(
        self, what: str, reason: str | None, detail: str, advice: str, sent: bool = True
    ) -> Step:
        """What went wrong; advice that nobody wrote down in that language stands before it."""
        lang = self._wishes.lang
        todo = what_to_do(reason, self._spec.kind, lang, advice)
        theirs = "" if in_language(advice, lang) in (todo, in_language(detail, lang)) else advice
        seen = in_language(together(what, detail, theirs, by="; "), lang)
        return Step("", False, 0, seen, todo, reason, sent)

    def _say(self, key: str, **values: object) -> str:
        return say(key, self._wishes.lang, **values)

    def _status(self, device: Any) -> Step:
        status: DeviceStatus = device.status()
        told = [self._say(status.state.value), in_language(status.detail, self._wishes.lang)]
        if status.paper is not None:
            told.append(f"{self._say('paper')} {self._say(status.paper.value)}")
        if status.cover_open:
            told.append(self._say("cover_open"))
        if status.firmware:
            told.append(f"{self._say('firmware')} {status.firmware}")
        ok = status.state in WORKING
        advice = "" if ok else what_to_do_now(status, self._spec.kind, self._wishes.lang)
        reason = None if ok else status.state.value
        return Step("", ok, 0, self._say("between").join(filter(None, told)), advice, reason)

    def _use(self, device: Any) -> Step:
        match self._spec.kind:
            case Kind.CARD_READER:
                return self._read(device, "lay", Reason.NO_CARD)
            case Kind.SCANNER:
                return self._read(device, "scan", Reason.NO_CODE)
            case Kind.TICKET_PRINTER | Kind.DOCUMENT_PRINTER:
                return self._print(device)
            case Kind.DISPLAY:
                return self._show(device)
            case Kind.SPEAKER:
                result = device.say(Announcement("A001", "3号窗口"), lambda: False)
                if not result.ok:
                    return self._failed(result.said, result.reason, "", result.advice)
                heard = self._say("listen", said=result.said)
                return Step("", True, 0, result.said, heard, result.reason)

    def _read(self, device: Any, words: str, nothing: Reason) -> Step:
        try:
            with self._wishes.waiting(words, self._wishes.wait_s):
                found = device.read(self._wishes.wait_s, lambda: False)
        except PeripheralError as e:
            if e.reason is not nothing:
                raise
            return Step("", None, 0, self._say(nothing.value), "", e.reason.value)
        told = told_of(found, reveal=False)
        shown = (str(told[key]) for key in ("kind", "name", "number", "text") if told.get(key))
        return Step("", True, 0, " ".join(shown))

    def _print(self, device: Any) -> Step:
        if not self._wishes.paper:
            return Step("", None, 0, self._say("no_paper"))
        if self._spec.kind is Kind.TICKET_PRINTER:
            look = "look_paper"
            result: PrintResult = device.print_slip(test_slip(self._columns))
        else:
            look = "look_page"
            with TemporaryDirectory(prefix="hall-test-") as folder:
                result = device.print_file(test_page(Path(folder)))
        seen = self._say(result.outcome.value)
        if result.outcome is not PrintOutcome.PRINTED:
            return self._failed(seen, result.reason, "", result.advice)
        return Step("", True, 0, seen, self._say(look), result.reason)

    def _show(self, device: Any) -> Step:
        result = device.show(self._spec.test_text)
        if not result.ok:
            return self._failed(self._say("refused"), result.reason, "", result.advice)
        with self._wishes.waiting("working", HOLD_S):
            time.sleep(HOLD_S)
        device.show("")
        look = self._say("look_display", shown=result.shown)
        advice = " ".join(filter(None, (look, in_language(result.advice, self._wishes.lang))))
        return Step("", True, 0, result.shown, advice, result.reason)


def test_slip(columns: int) -> Slip:
    """A slip with all that can go wrong: both widths, every size, a ruler, a QR code, the cut."""
    ruler = "".join(str(column // 10) if column % 10 == 0 else "-" for column in range(1, 61))
    return Slip(
        hall="自检 SELF-TEST",
        number="T001",
        service="永国重庆渝快办鑫犇骉 ABCgjpqy 0123456789 ，。（）《》①ⅣＡ１",
        waiting=0,
        issued_at=datetime.now(UTC),
        qr="HALL-DEVICES TEST 0123456789",
        notice=ruler[:columns],
    )


def test_page(folder: Path) -> Path:
    """A plain page in both scripts."""
    file = folder / "self-test.txt"
    lines = ("渝快办 自检 SELF-TEST", datetime.now().isoformat(" ", "seconds"), "-" * 60)
    file.write_text("\n".join((*lines, "永国重庆 ABC 0123456789", "")), "utf-8")
    return file
