"""The link against a real broker: every channel, last will, acknowledgement, reconnection."""

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from samples import SAMPLES, name_for
from structlog.testing import capture_logs

from bus import messages as m
from bus import topics
from bus.codec import encode
from bus.errors import BusError
from bus.link import Delivery, Link, LinkSettings
from bus.topics import CHANNELS, Channel, Direction
from tests.broker import OTHER_SITE, SITE, Running, free_port, running_broker, until

Starter = Callable[..., Link]

LOST = m.Presence(state=m.PresenceState.LOST, run_id="run-1")
READY = m.Presence(state=m.PresenceState.READY, run_id="run-1")


def event(number: int) -> m.Event:
    return m.Event(id=f"e{number}", kind=m.EventKind.HELP_PRESSED, at_ms=number)


def ids(got: list[Delivery]) -> list[str]:
    return [message.id for message in (each.decode() for each in got) if hasattr(message, "id")]


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.leaf)
def test_round_trip(start: Starter, channel: Channel) -> None:
    controller = start("controller", subscribe=[topics.everywhere(channel)])
    own = topics.topic(channel, topics.Site(SITE), name_for(channel))
    kiosk = start("kiosk-1", subscribe=[own])
    until(lambda: controller.connected and kiosk.connected)
    upward = channel.direction is Direction.FROM_TERMINAL
    sender, receiver = (kiosk, controller) if upward else (controller, kiosk)

    def arrived() -> bool:
        """A moment is lost on who is connected and not yet subscribed: say it again."""
        assert sender.publish(channel, name_for(channel), SAMPLES[channel])
        return any(each.decode() == SAMPLES[channel] for each in receiver.got)

    until(arrived)
    assert receiver.got[-1].address == topics.Address(channel, topics.Site(SITE), name_for(channel))


def test_request_properties_mirror_the_payload(start: Starter, hall: Running) -> None:
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    seen: list[paho.MQTTMessage] = []
    watcher = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    watcher.username_pw_set("monitor", hall.links["monitor"].password)
    watcher.on_message = lambda _client, _data, message: seen.append(message)
    watcher.connect("127.0.0.1", hall.port)
    watcher.subscribe("hall/1/#", qos=1)
    watcher.loop_start()
    kiosk = start("kiosk-1")
    until(lambda: kiosk.connected)
    sent_ms = time.time_ns() // 1_000_000
    request = m.Request(
        id="r-mirror",
        reply_to="hall/1/500240/116/000/kiosk-1/reply",
        sent_ms=sent_ms,
        expires_ms=sent_ms + 90_000,
        body=m.IssueTicket(queue="general"),
    )
    kiosk.publish(topics.REQUEST, "kiosk-1", request)
    until(lambda: [each for each in seen if each.topic.endswith("request")])
    properties = next(each for each in seen if each.topic.endswith("request")).properties
    watcher.loop_stop()
    watcher.disconnect()
    assert properties.CorrelationData == b"r-mirror"
    assert properties.ResponseTopic == request.reply_to
    assert properties.UserProperty == [("v", "1")]
    assert 88 <= properties.MessageExpiryInterval <= 90


def test_last_will_when_the_socket_dies(start: Starter) -> None:
    controller = start("controller", subscribe=[topics.everywhere(topics.PRESENCE)])
    kiosk = start("kiosk-1", will=LOST)
    kiosk.publish(topics.PRESENCE, "kiosk-1", READY)
    until(lambda: [each for each in controller.got if each.decode() == READY])
    kill_socket(kiosk)
    until(lambda: [each for each in controller.got if each.decode() == LOST])
    # The link comes back by itself and says again how it is, without being told.
    until(lambda: controller.got[-1].decode() == READY)


def test_good_bye_publishes_no_last_will(start: Starter) -> None:
    controller = start("controller", subscribe=[topics.everywhere(topics.PRESENCE)])
    kiosk = start("kiosk-1", will=LOST)
    gone = m.Presence(state=m.PresenceState.DISCONNECTED, run_id="run-1")
    kiosk.publish(topics.PRESENCE, "kiosk-1", READY)
    until(lambda: kiosk.connected and controller.connected)
    until(lambda: [each for each in controller.got if each.decode() == READY])
    kiosk.publish(topics.PRESENCE, "kiosk-1", gone)
    kiosk.stop()
    until(lambda: controller.got[-1].decode() == gone)
    time.sleep(0.2)
    assert controller.got[-1].decode() == gone


