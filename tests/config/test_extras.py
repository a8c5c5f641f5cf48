"""Programs installed without their extra say so in one sentence, with exit status 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHOUT = """
import runpy, sys
missing, program = sys.argv[1:3]
del sys.argv[1:3]
class Missing:
    def find_spec(self, name, *more):
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
runpy.run_module(program, run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "missing", "told"),
    [
        ("hall_controller", "sqlalchemy", "hall-controller needs the extra 'controller'"),
        ("hall_controller.node", "serial", "hall-node needs the extra 'node'"),
        ("hall_controller.node", "paho", "hall-node needs the extra 'node'"),
        ("kiosk", "kivy", "kiosk needs the extra 'kiosk'"),
        ("drivers", "serial", "hall-devices needs the extra 'drivers'"),
    ],
)
def test_a_missing_extra_is_one_sentence(
    module: str, missing: str, told: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, missing, module],
        # The screen is never opened: Kivy comes first.
        env=os.environ | {"DISPLAY": ":9999", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert done.stderr.startswith(told)
    assert f"there is no {missing}" in done.stderr


def test_drivers_that_cannot_be_loaded_are_one_sentence_each(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(
        '[[kiosks]]\nid = "k"\n[[kiosks.peripherals]]\nid = "p"\ndriver = "sdt_reader"\n'
        'options = { port = "/dev/ttyUSB0" }\n',
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "serial", "config", "check", str(file)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2,
        f"{file}:5: kiosks[0].peripherals[0].driver: driver 'sdt_reader' cannot be loaded: "
        "No module named 'serial' (pip install 'yukuai-hall[drivers]')\n",
    )


def test_a_check_of_others_that_fails_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "spoilt.py").write_text("def check(peripherals):\n    raise KeyError('secret')\n")
    about = tmp_path / "spoilt-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: spoilt\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[yukuai_hall.checks]\nspoilt = spoilt:check\n")
    file = tmp_path / "hall.toml"
    file.write_text(
        '[[kiosks]]\nid = "k"\n[[kiosks.peripherals]]\nid = "p"\ndriver = "sdt_reader"\n'
        'options = { port = "/dev/ttyUSB0" }\n',
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "config", "check", str(file)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2,
        f"{file}:5: kiosks[0].peripherals[0].driver: check 'spoilt' fails on them: KeyError\n",
    )


@pytest.mark.parametrize("missing", ["paho", "msgspec", "cryptography", "kivy", "nicegui"])
def test_drivers_need_no_bus_no_screen_and_no_web(missing: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, missing, "drivers", "options", "escpos"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "tcp_port" in done.stdout


def test_a_module_of_ours_that_is_missing_is_a_bug_and_no_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "bus", "hall_controller"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" in done.stderr
