"""What the choices of the ledgers are called in both languages; the Chinese is the model's own label."""

from __future__ import annotations

from cunwu.assets.models import Asset, Contract, Holding, ProjectFund, RentStep, Venture
from cunwu.law.texts import Text

_ASSETS = {
    "farmland": "farmland",
    "reserve_land": "reserve land",
    "surplus_land": "land measured in excess",
    "orchard": "orchard",
    "forest": "forest land",
    "grassland": "grassland",
    "four_wastes": "four wastes",
    "construction_land": "collective construction land",
    "water": "water",
    "building": "building",
    "equipment": "equipment",
    "photovoltaic": "photovoltaic station",
    "other": "other",
}
_CONTRACTS = {
    "lease": "lease",
    "other_contracting": "contracting by other means",
    "transfer": "transfer of land management rights",
    "cooperation": "co-operation",
    "works": "construction works",
    "purchase": "purchase of goods or services",
    "other": "other",
}
_ENDED = {
    "returned": "taken back at its term",
    "early": "ended early",
    "renewed": "renewed",
    "amended": "amended",
    "void": "found void",
}
_SUBLET = {
    "none": "not handed on",
    "consented": "handed on with consent",
    "unconsented": "handed on without consent",
}
_EVERY = {"year": "a year", "half": "a half-year", "quarter": "a quarter", "month": "a month", "once": "once"}

_SOURCES = {
    "central": "central budget",
    "province": "provincial budget",
    "county": "city and county budget",
    "township": "township budget",
    "collective": "the collective's own money",
    "donation": "donations",
    "labour": "raised case by case",
    "loan": "loans",
    "other": "other",
}
_VENTURES = {
    "cooperative": "farmers' co-operative",
    "company": "company",
    "platform": "platform company",
    "association": "association",
}
_HOLDERS = {
    "collective": "the collective",
    "members": "households",
    "company": "companies",
    "other": "others",
}


def _both(choices: list[tuple[str, str]], english: dict[str, str]) -> dict[str, Text]:
    return {value: Text(zh=label, en=english[value]) for value, label in choices}


ASSET_KINDS = _both(Asset.Kind.choices, _ASSETS)
CONTRACT_KINDS = _both(Contract.Kind.choices, _CONTRACTS)
ENDED = _both(Contract.Ended.choices, _ENDED)
SUBLET = _both(Contract.Sublet.choices, _SUBLET)
SOURCES = _both(ProjectFund.Source.choices, _SOURCES)
VENTURES = _both(Venture.Kind.choices, _VENTURES)
HOLDERS = _both(Holding.Holder.choices, _HOLDERS)
EVERY = _both(RentStep.Every.choices, _EVERY)
STATES = {
    "running": Text(zh="履行中", en="running"),
    "ending": Text(zh="快到期", en="ending soon"),
    "expired": Text(zh="到期未处理", en="expired, not dealt with"),
    "ended": Text(zh="已终止", en="ended"),
    "unwritten": Text(zh="没有书面合同", en="not in writing"),
}
"""States that a list of contracts is filtered by, as `queries.contracts_in_state`."""
