"""Bytes by their hash, and how a workbook's columns were understood."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cunwu.org.models import Appointment


class Document(models.Model):
    """文件: bytes under their SHA-256, kept in the data folder. The row outlives erased bytes, so that nothing is lost unseen."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField(help_text="bytes")
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["erased_at"], name="document_erased", condition=~Q(erased_at=None))
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class Erasure(models.Model):
    """One line of the erasure manifest: what must be gone from every copy. Restore and mirrors replay it."""

    document = models.OneToOneField(Document, models.PROTECT, related_name="erasure")
    at = models.DateTimeField()
    by = models.ForeignKey(
        Appointment,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="null: the clock, of a list whose time was over",
    )
    reason_code = models.CharField(max_length=40)


class ColumnMapping(models.Model):
    """How the columns of tables of one shape are to be read, as a person last confirmed it."""

    purpose = models.CharField(max_length=20)
    shape = models.CharField(max_length=64, help_text="SHA-256 of the normalised headers")
    columns = models.JSONField(help_text="column index to field, as headers.Mapping writes it")
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "shape"], name="mapping_once_a_shape")
        ]
