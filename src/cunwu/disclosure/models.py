"""What is made public: drafts and who agreed to them, publications, the log's database side, the paper on the wall."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cunwu.documents.models import Document
from cunwu.duties.models import Duty
from cunwu.org.models import Appointment, Organization, Person, random_id


class Draft(models.Model):
    """公开方案: bytes that somebody proposes to publish. A new draft of the same item and period replaces the old one.

    `digest` is the SHA-256 of the canonical bytes: signatures bind to it, so a changed draft has none.
    """

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="drafts")
    item = models.CharField(max_length=60, help_text="the name of a catalogue item in the packs")
    period = models.CharField(max_length=7)
    about = models.CharField(
        max_length=40,
        blank=True,
        help_text='where a period has several: what this one is about, "step:public_id"',
    )
    heading = models.CharField(
        max_length=120, blank=True, help_text="of one that is about something: its name"
    )
    document = models.ForeignKey(Document, models.PROTECT, related_name="drafts")
    digest = models.CharField(max_length=64)
    prepared_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    supersedes = models.ForeignKey(
        "Publication",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="of a correction: what it corrects",
    )
    reason_zh = models.CharField(max_length=200, blank=True, help_text="of a correction: why")
    kept_by = models.ManyToManyField(
        Person, related_name="+", help_text="who kept the books behind it and so may not review it"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "item", "period", "about"],
                condition=Q(replaced_at=None),
                name="draft_current_once",
            ),
        ]


class Overrule(models.Model):
    """A hit of the redaction gate that a second person let pass, with the reason."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="overrules")
    where = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Objection(models.Model):
    """The supervision committee's objection to a draft, and the answer (Shandong disclosure regulation, article 16)."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="objections")
    text = models.CharField(max_length=500)
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answer_due = models.DateField(null=True, help_text="null where no provision sets a term")
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)


class Signature(models.Model):
    """A person in an appointment agreed to exactly these bytes. One given on paper counts once another person confirmed it."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="signatures")
    by = models.ForeignKey(Appointment, models.PROTECT, related_name="signatures")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    on_paper = models.BooleanField(default=False)
    entered_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draft", "by"], name="signature_once"),
            models.CheckConstraint(
                condition=Q(on_paper=False) | Q(entered_by__isnull=False),
                name="signature_on_paper_entered_by",
            ),
        ]


class JointMeeting(models.Model):
    """The record that the joint meeting of the two committees decided on the draft (article 11 (3))."""

    draft = models.OneToOneField(Draft, models.CASCADE, related_name="joint_meeting")
    digest = models.CharField(max_length=64)
    held_on = models.DateField()
    chaired_by = models.CharField(max_length=60)
    present = models.PositiveSmallIntegerField()
    expected = models.PositiveSmallIntegerField()
    in_favour = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(present__lte=F("expected")) & Q(in_favour__lte=F("present")),
                name="joint_meeting_adds_up",
            ),
        ]

    @property
    def carried(self) -> bool:
        """Whether more than half came and more than half of those agreed."""
        return 2 * self.present > self.expected and 2 * self.in_favour > self.present


class Publication(models.Model):
    """公开件: one document made public under a catalogue item for a period. Never changed: the database sees to that.

    `salt` lies beside the document; erasing both makes the leaf meaningless. What happened later (superseded, expired
    to its totals, taken down) is told by rows that point here. `draft` and `published_by` are null of one that came
    back from the public log after a restore (`recovery`): the log does not name who drafted and who published.
    """

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="publications")
    item = models.CharField(max_length=60)
    title_zh = models.CharField(max_length=240)
    title_en = models.CharField(max_length=320)
    period = models.CharField(max_length=7)
    about = models.CharField(max_length=40, blank=True)
    draft = models.OneToOneField(Draft, models.PROTECT, null=True, related_name="publication")
    document = models.ForeignKey(Document, models.PROTECT, related_name="publications")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="superseded_by")
    reason_zh = models.CharField(max_length=200, blank=True)
    pack_digest = models.CharField(max_length=64)
    basis_zh = models.CharField(max_length=200)
    basis_en = models.CharField(max_length=300)
    board_days = models.PositiveSmallIntegerField(help_text="at least so many days on the board")
    objection_until = models.DateField(null=True)
    expires_on = models.DateField(null=True, help_text="of personal lists: then only totals stay")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-published_at"]),
            models.Index(fields=["organization", "item", "period"]),
        ]

    def __str__(self) -> str:
        return f"{self.title_zh} {self.period}"


