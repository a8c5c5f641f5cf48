"""What can be wrong with a card that was read well: its dates and its check digit."""

import re
from datetime import date

from stdnum.cn import ric

from drivers.interfaces import CardProblem


def problems(
    number: str, valid_from: date | None, valid_to: date | None, today: date
) -> tuple[CardProblem, ...]:
    """All that is wrong on the day `today`. A card is good through its last day, `valid_to`."""
    found = []
    if valid_to is not None and valid_to < today:
        found.append(CardProblem.EXPIRED)
    if valid_from is not None and today < valid_from:
        found.append(CardProblem.NOT_YET_VALID)
    if not check_digit_holds(number):
        found.append(CardProblem.CHECK_DIGIT)
    return tuple(found)


def check_digit_holds(number: str) -> bool:
    """Whether `number` has 18 characters and the check digit of GB 11643 (ISO 7064 MOD 11-2).

    Only the digit: stdnum's `validate` also refuses genuine numbers whose region code is younger
    than the birth date, or begins with 81 to 83.
    """
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    return bool(ric.calc_check_digit(number) == number[-1])
