"""Guessing is slowed down and told once; nobody is locked out, neither the one whose account it is nor the neighbours."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from conftest import Village
from cunwu import moment
from cunwu.desk import entrance
from cunwu.management import clock
from cunwu.org import actions, pace
from cunwu.org.models import AuditEntry, Pace, Person
from desk.conftest import SignIn, give_sign_in

VILLAGE, AWAY = "203.0.113.7", "198.51.100.9"
PASSWORD, WRONG = "a long pass phrase", "wrong"
Passes = Callable[[timedelta], None]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Passes:
    """A machine's clock that stands until it is told to go on."""
    stands = [moment.machine_now()]
    monkeypatch.setattr(moment, "machine_now", lambda: stands[0])

    def go_on(span: timedelta) -> None:
        stands[0] += span

    return go_on


@pytest.fixture
def accountant(village: Village, monkeypatch: pytest.MonkeyPatch, now: datetime) -> User:
    """王芳's sign-in, with both factors."""
    monkeypatch.setenv("CUNWU_NOW", now.isoformat())
    return give_sign_in(village.wang)


@pytest.fixture(autouse=True)
def _searches_begin_anew() -> None:
    entrance._searches.cache_clear()


def attempt(browser: Client, name: str, password: str = WRONG, at: str = VILLAGE) -> HttpResponse:
    """One attempt to sign in from an address."""
    return browser.post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=at)  # type: ignore[return-value]


