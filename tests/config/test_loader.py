"""Settings files: layering, and every problem at once with its place and a suggestion."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from config.errors import ConfigError
from config.loader import DEFAULTS, EXAMPLES, load
from config.places import line_numbers
from config.schema import HallSettings, KioskSettings, SessionSettings


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "hall.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    return [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]


def test_no_file_is_the_sample_hall() -> None:
    settings = load(None)
    assert settings.site.code == "500240116000"
    assert [kiosk.id for kiosk in settings.kiosks] == ["kiosk-1"]


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.name)
def test_examples_load(file: Path) -> None:
    assert load(file).windows


def test_all_problems_come_at_once_with_line_and_suggestion(tmp_path: Path) -> None:
    text = (
        '[site]\ncode = "500240116009"\nnmae_override = "x"\n[broker]\nport = "x"\n'
        '[[windows]]\nid = "1"\nname = "1号窗口"\nqueues = ["genral"]\n'
        '[[kiosks]]\nid = "k"\nfulscreen = true\n'
    )
    assert problems(tmp_path, text) == [
        "2: site.code: no such division: 500240116009 (did you mean 500240116000 冷水镇?)",
        "3: site.nmae_override: unknown setting (did you mean 'name_override'?)",
        "5: broker.port: Input should be a valid integer, unable to parse string as an integer,"
        " got 'x'",
        "9: windows[0].queues[0]: no queue 'genral' (did you mean 'general'?)",
        "12: kiosks[0].fulscreen: unknown setting (did you mean 'fullscreen'?)",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[site]\ncode = "5"', "String should match pattern"),
        ('[[kiosks]]\nid = "a"\n[[kiosks]]\nid = "a"', "4: kiosks[1].id: 'a' is used twice"),
        ('[site]\nname_override = "x"', "is needed with a name override"),
        ("[site\n", "not valid TOML"),
        ("site = 3", "valid dictionary"),
        ('[[nodes]]\nid = "n"\n[[nodes.panels]]\nwindow = "9"\nperipheral = "p"', "no window '9'"),
    ],
)
def test_one_problem(tmp_path: Path, text: str, expected: str) -> None:
    assert any(expected in line for line in problems(tmp_path, text))


def test_missing_file_points_to_examples(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: No such file.*examples"):
        load(tmp_path / "none.toml")


def test_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_bytes("name = '冷水'".encode("gb18030"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(file)


def test_own_windows_do_not_inherit_the_sample_kiosks(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text('[[windows]]\nid = "1"\nname = "1号"\nqueues = ["general"]\n', encoding="utf-8")
    settings = load(file)
    assert not settings.kiosks
    assert not settings.nodes
    assert settings.queues


def leaves(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def test_defaults_file_names_every_setting() -> None:
    text = DEFAULTS.read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    optional = {"tls_ca", "width", "height"}  # shown as comments
    for section, field in HallSettings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            assert leaves(kind) - optional == set(tree[section])
    assert leaves(SessionSettings) == set(tree["kiosks"][0]["session"])
    assert leaves(KioskSettings) - optional == set(tree["kiosks"][0])
    for name in optional:
        assert f"# {name} = " in text


def test_defaults_file_agrees_with_the_schema() -> None:
    minimal = {"site": {"code": "500240116000"}}
    lists = {key: [] for key in ("kiosks", "nodes", "staff")}
    tree = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    bare = HallSettings.model_validate(
        minimal | {"queues": tree["queues"], "windows": tree["windows"]} | lists
    )
    assert load(None).model_copy(update=lists) == bare


@given(st.text(max_size=300))
def test_line_numbers_never_fail(text: str) -> None:
    assert all(line > 0 for line in line_numbers(text).values())
