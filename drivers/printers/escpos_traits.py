"""Traits of one printer, as its options (`escpos.py`) come to for the parts that work with them."""

from dataclasses import dataclass
from typing import Literal

from drivers.transports import Transport

Charset = Literal["gb18030", "gb2312", "utf-8"]
Presenter = Literal["none", "citizen", "custom"]
Knife = Literal["partial", "full", "none"]

BITS_PER_BYTE = 10  # on a serial line: start, eight data, stop
GLANCE_BYTES = 512  # so many bytes between two questions, and on a serial line 0.1 s of it


@dataclass(frozen=True, slots=True)
class Look:
    """How a slip is made for it. What is not said here: see the options of the same names.

    `font`: path of the file that pictures of text are drawn with; None where none are. `baud`: of
    its serial line; None on all else.
    """

    columns: int
    charset: Charset
    all_drawn: bool
    font: str | None
    codepage: int | None
    after_init: bytes
    native_qr: bool
    qr_module: int
    cut: Knife
    after_cut: bytes
    baud: int | None


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is talked to. What is not said here: see the options of the same names.

    `asb`: whether it is to tell changes by itself. `baud`: of its serial line; None on all else.
    """

    status: bool
    asb: bool
    watch: bool
    presenter: Presenter
    reply_timeout_s: float
    write_timeout_s: float
    confirm_timeout_s: float
    baud: int | None

    def asks(self, transport: Transport) -> bool:
        """Whether it may be asked anything, behind such a transport."""
        return self.status and transport.can_read

    def line_s(self, count: int) -> float:
        """How long so many bytes take on a serial line; 0 elsewhere."""
        return 0.0 if self.baud is None else count * BITS_PER_BYTE / self.baud

    def deadline_s(self, count: int) -> float:
        """How long so many bytes may take to be handed over."""
        return self.write_timeout_s + self.line_s(count)

    @property
    def glance_bytes(self) -> int:
        """How many bytes go out between two questions."""
        if self.baud is None:
            return GLANCE_BYTES
        return max(64, self.baud // (BITS_PER_BYTE * 10))
