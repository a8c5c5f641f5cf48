"""Every fuzz target with inputs of hypothesis, always; `make fuzz` runs the same for longer.

And that none is forgotten: each module of the drivers is parsed for, or excused in writing.
"""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drivers
from scripts import fuzz
from scripts.fuzz.target import Target
from scripts.fuzz.targets import TARGETS

ROOT = Path(drivers.__file__).parent
Edit = tuple[int, int, bytes]
EDITS = st.lists(
    st.tuples(st.integers(0, 2**16), st.integers(0, 8), st.binary(max_size=12)), max_size=6
)


def edited(seed: bytes, edits: list[Edit]) -> bytes:
    """`seed` with pieces of it replaced: place, how many bytes go, and what comes."""
    data = bytearray(seed)
    for place, gone, come in edits:
        at = place % (len(data) + 1)
        data[at : at + gone] = come
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
@settings(max_examples=60)
@given(st.data())
def test_no_input_breaks_a_parser(target: Target, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(target.seeds))
    target.run(seed)
    target.run(edited(seed, data.draw(EDITS)))
    target.run(data.draw(st.binary(max_size=200)))


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_a_flood_is_no_more_than_its_bytes(target: Target) -> None:
    for seed in target.seeds:
        target.run(seed * (4096 // len(seed) + 1))


def modules() -> set[str]:
    files = (file.relative_to(ROOT) for file in ROOT.rglob("*.py"))
    return {
        ".".join(file.with_suffix("").parts)
        for file in files
        if file.name != "__init__.py" and file.parts[0] not in ("sim", "conformance", "cli")
    }


def test_every_module_is_in_the_list_of_what_is_fuzzed_and_what_is_not() -> None:
    told = set(re.findall(r"[a-z_]+(?:\.[a-z0-9_]+)*", fuzz.__doc__ or ""))
    assert {name for name in modules() if not name.startswith(("papers.", "settings."))} <= told


def test_every_target_is_in_the_list() -> None:
    named = set(re.findall(r"\b[a-z_0-9]+\b", fuzz.__doc__ or ""))
    assert {target.name for target in TARGETS} <= named
