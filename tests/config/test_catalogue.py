"""Division codes, official hall names (clause 4.1.1) and the sample catalogue."""

import collections
import re

import pytest

from config import catalogue, divisions
from config.hall_name import official_name
from config.loader import load


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("500000000000", "重庆市行政服务中心"),
        ("500103000000", "渝中区行政服务中心"),
        ("500240000000", "石柱土家族自治县行政服务中心"),
        ("500240116000", "石柱土家族自治县冷水镇公共服务中心"),
        ("500101001001", "万州区高笋塘街道东方广场社区便民服务中心"),
        ("500240001202", "石柱土家族自治县南宾街道勇飞村便民服务中心"),
        ("500101017200", "万州区太白街道太白村便民服务中心"),
    ],
)
def test_official_name(code: str, name: str) -> None:
    assert official_name(code) == name


def test_no_name_keeps_a_committee() -> None:
    bad = re.compile("委员会|工作站|社区社区便")
    assert [n for n in map(official_name, divisions.codes()) if bad.search(n)] == []


def test_counts_of_the_source() -> None:
    levels = collections.Counter(divisions.lookup(code).level for code in divisions.codes())
    # 38 counties of 2023 and the Liangjiang New Area of 2025
    assert levels == {"municipality": 1, "county": 39, "township": 1031, "village": 11270}


def test_closed_divisions_keep_their_rows() -> None:
    yubei = divisions.lookup("500112000000")
    assert (yubei.valid_to, yubei.successor) == ("2025-11-06", "500157000000")
    assert divisions.find("500158000000") is None


def test_every_item_has_a_domain_and_a_queue() -> None:
    settings = load(None)
    ids = {domain.id for domain in catalogue.domains()}
    assert len(catalogue.items()) == 64
    assert {item.domain_id for item in catalogue.items()} <= ids
    assert catalogue.queue_for(settings, "medical").id == "insurance"
    assert catalogue.queue_for(settings, "farmland").id == "general"
