"""Who may do what, where, at which point of a matter: the server, what is offered and who is named agree with the packs.

The oracle reads the packs' files by itself and knows nothing of the engine: offices and their rights, the steps of the
lease of land, and how far an office reaches. Every combination is tried; the count is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.test import RequestFactory

from conftest import Village, build_village
from cunwu.desk import matters as matter_pages
from cunwu.desk.requests import DeskRequest
from cunwu.disclosure import actions as disclosure
from cunwu.errors import NotAllowed, Refused
from cunwu.law.capabilities import CAPABILITIES
from cunwu.org import actions as org
from cunwu.org import relations
from cunwu.org.authority import may
from cunwu.org.models import Appointment, Organization, Person, Place
from cunwu.org.reads import Purpose
from cunwu.procedures import matters, meetings, papers, publishing, queries, requests
from cunwu.procedures.matters import Done
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import Matter, Step

pytestmark = pytest.mark.slow

DAY = date(2026, 10, 8)
ROOMS = ("meetings.", "matters.", "requests.", "relations.", "disclosure.")
BY_HAND = {"proposal", "signature", "quotation", "tender", "acceptance", "payment", "site_check"}
PARTY, DOER, SOMEBODY = "a party", "who took every step before", "somebody"


def of_the_day(kind: str, name: str) -> dict[str, Any]:
    """What the nearest pack says on the day, key by key: each from the last pack that has it."""
    found: dict[str, Any] = {}
    for pack in settings.CUNWU.packs:
        path = Path(settings.PACKS) / pack / kind / f"{name}.yaml"
        if path.exists():
            history = yaml.safe_load(path.read_text(encoding="utf-8"))["history"]
            said = [item for item in history if item["from"] <= DAY]
            found |= said[-1] if said else {}
    return found


OFFICES = {
    path.stem: of_the_day("offices", path.stem)
    for path in sorted((Path(settings.PACKS) / settings.CUNWU.packs[0] / "offices").glob("*.yaml"))
}
LEASE = of_the_day("procedures", of_the_day("powers", "lease_land")["procedure"])["steps"]
NAMES = [step["name"] for step in LEASE]
STATES = [*NAMES, "done", "withdrawn"]

REACH = {
    "same village": True,
    "other village": False,
    "township above": True,
    "other township": False,
    "county": True,
    "agency of the committee": True,
    "agency of the collective": False,
}
"""Whether a post there reaches the village's committee, to which the matters belong."""


@dataclass
class Post:
    """An appointment, where it stands to the village, and who holds it as far as the matters know the person."""

    appointment: Appointment
    relation: str
    person: str

    @property
    def rights(self) -> set[str]:
        """By the packs' table."""
        return set(OFFICES[self.appointment.office]["capabilities"])

    def has(self, capability: str) -> bool:
        """The oracle for one right at the village's committee."""
        return capability in self.rights and REACH[self.relation]

    def may_take(self, step: dict[str, Any], state: str) -> bool:
        """The oracle for one step of a matter that stands at `state`."""
        kinds = {guard["kind"]: guard for guard in step.get("guards", [])}
        before = NAMES[: NAMES.index(step["name"])]
        barred = self.person == DOER and set(kinds.get("separation", {}).get("others", ())) & set(before)
        aside = self.person == PARTY and "recusal" in kinds
        its = step["name"] == state and self.appointment.office in step.get("by", ())
        return self.has("matters.act") and its and not barred and not aside


@dataclass
class World:
    """A county with two towns and three villages, a post of every office everywhere, a matter in every state."""

    village: Village
    posts: list[Post]
    matters: dict[str, Matter]

    def steps(self) -> Iterator[tuple[str, Step, dict[str, Any]]]:
        """Every step of every matter, with what the pack says of it."""
        for state, matter in self.matters.items():
            steps = {step.name: step for step in queries.with_steps([matter])[0].steps.all()}
            for said in LEASE:
                yield state, steps[said["name"]], said


def person(name: str, now: datetime) -> Person:
    """Somebody new."""
    return org.register_person(None, name, now=now)


