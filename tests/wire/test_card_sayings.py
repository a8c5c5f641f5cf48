"""What the card readers say, in Chinese: the command and the meaning with it, the code as it is."""

import pytest
import sdt_sheet as sheet

from drivers.cards.pcsc_apdu import exchange, refusal
from drivers.cards.pcsc_service import chosen
from drivers.cards.pcsc_words import PcscError
from drivers.cards.photos import NO_DECODER
from drivers.cards.sdt_frames import Answer, BadFrameError, Command, FrameReader
from drivers.cards.sdt_status import DONE, GOOD, check
from drivers.errors import PeripheralError
from drivers.saying import in_language, is_said_in, saying


@pytest.mark.parametrize(
    ("command", "status", "detail", "advice"),
    [
        (Command.FIND, 0x60, "寻卡：模块自检失败（60）",
         "请关掉读卡器电源再打开；仍不行，它的模块需要维修。"),
        (Command.SELECT, 0x81, "选卡：选卡失败（81）",
         "请只放一张卡，放平再试；卡可能已磨损或损坏。"),
        (Command.READ, 0x41, "读卡：读卡失败（41）", "请重新放卡，读完再拿开。"),
        (Command.NEWEST_ADDRESS, 0x77, "读最新住址：未知状态（77）",
         "这台读卡器不认这条命令，请查看它的说明书。"),
    ],
)  # fmt: skip
def test_a_status_of_the_module(command: Command, status: int, detail: str, advice: str) -> None:
    with pytest.raises(PeripheralError) as caught:
        check(command, Answer(status, b""))
    assert in_language(caught.value.detail, "zh") == detail
    assert in_language(caught.value.advice, "zh") == advice


@pytest.mark.parametrize("command", list(Command))
def test_every_status_of_every_command_is_said(command: Command) -> None:
    good = GOOD.get(command, (DONE,))
    for status in (status for status in range(256) if status not in good):
        with pytest.raises(PeripheralError) as caught:
            check(command, Answer(status, b""))
        assert is_said_in(caught.value.detail, "zh")
        assert is_said_in(caught.value.advice, "zh")
        assert caught.value.detail.startswith(f"{command.name}: ")
        assert caught.value.detail.endswith(f" ({status:02X})")


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (sheet.CITIZEN[:-1] + sheet.HEX("7B"), "校验错误"),
        (sheet.HEX("AA AA AA 96 69 FF FF 00 00 90"), "长度 65535"),
        (sheet.HEX("AA AA AA 96 69 00 04 90 00 90 04"), "SW1 SW2 为 90 00"),
    ],
)
def test_what_is_wrong_with_a_frame(frame: bytes, what: str) -> None:
    frames = FrameReader()
    frames.feed(frame)
    with pytest.raises(BadFrameError) as caught:
        frames.take()
    assert in_language(caught.value.what, "zh") == what


def test_the_word_of_a_chip_card() -> None:
    error = refusal(0x6983, saying("reading field {tag:02X}", tag=0x09))
    assert error.detail == "reading field 09: card is blocked (6983)"
    assert in_language(error.detail, "zh") == "读字段 09：卡片已锁定（6983）"
    pin = refusal(0x63C2, saying("reading file {file:04X}", file=0xEF05))
    assert in_language(pin.detail, "zh") == "读文件 EF05：密码不对，还可以试 2 次（63C2）"
    with pytest.raises(PeripheralError) as caught:
        exchange(lambda _: b"\x90", bytes.fromhex("00 A4 00 00 02 EF 05"))
    assert in_language(caught.value.detail, "zh") == "应答只有 1 个字节，没有状态字"


def test_the_word_of_the_service() -> None:
    gone = PcscError(0x8010001D, saying("connecting to the PC/SC service"), sent=False)
    assert gone.detail == "connecting to the PC/SC service: PC/SC service does not run (8010001D)"
    assert in_language(gone.detail, "zh") == "连接 PC/SC 服务：PC/SC 服务没有运行（8010001D）"
    with pytest.raises(PeripheralError) as caught:
        chosen([], "ACS")
    assert caught.value.detail == "no PC/SC reader 'ACS'; there: none"
    assert in_language(caught.value.detail, "zh") == "找不到 PC/SC 读卡器 'ACS'；现有：没有"


def test_every_status_word_is_said() -> None:
    for sw in range(0x6200, 0x9500):
        error = refusal(sw, saying("reading file {file:04X}", file=0xEF06))
        assert is_said_in(error.detail, "zh")
        assert is_said_in(error.advice, "zh")


def test_why_a_photo_stays_encoded() -> None:
    assert is_said_in(NO_DECODER, "zh")
    assert "yukuai_hall.photo_decoders" in in_language(NO_DECODER, "zh")
