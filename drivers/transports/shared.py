"""One line used by several peripherals of this process, such as panels on an RS-485 pair.

Each peripheral has its own owner thread and a `Line` of its own; those with the same serial port
share what is open. A *turn* is one exchange on it: nobody else speaks meanwhile, the silence that
the protocol wants between frames is kept, and what came too late for an earlier turn is dropped.
A line that breaks is LOST for all; each opens it anew and they meet on the new one.
"""

import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying
from drivers.transports.open import open_transport
from drivers.transports.serial import CHECK, SerialOptions, find_port
from drivers.transports.tcp import TcpOptions

log = structlog.get_logger()

TURN_WAIT_S = 10.0  # what a peripheral waits for its turn; an exchange takes a second at most
STALE_LIMIT = 64 * 1024  # bytes dropped before a turn; a line that babbles on is not waited for

_open: dict[str, "Wire"] = {}
_ports: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # held to open and to close
_guard = threading.Lock()  # of the two tables and of `users`, never held while a port is waited for


class Line:
    """One peripheral's part in a line. Used from its owner's thread; `turn` gives the `Transport`.

    Opening raises NO_DEVICE or BUSY, and BAD_OPTION when the port is open with other settings.
    """

    def __init__(self, options: SerialOptions | TcpOptions, *, echo: bool = False) -> None:
        self._wire = _join(options) if isinstance(options, SerialOptions) else Wire(options)
        self._wire.echo |= echo
        self._left = False

    @contextmanager
    def turn(self, gap_s: float = 0.0) -> Iterator["Wire"]:
        """Have the line for one exchange, `gap_s` of silence after the last one.

        Raises BUSY when the others do not give it back in time, LOST when the line broke, be it
        in another peripheral's turn.
        """
        with self._wire.turn(gap_s) as wire:
            yield wire

    def close(self) -> None:
        """Leave the line; the last one closes the port. Never raises; repeats do nothing."""
        if not self._left:
            self._left = True
            _leave(self._wire)


