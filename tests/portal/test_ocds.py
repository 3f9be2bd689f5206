"""Contracts as open data: a release package that the standard's own validator accepts, without the network."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from libcoveocds.api import ocds_json_output
from libcoveocds.config import LibCoveOCDSConfig
from pytest_django import Settings

from assets.conftest import assets, lease
from assets.test_publishing import ledgers
from cunwu.assets import actions
from cunwu.assets.entries import LetEntry, PartyEntry, RentEntry, TradeEntry
from cunwu.assets.models import MU, Contract
from cunwu.assets.ocds import Source, release_package
from cunwu.assets.publishing import draft_holdings
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import Publication
from cunwu.portal import bake, contracts, queries
from cunwu.portal.export import export_site

if TYPE_CHECKING:
    from conftest import Village

pytestmark = pytest.mark.slow

__all__ = ["assets", "ledgers"]
SCHEMA = Path(__file__).parent / "ocds-1.1.5"


@pytest.fixture
def published(village: Village, ledgers: None, now: datetime, site: Path) -> Publication:
    """The pond for five years, the field for rice, the shop won in an open trade: published and baked."""
    shop = lease(
        "2025-03",
        title="门面房租赁合同",
        kind="lease",
        parties=(PartyEntry("示范商贸有限公司", kind="organization"),),
        lets=(LetEntry("Z-03"),),
        rents=(RentEntry(date(2025, 1, 1), every="quarter", amount=300_000),),
        trade=TradeEntry("示范县农村产权交易中心", date(2024, 12, 10), 1_200_000, bids=4),
        signed_day=date(2024, 12, 20),
        from_day=date(2025, 1, 1),
        until_day=date(2028, 1, 1),
    )
    actions.register_contracts(village.clerk, village.collective, [shop], now=now)
    return publish(village, now)


def publish(village: Village, now: datetime) -> Publication:
    """What the ledgers hold, signed, published, logged and baked."""
    draft = draft_holdings(village.wang, village.collective, now=now)
    disclosure.sign(village.zhao, draft, now=now)
    made = disclosure.publish(village.xiulan, draft, now=now)
    log.sequence(now=now)
    bake.bake_all(now=now)
    return made


def package_of(publication: Publication, site: Path) -> dict[str, Any]:
    """The package as it lies beside the publication."""
    data = (site / f"d/{publication.public_id}/ocds.json").read_text(encoding="utf-8")
    package: dict[str, Any] = json.loads(data)
    return package


def require_valid(package: dict[str, Any], folder: Path) -> None:
    """The validator has nothing to say."""
    found = judged(package, folder)
    assert found["validation_errors"] == []
    assert found["additional_fields"] == []
    assert found["additional_checks"] == {}
    assert found["additional_open_codelist_values"] == {}
    assert found["additional_closed_codelist_values"] == {}
    assert found["version_used"] == "1.1"


def closed_codelists(node: Any) -> dict[str, list[str]]:
    """The closed lists of the schema by file name: their codes stand in it, beside the name."""
    found: dict[str, list[str]] = {}
    if isinstance(node, dict):
        codes = node.get("enum") or (node.get("items") or {}).get("enum")
        if "codelist" in node and codes:
            found[node["codelist"]] = [code for code in codes if code is not None]
        for below in node.values():
            found |= closed_codelists(below)
    return found


def judged(package: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What libcoveocds says of it, with the schema that lies here."""
    standard = folder / "standard.zip"
    with zipfile.ZipFile(standard, "w") as kept:
        kept.writestr("standard/", "")
        for path in sorted(SCHEMA.rglob("*")):
            if path.is_file():
                kept.write(path, f"standard/schema/{path.relative_to(SCHEMA)}")
        schema = json.loads((SCHEMA / "release-schema.json").read_text(encoding="utf-8"))
        for name, codes in closed_codelists(schema).items():
            kept.writestr(f"standard/schema/codelists/{name}", "\n".join(("Code", *codes)))
    config = LibCoveOCDSConfig({"standard_zip": f"file://{standard}", "context": "api"})
    found: dict[str, Any] = ocds_json_output(
        str(folder), json_data=package, lib_cove_ocds_config=config, record_pkg=False
    )
    return found


