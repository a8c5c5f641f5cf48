"""One MQTT 5 session over paho-mqtt, the only file that imports it. Used by one thread (`link.py`).

paho is driven from outside (`loop_read`, `loop_write`, `loop_misc`) over a socket that we dialled.
What arrives is only collected here: nothing of ours but bookkeeping runs inside paho's callbacks,
because an exception there would make paho handle the same packet again, for ever.
"""

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec
import structlog
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from bus import topics
from bus.codec import decode, encode
from bus.errors import BusError, BusReason
from bus.messages import Message, Presence, Reply, Request
from bus.poison import PoisonBox
from bus.settings import LinkSettings
from bus.wire import BufferedSocket

KEEPALIVE_S = 20
RECEIVE_MAXIMUM = 65_535
_KNOWN_TOPICS = 65_536

_log = structlog.get_logger(__name__)


class Delivery(msgspec.Struct, frozen=True, eq=False):
    """One message as it came. Whoever gets it acknowledges it (`Link.ack`) after the commit.

    `packet_id` means something only within its `generation`, the number of the connection.
    `lifetime_s` is what is left of its MQTT 5 expiry when it left the broker, which has counted the
    wait itself: no clock of the sender is in it. None when the sender set none.
    """

    address: topics.Address
    payload: bytes
    retain: bool
    generation: int
    packet_id: int
    lifetime_s: int | None = None

    def decode(self) -> Message:
        """The message. Raises BusError BAD_PAYLOAD or TOO_LARGE: count it, keep it, ack it."""
        return decode(self.address.channel, self.payload)


class _Client(paho.Client):
    """paho over a socket that we dialled, exchanged at the seam it uses for web sockets."""

    dialled: BufferedSocket

    def _create_socket(self) -> Any:
        return self.dialled


