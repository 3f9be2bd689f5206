"""Who came to a meeting, held against the roll of the day: nobody who is not on it, no proxy whom the law does not allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cunwu.errors import Invalid
from cunwu.law.procedures import MeetingRule
from cunwu.org.models import Appointment, Membership, Person
from cunwu.procedures.facts import CAME
from cunwu.procedures.models import Attendance, Meeting
from cunwu.procedures.roll import Seat, seats, strangers_reason


@dataclass(frozen=True, slots=True)
class Came:
    """One of those who should attend, and how they came; `proxy` is who stood in."""

    person: Person
    mark: str = Attendance.Mark.PRESENT
    proxy: Person | None = None


def record(
    meeting: Meeting, rule: MeetingRule, came: Sequence[Came], observers: Sequence[Appointment]
) -> list[Attendance]:
    """Write the attendance: everybody on the roll, absent unless said otherwise, and those who sat in without a vote.

    Raises Invalid `meeting.empty_roll`, `.not_on_roll`, `.twice`, `.online`, `.proxy`, `.proxy_household`,
    `.proxies`, `.observer`.
    """
    due = {seat.person.pk: seat for seat in seats(rule, meeting.organization, meeting.held_on)}
    if not due:
        raise Invalid(
            "meeting.empty_roll",
            f"“{rule.title.zh}”的应到名册上没有人；请先登记名册。",
            f"Nobody is on the roll of the “{rule.title.en}”; enter the roll first.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )
    _check_persons(meeting, rule, came, due)
    said = {each.person.pk: each for each in came}
    _check_proxies(meeting, rule, came, due)
    rows = [_row(meeting, seat, said.get(key)) for key, seat in due.items()]
    rows += [_observer(meeting, each, due) for each in observers]
    return Attendance.objects.bulk_create(rows)


def voting(attendance: Sequence[Attendance]) -> list[Attendance]:
    """Those who came with a vote."""
    return [each for each in attendance if each.votes and each.mark in CAME]


def require_chair(attendance: Sequence[Attendance], chair: Person) -> None:
    """Raises Invalid `meeting.chair` where who chaired did not come."""
    if not any(each.person_id == chair.pk and each.mark in CAME for each in attendance):
        raise Invalid(
            "meeting.chair",
            f"主持人{chair.name}没有到会；请核对主持人或者到会登记。",
            f"{chair.name} is said to have chaired but did not come; check both.",
        )


def _check_persons(meeting: Meeting, rule: MeetingRule, came: Sequence[Came], due: dict[int, Seat]) -> None:
    for each in came:
        if each.person.pk in due:
            continue
        zh, en = strangers_reason(each.person, meeting.organization, meeting.held_on)
        raise Invalid(
            "meeting.not_on_roll",
            f"{each.person.name}{zh}，不能登记到会；请核对名册。",
            f"{each.person.name} {en} and cannot attend with a vote; check the roll.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )
    doubled = [key for key, times in Counter(each.person.pk for each in came).items() if times > 1]
    if doubled:
        raise Invalid(
            "meeting.twice",
            f"{due[doubled[0]].person.name}登记了两次到会；请只留一次。",
            f"{due[doubled[0]].person.name} is recorded twice; keep one.",
        )


def _check_proxies(meeting: Meeting, rule: MeetingRule, came: Sequence[Came], due: dict[int, Seat]) -> None:
    clause = {"basis": rule.basis.zh, "basis_en": rule.basis.en}
    proxies = [(each.person, each.proxy) for each in came if each.mark == Attendance.Mark.PROXY]
    if not rule.online and any(each.mark == Attendance.Mark.ONLINE for each in came):
        raise Invalid(
            "meeting.online",
            f"“{rule.title.zh}”不能以线上方式参加；请改为到会或者缺席。",
            f"A “{rule.title.en}” is not attended online; record them as present or absent.",
            **clause,
        )
    for person, proxy in proxies:
        if rule.proxy == "none" or proxy is None or proxy.pk == person.pk:
            raise Invalid(
                "meeting.proxy",
                f"{person.name}不能委托他人参加“{rule.title.zh}”，或者没有写明受托人；请改为缺席。",
                f"{person.name} cannot be represented at a “{rule.title.en}”, or no representative is named.",
                **clause,
            )
        if rule.proxy == "household" and not _same_household(meeting, due[person.pk], proxy):
            raise Invalid(
                "meeting.proxy_household",
                f"{person.name}只能书面委托本户成员，{proxy.name}不是本户成员；请改为缺席。",
                f"{person.name} may be represented only by a member of the same household, which {proxy.name} is not.",
                **clause,
            )
    limit = rule.proxies_at_most
    for proxy_key, times in Counter(proxy.pk for _, proxy in proxies if proxy).items():
        if limit is not None and times > int(limit.value):
            name = next(proxy.name for _, proxy in proxies if proxy and proxy.pk == proxy_key)
            raise Invalid(
                "meeting.proxies",
                f"{name}受了{times}人委托，最多{limit.value}人；请核对委托书。",
                f"{name} represents {times} people, at most {limit.value} are allowed; check the letters.",
                basis=limit.basis.zh,
                basis_en=limit.basis.en,
            )


def _same_household(meeting: Meeting, seat: Seat, proxy: Person) -> bool:
    if seat.household is None:
        return False
    there = Membership.objects.filter(
        person=proxy, household=seat.household, organization__place=meeting.organization.place_id
    )
    return any(each.holds_on(meeting.held_on) for each in there)


def _row(meeting: Meeting, seat: Seat, said: Came | None) -> Attendance:
    return Attendance(
        meeting=meeting,
        person=seat.person,
        household_id=seat.household,
        woman=seat.woman,
        mark=said.mark if said else Attendance.Mark.ABSENT,
        proxy=said.proxy if said else None,
    )


def _observer(meeting: Meeting, appointment: Appointment, due: dict[int, Seat]) -> Attendance:
    """Somebody who sits in: in office on the day, and not one of those with a vote."""
    if appointment.person_id in due or not appointment.held_on(meeting.held_on):
        raise Invalid(
            "meeting.observer",
            f"{appointment.person.name}不能登记为列席：本身应到，或者当天不在任。",
            f"{appointment.person.name} cannot be recorded as sitting in: with a vote there, or not in office that day.",
        )
    return Attendance(
        meeting=meeting,
        person=appointment.person,
        votes=False,
        observes_for=appointment.organization.kind,
        mark=Attendance.Mark.PRESENT,
    )
