"""The broker's password and access files, made from the logins.

A terminal writes only under its own branch and reads only what is meant for it, what its site shows
and whether the controller is there; the controller reads and writes all of `hall/1`; a monitor
reads all of it.
"""

import base64
import hashlib
import os
from collections.abc import Iterable

from bus import topics
from bus.credentials import Login, Role
from bus.topics import CHANNELS, Direction

# The form of mosquitto_passwd 2.0: `$7$` PBKDF2-HMAC-SHA512, 101 rounds, 12 bytes of salt. Few
# rounds suffice: these passwords are 24 random bytes.
_ROUNDS = 101
_SALT_BYTES = 12


def password_file(logins: Iterable[Login], old: str = "") -> str:
    """One line a login. Lines of `old` that still hold are kept, so that the text stays equal."""
    kept = dict(line.split(":", 1) for line in old.splitlines() if ":" in line)
    lines = []
    for login in logins:
        user, password = login.link.username, login.link.password
        hashed = kept.get(user, "")
        if not _holds(hashed, password):
            hashed = _hashed(password, os.urandom(_SALT_BYTES))
        lines.append(f"{user}:{hashed}\n")
    return "".join(lines)


def acl_file(logins: Iterable[Login]) -> str:
    """The access rules, in the order of the logins; who has no rule may do nothing."""
    known = tuple(logins)
    owners = [login for login in known if login.role is Role.CONTROLLER]
    return "\n".join(_rules(login, owners) for login in known)


def _rules(login: Login, owners: Iterable[Login]) -> str:
    head = f"user {login.link.username}\n"
    if login.role is Role.CONTROLLER:
        return f"{head}topic readwrite {topics.ROOT}/#\n"
    if login.role is Role.MONITOR:
        return f"{head}topic read {topics.ROOT}/#\n"
    site, terminal = topics.Site(login.link.site), login.link.terminal
    rules = [f"topic read {_presence(owner)}\n" for owner in owners]
    for channel in CHANNELS:
        if channel.direction is Direction.TO_SITE:
            rules.append(f"topic read {topics.all_of_site(channel, site)}\n")
        else:
            verb = "write" if channel.direction is Direction.FROM_TERMINAL else "read"
            rules.append(f"topic {verb} {topics.topic(channel, site, terminal)}\n")
    return head + "".join(rules)


def _presence(login: Login) -> str:
    return topics.topic(topics.PRESENCE, topics.Site(login.link.site), login.link.terminal)


def _hashed(password: str, salt: bytes) -> str:
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _holds(hashed: str, password: str) -> bool:
    parts = hashed.split("$")
    return len(parts) == 5 and _hashed(password, base64.b64decode(parts[3])) == hashed
