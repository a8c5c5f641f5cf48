"""What tests of recordings share: recording a simulator here, looking for a person in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers import registry
from drivers.capture.format import Capture, header_of, read_capture, write_capture
from drivers.capture.masking import masked
from drivers.capture.session import Session


def record(driver: str, options: dict[str, Any], act: Callable[[Any], Any], file: Path) -> Capture:
    """Open, `act` once, close; masked and written to `file` as the command does."""
    spec, checked = registry.spec_of(driver), registry.check(driver, options)
    results: list[Any] = []

    def once(device: Any, cancelled: Callable[[], bool]) -> str:
        results.append(act(device))
        return "done"

    session = Session(spec, checked, once, once=True)
    session.start()
    assert session.wait(60)
    chunks = masked(spec, session.collector.chunks())
    write_capture(file, Capture(header_of(driver, checked, masked=spec.mask is not None), chunks))
    return read_capture(file)


def assert_nothing_of(secret: str, file: Path) -> None:
    """No ideograph of `secret` and no six characters in a row, in any encoding, bare or in hex."""
    window = min(6, len(secret))
    parts = {secret[at : at + window] for at in range(len(secret) - window + 1)}
    parts |= {c for c in secret if not c.isascii()}
    bare = file.read_bytes()
    wire = b"".join(chunk.data for chunk in read_capture(file).chunks)
    assert len(wire) > 10
    for part in parts:
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
            code = part.encode(encoding)
            assert code not in bare, f"a part of it stands in the file in {encoding}"
            assert code not in wire, f"a part of it went over the recorded wire in {encoding}"
