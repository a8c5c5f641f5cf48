"""Plays one citizen's journey and one staff call on the real programs, and checks the hardware.

Touches go through the X server, the clerk's presses through Chromium. The number must be the same
in the printer's bytes, on the LED panel's frame, on the board page and in the store.
"""

import re
import sqlite3
import time
from pathlib import Path

from config import catalogue
from drivers.sim.escpos import EscposSimulator
from drivers.sim.escpos_printed import TextLine
from drivers.sim.escpos_stream import Interpreter
from drivers.sim.modbus_digits import ModbusSimulator
from drivers.sim.onbon_bx import OnbonSimulator
from drivers.sim.sdt_reader import SdtReaderSimulator
from drivers.sim.speaker import SpeakerSimulator
from scripts.demo.clerk import Board, Clerk, browser
from scripts.demo.evidence import Evidence
from scripts.demo.hall import SPEAKER, DemoHall
from scripts.demo.hand import Hand
from scripts.demo.pictures import wav_of
from scripts.demo.processes import DemoError, wait_until
from scripts.demo.screen import Finger

KIOSK, WINDOW, CLERK = "kiosk-1", "3", "zhang"
ITEM = catalogue.items()[0]
_STATUS = re.compile(rb"\x10[\x04\x05].", re.DOTALL)  # real-time requests are not the slip


