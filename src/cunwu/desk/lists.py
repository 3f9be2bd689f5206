"""Lists: filtered by a word, sorted by a named column, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cunwu.org.models import Organization

M = TypeVar("M", bound=Model)
PER_PAGE = 50
LONGEST_WORD = 100


@dataclass(frozen=True)
class Listing(Generic[M]):
    """One page of a list and how it was asked for; `page` iterates over its rows, `rows` over those of every page."""

    page: Page[M]
    word: str
    sort: str
    rows: QuerySet[M]

    @property
    def total(self) -> int:
        """How many rows the filter lets through."""
        return self.page.paginator.count


def asked_word(request: HttpRequest) -> str:
    """The query's `q`, no longer than any name: SQLite refuses patterns of more than 50,000 bytes."""
    return request.GET.get("q", "").strip()[:LONGEST_WORD]


def listing(
    request: HttpRequest,
    rows: QuerySet[M],
    *,
    words: tuple[str, ...],
    sorts: Mapping[str, tuple[str, ...]],
    per_page: int = PER_PAGE,
) -> Listing[M]:
    """`rows` filtered by the query's `q` over the fields `words`, in the order `sort` (the first of `sorts` where
    unknown; a leading "-" turns it round), on the page `page` (the nearest there is)."""
    word = asked_word(request)
    if word:
        matching = Q()
        for field in words:
            matching |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(matching)
    asked = request.GET.get("sort", "")
    name = asked.removeprefix("-")
    fields = sorts.get(name) or next(iter(sorts.values()))
    if asked.startswith("-") and name in sorts:
        fields = tuple(field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in fields)
    rows = rows.order_by(*fields)
    page = Paginator(rows, per_page).get_page(request.GET.get("page"))
    return Listing(page, word, asked if name in sorts else "", rows)


def choose_one(request: HttpRequest, reach: QuerySet[Organization], page: str, tab: str) -> HttpResponse:
    """Straight to `page` of the one organization there is, or the list of them to choose from."""
    first = list(reach[:2])
    if len(first) == 1:
        return redirect(page, first[0].public_id)
    found = listing(
        request,
        reach,
        words=("name_zh", "place__name_zh", "place__sort_key"),
        sorts={"place": ("place__path", "id"), "name": ("place__sort_key", "id")},
    )
    return render(request, "desk/organizations.html", {"list": found, "page_name": page, "tab": tab})
