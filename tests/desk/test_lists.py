"""Lists cost a fixed number of queries, and every page can be read in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from conftest import Village, build_village
from cunwu.books.actions import close_month
from cunwu.books.models import Voucher
from cunwu.books.sheets import draft_sheet
from cunwu.duties import actions as duties
from cunwu.org.authority import CLOCK
from desk.conftest import SEPTEMBER, SignIn, keep_books
from desk.test_walk import publish

Counting = Callable[..., Any]


@pytest.mark.parametrize(
    ("address", "queries"),
    [("/", 14), ("/many/?period=2026-09", 11), ("/duties/", 6), ("/people/", 10), ("/switch/", 6)],
)
@pytest.mark.parametrize("villages", [1, 3])
def test_township_lists_cost_the_same_for_one_and_three(
    village: Village,
    sign_in: SignIn,
    now: datetime,
    django_assert_num_queries: Counting,
    address: str,
    queries: int,
    villages: int,
) -> None:
    every = [village, *(build_village(now, f"第{n}村", village.town) for n in range(1, villages))]
    for one in every:
        keep_books(one, now)
        close_month(one.wang, one.collective, SEPTEMBER, now=now)
        draft_sheet(one.wang, one.collective, SEPTEMBER, now=now)
    duties.open_duties(CLOCK, now=now)
    browser = sign_in(village.chen)
    browser.get(address)
    with django_assert_num_queries(queries):
        assert browser.get(address).status_code == 200


def every_address(village: Village, publication: Any) -> list[str]:
    """Every page that shows something of the village."""
    books = f"/books/{village.collective.public_id}/"
    voucher = Voucher.objects.filter(kind="ordinary").first()
    assert voucher is not None
    return [
        "/",
        "/switch/",
        "/many/?period=2026-09",
        books,
        f"{books}2026-09/",
        f"{books}2026-09/balance/",
        f"{books}account/102/",
        f"/voucher/{voucher.public_id}/",
        f"/disclosure/{village.collective.public_id}/",
        f"/draft/{publication.draft.public_id}/",
        f"/publication/{publication.public_id}/",
        "/duties/",
        "/people/",
        f"/audit/{village.collective.public_id}/",
    ]


def test_every_page_in_both_languages(village: Village, sign_in: SignIn, now: datetime) -> None:
    duties.open_duties(CLOCK, now=now)
    publication = publish(village, sign_in, now)
    browser = sign_in(village.chen)
    for language, other in (("zh-hans", "Back to Today"), ("en", "回到今天")):
        browser.post("/language/", {"language": language})
        for address in every_address(village, publication):
            page = browser.get(address)
            assert page.status_code == 200, address
            assert f'lang="{language}"' in page.text
            assert other not in page.text
            assert not re.search(r'<script(?! src="/static/)', page.text), address
            assert page.text.count("<h1>") == 1


def test_sorting_filtering_and_pages(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    browser = sign_in(village.wang)
    month = f"/books/{village.collective.public_id}/2026-09/"
    assert "路灯" not in browser.get(f"{month}?q=鱼塘").text
    first = browser.get(f"{month}?sort=-total").text
    assert first.index("鱼塘承包费") < first.index("路灯电费")
    assert "没有找到" in browser.get(f"{month}?q=没有这样的").text
    assert browser.get(f"{month}?page=99&sort=nonsense").status_code == 200


def test_exports_hold_no_formula(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    browser = sign_in(village.wang)
    books = f"/books/{village.collective.public_id}/"
    for address in (f"{books}2026-09/?as=xlsx", f"{books}2026-09/balance/?as=xlsx"):
        answer = browser.get(address)
        assert answer.content[:2] == b"PK"
        assert "attachment" in answer.headers["Content-Disposition"]


def test_health_needs_nobody(db: None) -> None:
    assert Client().get("/health/").status_code == 200


@pytest.mark.parametrize("vouchers", [1, 3])
def test_a_months_lists_cost_the_same_for_one_and_three(
    village: Village,
    sign_in: SignIn,
    now: datetime,
    django_assert_num_queries: Counting,
    vouchers: int,
) -> None:
    keep_books(village, now, vouchers=vouchers)
    browser = sign_in(village.wang)
    books = f"/books/{village.collective.public_id}/"
    pages = ((books, 8), (f"{books}2026-09/", 13), (f"{books}account/102/", 9), (f"{books}import/", 7))
    for address, queries in pages:
        browser.get(address)
        with django_assert_num_queries(queries):
            assert browser.get(address).status_code == 200
