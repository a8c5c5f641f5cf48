"""The portrait on a resident ID card: where a decoder can be plugged in.

A card's photo is 1,024 bytes of WLT, a patented format whose decoders are closed, licensed
libraries, so none is shipped. A package that has one offers it as a function `bytes -> bytes` (WLT
to PNG or PPM, 102 x 126 points) that raises ValueError for bytes that are no photo:

    [project.entry-points."yukuai_hall.photo_decoders"]
    wlt = "their_package:decode"
"""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import cast

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

GROUP = "yukuai_hall.photo_decoders"
PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"P6": "ppm"}
NO_DECODER = saying(
    "The photo stays encoded: WLT is proprietary and no decoder is installed "
    "(entry point group {group}).",
    group=GROUP,
)

PhotoDecoder = Callable[[bytes], bytes]


def decoder() -> PhotoDecoder | None:
    """The installed decoder, the first by name; None by default."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return cast(PhotoDecoder, points[0].load()) if points else None


def picture_of(photo: bytes) -> bytes:
    """The photo as a PNG or PPM file.

    Raises REJECTED with the sentence `NO_DECODER`, or GARBLED when the decoder makes no picture.
    """
    decode = decoder()
    if decode is None:
        raise PeripheralError(Reason.REJECTED, NO_DECODER, advice=NO_DECODER)
    try:
        picture = decode(photo)
    except ValueError as e:
        detail = saying("the photo cannot be decoded: {why}", why=str(e))
        raise PeripheralError(Reason.GARBLED, detail) from e
    if not picture.startswith(tuple(PICTURES)):
        detail = saying("the photo decoder made neither PNG nor PPM")
        raise PeripheralError(Reason.GARBLED, detail)
    return picture
