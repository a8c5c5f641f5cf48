"""Options of the driver `cups_printer`, and what paper sizes and sides are called in IPP."""

import urllib.parse
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.printers.cups_place import IPP_PORT
from drivers.saying import saying

MEDIA = {
    "A3": "iso_a3_297x420mm",
    "A4": "iso_a4_210x297mm",
    "A5": "iso_a5_148x210mm",
    "Letter": "na_letter_8.5x11in",
}
SIDES = {"off": "one-sided", "long": "two-sided-long-edge", "short": "two-sided-short-edge"}


class CupsOptions(BaseModel):
    """Options of the driver `cups_printer`: a `queue` of a CUPS server, or the `uri` of a printer.

    Without either it is the default queue.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: str | None = Field(
        default=None, min_length=1, max_length=127, description="Queue, as lpstat -e names it"
    )
    host: str | None = Field(
        default=None, min_length=1, description="CUPS server or its socket; this machine's if none"
    )
    tcp_port: int = Field(default=IPP_PORT, ge=1, le=65535, description="TCP port, with host")
    uri: str | None = Field(
        default=None,
        max_length=1023,  # RFC 8011
        description="Instead of a queue: printer, e.g. ipp://192.168.1.90/ipp/print",
    )
    copies: int = Field(default=1, ge=1, le=99, description="How often a document is printed")
    media: Literal["A3", "A4", "A5", "Letter"] = Field(default="A4", description="Paper size")
    duplex: Literal["off", "long", "short"] = Field(
        default="off", description="Both sides, turned over the long or the short edge"
    )
    wait_s: float = Field(
        default=45.0, gt=0, le=3600, description="Without progress, e.g. for paper; then withdrawn"
    )
    limit_s: float = Field(default=300.0, gt=0, le=7200, description="For the whole job")
    reply_timeout_s: float = Field(
        default=5.0, gt=0, le=60, description="Question to its whole answer"
    )
    size_limit_mb: int = Field(default=50, ge=1, le=500, description="Largest document")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.uri is not None:
            if self.queue is not None or self.host is not None:
                raise ValueError(saying("give a queue (with host) or a uri, not both"))
            _check_uri(self.uri)
        if self.host is not None and not self.host.isprintable():
            raise ValueError(saying("host: there are characters in it that no address has"))
        if self.queue is not None and set(self.queue) & set("/#? \t"):
            raise ValueError(saying("queue: the name of a queue has no blanks and none of / # ?"))
        return self


def _check_uri(uri: str) -> None:
    parts = urllib.parse.urlsplit(uri)
    if parts.scheme != "ipp" or not parts.hostname:
        raise ValueError(saying("uri: must begin with ipp:// and an address"))
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(saying("uri: its port must be a number from 1 to 65535"))
    if not uri.isascii() or not uri.isprintable() or " " in uri:
        raise ValueError(
            saying("uri: it must not hold blanks or letters other than a-z: write %20 etc.")
        )
