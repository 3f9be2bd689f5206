"""A village that can decide: Party members, representatives with households, and the papers of a step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from cunwu.org import actions as org
from cunwu.org.models import Appointment, Person
from cunwu.procedures import matters, meetings, papers
from cunwu.procedures.attendance import Came
from cunwu.procedures.guards import Ballot
from cunwu.procedures.matters import Done
from cunwu.procedures.meetings import Point, Report
from cunwu.procedures.models import Matter, Meeting, Step
from cunwu.procedures.roll import seats
from cunwu.procedures.rules import meeting_rule, step_rule

SINCE = date(2024, 1, 1)


@dataclass
class Hall:
    """The village of tests/conftest.py with its rolls: 25 representatives (8 of them women), 12 Party members."""

    village: Any
    now: datetime
    people: dict[str, Person] = field(default_factory=dict)
    officers: dict[str, Appointment] = field(default_factory=dict)

    def represent(self) -> None:
        """Enter the rolls."""
        committee, party = self.village.committee, self.village.party
        for number in range(1, 26):
            household = org.create_household(None, self.village.place, f"{number}", now=self.now)
            person = self.person(f"代表{number:02}")
            for roll in ("representative", "voter"):
                org.enrol(
                    None,
                    person,
                    committee,
                    roll,
                    SINCE,
                    household=household,
                    woman=number <= 8,
                    now=self.now,
                )
        for number in range(1, 13):
            org.enrol(None, self.person(f"党员{number:02}"), party, "party_member", SINCE, now=self.now)
        org.enrol(None, self.village.li.person, party, "party_member", SINCE, now=self.now)

    def person(self, name: str) -> Person:
        """The person of that name, made when first named."""
        if name not in self.people:
            self.people[name] = org.register_person(None, name, now=self.now)
        return self.people[name]

    def appoint(self, name: str, office: str, organization: Any) -> Appointment:
        """Put somebody into an office since the rolls began."""
        return org.appoint(None, self.person(name), office, organization, SINCE, now=self.now)

    def attach(self, actor: Appointment, step: Step, now: datetime) -> None:
        """Lay every paper with the step that it needs."""
        for paper in step_rule(step).papers:
            data = f"{step.name}/{paper.name}".encode()
            papers.attach(
                actor,
                step,
                paper.name,
                data,
                filename=f"{paper.name}.pdf",
                media_type="application/pdf",
                now=now,
            )

    def take(self, actor: Appointment, step: Step, now: datetime, **said: Any) -> Step:
        """Papers and all."""
        self.attach(actor, step, now)
        said.setdefault("text", "已办理。")
        return matters.take(actor, step, Done(on=said.pop("on", now.date()), **said), now=now)

    def hold(self, actor: Appointment, step: Step, now: datetime, **said: Any) -> Meeting:
        """Call the meeting that the step needs so early that its notice is given, and let everybody agree."""
        rule = step_rule(step).meeting
        assert rule is not None
        organization = next(
            each
            for each in (self.village.party, self.village.committee, self.village.collective)
            if each.kind in rule.body
        )
        meeting = meetings.call(
            actor,
            organization,
            rule.name,
            now.date(),
            [Point(step.matter.title, step=step)],
            notice_on=said.pop("notice_on", now.date() - timedelta(days=10)),
            now=now,
        )
        return meetings.close(actor, meeting, self.report(meeting, **said), now=now)

    def report(
        self,
        meeting: Meeting,
        *,
        absent: int = 0,
        votes: Ballot | None = None,
        **more: Any,
    ) -> Report:
        """Everybody came but the last `absent`; all present vote in favour unless `votes` says otherwise."""
        due = [seat.person for seat in seats(meeting_rule(meeting), meeting.organization, meeting.held_on)]
        came = [Came(person) for person in due[: len(due) - absent]]
        ballot = votes or Ballot(in_favour=len(came))
        return Report(
            came=more.pop("came", came),
            chaired_by=more.pop("chaired_by", came[0].person),
            votes=more.pop("votes_by_item", {item.number: ballot for item in meeting.items.all()}),
            minutes="会议记录。",
            **more,
        )


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    """A data folder, and so a log, of the test's own."""
    settings.HOME = tmp_path / "var"
    settings.HOME.mkdir()
    return Path(settings.HOME)


@pytest.fixture
def hall(village: Any, now: datetime) -> Hall:
    """The village with its rolls."""
    hall = Hall(village, now)
    hall.represent()
    return hall


def current(matter: Matter) -> Step:
    """The step that the matter stands at."""
    return matter.steps.select_related("matter__organization__place").get(state=Step.State.OPEN)
