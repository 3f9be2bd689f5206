"""A browser for each of the village's people, signed in with both factors, at the moment of the tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.test import Client

from conftest import Village
from cunwu.books import actions as books
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.law.periods import Period
from cunwu.org.models import Appointment
from procedures.conftest import Hall

SEPTEMBER = Period("month", 2026, 9)
SignIn = Callable[[Appointment], Client]


def give_sign_in(appointment: Appointment, *, second_factor: bool = True) -> User:
    """A user for the appointment's person, with an authenticator unless told otherwise."""
    person = appointment.person
    person.refresh_from_db()
    if person.user is None:
        person.user = User.objects.create_user(f"user-{person.public_id}", password="a long pass phrase")
        person.save()
        if second_factor:
            TOTP.activate(person.user, generate_totp_secret())
    return person.user


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch, now: datetime) -> SignIn:
    """Signs an appointment's person in and gives the browser."""
    monkeypatch.setenv("CUNWU_NOW", now.isoformat())

    def open_browser(appointment: Appointment) -> Client:
        client = Client()
        client.force_login(give_sign_in(appointment))
        return client

    return open_browser


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    """A data folder of each test's own: the log in it must agree with the test's database."""
    settings.HOME = tmp_path


ENTRIES = (
    (3, "收取鱼塘承包费", ("102", "501"), 250_000),
    (12, "支付路灯电费", ("514", "102"), 36_050),
    (20, "支付办公用纸款", ("514", "102"), 4_500),
)


def keep_books(village: Village, now: datetime, period: Period = SEPTEMBER, *, vouchers: int = 2) -> None:
    """The books of the village's collective with so many vouchers in the month."""
    opening = {"102": 1_000_000, "301": -1_000_000}
    books.open_books(village.wang, village.collective, period, opening, now=now)
    for day, summary, pair, fen in ENTRIES[:vouchers]:
        lines = (
            PostingEntry(pair[0], summary, debit=fen),
            PostingEntry(pair[1], summary, credit=fen),
        )
        entry = VoucherEntry(date(period.year, period.number, day), lines)
        books.enter_voucher(village.wang, village.collective, entry, now=now)


@pytest.fixture
def hall(village: Village, now: datetime) -> Hall:
    """The village with its rolls."""
    hall = Hall(village, now)
    hall.represent()
    return hall
