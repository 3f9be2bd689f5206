"""What an invented village's collective owns and has let: sound contracts, and those that somebody spoilt on purpose.

Always the same for the same village and day. Which contract is spoilt and how stands in `demo.faults`, never in a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from cunwu.assets import actions
from cunwu.assets.entries import AssetEntry, ContractEntry, LetEntry, PartyEntry, RentEntry, TradeEntry
from cunwu.assets.models import MU, SQUARE_METRE
from cunwu.demo import faults
from cunwu.demo.county import Village
from cunwu.org.authority import local_day
from cunwu.org.models import Membership

YUAN = 100
VENUE = "示范县农村产权交易中心"
REPRESENTATIVES = 25


@dataclass(frozen=True)
class Slot:
    """One kind of thing that villages let: its size, its rent by the unit and year in yuan, how long it is let."""

    number: str
    name: str
    kind: str
    contract: str
    use: str
    location: str
    sizes: tuple[int, int]
    square_metres: bool
    rent: int
    years: int

    @property
    def unit(self) -> int:
        """Millionths of a mu in the unit that sizes and rents are stated in."""
        return SQUARE_METRE if self.square_metres else MU


SLOTS = (
    Slot("Z-01", "东坑塘", "water", "other_contracting", "养鱼", "村东", (5, 20), False, 400, 5),
    Slot("Z-02", "老果园", "orchard", "other_contracting", "种果树", "村北岭下", (15, 40), False, 300, 10),
    Slot("Z-03", "南洼机动地", "reserve_land", "other_contracting", "种粮", "村南", (20, 60), False, 500, 3),
    Slot("Z-04", "西岭荒坡", "four_wastes", "other_contracting", "造林", "村西", (30, 120), False, 60, 10),
    Slot("Z-05", "沿街门面房", "building", "lease", "商店", "村委会东侧", (80, 200), True, 100, 5),
    Slot("Z-06", "旧校舍", "building", "lease", "仓库", "村小学旧址", (300, 600), True, 18, 5),
)
OWN = (
    AssetEntry("Z-07", "村委会办公房", "building", "村中心", area=260 * SQUARE_METRE, self_used=True),
    AssetEntry("Z-08", "屋顶光伏电站", "photovoltaic", "村委会屋顶", capacity=60_000, self_used=True),
    AssetEntry("Z-09", "机井", "equipment", "南洼", value=68_000 * YUAN, self_used=True),
)
IDLE = {(4, "Z-06"), (12, "Z-05"), (18, "Z-06"), (23, "Z-04"), (27, "Z-06")}
"""Village and asset: not let to anybody."""
EXPIRING = {(0, "Z-01"): 20, (6, "Z-05"): 70, (13, "Z-03"): 80, (15, "Z-01"): 150, (21, "Z-02"): 170}
"""Village and asset: days from the demo's present until the contract ends."""


def take_in(village: Village, number: int, *, today: date, now: datetime) -> list[ContractEntry]:
    """Register what the village owns and what it had let by then, as the clerk would from the old ledger.

    Returns the contracts that are signed later, for `sign` on their days.
    """
    random, sizes = _chance(village)
    owned = [_asset(slot, sizes[slot.number]) for slot in SLOTS]
    actions.register_assets(village.clerk, village.books, [*owned, *OWN], now=now)
    sound = _sound(_Drawing(random, _tenants(village), number, today), sizes)
    entries = [spoilt for entry in sound.values() for spoilt in faults.spoil(entry, number, village, today)]
    begun = [e for e in entries if e.signed_day is None or e.signed_day <= local_day(now)]
    actions.register_contracts(village.clerk, village.books, begun, now=now)
    return [e for e in entries if e not in begun]


def sound_contract(village: Village, number: int, asset: str, today: date) -> ContractEntry:
    """The contract about an asset as it should have been."""
    random, sizes = _chance(village)
    return _sound(_Drawing(random, _tenants(village), number, today), sizes)[asset]


def _chance(village: Village) -> tuple[Random, dict[str, int]]:
    """The village's chance, and the sizes that it drew first."""
    random = Random(f"cunwu/holdings/{village.place.name_zh}")  # noqa: S311  (invented, no secret)
    return random, {slot.number: random.randrange(*slot.sizes) for slot in SLOTS}


def _sound(drawing: _Drawing, sizes: dict[str, int]) -> dict[str, ContractEntry]:
    """A sound contract for each thing that is not idle."""
    let = [slot for slot in SLOTS if (drawing.village, slot.number) not in IDLE]
    return {slot.number: drawing.contract(slot, sizes[slot.number]) for slot in let}


def sign(village: Village, entry: ContractEntry, *, now: datetime) -> None:
    """Register a contract of the day."""
    actions.register_contracts(village.clerk, village.books, [entry], now=now)


def _asset(slot: Slot, size: int) -> AssetEntry:
    value = size * slot.rent * 12 * YUAN if slot.square_metres else None
    return AssetEntry(slot.number, slot.name, slot.kind, slot.location, area=size * slot.unit, value=value)


def _tenants(village: Village) -> list[tuple[int, str]]:
    committee = village.clerk.organization
    rows = Membership.objects.filter(organization=committee, roll="villager").order_by("id")
    return list(rows.values_list("person", "person__name"))


@dataclass(frozen=True)
class _Drawing:
    """One village's chance: contracts as they should be, decided by the representatives, traded openly, complete."""

    random: Random
    tenants: list[tuple[int, str]]
    village: int
    today: date

    def contract(self, slot: Slot, size: int) -> ContractEntry:
        rent = size * slot.rent * self.random.randrange(92, 109) // 100 * YUAN
        began = self._began(slot)
        signed = began - timedelta(days=10)
        person, name = self.tenants[self.random.randrange(len(self.tenants))]
        bids = self.random.randrange(2, 5)
        return ContractEntry(
            number=f"{began.year}-{slot.number[-2:]}",
            title=f"{slot.name}{'租赁' if slot.contract == 'lease' else '承包'}合同",
            kind=slot.contract,
            parties=(PartyEntry(name, member=True, person=person),),
            lets=(LetEntry(slot.number, size * slot.unit, size * slot.unit),),
            rents=(RentEntry(began, amount=rent, due_month=began.month, due_day=began.day),),
            trade=TradeEntry(VENUE, signed - timedelta(days=5), rent, floor=rent * 95 // 100, bids=bids),
            signed_day=signed,
            from_day=began,
            until_day=began.replace(year=began.year + slot.years),
            written=True,
            use=slot.use,
            actual_use=slot.use,
            breach_terms=True,
            increase_terms=slot.years > 5,
            pays_at_end=False,
            valuation=rent,
            decision_day=signed - timedelta(days=30),
            decision_note="村民代表会议",
            in_favour=self.random.randrange(18, REPRESENTATIVES),
            entitled=REPRESENTATIVES,
        )

    def _began(self, slot: Slot) -> date:
        """A first of the month or a fifteenth, so that nothing begins on 29 February."""
        left = EXPIRING.get((self.village, slot.number))
        if left is not None:
            ends = self.today + timedelta(days=left)
            return ends.replace(year=ends.year - slot.years, day=min(ends.day, 28))
        began = self.today - timedelta(days=self.random.randrange(400, slot.years * 365 - 400))
        return began.replace(day=1 if began.day < 15 else 15)
