"""A simulated ESC/POS printer with a Chinese font, at a TCP port or on a PTY.

    hall-devices sim escpos --option tcp_port=9100
    hall-devices sim escpos --option link=/tmp/printer

It prints from a buffer at its own pace, answers DLE EOT on arrival, GS r in its turn, and sends
automatic status once GS a asks for it. Offline (no paper, cover open, cutter jammed, error) it
stops printing and keeps the rest, as real printers do: after new paper the old ticket goes on,
unless `10 05 02` cleared the buffers. Made with `font` (gb18030, gb2312, none), `charset` (gb,
utf-8), `presenter` (none, citizen, custom). Control lines: `load_paper`, `power_cycle`,
`take_ticket`, `plug`, `unplug`; faults:

    near_end       the roll is nearly used up
    paper_out      the roll is used up, now
    out_at_byte    it will be, after so many more bytes of print data
    out_at_line    it will be, after so many more printed lines
    cover_open     now
    cover_at_byte  after so many more bytes
    jam_at_cut     the cutter jams at the next cut (a jam goes with `10 05 01` or `02`)
    paper_jam      paper is stuck (until `load_paper`)
    unrecoverable  an error that only `power_cycle` clears
    hot            the head is too hot
    dead_at_byte   after so many more bytes it does and says nothing any more
    drop_at_byte   after so many more bytes it breaks the connection
    reset_at_byte  after so many more bytes it restarts by itself: buffer and settings are gone
    hang_at_byte   after so many more bytes it stops printing, but answers realtime questions
    lose_in_picture  so many bytes of the next picture are lost on the way: it waits for more
    keeps_half_commands  `10 05 02` does not end a half command
    boot_s         seconds until it hears again after a restart
    garbage        bytes (hex) that it sends when it comes up
    silent         prints and answers nothing
    no_gs_r        answers DLE EOT, but not GS r
    bytes_per_s    prints no faster (null: at once)
    buffer_size    bytes it takes before it makes the other side wait
    overrun        no flow control: what comes while the buffer is full is lost
    xonxoff        says stop (13h) and go on (11h) in time; what comes all the same is lost
    late_ms        pause before an answer
    asb            mask of automatic status, as after GS a
"""

import threading
from pathlib import Path
from typing import ClassVar

from drivers.sim.base import Simulator
from drivers.sim.escpos_machine import Machine
from drivers.sim.escpos_printed import Printed, TextLine
from drivers.sim.faults import Limits
from drivers.sim.ports import PtyPort, TcpPort

TICK_S = 0.02


class EscposSimulator(Machine, Simulator):
    """The printer behind a port: it receives on the port's thread and prints on its own."""

    name = "escpos"
    controls: ClassVar[tuple[str, ...]] = (
        "plug",
        "unplug",
        "load_paper",
        "power_cycle",
        "take_ticket",
    )
    faults: ClassVar[tuple[str, ...]] = (
        "near_end",
        "paper_out",
        "out_at_byte",
        "out_at_line",
        "cover_open",
        "cover_at_byte",
        "jam_at_cut",
        "paper_jam",
        "unrecoverable",
        "hot",
        "dead_at_byte",
        "drop_at_byte",
        "reset_at_byte",
        "hang_at_byte",
        "lose_in_picture",
        "keeps_half_commands",
        "boot_s",
        "garbage",
        "silent",
        "no_gs_r",
        "bytes_per_s",
        "buffer_size",
        "overrun",
        "xonxoff",
        "late_ms",
        "asb",
    )
    hexadecimal = ("garbage",)
    limits: ClassVar[dict[str, Limits]] = {"asb": (0, 255), "buffer_size": (1, 1024 * 1024)}

    def __init__(
        self,
        *,
        tcp_port: int = 0,
        link: str | Path | None = None,
        pty: bool = False,
        columns: int = 48,
        chinese_at_power_on: bool = True,
        font: str = "gb18030",
        charset: str = "gb",
        presenter: str = "none",
    ) -> None:
        Simulator.__init__(self, PtyPort(link) if pty or link else TcpPort(tcp_port))
        Machine.__init__(
            self,
            columns=columns,
            chinese_at_power_on=chinese_at_power_on,
            font=font,
            charset=charset,
            presenter=presenter,
        )
        self._lock = threading.Condition()
        self._stopped = threading.Event()
        self._drops = False
        self._printing: threading.Thread | None = None

    def start(self) -> None:
        """See `Simulator.start`."""
        super().start()
        self._printing = threading.Thread(target=self._run, name="sim escpos", daemon=True)
        self._printing.start()

    def stop(self) -> None:
        """See `Simulator.stop`."""
        self._stopped.set()
        super().stop()
        if self._printing is not None:
            self._printing.join()

    def load_paper(self) -> None:
        """Put in a new roll and close the cover; printing goes on with what the buffer holds."""
        with self._lock:
            self.load()

    def power_cycle(self) -> None:
        """Off and on again: buffers and settings are gone, the paper stays as it is."""
        with self._lock:
            self.restart()
            self.port.paused = False

    def take_ticket(self) -> None:
        """A hand takes the ticket out of the presenter."""
        with self._lock:
            self.ticket_waiting = False

    @property
    def printed(self) -> tuple[Printed, ...]:
        """What came out of the printer since the start."""
        with self._lock:
            return tuple(self.items)

    @property
    def paper(self) -> list[str]:
        """The text lines that came out."""
        return [item.text for item in self.printed if isinstance(item, TextLine)]

    @property
    def held(self) -> int:
        """Bytes waiting in the buffer."""
        with self._lock:
            return self.buffered

    def handle(self, data: bytes) -> None:
        """Take bytes from the port."""
        with self._lock:
            self.take(data)
            self.port.paused = self.full
            self._lock.notify_all()

    def send(self, answer: bytes) -> None:
        """See `Machine.send`."""
        self.port.send(answer)

    def break_connection(self) -> None:
        """See `Machine.break_connection`."""
        self._drops = True

    def _run(self) -> None:
        while not self._stopped.is_set():
            with self._lock:
                self.work()
                self.port.paused = self.full
                drops, self._drops = self._drops, False
                if not drops and (self.offline or self.bytes_per_s or not self.buffered):
                    self._lock.wait(TICK_S)
            if drops:  # not under the lock, which the port's thread may be waiting for
                self.port.drop()


SIMULATOR = EscposSimulator
