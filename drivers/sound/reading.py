"""How a call is read aloud, in Chinese and in English.

Ticket numbers are read character by character as printed: A001 is “A 零 零 一”, never a quantity.
1 in them is 一 (yī) unless 幺 (yāo) is asked for: both are heard in halls; 一 is what recorded
clips hold and what speech programs say of 1, 幺 is the way of telephone and room numbers. A window
is a quantity: 3号窗口 is 三号窗口 and 12 is 十二, up to three digits; longer ones are rooms and
read digit by digit.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from drivers.interfaces import Announcement

Language = Literal["zh", "en"]
One = Literal["yi", "yao"]

DIGITS = "零一二三四五六七八九"
# fmt: off
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ENGLISH_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
ENGLISH_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
LONGEST = 40  # characters of a number or a window that are read
PLACES = {"窗口": "window", "窗": "window", "柜台": "counter", "室": "room"}
_PLACE = re.compile(r"([A-Z]{0,2})(?:区|-)?(\d{1,4})(?:号|$)?(窗口|窗|柜台|室|$)")
_PLACE_EN = re.compile(r"(window|counter|room) ?(?:no\.? ?)?([A-Z]{0,2}\d{1,4})", re.I)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in one language, as it is spoken."""

    language: Language
    text: str


def sentence(call: Announcement, language: Language, one: One = "yi") -> Sentence:
    """The call in that language."""
    return Sentence("en", english(call)) if language == "en" else Sentence("zh", chinese(call, one))


def chinese(call: Announcement, one: One = "yi") -> str:
    """请A零零一号，到三号窗口。"""
    return f"请{_digits(_ticket(call), one)}号，到{_window(_plain(call.window), one)}。"


def english(call: Announcement) -> str:
    """Ticket A zero zero one, window three. What has a Chinese name is left to the screen."""
    number, place = _english_digits(_ticket(call)), _english_window(_plain(call.window))
    return f"Ticket {number or 'on the screen'}, {place or 'please look at the screen'}."


def numeral(value: int) -> str:
    """0 to 999 as a Chinese quantity: 12 十二, 20 二十, 105 一百零五, 110 一百一十."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else DIGITS[tens] + "十"
    elif hundreds and ones:
        text += "零"
    return text + (DIGITS[ones] if ones or not value else "")


def english_numeral(value: int) -> str:
    """0 to 999: three, twelve, twenty-one, one hundred and five."""
    hundreds, rest = divmod(value, 100)
    if hundreds:
        head = f"{ENGLISH[hundreds]} hundred"
        return f"{head} and {english_numeral(rest)}" if rest else head
    if rest < 20:
        return (*ENGLISH, *ENGLISH_TEENS)[rest]
    tens, ones = divmod(rest, 10)
    return ENGLISH_TENS[tens - 2] + (f"-{ENGLISH[ones]}" if ones else "")


def has_number(call: Announcement) -> bool:
    """Whether anything of its number can be said."""
    return any(c.isalnum() for c in _ticket(call))


def _ticket(call: Announcement) -> str:
    """The number alone, also where it was printed as 请A001号."""
    return _plain(call.number).removeprefix("请").removesuffix("号").strip()


def _plain(text: str) -> str:
    """Letters, digits and Chinese characters; full-width ones as usual, all else as spaces.

    What is a command to a speech program ([[…]], <…>) cannot pass.
    """
    usual = unicodedata.normalize("NFKC", text)
    kept = (c if (c.isascii() and c.isalnum()) or _is_han(c) or c == "-" else " " for c in usual)
    return " ".join("".join(kept).split())[:LONGEST]


def _is_han(c: str) -> bool:
    return "\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf" or c == "〇"


def _digits(text: str, one: One) -> str:
    """Digits one by one, Latin letters as single capitals apart from each other."""
    spoken = []
    for c in text.replace("-", " "):
        if c.isdigit():
            spoken.append("幺" if c == "1" and one == "yao" else DIGITS[int(c)])
        else:
            spoken.append(c.upper())
    return re.sub(r"(?<=[A-Z])(?=[A-Z])", " ", "".join(spoken))


def _window(name: str, one: One) -> str:
    if found := _PLACE_EN.fullmatch(name):
        place = {"window": "窗口", "counter": "柜台", "room": "室"}[found[1].lower()]
        name = f"{found[2]}号{place}" if place != "室" else f"{found[2]}室"
    if re.fullmatch(r"[A-Za-z]{0,2}\d{1,4}", name):
        name += "号窗口"
    whole = re.sub(r"(?<!\d)[1-9]\d{0,2}(?!\d)|(?<!\d)0(?!\d)", lambda n: numeral(int(n[0])), name)
    return _digits(whole, one) or "窗口"


def _english_digits(text: str) -> str:
    return " ".join(
        ENGLISH[int(c)] if c.isdigit() else c.upper() for c in text if c.isascii() and c.isalnum()
    )


def _english_window(name: str) -> str:
    if found := _PLACE_EN.fullmatch(name):
        return f"{found[1].lower()} {_english_place(found[2].upper())}"
    found = _PLACE.fullmatch(name.upper())
    if found is None:
        return ""
    return f"{PLACES.get(found[3], 'window')} {_english_place(found[1] + found[2])}"


def _english_place(name: str) -> str:
    letters, digits = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
    whole = len(digits) < 4 and not (digits.startswith("0") and len(digits) > 1)
    spoken = english_numeral(int(digits)) if whole else _english_digits(digits)
    return " ".join((*letters, spoken))
