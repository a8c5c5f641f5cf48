"""A recording played back as a simulator: a field problem becomes a test.

def test_a_card_that_was_lifted_too_early() -> None:
    with replaying("lifted.jsonl") as reader:
        device = reader.open()
        with pytest.raises(PeripheralError, match="card is gone"):
            device.read(5, lambda: False)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers import registry
from drivers.capture.format import Header, read_capture, wrong
from drivers.errors import PeripheralError
from drivers.saying import saying, told_by

if TYPE_CHECKING:
    from drivers.sim.replay import ReplaySimulator

PLACES = (
    "port", "baud", "host", "tcp_port", "file", "usb", "device", "connect_timeout_s",
    "reader", "socket",
)  # fmt: skip


class Replaying:
    """A running replay. `options` point its driver at it, with all other options as recorded."""

    def __init__(self, header: Header, simulator: "ReplaySimulator") -> None:
        self.driver = header.driver
        self.simulator = simulator
        kept = {key: value for key, value in header.options.items() if key not in PLACES}
        place = simulator.options
        if header.options.get("file") and "port" in place:  # a device file that is only written to
            place = {"file": place["port"]}
        self.options: dict[str, Any] = {**kept, **place}

    def check(self) -> None:
        """Raise BAD_OPTION unless the recorded options suit a driver that is installed."""
        registry.check(self.driver, self.options)

    @property
    def mismatches(self) -> list[str]:
        """Where the driver said something else than in the recording."""
        return [mismatch.told() for mismatch in self.simulator.mismatches]

    def open(self) -> Any:
        """The real driver on this replay; it is the caller's to close."""
        spec = registry.spec_of(self.driver)
        return spec.open(registry.check(self.driver, self.options))


@contextmanager
def replaying(file: str | Path, *, speed: float = 1.0, **place: Any) -> Iterator[Replaying]:
    """Play the recording in `file`, `speed` times as fast, until the block ends.

    `place` is `link` (path of the PTY or FIFO) or `tcp_port`. Raises BAD_OPTION for a file that is
    no recording, or one with options that its driver does not take, or of a peripheral without a
    wire of its own (CUPS), or where a chip card cannot be played.
    """
    capture = read_capture(Path(file))
    script = [(c.at_ms, c.direction.value, c.data) for c in capture.chunks]
    if not script:
        raise wrong(saying("{file}: there is nothing in this recording", file=file))
    from drivers.sim.replay import ReplaySimulator

    try:
        wire = wire_of(capture.header.options)
        simulator = ReplaySimulator(script, wire, speed=speed, **place)
        simulator.start()
    except (OSError, TypeError, ValueError) as e:
        raise wrong(saying("cannot play {file}: {why}", file=file, why=told_by(e))) from e
    try:
        player = Replaying(capture.header, simulator)
        try:
            player.check()
        except PeripheralError as e:
            raise wrong(
                saying("{file}: line 1: {problem}; mend it there", file=file, problem=e.detail)
            ) from e
        yield player
    finally:
        simulator.stop()


def wire_of(options: dict[str, Any]) -> str:
    """What the recorded peripheral hung on: tcp, fifo, pty or card. Raises BAD_OPTION else."""
    if options.get("host"):
        return "tcp"
    if options.get("device"):
        return "fifo"
    if any(options.get(key) for key in ("port", "file", "usb")):
        return "pty"
    if {"reader", "socket"} <= options.keys():  # with both unset it is the first of the system
        return "card"
    raise wrong(
        saying(
            "this peripheral was not recorded on a wire that can be played "
            "(serial, USB, TCP, PC/SC)"
        )
    )