def organizations(places: dict[str, Place], now: datetime) -> dict[tuple[str, str], Organization]:
    """Every kind of body at every place, whether or not the law seats it there."""
    kinds = sorted({kind for office in OFFICES.values() for kind in office["sits_in"]})
    found = {}
    for relation, place in places.items():
        for kind in kinds:
            held = Organization.objects.filter(place=place, kind=kind).select_related("place").first()
            found[relation, kind] = held or org.create_organization(
                None, place, kind, f"{place}{kind}", now=now
            )
    return found


def build_posts(village: Village, people: dict[str, Person], now: datetime) -> list[Post]:
    """Each office in each relation to the village, held by each of the three people; agency posts by people of their own."""
    other_town = org.create_place(None, village.county, "town", "白沙镇", code="990101102", now=now)
    other = build_village(now, "石桥村", village.town)
    places = {
        "same village": village.place,
        "other village": other.place,
        "township above": village.town,
        "other township": other_town,
        "county": village.county,
    }
    bodies, rows = organizations(places, now), []
    agencies = {"agency of the committee": village.committee, "agency of the collective": village.collective}
    lent = {relation: person(relation, now) for relation in agencies}
    for office, said in OFFICES.items():
        for relation in REACH:
            agency = agencies.get(relation)
            holders = {SOMEBODY: lent[relation]} if agency else people
            for who, someone in holders.items():
                body = agency or bodies[relation, said["sits_in"][0]]
                kind = Appointment.Kind.AGENCY if agency else Appointment.Kind.REGULAR
                post = Appointment(
                    person=someone, office=office, organization=body, kind=kind, from_day=date(2024, 1, 1),
                    home=village.station if agency else None,
                )  # fmt: skip
                rows.append(Post(post, relation, who))
    Appointment.objects.bulk_create([row.appointment for row in rows])
    return rows


def build_matters(village: Village, people: dict[str, Person], now: datetime) -> dict[str, Matter]:
    """A lease that stands at each step, one that is done, one that was withdrawn at its fourth step."""
    doer = Appointment.objects.create(
        person=people[DOER], office="operator", organization=village.station, from_day=date(2024, 1, 1)
    )
    found = {}
    for state in STATES:
        matter = matters.open_matter(
            village.xiulan, village.committee, "lease_land", state, amount_fen=1_200_000, parties=[("某人", people[PARTY])], now=now
        )  # fmt: skip
        reached = (
            {"done": len(NAMES), "withdrawn": 3}.get(state) if state not in NAMES else NAMES.index(state)
        )
        behind = {"state": "done", "done_on": DAY, "done_at": now, "done_by": doer, "opened_on": DAY}
        matter.steps.filter(number__lte=reached).update(**behind)
        matter.steps.filter(number=(reached or 0) + 1).update(state="open", opened_on=DAY)
        if state not in NAMES:
            Matter.objects.filter(pk=matter.pk).update(state=state, ended_at=now)
        matter.refresh_from_db()
        found[state] = matter
    return found


@pytest.fixture
def world(village: Village, now: datetime) -> World:
    """Built once for all that is asked."""
    people = {who: person(name, now) for who, name in ((PARTY, "甲"), (DOER, "乙"), (SOMEBODY, "丙"))}
    posts = build_posts(village, people, now)
    return World(village, posts, build_matters(village, people, now))


def test_the_oracle_knows_what_the_software_knows() -> None:
    every = {right for office in OFFICES.values() for right in office["capabilities"]}
    assert every <= set(CAPABILITIES)
    assert {right for right in CAPABILITIES if right.startswith(ROOMS)} <= every
    assert len(NAMES) == len(set(NAMES)) >= 12


def offered(world: World, now: datetime) -> Callable[[Step, Post], bool]:
    """What a page asks before it shows a button."""
    return lambda step, post: matters.offered(step, post.appointment, now=now)