class Session:
    """The session of one client id with its broker, over any number of connections.

    `socket` is None between connections; `problem` then says why, in words for a technician.
    `arrived` collects deliveries; topics that are none of ours go to `poison` at once, and so do
    retained moments, which could be replayed for ever.
    """

    def __init__(
        self,
        settings: LinkSettings,
        *,
        subscribe: Sequence[str],
        will: Presence | None,
        client_id: str,
        session_s: int,
    ) -> None:
        self.arrived: deque[Delivery] = deque()
        self.poison = PoisonBox()
        self.connected = False
        self.generation = 0
        self.socket: BufferedSocket | None = None
        self.problem = "not connected yet"
        self.refused = False  # the broker did not accept the login
        self._settings = settings
        self._subscribe = [(each, SubscribeOptions(qos=1)) for each in subscribe]
        self._addresses: dict[str, topics.Address] = {}
        self._client = self._make_client(settings, client_id, session_s)
        if will is not None:
            channel = topics.PRESENCE
            topic = topics.topic(channel, topics.Site(settings.site), settings.terminal)
            self._client.will_set(topic, encode(will), channel.qos, channel.retain)

    def connect(self, socket: BufferedSocket) -> None:
        """Begin a connection over `socket`; `connected` turns true when the broker accepts."""
        self.refused = False
        self._client.dialled = self.socket = socket
        self._client.reconnect()

    def read(self, limit: int) -> None:
        """Take in what has arrived, until about `limit` deliveries wait."""
        connection = self.socket
        if connection is None:
            return
        client, arrived = self._client, self.arrived
        if len(arrived) < limit:
            client.loop_read()
            while connection.pending and len(arrived) < limit and self.socket is connection:
                client.loop_read()
        client.loop_misc()

    def flush(self) -> None:
        """Give the network what paho wants to send, in one piece."""
        connection = self.socket
        if connection is None:
            return
        if self._client.want_write():
            self._client.loop_write()
        if self.socket is connection:
            # A broken pipe shows at the next read, which knows how to end a connection.
            with suppress(OSError):
                connection.flush()

    def publish(
        self, channel: topics.Channel, topic: str, payload: bytes, mirror: Message | None = None
    ) -> bool:
        """Hand a message to paho; False when it did not take it. `mirror`: see `_properties`."""
        properties = _properties(mirror)
        sent = self._client.publish(topic, payload, channel.qos, channel.retain, properties)
        return sent.rc == paho.MQTT_ERR_SUCCESS

    def ack(self, delivery: Delivery) -> None:
        """Acknowledge, unless the delivery's connection is gone."""
        if delivery.generation == self.generation and self.connected and delivery.packet_id:
            self._client.ack(delivery.packet_id, 1)

    def close(self) -> None:
        """Send what is left and DISCONNECT, so that no last will is published; close."""
        if self.socket is None:
            return
        self.socket.farewell = True
        if self.connected:
            self._client.disconnect()
            self._client.loop_write()
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _make_client(self, settings: LinkSettings, client_id: str, session_s: int) -> _Client:
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.username_pw_set(settings.username, settings.password)
        client.max_inflight_messages_set(0)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = session_s
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        client.connect_async(
            settings.host,
            settings.port,
            KEEPALIVE_S,
            clean_start=session_s == 0,
            properties=properties,
        )
        client.on_connect = self._accepted
        client.on_disconnect = self._lost
        client.on_message = self._arrive
        client.on_publish = self._published
        # With a callback here paho only queues; `flush` then writes all at once.
        client.on_socket_register_write = lambda *_: None
        return client

    def _accepted(
        self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self.refused = True
            self.problem = f"the broker refused {self._settings.username}: {reason}"
            return
        self.generation += 1
        self.connected = True
        if self._subscribe:
            self._client.subscribe(self._subscribe)

    def _lost(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.socket = None
        if not self.refused:
            self.problem = f"connection lost: {reason}"
        self.connected = False

    def _published(
        self, _client: Any, _data: Any, _mid: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            _log.warning("bus.publish_refused", login=self._settings.username, reason=str(reason))

    def _arrive(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        payload = cast(bytes, message.payload)
        try:
            topic = message.topic
            address = self._addresses.get(topic) or self._learn(topic)
            if message.retain and not address.channel.retain:
                detail = f"{address.channel.leaf} is a moment, and this one was retained"
                raise BusError(BusReason.BAD_PAYLOAD, detail)
        except (BusError, UnicodeDecodeError) as error:
            self._refuse(message, payload, error)
            return
        lifetime_s = getattr(message.properties, "MessageExpiryInterval", None)
        self.arrived.append(
            Delivery(address, payload, message.retain, self.generation, message.mid, lifetime_s)
        )

    def _learn(self, topic: str) -> topics.Address:
        if len(self._addresses) >= _KNOWN_TOPICS:
            self._addresses.clear()
        address = self._addresses[topic] = topics.parse(topic)
        return address

    def _refuse(
        self, message: paho.MQTTMessage, payload: bytes, error: BusError | UnicodeDecodeError
    ) -> None:
        """Nobody could use it, whatever it holds: it ends here."""
        if isinstance(error, UnicodeDecodeError):
            self.poison.add("(not UTF-8)", payload, topics.not_ours("a topic that is not UTF-8"))
        else:
            self.poison.add(message.topic, payload, error)
        self._client.ack(message.mid, message.qos)


def _properties(message: Message | None) -> Properties | None:
    """Request id, reply address, expiry and schema version (user property `v`) as MQTT 5
    properties; None for other messages, because packing five of them costs 70 µs."""
    if not isinstance(message, Request | Reply):
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.CorrelationData = message.id.encode()
    properties.UserProperty = ("v", str(message.v))
    if isinstance(message, Request):
        properties.ResponseTopic = message.reply_to
        left_s = (message.expires_ms - time.time_ns() // 1_000_000) // 1000
        properties.MessageExpiryInterval = min(max(left_s, 1), 0xFFFF_FFFF)
    return properties
