"""Odd printers: slow, hanging, restarting, overrun, with a presenter, without a font."""

from typing import Any

import pytest
from escpos_loop import RARE, SHORT, LoopPrinter, driver_of, is_blank, slips_on, undisturbed

from drivers.interfaces import PrintOutcome, PrintResult
from drivers.sim.escpos_printed import Eject, Raster, TextLine, Unknown
from drivers.status import Paper, State

PRINTED, UNSURE, NOT_PRINTED = PrintOutcome.PRINTED, PrintOutcome.UNSURE, PrintOutcome.NOT_PRINTED


def told(result: PrintResult) -> tuple[PrintOutcome, Paper, str | None]:
    return result.outcome, result.paper, result.reason


def texts(printer: LoopPrinter) -> list[str]:
    return [item.text for item in printer.items if isinstance(item, TextLine)]


@pytest.mark.parametrize("garbage", ["ff", "00", "fe 80 00", "5f 20", "00 00 00 00", "3f 1b 40"])
def test_garbage_when_it_is_switched_on_is_no_answer(garbage: str) -> None:
    """Before the job it is dropped; in the middle of one, the job is not sure."""
    printer = LoopPrinter()
    printer.garbage = garbage
    driver = driver_of(printer)
    printer.restart()
    printer.pass_time(1)
    assert driver.print_slip(SHORT).outcome is PRINTED
    for at in range(30, 280, 10):
        printer = LoopPrinter()
        printer.garbage, printer.reset_at_byte = garbage, at
        result = driver_of(printer).print_slip(SHORT)
        whole, _ = undisturbed(SHORT)
        assert result.outcome is UNSURE or slips_on(printer.items) == [whole]


def test_settings_are_sent_anew_after_a_restart() -> None:
    printer = LoopPrinter(chinese_at_power_on=False)
    driver = driver_of(printer)
    assert driver.print_slip(SHORT).outcome is PRINTED
    printer.restart()
    printer.pass_time(1)
    assert printer.asb == 0
    assert driver.print_slip(SHORT).outcome is PRINTED
    assert printer.asb == 0xFF
    first, second = slips_on(printer.items)
    assert first == second


def test_what_stands_in_the_printer_before_the_first_slip_is_not_on_it() -> None:
    printer = LoopPrinter()
    printer.take(b"\x1d\x21\x33\xc7\xeb noise\x1b")
    printer.work()
    assert driver_of(printer).print_slip(SHORT).outcome is PRINTED
    whole, _ = undisturbed(SHORT)
    paper = [item for item in printer.items if not isinstance(item, Unknown)]
    assert slips_on(paper) == [whole]


@pytest.mark.parametrize("keeps_half_commands", [False, True])
def test_a_printer_that_waits_for_the_rest_of_a_picture_is_brought_back(
    keeps_half_commands: bool,
) -> None:
    """Bytes were lost on the way; without `10 05 02` only NULs end the picture."""
    printer = LoopPrinter()
    printer.keeps_half_commands = keeps_half_commands
    driver = driver_of(printer, qr="raster", qr_module=4)
    assert driver.print_slip(SHORT).outcome is PRINTED
    printer.lose_in_picture = 1000
    assert driver.print_slip(SHORT).outcome is UNSURE
    assert driver.print_slip(SHORT).outcome is PRINTED
    first, *_, last = slips_on(printer.items)
    assert last == first
    assert (bytes(8192) in printer.heard) is keeps_half_commands


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 50, 300, 1000])
@pytest.mark.parametrize("known", [True, False])
def test_bytes_of_a_picture_that_were_lost_are_noticed(lost: int, known: bool) -> None:
    printer = LoopPrinter()
    driver = driver_of(printer, text="raster", qr_module=2)
    if known:
        assert driver.print_slip(SHORT).outcome is PRINTED
    printer.lose_in_picture = lost
    assert driver.print_slip(SHORT).outcome is UNSURE
    assert driver.print_slip(SHORT).outcome is PRINTED
    whole, _ = undisturbed(SHORT, text="raster", qr_module=2)
    assert slips_on(printer.items)[-1] == whole


def test_a_printer_that_hangs_for_good_is_said_to_hang() -> None:
    printer = LoopPrinter()
    driver = driver_of(printer)
    assert driver.print_slip(SHORT).outcome is PRINTED
    printer.hang_at_byte = 100
    assert driver.print_slip(SHORT).outcome is UNSURE
    count = len(printer.items)
    result = driver.print_slip(SHORT)
    assert told(result) == (NOT_PRINTED, Paper.OK, "printer_fault")
    assert "hangs" in result.advice
    assert is_blank(printer.items[count:])
    printer.restart()
    printer.pass_time(1)
    assert driver.print_slip(SHORT).outcome is PRINTED


