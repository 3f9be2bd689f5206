"""Programmes, the villages that take part, who answers for them, case files and their items, red cards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.assets.models import Asset, Contract, Receivable
from cunwu.documents.models import Document
from cunwu.org.models import Appointment, Organization, Place, random_id
from cunwu.procedures.models import Matter, PinnedRule


class Programme(models.Model):
    """专项行动: one run of a programme of the packs over a county, town or village, under the rules of its first day."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    name = models.CharField(max_length=60, help_text="the name of a programme in the packs")
    place = models.ForeignKey(Place, models.PROTECT, related_name="programmes")
    rule = models.ForeignKey(PinnedRule, models.PROTECT, related_name="+")
    pack_digest = models.CharField(max_length=64)
    began_day = models.DateField()
    started_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    ended_day = models.DateField(null=True, help_text="first day on which it no longer ran")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name", "place"], condition=Q(ended_day=None), name="programme_runs_once_a_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.place}"


class Participation(models.Model):
    """A village's body that takes part, and in which phase. Files and items hang on it."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="participations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="participations")
    phase = models.CharField(max_length=40)
    joined_day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "organization"], name="participation_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["programme", "phase"])]

    def __str__(self) -> str:
        return f"{self.organization} {self.phase}"


class Charge(models.Model):
    """责任人: who answers for a place at one level of the chain, from a day until a day."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="charges")
    level = models.CharField(max_length=40)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="charges")
    from_day = models.DateField()
    until_day = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "level", "place"],
                condition=Q(until_day=None),
                name="charge_one_at_a_time",
            ),
        ]


class CaseFile(models.Model):
    """一户一档: everything that concerns one household, or body, of a village; `key` is blank for what concerns nobody's."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="files")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=80, blank=True, help_text="keyed hash of the number or the name")
    name = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participation", "key"], name="case_file_once_a_household"),
            models.UniqueConstraint(fields=["participation", "number"], name="case_file_number_once"),
        ]


class CaseItem(models.Model):
    """一事一策: one thing to clear, what is planned, by what opinion and decision, and how it ended.

    It is about a contract, a debt or an asset of the ledgers; of the environment and of disputes it says in words what
    was found. `plan` and `outcome` are outcomes of `cunwu.law.programmes`.
    """

    class Clears(models.TextChoices):
        """What is cleared."""

        CONTRACTS = "contracts", "清合同"
        ARREARS = "arrears", "清尾欠"
        IDLE_ASSETS = "idle_assets", "清闲置"
        ENVIRONMENT = "environment", "清环境"
        DISPUTES = "disputes", "清矛盾"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    file = models.ForeignKey(CaseFile, models.PROTECT, related_name="items")
    clears = models.CharField(max_length=11, choices=Clears)
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, related_name="case_items")
    receivable = models.ForeignKey(Receivable, models.PROTECT, null=True, related_name="case_items")
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="case_items")
    text = models.CharField(max_length=500, blank=True, help_text="what was found, where no ledger says it")
    opened_at = models.DateTimeField()
    plan = models.CharField(max_length=14, blank=True)
    plan_text = models.CharField(max_length=500, blank=True)
    planned_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    lawyer = models.CharField(max_length=60, blank=True)
    opinion = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, related_name="case_items")
    outcome = models.CharField(max_length=14, blank=True)
    outcome_note = models.CharField(max_length=500, blank=True)
    settled_day = models.DateField(null=True)
    settled_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["file", "clears", "contract"],
                condition=Q(contract__isnull=False),
                name="case_item_once_a_contract",
            ),
            models.UniqueConstraint(
                fields=["file", "receivable"],
                condition=Q(receivable__isnull=False),
                name="case_item_once_a_debt",
            ),
            models.UniqueConstraint(
                fields=["file", "asset"], condition=Q(asset__isnull=False), name="case_item_once_an_asset"
            ),
            models.CheckConstraint(
                condition=Q(clears="contracts", contract__isnull=False)
                | Q(clears="arrears", contract__isnull=False, receivable=None)
                | Q(clears="arrears", contract=None, receivable__isnull=False)
                | Q(clears="idle_assets", asset__isnull=False)
                | (Q(clears__in=["environment", "disputes"]) & ~Q(text="")),
                name="case_item_about_something",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", settled_day=None, settled_by=None)
                | (~Q(outcome="") & Q(settled_day__isnull=False, settled_by__isnull=False)),
                name="case_item_settled_by_somebody",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["file", "clears", "outcome"])]


class RedCard(models.Model):
    """红牌: that somebody in office, who answers for a place, did not act. Never about a resident.

    The person is told and may reply; somebody else decides whether it stands; it lapses by itself.
    """

    class Verdict(models.TextChoices):
        """What the review found."""

        UPHELD = "upheld", "成立"
        WITHDRAWN = "withdrawn", "撤销"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="cards")
    fact = models.CharField(max_length=500)
    issued_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    issued_day = models.DateField()
    reply_until = models.DateField(help_text="last day for the person's reply")
    reply = models.CharField(max_length=1000, blank=True)
    replied_day = models.DateField(null=True)
    verdict = models.CharField(max_length=9, choices=Verdict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    reviewed_day = models.DateField(null=True)
    stands_until = models.DateField(null=True, help_text="last day on which it stands")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict="", reason="", reviewed_by=None, reviewed_day=None, stands_until=None)
                | (~Q(verdict="") & ~Q(reason="") & Q(reviewed_by__isnull=False, reviewed_day__isnull=False)),
                name="red_card_reviewed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("issued_by")),
                name="red_card_reviewed_by_another",
            ),
        ]
