"""What a voucher must be before it may be entered, whoever brings it: a form, a file, the demo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db import connection

from cunwu.books import public_summaries
from cunwu.books.models import Account, Month, Posting, Voucher, VoucherImport
from cunwu.documents import redaction
from cunwu.documents.cells import LARGEST_FEN, money_text
from cunwu.org.models import random_id

LONGEST_SUMMARY, LONGEST_NAME, LONGEST_COUNTERPART = 200, 60, 120
Severity = Literal["fault", "warning"]


@dataclass(frozen=True)
class PostingEntry:
    """One line to be entered: fen on one side. `account` is "102", "银行存款/农商行" and the like.

    A blank `public_summary` is derived from `summary`, with the name left out where the line is aid.
    """

    account: str
    summary: str
    debit: int = 0
    credit: int = 0
    public_summary: str = ""
    counterpart: str = ""

    @property
    def shown_to_public(self) -> str:
        """The public summary as it will be kept."""
        return self.public_summary.strip() or public_summaries.derive(self.summary)


@dataclass(frozen=True)
class VoucherEntry:
    """A voucher to be entered. Without a `number` it takes the next one of its word in its month."""

    day: date
    postings: tuple[PostingEntry, ...]
    word: str = "记"
    number: int | None = None
    attachments: int = 0
    handler: str = ""
    approver: str = ""
    witness: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong with an entry; `posting` is the line (from 0) and `field` the column, where it is one's."""

    code: str
    zh: str
    en: str
    posting: int | None = None
    field: str = ""
    severity: Severity = "fault"


def problems(entry: VoucherEntry) -> Iterator[Problem]:
    """Everything wrong with `entry` in itself; whether its month is open and its number free is the books' to say."""
    name = f"{entry.word}-{entry.number}" if entry.number is not None else entry.word
    if not 1 <= len(entry.word) <= 4:
        yield Problem(
            "voucher.word",
            f"凭证字“{entry.word[:8]}”应为一至四个字，如“记”。",
            f"The voucher word “{entry.word[:8]}” must have one to four characters, as 记.",
            field="word",
        )
    if entry.number is not None and not 1 <= entry.number <= 99_999:
        yield Problem(
            "voucher.number",
            f"凭证号{entry.number}应在1到99999之间。",
            f"The voucher number {entry.number} must be between 1 and 99999.",
            field="number",
        )
    if not 0 <= entry.attachments <= 9_999:
        yield Problem(
            "voucher.attachments",
            f"附单据数{entry.attachments}应在0到9999之间。",
            f"{entry.attachments} attachments: it must be between 0 and 9999.",
            field="attachments",
        )
    for field in ("handler", "approver", "witness"):
        if len(getattr(entry, field)) > LONGEST_NAME:
            yield Problem(
                "voucher.name_too_long",
                f"经手人、审批人、证明人最多{LONGEST_NAME}字；请缩短。",
                f"Handler, approver and witness have {LONGEST_NAME} characters at most; shorten them.",
                field=field,
            )
    for i, posting in enumerate(entry.postings):
        yield from _line_problems(i, posting)
    if len(entry.postings) < 2:
        yield Problem(
            "voucher.single_line",
            f"{name}只有一行，一张凭证至少要有借贷两行；请补全。",
            f"{name} has one line only; a voucher has a debit and a credit at least. Add the other.",
        )
    debit, credit = sum(p.debit for p in entry.postings), sum(p.credit for p in entry.postings)
    if debit != credit:
        yield Problem(
            "voucher.unbalanced",
            f"{name} 借方{money_text(debit)}，贷方{money_text(credit)}，差{money_text(abs(debit - credit))}元；请补正。",
            f"{name}: debit {money_text(debit)}, credit {money_text(credit)}, {money_text(abs(debit - credit))} yuan "
            "apart; correct it.",
        )