@pytest.mark.parametrize("buffer_size", [256, 4096])
def test_a_picture_at_sixty_bytes_a_second_is_waited_for(buffer_size: int) -> None:
    """600 baud: more than a minute, but bytes move all the time."""
    printer = LoopPrinter()
    printer.bytes_per_s, printer.buffer_size = 60, buffer_size
    driver = driver_of(printer, text="raster", qr_module=2)
    printer.pass_time(1)
    result = driver.print_slip(SHORT)
    assert told(result) == (PRINTED, Paper.OK, None)
    assert printer.time > 50


def test_a_late_answer_of_a_slow_printer_does_not_confirm_the_next_slip() -> None:
    """The first slip is given up while it prints; its answer comes in the middle of the next."""
    printer = LoopPrinter()
    driver = driver_of(printer, confirm_timeout_s=1.0)
    printer.no_gs_r = False
    printer.bytes_per_s = 20
    first = driver.print_slip(SHORT)
    printer.bytes_per_s = None
    printer.out_at_byte = 400
    second = driver.print_slip(SHORT)
    whole, _ = undisturbed(SHORT)
    complete = [piece for piece in slips_on(printer.items) if piece == whole]
    assert len(complete) >= [first.outcome, second.outcome].count(PRINTED)


@pytest.mark.parametrize("late_s", [0.3, 0.9, 1.5])
def test_late_answers_are_not_taken_for_a_slow_printer(late_s: float) -> None:
    """It dies in the middle: by its first answers, to a few bytes, it would get minutes."""

    class Late(LoopPrinter):
        def send(self, answer: bytes) -> None:
            due.append((self.time + late_s, answer))

        def pass_time(self, seconds: float) -> None:
            super().pass_time(seconds)
            while due and due[0][0] <= self.time:
                self.answers += due.pop(0)[1]

    due: list[tuple[float, bytes]] = []
    printer = Late()
    driver = driver_of(printer)
    printer.hang_at_byte = 200
    assert driver.print_slip(SHORT).outcome is UNSURE
    assert printer.time < 20


def test_an_overrun_printer_is_paced_or_loses_bytes() -> None:
    printer = LoopPrinter()
    printer.overrun, printer.buffer_size, printer.bytes_per_s = True, 64, 2000
    assert driver_of(printer).print_slip(SHORT).outcome is not PRINTED
    assert printer.overflowed


def test_automatic_status_alone_is_enough_for_health() -> None:
    """A board that answers no DLE EOT, but sends ASB; the line to it is cut afterwards."""

    class AsbOnly(LoopPrinter):
        def _obey_realtime(self, last: bytes) -> None:
            """Deaf to it."""

    printer = AsbOnly()
    driver = driver_of(printer)
    printer.pass_time(0.1)
    assert driver.status().state is State.ONLINE
    printer.near_end = True
    assert driver.status().paper is Paper.LOW
    printer.cover_open = True
    printer.pass_time(0.1)
    status = driver.status()
    assert (status.state, status.cover_open) == (State.USER_ERROR, True)
    printer.load()
    assert driver.status().state is State.ONLINE
    printer.dead_at_byte = 0
    assert driver.status().state is State.OFFLINE


def test_a_cover_that_was_opened_and_closed_again_in_a_job_makes_it_unsure() -> None:
    printer = LoopPrinter()
    driver = driver_of(printer)
    taking = printer.take

    def take(data: bytes) -> None:
        taking(data)
        if b"A1" in data:
            printer.cover_open = True
            printer.work()
            printer.cover_open = False

    printer.take = take  # type: ignore[method-assign]
    assert told(driver.print_slip(SHORT)) == (UNSURE, Paper.OK, "cover_open")


def test_without_asb_nothing_is_switched_on() -> None:
    printer = LoopPrinter()
    driver = driver_of(printer, asb="off")
    assert driver.print_slip(SHORT).outcome is PRINTED
    assert b"\x1d\x61" not in printer.heard


