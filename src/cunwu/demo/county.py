"""The invented county's places, bodies, officers and residents, made by the actions of `org`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any

from django.db import transaction

from cunwu.demo import ledger, names
from cunwu.demo.names import Town
from cunwu.org import actions
from cunwu.org.models import Appointment, Organization, Person, Place

TERM_BEGAN = date(2021, 12, 1)
BODIES = (
    ("party_organization", "党支部", "Party Branch"),
    ("villagers_committee", "村民委员会", "Villagers' Committee"),
    ("supervision_committee", "村务监督委员会", "Village Affairs Supervisory Committee"),
    ("collective", "股份经济合作社", "Joint-Stock Economic Cooperative"),
)
SEATED_IN_TOWN = (
    ("township_government", "人民政府", "Government"),
    ("station", "代理记账站", "Bookkeeping Station"),
)
NAMED = {
    "party_secretary": "李建国",
    "committee_head": "王秀兰",
    "supervision_head": "赵立新",
    "supervision_member": "孙梅",
    "second_member": "高国庆",
    "clerk": "周小雨",
    "deputy": "胡志强",
    "third_member": "郑春燕",
}
"""Who holds which office in the first village: the people of the README."""
ACCOUNTANTS = ("王芳", "郭文静", "马立军")
OFFICERS = ("陈晓明", "何永强", "林桂芳")
AT_THE_COUNTY = (
    ("苏志远", "county_officer", "农业农村局", "Agriculture Bureau"),
    ("方正明", "auditor", "审计局", "Audit Bureau"),
)


@dataclass
class Village:
    """A village, the body that keeps its books, who acts there, and what its books are like."""

    place: Place
    books: Organization
    accountant: Appointment
    supervision_head: Appointment
    committee_head: Appointment
    party_secretary: Appointment
    clerk: Appointment
    committee_members: tuple[Appointment, ...]
    boards: tuple[str, ...]
    profile: ledger.Profile


@dataclass
class County:
    """What was made, by town."""

    place: Place
    villages: list[Village]
    township_officers: list[Appointment]
    county_officer: Appointment
    auditor: Appointment

    def township_officer(self, village: Village) -> Appointment:
        """The officer of the township in which the village lies."""
        return next(o for o in self.township_officers if o.organization.place.contains(village.place))


@dataclass(frozen=True)
class Extent:
    """How much is made. `months` of books of each town, the first having begun first; `villages` in each town,
    `residents` in each village; `without_collective`, `two_boards`, `acting`, `decides`
    (with matters and meetings): village numbers."""

    months: tuple[int, ...]
    villages: int
    residents: int
    without_collective: tuple[int, ...]
    two_boards: tuple[int, ...]
    acting: tuple[int, ...]
    decides: tuple[int, ...]


@transaction.atomic
def build_county(*, now: datetime) -> County:
    """Make the county as of `now`, without its towns: province, county, two bureaus with an officer each."""
    code, name = names.PROVINCE
    province = actions.create_place(None, None, "province", name, code=code, now=now)
    code, name, name_en = names.COUNTY
    place = actions.create_place(None, province, "county", name, name_en=name_en, code=code, now=now)
    officer, auditor = (
        actions.appoint(
            None,
            actions.register_person(None, person, now=now),
            office,
            actions.create_organization(
                None, place, "county_bureau", f"{name}{zh}", name_en=f"{name_en} {en}", now=now
            ),
            TERM_BEGAN,
            now=now,
        )
        for person, office, zh, en in AT_THE_COUNTY
    )
    return County(place, [], [], officer, auditor)


def join_town(county: County, number: int, extent: Extent, *, now: datetime) -> range:
    """Add the town `number` with its villages, organizations, officers, residents; returns the villages' numbers."""
    before = len(county.villages)
    _Builder(extent, now).build_town(county, names.TOWNS[number], number)
    return range(before, len(county.villages))


