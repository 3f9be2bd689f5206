"""Every address is on the short list of public ones, or refuses strangers and people without an office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cunwu.desk.accounts import ENTRANCE, OWN_ACCOUNT
from cunwu.desk.middleware import PUBLIC

SAMPLES = {
    "organization_id": "aaaaaaaaaaaa",
    "asset_id": "aaaaaaaaaaaa",
    "finding_id": "aaaaaaaaaaaa",
    "programme_id": "aaaaaaaaaaaa",
    "participation_id": "aaaaaaaaaaaa",
    "file_id": "aaaaaaaaaaaa",
    "case_id": "aaaaaaaaaaaa",
    "card_id": "aaaaaaaaaaaa",
    "project_id": "aaaaaaaaaaaa",
    "venture_id": "aaaaaaaaaaaa",
    "progress_id": "1",
    "purpose": "contracts",
    "contract_id": "aaaaaaaaaaaa",
    "receivable_id": "aaaaaaaaaaaa",
    "voucher_id": "aaaaaaaaaaaa",
    "draft_id": "aaaaaaaaaaaa",
    "matter_id": "aaaaaaaaaaaa",
    "meeting_id": "aaaaaaaaaaaa",
    "request_id": "aaaaaaaaaaaa",
    "paper_id": "1",
    "contract_paper_id": "1",
    "name": "lease_land",
    "publication_id": "aaaaaaaaaaaa",
    "period": "2026-09",
    "sha256": "0" * 64,
    "code": "102",
    "path": "desk/desk.css",
    "key": "aaaa",
    "uidb36": "1",
}


def addresses(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Every name with one address that it answers to."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern, route, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", "/" + filled(route)


def filled(route: str) -> str:
    """The route with samples for its parts."""
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: SAMPLES[m[1]], route)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: SAMPLES[m[1]], route)


EVERY = sorted(set(addresses(get_resolver())))


def test_the_lists_name_addresses_that_exist() -> None:
    names = {name for name, _ in EVERY}
    assert names >= PUBLIC | ENTRANCE | OWN_ACCOUNT


def test_strangers_get_nothing_but_the_public_list(db: None) -> None:
    for name, address in EVERY:
        if name in PUBLIC | ENTRANCE:
            continue
        for response in (Client().get(address), Client().post(address, {"do": "close"})):
            to_sign_in = response.status_code == 302 and "/accounts/login/" in response.headers["Location"]
            assert to_sign_in or response.status_code == 404, (name, response.status_code)


def test_people_without_an_office_do_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setenv("CUNWU_NOW", now.isoformat())
    user = User.objects.create_user("nobody")
    TOTP.activate(user, generate_totp_secret())
    browser = Client()
    browser.force_login(user)
    for name, address in EVERY:
        if name in PUBLIC | ENTRANCE | OWN_ACCOUNT:
            continue
        for response in (browser.get(address), browser.post(address, {"do": "close"})):
            assert response.status_code in {403, 404}, (name, response.status_code)


def test_public_addresses_answer(db: None) -> None:
    assert Client().get("/health/").content == b"ok\n"
    sheet = Client().get("/static/desk/desk.css")
    assert sheet.status_code == 200
    assert b"".join(sheet.streaming_content)
    for attempt in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static//etc/passwd"):
        assert Client().get(attempt).status_code in {400, 404}, attempt
