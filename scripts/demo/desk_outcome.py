"""What came of a use on the desk: in short, in three voices, and in the driver's own words.

A citizen who lays a card reads the kiosk's own sentences, so they are taken from its catalogue.
"""

from dataclasses import asdict
from typing import Any

from drivers import words
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import (
    DriverSpec,
    IdentityCard,
    Kind,
    PrintOutcome,
    PrintResult,
    SayResult,
    ScannedCode,
    ShowResult,
)
from drivers.masking import mask_name, mask_number, mask_numbers_in
from drivers.saying import in_language
from kiosk import i18n
from kiosk.cards import cards_read, notice_for, notice_of
from kiosk.flow.visit import CardNotice

PRINTED = {
    PrintOutcome.PRINTED: ("good", "已打印", "Printed"),
    PrintOutcome.NOT_PRINTED: ("bad", "没有打印", "Not printed"),
    PrintOutcome.UNSURE: ("warn", "不确定是否打印", "Unsure whether it was printed"),
}


def outcome(result: Any, spec: DriverSpec) -> dict[str, Any]:
    """The outcome for the page: `level` (good, warn, bad); `text`, `words` and `detail` by
    language."""
    level, zh, en, detail = _in_short(result)
    said = {"zh": _words(result, spec, "zh"), "en": _words(result, spec, "en")}
    return {
        "level": level,
        "text": {"zh": zh, "en": en},
        "words": said,
        "detail": by_language(detail),
    }


def by_language(text: str) -> dict[str, str]:
    """What a driver said, in both languages."""
    return {"zh": in_language(text, "zh"), "en": in_language(text, "en")}


def _in_short(result: Any) -> tuple[str, str, str, str]:
    match result:
        case PeripheralError():
            return "bad", "没有成功", "Not done", result.detail
        case IdentityCard():
            who = (
                f"{mask_name(result.name or result.name_latin or '')} {mask_number(result.number)}"
            )
            return "bad" if result.problems else "good", who, who, ""
        case ScannedCode():
            code = mask_numbers_in(result.text)
            return "good", code, code, ""
        case PrintResult():
            return *PRINTED[result.outcome], result.advice
        case ShowResult():
            return *_shown(result), result.advice
        case SayResult():
            return "good" if result.ok else "bad", result.said, result.said, result.advice
    raise TypeError(f"no outcome of a use: {result!r}")


def _shown(result: ShowResult) -> tuple[str, str, str]:
    match result.ok, result.reason:
        case True, Reason.UNCONFIRMED:
            text = result.shown
            return "warn", f"已发送，这样的屏不应答：{text}", f"Sent; it gives no answers: {text}"
        case False, Reason.UNCONFIRMED:
            return "bad", f"屏没有确认：{result.shown}", f"Not confirmed: {result.shown}"
        case False, _:
            return "bad", "没有显示", "Not shown"
    return "good", f"已显示：{result.shown or '（空）'}", f"Shown: {result.shown or '(nothing)'}"


def _words(result: Any, spec: DriverSpec, language: words.Language) -> dict[str, str]:
    """What is told of a failure; nothing after a success."""
    said: dict[str, str] = {}
    reason = getattr(result, "reason", None)
    if reason and not getattr(result, "ok", False):
        said = asdict(words.of_reason(Reason(reason), spec.kind, language))
    notice = _notice(result, spec.kind)
    if notice is not None and notice is not CardNotice.READER_GONE:
        key = i18n.for_cards(f"card.{notice}", cards_read([spec.reads]))
        said["citizen"] = i18n.words(language)(key)
    return said


def _notice(result: Any, kind: Kind) -> CardNotice | None:
    if isinstance(result, IdentityCard):
        return notice_of(result)
    if isinstance(result, PeripheralError) and kind is Kind.CARD_READER:
        return notice_for(result.reason)
    return None
