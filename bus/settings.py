"""What a terminal needs to reach its hall: one small JSON file, readable by its owner only."""

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec

from bus.errors import BusError, BusReason


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the broker is, who we are there, and the key that seals persons.

    `repr` shows neither password nor key, so that the object may land in a traceback.
    """

    terminal: str
    site: str
    host: str
    port: int
    username: str
    password: str
    seal_key: bytes
    tls_ca: str | None = None

    @property
    def client_id(self) -> str:
        """The MQTT client id: one a terminal, for as long as its password stays.

        Mosquitto lets any login take any client id, and evicts whoever had it; so the id must not
        be guessable (docs/decisions/0007).
        """
        digest = hashlib.sha256(f"client id of {self.username} {self.password}".encode())
        return f"{self.username}-{digest.hexdigest()[:16]}"

    def __repr__(self) -> str:
        return f"<LinkSettings {self.username} at {self.host}:{self.port}, secrets withheld>"

    @classmethod
    def load(cls, path: Path) -> "LinkSettings":
        """Settings from `path`. Raises BusError BAD_SETTINGS saying what to do."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except OSError as error:
            detail = f"link settings {path}: {error.strerror}; start the hall controller first"
            raise BusError(BusReason.BAD_SETTINGS, detail) from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            detail = f"link settings {path} are damaged; remove the file and restart the controller"
            raise BusError(BusReason.BAD_SETTINGS, detail) from None

    def save(self, path: Path) -> None:
        """Write to `path` atomically, mode 0600, in a folder of mode 0700."""
        write_private(path, msgspec.json.format(msgspec.json.encode(self)) + b"\n")


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` by `content` at once or not at all; only the owner may read it."""
    make_private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Make `folder`, and what is missing above it, for its owner only."""
    for each in reversed([folder, *folder.parents]):
        each.mkdir(exist_ok=True, mode=0o700)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
