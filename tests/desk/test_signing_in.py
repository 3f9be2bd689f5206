"""Both factors, no sign-up, and nobody acts without an office held today."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from conftest import Village
from cunwu.org import actions
from desk.conftest import SignIn, give_sign_in

PASSWORD = "a long pass phrase"


def code_for(secret: str) -> str:
    """The code that an authenticator shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_anonymous_is_sent_to_sign_in(db: None) -> None:
    response = Client().get("/many/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/many/"


def test_whole_sign_in_with_second_factor(
    village: Village, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setenv("CUNWU_NOW", now.isoformat())
    user = give_sign_in(village.wang, second_factor=False)
    browser = Client()
    assert browser.get("/accounts/login/").status_code == 200
    answer = browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    # Without a second factor nothing else opens.
    assert browser.get("/").headers["Location"] == reverse("mfa_activate_totp")
    page = browser.get(reverse("mfa_activate_totp"))
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page.text)
    assert secret is not None
    done = browser.post(reverse("mfa_activate_totp"), {"code": code_for(secret[1])})
    assert done.headers["Location"] == reverse("mfa_view_recovery_codes")
    assert browser.get(done.headers["Location"]).text.count("<li>") >= 10
    assert browser.get("/").status_code == 200
    # The next sign-in asks for the code.
    other = Client()
    asked = other.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert asked.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert other.get("/").status_code == 302
    assert other.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert other.get("/").status_code == 302


def test_nobody_signs_up_and_mail_addresses_are_gone(db: None) -> None:
    for address in ("/accounts/signup/", "/accounts/email/", "/accounts/password/reset/"):
        assert Client().get(address).status_code == 404, address


def test_account_without_office(sign_in: SignIn, village: Village, db: None) -> None:
    user = User.objects.create_user("nobody")
    browser = sign_in(village.wang)
    browser.force_login(user)
    assert browser.get("/").headers["Location"] == reverse("mfa_activate_totp")


def test_term_that_ended_opens_nothing(sign_in: SignIn, village: Village, now: datetime) -> None:
    browser = sign_in(village.wang)
    assert browser.get("/").status_code == 200
    actions.end_appointment(village.chen, village.wang, date(2026, 10, 7), now=now)
    for address in ("/", "/many/", f"/books/{village.collective.public_id}/"):
        response = browser.get(address)
        assert response.status_code == 403
        assert "没有任职" in response.text


def test_every_answer_has_the_strict_policy(sign_in: SignIn, village: Village) -> None:
    response = sign_in(village.wang).get("/")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "style=" not in response.text
    assert "<script" not in response.text


def test_both_languages(sign_in: SignIn, village: Village) -> None:
    browser = sign_in(village.wang)
    assert "今天" in browser.get("/").text
    browser.post("/language/", {"language": "en", "next": "/"})
    page = browser.get("/").text
    assert 'lang="en"' in page
    assert "Nothing needs you today" in page
    assert "Demonstration data" in page


def test_missing_page_and_refusal_are_pages(sign_in: SignIn, village: Village) -> None:
    browser = sign_in(village.wang)
    assert browser.get("/nowhere/").status_code == 404
    missing = browser.get("/voucher/aaaaaaaaaaaa/")
    assert missing.status_code == 404
    assert "没有这张凭证" in missing.text
