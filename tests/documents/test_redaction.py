"""The gate: what must be stopped is, whatever is put inside it; what villages publish every day is not."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cunwu.documents.redaction import Hit, scan, scan_document
from cunwu.org.identifiers import PROVINCES, identity_check_character

SEPARATORS = st.sampled_from(["", " ", "-", "－", "·", "、", "，", "　", ".", "/", "_", "\u200b", "—", " - "])
TEXT = st.text("购买发放九月三日环卫路灯电费给村民组，。：（）", max_size=12)


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    area = draw(st.sampled_from(sorted(PROVINCES))) + draw(st.from_regex(r"[0-9]{4}", fullmatch=True))
    born = draw(st.dates(date(1920, 1, 1), date(2026, 1, 1)))
    seventeen = f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return seventeen + identity_check_character(seventeen)


def blocking(hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if not hit.overrulable]


@given(TEXT, identity_numbers(), TEXT)
def test_an_identity_number_is_stopped_and_never_repeated(before: str, number: str, after: str) -> None:
    (hit,) = blocking(scan(before + number + after, "摘要"))
    assert hit.kind == "identity"
    assert hit.shown == f"{number[:3]}…{number[-2:]}"
    assert number[4:16] not in hit.zh + hit.en + hit.shown
    assert (before + number + after)[hit.start : hit.end] == number


@given(identity_numbers(), st.integers(0, 17), st.integers(0, 9))
def test_one_wrong_digit_lets_nothing_through(number: str, place: int, digit: int) -> None:
    wrong = number[:place] + str(digit) + number[place + 1 :]
    assert blocking(scan(f"张三{wrong}", "摘要"))


@given(
    identity_numbers(), st.lists(SEPARATORS, min_size=17, max_size=17), st.integers(0, 16), st.integers(0, 9)
)
def test_separators_anywhere_and_a_wrong_digit_let_nothing_through(
    number: str, separators: list[str], place: int, digit: int
) -> None:
    wrong = number[:place] + str(digit) + number[place + 1 :]
    text = "".join(a + b for a, b in zip(wrong, [*separators, ""], strict=True))
    assert blocking(scan(text, "摘要"))


@given(identity_numbers())
def test_full_width_and_look_alikes_of_x_are_seen_through(number: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    assert blocking(scan(wide, "摘要"))
    assert blocking(scan(number[:17] + "×", "摘要"))
    assert blocking(scan(number[:17] + "Х", "摘要"))


@given(identity_numbers(), st.sampled_from(["ID", "SFZ", "no_", "x"]))
def test_letters_before_a_number_do_not_hide_it(number: str, letters: str) -> None:
    assert blocking(scan(letters + number, "摘要"))


@given(st.from_regex(r"[1-9][0-9]{14,18}", fullmatch=True))
def test_any_run_of_fifteen_to_nineteen_digits_is_stopped(number: str) -> None:
    companies = len(number) == 18 and number[:2] in {"91", "92", "93"}
    assert companies or blocking(scan(f"付{number}款", "摘要"))


@pytest.mark.parametrize(
    "text",
    [
        "卡号6228481234567890123", "6228 4812 3456 7890 123", "6228-4812-3456-7890", "一卡通 801234567890", "账号：370100012345678901234",
        "社保卡3707 0412 3456", "370704800101001", "370704 800101 001", "开户农商行，账号90610012345678",
        "370704198001010010370704198001010010",
    ],
)  # fmt: skip
def test_account_and_old_numbers_are_stopped(text: str) -> None:
    hits = blocking(scan(text, "摘要"))
    assert hits
    assert all("不得公开" in hit.zh for hit in hits)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("联系王芳13812345678", "phone"), ("138 1234 5678", "phone"), ("+86-13812345678", "phone"), ("0536-7654321", "phone"),
        ("(0536)7654321", "phone"), ("电话：7654321", "phone"), ("车牌鲁G12345加油", "plate"), ("鲁G·D12345", "plate"),
        ("鲁VA123学", "plate"), ("幸福路12号", "address"), ("3号楼2单元501室", "address"), ("张庄村12号李某", "address"),
        ("二单元三〇一室", "address"), ("门牌号：88", "address"), ("1980年1月5日生", "birth"), ("出生日期：1980-01-05", "birth"),
        ("付张三精神残疾补贴", "health"), ("支付王小明大病救助", "health"), ("李四，患尿毒症", "health"), ("二级肢体残疾", "health"),
        ("残疾等级", "health"), ("精神残疾人补助：张三", "health"), ("张三（艾滋）", "health"),
    ],
)  # fmt: skip
def test_other_personal_facts_are_stopped_until_a_second_person_says_why(text: str, kind: str) -> None:
    hits = scan(text, "摘要第3行")
    assert kind in {hit.kind for hit in hits}
    hit = next(hit for hit in hits if hit.kind == kind)
    assert hit.overrulable
    assert hit.zh.startswith("摘要第3行")


@pytest.mark.parametrize(
    "text",
    [
        "残疾人两项补贴", "发放大病救助金", "9月3日购办公用品", "记-12", "1,234,567.89 2,345,678.90", "370704100200", "合同HT-2026-0012",
        "鲁坊合字〔2026〕第12号", "2026-09-03 2026-09-10 2026-09-17", "2023 2024 2025 2026", "3号机井维修", "村3号机井", "12345热线",
        "2026年9月3日生产路维修", "500千瓦时，单价0.5469元", "自2026年7月1日起至2030年7月1日止", "C2026090300012", "第1号决议",
        "财会〔2023〕14号", "于9月发放残疾人两项补贴", "路灯5号线", "支付村东1号路路灯", "400-123-4567",
        "村规民约第12条", "一卡通发放2026-09-03 12500.00", "张三领取耕地地力保护补贴",
    ],
)  # fmt: skip
def test_what_villages_publish_every_day_passes(text: str) -> None:
    assert scan(text, "摘要") == []


@given(st.integers(-(10**13), 10**13), st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 9999))
def test_amounts_days_and_voucher_numbers_pass(fen: int, day: date, number: int) -> None:
    amount = f"{fen / 100:,.2f}"
    for text in (
        amount,
        f"{day.isoformat()} 记-{number}",
        f"{day.year}年{day.month}月{day.day}日",
        f"付款{amount}元，记字第{number}号",
    ):
        assert scan(text, "摘要") == []


@given(st.from_regex(r"[1-6][0-9]{11}", fullmatch=True), st.integers(0, 10**10 - 1))
def test_division_codes_and_log_indices_pass(code: str, index: int) -> None:
    assert scan(f"区划代码{code}", "摘要") == []
    assert blocking(scan(f"存证序号{index}", "摘要")) == []


@example(b"\x92\xbe\x1d\xe0fi\xcbO", "sha256")  # few letters, and eleven digits in a row
@given(st.binary(min_size=8), st.sampled_from(["sha256", "sha512"]))
def test_hashes_pass(data: bytes, algorithm: str) -> None:
    assert scan(f"摘要值 {hashlib.new(algorithm, data).hexdigest()}", "摘要") == []


@given(st.from_regex(r"[A-Z]{2,4}-?20[0-9]{2}-?[0-9]{2,6}", fullmatch=True))
def test_contract_numbers_with_letters_pass(number: str) -> None:
    assert blocking(scan(f"合同编号{number}", "摘要")) == []


def test_a_digits_only_credit_code_of_an_enterprise_passes_and_with_a_wrong_digit_does_not() -> None:
    from stdnum.cn import uscc

    sound = next(
        code
        for i in range(1000, 4000)
        if (head := f"91370704{7654_0000 + i}")
        and (code := complete(head)).isdecimal()
        and uscc.is_valid(code)
    )
    assert scan(f"供货商{sound}", "摘要") == []
    assert blocking(scan(f"供货商{sound[:-1]}{(int(sound[-1]) + 1) % 10}", "摘要"))


def complete(head: str) -> str:
    from cunwu.org.identifiers import credit_check_character, organization_check_character

    seventeen = head + organization_check_character(head[8:])
    return seventeen + credit_check_character(seventeen)


def test_a_document_is_walked_whole() -> None:
    tree = {
        "title": "九月收支",
        "lines": [
            {"id": 1, "summary": "付张三370704198001010010补贴", "fen": 12_345},
            {"id": 2, "summary": "电费", "contact": ["13812345678"], "raw": 370704198001010010},
            {"id": 3, "name": "张三", "kind": "精神残疾"},
            {"id": 4, "kind": "精神残疾"},
        ],
        "6228481234567890123": None,
    }
    hits = scan_document(tree, "张三370704198001010010.xlsx")
    assert [(hit.where, hit.kind) for hit in hits] == [
        ("文件名", "identity"),
        ("lines[0].summary", "identity"),
        ("lines[1].contact[0]", "phone"),
        ("lines[1].raw", "identity"),
        ("lines[2].kind", "health"),
        ("键名", "account"),
    ]


def test_a_clean_document_has_no_hits() -> None:
    day = date(2026, 9, 1)
    lines = [
        {
            "id": i,
            "day": (day + timedelta(days=i)).isoformat(),
            "voucher": f"记-{i}",
            "summary": "路灯电费",
            "fen": 10**12 + i,
        }
        for i in range(28)
    ]
    assert (
        scan_document({"place": "370704100200", "lines": lines, "salt": "ab" * 32}, "2026-09-收支.json") == []
    )
