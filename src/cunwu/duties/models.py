"""Every deadline in one table with one clock."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.org.models import Organization, random_id


class Disclosures(models.Manager["Duty"]):
    """The duties that a publication meets, and nothing else."""

    def get_queryset(self) -> models.QuerySet[Duty]:
        """Without meetings, steps and answers."""
        return super().get_queryset().exclude(catalogue_item="")


class Duty(models.Model):
    """职责: something an organization must do by a day, the provision that says so, and what met it.

    The basis is copied in when the duty is opened: a changed pack never touches it.
    """

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="duties")
    name = models.CharField(max_length=60, help_text="the name of a duty in the packs")
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=200)
    period = models.CharField(max_length=7, help_text='"2026-09", "2026Q3", "2026"')
    subject = models.CharField(
        max_length=40,
        blank=True,
        help_text='of a duty raised by one thing: "matter:public_id"; empty: recurring',
    )
    catalogue_item = models.CharField(max_length=60, blank=True, help_text="what publication meets it")
    meeting_kind = models.CharField(max_length=60, blank=True, help_text="what kind of meeting meets it")
    opened_at = models.DateTimeField()
    due_day = models.DateField()
    due_at = models.DateTimeField(help_text="the end of the due day in China, in UTC")
    provisional = models.BooleanField(default=False, help_text="counted on a year that is not announced yet")
    first_due_day = models.DateField(help_text="the due day as first told, kept when a provisional one moves")
    pack_digest = models.CharField(max_length=64)
    basis_zh = models.CharField(max_length=200)
    basis_en = models.CharField(max_length=300)
    confidence = models.CharField(max_length=8)
    read_in_source = models.BooleanField(help_text="only then may lateness become an entry of silence")
    next_level = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="duties_below")
    met_at = models.DateTimeField(null=True)
    met_by = models.CharField(max_length=80, blank=True, help_text='"publication:public_id"')
    late_at = models.DateTimeField(null=True, help_text="when the clock found it late")

    objects: ClassVar[models.Manager[Duty]] = models.Manager()
    disclosures: ClassVar[Disclosures] = Disclosures()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "name", "period", "subject"], name="duty_once_a_period"
            ),
            models.CheckConstraint(
                condition=Q(met_at=None, met_by="") | (Q(met_at__isnull=False) & ~Q(met_by="")),
                name="duty_met_by_something",
            ),
            models.CheckConstraint(
                condition=Q(late_at=None) | Q(late_at__gte=F("due_at")), name="duty_late_after_due"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(met_at=None, late_at=None), name="duty_running"),
            models.Index(fields=["organization"], condition=Q(met_at=None), name="duty_unmet"),
            models.Index(fields=["organization", "-due_day"]),
            models.Index(fields=["subject"], condition=~Q(subject=""), name="duty_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.title_zh} {self.period}"
