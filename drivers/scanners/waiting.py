"""Waiting for one code, the same for every scanner: stale codes, torn codes, repeats, time.

A code counts only when the scanner began to send it after it was asked for: what lay in the line
before belongs to an earlier visitor and is dropped, as is a second code behind the first.
"""

import contextlib
import hashlib
import os
import time
from typing import Protocol

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, ScannedCode
from drivers.saying import saying
from drivers.transports import Transport

LOOK_S = 0.1  # how often `cancelled` is looked at
SWEEP_LIMIT_S = 2.0
TORN_S = 2.0  # silence after which a code that has begun will not end any more
HALF_CHARACTER_S = 0.5  # silence inside a character, which does not end a code yet
LONGEST_CODE_S = 8.0  # a code that dribbles; 2,953 bytes at 9600 baud take 3.1 s


class Codes(Protocol):
    """Finds codes in the bytes of one model, however they are cut into reads."""

    @property
    def inside(self) -> bool:
        """Whether a code has begun and not ended."""

    @property
    def inside_character(self) -> bool:
        """Whether the begun code lacks the end of its last character: silence ends it later."""

    def feed(self, data: bytes) -> None:
        """Take bytes as they came. Memory stays bounded, whatever comes."""

    def take(self) -> ScannedCode | None:
        """The next whole code. Raises REJECTED for one that must not be used; it is then gone."""

    def finish(self) -> None:
        """The scanner fell silent: where nothing else ends a code, it has ended."""

    def forget(self) -> None:
        """Drop everything, whole codes and a begun one."""


class Repeats:
    """Tells the same code, sent again and again while it lies there, from a new one.

    Keeps a keyed digest of the last code that was handed out, never the code.
    """

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._key = os.urandom(16)
        self._last = b""
        self._seen = 0.0

    def again(self, code: ScannedCode) -> bool:
        """Whether it is still the last one, not away for `delay_s` since it was seen."""
        now = time.monotonic()
        if self._digest(code) != self._last or now - self._seen >= self._delay_s:
            return False
        self._seen = now
        return True

    def handed_out(self, code: ScannedCode) -> None:
        """`code` goes to a visitor."""
        self._last, self._seen = self._digest(code), time.monotonic()

    def _digest(self, code: ScannedCode) -> bytes:
        return hashlib.blake2b(code.text.encode(), key=self._key, digest_size=16).digest()


def sweep(transport: Transport, codes: Codes, repeats: Repeats, quiet_s: float) -> None:
    """Drop what comes until the line was quiet for `quiet_s`, two seconds at most. Raises LOST."""
    end = time.monotonic() + SWEEP_LIMIT_S
    while (data := transport.read(4096, quiet_s)) and time.monotonic() < end:
        codes.feed(data)
        while (code := _next(codes)) is not None:
            repeats.again(code)
    codes.forget()


def wait(
    transport: Transport,
    codes: Codes,
    repeats: Repeats,
    timeout_s: float,
    *,
    idle_s: float,
    cancelled: Cancelled,
) -> ScannedCode:
    """The first code that comes within `timeout_s`; one that began in time is read to its end.

    Raises NO_CODE, CANCELLED, LOST, REJECTED, and GARBLED for one that began and never ended.
    """
    # A code may have begun already, in one piece with the answer to the command before.
    begun = heard = time.monotonic()
    end = begun + timeout_s
    while True:
        while (code := codes.take()) is not None:
            if not repeats.again(code):
                repeats.handed_out(code)
                return code
        until = min(heard + TORN_S, begun + LONGEST_CODE_S) if codes.inside else end
        left = until - time.monotonic()
        if left <= 0:
            raise _torn() if codes.inside else no_code()
        if cancelled():
            raise PeripheralError(Reason.CANCELLED, saying("scanning was cancelled"))
        was_inside = codes.inside
        data = transport.read(4096, min(left, idle_s if was_inside else LOOK_S, LOOK_S))
        if data:
            heard = time.monotonic()
            codes.feed(data)
            begun = begun if was_inside else heard
        elif was_inside and time.monotonic() - heard >= _idle_s(codes, idle_s):
            codes.finish()


def no_code() -> PeripheralError:
    """NO_CODE."""
    return PeripheralError(
        Reason.NO_CODE,
        saying("no code was shown to the scanner"),
        advice=saying("Hold the code flat and still before the scanner, a hand's breadth away."),
    )


def _idle_s(codes: Codes, idle_s: float) -> float:
    return max(idle_s, HALF_CHARACTER_S) if codes.inside_character else idle_s


def _torn() -> PeripheralError:
    return PeripheralError(
        Reason.GARBLED,
        saying("a code began and never ended"),
        advice=saying(
            "Show it again. If it is always so, set the option suffix as the scanner is set."
        ),
    )


def _next(codes: Codes) -> ScannedCode | None:
    """The next usable code; those to be refused are skipped."""
    while True:
        with contextlib.suppress(PeripheralError):
            return codes.take()