def _line_problems(i: int, posting: PostingEntry) -> Iterator[Problem]:
    if posting.debit and posting.credit:
        yield Problem(
            "posting.both_sides",
            "同一行借方和贷方都有金额；请分成两行。",
            "The line has both a debit and a credit; make two lines of it.",
            i,
            "credit",
        )
    if not posting.debit and not posting.credit:
        yield Problem(
            "posting.no_amount",
            "这一行没有金额；请填借方或贷方金额，或删去这一行。",
            "The line has no amount; fill in the debit or the credit, or take the line out.",
            i,
            "debit",
        )
    if max(abs(posting.debit), abs(posting.credit)) >= LARGEST_FEN:
        yield Problem(
            "posting.too_large",
            "金额超出一万亿元；请核对。",
            "The amount is too large; check it.",
            i,
            "debit",
        )
    if not posting.summary.strip():
        yield Problem(
            "posting.no_summary",
            "没有摘要；请写明款项用途。",
            "The summary is missing; say what the money was for.",
            i,
            "summary",
        )
    if len(posting.counterpart) > LONGEST_COUNTERPART:
        yield Problem(
            "posting.counterpart_too_long",
            f"往来单位最多{LONGEST_COUNTERPART}字；请缩短。",
            f"The counterparty has {LONGEST_COUNTERPART} characters at most; shorten it.",
            i,
            "counterpart",
        )
    for field, text in (("summary", posting.summary), ("public_summary", posting.public_summary)):
        if len(text) > LONGEST_SUMMARY:
            yield Problem(
                "posting.summary_too_long",
                f"摘要有{len(text)}字，最多{LONGEST_SUMMARY}字；请缩短。",
                f"The summary has {len(text)} characters, {LONGEST_SUMMARY} at most; shorten it.",
                i,
                field,
            )
    yield from _redaction_problems(i, posting)


def _redaction_problems(i: int, posting: PostingEntry) -> Iterator[Problem]:
    """Identity and account numbers: a fault in what residents will read, a warning in what only the books hold."""
    shown = posting.shown_to_public
    public = {(h.kind, h.shown): h for h in redaction.scan(shown, "公开摘要") if not h.overrulable}
    for hit in public.values():
        field = "public_summary" if posting.public_summary.strip() else "summary"
        yield Problem(
            f"redaction.{hit.kind}", f"{hit.zh}（{hit.shown}）", f"{hit.en} ({hit.shown})", i, field
        )
    private = [] if shown == posting.summary.strip() else redaction.scan(posting.summary, "摘要")
    for hit in private:
        if not hit.overrulable and (hit.kind, hit.shown) not in public:
            yield Problem(
                f"redaction.{hit.kind}",
                f"{hit.zh}（{hit.shown}）",
                f"{hit.en} ({hit.shown})",
                i,
                "summary",
                "warning",
            )


@dataclass(frozen=True)
class Ready:
    """An entry that was checked: its month, its number, and the account of each of its lines."""

    month: Month
    number: int
    entry: VoucherEntry
    accounts: tuple[Account, ...]


def write(
    ready: Sequence[Ready],
    *,
    kind: str = Voucher.Kind.ORDINARY,
    source: VoucherImport | None = None,
    reverses: Voucher | None = None,
) -> list[Voucher]:
    """Write checked entries and enter them, in three statements for any number of them.

    The caller holds the transaction. The database refuses what does not balance.
    """
    vouchers = Voucher.objects.bulk_create(
        [
            Voucher(
                month_id=r.month.pk,
                kind=kind,
                word=r.entry.word,
                number=r.number,
                day=r.entry.day,
                attachments=r.entry.attachments,
                handler=r.entry.handler,
                approver=r.entry.approver,
                witness=r.entry.witness,
                source=source,
                reverses=reverses,
            )
            for r in ready
        ]
    )
    _insert_postings(zip(vouchers, ready, strict=True))
    written = Voucher.objects.filter(pk__gte=vouchers[0].pk, pk__lte=vouchers[-1].pk)
    written.filter(entered=False, source=source).update(entered=True)
    for voucher in vouchers:
        voucher.entered = True
    return vouchers


def _insert_postings(pairs: Iterable[tuple[Voucher, Ready]]) -> None:
    """Plain SQL: for twenty thousand lines, model objects take longer than every check together."""
    columns = (
        "voucher_id",
        "line",
        "line_id",
        "account_id",
        "summary",
        "public_summary",
        "counterpart",
        "debit",
        "credit",
    )
    rows = [
        (
            voucher.pk,
            line,
            random_id(),
            account.pk,
            p.summary.strip(),
            p.shown_to_public,
            p.counterpart.strip(),
            p.debit,
            p.credit,
        )
        for voucher, ready in pairs
        for line, (p, account) in enumerate(zip(ready.entry.postings, ready.accounts, strict=True), 1)
    ]
    table, marks = Posting._meta.db_table, ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608  (names of ours)
