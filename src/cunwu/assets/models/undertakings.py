"""Projects with their money and progress; co-operatives and companies in which the collective has a stake."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.books.models import Voucher
from cunwu.documents.models import Document
from cunwu.org.models import Appointment, Organization, random_id
from cunwu.procedures.models import Matter


class Project(models.Model):
    """项目: works or a programme of the collective: its budget, where the money comes from, what became of it."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="projects")
    name = models.CharField(max_length=120)
    budget = models.BigIntegerField(help_text="fen")
    begun_day = models.DateField(null=True)
    planned_end = models.DateField(null=True)
    accepted_day = models.DateField(null=True, help_text="验收")
    acceptance = models.CharField(max_length=200, blank=True, help_text="who accepted it and what was found")
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, related_name="projects")
    area = models.BigIntegerField(null=True, help_text="millionths of a mu that it improved")
    people = models.PositiveIntegerField(null=True, help_text="people given work or income")
    yearly_income = models.BigIntegerField(null=True, help_text="fen a year that it brings")
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="project_named_once"),
            models.CheckConstraint(condition=Q(budget__gte=0), name="project_budget_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectFund(models.Model):
    """Money for a project, by where it comes from, fen."""

    class Source(models.TextChoices):
        """Where project money comes from."""

        CENTRAL = "central", "中央财政"
        PROVINCE = "province", "省级财政"
        COUNTY = "county", "市县财政"
        TOWNSHIP = "township", "乡镇财政"
        COLLECTIVE = "collective", "村集体自筹"
        DONATION = "donation", "社会捐赠"
        LABOUR = "labour", "一事一议筹资筹劳"
        LOAN = "loan", "借款"
        OTHER = "other", "其他"

    project = models.ForeignKey(Project, models.CASCADE, related_name="funds")
    source = models.CharField(max_length=10, choices=Source)
    amount = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "source"], name="project_fund_once_a_source"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="project_fund_positive"),
        ]


class ProjectProgress(models.Model):
    """How far a project was on a day: share done, money spent, a photograph."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="progress")
    day = models.DateField()
    percent = models.PositiveSmallIntegerField()
    spent = models.BigIntegerField(help_text="fen spent since the beginning")
    note = models.CharField(max_length=200, blank=True)
    photo = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="project_progress_at_most_all"),
        ]
        ordering: ClassVar = ["day", "id"]


class Venture(models.Model):
    """A co-operative or company in which the collective has a stake, often led by the Party organization."""

    class Kind(models.TextChoices):
        """Its legal form."""

        COOPERATIVE = "cooperative", "农民专业合作社"
        COMPANY = "company", "公司"
        PLATFORM = "platform", "农业平台公司"
        ASSOCIATION = "association", "行业协会"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="ventures", help_text="the collective that holds the stake"
    )
    kind = models.CharField(max_length=11, choices=Kind)
    name = models.CharField(max_length=120)
    lead = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        related_name="led_ventures",
        help_text="the Party organization",
    )
    credit_code = models.CharField(max_length=18, blank=True)
    product = models.CharField(max_length=60, blank=True, help_text="product or brand")
    from_day = models.DateField()
    until_day = models.DateField(null=True)
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="venture_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """Shares of a venture, by kind of holder: residents are counted together, never listed."""

    class Holder(models.TextChoices):
        """Who holds the shares."""

        COLLECTIVE = "collective", "村集体"
        MEMBERS = "members", "农户成员"
        COMPANY = "company", "企业"
        OTHER = "other", "其他"

    venture = models.ForeignKey(Venture, models.CASCADE, related_name="holdings")
    holder = models.CharField(max_length=10, choices=Holder)
    holders = models.PositiveIntegerField(default=1, help_text="how many of them")
    shares = models.PositiveBigIntegerField()
    contribution = models.BigIntegerField(help_text="fen paid in, or the value of what was brought in")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["venture", "holder"], name="holding_once_a_holder"),
        ]


class Dividend(models.Model):
    """What a venture distributed for a year, fen."""

    venture = models.ForeignKey(Venture, models.CASCADE, related_name="dividends")
    year = models.PositiveSmallIntegerField()
    total = models.BigIntegerField()
    to_collective = models.BigIntegerField()
    day = models.DateField()
    voucher = models.ForeignKey(Voucher, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["venture", "year"], name="dividend_once_a_year"),
            models.CheckConstraint(
                condition=Q(total__gte=F("to_collective"), to_collective__gte=0),
                name="dividend_part_of_the_whole",
            ),
        ]
