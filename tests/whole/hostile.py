"""Hostile payloads for every channel, derived from docs/asyncapi.yaml and nothing else."""

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml"
LIMIT = 65_536  # bytes of a payload, as the document says
Tree = dict[str, Any]
Path_ = tuple[str | int, ...]

WRONG = (None, True, 7, -1, 1.5, "", "x", "\0", [], {}, [{}], 2**53, 2**63, 2**70)
NASTY_TEXTS = (
    "\0\x01\x1b[2J\r\n",
    "💥𠀀㐀",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "<script>alert(1)</script>",
    "[b]{0}%s'; DROP TABLE tickets;--",
)
GARBAGE = {
    "empty": b"",
    "one zero byte": b"\0",
    "not JSON": b"PING",
    "half of JSON": b'{"v":1,"',
    "invalid UTF-8": b'{"v":1,"id":"\xff\xfe\xc0\xaf"}',
    "a lone surrogate": b'{"v":1,"id":"\\ud800"}',
    "null": b"null",
    "a number": b"1e999",
    "a string": b'"v"',
    "a list": b"[]",
    "an empty object": b"{}",
    "twice the same key": b'{"v":1,"v":2}',
    "deep lists": b"[" * 30_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "random bytes": random.Random(7).randbytes(2_000),
}


@dataclass(frozen=True)
class Case:
    """One payload. `valid` is None where the schema cannot tell (it is not JSON at all)."""

    name: str
    payload: bytes
    valid: bool


def document() -> Tree:
    """The contract, as a program of somebody else would read it."""
    found: Tree = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return found


class Contract:
    """The document's channels with their schemas."""

    def __init__(self) -> None:
        self._document = document()
        self.channels: dict[str, Tree] = self._document["channels"]

    def schema(self, channel: str) -> Tree:
        """The payload's schema, with the components it refers to."""
        message = self._resolve(next(iter(self.channels[channel]["messages"].values())))
        return {**message["payload"], "components": self._document["components"]}

    def address(self, channel: str, name: str) -> str:
        """The channel's topic at the sample hall for a terminal, queue or window."""
        address: str = self.channels[channel]["address"]
        for part, value in (("county", "500240"), ("township", "116"), ("village", "000")):
            address = address.replace(f"{{{part}}}", value)
        return address[: address.index("{")] + name + address[address.index("}") + 1 :]

    def is_valid(self, channel: str, message: object) -> bool:
        """Whether the schema lets `message` pass."""
        return bool(jsonschema.Draft202012Validator(self.schema(channel)).is_valid(message))

    def cases(self, channel: str) -> list[Case]:
        """Every hostile case of a channel."""
        schema = self.schema(channel)
        sample = self.sample(schema)
        jsonschema.validate(sample, schema)
        cases = [Case(name, payload, False) for name, payload in GARBAGE.items()]
        cases += self._by_size(sample)
        for version in (0, -1, "1", None, 999, 2**40):
            cases.append(Case(f"version {version!r}", _json({**sample, "v": version}), False))
        for name, message in self._mutations(schema, sample):
            cases.append(Case(name, _json(message), self.is_valid(channel, message)))
        return cases

    def sample(self, schema: Tree) -> Any:
        """The plainest message that the schema lets pass, with every property."""
        schema = self._resolve(schema)
        if "anyOf" in schema:
            return self.sample(schema["anyOf"][0])
        if "enum" in schema:
            return schema["enum"][0]
        match schema["type"]:
            case "object":
                properties = schema.get("properties", {})
                return {key: self.sample(value) for key, value in properties.items()}
            case "array":
                return [self.sample(schema["items"])]
            case "string":
                return _SAMPLE_OF_PATTERN[schema["pattern"]] if "pattern" in schema else "x1"
            case "integer":
                return max(1, schema.get("minimum", 0))
            case "boolean":
                return True
        raise ValueError(f"a type without a sample: {schema}")

    def _mutations(self, schema: Tree, sample: Any) -> Iterator[tuple[str, Any]]:
        for path, part in self._places(schema, sample):
            where = ".".join(map(str, path))
            if isinstance(path[-1], str):
                yield f"{where} missing", _without(sample, path)
            for value in (*WRONG, *_limits(part)):
                yield f"{where} = {str(value)[:12]!r}", _with(sample, path, value)
        yield "an unknown field", {**sample, "zzz": [{"deep": None}]}

    def _places(self, schema: Tree, sample: Any, at: Path_ = ()) -> Iterator[tuple[Path_, Tree]]:
        """Every field of the sample, nested ones too, with its schema."""
        schema = self._resolve(schema)
        for choice in schema.get("anyOf", ()):
            yield from self._places(choice, sample, at)
        if isinstance(sample, dict):
            for key, part in schema.get("properties", {}).items():
                if key in sample and key != "v":
                    yield (*at, key), self._resolve(part)
                    yield from self._places(part, sample[key], (*at, key))
        elif isinstance(sample, list) and "items" in schema:
            yield from self._places(schema["items"], sample[0], (*at, 0))

    def _by_size(self, sample: Tree) -> list[Case]:
        spare = LIMIT - len(_json({**sample, "zzz": ""}))
        return [
            Case("as large as may be", _json({**sample, "zzz": "a" * spare}), True),
            Case("one byte too large", _json({**sample, "zzz": "a" * (spare + 1)}), False),
        ]

    def _resolve(self, node: Tree) -> Tree:
        while "$ref" in node:
            found: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


# A pattern that comes new to the document needs its sample here.
_SAMPLE_OF_PATTERN = {r"^\d{4}-\d{2}-\d{2}$": "2026-11-24", "^[0-9a-f]{64}$": "0" * 64}


def _limits(part: Tree) -> list[Any]:
    """Values at and beyond the limits of one field, and texts that hurt who is careless."""
    found: list[Any] = list(NASTY_TEXTS)
    for choice in part.get("anyOf", [part]):
        if "maxLength" in choice:
            found += ["a" * choice["maxLength"], "中" * (choice["maxLength"] + 1)]
        if "maxItems" in choice:
            found += [[{}] * (choice["maxItems"] + 1)]
        if "maximum" in choice:
            found += [choice["maximum"] + 1]
        if "maxProperties" in choice:
            found += [{str(key): "x" for key in range(choice["maxProperties"] + 1)}]
    return found


def _with(message: Any, path: Path_, value: Any) -> Any:
    changed = copy.deepcopy(message)
    place = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return changed


def _without(message: Any, path: Path_) -> Any:
    changed = _with(message, path, None)
    place = changed
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return changed


def _json(message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode("utf-8", errors="surrogatepass")
