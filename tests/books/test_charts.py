"""The chart of 2023, and what names and codes of 2004 mean in it."""

from __future__ import annotations

import pytest

from cunwu.books import charts


def test_there_are_forty_two_first_level_accounts_each_with_both_names() -> None:
    assert len(charts.chart()) == 42
    assert all(a.name_zh and a.name_en for a in charts.chart().values())


def test_contra_accounts_of_assets_stand_on_the_credit_side() -> None:
    contra = {c for c, a in charts.chart().items() if a.kind == "asset" and not a.debit_side}
    assert contra == {"133", "152", "162"}


def test_every_name_of_2004_leads_to_one_account_or_to_a_decision_among_real_ones() -> None:
    assert len(charts.old_chart()) == 33
    for old in charts.old_chart().values():
        assert (old.code_2023 in charts.chart()) != bool(old.candidates)
        assert set(old.candidates) <= set(charts.chart())
        assert bool(old.candidates) == bool(old.why_zh) == bool(old.why_en)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("银行存款", ("", ("银行存款",))),
        ("102 银行存款/农商行", ("102", ("银行存款", "农商行"))),
        ("102-农商行", ("102", ("", "农商行"))),
        ("应收款_单位：供销社", ("", ("应收款", "单位", "供销社"))),
        ("生产【劳务】成本", ("", ("生产(劳务)成本",))),
        ("２０２００３ 其它应付款", ("202003", ("其他应付款",))),
        ("202001001", ("202001001", ())),
        (" ", ("", ())),
    ],
)
def test_an_account_cell_is_read_as_code_and_path(written: str, meant: tuple[str, tuple[str, ...]]) -> None:
    assert charts.split_name(written) == meant


def test_names_decide_and_old_names_pass_into_the_new_chart() -> None:
    names = charts.codes_by_name()
    assert (names["现金"], names["经营支出"], names["投资收益"], names["管理费用"]) == (
        "101",
        "511",
        "502",
        "513",
    )
    assert "应付福利费" not in names
    assert charts.undecided_names()["牲畜(禽)资产"].candidates == ("131", "132")


@pytest.mark.parametrize(
    ("code", "target", "fits"),
    [
        ("502", "502", True),
        ("502", "511", True),
        ("511", "511", True),
        ("511", "501", False),
        ("541", "513", True),
    ],
)
def test_a_code_confirms_a_name_in_either_chart(code: str, target: str, fits: bool) -> None:
    assert charts.confirms(code, target) is fits


def test_a_code_alone_counts_only_where_it_means_one_thing() -> None:
    assert charts.code_alone("101", None) == "101"
    assert charts.code_alone("513", None) == "513"
    assert charts.code_alone("541", None) == "513"
    assert charts.code_alone("502", None) == ""
    assert charts.code_alone("502", "2023") == "502"
    assert charts.code_alone("502", "2004") == "511"
    assert charts.code_alone("999", None) == ""


def test_a_file_tells_which_chart_it_follows() -> None:
    assert charts.chart_followed(iter([("101", "库存现金"), ("513", "管理费用")])) == "2023"
    assert charts.chart_followed(iter([("102", "银行存款"), ("541", "管理费用")])) == "2004"
    assert charts.chart_followed(iter([("102", "银行存款")])) is None
    assert charts.chart_followed(iter([("513", "管理费用"), ("541", "管理费用")])) is None


def test_titles_go_by_the_first_three_digits() -> None:
    assert charts.title("102001", "zh-hans") == "银行存款"
    assert charts.title("102001", "en") == "bank deposits"
    assert charts.title("999", "zh") == "999"
