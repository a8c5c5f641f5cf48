"""Onbon (仰邦) BX-5K and BX-6K LED cards: text in a dynamic area, over TCP or a serial line.

    [[nodes.peripherals]]
    id = "panel-3"
    driver = "onbon_bx"
    options = { host = "192.168.100.1", tcp_port = 5005, generation = "6k", area = "0,0,64,16" }
    # or { port = "/dev/ttyUSB0", baud = 57600, generation = "5k" }
    # or { port = "/dev/ttyUSB0", screen = 2, generation = "5k" }: one of several on RS-485

Manuals: onbonlab/BX-K protocol appendix and onbonlab/bx.k.java; framing in `onbon_bx_frame.py`,
what is shown in `onbon_bx_text.py`, options in `onbon_bx_options.py`. The graphic cards BX-5E and
BX-6E speak another, unpublished format.

Several panels on one RS-485 line have the same `port` and a `screen` number each. An answer counts
only when it comes from that screen, over TCP too, and goes to us (host 8000). Screen 65534 means
whoever hears it: with more than one panel on the line the answers collide, so give `reply = false`
with it.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from drivers.displays.answered import UnansweredError, offline, unconfirmed
from drivers.displays.mute import NO_ANSWERS
from drivers.displays.onbon_bx_frame import HOST, Address, Answer, AnswerStream, request
from drivers.displays.onbon_bx_options import ANY_TYPE, ANYBODY, OnbonOptions
from drivers.displays.onbon_bx_text import (
    brightness_payload,
    clear_payload,
    clock_payload,
    presentable,
    text_payload,
)
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief, DeviceStatus, DriverSpec, Kind, ShowResult
from drivers.saying import saying, together
from drivers.status import State
from drivers.transports import Transport
from drivers.transports.shared import Line

log = structlog.get_logger()

HALL_TIME = ZoneInfo("Asia/Shanghai")
PING = (0xA2, 0x00)
SET_CLOCK = (0xA2, 0x03)
POWER = (0xA3, 0x00)
BRIGHTNESS = (0xA3, 0x02)
DYNAMIC_AREA = (0xA3, 0x06)
CARD_BUSY, CHECKSUM_ERROR = 3, 5
PASSING = (CARD_BUSY, CHECKSUM_ERROR)  # the same frame may be taken a moment later
GAP_S = 0.005  # silence between frames; cards turn the line around within this
SLICE_S = 0.1
UNCONFIRMED = saying("Sent, but the panel did not confirm it: look whether it shows the text.")
NOT_SENT = saying(
    "It did not answer to the options power, brightness or set_clock, so the text was not sent: "
    "check its power and wires, or leave them out."
)
SPEEDS = (57600, 9600)


class OnbonPanel:
    """A `Display`. The connection stays open; one that broke is opened anew once a call."""

    def __init__(self, options: OnbonOptions) -> None:
        self._options = options
        self._address = Address(options.screen, options.device_type)
        self._line: Line | None = options.line()
        self._prepared = False

    def status(self) -> DeviceStatus:
        """See `Device.status`. Answered to a ping, so it is there."""
        if not self._options.reply:
            self._exchange(None)
            return DeviceStatus(State.ONLINE, detail=NO_ANSWERS)
        try:
            answer = self._exchange(self._request(PING))
        except PeripheralError as error:
            return offline(error)
        return DeviceStatus(State.ONLINE, detail=answer.word if answer and answer.refused else "")

    def show(self, text: str) -> ShowResult:
        """See `Display.show`. What the card refused is not shown: `shown` is empty then."""
        found = presentable(text, self._options.charset)
        shown, area = found.text, self._options.rectangle()
        payload = text_payload(shown, area) if shown else clear_payload(area.id)
        try:
            self._prepare()
        except UnansweredError as error:
            return ShowResult(False, "", error.reason.value, NOT_SENT)
        except PeripheralError as error:
            return unconfirmed(error, "", "")
        try:
            answer = self._persist(self._request(DYNAMIC_AREA, payload))
        except PeripheralError as error:
            return unconfirmed(error, shown, UNCONFIRMED)
        if answer is None:
            advice = together(saying("Sent; replies are off."), found.advice)
            return ShowResult(True, shown, Reason.UNCONFIRMED.value, advice)
        if answer.refused or answer.error:
            refused = saying(
                "The panel refused: {word} (code {code}).", word=answer.word, code=answer.error
            )
            advice = together(refused, answer.what_to_do)
            busy = answer.error == CARD_BUSY
            reason = Reason.BUSY if busy else Reason.REJECTED
            return ShowResult(False, "", reason.value, advice)
        return ShowResult(True, shown, advice=found.advice)

    def close(self) -> None:
        """See `Device.close`."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _prepare(self) -> None:
        """Send once what the options ask to be set; what the card refuses is only logged."""
        if self._prepared:
            return
        for command, payload in self._settings():
            answer = self._persist(self._request(command, payload))
            if answer is not None and answer.refused:
                log.warning("panel.setting_refused", command=command[1], word=answer.word)
        self._prepared = True

    def _settings(self) -> Iterator[tuple[tuple[int, int], bytes]]:
        if self._options.power is not None:
            yield POWER, b"\x01" if self._options.power == "on" else b"\x02"
        if self._options.brightness is not None:
            yield BRIGHTNESS, brightness_payload(self._options.brightness)
        if self._options.set_clock:
            yield SET_CLOCK, clock_payload(datetime.now(HALL_TIME))

    def _request(self, command: tuple[int, int], payload: bytes = b"") -> bytes:
        return request(self._address, *command, payload, reply=self._options.reply)

    def _persist(self, frame: bytes) -> Answer | None:
        """Exchange, again with growing pauses while the card is busy or heard it damaged."""
        end = time.monotonic() + self._options.busy_timeout_s
        pause_s = 0.05
        while True:
            answer = self._exchange(frame)
            passing = answer is not None and answer.error in PASSING
            if not passing or time.monotonic() + pause_s > end:
                return answer
            time.sleep(pause_s)
            pause_s *= 2

    def _exchange(self, frame: bytes | None) -> Answer | None:
        """Send, and wait for the answer (None where replies are off). A lost line is tried again.

        Sending twice is harmless: the second replaces the first. Without a frame: whether the
        line is still there.
        """
        try:
            return self._exchange_once(frame)
        except PeripheralError as error:
            self._settle(error)
            if error.reason is not Reason.LOST:
                raise
            log.info("panel connection lost, opening it anew", detail=error.detail)
            sent = error.sent
        try:
            return self._exchange_once(frame)
        except PeripheralError as error:
            error.sent = error.sent or sent
            self._settle(error)
            raise

    def _settle(self, error: PeripheralError) -> None:
        """A fresh connection next time: the best a card that got stuck in a frame can be given.

        A serial line that is only silent stays: closing it would disturb others on it.
        """
        if error.reason is Reason.LOST or self._options.host is not None:
            self.close()

    def _exchange_once(self, frame: bytes | None) -> Answer | None:
        if self._line is None:
            self._line = self._options.line()
            self._prepared = False
        with self._line.turn(GAP_S) as wire:
            if frame is None:
                return None
            wire.write(frame, self._options.write_timeout_s)
            if not self._options.reply:
                return None
            end = max(wire.sent_by, time.monotonic()) + self._options.reply_timeout_s
            return wait_for_answer(wire, end, self._sender())

    def _sender(self) -> int | None:
        """From which screen an answer must come; None from any."""
        return None if self._options.screen >= ANYBODY else self._options.screen


