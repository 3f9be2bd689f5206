"""How the screening fares against the demonstration's known list of spoilt contracts: precision and recall of each rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cunwu.demo import faults
from cunwu.org.models import Place
from cunwu.oversight.models import Finding
from cunwu.oversight.rules import RULES

_ONE_OF_TWO = {("let_twice", "F12"): "let_twice", ("larger_on_the_spot", "F12"): "area_mismatch"}
"""Recipe and flag: the rule that is meant, where two rules carry the flag."""
Spot = tuple[int, str]
"""Village number and asset: what `faults.KNOWN` names a contract by."""


@dataclass(frozen=True)
class Measured:
    """One rule: how many spoilt contracts it should ask about, how many it asked about, and how many others it asks about.

    A spoilt contract counts as found if it was ever asked about, also when it was put right since; another contract counts as
    wrongly asked about where the question stands today.
    """

    rule: str
    flag: str
    known: int
    found: int
    wrong: int

    @property
    def precision(self) -> float | None:
        """Of the contracts asked about, the share that was spoilt; None where it asks about none."""
        asked = self.found + self.wrong
        return self.found / asked if asked else None

    @property
    def recall(self) -> float | None:
        """Of the spoilt contracts, the share asked about; None where none was spoilt so."""
        return self.found / self.known if self.known else None


def measured() -> Iterator[Measured]:
    """Each rule against the known list, in the order of the rules; of a rule without a flag nothing is known."""
    ever, standing = _asked()
    villages = Place.objects.filter(level=Place.Level.VILLAGE).count()
    for rule in RULES:
        known = {
            (fault.village, fault.asset)
            for fault in faults.KNOWN
            if rule.flag in fault.flags
            and fault.village < villages
            and _ONE_OF_TWO.get((fault.recipe, rule.flag), rule.name) == rule.name
        }
        yield Measured(
            rule.name,
            rule.flag,
            len(known),
            len(known & ever[rule.name]),
            len(standing[rule.name] - known) if rule.flag else 0,
        )


def _asked() -> tuple[dict[str, set[Spot]], dict[str, set[Spot]]]:
    """By rule: what was ever asked about, and what the question stands of today."""
    numbers = {
        key: number
        for number, key in enumerate(
            Place.objects.filter(level=Place.Level.VILLAGE).order_by("id").values_list("id", flat=True)
        )
    }
    ever: dict[str, set[Spot]] = defaultdict(set)
    standing: dict[str, set[Spot]] = defaultdict(set)
    rows = Finding.objects.values_list(
        "rule", "organization__place", "contract__lets__asset__number", "gone_day", "verdict"
    )
    for rule, place, asset, gone, verdict in rows:
        ever[rule].add((numbers[place], asset))
        if gone is None and verdict != Finding.Verdict.DISMISSED:
            standing[rule].add((numbers[place], asset))
    return ever, standing