class Salt(models.Model):
    """The 32 random bytes that make a commitment unguessable; the row is deleted by erasure."""

    publication = models.OneToOneField(Publication, models.PROTECT, related_name="salt")
    value = models.BinaryField()


class Tombstone(models.Model):
    """A publication taken down, by whom and on which ground; its page says so for ever.

    `by` is null where the log alone tells of it (`recovery`), and of one whose document was lost.
    """

    publication = models.OneToOneField(Publication, models.PROTECT, related_name="tombstone")
    reason_code = models.CharField(max_length=40)
    reason_zh = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class Expiry(models.Model):
    """A personal list reduced to its totals when its time was over."""

    publication = models.OneToOneField(Publication, models.PROTECT, related_name="expiry")
    totals = models.ForeignKey(Document, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class LogEntry(models.Model):
    """存证: one leaf of the public log. Written with the action, sequenced afterwards; never changed once sequenced."""

    class Kind(models.TextChoices):
        """The closed list of what a leaf may be."""

        PUBLICATION = "publication", "公开"
        SUPERSESSION = "supersession", "更正"
        EXPIRY = "expiry", "到期"
        TOMBSTONE = "tombstone", "撤下"
        SILENCE = "silence", "到期未公开"
        COUNTER = "counter", "补公开"
        AUDIT_ROOT = "audit_root", "审计根"
        KEY_CHANGE = "key_change", "换钥"

    kind = models.CharField(max_length=16, choices=Kind)
    leaf = models.TextField(help_text="RFC 8785 JSON, the exact bytes of the leaf")
    leaf_hash = models.CharField(max_length=64, unique=True, help_text="RFC 6962 leaf hash, hex")
    created_at = models.DateTimeField()
    publication = models.ForeignKey(Publication, models.PROTECT, null=True, related_name="log_entries")
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, related_name="log_entries")
    index = models.PositiveBigIntegerField(
        null=True, unique=True, help_text="place in the log; null while pending"
    )
    sequenced_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(index=None), name="log_entry_pending"),
            # Asked for every proof that is handed out, and there are one or two in the life of a log.
            models.Index(fields=["id"], condition=Q(kind="key_change"), name="log_entry_key_change"),
            models.Index(fields=["index"], condition=Q(sequenced_at=None), name="log_entry_unsequenced"),
        ]


class BoardNotice(models.Model):
    """上墙: the paper, on which board, from when until when. The objection days run from it."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    publication = models.ForeignKey(Publication, models.PROTECT, related_name="board_notices")
    board = models.CharField(max_length=60)
    put_up_on = models.DateField()
    put_up_by = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    stays_until = models.DateField(help_text="the last day it must hang")
    taken_down_on = models.DateField(null=True)
    taken_down_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    photo = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    early_reason = models.CharField(
        max_length=200, blank=True, help_text="why it came down before its days were over"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["publication", "board"],
                condition=Q(taken_down_on=None),
                name="board_notice_hangs_once",
            ),
        ]


class StalePage(models.Model):
    """A public page that must be rendered again: left by an action, taken up by `portal.bake`."""

    kind = models.CharField(max_length=16, help_text='"place", "publication", "front"')
    key = models.CharField(max_length=12, blank=True, help_text="public id of the place or publication")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "key"], name="stale_page_once")]