def test_unacknowledged_comes_again_and_a_stale_ack_is_dropped(start: Starter) -> None:
    got: list[Delivery] = []
    controller = start(
        "controller",
        subscribe=[topics.everywhere(topics.EVENT)],
        on_delivery=got.append,
        session_s=60,
    )
    kiosk = start("kiosk-1")
    until(lambda: controller.connected and kiosk.connected)
    for number in range(3):
        kiosk.publish(topics.EVENT, "kiosk-1", event(number))
    until(lambda: len(got) == 3)
    controller.ack(got[1])
    time.sleep(0.1)
    kill_socket(controller)
    until(lambda: len(got) == 5)
    assert ids(got[3:]) == ["e0", "e2"]
    assert {each.generation for each in got[:3]} == {1}
    assert {each.generation for each in got[3:]} == {2}
    controller.ack(got[0])  # of the first connection: its packet id is another message's now
    controller.ack(got[3])
    time.sleep(0.1)
    kill_socket(controller)
    until(lambda: len(got) == 6)
    assert ids(got[5:]) == ["e2"]
    controller.ack(got[5])


def test_retained_while_down_only_the_newest_is_sent(start: Starter, tmp_path: Path) -> None:
    with running_broker(tmp_path) as hall:
        link = Link(hall.links["node-1"])
        for at in range(1, 50):
            assert link.publish(topics.HEALTH, "node-1", m.Health(at_ms=at))
        assert not link.publish(topics.EVENT, "node-1", event(1))  # a moment is not kept
        seen: list[Delivery] = []
        controller = Link(
            hall.links["controller"],
            subscribe=[topics.everywhere(topics.HEALTH), topics.everywhere(topics.EVENT)],
            on_delivery=seen.append,
        )
        controller.start()
        link.start()
        until(lambda: seen)
        time.sleep(0.2)
        assert [each.decode() for each in seen] == [m.Health(at_ms=49)]
        link.stop()
        controller.stop()


def test_broker_killed_and_back(start: Starter, tmp_path: Path) -> None:
    downs: list[str] = []
    with running_broker(tmp_path) as hall:
        seen: list[Delivery] = []
        controller = Link(
            hall.links["controller"],
            subscribe=[topics.everywhere(topics.PRESENCE), topics.everywhere(topics.EVENT)],
            on_delivery=seen.append,
            on_down=downs.append,
        )
        kiosk = Link(hall.links["kiosk-1"], will=LOST)
        controller.start()
        kiosk.start()
        kiosk.publish(topics.PRESENCE, "kiosk-1", READY)
        until(lambda: seen)
        seen.clear()
        first = hall.broker.pid
        assert first is not None
        os.kill(first, 9)
        until(lambda: downs)
        until(lambda: controller.generation == 2 and kiosk.generation == 2)
        assert hall.broker.pid not in (None, first)
        until(lambda: READY in [each.decode() for each in seen])
        assert kiosk.publish(topics.EVENT, "kiosk-1", event(7))
        until(lambda: "e7" in ids(seen))
        kiosk.stop()
        controller.stop()
    assert "127.0.0.1" in downs[0]


