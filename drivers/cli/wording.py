"""What `hall-devices test` and `watch` say, in Chinese and English."""

from enum import StrEnum
from typing import Annotated

import typer

from drivers import words
from drivers.cli.run import told_in
from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, Kind
from drivers.status import WORKING, PeripheralHealth, State


class Language(StrEnum):
    """Of the report."""

    ZH = "zh"
    EN = "en"


Lang = Annotated[
    Language | None, typer.Option("--lang", help="Language of the report; else the locale's.")
]

SAYINGS: dict[str, tuple[str, str]] = {
    "open": ("打开端口", "open the port"),
    "status": ("查询状态", "ask how it is"),
    "use.card_reader": ("读一张卡", "read a card"),
    "use.scanner": ("扫一个码", "scan a code"),
    "use.ticket_printer": ("打印测试号票", "print a test slip"),
    "use.document_printer": ("打印测试页", "print a test page"),
    "use.display": ("显示测试文字", "show a test text"),
    "use.speaker": ("播报测试号码", "call a test number"),
    "close": ("关闭端口", "close the port"),
    "lay": ("请把一张证件放在读卡器上（剩 {left} 秒）", "Lay a card on the reader ({left} s left)"),
    "scan": ("请把任意一个条码或二维码对准扫码器（剩 {left} 秒）",
             "Hold any code before the scanner ({left} s left)"),
    "working": ("{what}……", "{what} …"),
    "ask_paper": ("{id}：要打印一张测试纸吗？", "{id}: print a test slip?"),
    "no_paper": ("没有打印（--no-paper 或未加 --yes）", "not printed (--no-paper, or no --yes)"),
    "no_card": ("没有放卡，跳过", "no card was laid; not tried"),
    "no_code": ("没有扫码，跳过", "no code was shown; not tried"),
    "look_paper": ("看纸：标尺占满一行，汉字清楚，二维码能扫，纸已切断",
                   "Look: the ruler fills a line, Chinese is clear, the QR code scans, it is cut"),
    "look_page": ("看打印出来的测试页", "Look at the page that came out"),
    "look_display": ("看屏：应显示“{shown}”", "Look at the display: it should show “{shown}”"),
    "listen": ("听：应听到“{said}”", "Listen: “{said}” should be heard"),
    "not_printed": ("没有打印", "not printed"),
    "unsure": ("不确定是否打完", "unsure whether all of it was printed"),
    "printed": ("打印机确认已打完", "the printer confirmed it"),
    "refused": ("没有显示", "not shown"),
    "hangs": ("{limit:.0f} 秒内没有结束", "did not come to an end within {limit:.0f} s"),
    "summary": ("{good} 个正常，{bad} 个有问题", "{good} work, {bad} do not"),
    "paper": ("纸", "paper"),
    "firmware": ("固件", "firmware"),
    "cover_open": ("盖子打开", "cover open"),
    "peripheral": ("外设", "peripheral"),
    "driver": ("驱动", "driver"),
    "state": ("状态", "state"),
    "cover": ("盖", "cover"),
    "card": ("卡", "card"),
    "since": ("自", "since"),
    "todo": ("怎么办", "what to do"),
    "open_": ("开", "open"),
    "shut": ("合", "shut"),
    "there": ("有", "there"),
    "none": ("无", "none"),
    "starting": ("正在启动", "starting"),
    "online": ("正常", "ready"),
    "busy": ("工作中", "busy"),
    "offline": ("不能用", "offline"),
    "user_error": ("等人处理", "needs a hand"),
    "no_device": ("没有找到", "not found"),
    "hardware_error": ("硬件故障", "faulty"),
    "stopped": ("已停止", "stopped"),
    "ok": ("有纸", "ok"),
    "low": ("将尽", "low"),
    "out": ("缺纸", "out"),
    "jam": ("卡纸", "jam"),
    "unknown": ("未知", "unknown"),
    "end": ("Ctrl-C 结束", "Ctrl-C ends it"),
}  # fmt: skip


def language(asked: Language | None) -> Language:
    """The language asked for here or before the command, else that of the locale."""
    if asked is not None:
        told_in.set(_spoken(asked))
    return Language(told_in.get() or words.language_here())


def say(key: str, lang: Language, **values: object) -> str:
    """One saying with its values."""
    return SAYINGS[key][0 if lang is Language.ZH else 1].format(**values)


def what_to_do(reason: str | None, kind: Kind | None, lang: Language) -> str:
    """What a technician should do about a failure."""
    if reason not in set(Reason):
        return ""
    return words.of_reason(Reason(reason), kind, _spoken(lang)).technician


def what_to_do_now(
    health: PeripheralHealth | DeviceStatus, kind: Kind | None, lang: Language
) -> str:
    """What a technician should do about a peripheral that is so; nothing when it works."""
    quiet = health.state in (State.STARTING, State.STOPPED)
    told = words.of_health(health, kind, _spoken(lang))
    plain = words.of_state(health.state, kind, _spoken(lang))
    if quiet or (health.state in WORKING and told == plain) or health.card_present:
        return ""
    return told.technician


def _spoken(lang: Language) -> words.Language:
    return "zh" if lang is Language.ZH else "en"
