"""The invented county's places, bodies, officers and residents, made by the actions of `org`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from cunwu.demo import ledger, names
from cunwu.demo.names import Town
from cunwu.org import actions
from cunwu.org.models import Appointment, Organization, Person, Place

TERM_BEGAN = date(2021, 12, 1)
BODIES = (
    ("party_organization", "党支部", "Party Branch"),
    ("villagers_committee", "村民委员会", "Villagers' Committee"),
    ("supervision_committee", "村务监督委员会", "Village Affairs Supervision Committee"),
    ("collective", "股份经济合作社", "Joint-Stock Economic Cooperative"),
)
NAMED = {
    "secretary": "李建国",
    "committee_head": "王秀兰",
    "supervision_head": "赵立新",
    "supervision_member": "孙梅",
    "clerk": "周小雨",
}
"""Who holds which office in the first village: the people of the README."""
ACCOUNTANTS = ("王芳", "郭文静", "马立军")
OFFICERS = ("陈晓明", "何永强", "林桂芳")


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
    boards: tuple[str, ...]
    profile: ledger.Profile


@dataclass
class County:
    """What was made, by town."""

    place: Place
    villages: list[Village]
    township_officers: list[Appointment]
    county_officer: Appointment

    def township_officer(self, village: Village) -> Appointment:
        """The officer of the township in which the village lies."""
        return next(o for o in self.township_officers if o.organization.place.contains(village.place))


@dataclass(frozen=True)
class Extent:
    """How much is made. `residents` in each village; `without_collective`, `two_boards`, `acting`: village numbers."""

    towns: int
    villages: int
    residents: int
    without_collective: tuple[int, ...]
    two_boards: tuple[int, ...]
    acting: tuple[int, ...]


def build_county(extent: Extent, *, now: datetime, progress: Callable[[str], None]) -> County:
    """Make the county as of `now`: province, county, towns, villages, organizations, officers, residents."""
    code, name = names.PROVINCE
    province = actions.create_place(None, None, "province", name, code=code, now=now)
    code, name, name_en = names.COUNTY
    place = actions.create_place(None, province, "county", name, name_en=name_en, code=code, now=now)
    bureau = actions.create_organization(
        None, place, "county_bureau", f"{name}农业农村局", name_en=f"{name_en} Agriculture Bureau", now=now
    )
    officer = _appoint(actions.register_person(None, "苏志远", now=now), "county_officer", bureau, now)
    county = County(place, [], [], officer)
    for number, town in enumerate(names.TOWNS[: extent.towns]):
        _build_town(county, place, town, number, extent, now)
        progress(f"{town.zh}: {len(town.villages[: extent.villages])} villages with their offices")
    return county


def _build_town(county: County, place: Place, town: Town, number: int, extent: Extent, now: datetime) -> None:
    seat = actions.create_place(None, place, "town", town.zh, name_en=town.en, code=town.code, now=now)
    government = actions.create_organization(
        None, seat, "township_government", f"{town.zh}人民政府", name_en=f"{town.en} Government", now=now
    )
    station = actions.create_organization(
        None, seat, "station", f"{town.zh}代理记账站", name_en=f"{town.en} Bookkeeping Station", now=now
    )
    officer = actions.register_person(None, OFFICERS[number], now=now)
    county.township_officers.append(_appoint(officer, "township_officer", government, now))
    accountant = actions.register_person(None, ACCOUNTANTS[number], now=now)
    for village in town.villages[: extent.villages]:
        made = _build_village(seat, village, len(county.villages), extent, (accountant, station), now)
        county.villages.append(made)


def _build_village(
    town: Place,
    name: tuple[str, str],
    number: int,
    extent: Extent,
    agency: tuple[Person, Organization],
    now: datetime,
) -> Village:
    zh, en = name
    random = Random(f"cunwu/people/{zh}")  # noqa: S311  (invented people, no secret)
    place = actions.create_place(None, town, "village", zh, name_en=en, now=now)
    boards = ("村委会门口公开栏",)
    if number in extent.two_boards:
        for natural in ("前庄", "后庄"):
            actions.create_place(None, place, "natural_village", natural, now=now)
        boards = ("前庄公开栏", "后庄公开栏")
    has_collective = number not in extent.without_collective
    keeper = "collective" if has_collective else "villagers_committee"
    bodies = {
        kind: actions.create_organization(
            None,
            place,
            kind,
            f"{zh}{title}",
            name_en=f"{en} {title_en}",
            keeps_books=kind == keeper,
            boards=boards,
            now=now,
        )
        for kind, title, title_en in BODIES
        if kind != "collective" or has_collective
    }
    village = _fill_offices(place, bodies, keeper, agency, random, number, extent, now)
    _enrol_residents(bodies, random, extent.residents, now)
    return village


def _fill_offices(
    place: Place,
    bodies: dict[str, Organization],
    keeper: str,
    agency: tuple[Person, Organization],
    random: Random,
    number: int,
    extent: Extent,
    now: datetime,
) -> Village:
    def person(role: str) -> Person:
        name = NAMED.get(role, "") if number == 0 else ""
        return actions.register_person(None, name or names.person_name(random), now=now)

    committee, supervision = bodies["villagers_committee"], bodies["supervision_committee"]
    secretary = person("secretary")
    # In most villages one person is secretary and head of the committee (一肩挑); not in every fourth, nor in the first.
    head = person("committee_head") if number % 4 == 0 else secretary
    acting = Appointment.Kind.ACTING if number in extent.acting else Appointment.Kind.REGULAR
    chief = person("supervision_head")
    members = [person("supervision_member"), person("second_member")]
    clerk = person("clerk")
    party = _appoint(secretary, "party_secretary", bodies["party_organization"], now)
    chair = _appoint(head, "committee_head", committee, now, kind=acting)
    review = _appoint(chief, "supervision_head", supervision, now)
    for member in members:
        _appoint(member, "supervision_member", supervision, now)
    for role in ("deputy", "women"):
        _appoint(person(role), "committee_member", committee, now)
    if keeper == "collective":
        _appoint(secretary, "collective_head", bodies[keeper], now)
    desk = _appoint(clerk, "clerk", committee, now)
    accountant, station = agency
    lent = _appoint(accountant, "accountant", bodies[keeper], now, kind=Appointment.Kind.AGENCY, home=station)
    signers = (clerk.name, head.name, members[0].name)
    boards = tuple(bodies[keeper].boards)
    books = bodies[keeper]
    return Village(
        place, books, lent, review, chair, party, desk, boards, ledger.profile(place.name_zh, signers)
    )


def _appoint(
    person: Person,
    office: str,
    organization: Organization,
    now: datetime,
    *,
    kind: str = Appointment.Kind.REGULAR,
    home: Organization | None = None,
) -> Appointment:
    return actions.appoint(None, person, office, organization, TERM_BEGAN, kind=kind, home=home, now=now)


def _enrol_residents(bodies: dict[str, Organization], random: Random, count: int, now: datetime) -> None:
    for _ in range(count):
        resident = actions.register_person(None, names.person_name(random), now=now)
        since = date(random.randrange(1990, 2021), random.randrange(1, 13), 1)
        actions.enrol(None, resident, bodies["villagers_committee"], "villager", since, now=now)
        if "collective" in bodies:
            actions.enrol(None, resident, bodies["collective"], "member", TERM_BEGAN, now=now)
