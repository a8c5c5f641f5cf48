"""The store key: made at first start in `data_dir/keys`, readable by the owner only."""

import os
from pathlib import Path

from bus.settings import write_private
from hall_controller.errors import HallError, HallReason

KEY_BYTES = 32


def private_folder(path: Path) -> Path:
    """Make `path` (and what is above it) with mode 0700 and return it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def store_key(keys: Path, store_exists: bool) -> bytes:
    """The store's 32-byte key from `keys/store.key`, made when neither it nor a store exists.

    Raises HallError KEYS_UNFIT when the key is missing beside a store, or is not a key.
    """
    path = keys / "store.key"
    if store_exists and not path.exists():
        raise HallError(
            HallReason.KEYS_UNFIT,
            f"the store's key {path} is missing, and a new one would not open the persons in"
            " the store; put the key back from a backup",
        )
    return secret(path)


def secret(path: Path) -> bytes:
    """32 random bytes from `path` (hex), made when absent. Raises HallError KEYS_UNFIT."""
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError:
        key = os.urandom(KEY_BYTES)
        write_private(path, key.hex().encode())
    except (OSError, ValueError) as error:
        raise HallError(HallReason.KEYS_UNFIT, f"cannot read the key {path}: {error}") from None
    if len(key) != KEY_BYTES:
        raise HallError(HallReason.KEYS_UNFIT, f"{path} holds no key of {KEY_BYTES} bytes")
    return key
