"""The arithmetic of the benchmark table, and when a run fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.row import Row, at_least, at_most, median, percentile, unmeasured


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 201)]
    assert percentile(values, 99) == 198
    assert percentile(values, 100) == 200
    assert percentile(values, 50) == 100
    assert percentile([7.0], 99) == 7


def test_p99_of_a_hundred_ignores_just_one() -> None:
    assert percentile([1.0] * 99 + [500.0], 99) == 1
    assert percentile([1.0] * 98 + [500.0] * 2, 99) == 500


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(1, 100))
def test_enough_values_do_not_exceed_a_percentile(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values) * (1 - 1e-9)


@pytest.mark.parametrize(
    ("values", "middle"), [([3.0], 3), ([9.0, 1.0], 5), ([5.0, 1.0, 100.0], 5)]
)
def test_median(values: list[float], middle: float) -> None:
    assert median(values) == middle


@pytest.mark.parametrize("figure", [percentile, lambda values, _percent: median(values)])
def test_nothing_measured_is_an_error(figure) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="no values"):
        figure([], 99)


def test_an_aim_is_met_at_its_edge() -> None:
    assert at_least("tickets_per_second", 500.0, "1/s", 500).ok
    assert not at_least("tickets_per_second", 499.9, "1/s", 500).ok
    assert at_most("call_to_led_p99_ms", 100.0, "ms", 100).ok
    assert not at_most("call_to_led_p99_ms", 100.1, "ms", 100).ok


def test_a_generator_that_was_the_bottleneck_spoils_the_row() -> None:
    assert not at_least("tickets_per_second", 900.0, "1/s", 500, sound=False).ok
    assert not at_most("ticket_reply_p99_ms", 1.0, "ms", 50, sound=False).ok


def test_only_ratios_and_what_was_not_measured_fail_a_run() -> None:
    assert at_least("bus_ingest_ratio", 0.59, "ratio", 0.6).fails
    assert not at_least("bus_ingest_ratio", 0.6, "ratio", 0.6).fails
    assert not at_least("tickets_per_second", 1.0, "1/s", 500).fails
    assert unmeasured("tickets_per_second", "no broker").fails
    assert not Row("memory_mib_kiosk", 120.0, "MiB").fails
