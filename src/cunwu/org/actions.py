"""Every write to places, organizations, people and offices."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from pypinyin import lazy_pinyin

from cunwu.errors import Invalid, NotReady
from cunwu.org import audit
from cunwu.org.appointing import appoint, end_appointment, find_appointment
from cunwu.org.authority import Actor, require
from cunwu.org.finding import file_name
from cunwu.org.identifiers import check_credit_code, check_identity_number
from cunwu.org.models import (
    PATH_STEP,
    Appointment,
    Household,
    Membership,
    Organization,
    Person,
    Place,
    PlaceCode,
)
from cunwu.org.reads import Purpose, record_read
from cunwu.org.secrets import keyed_hash, seal, unseal

__all__ = [
    "PATH_STEP",
    "appoint",
    "create_household",
    "create_organization",
    "create_place",
    "end_appointment",
    "enrol",
    "find_appointment",
    "leave_roll",
    "next_path",
    "path_step",
    "read_identity",
    "register_person",
    "sort_key",
]


PATH_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def next_path(parent: Place | None) -> str:
    """The path of the next child of `parent` (of the next root where None): three characters more, in order."""
    siblings = Place.objects.filter(parent=parent)
    last = siblings.order_by("-path").values_list("path", flat=True).first()
    number = int(last[-PATH_STEP:], 36) + 1 if last else 0
    return (parent.path if parent else "") + path_step(number)


def path_step(number: int) -> str:
    """`number` as three base-36 digits. Raises ValueError past 46,655: no place has so many children."""
    if number >= 36**PATH_STEP:
        raise ValueError(f"{number} children under one place")
    high, low = divmod(number, 36)
    higher, high = divmod(high, 36)
    return PATH_DIGITS[higher] + PATH_DIGITS[high] + PATH_DIGITS[low]


def sort_key(name: str) -> str:
    """Pinyin of `name` for sorting and finding ("云溪村" → "yun xi cun")."""
    return " ".join(lazy_pinyin(name)).lower()[:160]


def create_place(
    actor: Actor | None,
    parent: Place | None,
    level: str,
    name_zh: str,
    *,
    name_en: str = "",
    code: str = "",
    official: bool = False,
    from_day: date | None = None,
    now: datetime,
) -> Place:
    """A new place below `parent`, with its first code on record.

    `actor` None is the installation itself (set-up and loaders). Raises Invalid `place.code` for a code that does not
    lie under its parent's.
    """
    if parent and parent.code and code and not code.startswith(parent.code):
        raise Invalid(
            "place.code",
            f"{name_zh}的代码{code}不在上级{parent.name_zh}的代码{parent.code}之下，请核对。",
            f"Code {code} of {name_zh} does not lie under {parent.code} of {parent.name_zh}; check it.",
            basis="GB/T 2260",
        )
    if isinstance(actor, Appointment) and parent:
        require(actor, "org.appoint", parent, now)
    with transaction.atomic():
        place = Place.objects.create(
            path=next_path(parent),
            parent=parent,
            level=level,
            name_zh=name_zh,
            name_en=name_en,
            sort_key=sort_key(name_zh),
            code=code,
            code_official=official,
            from_day=from_day,
        )
        PlaceCode.objects.create(
            place=place, code=code, name_zh=name_zh, official=official, from_day=from_day
        )
        file_name(name_zh)
        audit.record(actor, "org.create_place", f"place:{place.public_id}", now=now)
    return place


def create_organization(
    actor: Actor | None,
    place: Place,
    kind: str,
    name_zh: str,
    *,
    name_en: str = "",
    parent: Organization | None = None,
    credit_code: str = "",
    keeps_books: bool = False,
    boards: tuple[str, ...] = (),
    public_phone: str = "",
    from_day: date | None = None,
    now: datetime,
) -> Organization:
    """A new organization seated in `place`. Raises Invalid for a credit code that GB 32100 refuses."""
    if isinstance(actor, Appointment):
        require(actor, "org.appoint", place, now)
    with transaction.atomic():
        organization = Organization.objects.create(
            kind=kind,
            place=place,
            parent=parent,
            name_zh=name_zh,
            name_en=name_en,
            credit_code=check_credit_code(credit_code) if credit_code else "",
            keeps_books=keeps_books,
            boards=list(boards),
            public_phone=public_phone,
            from_day=from_day,
        )
        audit.record(
            actor,
            "org.create_organization",
            f"organization:{organization.public_id}",
            now=now,
            organization=organization,
        )
    return organization


def register_person(
    actor: Actor | None, name: str, *, identity_number: str = "", phone: str = "", now: datetime
) -> Person:
    """A person, once per installation: the same identity number finds the one who is there already.

    The number and the phone are sealed before they are stored. Raises Invalid for a number that GB 11643 refuses, and
    NotReady `person.other_name` for one that is registered under another name.
    """
    with transaction.atomic():
        index = None
        number = check_identity_number(identity_number) if identity_number else ""
        if number:
            index = keyed_hash(number, "identity")
            known = Person.objects.filter(identity_index=index).first()
            if known is not None:
                _require_same_name(known, name)
                return known
        person = Person(name=name, sort_key=sort_key(name), identity_index=index)
        if number:
            person.identity_sealed = seal(number, "person", "identity", person.public_id)
        if phone:
            person.phone_sealed = seal(phone, "person", "phone", person.public_id)
        person.save()
        audit.record(actor, "org.register_person", f"person:{person.public_id}", now=now)
    return person


def _require_same_name(known: Person, name: str) -> None:
    """A mistyped number must not put somebody else into the office; nor does the refusal say whose the number is."""
    if known.name != name.strip():
        raise NotReady(
            "person.other_name",
            "这个身份证号已经以另一姓名登记；请与身份证核对姓名和号码，姓名确有变更的，请找系统管理员。",
            "This identity number is registered under another name; compare both with the card, and where the name was "
            "changed, ask the operator.",
        )


def read_identity(
    actor: Appointment, person: Person, where: Organization, why: Purpose, *, now: datetime
) -> str:
    """The identity number of a person, for an officer with need; reading it is audited like a write, with its purpose.

    Raises NotAllowed without `people.read` at `where`, NotReady `person.no_identity` where none is held.
    """
    require(actor, "people.read", where, now)
    if person.identity_sealed is None:
        raise NotReady(
            "person.no_identity",
            f"没有登记{person.name}的身份证号。",
            f"No identity number is held for {person.name}.",
        )
    with transaction.atomic():
        record_read(actor, "org.read_identity", f"person:{person.public_id}", why, where, now=now)
    return unseal(person.identity_sealed, "person", "identity", person.public_id)


def create_household(actor: Actor | None, place: Place, number: str, *, now: datetime) -> Household:
    """A household of a village under the village's own number; the one that is there already where it is known."""
    if isinstance(actor, Appointment):
        require(actor, "org.appoint", place, now)
    with transaction.atomic():
        household, made = Household.objects.get_or_create(place=place, number=number)
        if made:
            audit.record(actor, "org.create_household", f"household:{household.public_id}", now=now)
    return household


