"""Places, organizations, people, appointments, and the record of every action."""

from __future__ import annotations

import secrets
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
ID_LENGTH = 12
_UNEVEN = bytes(range(256 - 256 % len(ID_ALPHABET), 256))
"""Bytes that would make some letters likelier than others: they are dropped."""
_LETTERS = bytes(ord(ID_ALPHABET[byte % len(ID_ALPHABET)]) for byte in range(256))


def random_id() -> str:
    """An id for addresses: 12 characters (59 bits) that tell nothing and cannot be counted."""
    letters = b""
    while len(letters) < ID_LENGTH:  # hardly ever more than once
        letters += secrets.token_bytes(2 * ID_LENGTH).translate(_LETTERS, _UNEVEN)
    return letters[:ID_LENGTH].decode()


PATH_STEP = 3
"""Characters of a place's path for each level."""
NAME_LENGTH = 80


class Place(models.Model):
    """区划: a node of the tree.

    `path` is ours, for ever, three characters a level, so that "everything below" is one half-open range of one
    index. `code` is the official code of today (2, 4, 6, 9 or 12 digits) where one is known: none is invented.
    """

    class Level(models.TextChoices):
        """The levels of the tree, from the province down."""

        PROVINCE = "province", "省级"
        PREFECTURE = "prefecture", "地级"
        COUNTY = "county", "县级"
        TOWN = "town", "乡级"
        VILLAGE = "village", "村级"
        GROUP = "group", "村民小组"
        NATURAL_VILLAGE = "natural_village", "自然村"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    path = models.CharField(max_length=30, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    level = models.CharField(max_length=16, choices=Level)
    name_zh = models.CharField(max_length=NAME_LENGTH)
    name_en = models.CharField(max_length=120, blank=True)
    sort_key = models.CharField(max_length=160, blank=True, help_text="pinyin, for sorting and finding")
    code = models.CharField(max_length=12, blank=True)
    code_official = models.BooleanField(default=False)
    from_day = models.DateField(null=True)
    until_day = models.DateField(null=True, help_text="first day on which the place no longer is")
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code="") & Q(until_day=None), name="place_code_once_at_a_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["parent", "sort_key"]), models.Index(fields=["name_zh"])]

    def __str__(self) -> str:
        return self.name_zh

    def name(self, language: str) -> str:
        """The name in `language`; Chinese where no English one was given."""
        return self.name_zh if language.startswith("zh") or not self.name_en else self.name_en

    def contains(self, other: Place) -> bool:
        """Whether `other` is this place or lies below it."""
        return other.path.startswith(self.path)

    def paths_to_root(self) -> list[str]:
        """The path of this place and of every place that it lies in."""
        return [self.path[:end] for end in range(PATH_STEP, len(self.path) + 1, PATH_STEP)]


class PlaceCode(models.Model):
    """A code or name that a place bore from a day until a day: merged and renamed places keep their history."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="codes")
    code = models.CharField(max_length=12, blank=True)
    name_zh = models.CharField(max_length=80)
    official = models.BooleanField(default=False)
    from_day = models.DateField(null=True)
    until_day = models.DateField(null=True)
    source = models.CharField(max_length=120, blank=True)


class PlaceName(models.Model):
    """A name that places bear, under one of the keys by which they are found (`finding`): a row for each key.

    `inside` keys are what follows a later character of the name; the others begin where it begins.
    """

    inside = models.BooleanField()
    key = models.CharField(max_length=NAME_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inside", "key", "name"], name="place_name_once_under_a_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Organization(models.Model):
    """组织: books, contracts and duties belong to it, not to a place."""

    class Kind(models.TextChoices):
        """What sort of body it is; the packs name offices and duties by these words."""

        PARTY = "party_organization", "党组织"
        COMMITTEE = "villagers_committee", "村民委员会"
        SUPERVISION = "supervision_committee", "村务监督委员会"
        COLLECTIVE = "collective", "农村集体经济组织"
        STATION = "station", "代理记账站"
        TOWNSHIP = "township_government", "乡镇人民政府"
        COUNTY = "county_bureau", "县级部门"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    kind = models.CharField(max_length=24, choices=Kind)
    place = models.ForeignKey(Place, models.PROTECT, related_name="organizations")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="branches")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    public_phone = models.CharField(max_length=30, blank=True)
    keeps_books = models.BooleanField(default=False)
    boards = models.JSONField(
        default=list, help_text="names of its notice boards, one for each natural village"
    )
    from_day = models.DateField(null=True)
    until_day = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "kind", "name_zh"],
                condition=Q(until_day=None),
                name="organization_once_in_a_place",
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh

    def name(self, language: str) -> str:
        """The name in `language`; Chinese where no English one was given."""
        return self.name_zh if language.startswith("zh") or not self.name_en else self.name_en


class Person(models.Model):
    """人: one per installation. The identity number is sealed and is found by a keyed hash only."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    name = models.CharField(max_length=60)
    sort_key = models.CharField(max_length=120, blank=True)
    identity_sealed = models.BinaryField(null=True)
    identity_index = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  (null: unique where known)
    phone_sealed = models.BinaryField(null=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="person")

    def __str__(self) -> str:
        return self.name


