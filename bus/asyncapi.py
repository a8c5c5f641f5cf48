"""docs/asyncapi.yaml, made from the code: `python -m bus.asyncapi` prints it (AsyncAPI 3.0)."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from bus import topics
from bus.messages import MAX_PAYLOAD_BYTES, SCHEMA_VERSION
from bus.topics import CHANNELS, Channel, Direction

_WHO = {
    Direction.FROM_TERMINAL: "A terminal publishes, the controller that owns the site receives.",
    Direction.TO_TERMINAL: "The controller publishes, the terminal receives.",
    Direction.TO_SITE: "The controller publishes, whatever displays stand in the hall receive.",
}
_PARAMETERS = {
    "county": "Digits 1-6 of the site's division code",
    "township": "Digits 7-9; 000 is the hall of the county",
    "village": "Digits 10-12; 000 is the hall of the township",
    "terminal": "Id of a terminal; `board` and `window` are reserved",
    "queue": "Id of a queue",
    "window": "Id of a window",
}


def document() -> dict[str, Any]:
    """The whole document as plain data."""
    types = [channel.message for channel in CHANNELS]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Yukuai Hall bus",
            "version": str(SCHEMA_VERSION),
            "description": "Made from bus/topics.py and bus/messages.py by `make docs`; not edited "
            f"by hand. Payloads are JSON of at most {MAX_PAYLOAD_BYTES} bytes, over MQTT 5. Times "
            "are milliseconds since the epoch. Unknown fields are ignored; a higher schema "
            "version `v` is refused. Request id, reply address and expiry are repeated in MQTT 5 "
            "properties of requests and replies.",
        },
        "defaultContentType": "application/json",
        "channels": {channel.leaf: _channel(channel) for channel in CHANNELS},
        "operations": {
            f"{'receive' if channel.direction is Direction.FROM_TERMINAL else 'send'}"
            f"_{channel.leaf}": _operation(channel)
            for channel in CHANNELS
        },
        "components": {
            "messages": {channel.leaf: _message(channel) for channel in CHANNELS},
            "schemas": schemas,
        },
    }


def address(channel: Channel) -> str:
    """The topic of `channel` with parameters in braces."""
    levels = f"{topics.ROOT}/{{county}}/{{township}}/{{village}}"
    if channel.direction is Direction.TO_SITE:
        return f"{levels}/{channel.leaf}/{{{_of_site(channel)}}}"
    return f"{levels}/{{terminal}}/{channel.leaf}"


def yaml(data: Any, indent: int = 0) -> Iterator[str]:
    """Lines of YAML: block maps and lists, scalars and empty collections as JSON."""
    pad = "  " * indent
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _yaml_item(
                f"{pad}{json.dumps(key) if key[:1] in '$_' else key}:", value, indent
            )
    else:
        for value in data:
            yield from _yaml_item(f"{pad}-", value, indent)


def _yaml_item(head: str, value: Any, indent: int) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield head
        yield from yaml(value, indent + 1)
    else:
        yield f"{head} {json.dumps(value, ensure_ascii=False)}"


def _of_site(channel: Channel) -> str:
    return "queue" if channel is topics.BOARD else channel.leaf


def _channel(channel: Channel) -> dict[str, Any]:
    own = _of_site(channel) if channel.direction is Direction.TO_SITE else "terminal"
    return {
        "address": address(channel),
        "title": channel.summary,
        "description": f"{'Retained state' if channel.retain else 'A moment'}. "
        f"{_WHO[channel.direction]}",
        "parameters": {
            name: {"description": _PARAMETERS[name]}
            for name in ("county", "township", "village", own)
        },
        "messages": {channel.leaf: {"$ref": f"#/components/messages/{channel.leaf}"}},
    }


def _operation(channel: Channel) -> dict[str, Any]:
    """Seen from the controller."""
    operation: dict[str, Any] = {
        "action": "receive" if channel.direction is Direction.FROM_TERMINAL else "send",
        "channel": {"$ref": f"#/channels/{channel.leaf}"},
        "summary": channel.summary,
        "bindings": {"mqtt": {"qos": channel.qos, "retain": channel.retain}},
    }
    if channel is topics.REQUEST:
        operation["reply"] = {
            "address": {"location": "$message.payload#/reply_to"},
            "channel": {"$ref": f"#/channels/{topics.REPLY.leaf}"},
        }
    return operation


def _message(channel: Channel) -> dict[str, Any]:
    name = channel.message.__name__
    return {
        "name": name,
        "summary": (channel.message.__doc__ or "").partition("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }


def main() -> None:
    """Print the document."""
    sys.stdout.write("\n".join(yaml(document())) + "\n")


if __name__ == "__main__":
    main()
