"""One village's month, step by step, each done by the officer whose step it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from cunwu.books import actions as books
from cunwu.books import importing, sheets
from cunwu.books.balances import standings, total_of
from cunwu.books.models import Posting
from cunwu.demo import ledger, workbooks
from cunwu.demo.county import County, Village
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.models import BoardNotice, Draft, Publication
from cunwu.law.periods import Period
from cunwu.org.authority import local_day

EXPECTED = 8
"""Members of the two committees together, who are to come to the joint meeting."""


def open_books(village: Village, first: Period, *, now: datetime) -> None:
    """Open the village's books with its invented opening balances."""
    books.open_books(village.accountant, village.books, first, ledger.opening(village.profile), now=now)


def take_in(village: Village, period: Period, *, now: datetime) -> None:
    """Import the month's vouchers from the file that the bookkeeping program wrote."""
    data = workbooks.as_csv(ledger.vouchers(village.profile, period))
    name = f"{village.place.name_zh}{period.zh}凭证.csv"
    importing.import_vouchers(village.accountant, village.books, data, name, now=now)


def close(village: Village, period: Period, *, nil: bool = False, now: datetime) -> None:
    """Carry the year forward if it is December, reconcile with the bank, and close."""
    if period.number == 12:
        books.carry_forward(village.accountant, village.books, period.year, now=now)
    if not nil and period.number % 3 == 0:
        _reconcile(village, period, now)
    books.close_month(village.accountant, village.books, period, nil=nil, now=now)


def draft(village: Village, period: Period, *, reason_zh: str = "", now: datetime) -> Draft:
    """Propose the month's sheet."""
    return sheets.draft_sheet(village.accountant, village.books, period, reason_zh=reason_zh, now=now)


def sign(village: Village, proposed: Draft, *, now: datetime) -> None:
    """The head of the supervision committee agrees to it."""
    disclosure.sign(village.supervision_head, proposed, now=now)


def meet_and_publish(village: Village, proposed: Draft, *, now: datetime) -> Publication:
    """The clerk records the joint meeting of the day, the head of the committee publishes."""
    random = Random(f"cunwu/meeting/{proposed.organization.name_zh}/{proposed.period}")  # noqa: S311  (invented)
    present = random.randrange(6, EXPECTED + 1)
    disclosure.record_joint_meeting(
        village.clerk,
        proposed,
        held_on=local_day(now),
        chaired_by=village.party_secretary.person.name,
        present=present,
        expected=EXPECTED,
        in_favour=present - random.choice((0, 0, 0, 1)),
        now=now,
    )
    return sheets.publish_sheet(village.committee_head, proposed, now=now)


def post(
    village: Village, publication: Publication, hanging: list[BoardNotice], *, now: datetime
) -> list[BoardNotice]:
    """The clerk takes the old paper off every board and puts up the new one, two days after it was published.

    `hanging` is the paper on the village's boards; returns what hangs there afterwards.
    """
    today = local_day(now)
    over = [notice for notice in hanging if notice.stays_until < today]
    for notice in over:
        disclosure.take_down_notice(village.clerk, notice, taken_down_on=today, now=now)
    up = min(today, local_day(publication.published_at) + timedelta(days=2))
    return [notice for notice in hanging if notice not in over] + [
        disclosure.post_notice(village.clerk, publication, board, put_up_on=up, now=now)
        for board in village.boards
    ]


def correct_wrong_voucher(village: Village, wrong: Period, day: date, *, now: datetime) -> None:
    """Reverse the purchase of stationery of month `wrong` in red and enter it again with the amount that was meant."""
    postings = Posting.objects.filter(
        voucher__month__organization=village.books, voucher__month__period=str(wrong), summary="购买办公用品"
    )
    spent = postings.select_related("voucher__month__organization__place", "account").order_by("line")[0]
    voucher = spent.voucher
    books.reverse_voucher(village.accountant, voucher, day=day, reason="金额录错", now=now)
    meant = spent.debit // 2
    entry = books.VoucherEntry(
        day,
        (
            books.PostingEntry(ledger.OFFICE, f"更正{wrong.zh}{voucher}：购买办公用品", debit=meant),
            books.PostingEntry(ledger.CASH, f"更正{wrong.zh}{voucher}：购买办公用品", credit=meant),
        ),
        handler=voucher.handler,
        approver=voucher.approver,
        witness=voucher.witness,
    )
    books.enter_voucher(village.accountant, village.books, entry, now=now)


def name_somebody(village: Village, period: Period, *, now: datetime) -> None:
    """The mistake for which the month is taken down later: a public summary that names who was helped."""
    line = _public_line(village, period)
    text = "付刘秀英大病医疗救助款"
    books.amend_public_summary(village.accountant, line, text, now=now)


def let_pass(village: Village, proposed: Draft, *, now: datetime) -> None:
    """The head of the supervision committee lets pass what the redaction gate stopped: wrongly, as turns out."""
    for hit in disclosure.open_hits(proposed):
        disclosure.overrule(
            village.supervision_head, proposed, hit.where, hit.kind, "本人口头同意公开姓名", now=now
        )


def unname(village: Village, period: Period, *, now: datetime) -> None:
    """The name is left out again."""
    books.amend_public_summary(
        village.accountant, _public_line(village, period), "医疗救助（姓名不公开）", now=now
    )


def take_down(county: County, village: Village, corrected: Publication, *, now: datetime) -> None:
    """The township takes down the version before `corrected`, which named somebody."""
    named = Publication.objects.select_related("organization__place").get(superseded_by=corrected)
    disclosure.take_down(
        county.township_officer(village),
        named,
        reason_code="personal_data",
        reason_zh="公开摘要写了受助人姓名，已改正后重新公布",
        now=now,
    )


def _public_line(village: Village, period: Period) -> Posting:
    return (
        Posting.objects.filter(
            voucher__month__organization=village.books,
            voucher__month__period=str(period),
            account__code__startswith="514",
        )
        .order_by("voucher__day", "pk")
        .select_related("voucher__month__organization__place")[0]
    )


def _reconcile(village: Village, period: Period, now: datetime) -> None:
    held = total_of(standings(village.books, period), "102")
    random = village.profile.random(period)
    items = []
    if random.random() < 0.3:
        items = [books.Reconciling("bank", period.last_day, "月末开出的转账支票，收款人尚未入账", -860_00)]
    bank = held - sum(item.amount for item in items)
    books.reconcile(village.accountant, village.books, period, bank, items, now=now)
