"""What can be set of an SDT module's driver, and the port that follows from it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from drivers.cards.sdt_speed import SPEEDS, open_at_its_speed
from drivers.saying import saying
from drivers.transports import SerialOptions, Transport, open_transport

AUTO = "auto"


class SdtOptions(BaseModel):
    """Options of the driver `sdt_reader`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str = Field(min_length=1, description="Device path, e.g. /dev/ttyUSB0")
    baud: int | Literal["auto"] = Field(
        default=115200,
        description="115200, 57600, 38400, 19200, 9600; auto looks for it, up to 4 s",
    )
    newest_address: bool = Field(
        default=False, description="Also read the newest address (30 03) that was told to the card"
    )
    fingerprints: bool = Field(
        default=False, description="Read with fingerprints (30 10); old modules are read without"
    )
    status_timeout_s: float = Field(default=0.5, gt=0, le=10, description="SAM status and SAM ID")
    answer_timeout_s: float = Field(default=1.0, gt=0, le=10, description="Find and select")
    read_timeout_s: float = Field(default=3.0, gt=0, le=30, description="First byte of the card")
    gap_s: float = Field(default=0.8, gt=0, le=10, description="Longest silence inside an answer")
    poll_s: float = Field(default=0.2, gt=0, le=10, description="Pause between two finds")
    retries: int = Field(default=2, ge=0, le=10, description="After silence or a broken answer")

    _answered_at: int | None = PrivateAttr(default=None)  # the speed that `auto` found last

    @field_validator("baud", mode="before")
    @classmethod
    def _known_speed(cls, baud: Any) -> Any:
        if baud == AUTO or str(baud) in map(str, SPEEDS):
            return baud
        known = ", ".join(map(str, SPEEDS))
        why = saying("the module knows only the integers {known}; or say auto", known=known)
        raise ValueError(why)

    def place(self) -> SerialOptions:
        """The transport's part of the options; with `auto` at the speed that is usual."""
        return SerialOptions(port=self.port, baud=SPEEDS[0] if self.baud == AUTO else self.baud)

    def open_port(self) -> Transport:
        """The open port, at the module's speed. Raises NO_DEVICE or BUSY; `auto` also SILENT."""
        if self.baud != AUTO:
            return open_transport(self.place())
        transport, self._answered_at = open_at_its_speed(self.port, self._answered_at)
        return transport