def wait_for_answer(transport: Transport, end: float, screen: int | None = None) -> Answer:
    """The next answer to us (of that screen). Raises SILENT or GARBLED at `end` (monotonic)."""
    stream = AnswerStream()
    damaged = False
    while (left := end - time.monotonic()) > 0:
        for answer in stream.feed(transport.read(512, min(left, SLICE_S))):
            if answer is None:
                damaged = True
            elif answer.host == HOST and screen in (None, answer.screen):
                return answer
    if damaged:
        raise UnansweredError(Reason.GARBLED, saying("the panel's answer was damaged"))
    raise UnansweredError(Reason.SILENT, saying("the panel did not answer"))


def probe(transport: Transport) -> Belief | None:
    """Ping whoever hears it. On a line with several cards the answers may collide: no belief."""
    transport.write(request(Address(ANYBODY, ANY_TYPE), *PING), 1.0)
    with suppress(PeripheralError):
        answer = wait_for_answer(transport, time.monotonic() + 1.0)
        found = {"screen": answer.screen}
        return Belief(f"screen {answer.screen} answered an Onbon ping", options=found)
    return None


SPEC: DriverSpec = DriverSpec(
    name="onbon_bx",
    kind=Kind.DISPLAY,
    title="Onbon BX-5K / BX-6K LED panel",
    options=OnbonOptions,
    open=OnbonPanel,
    probe=probe,
    speeds=SPEEDS,
)
