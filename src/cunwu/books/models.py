"""An organization's books: accounts, months, vouchers, postings. Money is integer fen; balance is held by the database."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.disclosure.models import Publication
from cunwu.documents.models import Document
from cunwu.org.models import Appointment, Organization, random_id


class Account(models.Model):
    """会计科目 of one organization: first-level codes as in 财会〔2023〕14号 (three digits), sub-accounts below them."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="sub_accounts")
    debit_side = models.BooleanField(help_text="whether the balance is normally a debit")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "code"], name="account_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def first_level(self) -> str:
        """The three-digit code of the official chart."""
        return self.code[:3]


class Month(models.Model):
    """会计期: one month of one organization's books. Closed by an action; published once; then closed for ever."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="months")
    period = models.CharField(max_length=7)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    nil = models.BooleanField(default=False, help_text="closed without a single voucher, said on purpose")
    publication = models.ForeignKey(Publication, models.PROTECT, null=True, related_name="months")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "period"], name="month_once"),
            models.CheckConstraint(
                condition=Q(publication=None) | Q(closed_at__isnull=False), name="month_published_is_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.period}"


class VoucherImport(models.Model):
    """One workbook taken in: its bytes, how it was read, what came of it; undone as a whole while the months are open."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="imports")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    mapping = models.JSONField(help_text="the column mapping that was used")
    vouchers = models.PositiveIntegerField()
    postings = models.PositiveIntegerField()
    total = models.BigIntegerField(help_text="sum of debits, fen")
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "document"], condition=Q(undone_at=None), name="import_same_file_once"
            ),
        ]


class Voucher(models.Model):
    """凭证: one balanced entry. `entered` vouchers balance and their postings cannot be touched: triggers see to both."""

    class Kind(models.TextChoices):
        """What sort of entry it is."""

        ORDINARY = "ordinary", "普通"
        OPENING = "opening", "期初"
        REVERSAL = "reversal", "红字冲销"
        CARRY_FORWARD = "carry_forward", "结转"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    month = models.ForeignKey(Month, models.PROTECT, related_name="vouchers")
    kind = models.CharField(max_length=14, choices=Kind, default=Kind.ORDINARY)
    word = models.CharField(max_length=4, help_text="凭证字: 记, 收, 付, 转")
    number = models.PositiveIntegerField()
    day = models.DateField()
    attachments = models.PositiveSmallIntegerField(default=0, help_text="附单据数")
    handler = models.CharField(max_length=60, blank=True, help_text="经手人")
    approver = models.CharField(max_length=60, blank=True, help_text="审批人")
    witness = models.CharField(max_length=60, blank=True, help_text="证明人")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    source = models.ForeignKey(VoucherImport, models.PROTECT, null=True, related_name="rows")
    entered = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "word", "number"], name="voucher_number_once"),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False)
                | (~Q(kind="reversal") & Q(reverses=None)),
                name="voucher_reversal_names_original",
            ),
        ]
        ordering: ClassVar = ["day", "word", "number"]

    def __str__(self) -> str:
        return f"{self.word}-{self.number}"


class Posting(models.Model):
    """One line of a voucher, fen. Red-letter lines are negative on the side of the original.

    `line_id` is the id of the line in the published sheet, for ever. `public_summary` is what residents read.
    """

    voucher = models.ForeignKey(Voucher, models.CASCADE, related_name="postings")
    line = models.PositiveSmallIntegerField()
    line_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="postings")
    summary = models.CharField(max_length=200)
    public_summary = models.CharField(max_length=200)
    counterpart = models.CharField(max_length=120, blank=True, help_text="往来单位, never published")
    debit = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voucher", "line"], name="posting_line_once"),
            models.CheckConstraint(
                condition=(Q(debit=0) & ~Q(credit=0)) | (~Q(debit=0) & Q(credit=0)),
                name="posting_on_one_side",
            ),
        ]
        ordering: ClassVar = ["line"]


class Balance(models.Model):
    """An account over one closed month, fen, debit positive: written at closing, so that no page ever sums postings."""

    month = models.ForeignKey(Month, models.CASCADE, related_name="balances")
    account = models.ForeignKey(Account, models.PROTECT, related_name="balances")
    opening = models.BigIntegerField()
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    closing = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "account"], name="balance_once"),
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("debit") - F("credit")), name="balance_adds_up"
            ),
        ]


class Reconciliation(models.Model):
    """银行存款余额调节: the books against the bank's statement at the end of a month, fen."""

    month = models.OneToOneField(Month, models.CASCADE, related_name="reconciliation")
    bank_balance = models.BigIntegerField()
    book_balance = models.BigIntegerField()
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ReconcilingItem(models.Model):
    """One reason why books and bank differ: known to one side only, fen, added to the side that lacks it."""

    class Side(models.TextChoices):
        """Which side does not have it yet."""

        BANK = "bank", "企业已记、银行未记"
        BOOKS = "books", "银行已记、企业未记"

    reconciliation = models.ForeignKey(Reconciliation, models.CASCADE, related_name="items")
    side = models.CharField(max_length=5, choices=Side)
    day = models.DateField()
    text = models.CharField(max_length=120)
    amount = models.BigIntegerField()
