"""What a hand may do to the demo's simulators, in the words of the stage page."""

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from drivers.sim import Simulator
from drivers.sim.card_layouts import Card
from drivers.sim.people import card, card_names


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
    Fault("short_frame", "应答中断", "1000", "0"),
    Fault("dribble_ms", "线路很慢", "1", "0"),
    Fault("garbage", "线路有杂音"),
    Fault("select_fails", "选卡失败"),
    Fault("refused", "卡认证失败"),
    Fault("keeps_finding", "读过的卡还报有卡"),
    Fault("old_module", "旧模块"),
    Fault("sam_fault", "安全模块故障", "60", "null"),
    Fault("baud", "波特率不对", "9600", "null"),
)
PRINTER_FAULTS = (
    Fault("near_end", "纸快用完"),
    Fault("paper_out", "没有纸"),
    Fault("cover_open", "盖子打开"),
    Fault("out_at_line", "打印一半没纸", "5", "null"),
    Fault("jam_at_cut", "切刀卡住"),
    Fault("paper_jam", "卡纸"),
    Fault("hot", "打印头过热"),
    Fault("unrecoverable", "要断电的故障"),
    Fault("reset_at_byte", "打印一半自己重启", "120", "null"),
    Fault("bytes_per_s", "打印很慢", "60", "null"),
    Fault("silent", "没有反应"),
)
CARD_NOTES = {
    "jia": "长期有效",
    "yi": "少数民族",
    "bing": "姓名有间隔号",
    "ding": "姓名有生僻字",
    "expired": "已过期",
    "long": "住址很长",
    "wrong": "校验位不对",
    "early": "还没启用",
    "undated": "生日不存在",
    "blank": "没写有效期",
    "moved": "写入了新住址",
    "rare": "姓名有自造字",
    "hmt": "港澳台居住证",
    "foreign_2017": "外国人2017版",
    "foreign_2023": "外国人2023版",
    "latin_only": "只有英文姓名",
    "unknown_type": "读不了的证件",
}
OFTEN = ("jia", "expired", "early", "wrong", "hmt", "unknown_type")
MAKESHIFT = "〔自造字〕"  # for a private-use character, which no font draws


@dataclass(frozen=True, slots=True)
class Hand:
    """A button for what a hand does: a control line of the simulator.

    `note` says what is special about it; `more`: seldom wanted, so not in the first row.
    """

    label: str
    line: str
    note: str = ""
    more: bool = False


def cards() -> tuple[Hand, ...]:
    """The ID cards that can be laid, those that are wanted often first."""
    keys = (*OFTEN, *(key for key in card_names() if key not in OFTEN))
    return tuple(
        Hand(label_of(card(key)), f"lay {key}", CARD_NOTES.get(key, ""), key not in OFTEN)
        for key in keys
    )


def label_of(laid: Card) -> str:
    """The name that stands on a card, in Latin letters where there is no Chinese one."""
    name = laid.name or str(getattr(laid, "latin", ""))
    return "".join(MAKESHIFT if unicodedata.category(char) == "Co" else char for char in name)


def faults_of(device: Simulator) -> tuple[Fault, ...]:
    """The fault buttons for a simulator."""
    return {"sdt_reader": READER_FAULTS, "escpos": PRINTER_FAULTS}.get(device.name, ())


def fault_plan(device: Simulator) -> list[dict[str, Any]]:
    """The same as data for the page."""
    return [asdict(fault) for fault in faults_of(device)]


def active_faults(device: Simulator) -> list[str]:
    """Labels of the faults that are played now."""
    return [fault.label for fault in faults_of(device) if getattr(device, fault.name)]


def control(device: Any, line: str) -> dict[str, Any]:
    """Carry out a control line; new paper goes in by taking *no paper* back, as people expect."""
    if line in ("paper_out false", "cover_open false", "out_at_line null", "paper_jam false"):
        device.control("load_paper")
    if line in ("jam_at_cut false", "unrecoverable false"):
        device.control("power_cycle")
    answer: dict[str, Any] = device.control(line)
    return answer
