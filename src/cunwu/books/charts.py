"""The chart of accounts of 2023 (财会〔2023〕14号), and how names of that of 2004 (财会〔2004〕12号) pass into it.

Between the two charts codes were given to other accounts (502 was 经营支出 and is 投资收益), so what is brought
over is brought over by name. A code only confirms a name, or stands for one where both charts agree on it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Chart = Literal["2023", "2004"]
INCOME_AND_EXPENSE = frozenset({"income", "expense"})
CURRENT_INCOME, DISTRIBUTION = "321", "322"

_BRACKETS = str.maketrans("【】[]〔〕〈〉", "()()()()")
_SEPARATOR = re.compile(r"[/\\_:>|\-‐-―]+")
_WITH_CODE = re.compile(r"\(?(\d{3,20})\)?(.*)", re.DOTALL)


@dataclass(frozen=True)
class ChartAccount:
    """一级科目: a first-level account of 2023; `kind`: asset, liability, equity, cost, income, expense."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    debit_side: bool


@dataclass(frozen=True)
class OldAccount:
    """A first-level account of 2004: its code of 2023, or the codes among which a person must decide."""

    name: str
    code: str
    code_2023: str
    candidates: tuple[str, ...]
    why_zh: str
    why_en: str


def normalised(name: str) -> str:
    """A name without what does not matter: spaces, width, the kind of brackets; 其它 is 其他."""
    return "".join(unicodedata.normalize("NFKC", name).translate(_BRACKETS).split()).replace("其它", "其他")


def split_name(text: str) -> tuple[str, tuple[str, ...]]:
    """What an account cell says: the code in front ("" if none) and the path of names.

    "102 银行存款/农商行" is ("102", ("银行存款", "农商行")). "102-农商行" is ("102", ("", "农商行")): the blank
    stands for the account of the code.
    """
    plain = normalised(text)
    match = _WITH_CODE.fullmatch(plain)
    code, rest = (match[1], match[2]) if match else ("", plain)
    if not rest:
        return code, ()
    parts = enumerate(_SEPARATOR.split(rest))
    return code, tuple(part for i, part in parts if part or (i == 0 and code))


@cache
def chart() -> dict[str, ChartAccount]:
    """The 42 first-level accounts of 2023 by code."""
    return {
        row["code"]: ChartAccount(
            row["code"], row["name_zh"], row["name_en"], row["class"], row["side"] == "debit"
        )
        for row in _rows("chart_2023.csv")
    }


@cache
def old_chart() -> dict[str, OldAccount]:
    """The 33 accounts of 2004 by code of 2004."""
    return {
        row["code_2004"]: OldAccount(
            row["name"],
            row["code_2004"],
            row["code_2023"],
            tuple(row["candidates"].split()),
            row["why_zh"],
            row["why_en"],
        )
        for row in _rows("map_2004.csv")
    }


@cache
def codes_by_name() -> dict[str, str]:
    """First-level code of 2023 by normalised name, old names included where they lead to one account only."""
    names = {normalised(old.name): old.code_2023 for old in old_chart().values() if old.code_2023}
    return names | {normalised(account.name_zh): code for code, account in chart().items()}


@cache
def undecided_names() -> dict[str, OldAccount]:
    """Old names that split, by normalised name: a person must decide where they go."""
    return {normalised(old.name): old for old in old_chart().values() if not old.code_2023}


def confirms(code: str, target: str) -> bool:
    """Whether the first-level `code` may stand beside a name that means `target` (a code of 2023)."""
    old = old_chart().get(code)
    return code == target or (old is not None and old.code_2023 == target)


def meanings(code: str) -> dict[Chart, str]:
    """What a first-level code is called in each chart that has it."""
    found: dict[Chart, str] = {}
    if code in chart():
        found["2023"] = chart()[code].name_zh
    if code in old_chart():
        found["2004"] = old_chart()[code].name
    return found


def code_alone(code: str, written_in: Chart | None) -> str:
    """The code of 2023 that a first-level code without a name means; "" where that cannot be told.

    `written_in` is the chart that the rest of the file follows, where that is known.
    """
    new = code if code in chart() else ""
    old = old_chart()[code].code_2023 if code in old_chart() else new
    if written_in is not None:
        return new if written_in == "2023" else old
    return (new or old) if new in {"", old} or code not in old_chart() else ""


def chart_followed(pairs: Iterator[tuple[str, str]]) -> Chart | None:
    """Which chart a file follows, by its first-level codes that stand beside names; None if nothing tells."""
    votes: set[Chart] = set()
    for code, name in pairs:
        plain = normalised(name)
        told = {which for which, meant in meanings(code).items() if normalised(meant) == plain}
        if len(told) == 1:
            votes |= told
    return votes.pop() if len(votes) == 1 else None


def title(code: str, language: str) -> str:
    """The name of the first-level account to which `code` belongs; the code itself if there is none."""
    account = chart().get(code[:3])
    if account is None:
        return code
    return account.name_zh if language.startswith("zh") else account.name_en


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("cunwu.books").joinpath("charts", name).read_text(encoding="utf-8")
    return iter(csv.DictReader(text.splitlines()))
