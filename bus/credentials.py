"""Who may log in to the broker: link settings of every terminal, made at the first start.

They lie in `links/<terminal>.json` under the data folder, where a kiosk and a node on the same
machine find them. Passwords and seal keys are random and stay the same from then on.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from bus.sealing import new_key
from bus.settings import LinkSettings

MONITOR = "monitor"


class Role(StrEnum):
    """What a login may do; see `access.py`."""

    TERMINAL = "terminal"  # its own branch, and what its site shows
    CONTROLLER = "controller"  # everything under hall/1
    MONITOR = "monitor"  # reads everything under hall/1, writes nothing


@dataclass(frozen=True, slots=True)
class Login:
    """One login of the broker."""

    link: LinkSettings
    role: Role


def link_path(data_dir: Path, terminal: str) -> Path:
    """Where the link settings of `terminal` lie."""
    return data_dir / "links" / f"{terminal}.json"


def provide(
    data_dir: Path,
    *,
    host: str,
    port: int,
    site: str,
    controller: str,
    terminals: Iterable[str],
    tls_ca: str | None = None,
) -> tuple[Login, ...]:
    """Logins of the controller, the read-only monitor and all `terminals`, in this order.

    Makes what is missing and writes a changed address to what exists. Raises BusError
    BAD_SETTINGS when a file that exists cannot be read; nothing is replaced then.
    """
    roles = {controller: Role.CONTROLLER, MONITOR: Role.MONITOR}
    roles |= {terminal: Role.TERMINAL for terminal in terminals if terminal not in roles}
    address = {"site": site, "host": host, "port": port, "tls_ca": tls_ca}
    return tuple(
        Login(_link(link_path(data_dir, terminal), terminal, role, address), role)
        for terminal, role in roles.items()
    )


def _link(path: Path, terminal: str, role: Role, address: dict[str, object]) -> LinkSettings:
    known = LinkSettings.load(path) if path.exists() else None
    secret = {
        "password": known.password if known else secrets.token_urlsafe(24),
        "seal_key": known.seal_key if known else new_key(),
    }
    # Several monitors may watch at once, under client ids of their own.
    username = MONITOR if role is Role.MONITOR else f"{terminal}@{address['site']}"
    fields = {"terminal": terminal, "username": username, **address, **secret}
    link = msgspec.convert(fields, LinkSettings)
    if link != known:
        link.save(path)
    return link
