"""Contracts: what the collective agreed with others, about which assets, for how much."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.assets.models.holdings import Asset, LedgerImport
from cunwu.documents.models import Document
from cunwu.org.models import Appointment, Household, Organization, Person, random_id
from cunwu.procedures.models import Matter


class Contract(models.Model):
    """合同: what the collective agreed with others. Amended or renewed by another contract that `follows` it."""

    class Kind(models.TextChoices):
        """What sort of contract; the longest term that the law allows depends on it."""

        LEASE = "lease", "租赁"
        OTHER_CONTRACTING = "other_contracting", "其他方式承包"
        TRANSFER = "transfer", "土地经营权流转"
        COOPERATION = "cooperation", "合作经营"
        WORKS = "works", "工程建设"
        PURCHASE = "purchase", "采购服务"
        OTHER = "other", "其他"

    class Direction(models.TextChoices):
        """Who pays whom."""

        RECEIVES = "receives", "集体收款"
        PAYS = "pays", "集体付款"

    class Sublet(models.TextChoices):
        """Whether the other side handed the thing on."""

        NONE = "none", "没有转租"
        CONSENTED = "consented", "经同意转租"
        UNCONSENTED = "unconsented", "未经同意转租"

    class Ended(models.TextChoices):
        """Why it no longer runs, where it ended before or at its term by an act."""

        RETURNED = "returned", "到期收回"
        EARLY = "early", "提前解除"
        RENEWED = "renewed", "续签"
        AMENDED = "amended", "变更"
        VOID = "void", "确认无效"

    class Following(models.TextChoices):
        """How a contract continues another."""

        RENEWAL = "renewal", "续签"
        AMENDMENT = "amendment", "变更或补充"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=40, help_text="合同编号, the village's own")
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=18, choices=Kind)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.RECEIVES)
    signed_day = models.DateField(null=True)
    from_day = models.DateField(null=True)
    until_day = models.DateField(null=True, help_text="first day on which it no longer runs by its own terms")
    open_ended = models.BooleanField(default=False, help_text='"长期" or nothing written')
    term_as_written = models.CharField(max_length=120, blank=True)
    rent_as_written = models.CharField(max_length=200, blank=True)
    written = models.BooleanField(null=True, help_text="whether there is a paper; null: not stated")
    use = models.CharField(max_length=60, blank=True, help_text="agreed use")
    actual_use = models.CharField(max_length=60, blank=True, help_text="use as found on the spot")
    breach_terms = models.BooleanField(null=True, help_text="whether it says what follows a breach")
    increase_terms = models.BooleanField(null=True, help_text="whether the rent is to rise")
    pays_at_end = models.BooleanField(
        null=True, help_text="whether the village must pay for buildings, trees or investments when it ends"
    )
    sublet = models.CharField(max_length=11, choices=Sublet, default=Sublet.NONE)
    deposit = models.BigIntegerField(null=True, help_text="fen")
    prepaid_months = models.PositiveSmallIntegerField(default=0, help_text="months of rent taken in advance")
    total = models.BigIntegerField(null=True, help_text="fen over the whole term, as written")
    valuation = models.BigIntegerField(null=True, help_text="fen a year that a valuation found")
    matter = models.ForeignKey(
        Matter,
        models.PROTECT,
        null=True,
        related_name="contracts",
        help_text="the decision that authorised it",
    )
    decision_day = models.DateField(null=True, help_text="of a decision taken on paper")
    decision_note = models.CharField(max_length=200, blank=True)
    in_favour = models.PositiveIntegerField(null=True, help_text="of a decision taken on paper: votes for it")
    entitled = models.PositiveIntegerField(null=True, help_text="and how many might vote")
    approved_day = models.DateField(null=True, help_text="when the township approved it, of outsiders")
    ended_day = models.DateField(null=True, help_text="first day on which it no longer ran, by an act")
    ended_because = models.CharField(max_length=8, choices=Ended, blank=True)
    in_use_after = models.BooleanField(
        null=True,
        help_text="whether the other side went on using the thing after the end, as found on the spot",
    )
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    follows_as = models.CharField(max_length=9, choices=Following, blank=True)
    source = models.ForeignKey(LedgerImport, models.PROTECT, null=True, related_name="contracts")
    source_row = models.PositiveIntegerField(null=True, help_text="row of the workbook that it came from")
    registered_at = models.DateTimeField()
    next_due = models.DateField(
        null=True, help_text="due day of the next rent for which no receivable was made; null: none to come"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "number"], name="contract_number_once"),
            models.CheckConstraint(
                condition=Q(until_day=None) | Q(from_day=None) | Q(until_day__gt=F("from_day")),
                name="contract_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(ended_day=None, ended_because="")
                | (Q(ended_day__isnull=False) & ~Q(ended_because="")),
                name="contract_ended_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(follows=None, follows_as="") | (Q(follows__isnull=False) & ~Q(follows_as="")),
                name="contract_follows_somehow",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "until_day"]),
            models.Index(fields=["until_day"], condition=Q(ended_day=None), name="contract_ending"),
            models.Index(
                fields=["next_due"], condition=Q(next_due__isnull=False), name="contract_rent_to_come"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def runs_on(self, day: date) -> bool:
        """Whether it runs on `day` by its own terms and no act ended it. An open-ended one runs until an act."""
        begun = self.from_day is None or self.from_day <= day
        over = self.until_day is not None and self.until_day <= day
        ended = self.ended_day is not None and self.ended_day <= day
        return begun and not over and not ended


class ContractParty(models.Model):
    """Who stands on which side. A natural person's number is sealed and found by a keyed hash; the name is shown by the
    redaction profile. A contract may have several on a side, each with a share of what it brings."""

    class Kind(models.TextChoices):
        """What sort of party."""

        PERSON = "person", "个人"
        HOUSEHOLD = "household", "农户"
        ORGANIZATION = "organization", "单位"

    class Role(models.TextChoices):
        """On which side, or as what, the party signed."""

        COLLECTIVE = "collective", "村集体"
        OTHER_SIDE = "other_side", "对方"
        PARTNER = "partner", "合作方"
        GUARANTOR = "guarantor", "担保人"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="parties")
    role = models.CharField(max_length=10, choices=Role, default=Role.OTHER_SIDE)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=120)
    name_index = models.CharField(max_length=64, blank=True, help_text="keyed hash, as of declared relations")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="contract_parties")
    identity_sealed = models.BinaryField(null=True)
    identity_index = models.CharField(max_length=64, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    member = models.BooleanField(null=True, help_text="whether a member of the collective; null: not stated")
    per_mille = models.PositiveSmallIntegerField(null=True, help_text="share of what the contract brings")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(per_mille=None) | Q(per_mille__lte=1000), name="contract_party_share_at_most_all"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name_index"]),
            models.Index(fields=["identity_index"]),
        ]

    def __str__(self) -> str:
        return self.name


class Let(models.Model):
    """An asset, or a part of it, that a contract is about."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="lets")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="lets")
    area = models.BigIntegerField(null=True, help_text="millionths of a mu under this contract")
    measured = models.BigIntegerField(null=True, help_text="millionths of a mu as measured on the spot")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "asset"], name="let_once_a_contract"),
            models.CheckConstraint(condition=Q(area=None) | Q(area__gt=0), name="let_area_positive"),
        ]


