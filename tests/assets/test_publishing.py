"""What residents read of the ledgers: drafted from them, nobody's full name, figures as they stand."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from pytest_django import DjangoAssertNumQueries

from assets.conftest import lease
from cunwu.assets import actions
from cunwu.assets.entries import DebtEntry, LetEntry, PartyEntry, RentEntry
from cunwu.assets.models import MU, Asset, Contract, ContractParty
from cunwu.assets.publishing import FORMAT, ITEM, _content, draft_holdings, shown_name, told
from cunwu.assets.receivables import register_receivables
from cunwu.disclosure import actions as disclosure
from cunwu.documents import actions as documents
from cunwu.errors import NotAllowed, NotReady
from cunwu.portal.tables import table_of

if TYPE_CHECKING:
    from conftest import Village


@pytest.fixture
def ledgers(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    """The pond let to 马国良, who is behind; the field to a company for rice; the shop idle."""
    company = PartyEntry("示范农业有限公司", kind="organization")
    rice = RentEntry(date(2025, 1, 1), goods="稻谷", jin_per_mu=70_000)
    field = lease(
        "2025-02", title="南洼地", parties=(company,), lets=(LetEntry("Z-02", 30 * MU),), rents=(rice,)
    )
    pond, _ = actions.register_contracts(village.clerk, village.collective, [lease(), field], now=now)
    debt = DebtEntry("马国良", "塘租", 360_000, date(2026, 3, 1), contract=pond.pk)
    register_receivables(village.clerk, village.collective, [debt], now=now)


def test_the_document_tells_what_the_ledgers_hold(village: Village, ledgers: None, now: datetime) -> None:
    draft = draft_holdings(village.wang, village.collective, now=now)
    assert (draft.item, draft.period) == (ITEM, "2026Q4")
    data = documents.read(draft.document)
    content = json.loads(data)
    assert content["format"] == FORMAT
    assert content["sums"] == {
        "count": 3, "let": 2, "idle": 1, "self_used": 0, "area": 42 * MU, "overdue": 360_000,
    }  # fmt: skip
    pond = content["assets"][0]["contracts"][0]
    assert (pond["kind"], pond["direction"], pond["roles"]) == (
        "other_contracting",
        "receives",
        ["other_side"],
    )
    assert (pond["signed"], pond["from"], pond["total"]) == ("2022-02-20", "2022-03-01", 3_000_000)
    assert (pond["process"], pond["amends"], pond["renews"]) == (pond["id"], [], None)
    assert "马国良" not in data.decode()
    chinese = told(content, "zh")
    assert chinese.rows == [
        ["Z-01", "东坑塘（水面）", "12", "马某", "2022-01", "6,000.00", "2027-02-28", "3,600.00"],
        ["Z-02", "南洼地（机动地）", "30", "示范农业有限公司", "2025-02", "每亩稻谷700斤", "2027-02-28", ""],
        ["Z-03", "沿街门面房（房屋建筑物）", "", "闲置", "", "", "", ""],
    ]
    english = table_of(content, "en")
    assert english.rows[2][3] == "idle"
    assert [len(row) for row in english.rows] == [len(english.columns)] * 3
    assert not disclosure.open_hits(draft), "the redaction gate lets it pass"


def test_it_takes_as_many_queries_whatever_is_let(
    village: Village, ledgers: None, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Also where 马国良's contract was amended, renewed and amended again: what it continues is told."""
    following = Contract.objects.get(number="2022-01")
    for number, how in (("2026-01", "amendment"), ("2026-02", "renewal"), ("2026-03", "amendment")):
        entry = lease(number, from_day=date(2026, 4 + int(number[-1]), 1))
        following = actions.follow_contract(village.clerk, following, entry, how, now=now)
    with django_assert_num_queries(7):
        content = _content(village.collective, now.date())
    (pond,) = content["assets"][0]["contracts"]
    known = dict(Contract.objects.values_list("number", "public_id"))
    assert (pond["number"], pond["id"]) == ("2026-03", known["2026-03"])
    assert (pond["process"], pond["amends"]) == (known["2026-02"], ["2026-02"])
    assert pond["renews"] == known["2022-01"], "which the first amendment had gone on"


def test_who_may_and_when_there_is_nothing(village: Village, now: datetime) -> None:
    with pytest.raises(NotReady, match="还没有登记资产资源"):
        draft_holdings(village.wang, village.collective, now=now)
    with pytest.raises(NotAllowed):
        draft_holdings(village.zhao, village.collective, now=now)


@pytest.mark.parametrize(("name", "shown"), [("马国良", "马某"), ("欧阳春", "欧阳某")])
def test_people_stand_with_their_family_name(name: str, shown: str) -> None:
    assert shown_name(ContractParty(name=name, kind="person")) == shown
    assert shown_name(ContractParty(name=name, kind="household")) == shown
    assert shown_name(ContractParty(name=name, kind="organization")) == name
