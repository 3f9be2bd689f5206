"""From rows to what guards ask: the facts of one step at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from cunwu.disclosure.models import BoardNotice, Publication
from cunwu.law.procedures import StepRule
from cunwu.org.authority import rules
from cunwu.org.models import Person
from cunwu.org.relations import conflicted
from cunwu.org.rows import select
from cunwu.procedures.guards import Ballot, Facts, Held, Offer, Posted, Turnout
from cunwu.procedures.models import AgendaItem, Attendance, Matter, Meeting, Quote, ResidentObjection, Step
from cunwu.procedures.rules import power_of, step_rule

_DOERS = (
    "SELECT step.name, actor.person_id FROM cunwu_step step JOIN cunwu_appointment actor ON actor.id = step.done_by_id "
    "WHERE step.matter_id = %s"
)
CAME = frozenset({Attendance.Mark.PRESENT, Attendance.Mark.ONLINE, Attendance.Mark.PROXY})


def facts_of(
    step: Step,
    today: date,
    *,
    actor: Person | None = None,
    amount_fen: int | None = None,
    reference: str = "",
    meeting: Held | None = None,
    ballot: Ballot | None = None,
    present: Iterable[Person] = (),
    rule: StepRule | None = None,
) -> Facts:
    """What is known of `step`, as far as the guards of its rule (of `rule`, if given) ask.

    `actor` or those `present` (with a vote, not recused) are who takes it. One query at most for each kind of guard.
    """
    matter = step.matter
    people = [actor] if actor is not None else list(present)
    rule = rule or step_rule(step)
    asked = {guard.kind for guard in rule.guards}
    return Facts(
        today=today,
        calendar=rules().calendar,
        actor=actor.pk if actor is not None else 0,
        amount_fen=amount_fen if amount_fen is not None else matter.amount_fen,
        decided_fen=decided_before(step) if "higher_room" in asked else None,
        meeting=meeting,
        ballot=ballot,
        posted=posted_before(step) if "objections" in asked else None,
        papers=frozenset(step.papers.values_list("name", flat=True) if "papers" in asked else ()),
        papers_needed={paper.name: paper.title.zh for paper in rule.papers},
        doers=doers(matter) if "separation" in asked else {},
        step_titles={each.name: each.title.zh for each in power_of(matter).steps},
        conflicted=tuple(person.name for person in standing_aside(matter, people, today))
        if "recusal" in asked
        else (),
        offers=tuple(
            Offer(quote.supplier, quote.amount_fen, quote.obtained_by.person_id)
            for quote in (quotes_of(matter) if "quotes" in asked else ())
        ),
        trade_number=reference or (trade_number(matter) if "open_trade" in asked else ""),
        organization=matter.organization_id,
    )


def doers(matter: Matter) -> dict[str, frozenset[int]]:
    """Who took each step, as persons, by the step's name; who opened the matter proposed it."""
    found: dict[str, set[int]] = defaultdict(set)
    for name, person in select(_DOERS, matter.pk):
        found[name].add(person)
    return {name: frozenset(people) for name, people in found.items()}


def standing_aside(matter: Matter, people: Collection[Person], day: date) -> list[Person]:
    """Those of `people` who are a party to the matter or declared a relation to one; two queries."""
    parties = list(matter.parties.values_list("name", "person"))
    if not parties or not people:
        return []
    themselves = {person for _, person in parties if person is not None}
    related = conflicted([person.pk for person in people], [name for name, _ in parties], day)
    return [person for person in people if person.pk in themselves or person.pk in related]


def quotes_of(matter: Matter) -> list[Quote]:
    """Every quote obtained for the matter."""
    return list(
        Quote.objects.filter(step__matter=matter).select_related("obtained_by").order_by("amount_fen")
    )


def trade_number(matter: Matter) -> str:
    """The number of the open trade, from the tender's step; empty where there is none yet."""
    found = matter.steps.filter(kind="tender").exclude(reference="").values_list("reference", flat=True)
    return found.first() or ""


def decided_before(step: Step) -> int | None:
    """The amount settled last before this step: what an earlier step stated (a bid, an acceptance), else the matter's."""
    stated = Step.objects.filter(matter=step.matter_id, number__lt=step.number, amount_fen__isnull=False)
    found = stated.order_by("-number").values_list("amount_fen", flat=True).first()
    return step.matter.amount_fen if found is None else found


def posted_before(step: Step) -> Posted | None:
    """What the last disclosure up to this step published: on every board since when, objections open; None if nothing."""
    published = (
        Step.objects.filter(matter=step.matter_id, number__lte=step.number, publication__isnull=False)
        .select_related("publication__organization")
        .order_by("-number")
        .first()
    )
    if published is None or published.publication is None:
        return None
    open_ones = ResidentObjection.objects.filter(step=published, answered_at=None).count()
    return Posted(hanging_since(published.publication), open_ones)


def hanging_since(publication: Publication) -> date | None:
    """The day since which it hangs, or hung, on every board of its organization; None while one lacks it."""
    return hanging([publication]).get(publication.pk)


def hanging(publications: Iterable[Publication]) -> dict[int, date]:
    """As `hanging_since`, by key; what does not hang on every board yet is left out. One query."""
    boards = {each.pk: set(each.organization.boards) for each in publications}
    put_up: dict[int, dict[str, date]] = defaultdict(dict)
    notices = BoardNotice.objects.filter(publication__in=boards).order_by("-put_up_on")
    for key, board, day in notices.values_list("publication", "board", "put_up_on"):
        put_up[key][board] = day
    return {key: max(days.values()) for key, days in put_up.items() if boards[key] <= set(days)}


def held(meeting: Meeting, attendance: Iterable[Attendance], recused: Collection[int] = ()) -> Held:
    """The meeting as guards see it; the persons `recused` for an item count for it neither as due nor as present."""
    due = [each for each in attendance if each.votes and each.person_id not in recused]
    came = [each for each in due if each.mark in CAME]
    return Held(
        on=meeting.held_on,
        notice_on=meeting.notice_on,
        turnout=Turnout(
            roll=len(due),
            present=len(came),
            households=len({each.household_id for each in due} - {None}),
            households_present=len({each.household_id for each in came} - {None}),
            women=sum(each.woman for each in due),
            women_present=sum(each.woman for each in came),
        ),
        observers=frozenset(each.observes_for for each in attendance if not each.votes and each.mark in CAME),
    )


def ballot_of(item: AgendaItem) -> Ballot | None:
    """The votes on the item; None where none was taken."""
    if item.in_favour is None:
        return None
    return Ballot(item.in_favour, item.against or 0, item.abstained or 0)
