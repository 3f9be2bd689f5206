"""Both factors, no sign-up, and nobody acts without an office held today."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import Village
from cunwu import moment
from cunwu.desk import sessions
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


def test_a_session_rests_an_hour_at_most_and_lasts_half_a_day(
    sign_in: SignIn, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = [moment.machine_now()]
    monkeypatch.setattr(moment, "machine_now", lambda: stands[0])
    browser = sign_in(village.wang)
    for _ in range(14):
        assert browser.get("/").status_code == 200
        stands[0] += timedelta(minutes=55)
    assert browser.get("/").headers["Location"].startswith("/accounts/login/")  # twelve hours in all
    other = sign_in(village.wang)
    assert other.get("/").status_code == 200
    stands[0] += timedelta(minutes=61)
    assert other.get("/").status_code == 302
    assert other.get("/").status_code == 302  # the session is gone, not only refused


def test_the_mark_of_use_is_of_one_session(
    sign_in: SignIn, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = [moment.machine_now()]
    monkeypatch.setattr(moment, "machine_now", lambda: stands[0])
    stolen, mine = sign_in(village.wang), sign_in(village.zhao)
    stands[0] += timedelta(minutes=50)
    assert mine.get("/").status_code == 200
    stands[0] += timedelta(minutes=20)
    stolen.cookies[sessions.SEEN] = mine.cookies[sessions.SEEN].value
    assert stolen.get("/").status_code == 302
    assert mine.get("/").status_code == 200


def test_reading_a_page_writes_nothing(sign_in: SignIn, village: Village) -> None:
    browser = sign_in(village.wang)
    browser.get("/people/")
    with CaptureQueriesContext(connection) as queries:
        browser.get("/people/?q=a")
    assert [each["sql"] for each in queries if not each["sql"].startswith("SELECT")] == []


def test_cookies_behind_tls_belong_to_one_host(tmp_path: Path) -> None:
    """The settings of an installation behind https, read by a process of its own."""
    (tmp_path / "installation.toml").write_text(
        'desk_url = "https://desk.cunwu.example.cn"\n', encoding="utf-8"
    )
    read = (
        "from cunwu import settings as s; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, s.SESSION_COOKIE_SECURE, "
        "s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    )
    environment = {**os.environ, "CUNWU_HOME": str(tmp_path), "CUNWU_KEYS": str(tmp_path / "keys")}
    told = subprocess.run(
        [sys.executable, "-c", read], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == [
        "__Host-sessionid", "__Host-csrftoken", "__Host-language", *["True"] * 3, "31536000", "True",
    ]  # fmt: skip


def test_the_second_factor_lies_sealed_in_the_database(village: Village) -> None:
    user = give_sign_in(village.wang)
    stored = Authenticator.objects.get(user=user).data["secret"]
    assert stored.startswith("sealed:")
    assert re.fullmatch(r"[A-Z2-7]{32}", decrypt(stored))


@pytest.mark.parametrize(
    "guessed",
    [
        "password2026!",
        "Cunwu123456",
        "村务公开20261001",
        "13800138000",
        "99010119800101001X",
        "2026示范县2026",
        "qwertyuiop1",
    ],
)
def test_what_is_guessed_first_is_no_password(guessed: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(guessed)


@pytest.mark.parametrize(
    "good", ["南瓜 火车 七月 扳手 纸船", "correct horse battery", "x" * 3 + "Y7" * 40, "8402 9175 3306 2841"]
)
def test_passwords_of_any_composition_and_length(good: str) -> None:
    validate_password(good)
