"""What can be wrong with a card that was read well: its texts, its dates and its number."""

import re
import unicodedata
from datetime import date, datetime

from stdnum.cn import ric

from drivers.interfaces import CardProblem

UNSEEN = ("Cc", "Cf", "Zl", "Zp")  # would steer a terminal, or turn the direction of a line


def printable(text: str) -> str:
    """`text` of a card without what is no character to see; private use, for rare names, stays."""
    return "".join(
        one
        for one in text
        if unicodedata.category(one) not in UNSEEN and ord(one) & 0xFFFE != 0xFFFE
    )


def problems(
    number: str | None, valid_from: date | None, valid_to: date | None, today: date
) -> tuple[CardProblem, ...]:
    """All that is wrong on the day `today`. A card is good through its last day, `valid_to`.

    `number` is None where the rule of GB 11643 does not apply (15 characters of 2017).
    """
    found = []
    if valid_to is not None and valid_to < today:
        found.append(CardProblem.EXPIRED)
    if valid_from is not None and today < valid_from:
        found.append(CardProblem.NOT_YET_VALID)
    if number is not None and not number_holds(number, today):
        found.append(CardProblem.CHECK_DIGIT)
    return tuple(found)


def number_holds(number: str, today: date) -> bool:
    """Whether a number can be right: its check digit, and a birth date in it that has been."""
    if not check_digit_holds(number):
        return False
    try:
        return datetime.strptime(number[6:14], "%Y%m%d").date() <= today
    except ValueError:
        return False


def check_digit_holds(number: str) -> bool:
    """Whether `number` has 18 characters and the check digit of GB 11643 (ISO 7064 MOD 11-2).

    Only the digit: stdnum's `validate` also refuses genuine numbers whose region code is younger
    than the birth date, or begins with 81 to 83.
    """
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    return bool(ric.calc_check_digit(number) == number[-1])
