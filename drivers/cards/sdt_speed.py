"""Which speed an SDT module listens at, found by asking only for its status.

The command that sets a module's speed is not published, so the module keeps what it has and the
driver looks: it asks SAM status at each known speed and believes nothing but a whole, documented
answer. Silence and noise mean another speed.
"""

import time

import structlog

from drivers.cards.sdt_frames import Command
from drivers.cards.sdt_line import SdtLine
from drivers.cards.sdt_status import SdtError, documented
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief
from drivers.saying import saying
from drivers.transports import SerialOptions, Transport, open_transport

SPEEDS = (115200, 57600, 38400, 19200, 9600)
LISTEN_S = 0.3  # a module answers SAM status within 0.1 s
GAP_S = 0.1
ROUNDS = 2  # the first question may meet a module that is still in the noise of wrong speeds
LIMIT_S = 4.0

log = structlog.get_logger()


def open_at_its_speed(port: str, likely: int | None) -> tuple[Transport, int]:
    """The open port and the speed at which the module answers; `likely` is tried first.

    Raises NO_DEVICE, BUSY or LOST, or SILENT when it answers at none.
    """
    speeds = sorted(SPEEDS, key=lambda baud: (baud != likely, -baud))
    end = time.monotonic() + LIMIT_S
    for baud in speeds * ROUNDS:
        transport = open_transport(SerialOptions(port=port, baud=baud))
        try:
            heard = listen(transport)
        except PeripheralError:
            transport.close()
            raise
        if heard is not None:
            log.info("sdt speed", port=port, baud=baud)
            return transport, baud
        transport.close()
        if time.monotonic() > end:
            break
    raise PeripheralError(
        Reason.SILENT,
        saying(
            "no module answers on {port} at {speeds} baud",
            port=port,
            speeds=", ".join(map(str, SPEEDS)),
        ),
        advice=saying(
            "Check the power of the reader, its cable and whether it has a serial line at all."
        ),
    )


def listen(transport: Transport) -> int | None:
    """SW3 of the answer to SAM status, None when there was no documented one.

    Raises LOST.
    """
    try:
        answer = SdtLine(transport, GAP_S).exchange(Command.SAM_STATUS, LISTEN_S, lambda: False)
    except SdtError:
        return None
    return answer.status if documented(answer.status) else None


def probe(transport: Transport) -> Belief | None:
    """See `DriverSpec.probe`."""
    before = transport.sensitive
    try:
        status = listen(transport)
    finally:
        transport.sensitive = before
    if status is None:
        return None
    return Belief(
        saying(
            "answered SAM status (11 FF) with {status:02X}, as only an SDT module does",
            status=status,
        )
    )