class Household(models.Model):
    """户: those who may stand in for each other at a meeting. Its number is the village's own, never an address."""

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="households")
    number = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "number"], name="household_number_once")
        ]

    def __str__(self) -> str:
        return self.number


class Membership(models.Model):
    """A person on a roll of an organization from a day until a day.

    No birth day is kept: `votes` says that the person is of age and of full capacity, as the body that keeps the roll
    found; only those count for quorum and majority. `woman` serves where the law asks for a share of women.
    """

    class Roll(models.TextChoices):
        """Which roll; the packs name them by these words in the plural."""

        VILLAGER = "villager", "村民"
        VOTER = "voter", "登记参加选举的村民"
        REPRESENTATIVE = "representative", "村民代表"
        MEMBER = "member", "集体经济组织成员"
        MEMBER_REPRESENTATIVE = "member_representative", "成员代表"
        PARTY_MEMBER = "party_member", "党员"

    class Ended(models.TextChoices):
        """Why somebody is on the roll no longer."""

        MOVED = "moved", "迁出"
        DIED = "died", "去世"
        TERM = "term", "任期届满"
        OTHER = "other", "其他"

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="memberships")
    roll = models.CharField(max_length=24, choices=Roll)
    votes = models.BooleanField(default=True)
    woman = models.BooleanField(default=False)
    from_day = models.DateField()
    until_day = models.DateField(
        null=True, help_text="first day on which the person is no longer on the roll"
    )
    ended_because = models.CharField(max_length=8, choices=Ended, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until_day=None) | Q(until_day__gt=F("from_day")),
                name="membership_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["person", "organization", "roll"],
                condition=Q(until_day=None),
                name="membership_open_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "roll"])]

    def __str__(self) -> str:
        return f"{self.person} {self.get_roll_display()}"

    def holds_on(self, day: date) -> bool:
        """Whether the person is on the roll on `day`."""
        return self.from_day <= day and (self.until_day is None or day < self.until_day)


class Appointment(models.Model):
    """任职: a person in an office of an organization from a day until a day. This is who acts."""

    class Kind(models.TextChoices):
        """How the office is held."""

        REGULAR = "regular", "专任"
        ACTING = "acting", "代理"
        AGENCY = "agency", "委托代理"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    office = models.CharField(max_length=40, help_text="the name of an office in the packs")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="appointments")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.REGULAR)
    home = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        related_name="lent",
        help_text="of an agency post: who employs",
    )
    from_day = models.DateField()
    until_day = models.DateField(null=True, help_text="first day on which the office is no longer held")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until_day=None) | Q(until_day__gt=F("from_day")),
                name="appointment_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["person", "office", "organization"],
                condition=Q(until_day=None),
                name="appointment_open_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "office"])]

    def __str__(self) -> str:
        return f"{self.organization} {self.person}"

    def held_on(self, day: date) -> bool:
        """Whether the office is held on `day` (the last day itself is no longer held)."""
        return self.from_day <= day and (self.until_day is None or day < self.until_day)


class Relation(models.Model):
    """A near relative or an interest that somebody in office declared: for recusal only, seen by few, gone with the office.

    The name is sealed; `index` is its keyed hash, by which a party to a matter is recognised.
    """

    class Kind(models.TextChoices):
        """How close."""

        SPOUSE = "spouse", "配偶"
        PARENT = "parent", "父母"
        CHILD = "child", "子女"
        SIBLING = "sibling", "兄弟姐妹"
        IN_LAW = "in_law", "姻亲"
        OTHER_RELATIVE = "other_relative", "其他近亲属"
        INTEREST = "interest", "经济利益关系"

    public_id = models.CharField(max_length=12, unique=True, default=random_id, editable=False)
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=16, choices=Kind)
    name_sealed = models.BinaryField()
    index = models.CharField(max_length=64)
    declared_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appointment", "index"], name="relation_declared_once")
        ]
        indexes: ClassVar = [models.Index(fields=["index"])]


class AuditEntry(models.Model):
    """One action that was done or refused, committed together with it. Never changed: the database sees to that.

    `leaf` is the RFC 8785 JSON whose hash is a leaf of the private audit log; its root goes into the public log daily.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    actor_kind = models.CharField(max_length=12)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=80)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    leaf = models.TextField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"]),
            models.Index(fields=["target"]),
            models.Index(fields=["action", "-id"]),
        ]


class Pace(models.Model):
    """How far attempts at something run ahead of the speed allowed for them (`org/pace.py`). Of whose they are, only a
    keyed hash is kept."""

    limit = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    free_at = models.DateTimeField(db_index=True, help_text="when everything taken so far is worked off")
    slowed_at = models.DateTimeField(null=True, help_text="when the audit was told of this burst")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["limit", "key"], name="pace_once")]


class DataOrigin(models.Model):
    """One row that says whether these data are invented. Invented data run only in demo mode, real data never in it."""

    class Kind(models.TextChoices):
        """Where the data come from."""

        REAL = "real", "真实"
        DEMO = "demo", "演示"

    kind = models.CharField(max_length=4, choices=Kind)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="data_origin_single")]
