"""Opening the books, entering, reversing, amending what residents read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cunwu.books import actions
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.books.entries import problems
from cunwu.books.models import Posting, Voucher
from cunwu.errors import Invalid, NotAllowed, NotReady, Refused
from cunwu.law.periods import Period
from cunwu.org.models import AuditEntry

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
DAY = date(2026, 9, 3)
SOUND = VoucherEntry(
    DAY, (PostingEntry("102", "收承包费", debit=300), PostingEntry("501", "收承包费", credit=300))
)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


def test_books_open_with_the_chart_and_an_opening_that_comes_to_zero(books: Village) -> None:
    assert books.collective.accounts.filter(parent=None).count() == 42
    opening = Voucher.objects.get(month__organization=books.collective)
    assert (opening.kind, opening.entered, str(opening)) == ("opening", True, "期初-1")
    assert sum(p.debit - p.credit for p in opening.postings.all()) == 0


def test_books_are_opened_once_and_not_for_the_future(village: Village, now: datetime) -> None:
    with pytest.raises(Invalid) as unbalanced:
        actions.open_books(village.wang, village.collective, SEPTEMBER, {"101": 5}, now=now)
    assert (code_of(unbalanced), unbalanced.value.details["difference"]) == ("books.opening_unbalanced", 5)
    with pytest.raises(Invalid) as future:
        actions.open_books(village.wang, village.collective, Period("month", 2026, 11), {}, now=now)
    assert code_of(future) == "books.first_month"
    assert not village.collective.accounts.exists()
    actions.open_books(village.wang, village.collective, SEPTEMBER, {}, now=now)
    with pytest.raises(NotReady) as again:
        actions.open_books(village.wang, village.collective, SEPTEMBER, {}, now=now)
    assert code_of(again) == "books.already_open"


def test_only_who_keeps_the_books_enters(books: Village, now: datetime) -> None:
    for other in (books.li, books.zhao, books.chen):
        with pytest.raises(NotAllowed):
            actions.enter_voucher(other, books.collective, SOUND, now=now)
    assert not Voucher.objects.filter(kind="ordinary").exists()


def test_a_voucher_takes_the_next_number_of_its_word_and_is_audited(books: Village, now: datetime) -> None:
    first = actions.enter_voucher(books.wang, books.collective, SOUND, now=now)
    second = actions.enter_voucher(books.wang, books.collective, SOUND, now=now)
    other = actions.enter_voucher(books.wang, books.collective, replace(SOUND, word="收"), now=now)
    assert [str(v) for v in (first, second, other)] == ["记-1", "记-2", "收-1"]
    assert Voucher.objects.get(pk=first.pk).entered
    assert AuditEntry.objects.filter(
        target=f"voucher:{first.public_id}", action="books.enter_voucher"
    ).exists()


def test_codes_typed_at_the_desk_are_those_of_2023(books: Village, now: datetime) -> None:
    lines = (PostingEntry("511", "付灌溉电费", debit=300), PostingEntry("102901", "付灌溉电费", credit=300))
    voucher = actions.enter_voucher(books.wang, books.collective, VoucherEntry(DAY, lines), now=now)
    assert [p.account.name for p in voucher.postings.all()] == ["经营支出", "农商行"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"postings": SOUND.postings[:1]}, "voucher.single_line"),
        ({"postings": (replace(SOUND.postings[0], debit=200), SOUND.postings[1])}, "voucher.unbalanced"),
        ({"postings": (replace(SOUND.postings[0], credit=300), SOUND.postings[1])}, "posting.both_sides"),
        ({"postings": (replace(SOUND.postings[0], debit=0), SOUND.postings[1])}, "posting.no_amount"),
        ({"postings": (replace(SOUND.postings[0], summary=" "), SOUND.postings[1])}, "posting.no_summary"),
        (
            {"postings": (replace(SOUND.postings[0], summary="字" * 201), SOUND.postings[1])},
            "posting.summary_too_long",
        ),
        (
            {
                "postings": (
                    replace(SOUND.postings[0], public_summary="付110101199003070013"),
                    SOUND.postings[1],
                )
            },
            "redaction.identity_like",
        ),
        ({"postings": (replace(SOUND.postings[0], account="管里费"), SOUND.postings[1])}, "account.unknown"),
        (
            {
                "postings": (
                    replace(SOUND.postings[0], debit=10**15),
                    replace(SOUND.postings[1], credit=10**15),
                )
            },
            "posting.too_large",
        ),
        (
            {"postings": (replace(SOUND.postings[0], counterpart="名" * 121), SOUND.postings[1])},
            "posting.counterpart_too_long",
        ),
        ({"number": 0}, "voucher.number"),
        ({"word": "凭证字号太长"}, "voucher.word"),
        ({"attachments": -1}, "voucher.attachments"),
        ({"handler": "名" * 61}, "voucher.name_too_long"),
        ({"day": date(2026, 10, 9)}, "books.future_day"),
        ({"day": date(2026, 8, 31)}, "books.before_first_month"),
    ],
)
def test_a_wrong_voucher_is_refused_and_nothing_is_written(
    books: Village, now: datetime, change: dict[str, object], code: str
) -> None:
    before = Posting.objects.count()
    with pytest.raises(Refused) as refused:
        actions.enter_voucher(books.wang, books.collective, replace(SOUND, **change), now=now)  # type: ignore[arg-type]
    assert code_of(refused) == code
    assert refused.value.zh
    assert refused.value.en
    assert Posting.objects.count() == before


def test_nothing_is_entered_before_the_books_are_open(village: Village, now: datetime) -> None:
    with pytest.raises(NotReady) as refused:
        actions.enter_voucher(village.wang, village.collective, SOUND, now=now)
    assert code_of(refused) == "books.not_open"
    assert not village.collective.months.exists()


def test_a_number_is_used_once_a_month(books: Village, now: datetime) -> None:
    actions.enter_voucher(books.wang, books.collective, replace(SOUND, number=7), now=now)
    with pytest.raises(Invalid) as taken:
        actions.enter_voucher(books.wang, books.collective, replace(SOUND, number=7), now=now)
    assert (code_of(taken), "记-7" in taken.value.zh) == ("voucher.duplicate", True)
    october = replace(SOUND, number=7, day=date(2026, 10, 2))
    assert actions.enter_voucher(books.wang, books.collective, october, now=now).month.period == "2026-10"


def test_a_month_is_not_skipped(books: Village, now: datetime) -> None:
    with pytest.raises(NotReady) as skipped:
        actions.enter_voucher(
            books.wang, books.collective, replace(SOUND, day=date(2026, 11, 2)), now=now.replace(month=12)
        )
    assert code_of(skipped) == "books.month_not_reached"


def test_an_identity_number_may_stand_in_the_private_summary_only_if_the_public_one_hides_it(
    books: Village, now: datetime
) -> None:
    private = "付张三临时救助 11010519491231002X"
    lines = (PostingEntry("514", private, debit=300), PostingEntry("101", private, credit=300))
    voucher = actions.enter_voucher(books.wang, books.collective, VoucherEntry(DAY, lines), now=now)
    assert {p.public_summary for p in voucher.postings.all()} == {"临时救助（姓名不公开）"}
    assert [(p.code, p.severity) for p in problems(VoucherEntry(DAY, lines))] == [
        ("redaction.identity", "warning")
    ] * 2
    phone = tuple(replace(line, summary="付张三临时救助 13805361234") for line in lines)
    assert list(problems(VoucherEntry(DAY, phone))) == []


def test_a_reversal_is_the_same_in_red_in_an_open_month(books: Village, enter: Any, now: datetime) -> None:
    paid = enter(DAY, "付办公用品款", "513", "101", 12_000, handler="周小雨")
    red = actions.reverse_voucher(books.wang, paid, day=date(2026, 10, 5), reason="金额记错", now=now)
    assert [(p.account.code, p.debit, p.credit) for p in red.postings.all()] == [
        ("513", -12_000, 0),
        ("101", 0, -12_000),
    ]
    line = red.postings.get(line=1)
    assert line.summary == "冲销2026年9月记-1：金额记错"
    assert line.public_summary == "冲销2026年9月记-1：付办公用品款（金额记错）"
    assert (red.month.period, red.kind, red.handler) == ("2026-10", "reversal", "周小雨")


def test_the_reason_of_a_masked_line_is_not_published(books: Village, enter: Any, now: datetime) -> None:
    aid = enter(DAY, "付张三临时救助", "514", "101", 50_000)
    red = actions.reverse_voucher(books.wang, aid, day=DAY, reason="应付给李四", now=now)
    assert red.postings.get(line=1).public_summary == "冲销2026年9月记-1：临时救助（姓名不公开）"


def test_what_cannot_be_reversed(books: Village, enter: Any, now: datetime) -> None:
    paid = enter(DAY, "付办公用品款", "513", "101", 12_000)
    opening = Voucher.objects.get(kind="opening")

    def refused(voucher: Voucher, day: date = date(2026, 9, 9), reason: str = "记错") -> str:
        with pytest.raises(Refused) as caught:
            actions.reverse_voucher(books.wang, voucher, day=day, reason=reason, now=now)
        return code_of(caught)

    assert refused(paid, reason=" ") == "voucher.reason"
    assert refused(paid, day=date(2026, 9, 2)) == "voucher.reversed_before"
    assert refused(opening) == "voucher.not_reversible"
    red = actions.reverse_voucher(books.wang, paid, day=DAY, reason="记错", now=now)
    assert refused(paid) == "voucher.reversed_already"
    assert refused(red) == "voucher.not_reversible"


def test_a_public_summary_can_be_amended_even_after_closing(
    books: Village, enter: Any, now: datetime
) -> None:
    paid = enter(DAY, "付村道维修款", "514", "101", 12_000)
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    posting = paid.postings.get(line=1)
    actions.amend_public_summary(books.wang, posting, " 村道维修（第二期） ", now=now)
    posting.refresh_from_db()
    assert (posting.public_summary, posting.summary) == ("村道维修（第二期）", "付村道维修款")
    actions.amend_public_summary(books.wang, posting, "村道维修，咨询电话13805361234", now=now)
    posting.refresh_from_db()
    assert posting.public_summary.endswith("13805361234")  # the gate asks about it before it is published
    for text, code in (("", "posting.public_summary"), ("付11010519491231002X", "redaction.identity")):
        with pytest.raises(Invalid) as refused:
            actions.amend_public_summary(books.wang, posting, text, now=now)
        assert code_of(refused) == code
