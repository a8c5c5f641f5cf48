"""`hall-devices options` and the help of each command tell what a driver takes."""

import json

import pytest
from test_cli_read import hall_devices


@pytest.mark.parametrize(
    ("words", "driver"),
    [
        (("options", "escpos"), "escpos"),
        (("print", "--help"), "escpos"),
        (("read", "--help"), "sdt_reader"),
        (("show", "--help"), "onbon_bx"),
    ],
)
def test_every_option_stands_there_with_its_default(words: tuple[str, ...], driver: str) -> None:
    schema = json.loads(hall_devices("options", driver, "--json").stdout)
    done = hall_devices(*words)
    assert done.returncode == 0
    _, told = done.stdout.split(f"--option of {driver}:")
    lines = [line.split() for line in told.split("--option of ")[0].splitlines()]
    for name, option in schema["properties"].items():
        (line,) = [line for line in lines if line[:1] == [name]]
        if option.get("default") is not None:
            default = option["default"]
            assert line[1] == (str(default).lower() if isinstance(default, bool) else str(default))
        assert option["description"].split()[0] in line


def test_all_drivers_and_an_unknown_one() -> None:
    assert set(json.loads(hall_devices("options", "--json").stdout)) >= {"escpos", "onbon_bx"}
    done = hall_devices("options", "escpo")
    assert (done.returncode, "did you mean escpos?" in done.stderr) == (2, True)
