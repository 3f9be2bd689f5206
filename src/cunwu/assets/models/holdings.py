"""What a collective owns: assets and resources, and the workbooks that they were read from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.assets.models.undertakings import Project
from cunwu.documents.models import Document
from cunwu.org.models import Appointment, Organization, random_id
from cunwu.procedures.models import Matter

MU = 1_000_000
"""Millionths in a mu."""
SQUARE_METRE = 1_500
"""Millionths of a mu in a square metre: a mu is 2,000/3 square metres."""


class LedgerImport(models.Model):
    """One workbook of assets or contracts taken in: its bytes, how it was read, what came of it."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="ledger_imports")
    purpose = models.CharField(
        max_length=20, help_text='a purpose of `documents.headers`: "contracts", "assets"'
    )
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    mapping = models.JSONField(help_text="the column mapping that was used")
    rows = models.PositiveIntegerField()
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "document"],
                condition=Q(undone_at=None),
                name="ledger_import_same_file_once",
            ),
        ]


class Asset(models.Model):
    """资产资源: something the collective owns. Whether it is let or idle follows from its contracts; nobody types that."""

    class Kind(models.TextChoices):
        """What sort of thing; land kinds have law of their own for the term of a contract."""

        FARMLAND = "farmland", "耕地"
        RESERVE_LAND = "reserve_land", "机动地"
        SURPLUS_LAND = "surplus_land", "测增地"
        ORCHARD = "orchard", "园地"
        FOREST = "forest", "林地"
        GRASSLAND = "grassland", "草地"
        FOUR_WASTES = "four_wastes", "四荒地"
        CONSTRUCTION_LAND = "construction_land", "集体建设用地"
        WATER = "water", "水面"
        BUILDING = "building", "房屋建筑物"
        EQUIPMENT = "equipment", "机器设备"
        PHOTOVOLTAIC = "photovoltaic", "光伏电站"
        OTHER = "other", "其他"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="assets")
    number = models.CharField(max_length=40, help_text="the village's own number, or the parcel code")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=18, choices=Kind)
    location = models.CharField(max_length=200, blank=True, help_text="坐落、四至")
    area = models.BigIntegerField(null=True, help_text="millionths of a mu")
    value = models.BigIntegerField(null=True, help_text="fen; depreciation is the books' business")
    capacity = models.PositiveIntegerField(null=True, help_text="watts, of a photovoltaic station")
    self_used = models.BooleanField(default=False, help_text="used by the collective itself, so not idle")
    from_day = models.DateField(null=True)
    until_day = models.DateField(null=True, help_text="first day on which it is no longer the collective's")
    ended_because = models.CharField(max_length=120, blank=True)
    surplus_by = models.ForeignKey(
        Matter,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="the decision on land measured in excess",
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, related_name="assets", help_text="the project that it came from"
    )
    source = models.ForeignKey(LedgerImport, models.PROTECT, null=True, related_name="assets")
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "number"], name="asset_number_once"),
            models.CheckConstraint(condition=Q(area=None) | Q(area__gt=0), name="asset_area_positive"),
            models.CheckConstraint(
                condition=Q(until_day=None) | Q(from_day=None) | Q(until_day__gt=F("from_day")),
                name="asset_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "kind"])]

    def __str__(self) -> str:
        return self.name