def code_of(user: User) -> str:
    """What the account's authenticator shows now."""
    secret = decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[len(counters) // 2])))


def sign_in_wholly(browser: Client, user: User, at: str = VILLAGE) -> HttpResponse:
    """Both factors, as a person does it."""
    assert attempt(browser, user.username, PASSWORD, at).status_code == 302
    return browser.post(reverse("mfa_authenticate"), {"code": code_of(user)}, REMOTE_ADDR=at)  # type: ignore[return-value]


def bursts() -> list[AuditEntry]:
    """What the audit says of bursts."""
    return list(AuditEntry.objects.filter(action=entrance.ACT).order_by("id"))


def test_a_guesser_is_slowed_told_what_to_do_and_goes_on_when_time_has_passed(
    accountant: User, passes: Passes
) -> None:
    guesser = Client()
    for _ in range(5):
        assert attempt(guesser, accountant.username, at=AWAY).status_code == 200
    slowed = attempt(guesser, accountant.username, at=AWAY)
    assert slowed.status_code == 429
    assert slowed.headers["Retry-After"] == "20"
    assert "请20秒后再登录；账号没有锁定" in slowed.content.decode()
    # Not even the right password opens meanwhile: a guesser must not learn that it was right.
    assert attempt(guesser, accountant.username, PASSWORD, AWAY).status_code == 429
    passes(timedelta(seconds=20))
    assert attempt(guesser, accountant.username, at=AWAY).status_code == 200
    assert attempt(guesser, accountant.username, at=AWAY).status_code == 429
    passes(timedelta(seconds=20))
    assert attempt(guesser, accountant.username, PASSWORD, AWAY).status_code == 302


def test_the_sentence_in_english(accountant: User, passes: Passes) -> None:
    guesser = Client(headers={"accept-language": "en"})
    for _ in range(5):
        attempt(guesser, accountant.username)
    assert "The account is not locked" in attempt(guesser, accountant.username).content.decode()


def test_who_types_wrong_passwords_for_her_does_not_hold_up_the_accountant_on_her_own_computer(
    accountant: User, passes: Passes
) -> None:
    hers = Client()
    assert sign_in_wholly(hers, accountant).status_code == 302
    assert hers.get("/", REMOTE_ADDR=VILLAGE).status_code == 200
    hers.post("/accounts/logout/", REMOTE_ADDR=VILLAGE)
    for at in (VILLAGE, *(f"198.51.100.{number}" for number in range(40))):  # the neighbour, then the world
        for _ in range(7):
            attempt(Client(), accountant.username, at=at)
    assert attempt(Client(), accountant.username, at="192.0.2.1").status_code == 429
    assert attempt(hers, accountant.username, PASSWORD).status_code == 302


def test_neighbours_behind_one_address_sign_in_while_one_of_them_guesses(
    accountant: User, village: Village, passes: Passes
) -> None:
    clerk, head = give_sign_in(village.clerk), give_sign_in(village.xiulan)
    for _ in range(8):
        attempt(Client(), accountant.username)
    for user in (clerk, head):
        for _ in range(3):
            assert attempt(Client(), user.username).status_code == 200  # they mistype, too
        assert sign_in_wholly(Client(), user).status_code == 302


def test_right_passwords_do_not_count(accountant: User, passes: Passes) -> None:
    for _ in range(15):
        assert attempt(Client(), accountant.username, PASSWORD).status_code == 302


def test_one_password_tried_on_many_accounts_is_slowed_by_network(accountant: User, passes: Passes) -> None:
    answers = [attempt(Client(), f"nobody{number}", at=AWAY).status_code for number in range(61)]
    assert answers == [200] * 60 + [429]
    assert attempt(Client(), "nobody", at=VILLAGE).status_code == 200
    [told] = bursts()
    assert told.target == "limit:password_network"
    assert told.organization is None


def test_the_audit_says_so_once_a_burst(accountant: User, village: Village, passes: Passes) -> None:
    for _ in range(30):
        attempt(Client(), accountant.username, at=AWAY)
    [told] = bursts()
    assert told.target == f"person:{village.wang.person.public_id}"
    assert told.organization == village.collective
    details = json.loads(told.leaf)["details"]
    assert details["limit"] == "password_here"
    assert AWAY not in told.leaf  # of the address a mark only
    passes(timedelta(minutes=30))
    for _ in range(9):
        attempt(Client(), accountant.username, at=AWAY)
    assert len(bursts()) == 2
    assert bursts()[0].leaf.split("network")[1] == bursts()[1].leaf.split("network")[1]


def test_an_attack_that_does_not_end_is_told_every_day(accountant: User, passes: Passes) -> None:
    for _ in range(3 * 24 * 6):
        passes(timedelta(minutes=10))
        for _ in range(40):
            if attempt(Client(), accountant.username, at=AWAY).status_code == 429:
                break
    assert len(bursts()) >= 3


def test_the_village_reads_it_in_its_record(
    accountant: User, village: Village, sign_in: SignIn, passes: Passes
) -> None:
    for _ in range(6):
        attempt(Client(), accountant.username, at=AWAY)
    page = sign_in(village.chen).get(f"/audit/{village.collective.public_id}/").text
    assert "尝试过多，已放慢" in page


def test_codes_are_slowed_too_and_the_known_browser_is_not(accountant: User, passes: Passes) -> None:
    known = Client()
    assert sign_in_wholly(known, accountant).status_code == 302
    known.post("/accounts/logout/")
    thief = Client()  # who knows the password
    assert attempt(thief, accountant.username, PASSWORD, AWAY).status_code == 302
    codes = [thief.post(reverse("mfa_authenticate"), {"code": "000000"}, REMOTE_ADDR=AWAY) for _ in range(6)]
    assert [answer.status_code for answer in codes] == [200] * 5 + [429]
    assert codes[-1].headers["Retry-After"] == "60"
    assert attempt(known, accountant.username, PASSWORD).status_code == 302
    assert known.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200


def test_a_known_browser_is_slowed_by_itself(accountant: User, passes: Passes) -> None:
    stolen = Client()
    sign_in_wholly(stolen, accountant)
    stolen.post("/accounts/logout/")
    answers = [attempt(stolen, accountant.username).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    # For another account the same browser is a stranger.
    assert [attempt(stolen, "nobody").status_code for _ in range(6)] == [200] * 5 + [429]


def test_a_browser_s_mark_cannot_be_made_by_hand(accountant: User) -> None:
    for value in ("", "x", "eyJuYW1lIjoiYSIsImFjY291bnRzIjpbMV19:1:2", "�" * 50):
        request = RequestFactory().get("/")
        request.COOKIES[entrance.KNOWN] = value
        assert entrance.browser_of(request).accounts == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
    ],
)
def test_a_network_is_an_address_or_a_subscriber(one: str, other: str, same: bool) -> None:
    networks = [entrance.network_of(RequestFactory().get("/", REMOTE_ADDR=each)) for each in (one, other)]
    assert (networks[0] == networks[1]) is same