@dataclass(frozen=True)
class _Builder:
    extent: Extent
    now: datetime

    def person(self, name: str) -> Person:
        return actions.register_person(None, name, now=self.now)

    def appoint(self, person: Person, office: str, organization: Organization, **held: Any) -> Appointment:
        return actions.appoint(None, person, office, organization, TERM_BEGAN, now=self.now, **held)

    def build_town(self, county: County, town: Town, number: int) -> None:
        seat = actions.create_place(
            None, county.place, "town", town.zh, name_en=town.en, code=town.code, now=self.now
        )
        government, station = (
            actions.create_organization(
                None, seat, kind, f"{town.zh}{zh}", name_en=f"{town.en} {en}", now=self.now
            )
            for kind, zh, en in SEATED_IN_TOWN
        )
        county.township_officers.append(
            self.appoint(self.person(OFFICERS[number]), "township_officer", government)
        )
        accountant = self.person(ACCOUNTANTS[number])
        for zh, en in town.villages[: self.extent.villages]:
            place = actions.create_place(None, seat, "village", zh, name_en=en, now=self.now)
            bodies = self.build_bodies(place, len(county.villages))
            village = self.fill_offices(place, bodies, len(county.villages), (accountant, station))
            self.enrol_residents(bodies)
            county.villages.append(village)

    def build_bodies(self, place: Place, number: int) -> dict[str, Organization]:
        boards: tuple[str, ...] = ("村委会门口公开栏",)
        if number in self.extent.two_boards:
            for natural in ("前庄", "后庄"):
                actions.create_place(None, place, "natural_village", natural, now=self.now)
            boards = ("前庄公开栏", "后庄公开栏")
        has_collective = number not in self.extent.without_collective
        keeper = "collective" if has_collective else "villagers_committee"
        return {
            kind: actions.create_organization(
                None,
                place,
                kind,
                f"{place.name_zh}{zh}",
                name_en=f"{place.name_en} {en}",
                keeps_books=kind == keeper,
                boards=boards,
                now=self.now,
            )
            for kind, zh, en in BODIES
            if kind != "collective" or has_collective
        }

    def fill_offices(
        self,
        place: Place,
        bodies: dict[str, Organization],
        number: int,
        agency: tuple[Person, Organization],
    ) -> Village:
        random = Random(f"cunwu/people/{place.name_zh}")  # noqa: S311  (invented people, no secret)
        people = {
            role: self.person(named if number == 0 else names.person_name(random))
            for role, named in NAMED.items()
        }
        if number % 4:  # in most villages one person is secretary and head of the committee (一肩挑)
            people["committee_head"] = people["party_secretary"]
        party, committee, supervision = (bodies[kind] for kind, _, _ in BODIES[:3])
        books = next(body for body in bodies.values() if body.keeps_books)
        acting = Appointment.Kind.ACTING if number in self.extent.acting else Appointment.Kind.REGULAR
        for role in ("supervision_member", "second_member"):
            self.appoint(people[role], "supervision_member", supervision)
        if "collective" in bodies:
            self.appoint(people["party_secretary"], "collective_head", bodies["collective"])
        accountant, station = agency
        signers = (people["clerk"].name, people["committee_head"].name, people["supervision_member"].name)
        return Village(
            place=place,
            books=books,
            accountant=self.appoint(
                accountant, "accountant", books, kind=Appointment.Kind.AGENCY, home=station
            ),
            supervision_head=self.appoint(people["supervision_head"], "supervision_head", supervision),
            committee_head=self.appoint(people["committee_head"], "committee_head", committee, kind=acting),
            party_secretary=self.appoint(people["party_secretary"], "party_secretary", party),
            clerk=self.appoint(people["clerk"], "clerk", committee),
            committee_members=tuple(
                self.appoint(people[role], "committee_member", committee)
                for role in ("deputy", "third_member")
            ),
            boards=tuple(books.boards),
            profile=ledger.profile(place.name_zh, signers),
        )

    def enrol_residents(self, bodies: dict[str, Organization]) -> None:
        committee = bodies["villagers_committee"]
        random = Random(f"cunwu/residents/{committee.name_zh}")  # noqa: S311  (invented people, no secret)
        for _ in range(self.extent.residents):
            resident = self.person(names.person_name(random))
            since = date(random.randrange(1990, 2021), random.randrange(1, 13), 1)
            actions.enrol(None, resident, committee, "villager", since, now=self.now)
            if "collective" in bodies:
                actions.enrol(None, resident, bodies["collective"], "member", TERM_BEGAN, now=self.now)
