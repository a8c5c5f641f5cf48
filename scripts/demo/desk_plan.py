"""What stands on the desk of peripherals, in the words of its page: names, uses, hands, faults."""

from dataclasses import dataclass

from drivers.interfaces import Kind
from drivers.sim.social_security_cards import CARDS
from scripts.demo.devices import PRINTER_FAULTS, READER_FAULTS, Fault, Hand, cards

READ_S = 8.0
CHIP_CARDS = {
    "jia": "测试甲",
    "yi": "很长的姓名",
    "old": "第一版卡",
    "spaces": "空格填充的卡",
    "expired": "过期的卡",
    "wrong": "号码校验位不对",
    "bank": "银行卡",
}
SIGN_FAULTS = (
    Fault("deaf", "收不到"),
    Fault("garble", "线路干扰"),
    Fault("echo", "转换器回声"),
    Fault("blocked", "线路堵住，送不出去"),
)


@dataclass(frozen=True, slots=True)
class DeskPlan:
    """One peripheral on the desk."""

    driver: str
    title: str
    hands: tuple[Hand, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A way to use a peripheral: its button in both languages, and what is shown or called."""

    zh: str
    en: str
    what: tuple[str, ...] = ()


LONG = "请A012到冷水镇大青㭎村便民服务点办理"
USES: dict[Kind, tuple[Use, ...]] = {
    Kind.CARD_READER: (Use("读一张卡", "Read a card"),),
    Kind.SCANNER: (Use("扫一个码", "Read a code"),),
    Kind.TICKET_PRINTER: (Use("打一张号票", "Print a ticket"),),
    Kind.DOCUMENT_PRINTER: (Use("打一页A4", "Print an A4 page"),),
    Kind.DISPLAY: (
        Use("请A001到3号窗口", "A001 to window 3", ("请A001到3号窗口",)),
        Use("暂停服务", "Paused", ("暂停服务",)),
        Use(LONG, "A long text", (LONG,)),
        Use("（清屏）", "Clear", ("",)),
    ),
    Kind.SPEAKER: (
        Use("A001 → 3号窗口", "A001 → window 3", ("A001", "3号窗口")),
        Use("B012 → 12号窗口", "B012 → window 12", ("B012", "12号窗口")),
    ),
}

CHIP_HANDS = (
    *(Hand(CHIP_CARDS.get(key, key), f"lay {key}") for key in CARDS),
    Hand("拔出卡片", "lift"),
)
_CODES = (
    Hand("号票 A001", "scan A001"),
    Hand("渝中区A001", "scan 渝中区A001"),
    Hand("含身份证号的码", "scan ID:50010319000101001X"),
)

PLANS = (
    DeskPlan(
        "sdt_reader",
        "身份证读卡器（串口）",
        (*cards(), Hand("拿走卡片", "lift")),
        READER_FAULTS,
    ),
    DeskPlan(
        "social_security_card",
        "社保卡读卡器（PC/SC）",
        (*CHIP_HANDS, Hand("pcscd 重启", "restart")),
        (
            Fault("silent", "卡没有反应"),
            Fault("lifted_at", "读到一半拔卡", "4", "0"),
            Fault("select_sw", "不是社保卡", '"6A82"', "null"),
            Fault("read_sw", "卡片损坏", '"6581"', "null"),
            Fault("bad_atr", "卡插反了"),
        ),
    ),
    DeskPlan(
        "serial_scanner",
        "扫码器（串口）",
        (*_CODES, Hand("把码拿开", "hide")),
        (
            Fault("silent", "没有反应"),
            Fault("no_suffix", "没有结束符"),
            Fault("split_ms", "分两段到达", "30", "0"),
            Fault("nul", "夹杂空字节"),
            Fault("noise", "线路有杂音"),
        ),
    ),
    DeskPlan(
        "keyboard_scanner",
        "扫码器（键盘口）",
        (Hand("号票 A001", "scan A001"), Hand("把码拿开", "hide")),
        (Fault("silent", "没有反应"), Fault("no_suffix", "没有回车"), Fault("caps", "大写锁定")),
    ),
    DeskPlan(
        "escpos",
        "号票打印机",
        (Hand("装纸、合盖", "load_paper"), Hand("关机再开", "power_cycle")),
        PRINTER_FAULTS,
    ),
    DeskPlan(
        "cups_printer",
        "A4 打印机（CUPS）",
        (),
        (
            Fault("paper_out", "没有纸"),
            Fault("jam", "卡纸"),
            Fault("door_open", "门没关"),
            Fault("toner_low", "墨粉不多"),
            Fault("toner_empty", "墨粉用完"),
            Fault("stopped", "队列停用"),
            Fault("offline", "打印机离线"),
            Fault("silent", "打印服务没有应答"),
        ),
    ),
    DeskPlan(
        "onbon_bx",
        "窗口条屏（仰邦 BX-6K）",
        (),
        (
            Fault("silent", "没有应答"),
            Fault("nack", "拒绝（字库缺失）", "12", "0"),
            Fault("garble", "应答损坏"),
            Fault("delay_s", "应答很慢", "0.6", "0"),
        ),
    ),
    DeskPlan("alpha_sign", "英文条屏（Alpha）", (), SIGN_FAULTS),
    DeskPlan("cd5220", "客显（CD5220）", (Hand("关机再开", "power_cycle"),), SIGN_FAULTS),
    DeskPlan(
        "modbus_digits",
        "数码屏（Modbus）",
        (),
        (
            Fault("silent", "没有应答"),
            Fault("exception", "拒绝（寄存器不对）", "2", "0"),
            Fault("garble", "应答损坏"),
        ),
    ),
    DeskPlan("speaker", "音箱", (), (Fault("blocked", "堵住了"),)),
)
