"""The demo's hall: simulators, a settings file that points at them, and every program started."""

import contextlib
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from config.loader import load
from config.schema import HallSettings
from drivers import sim
from drivers.sim import Simulator
from scripts.demo.processes import Children, DemoError, free_port, wait_until
from scripts.demo.screen import VirtualScreen, start_screen, start_viewer

KIOSK_SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080)}
WINDOWS = ("1", "2", "3")
SMALL_DISPLAYS = {"sign-1": "alpha_sign", "pole-2": "cd5220", "digits-3": "modbus_digits"}
SPEAKER = "speaker"
NODE = "node-1"
_PIN = re.compile(r"^staff: (?P<id>\S+).*PIN (?P<pin>\d{4,8})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class KioskPlan:
    """A kiosk of the demo and how it stands."""

    id: str
    orientation: str


PLANS = (KioskPlan("kiosk-1", "portrait"), KioskPlan("kiosk-2", "landscape"))


@dataclass(slots=True)
class DemoHall:
    """The whole running hall. `start` everything, `stop` everything."""

    folder: Path
    kiosks: tuple[KioskPlan, ...]
    say: Callable[[str], None] = print
    session: Mapping[str, float] = field(default_factory=dict)
    ports: tuple[int, int] = (18830, 18800)  # of broker and web, if they are free; 0: any
    children: Children = field(init=False)
    devices: dict[str, Simulator] = field(default_factory=dict)  # "kiosk-1/reader", "panel-3"
    screens: dict[str, VirtualScreen] = field(default_factory=dict)
    viewers: dict[str, int] = field(default_factory=dict)  # web socket ports
    settings: HallSettings = field(init=False)

    def __post_init__(self) -> None:
        self.children = Children(self.folder / "logs")

    @property
    def settings_file(self) -> Path:
        """The settings that all programs of this demo read."""
        return self.folder / "hall.toml"

    @property
    def data_dir(self) -> Path:
        """The controller's data folder."""
        return self.folder / "var"

    @property
    def web(self) -> str:
        """Address of the controller's web server."""
        return f"http://127.0.0.1:{self.settings.web.port}"

    def prepare(self) -> None:
        """An empty folder, the simulators, and the settings that point at them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        for kiosk in self.kiosks:
            link = self.folder / "dev" / f"{kiosk.id}-reader"
            link.parent.mkdir(exist_ok=True)
            self.devices[f"{kiosk.id}/reader"] = sim.start("sdt_reader", link=link)
            self.devices[f"{kiosk.id}/printer"] = sim.start("escpos")
        self._start_chip_reader()
        for window in WINDOWS:
            self.devices[f"panel-{window}"] = sim.start("onbon_bx")
        for name, driver in (*SMALL_DISPLAYS.items(), (SPEAKER, "speaker")):
            self.devices[name] = sim.start(driver)
        self.settings_file.write_text(self._settings_text(), encoding="utf-8")
        self.settings = load(self.settings_file)

    def _start_chip_reader(self) -> None:
        """A PC/SC reader at the first kiosk, where a card service can run on this machine."""
        try:
            self.devices[f"{self.kiosks[0].id}/chip"] = sim.start("social_security_card")
        except (ValueError, OSError) as error:
            self.say(f"demo: no reader of social security cards: {error}")

    def start_controller(self) -> None:
        """The controller with its broker; returns when its web answers."""
        self._timed("controller", self._start_controller)

    def start_rest(self, *, viewers: bool) -> None:
        """The node and the kiosks, with their screens in the browser when `viewers`."""
        self._launch("node")
        for kiosk in self.kiosks:
            self._timed(kiosk.id, lambda plan=kiosk: self._open_kiosk(plan, viewers))  # type: ignore[misc]

    def start_kiosk(self, kiosk: str) -> None:
        """That kiosk's program on its screen; returns when it is at home and connected."""
        self._launch(kiosk)
        wait_until(lambda: self._at_home(kiosk), f"{kiosk} at home", 30, self.children)

    @property
    def at_windows(self) -> tuple[str, ...]:
        """The displays at the windows, each named with its window at the end."""
        return (*(f"panel-{window}" for window in WINDOWS), *SMALL_DISPLAYS)

    @property
    def programs(self) -> tuple[str, ...]:
        """Our own programs, which may be killed and started again."""
        return ("controller", "node", *(kiosk.id for kiosk in self.kiosks))

    def kill(self, program: str) -> None:
        """End a program as a power cut would."""
        self.children.named(program).process.kill()

    def start_again(self, program: str) -> None:
        """Start a program that has ended; returns at once."""
        self.children.forget(program)
        self._launch(program)

    def pins(self) -> dict[str, str]:
        """PIN by clerk id, as the controller printed them at its first start."""
        text = (self.children.logs / "controller.log").read_text(encoding="utf-8")
        return {match["id"]: match["pin"] for match in _PIN.finditer(text)}

    def described(self, kiosk: str) -> Path:
        """Where that kiosk writes which screen it shows and what can be pressed."""
        return self.folder / f"{kiosk}-screen.json"

    def stop(self) -> None:
        """Stop every program, then unplug the simulators."""
        self.children.stop()
        self._stop_left_broker()
        for device in self.devices.values():
            device.stop()

    def _launch(self, program: str) -> None:
        """Start one of our own programs."""
        env: dict[str, str] = {}
        match program:
            case "controller":
                command = _module("hall_controller", "--config", str(self.settings_file))
            case "node":
                command = _module("hall_controller.node", *self._common(NODE))
            case _:
                screen, described = self.screens[program], self.described(program)
                described.unlink(missing_ok=True)
                size = f"{screen.width}x{screen.height}"
                shown = ("--windowed", size, "--describe", str(described))
                command = _module("kiosk", *self._common(program), *shown)
                env = {"DISPLAY": screen.display, "LIBGL_ALWAYS_SOFTWARE": "1"}
        self.children.start(program, command, env=env)

    def _stop_left_broker(self) -> None:
        """A controller that was killed leaves its broker running, for the next one to adopt."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            record = json.loads((self.data_dir / "broker" / "broker.json").read_text("utf-8"))
            os.kill(int(record["pid"]), signal.SIGTERM)

    def _start_controller(self) -> None:
        self._launch("controller")
        wait_until(self._healthy, "the controller's /healthz", 30, self.children)

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.web}/healthz", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    def _open_kiosk(self, plan: KioskPlan, viewers: bool) -> None:
        screen = start_screen(self.children, plan.id, *KIOSK_SIZES[plan.orientation])
        self.screens[plan.id] = screen
        self.start_kiosk(plan.id)
        if viewers:
            self.viewers[plan.id] = start_viewer(self.children, plan.id, screen)

    def _at_home(self, kiosk: str) -> bool:
        path = self.described(kiosk)
        if not path.exists():
            return False
        described = json.loads(path.read_text(encoding="utf-8"))
        return described["screen"] in ("home", "idle") and bool(described["connected"])

    def _common(self, terminal: str) -> list[str]:
        return ["--config", str(self.settings_file), "--id", terminal]

    def _timed(self, what: str, work: Callable[[], None]) -> None:
        begun = time.monotonic()
        work()
        self.say(f"demo: {what} runs ({time.monotonic() - begun:.1f} s)")

    def _settings_text(self) -> str:
        lines = [
            "# Made by the demo: the sample hall, every peripheral simulated on a PTY or port.",
            _table("site", code="500240116000", contact="023-00000000",
                   notices=["请带好身份证件", "过号请到服务台", "代办服务不收费"]),
            _table("controller", data_dir=str(self.data_dir)),
            _table("broker", port=free_port(self.ports[0])),
            _table("web", port=free_port(self.ports[1])),
        ]  # fmt: skip
        for plan in self.kiosks:
            lines.append(_table("[kiosks]", id=plan.id, orientation=plan.orientation))
            if self.session:
                lines.append(_table("kiosks.session", **self.session))
            for name in ("reader", "chip", "printer"):
                if f"{plan.id}/{name}" in self.devices:
                    lines += self._peripheral("kiosks", name, f"{plan.id}/{name}")
        lines.append(_table("[nodes]", id=NODE))
        for name in (*self.at_windows, SPEAKER):
            lines += self._peripheral("nodes", name, name)
        for name in self.at_windows:
            window = name.rpartition("-")[2]
            lines.append(_table("[nodes.panels]", window=window, peripheral=name))
        return "\n".join(lines)

    def _peripheral(self, place: str, id_: str, device: str) -> list[str]:
        """A peripheral's tables, pointing its driver at the simulator."""
        simulator = self.devices[device]
        options = {key: value if isinstance(value, bool | int | float) else str(value)
                   for key, value in simulator.options.items()}  # fmt: skip
        return [
            _table(f"[{place}.peripherals]", id=id_, driver=simulator.name),
            _table(f"{place}.peripherals.options", **options),
        ]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _table(header: str, **values: object) -> str:
    """One TOML table; JSON's strings, numbers, booleans and flat lists are TOML's too."""
    rows = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([f"[{header}]", *rows, ""])


def monitor_line(hall: DemoHall) -> str:
    """A ready `mosquitto_sub` line with the read-only login."""
    path = hall.data_dir / "links" / "monitor.json"
    if not path.exists():
        raise DemoError(f"the controller wrote no monitor login to {path}")
    login = json.loads(path.read_text(encoding="utf-8"))
    return (
        f"mosquitto_sub -V mqttv5 -h {login['host']} -p {login['port']} -u {login['username']} "
        f"-P {login['password']} -v -t 'hall/1/#'"
    )