def named(world: World, now: datetime) -> Callable[[Step, Post], bool]:
    """Whom a page names as holding the step."""
    standings = queries.standings(list(world.matters.values()), DAY)
    holders = {s.matter.pk: {each.pk for each in s.holders} for s in standings}
    at = {
        s.matter.pk: s.step.pk if s.step is not None and s.matter.state == "open" else None for s in standings
    }

    def names(step: Step, post: Post) -> bool:
        held = post.appointment.pk in holders[step.matter_id]
        return at[step.matter_id] == step.pk and held

    return names


def taken(world: World, now: datetime) -> Callable[[Step, Post], bool]:
    """The server itself: whether anything but papers and figures stands in the way."""

    def takes(step: Step, post: Post) -> bool:
        refused = matters.obstacles(step, post.appointment, Done(DAY, "已办", 1_200_000, "交易1"), now=now)
        return {each.code for each in refused} <= {"guard.papers", "guard.objections", "guard.budget"}

    return takes


def drafted(world: World, now: datetime) -> Callable[[Step, Post], bool]:
    """The server itself, of what is taken by publishing: whether the decision may be drafted."""
    return lambda step, post: (
        matters.may_take(step, post.appointment, now=now) is None and step.kind == "disclosure"
    )


FACES = {"offered": offered, "named": named, "taken": taken, "drafted": drafted}
"""What is compared with the packs; a page that offers steps is added by one line."""
EVERY_KIND = {"proposal", "disclosure", "objection", *BY_HAND}
COVERS = {"offered": BY_HAND, "taken": BY_HAND, "named": EVERY_KIND, "drafted": {"disclosure"}}


