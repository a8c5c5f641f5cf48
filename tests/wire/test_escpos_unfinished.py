"""A slip that never ended is known to the next process: it cuts before it prints.

The oracle is the simulated paper: a whole slip is one piece of it, with nothing of another.
"""

import json
import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from escpos_loop import (
    SHORT,
    VARIANTS,
    LoopPrinter,
    LoopTransport,
    is_blank,
    slip_of,
    slips_on,
    undisturbed,
)
from test_cli_print_show import where
from test_cli_read import COMMAND

import drivers.sim
from drivers.interfaces import PrintOutcome
from drivers.printers.escpos import EscposOptions
from drivers.printers.escpos_printer import EscposPrinter
from drivers.sim.escpos import EscposSimulator
from drivers.sim.escpos_printed import CutMark
from drivers.sim.ports import PtyPort
from drivers.transports import FileOptions, SerialOptions, TcpOptions, UsbOptions, claims
from drivers.transports.unfinished import Unfinished, unfinished_at

LIMIT_S = 60
ASB_ON = bytes.fromhex("1D 61 FF")
PICTURE = bytes.fromhex("1D 76 30 00 06 00 2E 00")  # the head of the QR code's
KEY = f"test-{os.getpid()}"
FILE = claims.run_folder() / f"yukuai-hall-{KEY}.unfinished"


@pytest.fixture(params=["tcp", "pty"])
def sim(request: pytest.FixtureRequest) -> Iterator[EscposSimulator]:
    simulator = drivers.sim.start("escpos", pty=request.param == "pty")
    assert isinstance(simulator, EscposSimulator)
    yield simulator
    simulator.stop()


@pytest.fixture
def sign() -> Iterator[Unfinished]:
    yield Unfinished(KEY)
    FILE.unlink(missing_ok=True)


@pytest.fixture
def slip(tmp_path: Path) -> Path:
    file = tmp_path / "slip.json"
    file.write_text(SHORT.model_dump_json(), "utf-8")
    return file


def begin(sim: EscposSimulator, slip: Path, *more: str) -> "subprocess.Popen[str]":
    words = [COMMAND, "print", "escpos", *where(sim.options), *more, "--slip", str(slip), "--json"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def printed(sim: EscposSimulator, slip: Path, *more: str) -> str:
    """The outcome of a process of its own that prints."""
    out, _ = begin(sim, slip, *more).communicate(timeout=LIMIT_S)
    return str(json.loads(out)["outcome"])


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_killed_in_the_middle_of_a_slip(sim: EscposSimulator, slip: Path) -> None:
    """All pictures, so that most of it is still in the process when it is killed."""
    drawn = ("--option", "text=raster", "--option", "qr_module=2")
    assert printed(sim, slip, *drawn) == "printed"
    whole = sim.printed
    sim.bytes_per_s, sim.buffer_size = 1500, 256
    process = begin(sim, slip, *drawn)
    until(lambda: len(sim.printed) >= len(whole) + 2)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=LIMIT_S)
    sim.bytes_per_s = None
    assert printed(sim, slip, *drawn) == "printed"
    first, torn, mended = slips_on(sim.printed)
    assert first == mended == whole
    assert not is_blank(torn)
    assert len(torn) < len(whole)
    assert printed(sim, slip, *drawn) == "printed"
    assert slips_on(sim.printed) == [whole, torn, whole, whole]


def test_unsure_in_one_process_is_cut_off_by_the_next(sim: EscposSimulator, slip: Path) -> None:
    sim.cover_at_byte = 120
    assert printed(sim, slip) == "unsure"
    assert printed(sim, slip) == "not_printed"  # the cover is open still: it stays as it is
    sim.load_paper()
    assert printed(sim, slip) == "printed"
    torn, whole = slips_on(sim.printed)
    assert whole == undisturbed(SHORT)[0]
    assert not is_blank(torn)


def test_another_port_is_not_cut(sim: EscposSimulator, slip: Path) -> None:
    other = drivers.sim.start("escpos")
    assert isinstance(other, EscposSimulator)
    other.cover_at_byte = 120
    assert printed(other, slip) == "unsure"
    assert [printed(sim, slip), printed(sim, slip)] == ["printed", "printed"]
    assert slips_on(sim.printed) == 2 * [undisturbed(SHORT)[0]]
    other.stop()


def test_a_printer_without_status_that_took_all_of_it_is_not_cut_before_the_next(
    sim: EscposSimulator, slip: Path
) -> None:
    for _ in range(2):
        assert printed(sim, slip, "--option", "status=false") == "unsure"
    until(lambda: sum(isinstance(item, CutMark) for item in sim.printed) == 2)
    assert slips_on(sim.printed) == 2 * [undisturbed(SHORT)[0]]


