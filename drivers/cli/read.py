"""`hall-devices read`: one identity card, or one code before a scanner."""

import time
from typing import Annotated, Any

import typer

from drivers.cli.arguments import AsJson, Driver, Options, Seconds
from drivers.cli.run import Exit, answer, driver_of, fail, plain, use
from drivers.errors import PeripheralError
from drivers.interfaces import IdentityCard, Kind, ScannedCode
from drivers.masking import mask_address, mask_name, mask_number, mask_numbers_in

READ_GRACE_S = 5.0  # a card laid at the last moment is still read to its end
CARD_KEYS = (
    "kind", "name", "name_latin", "sex", "nation", "birth", "address", "number",
    "issuer", "valid_from", "valid_to", "open_ended", "problems",
)  # fmt: skip
MASKED_NUMBERS = ("number", "card_number", "permit_number", "earlier_number")


def read(
    driver: Driver,
    option: Options = [],  # noqa: B006 - typer wants a list
    timeout: Seconds = 30.0,
    as_json: AsJson = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data in full.")] = False,
) -> None:
    """Read one identity card or one code; personal data is masked unless --reveal is given.

    Example: hall-devices read sdt_reader --option port=/dev/ttyUSB0 --timeout 10
    """
    end = time.monotonic() + timeout
    try:
        spec, options = driver_of(driver, (Kind.CARD_READER, Kind.SCANNER), option)
        found = use(
            spec,
            options,
            lambda device: device.read(max(0.1, end - time.monotonic()), lambda: False),
            timeout + READ_GRACE_S,
        )
    except PeripheralError as e:
        fail(as_json, e)
    answer(as_json, told_of(found, reveal), Exit.DONE)


def told_of(found: IdentityCard | ScannedCode, reveal: bool) -> dict[str, Any]:
    """What is shown of it, `ok` first. What a kind of card never has is left out of its answer."""
    if isinstance(found, ScannedCode):
        text = found.text if reveal else mask_numbers_in(found.text)
        return {"ok": True, "kind": "code", **plain(found), "text": text}
    shown = plain(found)
    if not reveal:
        latin = found.name_latin
        shown |= {
            "name": mask_name(found.name),
            "name_latin": None if latin is None else mask_name(latin),
            "address": mask_address(found.address),
            "newest_address": mask_address(found.newest_address),
        }
        shown |= {key: mask_number(shown[key]) for key in MASKED_NUMBERS if shown[key]}
    del shown["photo"], shown["fingerprints"]
    usual = {key: shown.pop(key) for key in CARD_KEYS}
    return {"ok": True, **usual, **{key: value for key, value in shown.items() if value}}