class Wire:
    """What is open: a `Transport` for whoever has the turn.

    `echo`: the adapter returns what we send; that is dropped from what is read (who finds that out
    may set it, for the whole line). `sent_by`: when the last byte that was written has left the
    machine (`time.monotonic`), by the line's speed.
    """

    def __init__(self, options: SerialOptions | TcpOptions) -> None:
        self.options = options
        self.port = ""  # by which others find it; none for a connection
        self.users = 1
        self.echo = False
        self.sent_by = 0.0
        self.sensitive = False
        self.can_read = True
        self.written = 0
        self._transport = open_transport(options)
        self._byte_s = 12 / options.baud if isinstance(options, SerialOptions) else 0.0
        self._turns = _Turns()
        self._last_heard = 0.0
        self._own = b""  # sent, its echo still to come
        self._held = b""  # may be the beginning of an echo
        self._broken: str | None = None  # why nobody can use it any more

    @contextmanager
    def turn(self, gap_s: float) -> Iterator["Wire"]:
        """See `Line.turn`."""
        if not self._turns.take(TURN_WAIT_S):
            raise PeripheralError(
                Reason.BUSY,
                saying("other peripherals keep the line busy"),
                advice=saying("Too many peripherals on one line, or one that does not answer."),
                sent=False,
            )
        try:
            if self._broken is not None:
                advice = saying("Check the cable of the line.")
                raise PeripheralError(Reason.LOST, self._broken, advice=advice, sent=False)
            self._begin(gap_s)
            yield self
        except PeripheralError as e:
            if e.reason is Reason.LOST and self._broken is None:
                self._break(e.detail)
            raise
        finally:
            self._turns.give()

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        if self.echo:
            self._own += data
        try:
            self._transport.write(data, deadline_s)
        finally:
            self.written = self._transport.written
        self.sent_by = max(self.sent_by, time.monotonic()) + len(data) * self._byte_s

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`; an echo of our own bytes is no answer."""
        end = time.monotonic() + timeout_s
        while True:
            data = self._transport.read(limit, max(0.0, end - time.monotonic()))
            if data:
                self._last_heard = time.monotonic()
                data = self._without_echo(data)
            if data or time.monotonic() >= end:
                return data

    def close(self) -> None:
        """See `Transport.close`."""
        self._transport.close()

    @property
    def usable(self) -> bool:
        """Whether it has not broken yet."""
        return self._broken is None

    def _without_echo(self, data: bytes) -> bytes:
        if not self._own:
            return data
        self._held += data
        if self._own.startswith(self._held) and self._own != self._held:
            return b""
        # What is no echo of ours is passed on: there is none after all, or it came out damaged.
        answer = self._held.removeprefix(self._own)
        self._own = self._held = b""
        return answer

    def _begin(self, gap_s: float) -> None:
        pause_s = max(self.sent_by, self._last_heard) + gap_s - time.monotonic()
        if pause_s > 0:
            time.sleep(pause_s)
        self._own = self._held = b""
        dropped = 0
        try:
            while dropped < STALE_LIMIT and (stale := self._transport.read(4096, 0.0)):
                dropped += len(stale)
        except PeripheralError as e:
            e.sent = False  # nothing of this turn
            raise
        if dropped:
            log.debug("late or unasked bytes dropped", length=dropped)

    def _break(self, why: str) -> None:
        """Nobody may use it any more; the port is given back at once, so that it can be found."""
        self._broken = why
        with _guard:
            _forget(self)
        self._transport.close()


class _Turns:
    """A lock that is handed on in the order of asking: nobody starves beside a busy peripheral."""

    def __init__(self) -> None:
        self._asking: deque[object] = deque()
        self._changed = threading.Condition()

    def take(self, timeout_s: float) -> bool:
        """Whether it was got in time."""
        me = object()
        with self._changed:
            self._asking.append(me)
            if self._changed.wait_for(lambda: self._asking[0] is me, timeout_s):
                return True
            self._asking.remove(me)
            return False

    def give(self) -> None:
        """Hand it on."""
        with self._changed:
            self._asking.popleft()
            self._changed.notify_all()


def _join(options: SerialOptions) -> Wire:
    """The wire that is open at the port, or a new one."""
    port = _device(options)
    with _lock_of(port):
        with _guard:
            wire = _open.get(port)
            if wire is not None:
                _check_settings(wire, options)
                wire.users += 1
                return wire
        wire = Wire(options)
        try:
            if _device(options) != port:  # replugged this very moment: which one is open?
                raise _moved(options)
        except PeripheralError:
            wire.close()
            raise
        wire.port = port
        with _guard:
            _open[port] = wire
        return wire


def _lock_of(port: str) -> threading.Lock:
    with _guard:
        return _ports[port]


def _check_settings(wire: Wire, options: SerialOptions) -> None:
    if _settings(wire.options) != _settings(options):
        raise PeripheralError(
            Reason.BAD_OPTION,
            saying(
                "{port} is in use with {present}, not with {wanted}",
                port=options.port,
                present=_settings(wire.options),
                wanted=_settings(options),
            ),
            advice=saying("Give all peripherals on one line the same baud, parity and bits."),
            sent=False,
        )


def _device(options: SerialOptions) -> str:
    """The device itself, by whatever name it is called. Raises NO_DEVICE."""
    try:
        return os.path.realpath(find_port(options.port), strict=True)
    except OSError as e:
        raise PeripheralError(
            Reason.NO_DEVICE,
            saying("cannot open {name}: {why}", name=options.port, why=e.strerror),
            advice=CHECK,
            sent=False,
        ) from e


def _moved(options: SerialOptions) -> PeripheralError:
    moved = saying("{port} was replugged while it was opened", port=options.port)
    return PeripheralError(Reason.NO_DEVICE, moved, sent=False)


def _leave(wire: Wire) -> None:
    # One that broke is closed already, and somebody may be trying to open its port again.
    with _lock_of(wire.port) if wire.usable and wire.port else nullcontext():
        with _guard:
            wire.users -= 1
            if wire.users:
                return
            _forget(wire)
        wire.close()


def _forget(wire: Wire) -> None:
    """Nobody finds it any more. Called with the guard held."""
    if _open.get(wire.port) is wire:
        del _open[wire.port]


def _settings(options: SerialOptions | TcpOptions) -> str:
    """As technicians write it: 9600 8N1."""
    assert isinstance(options, SerialOptions)
    letter = options.parity[0].upper()
    return f"{options.baud} {options.data_bits}{letter}{options.stop_bits}"
