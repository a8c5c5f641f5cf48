"""Messages to bytes and back: JSON by msgspec, checked against the message type of the channel."""

import re

import msgspec

from bus.errors import BusError, BusReason
from bus.messages import MAX_PAYLOAD_BYTES, SCHEMA_VERSION, Message
from bus.topics import CHANNELS, Channel

_ENCODER = msgspec.json.Encoder()
_DECODERS = {channel.leaf: msgspec.json.Decoder(channel.message) for channel in CHANNELS}
_VERSION = msgspec.json.Decoder(Message)
_QUOTED = re.compile(r"(?<!`)'.*'(?!`)", re.DOTALL)


def encode(message: Message) -> bytes:
    """The payload of `message`. Raises BusError TOO_LARGE above `MAX_PAYLOAD_BYTES`."""
    payload = _ENCODER.encode(message)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise _too_large(type(message).__name__, len(payload))
    return payload


def decode(channel: Channel, payload: bytes) -> Message:
    """The message in `payload`, of the type that `channel` carries.

    Raises BusError TOO_LARGE, or BAD_PAYLOAD whose text names the place (`$.state`) and never
    quotes the payload, so that it may be logged. A schema version above ours is refused.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise _too_large(channel.leaf, len(payload))
    try:
        message: Message = _DECODERS[channel.leaf].decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        _refuse_newer(channel, _version_of(payload))
        raise BusError(BusReason.BAD_PAYLOAD, f"{channel.leaf}: {_without_values(error)}") from None
    if message.v > SCHEMA_VERSION:
        _refuse_newer(channel, message.v)
    return message


def _refuse_newer(channel: Channel, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise BusError(
            BusReason.BAD_PAYLOAD,
            f"{channel.leaf}: schema version {version} at `$.v` is newer than this program's "
            f"{SCHEMA_VERSION}; update this program",
        )


def _version_of(payload: bytes) -> int:
    try:
        return _VERSION.decode(payload).v
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0


def _without_values(error: Exception) -> str:
    """msgspec's words without the offending value, which may be anything."""
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return _QUOTED.sub("(withheld)", str(error)) or type(error).__name__


def _too_large(what: str, size: int) -> BusError:
    return BusError(
        BusReason.TOO_LARGE, f"{what}: {size} bytes, the limit is {MAX_PAYLOAD_BYTES} bytes"
    )
