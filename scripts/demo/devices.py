"""What a hand may do to the demo's simulators, in the words of the stage page."""

from dataclasses import asdict, dataclass
from typing import Any

from drivers.sim import Simulator
from drivers.sim.people import CITIZENS


@dataclass(frozen=True, slots=True)
class Fault:
    """One button: sets the simulator's attribute `name` to `on` or back to `off` (JSON words)."""

    name: str
    label: str
    on: str = "true"
    off: str = "false"


READER_FAULTS = (
    Fault("silent", "没有反应"),
    Fault("lifted_midway", "读到一半拿走"),
    Fault("bad_checksum", "校验错误", "1000", "0"),
    Fault("select_fails", "选卡失败"),
    Fault("sam_fault", "安全模块故障", "60", "null"),
)
PRINTER_FAULTS = (
    Fault("near_end", "纸快用完"),
    Fault("paper_out", "没有纸"),
    Fault("cover_open", "盖子打开"),
    Fault("out_at_line", "打印一半没纸", "5", "null"),
    Fault("jam_at_cut", "切刀卡住"),
    Fault("bytes_per_s", "打印很慢", "60", "null"),
    Fault("silent", "没有反应"),
)
CARD_NOTES = {
    "jia": "居民身份证，长期有效",
    "yi": "土家族，少数民族",
    "bing": "姓名里有间隔号",
    "ding": "姓名里有生僻字",
    "expired": "证件已过期",
    "long": "住址很长",
    "wrong": "号码校验位不对",
}


def cards() -> list[dict[str, str]]:
    """The cards that can be laid, each with its key, label and note."""
    return [
        {"key": key, "label": citizen.name, "about": CARD_NOTES.get(key, "")}
        for key, citizen in CITIZENS.items()
    ]


def faults_of(device: Simulator) -> tuple[Fault, ...]:
    """The fault buttons for a simulator."""
    return {"sdt_reader": READER_FAULTS, "escpos": PRINTER_FAULTS}.get(device.name, ())


def fault_plan(device: Simulator) -> list[dict[str, Any]]:
    """The same as data for the page."""
    return [asdict(fault) for fault in faults_of(device)]


def active_faults(device: Simulator) -> list[str]:
    """Labels of the faults that are played now."""
    return [fault.label for fault in faults_of(device) if getattr(device, fault.name)]
