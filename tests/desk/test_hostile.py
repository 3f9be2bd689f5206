"""Whatever a query string, a header or a form's first field holds: a page or a sentence, never a fault of our own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from conftest import Village
from cunwu.desk import entrance
from desk.conftest import SignIn
from hostile import ODD, few

ANSWERS = {200, 302, 400, 403, 404, 409, 413, 422}
KEYS = ("q", "page", "sort", "as", "state", "period", "step", "ended", "place", "level", "rule", "year", "day", "next", "language",
        "kind", "programme", "clear", "phase", "appointment", "organization")  # fmt: skip
VALUES = (
    st.sampled_from(
        ["xlsx", "-due", "place", "1", "0", "-1", "late", "2026-09", "2026", "9999-12-31", "0001-01-01"]
    )
    | ODD.map(lambda text: text[:600])
    | st.text(max_size=20)
)
LISTS = ("many", "books_home", "assets_home", "findings", "indicators", "programmes", "income_bands", "screening_rules",
         "disclosure_home", "matters_home", "meetings_home", "relations", "duties", "people", "today", "switch")  # fmt: skip
OF_ONE = ("books", "assets", "contracts", "contract_form", "receivables", "projects", "ventures", "ledger_import", "disclosure",
          "matters", "powers", "meetings", "archive", "requests", "relations_of", "supervision", "audit", "import", "enter")  # fmt: skip


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query string: known keys and any, values sound and odd, bytes that are no UTF-8, keys given twice."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(KEYS) | st.text(max_size=8), VALUES), max_size=4))
    parts = [
        "=".join(quote_from_bytes(each.encode("utf-8", "surrogatepass")) for each in pair) for pair in pairs
    ]
    if draw(st.booleans()):
        parts.append(
            draw(st.sampled_from(["q=%FF%FE", "%00=1", "page=%", "q", "=", "&&", "as=xlsx&as=", ";"]))
        )
    return "&".join(parts)


@pytest.fixture
def addresses(village: Village) -> list[str]:
    """Every list of the desk, and every page of one organization."""
    return [
        *(reverse(f"desk:{name}") for name in LISTS),
        *(
            reverse(f"desk:{name}", args=[organization.public_id])
            for name in OF_ONE
            for organization in (village.collective, village.committee)
        ),
    ]


@pytest.fixture
def browsers(sign_in: SignIn, village: Village) -> Iterator[list[Client]]:
    """The accountant, the officer of the town, a stranger."""
    entrance._searches.cache_clear()
    yield [sign_in(village.wang), sign_in(village.chen), Client()]
    entrance._searches.cache_clear()


@few
@given(st.data())
def test_any_query_string_is_a_page_or_a_sentence(
    addresses: list[str], browsers: list[Client], data: st.DataObject
) -> None:
    entrance._searches.cache_clear()
    address, query = data.draw(st.sampled_from(addresses)), data.draw(queries())
    for browser in browsers:
        answer = browser.get(f"{address}?{query}")
        assert answer.status_code in ANSWERS, (address, query)


def test_every_list_answers_to_each_odd_value(addresses: list[str], browsers: list[Client]) -> None:
    _, officer, _ = browsers
    assert officer.get("/people/").status_code == 200
    for address in addresses:
        for value in ("", "-1", "9" * 19, "\0", "２０２６-０９", "'\"<>", "xlsx"):
            entrance._searches.cache_clear()
            query = dict.fromkeys(KEYS, value)
            assert officer.get(address, query).status_code in ANSWERS, (address, value)


@few
@given(st.data())
def test_any_sign_in_is_a_page_or_a_sentence(browsers: list[Client], data: st.DataObject) -> None:
    text = st.text(max_size=20) | ODD
    fields = {"login": data.draw(text), "password": data.draw(text), "next": data.draw(text)}
    body = "&".join(
        f"{key}={quote_from_bytes(value.encode('utf-8', 'surrogatepass'))}" for key, value in fields.items()
    )
    answer = Client().post("/accounts/login/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in ANSWERS | {429}


@few
@given(st.binary(max_size=40) | ODD.map(lambda text: text.encode("utf-8", "surrogatepass")[:400]))
def test_any_cookie_is_a_stranger_s(village: Village, data: bytes) -> None:
    browser = Client()
    for name in ("sessionid", "csrftoken", "language", entrance.KNOWN, "seen", "messages"):
        browser.cookies[name] = data.decode("latin-1")
    assert browser.get("/").status_code == 302
    assert browser.get("/accounts/login/").status_code == 200


def test_a_cookie_with_the_null_character_is_a_stranger_s(village: Village) -> None:
    answer = Client().get(
        "/", headers={"cookie": 'sessionid="\\000abcdefgh"; language="\\000"; seen="\\000"'}
    )
    assert answer.status_code == 302


def test_the_null_character_is_refused_in_every_field(browsers: list[Client]) -> None:
    wang, _, stranger = browsers
    for answer in (
        wang.get("/findings/", {"q": "\0"}),
        wang.get("/people/", {"page": ["1", "a\0"]}),
        wang.get("/matters/%00/"),
        wang.post("/switch/", {"appointment": "\0"}),
        stranger.get("/accounts/login/", {"next": "/\0"}),
        stranger.post("/accounts/login/", {"login": "\0", "password": "\0"}),
    ):
        assert answer.status_code == 422
        assert "空字符" in answer.content.decode()
