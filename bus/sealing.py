"""Personal data in one sealed field: AES-GCM with a key per terminal.

A sealed text is unpadded URL-safe base64 of: version byte 0x01, 12-byte nonce, ciphertext with its
16-byte tag. The version byte is authenticated too, so that other ciphers can be added later.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bus.errors import BusError, BusReason

_VERSION = b"\x01"  # AES-GCM, 96-bit random nonce
_NONCE_BYTES = 12
_TAG_BYTES = 16


def new_key() -> bytes:
    """A fresh 256-bit key."""
    return os.urandom(32)


class Sealer:
    """Seals and opens with one key of 16 or 32 bytes. Safe to use from any thread."""

    def __init__(self, key: bytes) -> None:
        if len(key) not in (16, 32):
            raise BusError(BusReason.BAD_SETTINGS, f"seal key of {len(key)} bytes, not 16 or 32")
        self._cipher = AESGCM(key)

    def seal(self, clear: bytes) -> str:
        """The sealed text of `clear`; never the same text twice."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = _VERSION + nonce + self._cipher.encrypt(nonce, clear, _VERSION)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(self, text: str) -> bytes:
        """What was sealed. Raises BusError BROKEN_SEAL on another key or a changed character."""
        sealed = _from_base64(text)
        if sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
            raise BusError(BusReason.BROKEN_SEAL, "not a sealed text of a version known here")
        nonce, encrypted = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, encrypted, _VERSION)
        except InvalidTag:
            raise BusError(BusReason.BROKEN_SEAL, "this key does not open the seal") from None


def _from_base64(text: str) -> bytes:
    """Strict: only the one spelling that `seal` makes, so that no sealed text has a twin."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BusError(BusReason.BROKEN_SEAL, "a sealed text is URL-safe base64") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != text:
        raise BusError(BusReason.BROKEN_SEAL, "a sealed text is unpadded URL-safe base64")
    return raw