@pytest.mark.parametrize("face", sorted(FACES))
def test_steps_are_open_to_whom_the_packs_say_and_to_nobody_else(
    face: str, world: World, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    answers, tried, wrong = FACES[face](world, now), 0, []
    for state, step, said in world.steps():
        for post in world.posts:
            # A step whose turn it is not is refused before anybody is looked at: one village's posts show that.
            if step.name != state and (post.relation != "same village" or post.person != SOMEBODY):
                continue
            expected = said["kind"] in COVERS[face] and post.may_take(said, state)
            tried += 1
            if answers(step, post) != expected:
                wrong.append(
                    (state, step.name, post.appointment.office, post.relation, post.person, expected)
                )
    with capsys.disabled():
        print(f"\n{face}: {tried:,} combinations, {len(wrong)} differences", end=" ")
    assert wrong == []


def test_the_page_has_a_button_for_whom_the_packs_say_and_for_nobody_else(
    world: World, now: datetime, rf: RequestFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands on the page itself: the button that takes the step, or drafts what it publishes."""
    tried, offers, wrong = 0, 0, []
    posts = [post for post in world.posts if post.relation == "same village" or post.person == SOMEBODY]
    for state in NAMES:
        said = LEASE[NAMES.index(state)]
        for post in posts:
            if post.relation != "same village" and post.appointment.office not in said.get("by", ()):
                continue
            html = matter_page(rf, world.matters[state], post.appointment, now)
            may_take = post.may_take(said, state)
            expected = (may_take and said["kind"] in BY_HAND, may_take and said["kind"] == "disclosure")
            tried, offers = tried + 1, offers + any(expected)
            if ('value="take"' in html, 'value="draft"' in html) != expected:
                wrong.append((state, post.appointment.office, post.relation, post.person, expected))
    with capsys.disabled():
        print(f"\npages: {tried:,} combinations, {offers} with a button, {len(wrong)} differences", end=" ")
    assert wrong == []
    assert offers > len(NAMES)


def matter_page(rf: RequestFactory, matter: Matter, actor: Appointment, now: datetime) -> str:
    """The desk's page as this office sees it; nothing where it is refused."""
    request = rf.get("/")
    for name, value in {"now": now, "appointment": actor, "appointments": [actor], "concerns": None}.items():
        setattr(request, name, value)
    request.session, request.user = SessionStore(), AnonymousUser()
    try:
        return str(matter_pages.matter(cast("DeskRequest", request), matter.public_id).content.decode())
    except NotAllowed:
        return ""


def test_rights_are_those_of_the_packs(
    world: World, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    rights = [right for right in CAPABILITIES if right.startswith(ROOMS)]
    wrong = [
        (right, post.appointment.office, post.relation)
        for post in world.posts
        for right in rights
        if may(post.appointment, right, world.village.committee, now) != post.has(right)
    ]
    with capsys.disabled():
        print(f"\nrights: {len(world.posts) * len(rights):,} combinations, {len(wrong)} differences", end=" ")
    assert wrong == []


def actions(world: World, now: datetime) -> dict[str, tuple[str, Callable[[Appointment], object]]]:
    """Every action of the rooms, with the right that it needs, called with what would otherwise be refused at once."""
    village, running = world.village, world.matters[NAMES[0]]
    step = running.steps.select_related("matter__organization__place").get(name=NAMES[0])
    committee, kind = village.committee, "representatives_meeting"
    meeting = meetings.call(
        village.clerk, committee, kind, DAY, [Point("议题")], notice_on=DAY - timedelta(days=9), now=now
    )
    request = requests.register(
        village.zhao, committee, "villagers_meeting_request", "请求召开村民会议", now=now
    )
    report = meetings.Report([], village.clerk.person)
    objection = papers.ResidentObjection.objects.create(
        step=step, text="x", received_by=village.clerk, received_at=now
    )
    publishes = world.matters["publish_decision"].steps.get(name="publish_decision")
    draft = publishing.draft_decision(village.clerk, publishes, now=now)
    stranger = village.sun.person
    return {
        "open": ("matters.open", lambda a: matters.open_matter(a, committee, "lease_land", "题", now=now)),
        "withdraw": ("matters.open", lambda a: matters.withdraw(a, world.matters[NAMES[1]], "理由", now=now)),
        "attach": ("matters.act", lambda a: papers.attach(a, step, "?", b"", filename="", media_type="", now=now)),
        "quote": ("matters.act", lambda a: papers.add_quote(a, step, "", 0, now=now)),
        "answer": ("matters.act", lambda a: papers.answer_objection(a, objection, "", now=now)),
        "object": ("requests.register", lambda a: papers.receive_objection(a, step, "", now=now)),
        "call": ("meetings.hold", lambda a: meetings.call(a, committee, kind, DAY, [], now=now)),
        "close": ("meetings.hold", lambda a: meetings.close(a, meeting, report, now=now)),
        "fail": ("meetings.hold", lambda a: meetings.fail(a, meeting, report, now=now)),
        "cancel": ("meetings.hold", lambda a: meetings.cancel(a, meeting, now=now)),
        "register": ("requests.register", lambda a: requests.register(a, committee, "recall", "", now=now)),
        "sign": ("requests.register", lambda a: requests.sign(a, request, stranger, DAY, now=now)),
        "reply": ("requests.answer", lambda a: requests.answer(a, request, "", now=now)),
        "read": ("relations.read", lambda a: relations.read_relations(a, committee, Purpose.RECUSAL, now=now)),
        "review": ("disclosure.sign", lambda a: disclosure.sign(a, draft, now=now)),
        "publish": ("disclosure.publish", lambda a: disclosure.publish(a, draft, now=now)),
    }  # fmt: skip


def test_actions_themselves_refuse_by_the_same_table(
    world: World, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    tried, wrong = 0, []
    for name, (right, act) in actions(world, now).items():
        for post in world.posts:
            if post.person != SOMEBODY:
                continue
            tried += 1
            if passes(act, post.appointment) != post.has(right):
                wrong.append((name, post.appointment.office, post.relation))
    with capsys.disabled():
        print(f"\nactions: {tried:,} combinations, {len(wrong)} differences", end=" ")
    assert wrong == []


def passes(act: Callable[[Appointment], object], actor: Appointment) -> bool:
    """Whether the right is not what stands in the way; whatever was done is rolled back."""
    with transaction.atomic():
        try:
            act(actor)
        except NotAllowed as refused:
            return not refused.code.startswith("authority.") or refused.code == "authority.same_person"
        except Refused:
            return True
        finally:
            transaction.set_rollback(True)
    return True
