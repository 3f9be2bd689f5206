"""Declared relations of people in office: given by themselves, read by few and on record, gone when the office ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from cunwu.errors import Invalid
from cunwu.org import audit
from cunwu.org.authority import Clock, local_day, require
from cunwu.org.models import Appointment, Organization, Person, Relation, random_id
from cunwu.org.reads import Purpose, record_read
from cunwu.org.secrets import keyed_hash, seal, unseal

NAME_LENGTH = 60
_PURPOSE = "relation"


def declare_relation(actor: Appointment, kind: str, name: str, *, now: datetime) -> Relation:
    """Declare a near relative or interest of one's own; the same name again is the declaration that there is.

    The audit says that something was declared, not what. Raises NotAllowed; Invalid `relation.name`.
    """
    require(actor, "relations.declare", actor.organization, now)
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Invalid(
            "relation.name",
            f"请写明关系人的姓名或者单位名称，最多{NAME_LENGTH}个字。",
            f"Give the name of the person or body, at most {NAME_LENGTH} characters.",
        )
    index = name_index(name)
    known = actor.relations.filter(index=index).first()
    if known is not None:
        return known
    with transaction.atomic():
        public_id = random_id()
        relation = Relation.objects.create(
            public_id=public_id,
            appointment=actor,
            kind=Relation.Kind(kind),
            name_sealed=seal(name, "relation", "name", public_id),
            index=index,
            declared_at=now,
        )
        _record(actor, "declare_relation", actor, now)
    return relation


def withdraw_relation(actor: Appointment, relation: Relation, *, now: datetime) -> None:
    """Take back a declaration of one's own (a divorce, a business given up). Raises NotAllowed; Invalid
    `relation.not_own`."""
    require(actor, "relations.declare", actor.organization, now)
    if relation.appointment.person_id != actor.person_id:
        raise Invalid(
            "relation.not_own",
            "只能撤回本人申报的关系。",
            "Only one's own declaration can be taken back.",
        )
    with transaction.atomic():
        relation.delete()
        _record(actor, "withdraw_relation", actor, now)


def read_relations(
    actor: Appointment, organization: Organization, why: Purpose, *, now: datetime
) -> list[tuple[Relation, str]]:
    """What the people now in office in `organization` declared, with the names; the look is audited like a write,
    with its purpose.

    Raises NotAllowed without `relations.read` there.
    """
    require(actor, "relations.read", organization, now)
    day = local_day(now)
    found = Relation.objects.filter(_held(day), appointment__organization=organization)
    with transaction.atomic():
        target = f"organization:{organization.public_id}"
        record_read(actor, "org.read_relations", target, why, organization, now=now)
    return [(each, name_of(each)) for each in found.select_related("appointment__person").order_by("id")]


def name_of(relation: Relation) -> str:
    """The name in clear, for who declared it and for `read_relations`."""
    return unseal(relation.name_sealed, "relation", "name", relation.public_id)


def name_index(name: str, *, key: bytes | None = None) -> str:
    """The keyed hash by which a name is compared with declared relations: equal names, equal hashes; no name is opened."""
    return keyed_hash(name.strip(), _PURPOSE, key=key)


def conflicted(persons: Iterable[int], parties: Iterable[str], day: date) -> dict[int, str]:
    """Which of `persons` (keys) must stand aside because of one of the `parties` (names), and the kind of relation.

    Compares keyed hashes: no name is opened. A person who is a party stands aside by the caller's own comparison.
    """
    indexes = [name_index(party) for party in parties]
    if not indexes:
        return {}
    found = Relation.objects.filter(_held(day), index__in=indexes, appointment__person__in=list(persons))
    return dict(found.values_list("appointment__person", "kind"))


def relatives_of(person: Person, among: Iterable[Appointment], day: date) -> list[Appointment]:
    """Which of `among` are held by somebody who declared `person` a near relative, or whom `person` so declared.

    Compares keyed hashes of names: no name is opened, and only what officers declared of themselves is known.
    """
    others = list(among)
    kin = Relation.objects.filter(_held(day)).exclude(kind=Relation.Kind.INTEREST)
    declared_me = set(
        kin.filter(
            index=name_index(person.name),
            appointment__person__in=[each.person_id for each in others],
        ).values_list("appointment__person", flat=True)
    )
    declared_by_me = set(kin.filter(appointment__person=person).values_list("index", flat=True))
    return [
        each
        for each in others
        if each.person_id in declared_me or name_index(each.person.name) in declared_by_me
    ]


def conflicts(persons: Iterable[int], parties: Iterable[str], day: date) -> set[tuple[int, str]]:
    """Who of `persons` (keys) must stand aside because of which of `parties`: (person, party); one query."""
    names = {name_index(party): party.strip() for party in parties}
    if not names:
        return set()
    found = Relation.objects.filter(_held(day), index__in=list(names), appointment__person__in=list(persons))
    return {(person, names[index]) for person, index in found.values_list("appointment__person", "index")}


def expire_relations(clock: Clock, *, now: datetime) -> int:
    """Erase what was declared for offices that have ended; returns how many. The clock's."""
    over = Relation.objects.filter(appointment__until_day__lte=local_day(now))
    with transaction.atomic():
        count, _ = over.delete()
        if count:
            audit.record(clock, "org.expire_relations", "relations:ended", now=now, count=count)
    return count


def _held(day: date) -> Q:
    open_ended = Q(appointment__until_day=None) | Q(appointment__until_day__gt=day)
    return open_ended & Q(appointment__from_day__lte=day)


def _record(actor: Appointment, verb: str, about: Appointment, now: datetime) -> None:
    target = f"appointment:{about.public_id}"
    audit.record(actor, f"org.{verb}", target, now=now, organization=about.organization)
