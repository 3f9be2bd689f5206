"""Aid is published by kind, without the person."""

from __future__ import annotations

import pytest

from cunwu.books.public_summaries import aid_kind, derive, is_masked


@pytest.mark.parametrize(
    ("summary", "public"),
    [
        ("付张三临时救助", "临时救助（姓名不公开）"),
        ("春节慰问困难党员李四", "困难救助（姓名不公开）"),
        ("慰问住院村民王五", "医疗救助（姓名不公开）"),
        ("发放低保金 赵六", "低保金（姓名不公开）"),
        ("付钱七残疾人护理补贴", "残疾人补助（姓名不公开）"),
        ("发孙八抚恤金", "优抚支出（姓名不公开）"),
        ("付周九补助", "个人补助（姓名不公开）"),
        ("发放高龄补贴吴十", "老年补贴（姓名不公开）"),
    ],
)
def test_aid_to_a_person_is_masked(summary: str, public: str) -> None:
    assert derive(summary) == public
    assert is_masked(derive(summary))


@pytest.mark.parametrize(
    "summary",
    [
        "收鱼塘承包费",
        "付村道路灯维修费",
        "收到财政补助资金",
        "付保洁员误工补贴",
        "付村干部工作补贴",
        "春节慰问演出音响租赁",
    ],
)
def test_everything_else_is_published_as_written(summary: str) -> None:
    assert derive(f" {summary} ") == summary
    assert not aid_kind(summary)