class KilledError(BaseException):
    """The process is gone, in the middle of a write."""


class KilledAt(LoopTransport):
    """The process that writes is killed after so many bytes."""

    def __init__(self, printer: LoopPrinter, at: int) -> None:
        super().__init__(printer)
        self._at = at

    def write(self, data: bytes, deadline_s: float) -> None:
        left = self._at - self.written
        super().write(data[: max(0, left)], deadline_s)
        if len(data) > left:
            raise KilledError


def process_at(
    printer: LoopPrinter, at: int = 1 << 30, key: str | None = KEY, **options: Any
) -> EscposPrinter:
    """The driver as in a process of its own."""

    def connect() -> LoopTransport:
        printer.connect()
        return KilledAt(printer, at)

    told = EscposOptions.model_validate({"host": "loop", **options})
    return EscposPrinter(
        told.look(), told.manner(), connect, lambda: Unfinished(key), lambda: printer.time
    )


@pytest.mark.parametrize("variant", ["native", "qr-raster"])
@pytest.mark.parametrize("keeps_half_commands", [False, True])
def test_killed_at_every_byte(sign: Unfinished, variant: str, keeps_half_commands: bool) -> None:
    options = VARIANTS[variant]
    slip = slip_of(options)
    whole, size = undisturbed(slip, **options)
    apart = 0
    for at in range(len(ASB_ON), size + 1):
        printer = LoopPrinter()
        printer.keeps_half_commands = keeps_half_commands
        try:
            process_at(printer, at, **options).print_slip(slip)
        except KilledError:
            assert at < size
        half = bytes(printer.heard)
        result = process_at(printer, **options).print_slip(slip)
        *old, last = slips_on(printer.items)
        if keeps_half_commands and any(half.endswith(PICTURE[:n]) for n in range(2, 8)):
            # Questions are taken for its size: it may wait for megabytes, until it is switched off.
            assert result.outcome is not PrintOutcome.PRINTED or last == whole
            sign.end()
            continue
        assert result.outcome is PrintOutcome.PRINTED, f"{at}: {result}"
        assert last == whole, f"{at}: something of an old slip on a new one"
        assert sign.left() is None
        apart += len(old)
    assert apart > size // 2


def test_half_a_picture_is_noticed_where_nobody_ended_it(sign: Unfinished) -> None:
    """Its rest swallows the first lines of the next slip, and the mark before them."""
    options = VARIANTS["qr-raster"]
    whole, size = undisturbed(slip_of(options), **options)
    printer = LoopPrinter()
    printer.keeps_half_commands = True
    with pytest.raises(KilledError):
        process_at(printer, size * 3 // 5, **options).print_slip(slip_of(options))
    assert printer.heard[-60:].count(b"\n") == 0  # in the picture
    sign.begin("no GS r")
    result = process_at(printer, **options).print_slip(slip_of(options))
    assert result.outcome is PrintOutcome.UNSURE
    assert whole not in slips_on(printer.items)
    again = process_at(printer, **options).print_slip(slip_of(options))
    assert again.outcome is PrintOutcome.PRINTED
    assert slips_on(printer.items)[-1] == whole


def test_a_printer_that_hangs_is_said_to_hang_by_the_next_process_too(sign: Unfinished) -> None:
    """Once; then it may be another printer, which answers no GS r."""
    printer = LoopPrinter()
    driver = process_at(printer)
    assert driver.print_slip(SHORT).outcome is PrintOutcome.PRINTED
    printer.hang_at_byte = 100
    assert driver.print_slip(SHORT).outcome is PrintOutcome.UNSURE
    result = process_at(printer).print_slip(SHORT)
    assert result.outcome is PrintOutcome.NOT_PRINTED
    assert "hangs" in result.advice
    assert sign.left() == ""
    printer.restart()
    printer.pass_time(1)
    assert process_at(printer).print_slip(SHORT).outcome is PrintOutcome.PRINTED
    whole, _ = undisturbed(SHORT)
    assert slips_on(printer.items)[-1] == whole


def test_a_printer_known_to_answer_no_gs_r_is_not_revived_by_each_process(
    sign: Unfinished,
) -> None:
    printer = LoopPrinter()
    printer.no_gs_r = True
    for revived in (False, True, False, False):
        printer.heard.clear()
        assert process_at(printer).print_slip(SHORT).outcome is PrintOutcome.UNSURE
        assert (bytes(8192) in printer.heard) is revived
    assert sign.left() == "no GS r"


def test_nothing_sent_leaves_no_sign(sign: Unfinished) -> None:
    printer = LoopPrinter()
    driver = process_at(printer)
    assert driver.print_slip(SHORT).outcome is PrintOutcome.PRINTED
    printer.paper_out = True
    assert driver.print_slip(SHORT).outcome is PrintOutcome.NOT_PRINTED
    assert sign.left() is None
    assert not FILE.exists()


def test_a_port_without_a_sign_prints_all_the_same() -> None:
    assert process_at(LoopPrinter(), key=None).print_slip(SHORT).outcome is PrintOutcome.PRINTED


def test_where_no_file_can_be_written_it_prints_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(claims, "RUN", tmp_path / "no")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "neither"))
    assert process_at(LoopPrinter()).print_slip(SHORT).outcome is PrintOutcome.PRINTED
    sign = Unfinished(KEY)
    sign.begin()
    assert sign.left() is None
    sign.end()


