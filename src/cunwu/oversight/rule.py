"""What a screening rule is: a condition over the flat table of facts, and the question that it makes of what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cunwu.assets.models import MU
from cunwu.documents.cells import money_text
from cunwu.law.texts import Text

Figure = int | str | None
MONEY = frozenset(
    {"yearly_rent", "valuation", "rent_per_mu", "neighbour_rent", "arrears", "worth", "split_sum"}
)
"""Figures in fen, shown in yuan."""
AREA = frozenset({"area", "measured"})
"""Figures in millionths of a mu, shown in mu."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One question. `expression` is a condition in DuckDB's SQL over the columns of `facts`, with thresholds as `:name`.

    `flag` is the rule's letter in the clean-up of contracts (F1 to F13), empty for one of ours. `figures` are the columns
    that the question shows; `question` and `answer` (what would answer it) may name them, and thresholds, in braces.
    """

    name: str
    flag: str
    severity: Literal["high", "medium", "low"]
    expression: str
    figures: tuple[str, ...]
    question: Text
    answer: Text

    def ask(self, figures: Mapping[str, Figure], thresholds: Mapping[str, int], language: str) -> str:
        """The question about one contract, with its figures."""
        told = {name: _told(name, value) for name, value in figures.items()}
        return self.question.sentence(language).format(**thresholds, **told)


def _told(name: str, value: Figure) -> str:
    if value is None:
        return "—"
    if name in MONEY and isinstance(value, int):
        return money_text(value)
    if name in AREA and isinstance(value, int):
        return f"{value / MU:,.6f}".rstrip("0").rstrip(".")
    return str(value)
