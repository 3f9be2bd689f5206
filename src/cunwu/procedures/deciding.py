"""What a meeting decides, item by item: who stood aside, the votes, the guards, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cunwu.disclosure import actions as disclosure
from cunwu.errors import Invalid, Refused
from cunwu.law.procedures import GuardRule
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Appointment, Person
from cunwu.procedures import appraisal
from cunwu.procedures import attendance as coming
from cunwu.procedures.attendance import Came
from cunwu.procedures.facts import facts_of, held, standing_aside
from cunwu.procedures.guards import Ballot, Facts, Held, Turnout, shortfalls
from cunwu.procedures.matters import Done, finish
from cunwu.procedures.models import AgendaItem, Attendance, Recusal
from cunwu.procedures.rules import meeting_rule, step_rule


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported of a meeting: who came, who chaired, the votes and recusals by the item's number, the minutes."""

    came: Sequence[Came]
    chaired_by: Person
    votes: Mapping[int, Ballot] = field(default_factory=dict)
    recused: Mapping[int, Sequence[Person]] = field(default_factory=dict)
    observers: Sequence[Appointment] = ()
    minutes: str = ""


def decide(
    actor: Appointment, item: AgendaItem, present: Sequence[Attendance], report: Report, *, now: datetime
) -> None:
    """The outcome of one item, and what follows from it: of what was carried the step is taken, the joint meeting's
    agreement to a draft recorded; of who was appraised as incompetent once too often the post ends.

    Called inside `meetings.close`. Raises NotReady `guard.papers` (what lacks is laid with the step first, and nothing
    is lost); Invalid `meeting.votes_missing`, `.too_many_votes`, `.recused_stranger`, and what `finish` and the record
    of the joint meeting refuse.
    """
    meeting = item.meeting
    if (lacking := papers_lacking(item, now=now)) is not None:
        raise lacking
    aside = _stand_aside(item, report.recused.get(item.number, ()), present, meeting.held_on)
    of_item = held(meeting, present, aside)
    ballot = _counted(item, report.votes.get(item.number), of_item.turnout)
    voters = [each.person for each in coming.voting(present) if each.person_id not in aside]
    refused = _shortfalls(item, of_item, ballot, voters, now) if ballot is not None else []
    item.carried = None if ballot is None else not refused
    if refused:
        item.outcome_zh, item.outcome_en = str(refused[0])[:400], refused[0].sentence("en")[:600]
    if item.appraised is not None and ballot is not None:
        verdict = appraisal.conclude(actor, item, ballot, now=now)
        item.carried = verdict is None
        item.outcome_zh, item.outcome_en = (verdict.zh, verdict.en) if verdict else ("", "")
    if ballot is not None:
        item.in_favour, item.against, item.abstained = ballot.in_favour, ballot.against, ballot.abstained
    item.save()
    if not item.carried:
        return
    if item.step is not None:
        finish(actor, item.step, Done(meeting.held_on, text=item.note), now=now)
    if item.draft is not None and ballot is not None:
        disclosure.record_joint_meeting(
            actor,
            item.draft,
            held_on=meeting.held_on,
            chaired_by=report.chaired_by.name,
            present=of_item.turnout.present,
            expected=of_item.turnout.roll,
            in_favour=ballot.in_favour,
            now=now,
        )


def papers_lacking(item: AgendaItem, *, now: datetime) -> Refused | None:
    """The refusal of an item whose step still needs a paper: the meeting's result is entered when it is there."""
    if item.step is None:
        return None
    guards = tuple(guard for guard in step_rule(item.step).guards if guard.kind == "papers")
    return next(iter(shortfalls(guards, facts_of(item.step, local_day(now)))), None) if guards else None


def _shortfalls(
    item: AgendaItem,
    of_item: Held,
    ballot: Ballot,
    voters: Sequence[Person],
    now: datetime,
) -> list[Refused]:
    """The guards of the item: the step's own, or the meeting's where it decides nothing of a matter. An appraisal has
    none: its votes say how, not whether."""
    if item.appraised is not None:
        return []
    if item.step is None:
        guards: tuple[GuardRule, ...] = tuple(
            guard for guard in meeting_rule(item.meeting).guards if guard.kind == "majority"
        )
        return shortfalls(guards, Facts(local_day(now), rules().calendar, meeting=of_item, ballot=ballot))
    facts = facts_of(item.step, local_day(now), meeting=of_item, ballot=ballot, present=voters)
    return shortfalls(step_rule(item.step).guards, facts)


def _stand_aside(
    item: AgendaItem, said: Sequence[Person], present: Sequence[Attendance], day: date
) -> frozenset[int]:
    """Who takes no part in the item: those reported, of whom the record says whether a relation demanded it, and who is
    appraised, reported or not."""
    there = {each.person_id: each.person for each in present}
    demanded = set()
    if item.step is not None:
        demanded = {person.pk for person in standing_aside(item.step.matter, said, day)}
    if item.appraised is not None and item.appraised.person_id in there:
        demanded = {item.appraised.person_id}
        said = list({person.pk: person for person in (*said, item.appraised.person)}.values())
    strangers = [person for person in said if person.pk not in there]
    if strangers:
        raise Invalid(
            "meeting.recused_stranger",
            f"{strangers[0].name}不在应到名册上，不用登记回避；请核对。",
            f"{strangers[0].name} is not on the roll and need not stand aside; check it.",
        )
    Recusal.objects.bulk_create(
        Recusal(item=item, person=person, demanded=person.pk in demanded) for person in said
    )
    return frozenset(person.pk for person in said)


def _counted(item: AgendaItem, ballot: Ballot | None, turnout: Turnout) -> Ballot | None:
    """The votes as given, if they can be. An item that decides something needs them."""
    if ballot is None:
        if item.step is None and item.draft is None and item.appraised is None:
            return None
        raise Invalid(
            "meeting.votes_missing",
            f"第{item.number}项“{item.title}”没有填写票数；请填写赞成、反对、弃权各多少票。",
            f"Item {item.number} “{item.title}” has no votes; give those in favour, against and abstaining.",
        )
    rule = meeting_rule(item.meeting)
    if min(ballot.in_favour, ballot.against, ballot.abstained) < 0 or ballot.cast > turnout.present:
        raise Invalid(
            "meeting.too_many_votes",
            f"第{item.number}项“{item.title}”的票数不对：共{ballot.cast}票，而有表决权的到会人员只有{turnout.present}人"
            "（回避的不算）；请核对会议记录。",
            f"Item {item.number} “{item.title}” has {ballot.cast} votes, but only {turnout.present} with a vote were "
            "present (those who stood aside do not count); check the minutes.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )
    return ballot
