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
from cunwu.assets.publishing import draft_holdings
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import Publication
from cunwu.portal import bake, downloads, queries

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
    draft = draft_holdings(village.wang, village.collective, now=now)
    disclosure.sign(village.zhao, draft, now=now)
    made = disclosure.publish(village.xiulan, draft, now=now)
    log.sequence(now=now)
    bake.bake_all(now=now)
    return made


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
    package = json.loads((site / f"d/{published.public_id}/ocds.json").read_text(encoding="utf-8"))
    found = judged(package, tmp_path)
    assert found["validation_errors"] == []
    assert found["additional_fields"] == []
    assert found["additional_checks"] == {}
    assert found["additional_open_codelist_values"] == {}
    assert found["additional_closed_codelist_values"] == {}
    assert found["version_used"] == "1.1"


def test_the_validator_is_awake(published: Publication, site: Path, tmp_path: Path) -> None:
    """A tag that there is not, a role that there is not, a day that is none: each is told."""
    package = json.loads((site / f"d/{published.public_id}/ocds.json").read_text(encoding="utf-8"))
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
        "endDate": "2027-02-28T00:00:00+08:00",
    }
    assert contract["items"] == [
        {"id": "Z-01", "description": "东坑塘", "quantity": 12.0, "unit": {"name": "亩"}}
    ]
    assert "tender" not in pond
    assert "value" not in field["contracts"][0]
    assert field["contracts"][0]["description"] == "每亩稻谷700斤"
    assert shop["tender"]["procurementMethod"] == "open"
    assert shop["tender"]["numberOfTenderers"] == 4
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
    assert downloads.contracts(facts) == {}, "no county publishes under somebody else's prefix"
    settings.CUNWU = real.model_copy(update={"ocid_prefix": "ocds-abc123"})
    assert b'"ocds-abc123-' in downloads.contracts(facts)["ocds.json"]