def test_the_validator_of_the_standard_accepts_it(published: Publication, site: Path, tmp_path: Path) -> None:
    require_valid(package_of(published, site), tmp_path)


def test_the_validator_is_awake(published: Publication, site: Path, tmp_path: Path) -> None:
    """A tag that there is not, a role that there is not, a day that is none: each is told."""
    package = package_of(published, site)
    first = package["releases"][0]
    first["tag"] = ["rented"]
    first["parties"][1]["roles"] = ["tenant"]
    first["contracts"][0]["dateSigned"] = "2022年"
    found = judged(package, tmp_path)
    assert [error["type"] for error in found["validation_errors"]] == ["date-time"]
    assert found["additional_closed_codelist_values"]["releases/tag"]["values"] == ["rented"]
    assert found["additional_open_codelist_values"]["releases/parties/roles"]["values"] == ["tenant"]


def test_what_the_releases_say(village: Village, published: Publication, site: Path) -> None:
    text = (site / f"d/{published.public_id}/ocds.json").read_text(encoding="utf-8")
    assert "马国良" not in text
    assert "马某" in text
    pond, field, shop = json.loads(text)["releases"]
    assert pond["buyer"]["name"] == village.collective.name_zh
    (contract,) = pond["contracts"]
    assert contract["value"] == {"amount": -30000.0, "currency": "CNY"}, (
        "five years at 6,000, paid to the buyer"
    )
    assert contract["period"] == {
        "startDate": "2022-03-01T00:00:00+08:00",
        "endDate": "2027-02-28T23:59:59+08:00",
    }
    assert contract["items"] == [
        {"id": "Z-01", "description": "东坑塘", "quantity": 12.0, "unit": {"name": "亩"}}
    ]
    assert "tender" not in pond
    assert "value" not in field["contracts"][0]
    assert contract["title"] == "东坑塘（其他方式承包）"
    assert contract["description"] == "集体收款；每年6,000.00元"
    assert field["contracts"][0]["description"] == "集体收款；每亩稻谷700斤"
    (page,) = contract["documents"]
    assert page["url"].endswith(f"/zh/d/{published.public_id}/")
    assert shop["tender"]["procurementMethod"] == "open"
    assert shop["tender"]["numberOfTenderers"] == 4
    assert shop["tender"]["procurementMethodDetails"] == "产权交易（示范县农村产权交易中心）"
    assert shop["awards"][0]["date"] == "2024-12-10T00:00:00+08:00"
    assert shop["contracts"][0]["value"]["amount"] == -36000.0
    assert len({release["ocid"] for release in (pond, field, shop)}) == 3
    assert all(release["ocid"].startswith("ocds-213czf-") for release in (pond, field, shop))


def test_residents_find_it_beside_the_table(
    published: Publication, read: Callable[[str], str], settings: Settings
) -> None:
    assert "合同数据（OCDS 1.1）" in read(f"zh/d/{published.public_id}/index.html")
    assert "Contracts (OCDS 1.1)" in read(f"en/d/{published.public_id}/index.html")
    facts = queries.publication(published.public_id)
    assert facts is not None
    real = settings.CUNWU.model_copy(update={"mode": "production"})
    settings.CUNWU = real
    assert contracts.files(facts) == {}, "no county publishes under somebody else's prefix"
    settings.CUNWU = real.model_copy(update={"ocid_prefix": "ocds-abc123"})
    assert b'"ocds-abc123-' in contracts.files(facts)["ocds.json"]


