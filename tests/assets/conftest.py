"""云溪村 with a pond, a field and a shop that its collective owns."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from cunwu.assets import actions
from cunwu.assets.entries import AssetEntry, ContractEntry, LetEntry, PartyEntry, RentEntry
from cunwu.assets.models import MU, Asset

if TYPE_CHECKING:
    from conftest import Village

POND = AssetEntry("Z-01", "东坑塘", "water", location="村东", area=12 * MU)
FIELD = AssetEntry("Z-02", "南洼地", "reserve_land", location="村南", area=30 * MU)
SHOP = AssetEntry("Z-03", "沿街门面房", "building", location="村委会东侧", value=30_000_000)


def lease(number: str = "2022-01", **changed: object) -> ContractEntry:
    """The pond, let to 马国良 for five years at 6,000 yuan a year."""
    stated: dict[str, object] = {
        "number": number,
        "title": "东坑塘承包合同",
        "kind": "other_contracting",
        "parties": (PartyEntry("马国良", member=True),),
        "lets": (LetEntry("Z-01", 12 * MU),),
        "rents": (RentEntry(date(2022, 3, 1), amount=600_000),),
        "signed_day": date(2022, 2, 20),
        "from_day": date(2022, 3, 1),
        "until_day": date(2027, 3, 1),
        "written": True,
        "use": "养鱼",
    }
    return ContractEntry(**(stated | changed))  # type: ignore[arg-type]


@pytest.fixture
def assets(village: Village, now: datetime) -> dict[str, Asset]:
    """What the collective owns, by number."""
    made = actions.register_assets(village.clerk, village.collective, [POND, FIELD, SHOP], now=now)
    return {asset.number: asset for asset in made}
