"""Who should attend: computed from offices and rolls of the day, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from django.db.models import Q, QuerySet

from cunwu.law.powers import Roll
from cunwu.law.procedures import MeetingRule
from cunwu.org.models import Appointment, Membership, Organization, Person

MEMBERSHIPS: Mapping[Roll, str] = MappingProxyType(
    {
        "villagers": Membership.Roll.VILLAGER,
        "voters": Membership.Roll.VOTER,
        "representatives": Membership.Roll.REPRESENTATIVE,
        "members": Membership.Roll.MEMBER,
        "member_representatives": Membership.Roll.MEMBER_REPRESENTATIVE,
        "party_members": Membership.Roll.PARTY_MEMBER,
    }
)


@dataclass(frozen=True, slots=True)
class Seat:
    """One who should attend, with a vote."""

    person: Person
    household: int | None = None
    woman: bool = False


def on_roll(organization: Organization, roll: Roll, day: date) -> QuerySet[Membership]:
    """Those with a vote on a roll of the bodies of the organization's place, on `day`."""
    return (
        Membership.objects.filter(_held(day), roll=MEMBERSHIPS[roll], votes=True)
        .filter(organization__place=organization.place_id)
        .select_related("person")
        .order_by("person__sort_key", "id")
    )


def seats(rule: MeetingRule, organization: Organization, day: date) -> list[Seat]:
    """Who should attend a meeting of this kind on `day`: its roll, and who holds one of its offices; each once.

    Two queries whatever the number of people.
    """
    found: dict[int, Seat] = {}
    if rule.roll in MEMBERSHIPS:
        for each in on_roll(organization, rule.roll, day):
            found.setdefault(each.person_id, Seat(each.person, each.household_id, each.woman))
    if rule.offices:
        held = Appointment.objects.filter(
            _held(day), office__in=rule.offices, organization__place=organization.place_id
        )
        for appointment in held.select_related("person").order_by("id"):
            found.setdefault(appointment.person_id, Seat(appointment.person))
    return list(found.values())


def strangers_reason(person: Person, organization: Organization, day: date) -> tuple[str, str]:
    """Why somebody is on no roll of the place on `day`, in words: gone since when and why, or never on it."""
    ended = (
        Membership.objects.filter(
            person=person, organization__place=organization.place_id, until_day__lte=day
        )
        .order_by("-until_day")
        .first()
    )
    if ended is None:
        return "不在应到名册上", "is not on the roll"
    why = Membership.Ended(ended.ended_because or Membership.Ended.OTHER)
    return (
        f"自{ended.until_day:%Y-%m-%d}起已不在名册上（{why.label}）",
        f"is off the roll since {ended.until_day:%Y-%m-%d} ({why.value})",
    )


def _held(day: date) -> Q:
    return Q(from_day__lte=day) & (Q(until_day=None) | Q(until_day__gt=day))
