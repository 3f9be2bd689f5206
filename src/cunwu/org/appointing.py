"""Who holds which office from when until when, and who may not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from cunwu.errors import Invalid, NotAllowed
from cunwu.org import audit
from cunwu.org.authority import Actor, require, require_other_person, rules
from cunwu.org.models import Appointment, Organization, Person
from cunwu.org.relations import relatives_of


def appoint(
    actor: Actor | None,
    person: Person,
    office: str,
    organization: Organization,
    from_day: date,
    *,
    until_day: date | None = None,
    kind: str = Appointment.Kind.REGULAR,
    home: Organization | None = None,
    now: datetime,
) -> Appointment:
    """Put a person into an office.

    Nobody gives themselves an office: else who appoints could take every step of a publication alone. Raises
    NotAllowed `authority.same_person`, `appointment.excluded` where the packs forbid one person both offices in one
    place, `appointment.relative` where they bar a near relative whom somebody in office declared; Invalid
    `appointment.office` for an office that does not sit in that kind of organization.
    """
    if isinstance(actor, Appointment):
        require(actor, "org.appoint", organization, now)
        require_other_person(
            actor, person, doing_zh="登记任职和任该职", doing_en="Appointing and being appointed", basis=""
        )
    _check_office(office, organization)
    _check_exclusions(person, office, organization, from_day)
    _check_relatives(person, office, organization, from_day)
    with transaction.atomic():
        appointment = Appointment.objects.create(
            person=person,
            office=office,
            organization=organization,
            kind=kind,
            home=home,
            from_day=from_day,
            until_day=until_day,
        )
        audit.record(
            actor,
            "org.appoint",
            f"appointment:{appointment.public_id}",
            now=now,
            organization=organization,
            office=office,
        )
    return appointment


def end_appointment(
    actor: Appointment, appointment: Appointment, last_day: date, *, now: datetime
) -> Appointment:
    """End an office: `last_day` is the last on which it is held. Rights end with it, by themselves."""
    require(actor, "org.appoint", appointment.organization, now)
    return _end(actor, appointment, last_day, "org.end_appointment", now=now)


def end_by_law(actor: Appointment, appointment: Appointment, last_day: date, *, now: datetime) -> Appointment:
    """End an office because the law ends it with what `actor` recorded, as two appraisals do; called inside that action.

    Raises Invalid `appointment.ends_before`. Asks for no capability: what was recorded has been asked for.
    """
    return _end(actor, appointment, last_day, "org.end_by_law", now=now)


def _end(
    actor: Appointment, appointment: Appointment, last_day: date, verb: str, *, now: datetime
) -> Appointment:
    if last_day < appointment.from_day:
        raise Invalid(
            "appointment.ends_before",
            f"离任日{last_day}早于任职日{appointment.from_day}，请核对。",
            f"The last day {last_day} lies before the first {appointment.from_day}; check it.",
        )
    with transaction.atomic():
        appointment.until_day = last_day + timedelta(days=1)
        appointment.save(update_fields=["until_day"])
        audit.record(
            actor,
            verb,
            f"appointment:{appointment.public_id}",
            now=now,
            organization=appointment.organization,
        )
    return appointment


def find_appointment(public_id: str) -> Appointment:
    """The appointment that a command acts `--as`. Raises Invalid `appointment.unknown`; an ended one is refused later,
    by `require`, with its dates."""
    found = (
        Appointment.objects.select_related("person", "organization__place")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise Invalid(
            "appointment.unknown",
            f"没有编号为{public_id}的任职；用 cunwu appointments 查看。",
            f"There is no appointment {public_id}; list them with `cunwu appointments`.",
        )
    return found


def _check_office(office: str, organization: Organization) -> None:
    known = rules().offices.get(office)
    if known is None or organization.kind not in known.sits_in:
        raise Invalid(
            "appointment.office",
            f"{organization.name_zh}不设“{known.title.zh if known else office}”这一职务，请核对单位和职务。",
            f"{organization.name('en')} has no office of {known.title.en if known else office}; check both.",
        )


def _check_exclusions(person: Person, office: str, organization: Organization, day: date) -> None:
    held = Appointment.objects.filter(person=person, organization__place=organization.place).select_related(
        "organization"
    )
    for other in held:
        if not other.held_on(max(day, other.from_day)):
            continue
        separation = rules().separation(office, other.office, day)
        if separation is not None:
            titles = [rules().office(name).title for name in (office, other.office)]
            raise NotAllowed(
                "appointment.excluded",
                f"{person.name}在{organization.place.name_zh}已任{titles[1].zh}，不得同时担任{titles[0].zh}；请另选他人，或先办理离任。",
                f"{person.name} is {titles[1].en} in {organization.place.name('en')} and may not also be {titles[0].en}; "
                "choose another person, or end the first office.",
                basis=separation.cite.zh,
                basis_en=separation.cite.en,
            )


def _check_relatives(person: Person, office: str, organization: Organization, day: date) -> None:
    held = Appointment.objects.filter(
        Q(until_day=None) | Q(until_day__gt=day), organization__place=organization.place
    )
    barred = [
        (each, separation)
        for each in held.exclude(person=person).select_related("person")
        if (separation := rules().separation(office, each.office, day, relatives=True)) is not None
    ]
    related = relatives_of(person, [each for each, _ in barred], day)
    for each, separation in barred:
        if each in related:
            mine, theirs = (rules().office(name).title for name in (office, each.office))
            raise NotAllowed(
                "appointment.relative",
                f"{person.name}是{theirs.zh}{each.person.name}的近亲属（任职人员本人申报），不得担任{mine.zh}；请另选他人。"
                "同名不同人的，请申报人在姓名后注明（如所在村组）后重新申报。",
                f"{person.name} is a near relative of {each.person.name}, {theirs.en}, by an officer's own declaration, and "
                f"may not be {mine.en}; choose another person. Of a namesake the declarer adds a mark to the name.",
                basis=separation.cite.zh,
                basis_en=separation.cite.en,
            )
