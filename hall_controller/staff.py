"""Clerks and their PINs: six digits, made at first start and told once; scrypt hashes on file."""

import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from bus.settings import write_private
from config.schema import StaffSettings
from hall_controller.errors import HallError, HallReason, LockedOut
from hall_controller.port import Clerk

TRIES = 5
LOCK_S = 30.0


class _Hash(msgspec.Struct, frozen=True):
    """Salted scrypt hash of one PIN, both in hex."""

    salt: str
    hash: str


class Staff:
    """Who may sign in, and whether a PIN is right. Safe from any thread."""

    def __init__(
        self,
        clerks: Iterable[Clerk],
        hashes: dict[str, _Hash],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clerks = tuple(clerks)
        self._hashes = hashes
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._wrong: dict[str, int] = {}
        self._locked_until: dict[str, float] = {}

    def verify(self, clerk_id: str, pin: str) -> bool:
        """True when the PIN is right. Takes some 50 ms; raises LockedOut after five wrong tries."""
        with self._lock:  # held while hashing, so that no flood of tries runs past the count
            left = self._locked_until.get(clerk_id, 0.0) - self._monotonic()
            if left > 0:
                raise LockedOut(left)
            known = self._hashes.get(clerk_id, _Hash("00" * 16, ""))
            right = hmac.compare_digest(_scrypt(pin, known.salt), known.hash)
            self._count(clerk_id, right)
        return right

    def _count(self, clerk_id: str, right: bool) -> None:
        if clerk_id not in self._hashes:
            return  # unknown names must not fill the memory
        wrong = 0 if right else self._wrong.get(clerk_id, 0) + 1
        if wrong >= TRIES:
            self._locked_until[clerk_id] = self._monotonic() + LOCK_S
            wrong = 0
        self._wrong[clerk_id] = wrong


def open_staff(
    settings: Iterable[StaffSettings],
    keys: Path,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[Staff, dict[str, str]]:
    """The clerks of the settings, and the PINs made just now, which are told nowhere else.

    Hashes are kept in `keys/staff.json`; a clerk added to the settings later gets a PIN at the
    next start. Raises HallError KEYS_UNFIT when the file is not readable.
    """
    path = keys / "staff.json"
    wanted = tuple(settings)
    hashes = _load(path)
    new = {clerk.id: f"{secrets.randbelow(1_000_000):06}" for clerk in wanted}
    new = {clerk_id: pin for clerk_id, pin in new.items() if clerk_id not in hashes}
    if new:
        for clerk_id, pin in new.items():
            salt = os.urandom(16).hex()
            hashes[clerk_id] = _Hash(salt, _scrypt(pin, salt))
        write_private(path, msgspec.json.encode(hashes))
    clerks = tuple(Clerk(clerk.id, clerk.name) for clerk in wanted)
    return Staff(clerks, {clerk.id: hashes[clerk.id] for clerk in wanted}, monotonic), new


def _load(path: Path) -> dict[str, _Hash]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Hash])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise HallError(
            HallReason.KEYS_UNFIT,
            f"cannot read the PINs {path}: {error}; delete it to have new PINs made",
        ) from None


def _scrypt(pin: str, salt: str) -> str:
    digest = hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32)
    return digest.hex()
