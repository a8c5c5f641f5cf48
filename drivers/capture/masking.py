"""What may be recorded at all, and that a driver's mask keeps its promise."""

from collections.abc import Sequence

import structlog

from drivers.capture.format import wrong
from drivers.errors import PeripheralError
from drivers.interfaces import Chunk, DriverSpec, Kind
from drivers.saying import saying

PERSONAL = frozenset({Kind.CARD_READER, Kind.SCANNER, Kind.DOCUMENT_PRINTER})

log = structlog.get_logger()


def check_allowed(spec: DriverSpec, raw: bool) -> None:
    """Raise BAD_OPTION unless recordings of this driver are masked, or need not or shall not be."""
    if spec.mask is not None and raw:
        raise wrong(
            saying("{driver} masks its recordings: --raw is for drivers that cannot",
                   driver=spec.name)
        )  # fmt: skip
    if spec.mask is None and spec.kind in PERSONAL and not raw:
        raise wrong(
            saying(
                "{driver} carries personal data and cannot mask it: with test cards and test "
                "documents alone, --raw records it as it is",
                driver=spec.name,
            )
        )


def masked(spec: DriverSpec, chunks: Sequence[Chunk]) -> list[Chunk]:
    """`chunks` as they may be kept. Raises BAD_OPTION when the mask fails: nothing may be kept."""
    if spec.mask is None:
        return list(chunks)
    try:
        kept = spec.mask(chunks)
    except Exception as e:  # noqa: BLE001 - others' code, and its values must not be shown
        log.error("mask failed", driver=spec.name, error=type(e).__name__)
        raise _broken(spec) from None
    if [_form(chunk) for chunk in kept] != [_form(chunk) for chunk in chunks]:
        log.error("mask changed the form of a recording", driver=spec.name)
        raise _broken(spec)
    return kept


def _form(chunk: Chunk) -> tuple[int, str, int]:
    return chunk.at_ms, chunk.direction.value, len(chunk.data)


def _broken(spec: DriverSpec) -> PeripheralError:
    return wrong(
        saying("the mask of {driver} failed, so nothing was written; please report it",
               driver=spec.name)
    )  # fmt: skip