def test_a_sign_is_for_all_users(sign: Unfinished) -> None:
    sign.begin("a note")
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o666
    assert sign.left() == "a note"
    sign.begin("")
    assert sign.left() == ""
    sign.end()
    assert sign.left() is None
    sign.end()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_users_sign_is_heeded_and_emptied(sign: Unfinished) -> None:
    sign.begin("of root")
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        heeded = sign.left() == "of root"
        sign.end()
        emptied = sign.left() is None
        sign.begin("of nobody")
        os._exit(0 if heeded and emptied else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert sign.left() == "of nobody"


@pytest.mark.parametrize(
    ("content", "left"),
    [(b"", None), (b"\n", ""), (b"\nno G", "no G"), (b"\n\xff\xfe", "\ufffd" * 2)],
)
def test_a_torn_file(sign: Unfinished, content: bytes, left: str | None) -> None:
    """Empty: its process was killed before it wrote, and so before any byte of a slip went out."""
    FILE.write_bytes(content)
    assert sign.left() == left


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/etc/motd", path)])
def test_what_is_no_file_is_not_heeded(sign: Unfinished, make: Callable[[Path], None]) -> None:
    make(FILE)
    sign.begin("a note")
    assert sign.left() is None
    sign.end()
    if FILE.is_dir():
        FILE.rmdir()


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_what_leads_to_another_file_leaves_that_as_it_is(
    sign: Unfinished, link: Callable[[Path, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = FILE.with_suffix(".theirs")
    theirs.write_text("theirs")
    link(theirs, FILE)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: os.unlink("/no/such/folder"))
    sign.begin("a note")
    sign.end()
    kept = theirs.read_text()
    os.remove(theirs)
    os.remove(FILE)
    assert kept == "theirs"


def test_a_number_that_is_given_out_again_is_another_printer() -> None:
    """A pseudo-terminal by its time, a port of this machine by its socket."""
    line = PtyPort()
    line.begin(lambda data: None, lambda: None)
    number = os.stat(line.options["port"]).st_rdev
    sign = unfinished_at(SerialOptions(**line.options))
    sign.begin()
    assert sign.left() == ""
    line.close()
    for _ in range(20):
        line = PtyPort()
        line.begin(lambda data: None, lambda: None)
        if os.stat(line.options["port"]).st_rdev == number:
            break
    else:
        pytest.skip("the number went to another process")
    assert sign.left() is None
    line.close()


def test_signs_of_ports_that_are_gone_are_swept_away(slip: Path) -> None:
    gone = drivers.sim.start("escpos")
    options = TcpOptions.model_validate(gone.options)
    unfinished_at(options).begin()
    file = claims.run_folder() / f"yukuai-hall-tcp-127.0.0.1-{options.tcp_port}.unfinished"
    assert file.exists()
    gone.stop()
    Unfinished(KEY).begin()
    assert not file.exists()
    assert FILE.exists()
    FILE.unlink()


def test_names_of_a_port_are_one_and_a_plain_file_needs_no_sign(tmp_path: Path) -> None:
    line = PtyPort()
    line.begin(lambda data: None, lambda: None)
    link, plain, pipe = tmp_path / "printer", tmp_path / "plain", tmp_path / "pipe"
    link.symlink_to(line.options["port"])
    plain.touch()
    os.mkfifo(pipe)
    sign = unfinished_at(SerialOptions(port=str(link)))
    unfinished_at(FileOptions(file=line.options["port"])).begin("one")
    assert sign.left() == "one"
    sign.end()
    line.close()
    for file in (plain, pipe, tmp_path / "none"):
        none = unfinished_at(FileOptions(file=str(file)))
        none.begin()
        assert none.left() is None
    usb = unfinished_at(UsbOptions(usb="0416:5011"))
    usb.begin("usb")
    assert unfinished_at(UsbOptions(usb="0416:5011")).left() == "usb"
    usb.end()
    unfinished_at(SerialOptions(port="/dev/serial/by-id/none-*")).begin()
