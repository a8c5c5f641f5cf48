"""`/metrics` for Prometheus: the loop's own counters, and gauges read off the newest picture.

The registry is our own and is asked at each scrape; nothing is counted twice or kept here.
"""

from collections import Counter
from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from hall_controller.port import HallPort
from hall_controller.views import HallView


class HallCollector(Collector):
    """Reads the hall at the moment of the scrape."""

    def __init__(self, port: HallPort) -> None:
        self._port = port

    def collect(self) -> Iterator[Metric]:
        """Every figure, as Prometheus families."""
        yield from _counters(self._port)
        view = self._port.feed.current
        yield _gauge("hall_loop_alive", "1 while the hall loop takes commands.", self._port.alive)
        yield _gauge("hall_bus_connected", "1 while the broker is reached.", view.bus_connected)
        yield _gauge("hall_view_revision", "Revision of the newest picture.", view.revision)
        yield from _queues(view)
        yield _by_word(
            "hall_terminals", "Terminals by presence.", "state", (t.state for t in view.terminals)
        )
        yield _by_word(
            "hall_peripherals",
            "Peripherals by state.",
            "state",
            (p.state for t in view.terminals for p in t.peripherals),
        )
        yield _by_word(
            "hall_windows", "Windows by what they show.", "shows", (w.shows for w in view.windows)
        )


def metrics_router(port: HallPort) -> APIRouter:
    """`/metrics` in the Prometheus text format."""
    registry = CollectorRegistry()
    registry.register(HallCollector(port))
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _counters(port: HallPort) -> Iterator[Metric]:
    for name, value in port.counters().items():
        if name.endswith("_total"):
            family: Metric = CounterMetricFamily(name, f"Since the start: {name}.", value=value)
        else:
            family = GaugeMetricFamily(name, f"Of the hall loop: {name}.", value=value)
        yield family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _queues(view: HallView) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("hall_tickets_waiting", "Waiting now.", labels=["queue"])
    missed = GaugeMetricFamily("hall_tickets_missed", "Missed, may return.", labels=["queue"])
    longest = GaugeMetricFamily(
        "hall_longest_wait_seconds", "Longest wait of those waiting now.", labels=["queue"]
    )
    issued = GaugeMetricFamily("hall_tickets_issued_today", "Issued today.", labels=["queue"])
    finished = GaugeMetricFamily("hall_tickets_finished_today", "Finished today.", labels=["queue"])
    for queue in view.queues:
        oldest = min((t.issued_ms for t in queue.waiting), default=view.at_ms)
        waiting.add_metric([queue.id], len(queue.waiting))
        missed.add_metric([queue.id], len(queue.missed))
        longest.add_metric([queue.id], max(0, view.at_ms - oldest) / 1000)
        issued.add_metric([queue.id], queue.issued_today)
        finished.add_metric([queue.id], queue.finished_today)
    yield from (waiting, missed, longest, issued, finished)


def _by_word(name: str, text: str, label: str, words: Iterator[str]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for word, count in sorted(Counter(words).items()):
        family.add_metric([word], count)
    return family