def test_a_terminal_may_not_write_elsewhere_nor_read_others(start: Starter) -> None:
    every = [topics.everywhere(channel) for channel in CHANNELS]
    controller = start("controller", subscribe=every)
    kiosk = start("kiosk-1", subscribe=every)
    until(lambda: controller.connected and kiosk.connected)
    with capture_logs() as logs:
        kiosk.publish(topics.EVENT, "node-1", event(1))
        kiosk.publish(topics.EVENT, "kiosk-1", event(2), site=OTHER_SITE)
        kiosk.publish(topics.REPLY, "kiosk-1", SAMPLES[topics.REPLY])
        kiosk.publish(topics.WINDOW, "3", SAMPLES[topics.WINDOW])
        kiosk.publish(topics.EVENT, "kiosk-1", event(3))
        until(lambda: "e3" in ids(controller.got))
        # Retained state that is published while the link comes up may go out twice.
        until(lambda: len([each for each in logs if each["event"] == "bus.publish_refused"]) >= 4)
    fresh = [each for each in controller.got if not each.retain]
    assert ids(fresh) == ["e3"]
    controller.publish(topics.REPLY, "node-1", SAMPLES[topics.REPLY])
    controller.publish(topics.BOARD, "general", SAMPLES[topics.BOARD], site=OTHER_SITE)
    controller.publish(topics.REPLY, "kiosk-1", SAMPLES[topics.REPLY])
    until(lambda: [each for each in kiosk.got if each.address.channel is topics.REPLY])
    assert {each.address.site.code for each in kiosk.got} == {SITE}
    assert "node-1" not in {each.address.name for each in kiosk.got}


def test_the_monitor_reads_all_and_writes_nothing(start: Starter) -> None:
    monitor = start("monitor", subscribe=[f"{topics.ROOT}/#"])
    controller = start("controller", subscribe=[topics.everywhere(topics.EVENT)])
    until(lambda: monitor.connected and controller.connected)
    monitor.publish(topics.EVENT, "kiosk-1", event(11))
    controller.publish(topics.REPLY, "kiosk-1", SAMPLES[topics.REPLY])
    until(lambda: [each for each in monitor.got if each.address.channel is topics.REPLY])
    assert "e11" not in ids(controller.got)


def test_wrong_password_is_refused_and_said(hall: Running) -> None:
    import msgspec

    link = Link(msgspec.structs.replace(hall.links["kiosk-1"], password="guess"))
    link.start()
    until(lambda: link.refused)
    assert "refused kiosk-1@500240116000: Not authorized" in link.problem
    assert not link.connected
    link.stop()


def test_poison_and_foreign_topics_do_not_stop_the_rest(start: Starter, hall: Running) -> None:
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    bad: list[BusError] = []
    good: list[m.Message] = []

    def consume(delivery: Delivery) -> None:
        try:
            good.append(delivery.decode())
        except BusError as error:
            bad.append(error)
            controller.poison.add(str(delivery.address), delivery.payload, error)
        controller.ack(delivery)

    controller = start("controller", subscribe=[f"{topics.ROOT}/#"], on_delivery=consume)
    until(lambda: controller.connected)
    vandal = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    link = hall.links["controller"]
    vandal.username_pw_set(link.username, link.password)
    vandal.connect("127.0.0.1", hall.port)
    vandal.loop_start()
    vandal.publish("hall/1/500240/116/000/kiosk-1/event", b"\xff\x00garbage", qos=1)
    vandal.publish("hall/1/x/y/z/kiosk-1/event", b"{}", qos=1)
    vandal.publish("hall/1/nonsense", b"{}", qos=1)
    vandal.publish("hall/1/500240/116/000/kiosk-1/event", b"x" * 70_000, qos=1)
    until(lambda: bad and controller.poison.counts.get("bad_topic") == 2)
    kiosk = start("kiosk-1")
    until(lambda: kiosk.connected)
    kiosk.publish(topics.EVENT, "kiosk-1", event(5))
    until(lambda: event(5) in good)
    vandal.loop_stop()
    vandal.disconnect()
    assert controller.poison.counts == {"bad_topic": 2, "bad_payload": 1}
    assert [each.length for each in controller.poison.last if each.reason == "bad_payload"] == [9]


def test_a_retained_moment_is_poison(start: Starter, hall: Running) -> None:
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    vandal = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    link = hall.links["controller"]
    vandal.username_pw_set(link.username, link.password)
    vandal.connect("127.0.0.1", hall.port)
    vandal.loop_start()
    topic = topics.topic(topics.REPLY, topics.Site(SITE), "kiosk-1")
    reply = encode(SAMPLES[topics.REPLY])
    vandal.publish(topic, reply, qos=1, retain=True).wait_for_publish(10)
    kiosk = start("kiosk-1", subscribe=[topic])
    until(lambda: kiosk.poison.counts == {"bad_payload": 1})
    vandal.publish(topic, reply, qos=1)
    until(lambda: len(kiosk.got) == 1)
    assert not kiosk.got[0].retain
    vandal.publish(topic, b"", qos=1, retain=True).wait_for_publish(10)
    vandal.loop_stop()
    vandal.disconnect()


