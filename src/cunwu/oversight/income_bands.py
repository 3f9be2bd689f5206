"""Villages by what their collective took in over a year: how many stand in each band (M135). No ranking: by band and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from cunwu.books.income import income_of
from cunwu.law.texts import Text
from cunwu.org.authority import rules
from cunwu.org.models import Organization

LINES = ("income_line_low", "income_line_high")
"""The values of the packs at which a band begins, yuan, from the lowest up."""


@dataclass(frozen=True)
class Band:
    """From `least` fen to below `below` (None: no end), and whose income lies in it."""

    least: int
    below: int | None
    villages: tuple[tuple[Organization, int], ...]

    @property
    def title(self) -> Text:
        """The band in words, in units of 10,000 yuan as villages speak of it."""
        least, below = self.least / 1_000_000, (self.below or 0) / 1_000_000
        if self.below is None:
            return Text(zh=f"{least:g}万元以上", en=f"{least * 10_000:,.0f} yuan and more")
        if not self.least:
            return Text(zh=f"不到{below:g}万元", en=f"below {below * 10_000:,.0f} yuan")
        return Text(
            zh=f"{least:g}万元至不到{below:g}万元",
            en=f"{least * 10_000:,.0f} to below {below * 10_000:,.0f} yuan",
        )

    @property
    def total(self) -> int:
        """Fen of all its villages."""
        return sum(income for _, income in self.villages)


def lines_of(on: date) -> list[int]:
    """Where bands begin after the first, fen, as the packs have them on `on`."""
    return [int(rules().limit(name, on).amount * 100) for name in LINES]


def income_bands(organizations: QuerySet[Organization], year: int, on: date) -> list[Band]:
    """The bands from the lowest up with the villages that kept books in the year, each in the order of places; two queries."""
    income = income_of(organizations.order_by(), year)
    bodies = [(body, income[body.pk]) for body in organizations.filter(pk__in=income)]
    return cut(bodies, lines_of(on))


def cut(bodies: Sequence[tuple[Organization, int]], lines: Sequence[int]) -> list[Band]:
    """`bodies` cut at `lines` (fen, ascending); the lowest band has no lower end, so that a loss is in it."""
    edges: Mapping[int, int | None] = dict(zip((0, *lines), (*lines, None), strict=True))
    return [
        Band(
            least,
            below,
            tuple(
                (body, fen)
                for body, fen in bodies
                if (fen >= least or not least) and (below is None or fen < below)
            ),
        )
        for least, below in edges.items()
    ]
