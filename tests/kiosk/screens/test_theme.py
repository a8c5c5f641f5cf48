"""Contrast of the tokens, the icons' code points, and that screens spell none of it themselves."""

import ast
import re
from pathlib import Path

import pytest

import kiosk
from kiosk.fonts import ICONS as ICON_FONT
from kiosk.fonts import SOURCE, extract, find
from kiosk.screens.choose import pictogram
from kiosk.theme import NORMAL, PAIRS, TOKENS, contrast
from kiosk.widgets.icons import ICONS

SCREENS = Path(kiosk.__file__).parent / "screens"
CSS = Path("/usr/share/fonts-materialdesignicons-webfont/css/materialdesignicons.css")
TYPE_STYLES = ("number", "display", "title", "heading", "tile", "lead", "body", "hint")
DRAWN = ("text", "icon", "surface", "rule")


def test_contrast_formula_against_known_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_contrast_of_every_pair(text: str, ground: str, least: float) -> None:
    assert least >= 4.5
    assert contrast(NORMAL.colour(text), NORMAL.colour(ground)) >= least


def test_no_style_is_below_the_least_size() -> None:
    smallest = NORMAL.steps[-1]
    assert smallest >= 28
    for style in TYPE_STYLES:
        sizes = NORMAL.sizes(style)
        assert sizes[-1] == smallest
        assert list(sizes) == sorted(sizes, reverse=True)


def test_code_points_are_those_of_the_font() -> None:
    pattern = r'\.mdi-([a-z0-9-]+):before \{\s*content: "\\([0-9A-F]+)"'
    named = {name: chr(int(code, 16)) for name, code in re.findall(pattern, CSS.read_text())}
    assert {name: named.get(name) for name in ICONS} == ICONS


def test_every_icon_is_drawn_somewhere() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in SCREENS.glob("*.py"))
    assert {name for name in ICONS if f'"{name}"' not in code} == set()


def test_an_unknown_domain_has_a_pictogram_too() -> None:
    assert pictogram("never heard of") in ICONS
    assert pictogram(None) in ICONS


@pytest.mark.parametrize("path", sorted(SCREENS.glob("*.py")), ids=lambda path: path.name)
def test_screens_spell_no_colour_no_size_no_sentence(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]
    assert [one for one in strings if re.search(r"#[0-9A-Fa-f]{3,8}\b", one)] == []
    if path.name != "samples.py":
        assert [one for one in strings if re.search(r"[一-鿿]|\w+ \w+", one)] == []


def test_tokens_named_by_screens_exist() -> None:
    spoken = set()
    for path in SCREENS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                spoken.add(node.value)
    assert {"paper", "night", "primary", "ink_soft"} <= spoken & TOKENS


def test_the_text_face_is_extracted_when_missing(tmp_path: Path) -> None:
    extract(SOURCE / "NotoSansCJK-Bold.ttc", tmp_path / "NotoSansSC-Bold.otf")
    from fontTools.ttLib import TTFont

    with TTFont(str(tmp_path / "NotoSansSC-Bold.otf"), lazy=True) as font:
        assert font["name"].getDebugName(1).startswith("Noto Sans CJK SC")


def test_fonts_are_found() -> None:
    fonts = find()
    assert Path(fonts.regular).is_file()
    assert Path(fonts.bold).is_file()
    assert fonts.icons == str(ICON_FONT)