def enrol(
    actor: Actor | None,
    person: Person,
    organization: Organization,
    roll: str,
    from_day: date,
    *,
    household: Household | None = None,
    votes: bool = True,
    woman: bool = False,
    now: datetime,
) -> Membership:
    """Put a person on a roll from a day on; `votes`: of age and of full capacity."""
    if isinstance(actor, Appointment):
        require(actor, "org.appoint", organization, now)
    with transaction.atomic():
        membership = Membership.objects.create(
            person=person,
            organization=organization,
            roll=roll,
            household=household,
            votes=votes,
            woman=woman,
            from_day=from_day,
        )
        audit.record(
            actor, "org.enrol", f"person:{person.public_id}", now=now, organization=organization, roll=roll
        )
    return membership


def leave_roll(
    actor: Actor | None, membership: Membership, last_day: date, because: str, *, now: datetime
) -> Membership:
    """Take a person off a roll: `last_day` is the last on it; `because` one of `Membership.Ended`.

    Raises NotAllowed; Invalid `roll.ends_before`.
    """
    if isinstance(actor, Appointment):
        require(actor, "org.appoint", membership.organization, now)
    if last_day < membership.from_day:
        raise Invalid(
            "roll.ends_before",
            f"离册日{last_day}早于入册日{membership.from_day}，请核对。",
            f"The last day {last_day} lies before the first {membership.from_day}; check it.",
        )
    with transaction.atomic():
        membership.until_day = last_day + timedelta(days=1)
        membership.ended_because = Membership.Ended(because)
        membership.save(update_fields=["until_day", "ended_because"])
        audit.record(
            actor,
            "org.leave_roll",
            f"person:{membership.person.public_id}",
            now=now,
            organization=membership.organization,
            roll=membership.roll,
            because=because,
        )
    return membership
