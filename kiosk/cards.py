"""From a card that was read, or could not be, to what the flow needs to know of it."""

import json
from collections.abc import Iterable

from drivers.errors import Reason
from drivers.interfaces import CardKind, CardProblem, IdentityCard
from drivers.masking import mask_name
from kiosk.flow.visit import CardNotice, Cards, Person

_NOTICE_OF_PROBLEM = {
    CardProblem.EXPIRED: CardNotice.EXPIRED,
    CardProblem.NOT_YET_VALID: CardNotice.NOT_YET_VALID,
    CardProblem.CHECK_DIGIT: CardNotice.CHECK_DIGIT,
}
_NOTICE_OF_REASON = {
    Reason.NO_CARD: None,
    Reason.CANCELLED: None,
    Reason.CARD_REMOVED: CardNotice.LIFTED,
    Reason.UNSUPPORTED_CARD: CardNotice.UNSUPPORTED,
    Reason.CARD_REFUSED: CardNotice.UNREADABLE,
    Reason.GARBLED: CardNotice.UNREADABLE,
}


def person_of(card: IdentityCard) -> Person:
    """The part of a card that a visit keeps: what to show, and the record that is sealed.

    A foreigner whose card bears no Chinese name goes by the Latin one.
    """
    name = card.name or card.name_latin or ""
    record = {
        "name": name,
        "number": card.number,
        "kind": card.kind.value,
        "sex": card.sex.value,
        "birth": card.birth.isoformat() if card.birth else None,
        "address": card.newest_address or card.address,
    }
    if card.name_latin:
        record["name_latin"] = card.name_latin
    return Person(masked(name), json.dumps(record, ensure_ascii=False).encode())


def cards_read(readers: Iterable[tuple[CardKind, ...]]) -> Cards:
    """What to ask for, by the kinds of card that each reader takes (`DriverSpec.reads`)."""
    kinds = {kind for reads in readers for kind in reads or (CardKind.CITIZEN,)}
    if CardKind.SOCIAL_SECURITY not in kinds:
        return Cards.IDENTITY
    return Cards.BOTH if len(kinds) > 1 else Cards.SOCIAL_SECURITY


def masked(name: str) -> str:
    """The name as it is shown, no longer than four characters: 测试甲 → 测**, TEST → T***."""
    return mask_name(name)[:4]


def notice_of(card: IdentityCard) -> CardNotice | None:
    """What speaks against going on with this card, or None."""
    return next((_NOTICE_OF_PROBLEM[problem] for problem in card.problems), None)


def notice_for(reason: Reason) -> CardNotice | None:
    """What to tell the citizen when a read failed; everything unknown is the reader's fault."""
    return _NOTICE_OF_REASON.get(reason, CardNotice.READER_GONE)