def test_a_slip_after_a_torn_one_begins_behind_a_cut() -> None:
    printer = LoopPrinter()
    driver = driver_of(printer)
    printer.cover_at_byte = 120
    assert driver.print_slip(SHORT).outcome is UNSURE
    printer.load()
    assert driver.print_slip(SHORT).outcome is PRINTED
    torn, whole = slips_on(printer.items)
    assert not is_blank(torn)
    assert whole == undisturbed(SHORT)[0]


def test_utf_8() -> None:
    printer = LoopPrinter(charset="utf-8")
    assert driver_of(printer, charset="utf-8", after_init="1C 43 FF").print_slip(SHORT).outcome is (
        PRINTED
    )
    assert "冷水镇" in texts(printer)
    assert "冷水镇".encode() in printer.heard
    assert b"\x1b\x40\x1c\x26\x1c\x43\xff" in printer.heard


def test_a_rare_character_is_a_mark_or_its_line_a_picture() -> None:
    printer = LoopPrinter()
    result = driver_of(printer).print_slip(RARE)
    assert "〓" in texts(printer)
    assert "printed as 〓: 㐀" in result.advice
    printer = LoopPrinter()
    result = driver_of(printer, missing="raster").print_slip(RARE)
    assert result == PrintResult(PRINTED, Paper.OK)
    assert [(p.align, p.width_bytes, p.height) for p in printer.items if isinstance(p, Raster)] == [
        ("center", 3, 30)
    ]
    assert "冷水镇" in texts(printer)


def test_a_printer_without_a_chinese_font_gets_pictures_only() -> None:
    printer = LoopPrinter(font="none")
    assert driver_of(printer, text="raster").print_slip(SHORT).outcome is PRINTED
    assert texts(printer) == []
    assert sum(isinstance(item, Raster) for item in printer.items) >= 6


def test_a_printer_with_a_small_font_shows_what_it_lacks() -> None:
    """The simulator prints a mark for what a GB 2312 font does not have."""
    slip = SHORT.model_copy(update={"hall": "瀼渡镇"})
    printer = LoopPrinter(font="gb2312")
    driver_of(printer).print_slip(slip)
    assert "\ufffd渡镇" in texts(printer)
    printer = LoopPrinter(font="gb2312")
    driver_of(printer, charset="gb2312", missing="raster").print_slip(slip)
    assert not any("\ufffd" in text for text in texts(printer))


@pytest.mark.parametrize("presenter", ["citizen", "custom"])
def test_a_ticket_in_the_presenter_is_told_until_it_is_taken(presenter: Any) -> None:
    printer = LoopPrinter(presenter=presenter)
    held = {"after_cut": "1D 65 03 0C"} if presenter == "custom" else {}
    driver = driver_of(printer, presenter=presenter, **held)
    assert driver.status().detail == ""
    assert driver.print_slip(SHORT).outcome is PRINTED
    status = driver.status()
    assert (status.state, status.paper) == (State.ONLINE, Paper.OK)
    assert status.detail == "a ticket waits in the presenter"
    printer.ticket_waiting = False
    assert driver.status().detail == ""
    printer.paper_out = True
    assert driver.status().paper is Paper.OUT


def test_customs_presenter_ejects_by_itself() -> None:
    printer = LoopPrinter(presenter="custom")
    assert driver_of(printer, presenter="custom", cut="full").print_slip(SHORT).outcome is PRINTED
    assert printer.items[-1] == Eject(5)
    assert not printer.ticket_waiting


def test_paper_stuck_in_the_presenter_is_a_jam_that_a_hand_clears() -> None:
    printer = LoopPrinter(presenter="citizen")
    driver = driver_of(printer, presenter="citizen")
    printer.paper_jam = True
    status = driver.status()
    assert (status.state, status.paper) == (State.USER_ERROR, Paper.JAM)
    assert told(driver.print_slip(SHORT)) == (NOT_PRINTED, Paper.JAM, "paper_jam")
    printer.load()
    assert driver.print_slip(SHORT).outcome is PRINTED


@pytest.mark.parametrize("asb", ["auto", "off"])
def test_what_stopped_it_in_the_middle_is_told(asb: str) -> None:
    """It tells so while the next answer to GS r is waited for."""
    printer = LoopPrinter()
    driver = driver_of(printer, asb=asb, port="loop", host=None, baud=9600)
    assert driver.print_slip(SHORT).outcome is PRINTED
    printer.bytes_per_s, printer.cover_at_byte = 100, 60
    assert told(driver.print_slip(SHORT)) == (UNSURE, Paper.OK, "cover_open")
