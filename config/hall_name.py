"""The official name of a hall, built from its division code (DB50/T 957.1-2019, clause 4.1.1)."""

from config import divisions

_VILLAGE_ENDINGS = (
    # what the statistical name ends in, what the hall's name says instead
    ("村村民委员会", "村"),
    ("村民委员会", "村"),
    ("社区居民委员会", "社区"),
    ("社区工作站", "社区"),
    ("居民委员会", "社区"),
)


def official_name(code: str) -> str:
    """Name of the hall at `code`, e.g. 石柱土家族自治县冷水镇公共服务中心.

    The city's and a county's end in 行政服务中心, a township's in 公共服务中心, a village's in
    便民服务中心. Raises KeyError for an unknown code.
    """
    line = divisions.line_of(code)
    if len(line) == 1:
        return f"{line[0].name}行政服务中心"
    names = [division.name for division in line[1:]]
    if len(names) == 1:
        return f"{names[0]}行政服务中心"
    if len(names) == 2:
        return "".join(names) + "公共服务中心"
    return "".join(names[:2]) + village_name(names[2]) + "便民服务中心"


def village_name(statistical: str) -> str:
    """Its short name: 太白村村民委员会 → 太白村, 勇飞村民委员会 → 勇飞村."""
    for ending, kind in _VILLAGE_ENDINGS:
        if statistical.endswith(ending):
            return statistical.removesuffix(ending) + kind
    return statistical
