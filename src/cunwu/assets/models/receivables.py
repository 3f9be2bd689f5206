"""What is owed to the collective, what came in, and what was given up by a decision."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.assets.models.contracts import Contract
from cunwu.assets.models.holdings import LedgerImport
from cunwu.books.models import Voucher
from cunwu.org.models import Appointment, Organization, random_id
from cunwu.procedures.models import Matter


class Receivable(models.Model):
    """应收款: something owed to the collective by a day. What was received and written off is kept beside it, so that no
    page ever sums receipts; the database holds that the two never exceed the amount."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="receivables")
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, related_name="receivables")
    debtor = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    from_day = models.DateField(null=True, help_text="first day of what is paid for")
    until_day = models.DateField(null=True)
    due_day = models.DateField()
    amount = models.BigIntegerField(help_text="fen")
    received = models.BigIntegerField(default=0, help_text="fen")
    written_off = models.BigIntegerField(default=0, help_text="fen")
    acknowledged_day = models.DateField(
        null=True,
        help_text="when the debtor last paid, promised or was asked: the limitation runs anew from it",
    )
    limitation_day = models.DateField(help_text="last day on which the claim can be enforced in court")
    source = models.ForeignKey(LedgerImport, models.PROTECT, null=True, related_name="receivables")
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="receivable_positive"),
            models.CheckConstraint(
                condition=Q(
                    received__gte=0, written_off__gte=0, amount__gte=F("received") + F("written_off")
                ),
                name="receivable_not_overpaid",
            ),
            models.UniqueConstraint(
                fields=["contract", "from_day"],
                condition=Q(contract__isnull=False, from_day__isnull=False),
                name="receivable_once_a_period",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "due_day"]),
            models.Index(
                fields=["organization", "due_day", "amount", "received", "written_off"],
                condition=Q(amount__gt=F("received") + F("written_off")),
                name="receivable_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def owed(self) -> int:
        """Fen still owed."""
        return self.amount - self.received - self.written_off


class Receipt(models.Model):
    """Money, or goods at their price, received for a receivable, fen. Taken back only by a negative one (red-letter)."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    receivable = models.ForeignKey(Receivable, models.PROTECT, related_name="receipts")
    day = models.DateField()
    amount = models.BigIntegerField()
    in_kind = models.CharField(max_length=60, blank=True, help_text="what was given instead of money")
    reference = models.CharField(max_length=60, blank=True, help_text="receipt number")
    voucher = models.ForeignKey(Voucher, models.PROTECT, null=True, related_name="receipts")
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, related_name="taken_back_by")
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, takes_back=None) | Q(amount__lt=0, takes_back__isnull=False),
                name="receipt_negative_only_to_take_back",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["day"])]


class WriteOff(models.Model):
    """A claim given up, in whole or part, fen: only by a decision that was carried."""

    receivable = models.ForeignKey(Receivable, models.PROTECT, related_name="write_offs")
    amount = models.BigIntegerField()
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="write_offs")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_positive"),
        ]
