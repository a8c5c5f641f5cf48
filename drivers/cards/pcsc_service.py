"""The connection to the PC/SC service (pcscd): made, asked, given back; and one card in a reader.

Over `smartcard.scard`, pyscard's thin layer, and not its `CardMonitor`, whose thread dies when
pcscd stops. Every call releases Python's lock. Nothing runs in the background.
"""

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from drivers.cards.pcsc_words import NO_READERS, SUCCESS, TIMEOUT, PcscError
from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
SYSTEM_SOCKET = "/run/pcscd/pcscd.comm"
STATE_CHANGED, STATE_GONE, STATE_EMPTY, STATE_PRESENT, STATE_MUTE = 0x02, 0x0C, 0x10, 0x20, 0x200
CONNECT_S = 3.0  # a pcscd that its socket starts is up in under 2.5 s
log = structlog.get_logger()


class Slot(NamedTuple):
    """A reader as the service sees it. `visit` counts cards put in and taken out."""

    present: bool
    mute: bool  # a card that does not answer, most often put in the wrong way round
    visit: int
    raw: int


class Service:
    """A connection to pcscd, to be closed. Used from one thread at a time."""

    def __init__(self, socket: Path | None = None) -> None:
        """Connect, to the service at `socket` where that is not the system's.

        Raises NO_DEVICE when none runs, BAD_OPTION without pyscard.
        """
        self._scard = library()
        code, context = _established(self._scard, socket)
        if code != SUCCESS:
            raise PcscError(code, saying("connecting to the PC/SC service"), sent=False)
        self._context: Any = context

    def readers(self) -> list[str]:
        """Names of all readers, in the service's order. Raises NO_DEVICE when it went away."""
        code, names = self._scard.SCardListReaders(self._context, [])
        if code & 0xFFFFFFFF == NO_READERS:
            return []
        if code != SUCCESS:
            raise PcscError(code, saying("listing the readers"), sent=False)
        return list(names)

    def look(self, reader: str, known: Slot | None = None, timeout_s: float = 0) -> Slot:
        """How a reader is: now, or as soon as it differs from `known`, or after `timeout_s`.

        Raises NO_DEVICE when the reader or the service is gone.
        """
        raw = known.raw & ~STATE_CHANGED if known else 0
        code, states = self._scard.SCardGetStatusChange(
            self._context, int(timeout_s * 1000), [(reader, raw)]
        )
        if known is not None and code & 0xFFFFFFFF == TIMEOUT:
            return known
        if code != SUCCESS:
            raise PcscError(code, saying("watching {reader}", reader=reader), sent=False)
        seen = states[0][1] & 0xFFFFFFFF
        if seen & STATE_GONE:
            raise PeripheralError(
                Reason.NO_DEVICE,
                saying("{reader} is gone", reader=reader),
                advice=saying("Check the cable of the reader."),
                sent=False,
            )
        return Slot(bool(seen & STATE_PRESENT), bool(seen & STATE_MUTE), seen >> 16, seen)

    def connect(self, reader: str, cold: bool = False) -> "CardLink":
        """The card in `reader`, for this program alone; `cold`: its power is taken off first.

        Raises as `pcsc_words` says.
        """
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        how = (scard.SCARD_SHARE_EXCLUSIVE, protocols)
        code, handle, protocol = scard.SCardConnect(self._context, reader, *how)
        if code == SUCCESS and cold:
            code, protocol = scard.SCardReconnect(handle, *how, scard.SCARD_UNPOWER_CARD)
        if code != SUCCESS:
            doing = saying("connecting to the card in {reader}", reader=reader)
            error = PcscError(code, doing, sent=False)
            error.sent = error.reason not in (Reason.NO_DEVICE, Reason.BUSY)  # it had power
            raise error
        return CardLink(scard, handle, protocol)

    def close(self) -> None:
        """Give the connection back. Never raises; a second call does nothing."""
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)


class CardLink:
    """A powered card: APDUs go out, answers with their two status bytes come in."""

    def __init__(self, scard: Any, handle: Any, protocol: int) -> None:
        self._scard = scard
        self._handle = handle
        over_t1 = protocol == scard.SCARD_PROTOCOL_T1
        self._header = scard.SCARD_PCI_T1 if over_t1 else scard.SCARD_PCI_T0

    def transmit(self, command: bytes) -> bytes:
        """One command APDU, one answer. Only its length is logged: it may be personal."""
        code, answer = self._scard.SCardTransmit(self._handle, self._header, list(command))
        if code != SUCCESS:
            raise PcscError(code, saying("command {header}", header=command[:4].hex(" ")))
        log.debug("apdu", command=command.hex(" "), length=len(answer))
        return bytes(byte & 0xFF for byte in answer)

    def close(self, well: bool) -> None:
        """Give the card back, without power, so that it can be pulled. Never raises.

        After a failure it is left as it is: should it be gone, pcscd would note so itself and then
        never see it come back within the 0.4 s between its own looks.
        """
        scard = self._scard
        scard.SCardDisconnect(
            self._handle, scard.SCARD_UNPOWER_CARD if well else scard.SCARD_LEAVE_CARD
        )


