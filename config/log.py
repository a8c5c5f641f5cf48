"""Log lines of every program: JSON on stderr. What slips in of an identity is blotted out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_CARD_NUMBER = re.compile(r"[1-9]\d{16}[\dXx]")  # GB 11643


def configure(level: str, to: TextIO | None = None) -> None:
    """Set up structlog for this process; `level` as in the settings. `to` defaults to stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(to or sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger().setLevel(logging.WARNING)


def redact(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blot out what looks like an identity number, wherever it stands."""
    for key, value in entry.items():
        if isinstance(value, str) and len(value) >= 18:
            entry[key] = _CARD_NUMBER.sub("[withheld]", value)
    return entry
