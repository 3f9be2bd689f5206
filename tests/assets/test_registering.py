"""Registering assets and contracts: what is taken in, what is refused, and that numbers are sealed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from assets.conftest import POND, lease
from cunwu.assets import actions
from cunwu.assets.entries import LetEntry, PartyEntry, RentEntry
from cunwu.assets.models import Asset, Contract, ContractParty
from cunwu.errors import Invalid, NotAllowed, NotFound, NotReady
from cunwu.org.models import AuditEntry

if TYPE_CHECKING:
    from conftest import Village

ADULT = "11010519491231002X"


def test_a_lease_is_registered_with_its_parts(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    """What the clerk states is what the ledger holds, and one audit entry says who."""
    (contract,) = actions.register_contracts(village.clerk, village.collective, [lease()], now=now)
    assert [p.name for p in contract.parties.all()] == ["马国良"]
    assert [let.asset.name for let in contract.lets.all()] == ["东坑塘"]
    assert [rent.amount for rent in contract.rents.all()] == [600_000]
    assert contract.runs_on(date(2027, 2, 28))
    assert not contract.runs_on(date(2027, 3, 1))
    entry = AuditEntry.objects.get(action="contracts.register")
    assert entry.actor == village.clerk


def test_an_identity_number_is_sealed(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    """No column holds the number; the same person is found again by the keyed hash."""
    entries = [
        lease(number, parties=(PartyEntry("马国良", identity=ADULT),), lets=()) for number in ("1", "2")
    ]
    actions.register_contracts(village.clerk, village.collective, entries, now=now)
    one, two = ContractParty.objects.order_by("id")
    assert one.identity_index == two.identity_index != ""
    assert ADULT.encode() not in bytes(one.identity_sealed)
    assert bytes(one.identity_sealed) != bytes(two.identity_sealed)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"until_day": date(2022, 3, 1)}, "contract.ends_before_it_begins"),
        ({"open_ended": True}, "contract.open_and_ended"),
        ({"parties": ()}, "contract.no_party"),
        ({"parties": (PartyEntry("马国良", identity="110105194912310021"),)}, "identity.check"),
        ({"rents": (RentEntry(date(2022, 3, 1)),)}, "contract.rent_twofold"),
        ({"rents": (RentEntry(date(2022, 3, 1), amount=600_000 * 10**6),)}, "contract.rent_out_of_range"),
        ({"in_favour": 40, "entitled": 31}, "contract.votes"),
        ({"title": f"马国良{ADULT}承包合同"}, "redaction.identity"),
    ],
)
def test_what_contradicts_itself_is_refused(
    village: Village, assets: dict[str, Asset], now: datetime, changed: dict[str, object], code: str
) -> None:
    """One sentence, and nothing half done."""
    with pytest.raises(Invalid) as refused:
        actions.register_contracts(village.clerk, village.collective, [lease("9"), lease(**changed)], now=now)
    assert refused.value.code == code
    assert not Contract.objects.exists()


def test_an_asset_that_nobody_registered_is_refused(village: Village, now: datetime) -> None:
    """A contract names assets that are in the ledger."""
    with pytest.raises(NotFound) as refused:
        actions.register_contracts(village.clerk, village.collective, [lease(lets=(LetEntry("X"),))], now=now)
    assert refused.value.code == "contract.no_asset"


def test_a_number_is_taken_once(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    """The same number twice, in the ledger or in one list."""
    with pytest.raises(NotReady) as refused:
        actions.register_assets(village.clerk, village.collective, [POND], now=now)
    assert refused.value.code == "asset.number_taken"
    with pytest.raises(NotReady) as refused:
        actions.register_contracts(village.clerk, village.collective, [lease(), lease()], now=now)
    assert refused.value.code == "contract.number_taken"


def test_who_may_not(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    """The supervision committee looks; it does not keep what it supervises."""
    with pytest.raises(NotAllowed) as refused:
        actions.register_contracts(village.zhao, village.collective, [lease()], now=now)
    assert refused.value.code == "authority.capability"


def test_a_renewal_follows_and_ends_the_old_one(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    """The old contract ends on the day on which the new one begins; a second end is refused."""
    (old,) = actions.register_contracts(village.clerk, village.collective, [lease()], now=now)
    begins = date(2027, 3, 1)
    entry = lease("2027-01", from_day=begins, until_day=date(2032, 3, 1), signed_day=date(2027, 2, 1))
    new = actions.follow_contract(village.clerk, old, entry, "renewal", now=now)
    old.refresh_from_db()
    assert (old.ended_day, old.ended_because) == (begins, "renewed")
    assert new.follows == old
    with pytest.raises(NotReady) as refused:
        actions.end_contract(village.clerk, old, date(2026, 1, 1), "early", now=now)
    assert refused.value.code == "contract.ended_already"