def library() -> Any:
    """pyscard's `scard`. Raises BAD_OPTION where it is not installed."""
    try:
        from smartcard import scard
    except ImportError as e:
        how = saying("pip install 'yukuai-hall[pcsc]'")
        detail = saying("PC/SC readers need pyscard: {how}", how=how)
        raise PeripheralError(Reason.BAD_OPTION, detail, advice=how, sent=False) from e
    return scard


def chosen(readers: list[str], wanted: str | int | None) -> str:
    """The reader meant: the first, the one at an index, or the first whose name has this part.

    Raises NO_DEVICE, naming the readers that are there.
    """
    if isinstance(wanted, str) and wanted.isdecimal() and len(wanted) <= 2:
        wanted = int(wanted)
    if isinstance(wanted, int):
        found = readers[wanted : wanted + 1]
    else:
        part = (wanted or "").casefold()
        exact = [name for name in readers if name == wanted]
        found = exact or [name for name in readers if part in name.casefold()]
    if not found:
        there = ", ".join(readers) or saying("none")
        raise PeripheralError(
            Reason.NO_DEVICE,
            saying(
                "no PC/SC reader {wanted}; there: {there}",
                wanted="" if wanted is None else repr(wanted),
                there=there,
            ),
            advice=saying(
                "Plug the reader in; install its driver (libccid for most); check its name."
            ),
            sent=False,
        )
    return found[0]


def _established(scard: Any, socket: Path | None) -> tuple[int, Any]:
    """The code and the connection. Raises NO_DEVICE when the service is deaf.

    The library waits for ever for a service that takes connections and says nothing; the thread
    that waits is left behind, and until it ends no other is started.
    """
    if _Way.waiting is not None and _Way.waiting.is_alive():
        _Way.waiting.join(CONNECT_S)
        if _Way.waiting.is_alive():
            raise _deaf()
    made: Future[tuple[int, Any]] = Future()

    def body() -> None:
        try:
            with _library_towards(socket):
                code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        except PeripheralError as e:
            made.set_exception(e)
            return
        if made.set_running_or_notify_cancel():
            made.set_result((code, context))
        elif code == SUCCESS:
            scard.SCardReleaseContext(context)  # nobody waits for it any more

    thread = threading.Thread(target=body, name="pcscd", daemon=True)
    thread.start()
    try:
        return made.result(CONNECT_S)
    except TimeoutError:
        if not made.cancel():
            return made.result()
        _Way.waiting = thread
        raise _deaf() from None


def _deaf() -> PeripheralError:
    return PeripheralError(
        Reason.NO_DEVICE,
        saying("PC/SC service does not answer within {limit_s:g} s", limit_s=CONNECT_S),
        advice=saying(
            "Restart the PC/SC service: systemctl restart pcscd; check the option socket."
        ),
        sent=False,
    )


class _Way:
    """How this process finds pcscd: its C library reads the variable once, and keeps it."""

    lock = threading.Lock()
    usual = False  # the library keeps the system's place
    waiting: threading.Thread | None = None  # for a service that is deaf
    link: Path | None = None  # or this symbolic link, which can move


@contextmanager
def _library_towards(socket: Path | None) -> Iterator[None]:
    """A connection made in the block goes to `socket`. Children do not inherit that."""
    with _Way.lock:
        if socket is None and _Way.link is None:
            _Way.usual = True
            yield
            return
        if _Way.usual:
            raise PeripheralError(
                Reason.BAD_OPTION,
                saying(
                    "this program already uses the pcscd of the system: "
                    "socket cannot lead elsewhere"
                ),
                sent=False,
            )
        if _Way.link is None:
            folder = tempfile.mkdtemp(prefix="hall-pcsc-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            _Way.link = Path(folder, "socket")
        given = os.environ.get(SOCKET_VARIABLE)
        _point(_Way.link, (socket or Path(given or SYSTEM_SOCKET)).absolute())
        os.environ[SOCKET_VARIABLE] = str(_Way.link)
        try:
            yield
        finally:
            del os.environ[SOCKET_VARIABLE]
            if given is not None:
                os.environ[SOCKET_VARIABLE] = given


def _point(link: Path, target: Path) -> None:
    fresh = link.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
