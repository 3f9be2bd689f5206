"""Cells as values: exact, or refused with a reason."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.documents import cells
from cunwu.documents.cells import Unreadable

FEN = st.integers(-(10**13), 10**13)
SEPTEMBER = date(2026, 9, 1)
THIRD = date(2026, 9, 3)
NUMERALS = "零壹贰叁肆伍陆柒捌玖"


def section(number: int) -> str:
    """Chinese numerals of a number under ten thousand, for the tests only."""
    text, zero = "", False
    for place, name in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit, number = divmod(number, place)
        if digit:
            text += ("零" if zero and text else "") + NUMERALS[digit] + name
            zero = False
        else:
            zero = True
    return text


def written_out(fen: int) -> str:
    """As a receipt has it: 1234050 fen is 壹万贰仟叁佰肆拾元伍角整."""
    yuan, rest = divmod(fen, 100)
    text = ""
    for size, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, yuan = divmod(yuan, size)
        if part:
            text += ("零" if text and part < 1000 else "") + section(part) + name
    jiao, last = divmod(rest, 10)
    text = f"{text}元" if text else ""
    text += f"{NUMERALS[jiao]}角" if jiao else ""
    text += f"{'零' if text and not jiao else ''}{NUMERALS[last]}分" if last else ""
    return text if last else text + "整"


@given(FEN)
def test_what_is_shown_is_read_back(fen: int) -> None:
    assert cells.parse_money(cells.money_text(fen)) == fen


@given(FEN)
def test_excel_numbers_are_exact(fen: int) -> None:
    assert cells.parse_money(fen / 100) == fen


@given(st.lists(st.integers(-(10**9), 10**9), max_size=20))
def test_the_dust_of_sums_in_binary_is_forgiven(parts: list[int]) -> None:
    assert cells.parse_money(float(sum(p / 100 for p in parts))) == sum(parts)


@given(st.integers(1, 10**13))
def test_chinese_numerals_are_read(fen: int) -> None:
    assert cells.parse_money(written_out(fen)) == fen


@given(FEN, st.sampled_from(sorted(cells.UNITS)))
def test_units_are_exact(fen: int, unit: str) -> None:
    text = str(Decimal(fen) / cells.UNITS[unit])
    if "E" not in text:
        assert cells.parse_money(text, unit) == fen
        assert cells.parse_money(text + unit, "元") == fen


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        ("1,234.50", 123_450), ("￥1,234.5", 123_450), ("¥ 12", 1200), ("１２３．４５", 12_345), ("１，２３４", 123_400),
        ("12元", 1200), ("12.5 元整", 1250), ("3.2万元", 3_200_000), ("人民币100元", 10_000), ("(1,234.50)", -123_450),
        ("（50）", -5000), ("-50", -5000), ("－50.00", -5000), ("−50", -5000), ("￥-5", -500), ("-￥5", -500), ("+5", 500),
        (".5", 50), ("5.", 500), ("0", 0), ("-", 0), ("—", 0), (7, 700), (0.1 + 0.2, 30), (1.1 * 3, 330),
        ("贰拾伍万叁仟元整", 25_300_000), ("二十五万三千元", 25_300_000), ("拾元", 1000), ("壹佰元零伍分", 10_005),
        ("伍角", 50), ("负叁元", -300), ("人民币贰佰元正", 20_000), ("两千元", 200_000), ("壹亿元", 10**10),
    ],
)  # fmt: skip
def test_money_as_people_write_it(value: cells.Cell, fen: int) -> None:
    assert cells.parse_money(value) == fen


@pytest.mark.parametrize(
    "value",
    [
        "", "abc", "1.234", 1.234, 0.001, "1,23", "12,34.5", "1,2345", "1.2.3", "1e5", "12 34", "--5", "()", "元", "5元5",
        True, float("nan"), float("inf"), date(2026, 9, 3), "1.0000001万元", "贰拾伍", "万元", "叁叁元", "佰元", "壹万亿万元",
        "伍分角", 10**13, "1,000,000,000,000.00", "二元三元", "٣",
    ],
)  # fmt: skip
def test_money_that_is_none_is_refused(value: cells.Cell) -> None:
    with pytest.raises(Unreadable) as refusal:
        cells.parse_money(value)
    assert refusal.value.code.startswith("cell.money")
    assert refusal.value.zh
    assert refusal.value.en


def test_a_unit_must_be_one_we_know() -> None:
    with pytest.raises(KeyError):
        cells.parse_money("5", "美元")


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-03", "2026.9.3", "2026/9/3", "20260903", 20260903, 20260903.0, "2026年9月3日", "2026年9月3", "２０２６－９－３",
        "9月3日", "3", 3, 3.0, "3日", "9/3", "09-03", datetime.combine(THIRD, time(8, 30)), date(2026, 9, 3), 46268, 46268.5,
        "2026-09-03 00:00:00",
    ],
)  # fmt: skip
def test_days_as_people_write_them(value: cells.Cell) -> None:
    assert cells.parse_date(value, month=SEPTEMBER) == date(2026, 9, 3)


@given(st.dates(date(1983, 1, 1), date(2100, 12, 31)))
def test_any_day_in_any_form(day: date) -> None:
    forms: list[cells.Cell] = [
        day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day.year}.{day.month}.{day.day}",
        datetime.combine(day, time()), (day - date(1899, 12, 30)).days,
    ]  # fmt: skip
    assert {cells.parse_date(form) for form in forms} == {day}


@pytest.mark.parametrize(
    "value",
    [
        "", "9月31日", "2026-02-29", "2026-13-01", "2026年9月", "26.9.3", "2026-9/3", "32", 32, 0, 9.3, True, "昨天",
        time(8), "1888-01-01", "3/9", -5, "2026-09-03上午",
    ],
)  # fmt: skip
def test_days_that_are_none_are_refused(value: cells.Cell) -> None:
    with pytest.raises(Unreadable) as refusal:
        cells.parse_date(value, month=SEPTEMBER)
    assert refusal.value.code.startswith("cell.date")


@pytest.mark.parametrize("value", ["9月3日", "3", 3, "9/3"])
def test_a_day_without_a_year_needs_the_month(value: cells.Cell) -> None:
    with pytest.raises(Unreadable):
        cells.parse_date(value)


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers(number: int) -> None:
    assert cells.parse_int(number) == number
    assert cells.parse_int(float(number)) == number
    assert cells.parse_int(f"{number:,}") == number
    assert cells.parse_int(f"{number}张") == number


@pytest.mark.parametrize("value", ["", "1.5", 1.5, "三", True, "1,00", date(2026, 9, 3)])
def test_whole_numbers_that_are_none_are_refused(value: cells.Cell) -> None:
    with pytest.raises(Unreadable):
        cells.parse_int(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("记-12", ("记", 12)), ("记字第12号", ("记", 12)), ("银付 3", ("银付", 3)), ("转0007", ("转", 7)), (12.0, ("", 12)),
        ("12", ("", 12)), ("收－１", ("收", 1)), ("记字-5", ("记", 5)),
    ],
)  # fmt: skip
def test_joined_voucher_numbers(value: cells.Cell, expected: tuple[str, int]) -> None:
    assert cells.parse_word_number(value) == expected


@pytest.mark.parametrize("value", ["", "记", "记-1-2", "2026-09-03", "记1234567", 1.5])
def test_voucher_numbers_that_are_none_are_refused(value: cells.Cell) -> None:
    with pytest.raises(Unreadable):
        cells.parse_word_number(value)


def test_sides() -> None:
    assert [cells.parse_side(v) for v in ("借", " 借方", "贷", "贷方")] == [
        "debit",
        "debit",
        "credit",
        "credit",
    ]
    with pytest.raises(Unreadable):
        cells.parse_side("平")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("102 银行存款", ("102", ("银行存款",))), ("银行存款/农商行", ("", ("银行存款", "农商行"))),
        ("[101]库存现金", ("101", ("库存现金",))), ("241-01 应付工资", ("24101", ("应付工资",))), (541.0, ("541", ())),
        ("应付款_张庄果品店", ("", ("应付款", "张庄果品店"))), ("", ("", ())),
    ],
)  # fmt: skip
def test_accounts(value: cells.Cell, expected: tuple[str, tuple[str, ...]]) -> None:
    assert cells.parse_account(value) == expected


def test_a_refusal_repeats_no_long_number() -> None:
    with pytest.raises(Unreadable) as refusal:
        cells.parse_date("身份证370704198001010011号", month=SEPTEMBER)
    assert "370704198001010011" not in refusal.value.zh + refusal.value.en


def test_blanks_and_texts() -> None:
    assert [cells.is_blank(v) for v in (None, "", "  ", "0", 0)] == [True, True, True, False, False]
    assert cells.plain_text(None) == ""
    assert cells.plain_text(12.0) == "12"
    assert cells.plain_text(datetime.combine(THIRD, time())) == "2026-09-03"
    assert cells.plain_text(datetime.combine(THIRD, time(8, 5))) == "2026-09-03 08:05:00"
    assert cells.plain_text(" 甲 ") == "甲"
