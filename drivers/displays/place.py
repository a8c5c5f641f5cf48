"""Where a display is: the options that all displays share, on a serial line or over TCP."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.saying import saying
from drivers.transports import SerialOptions, TcpOptions
from drivers.transports.shared import Line


class PlaceOptions(BaseModel):
    """Exactly one of `host` (with `tcp_port`) or `port` says where a display is.

    Displays with the same `port` share the line, told apart by their addresses: which option that
    is says `told_apart_by` (`drivers/clashes.py`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    told_apart_by: ClassVar[Mapping[str, object] | None] = None

    host: str | None = Field(
        default=None, min_length=1, description="Address of the display or serial server"
    )
    tcp_port: int | None = Field(default=None, ge=1, le=65535, description="TCP port, with host")
    connect_timeout_s: float = Field(default=3.0, gt=0, le=60, description="To get a connection")
    port: str | None = Field(
        default=None, min_length=1, description="Serial device, e.g. /dev/ttyUSB0; may be shared"
    )
    baud: int = Field(default=9600, ge=50, le=4_000_000, description="Bits per second")
    parity: Literal["none", "even", "odd"] = Field(default="none", description="Parity bit")
    data_bits: int = Field(default=8, ge=7, le=8, description="Data bits of a character")
    stop_bits: int = Field(default=1, ge=1, le=2, description="Stop bits of a character")
    echo: bool = Field(
        default=False, description="True when the RS-485 adapter returns what is sent through it"
    )
    write_timeout_s: float = Field(default=3.0, gt=0, le=60, description="Blocked line, per frame")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.host is None) == (self.port is None):
            raise ValueError(saying("give exactly one of host (with tcp_port) or port"))
        if self.host is not None and self.tcp_port is None:
            raise ValueError(saying("give tcp_port with host"))
        return self

    def place(self) -> SerialOptions | TcpOptions:
        """The transport's part of the options."""
        if self.port is not None:
            return SerialOptions(
                port=self.port,
                baud=self.baud,
                parity=self.parity,
                data_bits=self.data_bits,
                stop_bits=self.stop_bits,
            )
        assert self.host is not None
        assert self.tcp_port is not None
        return TcpOptions(
            host=self.host, tcp_port=self.tcp_port, connect_timeout_s=self.connect_timeout_s
        )

    def line(self) -> Line:
        """Open it. Raises NO_DEVICE, BUSY or BAD_OPTION."""
        return Line(self.place(), echo=self.echo)
