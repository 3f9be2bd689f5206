"""The contracts of the demonstration that were spoilt on purpose, and how: the known list that screening is measured by.

No rule reads this file. A recipe changes a sound contract as reality does; `KNOWN` says which flags of the
clean-up of contracts (F1 to F13) it should raise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cunwu.assets.entries import ContractEntry, PartyEntry
from cunwu.demo.county import Village

Recipe = Callable[[ContractEntry, Village, date], ContractEntry]
TWICE = "let_twice"
"""The recipe that leaves the contract as it is and adds another one about the same thing."""


@dataclass(frozen=True)
class Fault:
    """One spoilt contract: which village's, of which asset, by which recipe, and the flags that it should raise."""

    village: int
    asset: str
    recipe: str
    flags: frozenset[str]


def _oral(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, written=False)


def _thirty_years(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, until_day=_later(entry, 30), increase_terms=True)


def _eighteen_years(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, until_day=_later(entry, 18), increase_terms=True)


def _cheap(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    (rent,) = entry.rents
    return replace(entry, rents=(replace(rent, amount=(rent.amount or 0) * 3 // 10),))


def _no_vote(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, decision_day=None, decision_note="", in_favour=None, entitled=None)


def _outsider(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, parties=(PartyEntry("田守义", member=False),), in_favour=14, entitled=25)


def _untraded(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, trade=None)


def _pays_at_end(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, pays_at_end=True)


def _incomplete(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, use="", actual_use="", breach_terms=False)


def _to_an_officer(entry: ContractEntry, village: Village, _today: date) -> ContractEntry:
    head = village.committee_head.person
    return replace(entry, parties=(PartyEntry(head.name, member=True, person=head.pk),))


def _built_upon(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, actual_use="建厂房")


def _sublet(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    return replace(entry, sublet="unconsented")


def _larger_on_the_spot(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    (let,) = entry.lets
    return replace(entry, lets=(replace(let, measured=(let.area or 0) * 13 // 10),))


def _expired_in_use(entry: ContractEntry, _village: Village, today: date) -> ContractEntry:
    (rent,) = entry.rents
    ends = today - timedelta(days=300)
    begins = ends - timedelta(days=5 * 365)
    return replace(
        entry, from_day=begins, until_day=ends, in_use_after=True, rents=(replace(rent, from_day=begins),)
    )


def _unpaid(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    """Nothing is wrong with the paper: the rent is not paid, which `demo.collecting` sees to."""
    return entry


def _let_twice(entry: ContractEntry, _village: Village, _today: date) -> ContractEntry:
    """Nothing is wrong with the paper: there is another about the same thing."""
    return entry


def _second(entry: ContractEntry) -> ContractEntry:
    (tenant,) = entry.parties
    other = replace(tenant, name="田守义", person=None, identity="", member=False)
    return replace(
        entry,
        number=f"{entry.number}乙",
        parties=(other,),
        trade=None,
        in_favour=24,
        approved_day=entry.signed_day,
    )


def _later(entry: ContractEntry, years: int) -> date | None:
    began = entry.from_day
    return None if began is None else began.replace(year=began.year + years, day=min(began.day, 28))


RECIPES: dict[str, Recipe] = {
    "oral": _oral,
    "thirty_years": _thirty_years,
    "eighteen_years": _eighteen_years,
    "cheap": _cheap,
    "no_vote": _no_vote,
    "outsider": _outsider,
    "untraded": _untraded,
    "pays_at_end": _pays_at_end,
    "incomplete": _incomplete,
    "to_an_officer": _to_an_officer,
    "built_upon": _built_upon,
    "sublet": _sublet,
    "larger_on_the_spot": _larger_on_the_spot,
    "expired_in_use": _expired_in_use,
    "unpaid": _unpaid,
    TWICE: _let_twice,
}
KNOWN = tuple(
    Fault(village, asset, recipe, frozenset(flags.split()))
    for village, asset, recipe, flags in (
        (0, "Z-02", "unpaid", "F5"),
        (0, "Z-04", "eighteen_years", "F3"),
        (1, "Z-01", "oral", "F1"),
        (1, "Z-05", "thirty_years", "F2 F3"),
        (2, "Z-03", "cheap", "F4"),
        (3, "Z-01", "no_vote", "F6"),
        (4, "Z-03", "let_twice", "F7 F9 F12"),
        (5, "Z-04", "untraded", "F7"),
        (6, "Z-02", "pays_at_end", "F8"),
        (7, "Z-03", "incomplete", "F9"),
        (8, "Z-06", "to_an_officer", "F10"),
        (9, "Z-03", "built_upon", "F11"),
        (10, "Z-02", "larger_on_the_spot", "F12"),
        (11, "Z-05", "expired_in_use", "F13"),
        (13, "Z-06", "unpaid", "F5"),
        (14, "Z-01", "outsider", "F6 F9"),
        (16, "Z-05", "sublet", "F11"),
        (17, "Z-02", "cheap", "F4"),
        (19, "Z-04", "thirty_years", "F3"),
        (20, "Z-03", "unpaid", "F5"),
        (22, "Z-06", "thirty_years", "F2 F3"),
        (24, "Z-01", "untraded", "F7"),
        (25, "Z-05", "no_vote", "F6"),
        (26, "Z-02", "expired_in_use", "F13"),
        (28, "Z-04", "oral", "F1"),
        (29, "Z-01", "unpaid", "F5"),
    )
)
_BY_CONTRACT = {(fault.village, fault.asset): fault for fault in KNOWN}


def of(village: int, asset: str) -> Fault | None:
    """What was spoilt about the contract of that asset, if anything."""
    return _BY_CONTRACT.get((village, asset))


def spoil(entry: ContractEntry, number: int, village: Village, today: date) -> tuple[ContractEntry, ...]:
    """The contract as the demonstration registers it: spoilt if the list says so, and with another about the same thing
    where that is what is wrong."""
    fault = of(number, entry.lets[0].asset)
    if fault is None:
        return (entry,)
    spoilt = RECIPES[fault.recipe](entry, village, today)
    return (spoilt, _second(spoilt)) if fault.recipe == TWICE else (spoilt,)
