"""Fictitious citizens and the cards that the simulated reader can be laid.

All were born in January 1900, so that no number can be a living person's. The layout of the text
block here is written anew from the card's description, apart from the driver's.
"""

from dataclasses import dataclass

LASTING = "长期"


@dataclass(frozen=True, slots=True)
class Citizen:
    """A resident ID card's text, each field as it stands on the card."""

    name: str
    sex: str
    nation: str
    birth: str
    address: str
    number: str
    issuer: str
    valid_from: str
    valid_to: str

    def text(self) -> bytes:
        """The 256-byte text block."""
        return _block(
            (self.name, 15),
            (self.sex, 1),
            (self.nation, 2),
            (self.birth, 8),
            (self.address, 35),
            (self.number, 18),
            (self.issuer, 15),
            (self.valid_from, 8),
            (self.valid_to, 8),
            ("", 18),
        )


CITIZENS = {
    "jia": Citizen(
        "测试甲", "1", "01", "19000101", "重庆市渝中区测试路1号", "50010319000101001X",
        "重庆市公安局测试分局", "20240101", LASTING,
    ),
    "yi": Citizen(
        "测试乙", "2", "15", "19000102", "重庆市石柱土家族自治县冷水镇测试路2号",
        "500000190001020029", "石柱土家族自治县公安局", "20200102", "20400102",
    ),
    "bing": Citizen(
        "测试·阿依古丽", "2", "05", "19000104", "重庆市万州区测试路4号", "50000019000104002X",
        "重庆市公安局万州区分局", "20220104", "20420104",
    ),
    "ding": Citizen(
        "测试䶮", "1", "01", "19000103", "重庆市渝北区测试路3号", "500000190001030016",
        "重庆市公安局渝北区分局", "20210103", "20410103",
    ),
    "expired": Citizen(
        "测试戊", "1", "06", "19000105", "重庆市彭水苗族土家族自治县测试路5号",
        "500240190001050035", "彭水苗族土家族自治县公安局", "20040105", "20240105",
    ),
    "long": Citizen(
        "测试己", "1", "01", "19000107",
        "重庆市石柱土家族自治县冷水镇八龙村测试组一百二十三号附四十五号测试大院",
        "500240190001070052", "石柱土家族自治县公安局", "20230107", LASTING,
    ),
    "wrong": Citizen(
        "测试庚", "2", "01", "19000108", "重庆市江津区测试路8号", "500000190001080065",
        "重庆市公安局江津区分局", "20230108", "20430108",
    ),
}  # fmt: skip


def card_text(name: str) -> bytes:
    """The text block of a card by its name. Raises ValueError with the names there are."""
    if name in CITIZENS:
        return CITIZENS[name].text()
    if name in _OTHERS:
        return _OTHERS[name]
    raise ValueError(f"no card {name!r}; there are {', '.join((*CITIZENS, *_OTHERS))}")


def card_names() -> tuple[str, ...]:
    """All cards that can be laid."""
    return (*CITIZENS, *_OTHERS)


def _block(*fields: tuple[str, int]) -> bytes:
    return b"".join((value.encode("utf-16-le") + b" \0" * n)[: 2 * n] for value, n in fields)


_PERMIT = ("测试辛", "2", "", "19000102", "重庆市渝中区测试路2号", "810000190001020021",
           "重庆市公安局", "20240101", "20290101")  # fmt: skip
_WIDTHS = (15, 1, 2, 8, 35, 18, 15, 8, 8)

_OTHERS = {
    # 港澳台居民居住证
    "hmt": _block(
        *zip(_PERMIT, _WIDTHS, strict=True),
        ("T00000000", 9), ("01", 2), ("", 3), ("J", 1), ("", 3),
    ),
    # 外国人永久居留身份证, the version of 2017 and that of 2023
    "foreign_2017": _block(
        ("TEST, ALPHA", 60), ("1", 1), ("ZZZ500000000000", 15), ("ZZZ", 3), ("测试壬", 15),
        ("20240101", 8), ("20290101", 8), ("19000103", 8), ("01", 2), ("1500", 4),
        ("I", 1), ("", 3),
    ),
    "foreign_2023": _block(
        ("测试癸", 15), ("1", 1), ("01", 2), ("19000103", 8), ("TEST, BETA", 35),
        ("900000190001030012", 18), ("", 15), ("20240101", 8), ("20290101", 8), ("", 11),
        ("ZZZ", 3), ("Y", 1), ("", 3),
    ),
    "unknown_type": _block(*zip(_PERMIT, _WIDTHS, strict=True), ("", 14), ("Q", 1), ("", 3)),
}  # fmt: skip
