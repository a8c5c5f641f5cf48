"""What is wrong with an option, in plain words; everything that an option is described as."""

import gettext
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, SecretStr, ValidationError

from drivers import registry, saying
from drivers.errors import PeripheralError
from drivers.papers.slip import Slip
from drivers.saying import in_language, is_said_in
from drivers.settings.near import hint, nearest
from drivers.settings.option_words import allowed, problems, properties

LIBRARY = re.compile("Input should|Field required|valid|parse|pattern|fromhex|Value error|String")


def refused(driver: str, **options: Any) -> str:
    with pytest.raises(PeripheralError) as e:
        registry.check(driver, options)
    assert not LIBRARY.search(e.value.detail), e.value.detail
    assert is_said_in(e.value.detail, "zh"), e.value.detail
    return e.value.detail


@pytest.mark.parametrize(
    ("driver", "options", "english", "chinese"),
    [
        ("sdt_reader", {}, "sdt_reader: port: must be given: Device path, e.g. /dev/ttyUSB0",
         "sdt_reader：port：必须填写：设备路径，如 /dev/ttyUSB0"),
        ("escpos", {"host": "x", "tcp_port": "abc"},
         "escpos: tcp_port: must be a whole number from 1 to 65535, not 'abc'",
         "escpos：tcp_port：应为 1 到 65535 的整数，不能是 'abc'"),
        ("escpos", {"host": "x", "columns": "40"},
         "escpos: columns: must be 48 or 32, not 40", "escpos：columns：应为 48 或 32，不能是 40"),
        ("escpos", {"host": "x", "status": "maybe"},
         "escpos: status: must be true or false, not 'maybe'",
         "escpos：status：应为 true 或 false，不能是 'maybe'"),
        ("escpos", {"host": "x", "after_init": "zz"},
         "escpos: after_init: must be bytes in hexadecimal, as in 1C 43 FF, not 'zz'",
         "escpos：after_init：应为十六进制字节，如 1C 43 FF，不能是 'zz'"),
        ("escpos", {"usb": "lp0"},
         "escpos: usb: must be vid:pid or vid:pid:serial, as in 0416:5011, not 'lp0'",
         "escpos：usb：应为“厂商号:产品号”或再加“:序列号”，如 0416:5011，不能是 'lp0'"),
        ("onbon_bx", {"host": "x", "area": "1"},
         "onbon_bx: area: must be x,y,width,height, as in 0,0,64,16, not '1'",
         "onbon_bx：area：应为“左,上,宽,高”，如 0,0,64,16，不能是 '1'"),
        ("sdt_reader", {"port": "x", "gap_s": "nan"},
         "sdt_reader: gap_s: must be a number above 0, up to 10 (seconds), not 'nan'",
         "sdt_reader：gap_s：应为大于 0 的数，最大 10（秒），不能是 'nan'"),
        ("serial_scanner", {"port": "x", "suffix": "k"},
         "serial_scanner: suffix: must be cr, lf, crlf, tab or none, not 'k'",
         "serial_scanner：suffix：应为 cr, lf, crlf, tab 或 none，不能是 'k'"),
        ("speaker", {"file": "x", "quiet": "always"},
         "speaker: quiet: 'always' is not like 12:00-14:00=40", None),
        ("escpos", {"host": "x", "colums": 48},
         "escpos: unknown option 'colums', did you mean columns?",
         "escpos：没有选项 'colums'，是不是 columns？"),
        ("social_security_card", {"reader": [1]},
         "social_security_card: reader: must be a text or a whole number, not [1]",
         "social_security_card：reader：应为文字 或 整数，不能是 [1]"),
    ],
)  # fmt: skip
def test_one_plain_sentence(
    driver: str, options: dict[str, Any], english: str, chinese: str | None
) -> None:
    told = refused(driver, **options)
    assert told == english
    assert in_language(told, "zh") == chinese or chinese is None


def test_each_wrong_option_has_a_line() -> None:
    told = refused("onbon_bx", host="x", speed=99, hold_s="long", power="up")
    assert [line.split(": ")[1] for line in told.splitlines()] == ["speed", "hold_s", "power"]


class Others(BaseModel):
    """What only models of others have."""

    odd: str = Field(pattern="^x+$")
    secret: SecretStr = SecretStr("")
    when: AwareDatetime | None = None
    below: float = Field(default=0, lt=5)
    one: Literal["a"] = "a"
    weight: Annotated[int, Field(gt=3, json_schema_extra={"unit": "kg"})] = 4
    many: list[int] = []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"odd": "y"}, "odd: must be a text of the form ^x+$, not 'y'"),
        ({"odd": "x", "secret": 5}, "secret: must be a text, not …"),
        ({"odd": "x", "when": "now"}, "when: must be a time with its zone, as in 2026-03-02T"),
        ({"odd": "x", "below": 7}, "below: must be a number, below 5, not 7"),
        ({"odd": "x", "one": "b" * 99}, "one: must be a, not 'bbbbbbbbbbbbbbbb"),
        ({"odd": "x", "weight": 1}, "weight: must be a whole number above 3 (kg), not 1"),
        ({"odd": "x", "many": "n"}, "many: must be a value, not 'n'"),
    ],
)
def test_models_of_others_are_told_of_too(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as e:
        Others.model_validate(options)
    (problem,) = problems(Others, e.value)
    assert problem.startswith(told)
    assert len(problem) < 140


def described() -> set[str]:
    specs = [registry.spec_of(name) for name in registry.names()]
    ours = [spec for spec in specs if spec.open.__module__.startswith("drivers.")]
    models = [Slip, *(spec.options for spec in ours)]
    fields = [schema for model in models for schema in properties(model).values()]
    return {str(schema.get("description", "")) for schema in fields} | {one.title for one in ours}


def test_what_options_are_described_as_has_its_chinese_and_none_is_left_over() -> None:
    found = gettext.translation(saying.DESCRIBED, Path(saying.LOCALE), ["zh_CN"])
    known = {key for key in found._catalog if key}  # type: ignore[attr-defined]
    assert described() - known == set()
    assert known - described() == set()


def test_what_is_allowed_of_every_option_can_be_said_in_chinese() -> None:
    for name in registry.names():
        for key, schema in properties(registry.spec_of(name).options).items():
            what = allowed(key, schema)
            assert is_said_in(re.sub("[A-Za-z0-9_-]", "", in_language(what, "zh")), "zh"), what
            assert "of the form" not in what, (name, key)


def test_units_of_options() -> None:
    units = {key: one.get("unit") for key, one in properties(registry.spec_of("escpos").options)
             .items()}  # fmt: skip
    assert (units["baud"], units["pace"]) == ("bits a second", "bytes a second")
    assert (units["reply_timeout_s"], units["columns"]) == ("seconds", None)
    assert properties(Others)["weight"]["unit"] == "kg"


@pytest.mark.parametrize("typed", ["ESCPOS", "Escpos", "esc-pos", "esc pos", "escpoz"])
def test_a_name_that_is_near_is_found_whatever_its_case(typed: str) -> None:
    assert nearest(typed, registry.names()) == "escpos"
    with pytest.raises(PeripheralError, match="did you mean escpos"):
        registry.spec_of(typed)


def test_where_nothing_is_near_all_names_are_told() -> None:
    assert hint("zzz", ["a", "b"]) == "there are a, b"
    assert in_language(hint("zzz", ["a", "b"]), "zh") == "有这些：a, b"