class Journey:
    """The played journey over a running hall."""

    def __init__(self, hall: DemoHall, evidence: Evidence) -> None:
        self.hall = hall
        self.evidence = evidence
        self.screen = hall.screens[KIOSK]
        self.finger = Finger(self.screen)
        self.hand = Hand(hall.described(KIOSK), self.finger)
        reader, printer = hall.devices[f"{KIOSK}/reader"], hall.devices[f"{KIOSK}/printer"]
        panel = hall.devices[f"panel-{WINDOW}"]
        assert isinstance(reader, SdtReaderSimulator)
        assert isinstance(printer, EscposSimulator)
        assert isinstance(panel, OnbonSimulator)
        self.reader, self.printer, self.panel = reader, printer, panel

    def play(self) -> None:
        """The whole of it. Raises at the first step that fails."""
        try:
            self._to_confirm()
            number = self._take_ticket()
            with browser() as opened:
                clerk = Clerk(opened, self.hall.web)
                board = Board(opened, self.hall.web)
                self._call(clerk, board, number)
            self._check_store(number)
            self._out_of_paper()
            self._come_to_rest()
        finally:
            self.finger.close()

    def shown(self, screen: str, picture: str) -> None:
        """Wait for a kiosk screen at rest and keep its picture."""
        self.hand.wait_for(screen)
        time.sleep(0.25)  # what is described has reached the X server, on a busy machine too
        self.evidence.picture(f"kiosk-{picture}", self.screen.grab())

    def _wake(self) -> None:
        """Begin a visit. At rest only: a press at the end of the last one might just wake it."""
        self.hand.wait_for("idle", timeout_s=30)
        self.hand.press("touch")
        self.hand.wait_for("home")

    def _to_confirm(self) -> None:
        with self.evidence.step("wake the kiosk"):
            self._wake()
            self.shown("home", "1-home")
        with self.evidence.step("lay the ID card") as seen:
            self.hand.press("take_number")
            self.shown("identify", "2-identify")
            self.reader.lay("jia")
            self.shown("domains", "3-domains")
            self.reader.lift()
            seen["reader_received_bytes"] = len(self.reader.received)
        with self.evidence.step("choose a service") as seen:
            self.hand.press(f"domain:{ITEM.domain_id}")
            self.shown("items", "4-items")
            self.hand.press(f"item:{ITEM.id}")
            self.shown("confirm", "5-confirm")
            seen["item"] = ITEM.name

    def _take_ticket(self) -> str:
        with self.evidence.step("take the ticket") as seen:
            self.printer.forget_received()
            self.printer.arrivals.clear()
            self.printer.bytes_per_s = 1200  # a slip takes its time, as on real paper
            touched = self.hand.press("confirm")
            self.hand.wait_for("printing", "take_paper")
            self.evidence.picture("kiosk-6-printing", self.screen.grab())
            self.hand.wait_for("take_paper")
            done = time.monotonic()
            self.printer.bytes_per_s = None
            self.shown("take_paper", "7-take-paper")
            printed = self.printer.received
            (self.evidence.folder / "ticket.bin").write_bytes(printed)
            number = number_on_paper(printed)
            self.evidence.ticket = seen["number"] = number
            first = first_slip_byte(self.printer)
            self.evidence.timings_ms["touch_to_first_printer_byte"] = _ms(touched, first)
            self.evidence.timings_ms["touch_to_ticket_done"] = _ms(touched, done)
            return number

    def _call(self, clerk: Clerk, board: Board, number: str) -> None:
        with self.evidence.step("clerk signs in") as seen:
            clerk.sign_in(CLERK, WINDOW, self.hall.pins()[CLERK])
            clerk.picture(self.evidence.picture_path("console-1-signed-in"))
            seen["clerk"] = CLERK
        with self.evidence.step("call the number") as seen:
            self.panel.forget_received()
            self.panel.arrivals.clear()
            pressed = clerk.call(number)
            on_board = board.wait_for(number)
            clerk.shows(number)
            wait_until(lambda: self._on_panel(number), f"{number} on the panel", 5)
            at_panel = next(at for at, data in self.panel.arrivals if number.encode() in data)
            (self.evidence.folder / "led.bin").write_bytes(self.panel.received)
            self.evidence.timings_ms["call_to_led_frame"] = _ms(pressed, at_panel)
            self.evidence.timings_ms["call_to_board"] = _ms(pressed, on_board)
            seen["panel"] = [area.text for area in self.panel.state.areas]
            seen["board"] = board.numbers()
            clerk.picture(self.evidence.picture_path("console-2-called"))
            board.picture(self.evidence.picture_path("board"))

        with self.evidence.step("the call is heard, and on the digits") as seen:
            speaker, digits = self.hall.devices[SPEAKER], self.hall.devices["digits-3"]
            assert isinstance(speaker, SpeakerSimulator)
            assert isinstance(digits, ModbusSimulator)
            wait_until(lambda: digits.state.shown == number, f"{number} on the digits", 5)
            whole = lambda: any(each.ended for each in speaker.announcements)  # noqa: E731
            wait_until(whole, "the announcement's end", 20)
            heard = next(each for each in speaker.announcements if each.ended)
            (self.evidence.folder / "call.wav").write_bytes(wav_of(heard))
            if heard.cut or not heard.notes():
                raise DemoError(f"the loudspeaker got no whole announcement: {heard.told()}")
            seen.update(heard.told(), sound="call.wav", digits=digits.state.shown)

    def _on_panel(self, number: str) -> bool:
        return any(number in area.text for area in self.panel.state.areas)

    def _check_store(self, number: str) -> None:
        with self.evidence.step("same number in the store") as seen:
            rows = stored_tickets(self.hall.data_dir / "hall.sqlite3", number)
            seen["rows"] = rows
            if [state for _, state in rows] != ["called"]:
                raise DemoError(f"the store has {number} as {rows}, expected it once and called")

    def _out_of_paper(self) -> None:
        with self.evidence.step("no paper: the number is shown"):
            self.printer.paper_out = True
            self._wake()
            for target in ("no_card", f"domain:{ITEM.domain_id}", f"item:{ITEM.id}", "confirm"):
                self.hand.press(target)
            self.shown("trouble", "8-trouble")
            self.printer.load_paper()

    def _come_to_rest(self) -> None:
        with self.evidence.step("leave and come to rest"):
            self.hand.press("home")
            self.hand.wait_for("idle", timeout_s=20)
            self.shown("idle", "9-idle")


def number_on_paper(data: bytes) -> str:
    """The ticket number as the printer's bytes put it on paper: the one line in triple size."""
    interpreter = Interpreter(48)
    for byte in data:
        interpreter.feed(byte)
    items = [*interpreter.items, *interpreter.rest()]
    lines = [item for item in items if isinstance(item, TextLine) and item.text.strip()]
    big = [line.text.strip() for line in lines if all(glyph.height >= 3 for glyph in line.glyphs)]
    if len(big) != 1:
        raise DemoError(f"expected one large line on paper, found {big}")
    return big[0]


def first_slip_byte(printer: EscposSimulator) -> float:
    """When the first byte arrived that is not a status request."""
    for at, data in list(printer.arrivals):  # more may arrive meanwhile
        if _STATUS.sub(b"", data):
            return at
    raise DemoError("no byte of a slip reached the printer")


def stored_tickets(store: Path, number: str) -> list[tuple[str, str]]:
    """Number and state of every ticket of that number in the store, read beside the controller."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        query = "SELECT number, state FROM tickets WHERE number = ?"
        return list(connection.execute(query, (number,)))
    finally:
        connection.close()


def _ms(begin: float, end: float) -> float:
    return round((end - begin) * 1000, 1)
