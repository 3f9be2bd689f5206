"""What a village decided in the last months: a lease from proposal to result, another on its way, a payment that waits.

Each step by the officer whose step it is, at its own time, through the real actions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from cunwu.demo import names
from cunwu.demo.county import TERM_BEGAN, County, Village
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.models import Draft, Publication
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK, local_day
from cunwu.org.models import Appointment, Organization
from cunwu.procedures import matters, meetings, papers, publishing
from cunwu.procedures.attendance import Came
from cunwu.procedures.deciding import Report
from cunwu.procedures.guards import Ballot
from cunwu.procedures.matters import Done
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import Attendance, Step
from cunwu.procedures.roll import seats
from cunwu.procedures.rules import meeting_rule, step_rule

REPRESENTATIVES, WOMEN, PARTY_MEMBERS, PARTY_COMMITTEE = 25, 9, 11, 2
NOTICE = timedelta(days=10)
BEGAN = 75
"""Days before the demo's present at which the first matter began."""
Act = Callable[[datetime], None]


@dataclass(frozen=True)
class Event:
    """Something that is done `days` before the demo's present; with `logged` the log takes it up the same evening."""

    days: int
    act: Act
    logged: bool = False


def enter_rolls(village: Village, *, now: datetime) -> None:
    """Representatives with their households, Party members with their committee, and the cashier, since the term began."""
    random = Random(f"cunwu/rolls/{village.place.name_zh}")  # noqa: S311  (invented people, no secret)
    committee, party = _body(village, "villagers_committee"), village.party_secretary.organization
    for number in range(1, REPRESENTATIVES + 1):
        household = org.create_household(None, village.place, f"{number:03}", now=now)
        person = org.register_person(None, names.person_name(random), now=now)
        rolls = [
            (committee, "representative"),
            (committee, "voter"),
            (village.books, "member_representative"),
        ]
        for organization, roll in rolls:
            org.enrol(
                None,
                person,
                organization,
                roll,
                TERM_BEGAN,
                household=household,
                woman=number <= WOMEN,
                now=now,
            )
    for number in range(PARTY_MEMBERS):
        member = org.register_person(None, names.person_name(random), now=now)
        org.enrol(None, member, party, "party_member", TERM_BEGAN, now=now)
        if number < PARTY_COMMITTEE:
            org.appoint(None, member, "party_committee_member", party, TERM_BEGAN, now=now)
    org.enrol(None, village.party_secretary.person, party, "party_member", TERM_BEGAN, now=now)
    cashier = org.register_person(None, names.person_name(random), now=now)
    org.appoint(None, cashier, "cashier", committee, TERM_BEGAN, now=now)


def agenda(county: County, village: Village) -> Iterator[Event]:
    """What is done, in the order of its matters."""
    lease = _Run(
        county, village, "lease_land", "李家洼荒地发包", "面积42亩，发包10年，用于种植经济作物。", 1_200_000
    )
    shop = _Run(
        county, village, "lease_assets", "原小学校舍出租", "旧校舍6间，出租5年，不改变结构。", 1_800_000
    )
    pump = _Run(county, village, "approve_spending", "修理灌溉水泵", "二号机井水泵维修，含配件。", 86_000)
    yield from lease.whole()
    yield from shop.to_objections()
    yield from pump.to_countersignature()
    yield Event(20, lambda now: _hold(village, "supervision_meeting", "检查三季度账目和重点工程", now))
    yield Event(
        12, lambda now: _hold(village, "villagers_committee_meeting", "商议冬季清洁取暖和道路养护", now)
    )


