"""Matters and their steps, meetings with roll and votes, what residents ask for together, appraisals.

What was decided is held in columns; the rules by which it was decided lie beside it as pinned bytes.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.disclosure.models import Draft, Publication
from cunwu.documents.models import Document
from cunwu.duties.models import Duty
from cunwu.org.models import Appointment, Household, Organization, Person, random_id


class PinnedRule(models.Model):
    """A power, meeting or right as it held when something began under it, as RFC 8785 JSON under its own SHA-256.

    Never changed or removed: a matter ends under the rules that it began with, whatever the packs say later.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    body = models.TextField()
    pinned_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]


class Matter(models.Model):
    """事项: one run of a power, pinned to the rules of the day on which it was opened."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "办理中"
        DONE = "done", "办结"
        WITHDRAWN = "withdrawn", "撤回"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="matters")
    power = models.CharField(max_length=60, help_text="the name of a power in the packs")
    title = models.CharField(max_length=120)
    text = models.CharField(max_length=1000, blank=True, help_text="what is proposed, as residents read it")
    amount_fen = models.BigIntegerField(null=True)
    rule = models.ForeignKey(PinnedRule, models.PROTECT, related_name="+")
    pack_digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_fen=None) | Q(amount_fen__gte=0), name="matter_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="matter_ended_when_it_ended",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "state", "-opened_at"]),
            models.Index(fields=["state", "power"]),
        ]

    def __str__(self) -> str:
        return self.title


class Party(models.Model):
    """相对人: who stands on the other side of a matter; officers related to one of them must stand aside."""

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="parties")
    name = models.CharField(max_length=120)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")


class Step(models.Model):
    """One step of a matter, made when the matter is opened. What the step needs stands in the matter's pinned rule."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "未到"
        OPEN = "open", "在办"
        DONE = "done", "办结"
        SKIPPED = "skipped", "不需要"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    matter = models.ForeignKey(Matter, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    opened_on = models.DateField(null=True)
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, related_name="+")
    done_on = models.DateField(null=True, help_text="the day it was done, as stated; not before it was open")
    done_at = models.DateTimeField(null=True, help_text="when it was recorded")
    done_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=1000, blank=True)
    amount_fen = models.BigIntegerField(null=True)
    reference = models.CharField(
        max_length=60, blank=True, help_text="number of a trade, contract or voucher"
    )
    draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="+")
    publication = models.ForeignKey(Publication, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["matter", "number"], name="step_number_once"),
            models.UniqueConstraint(
                fields=["matter"], condition=Q(state="open"), name="step_one_open_in_a_matter"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False, done_on__gte=F("opened_on")),
                name="step_done_after_it_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id}.{self.number} {self.name}"


class StepPaper(models.Model):
    """A paper that lies with a step."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="papers")
    name = models.CharField(max_length=60)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    filename = models.CharField(max_length=120)
    added_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["step", "name"], name="paper_once_a_step")]


class Quote(models.Model):
    """报价: what one supplier asks, and who obtained it."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="quotes")
    supplier = models.CharField(max_length=120)
    amount_fen = models.BigIntegerField()
    obtained_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step", "supplier"], name="quote_once_a_supplier"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="quote_is_positive"),
        ]


class ResidentObjection(models.Model):
    """异议: a resident's objection to what a step published, received by an officer, and its answer."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    step = models.ForeignKey(Step, models.PROTECT, related_name="objections")
    text = models.CharField(max_length=500)
    received_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    answer_due = models.DateField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)


class Meeting(models.Model):
    """会议: entered once. Its roll, votes and minutes meet duties, satisfy steps and agree to drafts."""

    class State(models.TextChoices):
        """Where it stands."""

        CALLED = "called", "已通知"
        HELD = "held", "已召开"
        FAILED = "failed", "流会"
        CANCELLED = "cancelled", "取消"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="meetings")
    kind = models.CharField(max_length=60, help_text="the name of a kind of meeting in the packs")
    rule = models.ForeignKey(PinnedRule, models.PROTECT, related_name="+")
    held_on = models.DateField()
    venue = models.CharField(max_length=80, blank=True)
    notice_on = models.DateField(help_text="the day on which those who should attend were told")
    called_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.CALLED)
    chaired_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    minutes = models.TextField(blank=True)
    recorded_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(notice_on__lte=F("held_on")), name="meeting_after_its_notice"),
            models.CheckConstraint(
                condition=Q(state="called", closed_at=None)
                | (~Q(state="called") & Q(closed_at__isnull=False)),
                name="meeting_closed_when_it_closed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-held_on"])]

    def __str__(self) -> str:
        return f"{self.organization} {self.kind} {self.held_on}"


class Attendance(models.Model):
    """到会: one of those who should attend or who sat in, and how they came."""

    class Mark(models.TextChoices):
        """How."""

        PRESENT = "present", "到会"
        ONLINE = "online", "线上"
        PROXY = "proxy", "委托"
        EXCUSED = "excused", "请假"
        ABSENT = "absent", "缺席"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendance")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="+")
    woman = models.BooleanField(default=False)
    votes = models.BooleanField(default=True, help_text="false of those who sit in")
    observes_for = models.CharField(max_length=24, blank=True, help_text="kind of body of one who sits in")
    mark = models.CharField(max_length=8, choices=Mark)
    proxy = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "person"], name="attendance_once"),
            models.CheckConstraint(
                condition=Q(mark="proxy", proxy__isnull=False) | (~Q(mark="proxy") & Q(proxy=None)),
                name="attendance_by_proxy_names_one",
            ),
        ]


class AgendaItem(models.Model):
    """议题: a step of a matter, a draft to agree to, an officer to appraise, or just something to talk about."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    step = models.ForeignKey(Step, models.PROTECT, null=True, related_name="items")
    draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="+")
    appraised = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="appraisals")
    secret = models.BooleanField(default=False)
    in_favour = models.PositiveIntegerField(null=True)
    against = models.PositiveIntegerField(null=True)
    abstained = models.PositiveIntegerField(null=True)
    carried = models.BooleanField(null=True)
    outcome_zh = models.CharField(
        max_length=400, blank=True, help_text="why it was not carried, with the clause"
    )
    outcome_en = models.CharField(max_length=600, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "number"], name="item_number_once")
        ]

    @property
    def number_text(self) -> str:
        """The number as text, for names of fields."""
        return str(self.number)


class Recusal(models.Model):
    """回避: somebody who stood aside for one item; `demanded` where a declared relation left no choice."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="recusals")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    demanded = models.BooleanField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "person"], name="recusal_once")]


class JointRequest(models.Model):
    """联名请求: what a share of people ask for together; the threshold is computed from the roll of the day."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    village = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", help_text="a body of the village whose people ask"
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="joint_requests", help_text="whom they ask"
    )
    right = models.CharField(max_length=60)
    rule = models.ForeignKey(PinnedRule, models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    concerns = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    registered_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)


class Supporter(models.Model):
    """One who signed a joint request; found on a roll of the village on the day of signing."""

    request = models.ForeignKey(JointRequest, models.CASCADE, related_name="supporters")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    signed_on = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "person"], name="supporter_once")]
