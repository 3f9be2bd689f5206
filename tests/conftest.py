"""Three named people and their village, for every room's tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections, transaction
from django.test import TransactionTestCase
from hypothesis import settings

from cunwu import triggers
from cunwu.org import actions
from cunwu.org.models import Appointment, Organization, Place

_empty_tables = TransactionTestCase._fixture_teardown


def _empty_guarded_tables(self: TransactionTestCase) -> None:
    """The guards would not let a committing test's rows be removed: lift them for that moment only."""
    triggers.remove()
    _empty_tables(self)
    triggers.install()


TransactionTestCase._fixture_teardown = _empty_guarded_tables  # type: ignore[method-assign]

# A slow moment of the machine is no fault; where the run decides whether work lands, the same cases are tried each time.
settings.register_profile("cunwu", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("cunwu")


@pytest.fixture(autouse=True)
def _commands_leave_the_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command closes the connection when it is done. SQLite in memory stays all the same; PostgreSQL would lose what the
    test's own transaction holds."""
    monkeypatch.setattr(connections, "close_all", lambda: None)


SHANGHAI = ZoneInfo("Asia/Shanghai")
TERM_BEGAN = date(2022, 1, 1)


@dataclass
class Village:
    """云溪村 in 青石镇 of an invented county, its bodies, and who holds which office."""

    county: Place
    town: Place
    place: Place
    party: Organization
    committee: Organization
    supervision: Organization
    collective: Organization
    station: Organization
    township: Organization
    wang: Appointment
    """王芳, accountant of the collective, lent by the township's bookkeeping station."""
    zhao: Appointment
    """赵立新, head of the supervision committee."""
    sun: Appointment
    """孙梅, member of the supervision committee."""
    li: Appointment
    """李建国, secretary of the Party organization."""
    xiulan: Appointment
    """王秀兰, head of the villagers' committee."""
    clerk: Appointment
    """周小雨, village clerk."""
    chen: Appointment
    """陈晓明, township officer."""


@pytest.fixture
def now() -> datetime:
    """8 October 2026, ten o'clock in China."""
    return datetime(2026, 10, 8, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
def village(db: None, now: datetime) -> Village:
    """The invented village, with its officers in office since 2022."""
    return build_village(now)


def build_village(now: datetime, name: str = "云溪村", town: Place | None = None) -> Village:
    """A village like 云溪村; another one in the same town where `town` is given."""
    if town is None:
        province = actions.create_place(None, None, "province", "示例省", code="99", now=now)
        county = actions.create_place(
            None, province, "county", "示范县", name_en="Demonstration County", code="990101", now=now
        )
        town = actions.create_place(
            None, county, "town", "青石镇", name_en="Qingshi Town", code="990101101", now=now
        )
        township = actions.create_organization(None, town, "township_government", "青石镇人民政府", now=now)
        station = actions.create_organization(None, town, "station", "青石镇代理记账站", now=now)
    else:
        assert town.parent is not None
        county = town.parent
        township = Organization.objects.get(place=town, kind="township_government")
        station = Organization.objects.get(place=town, kind="station")
    place = actions.create_place(None, town, "village", name, now=now)
    bodies = {
        kind: actions.create_organization(
            None,
            place,
            kind,
            f"{name}{title}",
            keeps_books=kind == "collective",
            boards=("村委会门口公开栏",),
            now=now,
        )
        for kind, title in (
            ("party_organization", "党支部"),
            ("villagers_committee", "村民委员会"),
            ("supervision_committee", "村务监督委员会"),
            ("collective", "股份经济合作社"),
        )
    }

    def put(person: str, office: str, organization: Organization, **more: object) -> Appointment:
        someone = actions.register_person(None, person, now=now)
        return actions.appoint(None, someone, office, organization, TERM_BEGAN, now=now, **more)  # type: ignore[arg-type]

    return Village(
        county=county,
        town=town,
        place=place,
        party=bodies["party_organization"],
        committee=bodies["villagers_committee"],
        supervision=bodies["supervision_committee"],
        collective=bodies["collective"],
        station=station,
        township=township,
        wang=put("王芳", "accountant", bodies["collective"], kind=Appointment.Kind.AGENCY, home=station),
        zhao=put("赵立新", "supervision_head", bodies["supervision_committee"]),
        sun=put("孙梅", "supervision_member", bodies["supervision_committee"]),
        li=put("李建国", "party_secretary", bodies["party_organization"]),
        xiulan=put("王秀兰", "committee_head", bodies["villagers_committee"]),
        clerk=put("周小雨", "clerk", bodies["villagers_committee"]),
        chen=put("陈晓明", "township_officer", township),
    )


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """`meanwhile(act)`: at the last moment before the next transaction begins, somebody else has done `act`."""
    begin = transaction.atomic

    def before_the_next_transaction(act: Callable[[], object]) -> None:
        def others_first(*given: Any, **named: Any) -> Any:
            monkeypatch.setattr(transaction, "atomic", begin)
            act()
            return begin(*given, **named)

        monkeypatch.setattr(transaction, "atomic", others_first)

    return before_the_next_transaction


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List at the end what could not run on this machine, with the reason."""
    left_out = terminalreporter.stats.get("skipped", [])
    if left_out:
        terminalreporter.section("left out on this machine")
        for report in left_out:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            terminalreporter.write_line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must run (`bin/test --complete`), something left out is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CUNWU_TEST_COMPLETE") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