@dataclass
class _Run:
    """One matter on its way."""

    county: County
    village: Village
    power: str
    title: str
    text: str
    amount_fen: int

    def whole(self) -> Iterator[Event]:
        """A lease of land by the four deliberations and two disclosures."""
        yield Event(BEGAN, lambda now: self.open("committee_head", now, parties=[("刘德旺", None)]))
        yield Event(
            74, lambda now: self.take("committee_member", "四至清楚，现状荒芜，底价每亩每年285元。", now)
        )
        yield Event(72, lambda now: self.take("party_secretary", "走访28户，多数赞成对外发包。", now))
        yield Event(70, self.meet)
        yield Event(68, self.meet)
        yield Event(62, self.meet)
        yield Event(61, self.draft)
        yield from self.publication(59)
        yield Event(42, self.advance)
        yield Event(
            41,
            lambda now: self.take(
                "committee_member", "公告十五日，公开报名。", now, reference="交易2026-018"
            ),
        )
        yield Event(40, self.draft)
        yield from self.publication(38)
        yield Event(
            21,
            lambda now: self.take(
                "committee_member", "三人报名，最高价成交。", now, amount_fen=1_260_000, second=True
            ),
        )
        yield Event(20, lambda now: self.take("township_officer", "资信良好，同意。", now))
        yield Event(18, lambda now: self.take("committee_head", "已签订书面合同。", now))
        yield Event(10, lambda now: self.take("supervision_head", "实地查看，面积、用途与决议一致。", now))
        yield Event(9, self.draft)
        yield from self.publication(7)
        yield Event(6, self.advance)

    def to_objections(self) -> Iterator[Event]:
        """A lease of a building that residents can still object to."""
        yield Event(19, lambda now: self.open("committee_head", now))
        yield Event(18, lambda now: self.take("committee_member", "六间完好，底价每年18000元。", now))
        yield Event(16, self.meet)
        yield Event(9, self.meet)
        yield Event(8, self.draft)
        yield from self.publication(6)

    def to_countersignature(self) -> Iterator[Event]:
        """A payment whose second signature is missing."""
        yield Event(5, lambda now: self.open("committee_head", now))
        yield Event(4, lambda now: self.take("clerk", "水泵修好，试水正常。", now))
        yield Event(3, lambda now: self.take("committee_head", "同意支付。", now))

    def open(self, office: str, now: datetime, parties: list[tuple[str, None]] | None = None) -> None:
        """Started by the holder of `office` for the villagers' committee."""
        matters.open_matter(
            _officer(self.village, office),
            _body(self.village, "villagers_committee"),
            self.power,
            self.title,
            text=self.text,
            amount_fen=self.amount_fen,
            parties=parties or [],
            now=now,
        )

    def take(
        self,
        office: str,
        text: str,
        now: datetime,
        *,
        amount_fen: int | None = None,
        reference: str = "",
        second: bool = False,
    ) -> None:
        """Take the open step with every paper that it needs; `second` is the other holder of the office."""
        step = self.step
        actor = self.county.township_officer(self.village) if office == "township_officer" else None
        actor = actor or _officer(self.village, office, 1 if second else 0)
        self.lay_papers(actor, step, now)
        matters.take(actor, step, Done(local_day(now), text, amount_fen, reference), now=now)

    def lay_papers(self, actor: Appointment, step: Step, now: datetime) -> None:
        """Every paper of the step, as a short text file."""
        for paper in step_rule(step).papers:
            papers.attach(
                actor,
                step,
                paper.name,
                f"{self.village.place.name_zh}\n{self.title}\n{paper.title.zh}\n（演示材料）\n".encode(),
                filename=f"{paper.title.zh[:30]}.txt",
                media_type="text/plain",
                now=now,
            )

    def meet(self, now: datetime) -> None:
        """The meeting that the open step needs, called in time, most attending and agreeing."""
        step = self.step
        rule = step_rule(step)
        if rule.meeting is None:
            raise RuntimeError(f"{step} is taken in no meeting")
        self.lay_papers(self.village.clerk, step, now)
        body = next(_body(self.village, kind) for kind in rule.meeting.body)
        _hold(self.village, rule.meeting.name, self.title, now, body=body, step=step)

    def draft(self, now: datetime) -> None:
        """The clerk drafts what the open step publishes, the supervisors sign."""
        proposed = publishing.draft_decision(self.village.clerk, self.step, now=now)
        disclosure.sign(self.village.supervision_head, proposed, now=now)
        _hold(self.village, "two_committees_meeting", f"公开：{self.title}", now, draft=proposed)

    def publication(self, days: int) -> Iterator[Event]:
        """Published, and put up once its entry is in the log."""
        yield Event(days, self.publish, logged=True)
        yield Event(days - 1, self.post)

    def publish(self, now: datetime) -> None:
        """Published by the head of the committee; the step is taken."""
        draft = self.step.draft
        if draft is None:
            raise RuntimeError(f"nothing was drafted for {self.step}")
        disclosure.publish(self.village.committee_head, draft, now=now)
        publishing.advance(CLOCK, now=now)

    def post(self, now: datetime) -> None:
        """The clerk puts it up on every board where it does not hang yet."""
        new = Publication.objects.select_related("organization__place").filter(
            draft__heading=self.title, organization__place=self.village.place, board_notices=None
        )
        for publication in new:
            for board in self.village.boards:
                disclosure.post_notice(
                    self.village.clerk, publication, board, put_up_on=local_day(now), now=now
                )

    def advance(self, now: datetime) -> None:
        """The clock looks at what has become due."""
        publishing.advance(CLOCK, now=now)

    @property
    def step(self) -> Step:
        """The open step."""
        return Step.objects.select_related("matter__organization__place", "draft__organization__place").get(
            matter__organization__place=self.village.place, matter__title=self.title, state=Step.State.OPEN
        )


def _hold(
    village: Village,
    kind: str,
    title: str,
    now: datetime,
    *,
    body: Organization | None = None,
    step: Step | None = None,
    draft: Draft | None = None,
) -> None:
    """Call and close a meeting; nine of ten come, nearly all agree."""
    random = Random(f"cunwu/{kind}/{village.place.name_zh}/{now:%Y%m%d}")  # noqa: S311  (invented, no secret)
    actor = village.supervision_head if kind.startswith("supervision") else village.clerk
    organization = body or (actor.organization if actor is not village.clerk else village.clerk.organization)
    meeting = meetings.call(
        actor,
        organization,
        kind,
        local_day(now),
        [Point(title, step=step, draft=draft)],
        venue="村委会二楼会议室",
        notice_on=local_day(now) - NOTICE,
        now=now,
    )
    due = [seat.person for seat in seats(meeting_rule(meeting), organization, meeting.held_on)]
    excused = random.sample(due[1:], len(due) // 10)
    came = [Came(p, Attendance.Mark.EXCUSED if p in excused else Attendance.Mark.PRESENT) for p in due]
    present = len(due) - len(excused)
    against = 1 if present > 15 else 0
    report = Report(
        came=came,
        chaired_by=due[0],
        votes={1: Ballot(present - against, against)} if step or draft else {},
        observers=[] if kind.startswith("supervision") else [village.supervision_head],
        minutes=f"议题：{title}。到会{present}人，经讨论形成一致意见。",
    )
    meetings.close(actor, meeting, report, now=now)


def _officer(village: Village, office: str, index: int = 0) -> Appointment:
    held = Appointment.objects.filter(organization__place=village.place, office=office, until_day=None)
    return held.select_related("person", "organization__place").order_by("id")[index]


def _body(village: Village, kind: str) -> Organization:
    return Organization.objects.select_related("place").get(place=village.place, kind=kind)
