"""A display's line, opened anew when it was lost: a serial server may hang up after each answer."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from drivers.displays.place import PlaceOptions
from drivers.errors import PeripheralError, Reason
from drivers.transports.shared import Line

log = structlog.get_logger()

T = TypeVar("T")


class Connection:
    """Opens it at once, and raises what that raises. `opened`: how often it was."""

    def __init__(self, options: PlaceOptions) -> None:
        self.opened = 1
        self._options = options
        self._line: Line | None = options.line()

    def call(self, exchange: Callable[[Line], T]) -> T:
        """What `exchange` makes of the line; once more, on a new one, when this one is LOST.

        A message that goes out twice is harmless: the second replaces the first. Raises what
        `exchange` raises, and the first loss where the line cannot be opened anew; `sent` tells
        of both tries.
        """
        try:
            return self._try(exchange)
        except PeripheralError as error:
            if error.reason is not Reason.LOST:
                raise
            lost = error
        log.info("connection lost, opening it anew", detail=lost.detail)
        try:
            self._open()
        except PeripheralError:
            raise lost from None
        try:
            return self._try(exchange)
        except PeripheralError as error:
            error.sent = error.sent or lost.sent
            raise

    def close(self) -> None:
        """Leave the line; the next call opens it anew. Never raises, repeats do nothing."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _try(self, exchange: Callable[[Line], T]) -> T:
        line = self._line or self._open()
        try:
            return exchange(line)
        except PeripheralError as error:
            if error.reason is Reason.LOST:
                self.close()
            raise

    def _open(self) -> Line:
        self._line = self._options.line()
        self.opened += 1
        return self._line
