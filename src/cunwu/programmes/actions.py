"""Running a programme: started over a place, villages joined by phases, somebody answering at each level, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cunwu.errors import Invalid, NotReady
from cunwu.law.programmes import ChargeData, ProgrammeRule
from cunwu.org import audit
from cunwu.org.authority import local_day, reaches, require, rules
from cunwu.org.models import Appointment, Organization, Place
from cunwu.procedures.rules import pin
from cunwu.programmes.models import Charge, Participation, Programme
from cunwu.programmes.rules import rule_of

RUN = "programmes.run"


def start_programme(actor: Appointment, name: str, *, now: datetime) -> Programme:
    """Start the packs' programme `name` over the actor's place; it ends under the rules of this day.

    Side effects in order: the rule pinned, the programme, the audit. Raises NotAllowed; NotFound law.unknown,
    law.not_in_force; NotReady `programme.running`.
    """
    place = actor.organization.place
    require(actor, RUN, place, now)
    rule = rules().programme(name, local_day(now))
    if Programme.objects.filter(name=name, place=place, ended_day=None).exists():
        raise NotReady(
            "programme.running",
            f"{place.name_zh}已经在开展“{rule.title.zh}”，不能重复部署；请打开正在开展的那一个。",
            f"“{rule.title.en}” already runs in {place.name('en')}; open the one that runs.",
        )
    with transaction.atomic():
        programme = Programme.objects.create(
            name=name,
            place=place,
            rule=pin(rule, now=now),
            pack_digest=rules().digest,
            began_day=local_day(now),
            started_by=actor,
        )
        _record(actor, "start", programme, now, name=name, rule=programme.rule_id)
    return programme


def join(
    actor: Appointment,
    programme: Programme,
    organizations: Sequence[Organization],
    phase: str,
    *,
    now: datetime,
) -> list[Participation]:
    """Let villages' bodies take part in `phase`; one that takes part already moves to it. All or none.

    Side effects in order: the participations, the audit. Raises NotAllowed; NotReady `programme.ended`; Invalid
    `programme.phase`, `programme.no_village`, `programme.not_books` for a body that keeps no books,
    `programme.elsewhere`.
    """
    require(actor, RUN, programme.place, now)
    _require_running(programme)
    if phase not in {each.name for each in rule_of(programme).phases}:
        raise Invalid("programme.phase", "请选择批次。", "Choose the phase.")
    if not organizations:
        raise Invalid("programme.no_village", "请至少选择一个村。", "Choose one village at least.")
    for organization in organizations:
        _require_within(programme, organization)
    with transaction.atomic():
        joined = [
            Participation.objects.update_or_create(
                programme=programme,
                organization=organization,
                defaults={"phase": phase},
                create_defaults={"phase": phase, "joined_day": local_day(now)},
            )[0]
            for organization in organizations
        ]
        _record(actor, "join", programme, now, phase=phase, villages=len(joined))
    return joined


def put_in_charge(
    actor: Appointment, programme: Programme, level: str, place: Place, who: Appointment, *, now: datetime
) -> Charge:
    """Let `who` answer for `place` at `level` from today on; whoever did until now no longer does.

    Side effects in order: the earlier charge ended, the new one, the audit. Raises NotAllowed; NotReady
    `programme.ended`; Invalid `programme.level`, `programme.office` for an office that does not stand at that level,
    `programme.elsewhere` for a place outside the programme or beyond the office's reach.
    """
    require(actor, RUN, programme.place, now)
    _require_running(programme)
    _check_charge(_level(rule_of(programme), level), programme, place, who, now)
    today = local_day(now)
    with transaction.atomic():
        held = Charge.objects.filter(programme=programme, level=level, place=place, until_day=None)
        held.update(until_day=today)
        charge = Charge.objects.create(
            programme=programme, level=level, place=place, appointment=who, from_day=today
        )
        _record(actor, "charge", programme, now, level=level, place=place.public_id, who=who.public_id)
    return charge


def end_programme(actor: Appointment, programme: Programme, *, now: datetime) -> Programme:
    """End it; files and figures stay as they are. Raises NotAllowed; NotReady `programme.ended`."""
    require(actor, RUN, programme.place, now)
    _require_running(programme)
    with transaction.atomic():
        programme.ended_day = local_day(now)
        programme.save(update_fields=["ended_day"])
        _record(actor, "end", programme, now)
    return programme


def _level(rule: ProgrammeRule, name: str) -> ChargeData:
    found = next((level for level in rule.levels if level.name == name), None)
    if found is None:
        raise Invalid("programme.level", "请选择责任层级。", "Choose the level of responsibility.")
    return found


def _check_charge(
    level: ChargeData, programme: Programme, place: Place, who: Appointment, now: datetime
) -> None:
    if who.office not in level.offices or not who.held_on(local_day(now)):
        titles = [rules().office(name).title for name in level.offices]
        raise Invalid(
            "programme.office",
            f"“{level.title.zh}”的责任人由{'、'.join(t.zh for t in titles)}担任；请从现任人员中选择。",
            f"At “{level.title.en}” stands: {', '.join(t.en for t in titles)}; choose somebody in office.",
        )
    if not programme.place.contains(place) or not reaches(who, place):
        raise _elsewhere(place.name_zh, place.name("en"))


def _require_within(programme: Programme, organization: Organization) -> None:
    if not organization.keeps_books:
        raise Invalid(
            "programme.not_books",
            f"{organization.name_zh}不管账，不能参加清理；请选择管集体资产的单位。",
            f"{organization.name('en')} keeps no books and cannot take part; choose the body that holds the assets.",
        )
    if not programme.place.contains(organization.place):
        raise _elsewhere(organization.place.name_zh, organization.place.name("en"))


def _elsewhere(zh: str, en: str) -> Invalid:
    return Invalid(
        "programme.elsewhere",
        f"{zh}不在这次行动的范围内，或者不归这个职务管；请另选。",
        f"{en} lies outside the programme or out of that office's reach; choose another.",
    )


def _require_running(programme: Programme) -> None:
    if programme.ended_day is not None:
        raise NotReady(
            "programme.ended",
            f"这次行动已在{programme.ended_day}结束，不能再改；需要的请另行部署。",
            f"It ended on {programme.ended_day} and cannot be changed; start another if needed.",
        )


def _record(actor: Appointment, verb: str, programme: Programme, now: datetime, **details: str | int) -> None:
    audit.record(
        actor, f"programmes.{verb}", f"programme:{programme.public_id}", now=now, organization=None, **details
    )