def test_what_was_counted_is_kept_hashed_and_forgotten(
    accountant: User, passes: Passes, now: datetime
) -> None:
    attempt(Client(), "my password typed into the wrong field")
    assert "password" not in str(list(Pace.objects.values_list("key", flat=True)))
    assert Pace.objects.count() == 3
    passes(timedelta(days=2))
    clock.tick(now=now)
    assert Pace.objects.count() == 0


def test_what_is_typed_as_a_name_does_not_reach_the_log(
    accountant: User, passes: Passes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="cunwu.entrance"):
        for _ in range(7):
            attempt(Client(), "Tr0ub4dor&3\nforged line")
    assert "Tr0ub4dor" not in caplog.text
    assert VILLAGE in caplog.text


NUMBER, OTHER = "990101198001010014", "11010519491231002X"


def appoint(browser: Client, village: Village, name: str, number: str) -> HttpResponse:
    """The desk's form for an appointment."""
    return browser.post(  # type: ignore[return-value]
        "/people/",
        {
            "do": "appoint",
            "organization": village.supervision.public_id,
            "office": "supervision_member",
            "name": name,
            "identity_number": number,
            "from_day": "2026-10-08",
        },
    )


def test_a_number_does_not_tell_whose_it_is(village: Village, sign_in: SignIn, now: datetime) -> None:
    actions.register_person(None, "田守义", identity_number=OTHER, now=now)
    browser = sign_in(village.chen)
    refused = appoint(browser, village, "周大勇", OTHER)
    assert refused.status_code == 409
    assert "以另一姓名登记" in refused.content.decode()
    assert "田守义" not in refused.content.decode()
    assert not Person.objects.filter(name="周大勇").exists()
    assert appoint(browser, village, "田守义", OTHER).status_code == 302


def test_looking_numbers_up_is_slowed_and_right_ones_do_not_count(
    village: Village, sign_in: SignIn, now: datetime, passes: Passes
) -> None:
    actions.register_person(None, "田守义", identity_number=OTHER, now=now)
    browser = sign_in(village.chen)
    for number in range(20):
        assert appoint(browser, village, f"某{number}", OTHER).status_code == 409
    slowed = appoint(browser, village, "某人", OTHER)
    assert slowed.status_code == 429
    assert slowed.headers["Retry-After"] == "60"
    assert AuditEntry.objects.filter(action=entrance.ACT, actor=village.chen).count() == 1
    passes(timedelta(minutes=1))
    assert appoint(browser, village, "田守义", OTHER).status_code == 302


def test_searching_and_exporting_are_slowed_by_person(
    village: Village, sign_in: SignIn, passes: Passes
) -> None:
    browser = sign_in(village.chen)
    for number in range(120):
        assert browser.get(f"/people/?q={number}").status_code == 200
    slowed = browser.get("/duties/?as=xlsx")
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "1")
    assert "查找或导出太快" in slowed.text
    assert browser.get("/people/?q=a").status_code == 429
    assert browser.get("/people/").status_code == 200  # reading on is never slowed
    assert sign_in(village.clerk).get("/people/?q=a").status_code == 200
    assert len(bursts()) == 1
    passes(timedelta(seconds=1))
    assert browser.get("/people/?q=a").status_code == 200


def test_claims_are_taken_together_or_not_at_all(db: None, now: datetime) -> None:
    narrow = pace.Claim(pace.Limit("narrow", 1, timedelta(minutes=1)), "a")
    wide = pace.Claim(pace.Limit("wide", 2, timedelta(minutes=1)), "b")
    assert pace.take([narrow, wide], now=now) is None
    slowed = pace.take([narrow, wide], now=now)
    assert slowed is not None
    assert (slowed.limit.name, slowed.seconds, slowed.begins) == ("narrow", 60, True)
    assert pace.take([wide], now=now) is None  # the refused attempt took nothing of it
    pace.give_back([narrow])
    assert pace.take([narrow], now=now) is None
