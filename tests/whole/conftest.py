"""What the tests of the whole hall share: a demo hall on free ports, stopped at the end."""

import shutil

import pytest

NEEDED = ("Xvfb", "mosquitto_sub", "setpriv")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip with the reason where a program is not installed."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        for item in items:
            if "tests/whole/" in str(item.path):
                item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))
