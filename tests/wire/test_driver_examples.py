"""The configuration example that opens each driver's module is one that the hall accepts."""

import inspect
import re
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from config.loader import load
from drivers import registry
from drivers.errors import PeripheralError
from drivers.papers.slip import Slip

BEFORE = {
    "kiosks": '[[kiosks]]\nid = "kiosk-1"\n',
    "nodes": '[[nodes]]\nid = "node-1"\n',
}


def example(driver: str) -> str:
    """The indented lines of the module's docstring from `[[...]]` on."""
    module = sys.modules[registry.spec_of(driver).open.__module__]
    found = re.search(r"^    \[\[.*?\n\n", inspect.cleandoc(module.__doc__ or ""), re.M | re.S)
    assert found, f"{driver} has no example"
    return textwrap.dedent(found[0])


@pytest.mark.parametrize("driver", registry.names())
def test_the_example_is_accepted(driver: str, tmp_path: Path) -> None:
    text = example(driver)
    owner = re.match(r"\[\[(\w+)\.peripherals\]\]", text)
    assert owner
    file = tmp_path / "hall.toml"
    file.write_text(f'[site]\ncode = "500240116000"\n{BEFORE[owner[1]]}{text}', "utf-8")
    settings = load(file)
    (place,) = getattr(settings, owner[1])
    (peripheral,) = place.peripherals
    assert peripheral.driver == driver
    registry.check(driver, peripheral.options)


@pytest.mark.parametrize("driver", registry.names())
def test_so_is_every_alternative_in_its_comments(driver: str) -> None:
    for line in example(driver).splitlines():
        if line.startswith("#"):
            for options in re.findall(r"\{.*?\}", line):
                registry.check(driver, tomllib.loads(f"options = {options}")["options"])


@pytest.mark.parametrize("driver", registry.names())
def test_every_option_is_described(driver: str) -> None:
    fields = registry.spec_of(driver).options.model_fields
    assert [name for name, field in fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("driver", "option"),
    [
        (driver, option)
        for driver in registry.names()
        for option in ("host", "port", "file", "usb", "device", "queue", "uri", "pipe", "folder")
        if option in registry.spec_of(driver).options.model_fields
    ],
)
def test_an_empty_place_is_refused(driver: str, option: str) -> None:
    with pytest.raises(PeripheralError) as refused:
        registry.check(driver, {option: "", "tcp_port": 1} if option == "host" else {option: ""})
    assert option in refused.value.detail


def test_the_slip_that_the_guide_prints_is_one() -> None:
    Slip.model_validate_json(Path("config/examples/slip.json").read_bytes())
