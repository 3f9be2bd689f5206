"""What the screening asked, and how each question was resolved."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cunwu.assets.models import Contract
from cunwu.org.models import Appointment, Organization, Place, random_id
from cunwu.procedures.models import Matter


class Screening(models.Model):
    """One run of the rules that are switched on, over a place (null: everything here)."""

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    day = models.DateField(help_text="the day of whose facts it asked")
    at = models.DateTimeField()
    by = models.ForeignKey(
        Appointment, models.PROTECT, null=True, related_name="+", help_text="null: the clock"
    )
    asked = models.PositiveIntegerField(help_text="questions that were new")
    gone = models.PositiveIntegerField(help_text="questions whose reason was gone")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["day"])]


class Finding(models.Model):
    """疑点: one question that one rule asks of one contract, for as long as its reason holds. It says nothing of a person.

    The village may answer; somebody of another office decides whether the fault is there; what is there becomes a matter.
    A question whose reason is gone stays on record with the day. Its thresholds are those that the packs had on `last_seen`.
    """

    class Verdict(models.TextChoices):
        """What the reviewer found."""

        CONFIRMED = "confirmed", "属实"
        DISMISSED = "dismissed", "排除"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    rule = models.CharField(max_length=40)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="findings")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="findings")
    figures = models.JSONField(help_text="the columns that the question shows, as last seen")
    first_seen = models.DateField()
    last_seen = models.DateField()
    gone_day = models.DateField(null=True, help_text="first day on which its reason was gone")
    reply = models.CharField(max_length=500, blank=True)
    replied_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=9, choices=Verdict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, related_name="findings")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "contract"], condition=Q(gone_day=None), name="finding_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_by=None, replied_at=None)
                | (~Q(reply="") & Q(replied_by__isnull=False, replied_at__isnull=False)),
                name="finding_reply_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(verdict="", reason="", reviewed_by=None, reviewed_at=None)
                | (~Q(verdict="") & ~Q(reason="") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
                name="finding_verdict_by_somebody_for_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "rule"]),
            models.Index(
                fields=["organization"], condition=Q(gone_day=None, verdict=""), name="finding_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.contract}"

    @property
    def state(self) -> str:
        """One of `queries.STATES`: what is to be done next."""
        if self.gone_day is not None:
            return "gone"
        if self.verdict == self.Verdict.DISMISSED:
            return "dismissed"
        if self.matter_id is not None:
            return "taken_up"
        if self.verdict:
            return "confirmed"
        return "answered" if self.replied_at else "open"
