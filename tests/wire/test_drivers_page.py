"""The driver of docs/drivers.md, installed as somebody else's, passes the suite; spoilt, not."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "drivers.md"
LIMIT_LINES = 60


def blocks() -> dict[str, str]:
    """The page's files by name."""
    found = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    return dict(found)


def install(folder: Path, files: dict[str, str]) -> None:
    """As pip would leave it: modules beside a .dist-info with entry points."""
    project = tomllib.loads(files["pyproject.toml"])["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(metadata, "utf-8")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups), "utf-8")
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "drivers.conformance", "-q", "-x",
         "--hall-driver", "acme_lamp", "-p", "no:cacheprovider", "--rootdir", str(folder), *words],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_the_driver_and_its_simulator_are_short() -> None:
    for name in ("acme_lamp.py", "acme_lamp_sim.py"):
        assert len(blocks()[name].splitlines()) < LIMIT_LINES


def test_the_driver_of_the_page_passes_the_suite(tmp_path: Path) -> None:
    install(tmp_path, blocks())
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\d\d passed", done.stdout)
    assert "failed" not in done.stdout


MUTANTS = {
    "hangs in close": (
        "        self._transport.close()",
        "        self._transport.close()\n        time.sleep(60)",
        "close_twice", "close did not return within 4 s",
    ),
    "forgets to close": (
        "        self._transport.close()", "        pass", "left_open", "is in use"
    ),
    "keeps an unplugged cable to itself": (
        '        answer = self._ask(b"\\x05")',
        "        try:\n"
        '            answer = self._ask(b"\\x05")\n'
        "        except PeripheralError:\n"
        '            answer = b""',
        "unplugged_while_asked", "unplugged, and after 3 questions status still says OFFLINE",
    ),
    "blocks for ever on silence": (
        "while time.monotonic() < end:", "while True:", "nothing_comes_back", "did not return"
    ),
    "takes an unplugged cable for silence": (
        "            for answer in self._transport.read(64, 0.1):",
        "            try:\n"
        "                heard = self._transport.read(64, 0.1)\n"
        "            except PeripheralError as e:\n"
        '                raise PeripheralError(Reason.SILENT, "silent") from e\n'
        "            for answer in heard:",
        "unplugged_while_asked", "unplugged, but",
    ),
    "claims that nothing was sent": (
        "            for answer in self._transport.read(64, 0.1):",
        "            try:\n"
        "                heard = self._transport.read(64, 0.1)\n"
        "            except PeripheralError as e:\n"
        '                raise PeripheralError(Reason.LOST, "lost", sent=False) from e\n'
        "            for answer in heard:",
        "unplugged_in_use", "says that nothing was sent",
    ),
    "raises what is no PeripheralError": (
        ', b"": Reason.UNCONFIRMED}', "}", "nothing_comes_back", "not a PeripheralError"
    ),
    "says ok though nothing answers": (
        'b"": Reason.UNCONFIRMED}', 'b"": None}', "nothing_comes_back", "ok, though no answer came"
    ),
    "says ok though its simulator is silent": (
        'b"": Reason.UNCONFIRMED}', 'b"": None}', "falls_silent", "ok, though no answer came"
    ),
    "is online whatever answers": (
        "State.ONLINE if answer else State.OFFLINE", "State.ONLINE",
        "falls_silent", "fell silent, and status still says ONLINE",
    ),
    "is online without asking": (
        '        answer = self._ask(b"\\x05")\n', "        answer = True\n",
        "falls_silent", "fell silent, and status still says ONLINE",
    ),
    "takes a failed write for an answer": (
        "        self._transport.read(4096, 0)  # an answer that came too late\n"
        "        self._transport.write(question, 1.0)\n",
        "        try:\n"
        "            self._transport.write(question, 1.0)\n"
        "        except PeripheralError:\n"
        '            return b"\\x06"\n',
        "unplugged_in_use", "ok, though no answer came",
    ),
    "leaves a thread": (
        "        self._options = options",
        "        self._options = options\n"
        "        import threading\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "left_open", "threads left",
    ),
    "keeps an option to itself": (
        ', description="Serial device"', "", "option_is_described", "not described: port; give"
    ),
    "has an example that is refused": (
        "options = { port =", "options = { prt =", "example_that_is_accepted", "prt"
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_spoilt_driver_fails_it(tmp_path: Path, mutant: str) -> None:
    right, wrong, test, complaint = MUTANTS[mutant]
    files = blocks()
    assert right in files["acme_lamp.py"]
    spoilt = files["acme_lamp.py"].replace(right, wrong, 1)
    files["acme_lamp.py"] = spoilt.replace("import Reason", "import PeripheralError, Reason")
    install(tmp_path, files)
    done = run(tmp_path, "-k", test, "--hall-limit", "4")
    assert done.returncode == 1, done.stdout[-3000:]
    assert complaint in done.stdout
