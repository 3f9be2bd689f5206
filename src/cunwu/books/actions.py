"""What is done in the books day by day: opened, entered, reversed; months are closed in `months`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from cunwu.books import accounts, entries, public_summaries
from cunwu.books.accounts import AccountBook
from cunwu.books.entries import PostingEntry, Ready, VoucherEntry
from cunwu.books.models import Account, Month, Posting, Voucher
from cunwu.books.months import carry_forward, close_month, month_for, reopen_month
from cunwu.books.reconciling import Reconciling, reconcile
from cunwu.documents import redaction
from cunwu.documents.cells import money_text
from cunwu.errors import Invalid, NotReady
from cunwu.law.periods import Period
from cunwu.org import audit
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment, Organization

__all__ = [
    "PostingEntry",
    "Reconciling",
    "VoucherEntry",
    "add_account",
    "amend_public_summary",
    "carry_forward",
    "close_month",
    "enter_voucher",
    "open_books",
    "reconcile",
    "reopen_month",
    "reverse_voucher",
]

OPENING_WORD = "期初"
RED_LETTER = "会计基础工作规范第五十一条"
RED_LETTER_EN = "Basic Standards for Accounting Work, Article 51"


def open_books(
    actor: Appointment,
    organization: Organization,
    first: Period,
    opening: Mapping[str, int],
    *,
    now: datetime,
) -> Month:
    """Open the books with the month `first`: the 42 accounts, the month, and an opening voucher.

    `opening`: account ("102", "银行存款/农商行") to fen, debit positive; it must come to zero. Raises NotAllowed,
    NotReady `books.already_open`, Invalid `books.opening_unbalanced`, `books.first_month`, `account.*`.
    """
    require(actor, "books.keep", organization, now)
    if organization.months.exists():
        raise NotReady(
            "books.already_open",
            f"{organization.name_zh}已经建账，不能再次建账；期初有误的，用凭证调整。",
            f"The books of {organization.name('en')} are open already; a wrong opening is adjusted by a voucher.",
        )
    if first.kind != "month" or first.first_day > local_day(now):
        raise Invalid(
            "books.first_month",
            f"建账月份“{first}”应是本月或以前的一个月份，写成2026-01。",
            f"The first month “{first}” must be this month or an earlier one, written as 2026-01.",
        )
    if difference := sum(opening.values()):
        raise Invalid(
            "books.opening_unbalanced",
            f"期初余额借贷不平，差{money_text(difference)}元；请核对后重报。",
            f"The opening balances are {money_text(difference)} yuan apart; check them and try again.",
            difference=difference,
        )
    with transaction.atomic():
        accounts.create_first_level(organization)
        month = Month.objects.create(organization=organization, period=str(first), opened_at=now)
        _write_opening(month, first, opening)
        audit.record(
            actor, "books.open", f"month:{organization.public_id}:{first}", now=now, organization=organization
        )
    return month


def _write_opening(month: Month, first: Period, opening: Mapping[str, int]) -> None:
    sums = {name: fen for name, fen in opening.items() if fen}
    if not sums:
        return
    book = AccountBook(month.organization, "2023")
    held = tuple(book.resolve("", name) for name in sums)
    book.save_new()
    lines = tuple(
        PostingEntry(name, "期初余额", debit=max(fen, 0), credit=max(-fen, 0)) for name, fen in sums.items()
    )
    entry = VoucherEntry(first.first_day, lines, OPENING_WORD, 1)
    entries.write([Ready(month, 1, entry, held)], kind=Voucher.Kind.OPENING)


def add_account(
    actor: Appointment,
    organization: Organization,
    parent: Account,
    name: str,
    *,
    code: str = "",
    now: datetime,
) -> Account:
    """A sub-account below `parent`. Raises NotAllowed, Invalid `account.name` or `account.code_contradicts`."""
    require(actor, "books.keep", organization, now)
    with transaction.atomic():
        book = AccountBook(organization)
        account = book.add(parent, name, code)
        book.save_new()
        target = f"account:{organization.public_id}:{account.code}"
        audit.record(actor, "books.add_account", target, now=now, organization=organization)
    return account


def enter_voucher(
    actor: Appointment, organization: Organization, entry: VoucherEntry, *, now: datetime
) -> Voucher:
    """Enter one voucher; the month after the last is opened by its first voucher.

    Raises NotAllowed; Invalid with the first of `entries.problems` (all of them in `details`) or `account.*`;
    NotReady `books.not_open`, `books.month_closed`, `books.month_not_reached`; Invalid `voucher.duplicate`.
    """
    require(actor, "books.keep", organization, now)
    found = [p for p in entries.problems(entry) if p.severity == "fault"]
    if found:
        raise Invalid(found[0].code, found[0].zh, found[0].en, all=[p.zh for p in found])
    with transaction.atomic():
        month = month_for(organization, entry.day, now)
        number = entry.number if entry.number is not None else next_number(month, entry.word)
        _require_free(month, entry.word, number)
        book = AccountBook(organization, "2023")
        held = tuple(book.resolve("", p.account) for p in entry.postings)
        book.save_new()
        (voucher,) = entries.write([Ready(month, number, entry, held)])
        audit.record(
            actor, "books.enter_voucher", f"voucher:{voucher.public_id}", now=now, organization=organization
        )
    return voucher


def reverse_voucher(
    actor: Appointment, voucher: Voucher, *, day: date, reason: str, now: datetime
) -> Voucher:
    """红字冲销: the same lines with negative amounts on the same sides, in the open month of `day`.

    What was entered is not changed. Raises NotAllowed; Invalid `voucher.reason` (blank or too long); NotReady
    `voucher.not_reversible` (opening, carry-forward, itself a reversal), `voucher.reversed_already`,
    `voucher.reversed_before`, and those of `enter_voucher` about the month.
    """
    organization = voucher.month.organization
    require(actor, "books.keep", organization, now)
    _require_reversible(voucher, day, reason)
    period = Period.parse(voucher.month.period)
    with transaction.atomic():
        month = month_for(organization, day, now)
        postings = list(voucher.postings.select_related("account"))
        lines = tuple(_red_line(voucher, period, p, reason.strip()) for p in postings)
        entry = VoucherEntry(
            day,
            lines,
            voucher.word,
            handler=voucher.handler,
            approver=voucher.approver,
            witness=voucher.witness,
        )
        number = next_number(month, voucher.word)
        ready = Ready(month, number, entry, tuple(p.account for p in postings))
        (reversal,) = entries.write([ready], kind=Voucher.Kind.REVERSAL, reverses=voucher)
        target = f"voucher:{reversal.public_id}"
        audit.record(
            actor, "books.reverse_voucher", target, now=now, organization=organization, of=voucher.public_id
        )
    return reversal


def _red_line(voucher: Voucher, period: Period, posting: Posting, reason: str) -> PostingEntry:
    """A masked line stays masked: the reason that the accountant wrote may name whom the mask leaves out."""
    opening = f"冲销{period.zh}{voucher}："
    masked = public_summaries.is_masked(posting.public_summary) or public_summaries.aid_kind(reason)
    shown = f"{opening}{posting.public_summary}" + ("" if masked else f"（{reason}）")
    return PostingEntry(
        account=posting.account.code,
        summary=f"{opening}{reason}",
        debit=-posting.debit,
        credit=-posting.credit,
        public_summary=shown[: public_summaries.LONGEST],
        counterpart=posting.counterpart,
    )


def _require_reversible(voucher: Voucher, day: date, reason: str) -> None:
    if not 1 <= len(reason.strip()) <= 100 or any(not h.overrulable for h in redaction.scan(reason, "原因")):
        raise Invalid(
            "voucher.reason",
            "请写明冲销原因，一百字以内，不要写证件号码和账号。",
            "Give the reason for the reversal in at most 100 characters, without identity or account numbers.",
        )
    if voucher.kind != Voucher.Kind.ORDINARY:
        raise NotReady(
            "voucher.not_reversible",
            f"{voucher}是{voucher.get_kind_display()}凭证，不能冲销；请另填凭证更正。",
            f"{voucher} is no ordinary voucher ({voucher.kind}) and cannot be reversed; correct it by a new voucher.",
            basis=RED_LETTER,
            basis_en=RED_LETTER_EN,
        )
    reversal = Voucher.objects.filter(reverses=voucher).select_related("month").first()
    if reversal is not None:
        raise NotReady(
            "voucher.reversed_already",
            f"{voucher}已由{reversal.month.period}的{reversal}冲销，不能再冲销一次。",
            f"{voucher} was reversed by {reversal} of {reversal.month.period} already.",
            basis=RED_LETTER,
            basis_en=RED_LETTER_EN,
        )
    if day < voucher.day:
        raise Invalid(
            "voucher.reversed_before",
            f"冲销日期{day}早于原凭证日期{voucher.day}；请改为之后的日期。",
            f"The reversal is dated {day}, before the voucher itself ({voucher.day}); choose a later day.",
        )


def amend_public_summary(actor: Appointment, posting: Posting, text: str, *, now: datetime) -> Posting:
    """Change what residents will read of a line; the private summary stays. Counts from the next draft on.

    Raises NotAllowed, Invalid `posting.public_summary` (blank, over 200 characters) or `redaction.*`.
    """
    organization = posting.voucher.month.organization
    require(actor, "books.keep", organization, now)
    plain = text.strip()
    if not 1 <= len(plain) <= public_summaries.LONGEST:
        raise Invalid(
            "posting.public_summary",
            f"公开摘要应为1到{public_summaries.LONGEST}字；请说明款项用途。",
            f"A public summary has 1 to {public_summaries.LONGEST} characters; say what the money was for.",
        )
    for hit in redaction.scan(plain, "公开摘要"):
        if not hit.overrulable:
            raise Invalid(f"redaction.{hit.kind}", f"{hit.zh}（{hit.shown}）", f"{hit.en} ({hit.shown})")
    with transaction.atomic():
        posting.public_summary = plain
        posting.save(update_fields=["public_summary"])
        target = f"posting:{posting.line_id}"
        audit.record(actor, "books.amend_public_summary", target, now=now, organization=organization)
    return posting


def next_number(month: Month, word: str) -> int:
    """The number after the last of its word in the month."""
    last = month.vouchers.filter(word=word).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _require_free(month: Month, word: str, number: int) -> None:
    if month.vouchers.filter(word=word, number=number).exists():
        raise Invalid(
            "voucher.duplicate",
            f"{month.period}已有{word}-{number}号凭证；请改用{next_number(month, word)}号。",
            f"{month.period} has a voucher {word}-{number} already; use number {next_number(month, word)}.",
        )
