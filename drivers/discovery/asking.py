"""Asks the drivers' own harmless questions at a place that nobody uses, until one is sure."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import structlog

from drivers import registry
from drivers.discovery.bounded import begin
from drivers.discovery.found import Found, Medium
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief, DriverSpec
from drivers.transports import FileOptions, SerialOptions, TcpOptions, open_transport

log = structlog.get_logger()

# By harmlessness: a status request that all others ignore, then frames that a printer would print,
# last what a printer takes for text. Models of others come after ours.
ORDER = ("escpos", "sdt_reader", "modbus_digits", "onbon_bx", "", "serial_scanner")
USUAL_SPEEDS = (9600, 115200)
GRACE_S = 3.0  # one question under way when the limit is over
Tell = Callable[[str], None]  # hears which question is being asked


def ask(found: Found, limit_s: float, tell: Tell) -> Found:
    """`found` with what its answers make us believe, after `limit_s` seconds at most.

    Its options say where it is. A driver stuck in the system does not hold up the scan.
    """
    future = begin(found.place, lambda: _ask(found, time.monotonic() + limit_s, tell))
    try:
        return future.result(limit_s + GRACE_S)
    except TimeoutError:
        return replace(found, why=f"{found.why}; a question to it did not come to an end")


def askable() -> list[DriverSpec]:
    """Drivers that can ask, in the order in which they may."""
    specs = []
    for name in registry.names():
        try:
            specs.append(registry.spec_of(name))
        except Exception as e:  # noqa: BLE001 - others' code
            log.warning("scan.driver_broken", driver=name, error=repr(e))
    return sorted((spec for spec in specs if spec.probe is not None), key=_rank)


def _rank(spec: DriverSpec) -> tuple[int, str]:
    return ORDER.index(spec.name if spec.name in ORDER else ""), spec.name


def _ask(found: Found, end: float, tell: Tell) -> Found:
    unsure: Found | None = None
    failed: dict[str, None] = {}  # names of drivers, in order
    for spec, options in _questions(found):
        if time.monotonic() > end:
            break
        speed = f" at {options.baud}" if isinstance(options, SerialOptions) else ""
        tell(f"{spec.name}{speed}")
        try:
            belief = _believe(spec, options)
            believed = _with(found, spec, belief, options) if belief is not None else None
        except PeripheralError as e:
            if e.reason is Reason.BUSY:
                return replace(found, untouched=e.detail)
            return replace(found, driver=None, options={}, why=f"{e.detail}. {e.advice}")
        except Exception:  # others' code: the scan goes on without this driver
            log.exception("scan.driver_failed", driver=spec.name)
            failed[spec.name] = None
            continue
        if believed is not None and believed.sure:
            return believed
        unsure = unsure or believed
    return unsure or _unknown(found, failed)


def _questions(found: Found) -> Iterator[tuple[DriverSpec, Any]]:
    """Each question that fits the place: its driver, and how the port is opened for it."""
    where = found.options
    specs = askable()
    if found.medium is Medium.TCP:
        specs = _for_tcp(specs, where["tcp_port"])
    for spec in specs:
        if found.medium is Medium.TCP:
            yield spec, TcpOptions(**where)
        elif found.medium is Medium.USB and spec.name == found.driver:
            yield spec, FileOptions(file=where["file"])
        elif found.medium is Medium.SERIAL and "port" in spec.options.model_fields:
            for speed in spec.speeds or USUAL_SPEEDS:
                yield spec, SerialOptions(port=where["port"], baud=speed)


def _for_tcp(specs: list[DriverSpec], port: int) -> list[DriverSpec]:
    """Those whose usual port it is; all that know TCP where it is nobody's."""
    defaults = {
        spec.name: spec.options.model_fields["tcp_port"].default
        for spec in specs
        if "tcp_port" in spec.options.model_fields
    }
    usual = port in defaults.values()
    return [
        spec
        for spec in specs
        if spec.name in defaults and (not usual or defaults[spec.name] == port)
    ]


def _believe(spec: DriverSpec, options: Any) -> Belief | None:
    assert spec.probe is not None
    transport = open_transport(options)
    try:
        return spec.probe(transport)
    except PeripheralError as e:
        if e.reason in (Reason.LOST, Reason.NO_DEVICE, Reason.BUSY):
            raise
        return None
    finally:
        transport.close()


def _with(found: Found, spec: DriverSpec, belief: Belief, options: Any) -> Found:
    told, why = dict(found.options), belief.why
    if isinstance(options, SerialOptions):
        why += f", at {options.baud} baud"
        field = spec.options.model_fields.get("baud")
        if field is not None and field.default != options.baud:
            told["baud"] = options.baud
    told |= belief.options
    return replace(
        found, driver=spec.name, why=f"{found.why}; {why}", sure=belief.sure, options=told
    )


def _unknown(found: Found, failed: Iterable[str]) -> Found:
    broken = "".join(f"; driver {name} failed" for name in failed)
    if found.medium is Medium.USB:
        return replace(found, why=f"{found.why}; it gave no answer that we know{broken}")
    return replace(found, driver=None, why=f"{found.why}; no answer that we know{broken}")
