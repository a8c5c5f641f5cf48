"""The pytest plugin `hall_drivers`: which drivers the conformance suite is run on.

    pytest --pyargs drivers.conformance --hall-driver my_display

It is loaded wherever this distribution is installed, so it imports nothing of it before it is used.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

DRIVER = "hall_driver"  # property of a test's report
VARYING = re.compile(r"\S*hall-sim-\w+|\d+")  # in one and the same fault

if TYPE_CHECKING:
    from drivers.conformance.subject import Subject

for module in ("documents", "life", "wire", "unplugging", "timeouts", "health", "questions"):
    pytest.register_assert_rewrite(f"drivers.conformance.{module}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """See pytest."""
    group = parser.getgroup("yukuai-hall", "drivers of Yukuai Hall")
    group.addoption(
        "--hall-driver", action="append", default=[], metavar="NAME",
        help="driver to put through the conformance suite; repeatable; all installed when omitted",
    )  # fmt: skip
    group.addoption(
        "--hall-option", action="append", default=[], metavar="KEY=VALUE",
        help="option of the driver besides those that its simulator gives, e.g. a short time-out",
    )  # fmt: skip
    group.addoption(
        "--hall-limit", type=float, default=20.0, metavar="SECONDS",
        help="the longest that one call of a driver may take (default 20)",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Say what is wrong with the options in a sentence, instead of in every test."""
    given = config.getoption("--hall-driver")
    if given:
        from drivers.conformance.given import problem

        wrong = problem(given, config.getoption("--hall-option"))
        if wrong:
            raise pytest.UsageError(wrong)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of the suite on each driver."""
    if "subject" not in metafunc.fixturenames or not hasattr(metafunc.cls, "hall_drivers"):
        return
    from drivers import registry
    from drivers.conformance.given import problem

    given = metafunc.config.getoption("--hall-driver")
    drivers = given or metafunc.cls.hall_drivers
    if not given and (wrong := problem(drivers, [])):
        raise pytest.Collector.CollectError(wrong)
    metafunc.parametrize("subject", drivers or registry.names(), indirect=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each fault once, however many tests it failed: what is wrong and what to do."""
    found = list(filter(None, map(_fault, terminalreporter.getreports("failed"))))
    alike = Counter(VARYING.sub("", told) for told in found)
    if found:
        terminalreporter.section("what to mend")
    for fault, count in alike.most_common():
        told = next(one for one in found if VARYING.sub("", one) == fault)
        terminalreporter.write_line(f"{told} ({'1 test' if count == 1 else f'{count} tests'})")


def _fault(report: pytest.TestReport) -> str | None:
    """The driver and the first line of what the suite says of it."""
    driver = dict(report.user_properties).get(DRIVER)
    crash = getattr(report.longrepr, "reprcrash", None)
    if driver is None or crash is None:
        return None
    told = crash.message.partition("\n")[0]
    told = told.removeprefix("AssertionError: ").removeprefix("Failed: ")
    return f"{driver}: {told}"


@pytest.fixture
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Subject]":
    """The driver under test with its simulator, which ends with the test."""
    from drivers.cli.run import pairs
    from drivers.conformance.subject import Subject

    request.node.user_properties.append((DRIVER, request.param))
    more: dict[str, Any] = dict(getattr(request.cls, "hall_options", {}).get(request.param, {}))
    more |= pairs(request.config.getoption("--hall-option"))
    subject = Subject(request.param, more, request.config.getoption("--hall-limit"), tmp_path)
    yield subject
    subject.end()
