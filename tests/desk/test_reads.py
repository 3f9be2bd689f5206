"""The record of looks at personal data: every one, to the auditor alone, with its purpose."""

from __future__ import annotations

import ast
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from openpyxl import load_workbook

import cunwu
from conftest import Village
from cunwu.errors import Invalid
from cunwu.org import actions, reads, relations
from cunwu.org.models import Appointment, AuditEntry
from cunwu.org.reads import Purpose
from desk.conftest import SignIn

NUMBER = "11010519491231002X"


@pytest.fixture
def auditor(village: Village, now: datetime) -> Appointment:
    bureau = actions.create_organization(None, village.county, "county_bureau", "示范县审计局", now=now)
    person = actions.register_person(None, "任清", now=now)
    return actions.appoint(None, person, "auditor", bureau, date(2024, 1, 1), now=now)


@pytest.fixture
def looked(village: Village, now: datetime) -> None:
    person = actions.register_person(None, "吴桂兰", identity_number=NUMBER, now=now)
    actions.read_identity(village.chen, person, village.committee, Purpose.REQUEST, now=now)
    relations.read_relations(village.chen, village.committee, Purpose.RECUSAL, now=now)


@pytest.mark.usefixtures("looked")
def test_who_when_at_what_and_why(auditor: Appointment, village: Village, sign_in: SignIn) -> None:
    page = sign_in(auditor).get("/reads/").text
    assert page.count(village.chen.person.name) == 2
    for said in (
        "查看身份证号",
        "本人要求",
        "查看关系申报",
        "核对回避",
        village.committee.name_zh,
        "2026年10月8日",
    ):
        assert said in page, said
    for kept in (NUMBER, "吴桂兰"):
        assert kept not in page


@pytest.mark.usefixtures("looked")
@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("", 2),
        ("purpose=recusal", 1),
        ("purpose=complaint", 0),
        ("purpose=nonsense", 2),
        ("first=2026-10-08&last=2026-10-08", 2),
        ("first=2026-10-09", 0),
        ("last=2026-10-07", 0),
        ("last=9999-12-31&first=nonsense", 2),
        ("q=没有这个人", 0),
    ],
)
def test_filters(auditor: Appointment, sign_in: SignIn, asked: str, rows: int) -> None:
    assert f"共{rows}条" in sign_in(auditor).get(f"/reads/?{asked}").text


@pytest.mark.usefixtures("looked")
def test_pages_and_workbook(auditor: Appointment, village: Village, sign_in: SignIn, now: datetime) -> None:
    for _ in range(60):
        relations.read_relations(village.chen, village.committee, Purpose.INSPECTION, now=now)
    browser = sign_in(auditor)
    assert "查看身份证号" not in browser.get("/reads/").text
    assert "查看身份证号" in browser.get("/reads/?page=2").text
    sheet = load_workbook(BytesIO(browser.get("/reads/?as=xlsx").content)).active
    assert "查看身份证号" in {cell.value for row in sheet.rows for cell in row}


@pytest.mark.usefixtures("looked")
def test_others_are_neither_led_there_nor_let_in(village: Village, sign_in: SignIn) -> None:
    for officer in (village.chen, village.wang, village.xiulan):
        browser = sign_in(officer)
        assert "/reads/" not in browser.get("/people/").text
        assert browser.get("/reads/").status_code == 403


@pytest.mark.usefixtures("looked")
def test_an_auditor_elsewhere_sees_what_lies_in_reach(
    auditor: Appointment, village: Village, sign_in: SignIn, now: datetime
) -> None:
    county = actions.create_place(None, village.county.parent, "county", "邻县", code="990102", now=now)
    bureau = actions.create_organization(None, county, "county_bureau", "邻县审计局", now=now)
    person = actions.register_person(None, "邻审", now=now)
    beside = actions.appoint(None, person, "auditor", bureau, date(2024, 1, 1), now=now)
    assert "共0条" in sign_in(beside).get("/reads/").text


def test_a_look_takes_a_purpose(village: Village, sign_in: SignIn) -> None:
    browser: Client = sign_in(village.chen)
    address = f"/relations/{village.committee.public_id}/"
    assert "请选择为什么查看" in browser.post(address, {"do": "read"}).text
    assert not AuditEntry.objects.filter(action="org.read_relations").exists()
    browser.post(address, {"do": "read", "purpose": "inspection"})
    assert reads.purpose_of(AuditEntry.objects.get(action="org.read_relations")) is Purpose.INSPECTION
    with pytest.raises(Invalid):
        reads.purpose("curiosity")


def test_what_is_sealed_is_opened_by_these_functions_only() -> None:
    """Whoever adds a call of `unseal` or `name_of` records the look (`org/reads.py`) and adds the function here."""
    shown = {"org/actions.py:read_identity", "org/relations.py:name_of"}
    resealed = {"management/changing_keys.py:_open"}
    compared = {
        "desk/second_factor.py:open_secret"
    }  # with a code that somebody types; of no resident, shown to nobody
    assert callers("unseal") == shown | resealed | compared
    # The second shows everybody what they declared themselves.
    assert callers("name_of") == {"org/relations.py:read_relations", "desk/relations.py:_show_own"}


def callers(name: str) -> set[str]:
    """The functions of the source that call one of this name."""
    root, found = Path(str(cunwu.__file__)).parent, set()
    for path in root.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                called = (each.func for each in ast.walk(function) if isinstance(each, ast.Call))
                if any(name in {getattr(each, "id", ""), getattr(each, "attr", "")} for each in called):
                    found.add(f"{path.relative_to(root)}:{function.name}")
    return found
