"""The names of the rows are fixed: figures of different days are compared by them."""

from scripts.bench.__main__ import BENCHES, NAMES

AGREED = {
    "bus_ingest_ratio",
    "kiosk_start_ratio",
    "tickets_per_second",
    "ticket_reply_p99_ms",
    "touch_to_first_byte_p99_ms",
    "call_to_led_p99_ms",
    "bus_ingest_cpu_us",
    "bus_bare_cpu_us",
    "memory_mib_controller",
    "memory_mib_broker",
    "memory_mib_node",
    "memory_mib_kiosk",
    "slip_text_last_byte_ms",
    "slip_raster_last_byte_ms",
    "id_read_ratio",
    "idle_cpu_percent",
}


def test_every_agreed_row_has_one_benchmark() -> None:
    assert set(NAMES) >= AGREED
    assert len(set(NAMES)) == len(NAMES) == sum(len(bench.names) for bench in BENCHES)
