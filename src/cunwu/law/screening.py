"""The closed list of screening rules and their thresholds. A pack says from what figure on a question is asked, and by
which clause; what the question is and how it is found is Python (`oversight.rules`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cunwu.law.entries import Entry, Item

THRESHOLDS: dict[str, tuple[str, ...]] = {
    "oral_contract": ("least_days",),
    "over_long_term": ("lease_years", "four_wastes_years", "forest_years"),
    "long_term": ("years",),
    "low_rent": ("percent", "least_neighbours", "years_without_increase"),
    "unpaid": ("days",),
    "no_decision": (),
    "not_traded": ("line_yuan",),
    "pays_at_end": (),
    "incomplete": (),
    "officer_is_party": (),
    "many_contracts": ("contracts",),
    "other_use": (),
    "area_mismatch": ("percent",),
    "let_twice": (),
    "expired_in_use": (),
    "prepaid_beyond_term": ("months",),
    "early_renewal": ("days",),
    "split_amount": ("line_yuan", "days"),
}
"""Rule: the thresholds that its pack entry must give, and no others."""


class RuleTerms(Item):
    """From a day: whether the question is asked, and from what figures on. Whole numbers, their unit in the name."""

    on: bool = True
    thresholds: dict[str, Annotated[int, Field(ge=0)]] = {}


class RuleEntry(Entry):
    """`rules/NAME.yaml`."""

    overridable: Literal["no", "any"] = "any"
    history: list[RuleTerms] = Field(min_length=1)