def test_an_amended_contract_stays_the_same_process_and_a_renewed_one_names_the_prior(
    village: Village, ledgers: None, now: datetime, site: Path, tmp_path: Path
) -> None:
    """马国良's rent goes up by an amendment, with a guarantor; the company's field is let to it anew, open-ended."""
    pond, field = (Contract.objects.get(number=number) for number in ("2022-01", "2025-02"))
    day = date(2026, 9, 1)
    parties = (PartyEntry("马国良", member=True), PartyEntry("欧阳春来", role="guarantor"))
    dearer = lease(
        "2026-01", parties=parties, signed_day=day, from_day=day, rents=(RentEntry(day, amount=700_050),)
    )
    anew = lease(
        "2026-02",
        parties=(PartyEntry("示范农业有限公司", kind="organization"),),
        lets=(LetEntry("Z-02", 30 * MU),),
        rents=(),
        signed_day=None,
        from_day=day,
        until_day=None,
        open_ended=True,
    )
    actions.follow_contract(village.clerk, pond, dearer, "amendment", now=now)
    actions.follow_contract(village.clerk, field, anew, "renewal", now=now)
    package = package_of(publish(village, now), site)
    require_valid(package, tmp_path)
    assert not any(name in json.dumps(package, ensure_ascii=False) for name in ("马国良", "欧阳", "春来"))
    amended, renewed = package["releases"]
    assert amended["ocid"] == f"ocds-213czf-{pond.public_id}"
    assert amended["tag"] == ["contractAmendment"]
    (contract,) = amended["contracts"]
    assert contract["id"] == contract["awardID"] == "2022-01"
    assert contract["amendments"] == [{"id": "2026-01", "date": "2026-09-01T00:00:00+08:00"}]
    assert contract["value"]["amount"] == -3471.48, "half a year at 7,000.50, in proportion to its days"
    assert [party["name"] for party in amended["parties"]] == [village.collective.name_zh, "马某"]
    assert amended["parties"][1]["id"] == f"{pond.public_id}-2022-01-1"
    (prior,) = renewed["relatedProcesses"]
    assert prior["relationship"] == ["prior"]
    assert prior["identifier"] == f"ocds-213czf-{field.public_id}"
    assert renewed["tag"] == ["contract"]
    assert renewed["contracts"][0]["id"] == "2026-02"
    assert renewed["contracts"][0]["description"] == "集体收款；期限为长期"


def test_of_a_contract_that_amendments_split_each_part_has_its_own_number(now: datetime) -> None:
    """Two that amend 2022-01: the first goes on under its number."""
    common = {
        "kind": "lease", "direction": "pays", "parties": ["示范建筑有限公司"], "roles": ["other_side"], "area": None,
        "rent": None, "in_kind": "", "total": 10_000, "signed": None, "from": None, "until": None, "open_ended": False,
        "expired": True, "trade": None, "process": "p", "amends": ["2022-01"], "renews": None,
    }  # fmt: skip
    assets = [
        {"number": f"Z-0{n}", "name": "门面房", "area": None, "contracts": [{**common, "id": each, "number": each}]}
        for n, each in enumerate(("2026-01", "2026-02"))
    ]  # fmt: skip
    source = Source("ocds-213czf", "http://p", "示范县", "d", now, "2026Q4", "合作社", "o")
    first, second = release_package({"assets": assets}, source)["releases"]
    assert first["ocid"] == second["ocid"]
    assert first["id"] != second["id"]
    assert [each["contracts"][0]["id"] for each in (first, second)] == ["2022-01", "2026-02"]
    assert first["contracts"][0]["value"]["amount"] == 100, "who pays is the collective"
    assert first["contracts"][0]["status"] == "terminated"
    assert "period" not in first["contracts"][0]


def test_a_later_bake_adds_it_to_what_was_published_before(
    published: Publication, site: Path, now: datetime, tmp_path: Path
) -> None:
    """After an upgrade, or once the county has its prefix; a mirror has it too."""
    path = site / f"d/{published.public_id}/ocds.json"
    before = path.read_bytes()
    path.unlink()
    bake.bake_all(now=now)
    assert path.read_bytes() == before
    export_site(tmp_path / "mirror", now=now)
    assert (tmp_path / f"mirror/d/{published.public_id}/ocds.json").read_bytes() == before


def test_a_document_of_before_has_none_and_no_link() -> None:
    assert not contracts.are_in({"format": "cunwu-holdings/1", "assets": [{"contracts": [{"number": "1"}]}]})
    assert not contracts.are_in({"format": "cunwu-decision/1"})
