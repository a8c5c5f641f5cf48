"""Fictitious people and the cards that the simulated reader can be laid.

All were born in January 1900 (one on a day that never was), so that no number can be a living
person's.
"""

from drivers.sim.card_layouts import Card, Citizen, Foreigner2017, Foreigner2023, Permit

LASTING = "长期"

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
    "early": Citizen(
        "测试子", "2", "97", "19000109", "重庆市合川区测试路9号", "500000190001090043",
        "重庆市公安局合川区分局", "20990109", LASTING,
    ),
    "undated": Citizen(
        "测试丑", "1", "01", "19000229", "重庆市忠县测试路10号", "500229190002290016",
        "忠县公安局", "20230110", LASTING,
    ),
    "blank": Citizen(
        "测试寅", "1", "98", "19000111", "重庆市云阳县测试路11号", "500000190001110059",
        "云阳县公安局", "20230111", "",
    ),
    "moved": Citizen(
        "测试卯", "2", "25", "19000112", "重庆市渝中区测试路12号", "500000190001120062",
        "重庆市公安局渝中区分局", "20230112", LASTING, newest_address="重庆市渝中区测试路3号",
    ),
    "rare": Citizen(
        "测试\ue815", "1", "08", "19000113", "重庆市南岸区测试路13号", "500000190001130017",
        "重庆市公安局南岸区分局", "20230113", LASTING,
    ),
}  # fmt: skip

OTHERS: dict[str, Card] = {
    "hmt": Permit(
        "测试辛", "2", "19000102", "重庆市渝中区测试路2号", "810000190001020021",
        "重庆市公安局", "20240101", "20340101", "T00000000", "01",
    ),
    "foreign_2017": Foreigner2017(
        "测试壬", "TEST, ALPHA", "1", "19000103", "ZZZ500000000000", "ZZZ",
        "20240101", "20340101", "01", "1500",
    ),
    "foreign_2023": Foreigner2023(
        "测试癸", "TEST, BETA", "1", "19000103", "900000190001030010", "ZZZ",
        "20240101", "20340101", "01", "001",
    ),
    "latin_only": Foreigner2023(
        "", "TESTOPOULOU-TESTERIDOU, MARIA EVAS ANASTASIAX", "2", "19000106",
        "900000190001060025", "ZZZ", "20240101", "20340101", "02", "",
    ),
    "unknown_type": Citizen(
        "测试未", "2", "01", "19000102", "重庆市渝中区测试路2号", "810000190001020021",
        "重庆市公安局", "20240101", "20340101", marker="Q",
    ),
}  # fmt: skip


def card(name: str) -> Card:
    """A card by its name. Raises ValueError with the names there are."""
    if name in CITIZENS:
        return CITIZENS[name]
    if name in OTHERS:
        return OTHERS[name]
    raise ValueError(f"no card {name!r}; there are {', '.join(card_names())}")


def card_names() -> tuple[str, ...]:
    """All cards that can be laid."""
    return (*CITIZENS, *OTHERS)
