"""Terms, areas and kinds as people write them: what is written comes back; what is not a term is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.assets.areas import mu_text, parse_area, square_metres_text
from cunwu.assets.models import MU
from cunwu.assets.terms import CONTRACT_WORDS, parse_in_kind, parse_kind, parse_term, parse_years, parse_yes
from cunwu.documents.cells import Unreadable

DAYS = st.dates(date(1950, 1, 1), date(2090, 1, 1))
WRITINGS = ("{a:%Y}年{a.month}月{a.day}日至{b:%Y}年{b.month}月{b.day}日", "{a:%Y.%m.%d}-{b:%Y.%m.%d}", "{a:%Y/%m/%d}—{b:%Y/%m/%d}",
            "自{a:%Y-%m-%d}起至{b:%Y-%m-%d}止", "{a:%Y%m%d}-{b:%Y%m%d}")  # fmt: skip


@given(first=DAYS, days=st.integers(1, 20_000), writing=st.sampled_from(WRITINGS))
def test_days_come_back_as_written(first: date, days: int, writing: str) -> None:
    last = first + timedelta(days=days)
    term = parse_term(writing.format(a=first, b=last))
    whole_years = (last.month, last.day) == (first.month, first.day)
    assert term.from_day == first
    assert term.until_day == (last if whole_years else last + timedelta(days=1))
    assert (term.note is not None) == whole_years, "a reading that was chosen is told"


@pytest.mark.parametrize(
    ("written", "first", "until"),
    [
        ("2019.3-2029.3", date(2019, 3, 1), date(2029, 3, 1)),
        ("2019年3月至2028年12月", date(2019, 3, 1), date(2029, 1, 1)),
        ("自2005年7月1日起至2030年7月1日止，共贰拾伍年", date(2005, 7, 1), date(2030, 7, 1)),
        ("2020.2.29-2024.2.29", date(2020, 2, 29), date(2024, 2, 29)),
    ],
)
def test_terms_as_villages_write_them(written: str, first: date, until: date) -> None:
    term = parse_term(written)
    assert (term.from_day, term.until_day) == (first, until)
    assert term.note is not None


def test_years_that_the_days_do_not_make_are_told() -> None:
    term = parse_term("2005年7月1日至2030年6月30日，共叁拾年")
    assert term.note is not None
    assert "写的年限是30年" in term.note.zh
    assert parse_term("2005年7月1日至2030年6月30日，共贰拾伍年").note is None


@pytest.mark.parametrize("written", ["见合同", "30年", "2019-2029", "____年__月__日起", "", "2019.3"])
def test_what_is_no_term_is_refused(written: str) -> None:
    with pytest.raises(Unreadable):
        parse_term(written)


@pytest.mark.parametrize("written", ["2019.13-2020.1", "2019.2.30-2029.2.28"])
def test_days_that_do_not_exist(written: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse_term(written)
    assert refused.value.code == "cell.date_impossible"


@pytest.mark.parametrize("written", ["长期", "本合同长期有效", "永久"])
def test_open_ended(written: str) -> None:
    assert parse_term(written).open_ended


@pytest.mark.parametrize(("written", "years"), [("贰拾伍年", 25), (30.0, 30), ("12年", 12), ("十", 10)])
def test_years(written: str | float, years: int) -> None:
    assert parse_years(written) == years


@pytest.mark.parametrize("written", ["0", "很久", "300年"])
def test_no_years(written: str) -> None:
    with pytest.raises(Unreadable):
        parse_years(written)


def test_rent_in_kind() -> None:
    assert parse_in_kind("乙方每年每亩付给甲方农户稻谷柒佰市斤(700斤)") == ("稻谷", 70_000)
    for written in ("每亩700斤", "稻谷700斤", "每亩稻谷700斤或小麦600斤"):
        with pytest.raises(Unreadable):
            parse_in_kind(written)


def test_kinds_and_yes() -> None:
    assert parse_kind("公开招标承包", CONTRACT_WORDS) == "other_contracting"
    assert (parse_yes("√"), parse_yes("口头")) == (True, False)
    for read in (lambda: parse_kind("不详", CONTRACT_WORDS), lambda: parse_yes("不详")):
        with pytest.raises(Unreadable):
            read()


@given(area=st.integers(1, 10**6 * MU))
def test_an_area_comes_back_from_its_text(area: int) -> None:
    assert parse_area(mu_text(area)) == area
    assert parse_area(f"{mu_text(area)}亩") == area


@given(metres=st.integers(1, 10**8))
def test_square_metres_are_exact(metres: int) -> None:
    area = parse_area(f"{metres}平方米")
    assert area == metres * 1500
    assert square_metres_text(area) == f"{metres:,}"


@pytest.mark.parametrize(
    ("written", "area"), [("四十亩", 40 * MU), ("1.2公顷", 18 * MU), ("3分", 300_000), (12.5, 12_500_000)]
)
def test_areas_as_written(written: str | float, area: int) -> None:
    assert parse_area(written) == area


@pytest.mark.parametrize("written", ["约12亩", "0", "-3", "12斤", "1.2345678亩", "1e5", "九万万万亩"])
def test_no_areas(written: str) -> None:
    with pytest.raises(Unreadable):
        parse_area(written)
