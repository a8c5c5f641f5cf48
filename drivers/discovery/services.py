"""What print servers and the smart card service already know: their queues and their readers."""

from typing import Any

from drivers.cards.pcsc_service import Service
from drivers.cards.pcsc_words import PcscError
from drivers.discovery.found import Found, Medium, Note, as_told
from drivers.errors import PeripheralError, Reason
from drivers.printers.cups_ipp import text_of
from drivers.printers.cups_place import IPP_PORT, SOCKET, local_server
from drivers.printers.cups_queue import Queue, queues_of
from drivers.printers.cups_server import Server

TIMEOUT_S = 3.0
USUAL_PLACES = (str(SOCKET), f"localhost:{IPP_PORT}")
PCSCD = "PC/SC (pcscd)"
IPP_PATH = "/ipp/print"  # where every IPP Everywhere printer answers


def cups_places(hosts: tuple[str, ...] = (), *, local: bool = True) -> list[Found]:
    """Queues of this machine's print server (when `local`) and of those on `hosts`."""
    found = _local_queues() if local else []
    for host in hosts:
        found += _queues(Server(host, IPP_PORT, TIMEOUT_S), host)
    return found


def ipp_place(host: str, tcp_port: int = IPP_PORT) -> list[Found]:
    """The network printer at `host`, where one answers by IPP itself; else nothing."""
    uri = (
        f"ipp://{host}:{tcp_port}{IPP_PATH}" if tcp_port != IPP_PORT else f"ipp://{host}{IPP_PATH}"
    )
    try:
        condition = Queue(Server(host, tcp_port, TIMEOUT_S), uri, IPP_PATH).condition()
    except PeripheralError:
        return []
    model = condition.model
    why = Note("scan.ipp", model=model) if model else Note("scan.ipp_unnamed")
    return [Found(Medium.TCP, uri, (why,), "cups_printer", sure=True, options={"uri": uri})]


def _local_queues() -> list[Found]:
    try:
        server = Server(*local_server(), TIMEOUT_S)
    except PeripheralError as e:  # whoever wrote client.conf should hear of it
        return [Found(Medium.CUPS, "CUPS", (as_told(e.detail),))]
    return _queues(server, "")


def _queues(server: Server, host: str) -> list[Found]:
    try:
        queues = queues_of(server)
    except PeripheralError as e:
        if e.reason is Reason.SILENT and not host:
            return [Found(Medium.CUPS, f"CUPS {server.place}", (Note("scan.cups_deaf"),))]
        return []  # no print server, or none that tells
    found = []
    for queue in queues:
        name, model = text_of(queue, "printer-name"), text_of(queue, "printer-make-and-model")
        options: dict[str, Any] = {"queue": name}
        if host or server.place not in USUAL_PLACES:
            options |= {"host": server.host, "tcp_port": server.tcp_port}
        place = f"CUPS {name} ({server.place})"
        why = Note("scan.cups", model=model or text_of(queue, "printer-info") or name)
        found.append(Found(Medium.CUPS, place, (why,), "cups_printer", sure=True, options=options))
    return found


def pcsc_places() -> list[Found]:
    """Readers that the smart card service lists, or why it lists none; no card is touched."""
    try:
        service = Service()
    except PcscError:
        return [Found(Medium.PCSC, PCSCD, (Note("scan.no_pcscd"),))]
    except PeripheralError as e:
        missing = e.reason is Reason.BAD_OPTION
        return [
            Found(Medium.PCSC, PCSCD, (Note("scan.no_pyscard") if missing else as_told(e.detail),))
        ]
    try:
        names = service.readers()
    except PeripheralError:
        names = []
    finally:
        service.close()
    return [
        Found(
            Medium.PCSC,
            name,
            (Note("scan.pcsc"),),
            "social_security_card",
            sure=False,
            options={"reader": name},
        )
        for name in names
    ]