class RentStep(models.Model):
    """What is owed from a day on: an amount for each period, or a quantity in kind for each mu.

    Receivables are made from these; of rent in kind the money is stated when the price of the day is known.
    """

    class Every(models.TextChoices):
        """How often it falls due."""

        YEAR = "year", "每年"
        HALF = "half", "每半年"
        QUARTER = "quarter", "每季"
        MONTH = "month", "每月"
        ONCE = "once", "一次"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="rents")
    from_day = models.DateField()
    until_day = models.DateField(null=True, help_text="first day on which the step no longer holds")
    every = models.CharField(max_length=7, choices=Every, default=Every.YEAR)
    amount = models.BigIntegerField(null=True, help_text="fen each time; null: in kind only")
    goods = models.CharField(max_length=30, blank=True, help_text="of rent in kind: what, such as 稻谷")
    jin_per_mu = models.PositiveIntegerField(null=True, help_text="of rent in kind: hundredths of a jin a mu")
    due_month = models.PositiveSmallIntegerField(null=True, help_text="1 to 12; null: the month it began")
    due_day = models.PositiveSmallIntegerField(null=True, help_text="1 to 28 or 31 for the last day")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "from_day"], name="rent_step_once_a_day"),
            models.CheckConstraint(
                condition=Q(amount__isnull=False, jin_per_mu=None) | Q(amount=None, jin_per_mu__isnull=False),
                name="rent_in_money_or_in_kind",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="rent_positive"),
        ]
        ordering: ClassVar = ["from_day"]


class Trade(models.Model):
    """产权交易: how a contract was traded openly: floor price, bids, the price it went for."""

    contract = models.OneToOneField(Contract, models.CASCADE, related_name="trade")
    venue = models.CharField(max_length=120)
    reference = models.CharField(max_length=60, blank=True)
    day = models.DateField()
    floor = models.BigIntegerField(null=True, help_text="fen")
    price = models.BigIntegerField(help_text="fen")
    bids = models.PositiveSmallIntegerField(null=True)


class ContractPaper(models.Model):
    """A paper that lies with a contract."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="papers")
    title = models.CharField(max_length=60)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=120)
    added_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
