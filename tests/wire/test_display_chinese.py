"""What the displays' drivers say, in Chinese too: literal sentences, and no code without one."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from drivers import registry
from drivers.displays import modbus_rtu, onbon_bx_frame
from drivers.saying import in_language, is_said_in
from drivers.transports import TcpOptions, open_transport

QUICK = {"onbon_bx": {"reply_timeout_s": 0.3, "busy_timeout_s": 0.0},
         "modbus_digits": {"reply_timeout_s": 0.2, "retries": 0}}  # fmt: skip


@pytest.fixture
def use(simulate: Callable[..., Any]) -> Callable[..., Any]:
    """Call a display of that driver once, its simulator with those faults."""

    def used(driver: str, call: str, *words: str, faults: dict[str, Any], **more: Any) -> Any:
        sim = simulate(driver)
        for name, value in faults.items():
            setattr(sim, name, value)
        options = registry.check(driver, {**sim.options, **QUICK.get(driver, {}), **more})
        device = registry.spec_of(driver).open(options)
        try:
            return getattr(device, call)(*words)
        finally:
            device.close()

    return used


@pytest.mark.parametrize(
    ("driver", "faults", "more", "told"),
    [
        ("onbon_bx", {"nack": 12}, {},
         "显示屏拒绝了：缺少字库（代码 12）。"
         "用厂家软件装入字库，或把选项 charset 设成它已有的字库。"),
        ("onbon_bx", {"nack": 99}, {},
         "显示屏拒绝了：错误 99（代码 99）。把代码报给显示屏厂家，问清是什么意思。"),
        ("onbon_bx", {"silent": True}, {}, "已发送，但显示屏没有确认：请看它是否显示了内容。"),
        ("onbon_bx", {}, {"reply": False}, "已发送；应答已关闭。"),
        ("modbus_digits", {"exception": 2}, {},
         "显示屏拒绝了：它没有这个寄存器（代码 2）。"
         "按它的说明书设置选项 value_register 和 text_register。"),
        ("modbus_digits", {"exception": 99}, {},
         "显示屏拒绝了：异常 99（代码 99）。对照它的说明书检查选项 mode 和 address。"),
        ("modbus_digits", {"silent": True}, {"echo": True},
         "已发送，但显示屏没有确认：检查它的地址、电源和接线。"
         "如果转换器不回送发出的内容，请去掉选项 echo。"),
        ("modbus_digits", {}, {"mode": "ascii"},
         "已发送；这种方式没有应答。只显示了其中的：A001。"),
        ("cd5220", {}, {},
         "已发送；这种屏没有应答，请看它是否显示了内容。"
         "有些字符显示屏没有，已替换：“请A001到3号窗口”换成“A001 TO 3”。"),
    ],
)  # fmt: skip
def test_shown_or_not(
    use: Callable[..., Any], driver: str, faults: Any, more: Any, told: str
) -> None:
    result = use(driver, "show", "请A001到3号窗口", faults=faults, **more)
    assert in_language(result.advice, "zh") == told
    assert is_said_in(result.advice, "zh")


@pytest.mark.parametrize(
    ("driver", "faults", "told"),
    [
        ("onbon_bx", {"silent": True}, "显示屏没有应答"),
        ("onbon_bx", {"garble": True}, "显示屏的应答已损坏"),
        ("modbus_digits", {"exception": 1}, "计数寄存器：它不认识这个功能码"),
        ("modbus_digits", {"silent": True, "echo": True},
         "收到的只是自己发出的内容：转换器有回送，没有显示屏应答"),
        ("modbus_digits", {"garble": True}, "显示屏的应答已损坏，或者不是它的"),
        ("alpha_sign", {}, "这种屏没有应答"),
    ],
)  # fmt: skip
def test_status(use: Callable[..., Any], driver: str, faults: Any, told: str) -> None:
    assert in_language(use(driver, "status", faults=faults).detail, "zh") == told


def test_every_code_has_its_word_and_its_remedy() -> None:
    assert {*onbon_bx_frame.ERRORS} == {*onbon_bx_frame.REMEDIES} == {*range(1, 17)}
    sayings = (onbon_bx_frame.ERRORS, onbon_bx_frame.REMEDIES, modbus_rtu.EXCEPTIONS)
    assert all(is_said_in(told, "zh") for table in sayings for told in table.values())


@pytest.mark.parametrize(
    ("driver", "faults", "told"),
    [
        ("onbon_bx", {}, "屏号 1 应答了仰邦的询问"),
        ("modbus_digits", {}, "Modbus 地址 1 应答了计数寄存器查询"),
        ("modbus_digits", {"exception": 2}, "Modbus 地址 1 应答了异常"),
    ],
)
def test_what_is_believed(
    simulate: Callable[..., Any], driver: str, faults: dict[str, int], told: str
) -> None:
    sim = simulate(driver, tcp_port=0)
    for name, value in faults.items():
        setattr(sim, name, value)
    probe = registry.spec_of(driver).probe
    assert probe is not None
    with contextlib.closing(open_transport(TcpOptions.model_validate(sim.options))) as transport:
        belief = probe(transport)
    assert belief is not None
    assert in_language(belief.why, "zh") == told
