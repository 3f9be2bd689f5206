"""Wrong office, another village, an ended term, one person in both offices: refused by address as well as by button."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from conftest import Village, build_village
from cunwu.books.actions import close_month
from cunwu.books.sheets import draft_sheet
from cunwu.disclosure.models import Draft, Publication
from cunwu.org import actions
from cunwu.org.identifiers import identity_check_character
from cunwu.org.models import Appointment, AuditEntry
from desk.conftest import SEPTEMBER, SignIn, keep_books


@pytest.fixture
def draft(village: Village, now: datetime) -> Draft:
    """September's sheet, drafted."""
    keep_books(village, now)
    close_month(village.wang, village.collective, SEPTEMBER, now=now)
    return draft_sheet(village.wang, village.collective, SEPTEMBER, now=now)


def test_another_villages_pages_are_refused(
    village: Village, draft: Draft, sign_in: SignIn, now: datetime
) -> None:
    other = build_village(now, "石桥村", village.town)
    voucher = draft.organization.months.get().vouchers.filter(kind="ordinary").first()
    assert voucher is not None
    ours = village.collective.public_id
    for person in (other.wang, other.li, other.zhao):
        browser = sign_in(person)
        for address in (
            f"/books/{ours}/",
            f"/books/{ours}/2026-09/",
            f"/books/{ours}/2026-09/balance/",
            f"/books/{ours}/2026-09/reconcile/",
            f"/books/{ours}/account/102/",
            f"/books/{ours}/import/",
            f"/voucher/{voucher.public_id}/",
            f"/draft/{draft.public_id}/",
            f"/disclosure/{ours}/",
            f"/audit/{ours}/",
        ):
            response = browser.get(address)
            assert response.status_code == 403, address
            assert 'role="alert"' in response.text


def test_steps_by_address_need_the_office(village: Village, draft: Draft, sign_in: SignIn) -> None:
    address = f"/draft/{draft.public_id}/"
    month = f"/books/{village.collective.public_id}/2026-09/"
    before = AuditEntry.objects.exclude(action="refused").count()
    for person, where, fields in (
        (village.wang, address, {"do": "sign"}),
        (village.wang, address, {"do": "publish"}),
        (village.li, address, {"do": "sign"}),
        (village.zhao, address, {"do": "publish"}),
        (village.zhao, address, {"do": "amend"}),
        (village.li, month, {"do": "close"}),
        (village.zhao, month, {"do": "reopen", "reason": "想改"}),
        (village.clerk, address, {"do": "overrule", "where": "x", "kind": "phone", "reason": "y"}),
    ):
        response = sign_in(person).post(where, fields)
        assert response.status_code == 403, fields
        assert 'role="alert"' in response.text
    assert AuditEntry.objects.exclude(action="refused").count() == before


def test_publishing_too_early_names_the_clause(village: Village, draft: Draft, sign_in: SignIn) -> None:
    response = sign_in(village.li).post(f"/draft/{draft.public_id}/", {"do": "publish"})
    assert response.status_code == 409
    assert "还没有审查签名" in response.text
    assert "依据：《" in response.text
    assert not Publication.objects.exists()


def test_who_prepared_may_not_sign(village: Village, draft: Draft, sign_in: SignIn, now: datetime) -> None:
    # The supervision head keeps these books under a second appointment: the person counts, not the office.
    second = Appointment.objects.create(
        person=village.zhao.person,
        office="accountant",
        organization=village.collective,
        from_day=date(2026, 1, 1),
    )
    Draft.objects.filter(pk=draft.pk).update(replaced_at=now)
    draft = draft_sheet(second, village.collective, SEPTEMBER, now=now)
    response = sign_in(village.zhao).post(f"/draft/{draft.public_id}/", {"do": "sign"})
    assert response.status_code == 403
    assert "一人兼办" in response.text


def test_one_person_in_both_offices_is_refused(village: Village, sign_in: SignIn, now: datetime) -> None:
    officer = sign_in(village.chen)
    number = "37079919900101001"
    number += identity_check_character(number)
    form = {"do": "appoint", "name": "刘明", "identity_number": number, "from_day": "2026-10-01"}
    books = {"organization": village.collective.public_id, "office": "accountant"}
    review = {"organization": village.supervision.public_id, "office": "supervision_member"}
    assert officer.post("/people/", {**form, **books}).status_code == 302
    response = officer.post("/people/", {**form, **review})
    assert response.status_code == 403
    assert "不得同时担任" in response.text
    assert number not in response.text
    without = officer.post("/people/", {**form, **review, "identity_number": ""})
    assert without.status_code == 422
    assert "“身份证号”没有填写" in without.text


def test_office_that_ends_during_the_session(
    village: Village, draft: Draft, sign_in: SignIn, now: datetime
) -> None:
    browser = sign_in(village.zhao)
    assert browser.get(f"/draft/{draft.public_id}/").status_code == 200
    actions.end_appointment(village.chen, village.zhao, date(2026, 10, 7), now=now)
    response = browser.post(f"/draft/{draft.public_id}/", {"do": "sign"})
    assert response.status_code == 403
    assert "没有任职" in response.text
    assert not draft.signatures.exists()


def test_unknown_step_and_missing_token_are_sentences(village: Village, sign_in: SignIn) -> None:
    browser = sign_in(village.wang)
    address = f"/books/{village.collective.public_id}/"
    assert browser.post(address, {"do": "everything"}).status_code == 422
    browser.handler.enforce_csrf_checks = True
    response = browser.post(address, {"do": "open"})
    assert response.status_code == 403
    assert "页面已经过期" in response.text


def test_unknown_months_and_fields(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    browser = sign_in(village.wang)
    books = f"/books/{village.collective.public_id}/"
    assert browser.get(f"{books}2026-13/").status_code == 422
    assert browser.get(f"{books}account/99999/").status_code == 404
    assert browser.get("/many/?period=gestern").status_code == 422
    response = browser.post(f"{books}2026-09/reconcile/", {"do": "reconcile", "bank": "一堆钱"})
    assert response.status_code == 422
    assert "“对账单余额”" in response.text
