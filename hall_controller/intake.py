"""From deliveries of the bus to commands of the hall: pure translation, nothing is judged here."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from bus import messages, topics
from bus.errors import BusError
from bus.link import Delivery
from bus.sealing import Sealer
from hall_controller import commands
from hall_controller.commands import Act, Actor, Command, Role


@dataclass(frozen=True, slots=True)
class BrokenSeal:
    """Stands for the act of a request whose sealed person does not open; it is refused."""

    command: Command


class Intake:
    """Translates with one sealer a terminal. Remembers each terminal's last health, so that a
    repetition costs a comparison and nothing more.

    `skews`: by terminal, how many milliseconds its clock is ahead of `clock`, ± 2 s.
    """

    def __init__(self, sealers: Mapping[str, Sealer], clock: Callable[[], int]) -> None:
        self._sealers = sealers
        self._clock = clock
        self.skews: dict[str, int] = {}
        self._health: dict[tuple[str, str], list[messages.PeripheralState]] = {}

    def translate(self, delivery: Delivery) -> Command | BrokenSeal | None:
        """The command in `delivery`, or None when it brings nothing new.

        Raises BusError for a payload that is not the message of its topic.
        """
        message = delivery.decode()
        address = delivery.address
        match message:
            case messages.Health():
                return self._of_health(address, message)
            case messages.Request():
                return self._of_request(address, message, delivery.lifetime_s)
            case messages.Presence():
                return _sample(address, message.at_ms, _presence(address.name, message))
            case messages.Event():
                return _once(
                    _sample(address, message.at_ms, _event(address.name, message)), message.id
                )
        return None

    def forget(self) -> None:
        """Take every health as news again: what was remembered did not reach the store."""
        self._health.clear()

    def _of_health(self, address: topics.Address, health: messages.Health) -> Command | None:
        key = (address.site.code, address.name)
        if self._health.get(key) == health.peripherals:
            return None
        if address.name in self._sealers:  # unknown names must not fill the memory
            self._health[key] = health.peripherals
        return _sample(address, health.at_ms, _health(address.name, health))

    def _of_request(
        self, address: topics.Address, request: messages.Request, lifetime_s: int | None
    ) -> Command | BrokenSeal:
        command = Command(
            act=_act(request.body),
            actor=Actor(Role.TERMINAL, address.name),
            site=address.site.code,
            request_id=request.id,
            sent_ms=request.sent_ms,
            expires_ms=self._expiry(address, request, lifetime_s),
        )
        body = request.body
        if not isinstance(body, messages.IssueTicket) or body.sealed is None:
            return command
        try:
            person = self._sealers[address.name].open(body.sealed)
        except (BusError, KeyError):
            return BrokenSeal(command)
        act = commands.IssueTicket(queue=body.queue, item_id=body.item_id, person=person)
        return replace(command, act=act)

    def _expiry(
        self, address: topics.Address, request: messages.Request, lifetime_s: int | None
    ) -> int:
        """When the request expires by the hall's clock, which rules. The terminal's may be wrong,
        but how long its request had to live when it left the broker does not depend on it."""
        expired_at_birth = request.expires_ms <= request.sent_ms
        if lifetime_s is None or expired_at_birth:
            return request.expires_ms
        expires_ms = self._clock() + lifetime_s * 1000
        if address.name in self._sealers:  # unknown names must not fill the memory
            self.skews[address.name] = request.expires_ms - expires_ms
        return expires_ms


def _act(body: messages.Body) -> Act:
    match body:
        case messages.IssueTicket(queue=queue, item_id=item_id):
            return commands.IssueTicket(queue=queue, item_id=item_id)
        case messages.WithdrawTicket(of=of):
            return commands.WithdrawRequest(of=of)
        case messages.ReportPrint(ticket_id=ticket_id, outcome=outcome):
            return commands.ReportPrint(ticket_id=ticket_id, outcome=outcome.value)
    raise TypeError(f"a request body without an act: {type(body).__name__}")


def _sample(address: topics.Address, sent_ms: int, act: Act) -> Command:
    """What a terminal reports without asking for an answer."""
    actor = Actor(Role.TERMINAL, address.name)
    return Command(act=act, actor=actor, site=address.site.code, request_id=None, sent_ms=sent_ms)


def _once(command: Command, moment: str) -> Command:
    """The same under an id made of the terminal and its `moment`: a redelivery changes nothing."""
    digest = hashlib.sha256(f"{command.site}/{command.actor.id}/{moment}".encode()).hexdigest()
    return replace(command, request_id=f"event/{digest[:32]}")


def _presence(terminal: str, presence: messages.Presence) -> Act:
    return commands.TerminalPresence(
        terminal=terminal,
        state=presence.state.value,
        run_id=presence.run_id,
        software=presence.software,
    )


def _health(terminal: str, health: messages.Health) -> Act:
    return commands.TerminalHealth(
        terminal=terminal,
        at_ms=health.at_ms,
        peripherals=tuple(
            commands.PeripheralReport(
                id=p.id,
                driver=p.driver,
                state=p.state,
                paper=p.paper,
                cover_open=p.cover_open,
                detail=p.detail,
                since_ms=p.since_ms,
            )
            for p in health.peripherals
        ),
    )


def _event(terminal: str, event: messages.Event) -> Act:
    return commands.TerminalEvent(
        terminal=terminal,
        event_id=event.id,
        kind=event.kind.value,
        peripheral=event.peripheral,
        detail=event.detail,
    )