def test_a_callback_that_raises_loses_nothing(start: Starter) -> None:
    got: list[str] = []

    def consume(delivery: Delivery) -> None:
        got.extend(ids([delivery]))
        if len(got) == 1:
            raise ZeroDivisionError("a bug of the consumer")
        controller.ack(delivery)

    with capture_logs() as logs:
        controller = start(
            "controller",
            subscribe=[topics.everywhere(topics.EVENT)],
            on_delivery=consume,
            session_s=60,
        )
        kiosk = start("kiosk-1")
        until(lambda: controller.connected and kiosk.connected)
        for number in range(20, 23):
            kiosk.publish(topics.EVENT, "kiosk-1", event(number))
        until(lambda: got == ["e20", "e21", "e22"])
        assert [each["event"] for each in logs if each.get("exc_info")] == ["bus.callback_failed"]
    kill_socket(controller)
    until(lambda: len(got) > 3)
    assert got[3] == "e20"  # an ack on its way may be lost with the socket: then others follow


def test_a_caller_may_drive_and_be_woken(hall: Running) -> None:
    got: list[Delivery] = []
    link = Link(
        hall.links["controller"],
        subscribe=[topics.everywhere(topics.EVENT)],
        on_delivery=got.append,
        session_s=0,
    )
    while not link.connected:
        link.pump(0.1)
    assert link.publish(topics.EVENT, "kiosk-1", event(30))
    deadline = time.monotonic() + 5
    while not got and time.monotonic() < deadline:
        link.pump(0.1)
    assert ids(got) == ["e30"]
    link.ack(got[0])
    threading.Timer(0.05, link.wake).start()
    begun = time.monotonic()
    link.pump(5.0)
    assert 0.03 < time.monotonic() - begun < 1.0
    link.stop()
    link.stop()


def test_publish_from_many_threads(start: Starter) -> None:
    controller = start("controller", subscribe=[topics.everywhere(topics.EVENT)])
    kiosk = start("kiosk-1")
    until(lambda: controller.connected and kiosk.connected)

    def work(base: int) -> None:
        for number in range(100):
            assert kiosk.publish(topics.EVENT, "kiosk-1", event(1000 + base + number))

    threads = [threading.Thread(target=work, args=(base * 100,)) for base in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: len(controller.got) == 800)
    assert len(set(ids(controller.got))) == 800


def test_nothing_is_left_open(hall: Running) -> None:
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(5):
        link = Link(hall.links["kiosk-1"], session_s=0)
        link.start()
        until(lambda link=link: link.connected)
        link.stop()
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_unreachable_is_no_hang(tmp_path: Path) -> None:
    settings = LinkSettings(
        terminal="kiosk-1",
        site=SITE,
        host="127.0.0.1",
        port=free_port(),
        username="kiosk-1",
        password="secret-word",
        seal_key=b"k" * 32,
    )
    assert "secret-word" not in repr(settings)
    settings.save(tmp_path / "links" / "kiosk-1.json")
    assert (tmp_path / "links" / "kiosk-1.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "links").stat().st_mode & 0o777 == 0o700
    assert LinkSettings.load(tmp_path / "links" / "kiosk-1.json") == settings
    link = Link(settings)
    begun = time.monotonic()
    link.start()
    time.sleep(0.3)
    assert not link.connected
    assert "refused" in link.problem
    link.stop()
    assert time.monotonic() - begun < 2.0


@pytest.mark.parametrize("content", [b"", b"{", b'{"terminal": "kiosk-1"}', None])
def test_bad_settings_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "kiosk-1.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BusError, match=r"controller"):
        LinkSettings.load(path)


def kill_socket(link: Link) -> None:
    """Break the TCP connection under a link as a dead line would: no DISCONNECT is sent."""
    sockets = [socket.socket(fileno=os.dup(link._session.socket.fileno()))]
    for each in sockets:
        each.shutdown(socket.SHUT_RDWR)
        each.close()
