"""`hall-config` as a technician runs it."""

import os
import subprocess
import sys
from pathlib import Path

from config.loader import EXAMPLES


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config", *arguments], capture_output=True, text=True, check=False
    )


def test_check_says_ok_and_names_the_hall() -> None:
    done = run("check", str(EXAMPLES / "all_simulated.toml"))
    assert done.returncode == 0, done.stderr
    assert "石柱土家族自治县冷水镇公共服务中心" in done.stdout


def test_check_names_bad_driver_options(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(
        '[[kiosks]]\nid = "k"\n[[kiosks.peripherals]]\nid = "p"\ndriver = "epson"\n', "utf-8"
    )
    done = run("check", str(file))
    assert done.returncode == 2
    assert f"{file}:5: kiosks[0].peripherals[0].driver: no driver 'epson'" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_tells_schema_and_driver_problems_at_once(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(
        '[web]\nport = "x"\n[[kiosks]]\nid = "k"\n[[kiosks.peripherals]]\nid = "p"\n'
        'driver = "sdt_raeder"\n[[kiosks.peripherals]]\nid = "q"\ndriver = "sdt_reader"\n'
        'options = { prt = "/dev/ttyS1" }\n',
        "utf-8",
    )
    lines = run("check", str(file)).stderr.splitlines()
    assert any(line.startswith(f"{file}:2: web.port") for line in lines)
    assert f"{file}:7: kiosks[0].peripherals[0].driver: no driver 'sdt_raeder'" in lines[1]
    assert "did you mean 'sdt_reader'?" in lines[1]
    assert any("options.prt: unknown setting (did you mean 'port'?)" in line for line in lines)


def test_check_tells_of_peripherals_that_are_at_one_place(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    (tmp_path / "usb-Acme").symlink_to(os.ttyname(theirs))
    file = tmp_path / "hall.toml"
    file.write_text(
        '[[kiosks]]\nid = "k"\n[[kiosks.peripherals]]\nid = "reader"\ndriver = "sdt_reader"\n'
        f'options = {{ port = "{os.ttyname(theirs)}" }}\n'
        '[[kiosks.peripherals]]\nid = "scanner"\ndriver = "serial_scanner"\n'
        f'options = {{ port = "{tmp_path}/usb-Acme" }}\n'
        '[[kiosks.peripherals]]\nid = "play"\ndriver = "sdt_reader"\nsimulated = true\n'
        f'options = {{ port = "{tmp_path}/usb-Acme" }}\n',
        "utf-8",
    )
    done = run("check", str(file))
    assert (done.returncode, done.stderr) == (
        2,
        f"{file}:10: kiosks[0].peripherals[1].options.port: {tmp_path}/usb-Acme "
        f"({os.ttyname(theirs)}) cannot be shared by k/scanner and k/reader, line 3 "
        "(give one of them another port)\n",
    )
    os.close(ours)
    os.close(theirs)


def test_explain_names_the_origin(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text("[web]\nport = 18899\n", "utf-8")
    lines = run("explain", str(file)).stdout.splitlines()
    assert any("web.port" in line and "18899" in line for line in lines), lines
    assert any("web.host" in line and "defaults.toml" in line for line in lines)


def test_diff(tmp_path: Path) -> None:
    old, new = tmp_path / "a.toml", tmp_path / "b.toml"
    old.write_text("[web]\nport = 18801\n", "utf-8")
    new.write_text("[web]\nport = 18802\n", "utf-8")
    done = run("diff", str(old), str(new))
    assert (done.returncode, done.stdout) == (1, "web.port: 18801 -> 18802\n")
    assert run("diff", str(old), str(old)).returncode == 0
