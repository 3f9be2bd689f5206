"""The invented county's five clears: pilot villages first, stock taken from the ledgers, some faults put right, arrears paid.

Which contracts are put right stands in `REMEDIES`; every other fault of `demo.faults` still waits. The figures of the
county's board come out of the ledgers that this leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cunwu.assets import actions as ledgers
from cunwu.assets import receivables
from cunwu.assets.correcting import Inspection, inspect_contract
from cunwu.assets.entries import ContractEntry, PartyEntry
from cunwu.assets.models import Contract
from cunwu.assets.queries import OWED
from cunwu.demo.county import County, Village
from cunwu.demo.holdings import sound_contract
from cunwu.disclosure import actions as disclosure
from cunwu.org.authority import CLOCK, local_day
from cunwu.oversight import actions as findings
from cunwu.oversight.models import Finding
from cunwu.programmes import actions, files
from cunwu.programmes.models import CaseItem, Participation, Programme
from cunwu.programmes.publishing import draft_result

Remedy = Callable[[Village, Contract, ContractEntry, datetime], None]
COMPANY = "91990101MA0DEM0051"
"""The invented company's credit code: its check character is right, its place is not in use."""
PILOTS = 10
"""So many villages are pilots: those of the first town."""
PUBLISHED = (7, 10)
"""Villages that published their result."""


@dataclass(frozen=True)
class Cure:
    """How a spoilt contract is put right: what is planned, what is done, how the item ends."""

    outcome: str
    plan: str
    note: str
    do: Remedy


def start(county: County, *, now: datetime) -> Programme:
    """The county starts the programme; screening has been asked once, so that there is something to find."""
    findings.ask_every_day(CLOCK, now=now)
    programme = actions.start_programme(county.county_officer, "five_clears", now=now)
    actions.put_in_charge(
        county.county_officer, programme, "district", county.place, county.county_officer, now=now
    )
    return programme


def join(county: County, programme: Programme, numbers: Sequence[int], *, now: datetime) -> None:
    """Let villages take part, say who answers, take stock in each."""
    runner = county.county_officer
    villages = [county.villages[number] for number in numbers]
    phase = "pilot" if numbers[0] < PILOTS else "rollout"
    joined = actions.join(runner, programme, [village.books for village in villages], phase, now=now)
    for town in {officer.pk: officer for v in villages for officer in (county.township_officer(v),)}.values():
        actions.put_in_charge(runner, programme, "street", town.organization.place, town, now=now)
    for village, part in zip(villages, joined, strict=True):
        town = county.township_officer(village)
        actions.put_in_charge(runner, programme, "community", village.place, town, now=now)
        actions.put_in_charge(runner, programme, "village", village.place, village.party_secretary, now=now)
        files.take_stock(village.clerk, part, now=now)


def put_right(county: County, number: int, asset: str, *, now: datetime) -> None:
    """Plan for one spoilt contract, do what the plan says, and settle once screening no longer asks."""
    village, cure = county.villages[number], REMEDIES[number, asset]
    items = CaseItem.objects.filter(contract__lets__asset__number=asset, clears="contracts", outcome="")
    item = items.get(file__participation__organization=village.books)
    files.plan(village.clerk, item, cure.outcome, cure.plan, now=now)
    contract = item.contract
    if contract is not None:
        cure.do(village, contract, sound_contract(village, number, asset, local_day(now)), now)
    findings.ask(county.township_officer(village), village.books, now=now)
    files.settle(village.clerk, item, cure.outcome, cure.note, now=now)


def settle_arrears(county: County, *, now: datetime) -> None:
    """Settle the items of arrears that are paid by now."""
    paid = CaseItem.objects.filter(clears="arrears", outcome="").select_related(
        "file__participation__organization"
    )
    clerks = {village.books.pk: village.clerk for village in county.villages}
    for item in paid:
        clerk = clerks[item.file.participation.organization_id]
        due = item.contract.receivables.filter(due_day__lt=local_day(now)) if item.contract else None
        if due is not None and not due.annotate(left=OWED).filter(left__gt=0).exists():
            files.plan(clerk, item, "collected", "约谈后限期交清。", now=now)
            files.settle(clerk, item, "collected", "欠租已交清，收据已入账。", now=now)


def settle_sound(county: County, *, now: datetime) -> None:
    """Settle the contracts of which nothing is asked any more: they were found for what is paid since."""
    asked = Finding.objects.filter(gone_day=None).values("contract")
    sound = CaseItem.objects.filter(clears="contracts", outcome="").exclude(contract__in=asked)
    clerks = {village.books.pk: village.clerk for village in county.villages}
    for item in sound.select_related("file__participation__organization", "file__participation__programme"):
        clerk = clerks[item.file.participation.organization_id]
        files.plan(clerk, item, "confirmed", "欠租交清后核对合同，照旧履行。", now=now)
        files.settle(clerk, item, "confirmed", "欠租已交清，合同核对无误。", now=now)


def plan_ahead(county: County, *, now: datetime) -> None:
    """What waits for the representatives: planned, not yet decided."""
    for (number, asset), text in PLANNED.items():
        if number < len(county.villages):
            village = county.villages[number]
            items = CaseItem.objects.filter(
                contract__lets__asset__number=asset, clears="contracts", outcome=""
            )
            item = items.get(file__participation__organization=village.books)
            files.plan(village.clerk, item, "renegotiated", text, now=now)


def publish(county: County, number: int, *, now: datetime) -> None:
    """Tell the village's residents how its clean-up stands."""
    village = county.villages[number]
    part = Participation.objects.select_related("programme", "organization").get(organization=village.books)
    draft = draft_result(village.clerk, part, now=now)
    disclosure.sign(village.supervision_head, draft, now=now)
    disclosure.publish(village.committee_head, draft, now=now)


def _amend(village: Village, old: Contract, sound: ContractEntry, now: datetime) -> None:
    """A sound contract in writing for what is left of the term."""
    today = local_day(now)
    (rent,) = sound.rents
    entry = replace(
        sound,
        number=f"{old.number}补",
        signed_day=today,
        from_day=today,
        decision_day=today - timedelta(days=10),
        trade=None if sound.trade is None else replace(sound.trade, day=today - timedelta(days=3)),
        rents=(replace(rent, from_day=today),),
    )
    ledgers.follow_contract(village.clerk, old, entry, "amendment", now=now)


def _let_anew(village: Village, old: Contract, sound: ContractEntry, now: datetime) -> None:
    """The old tenant leaves, a company that bid takes it."""
    today = local_day(now)
    inspect_contract(village.clerk, old, Inspection(in_use_after=False), now=now)
    ledgers.end_contract(village.clerk, old, today, Contract.Ended.RETURNED, now=now)
    (rent,) = sound.rents
    entry = replace(
        sound,
        number=f"{today.year}-{old.number[-2:]}",
        parties=(PartyEntry("示范果业有限公司", kind="organization", member=False, credit_code=COMPANY),),
        signed_day=today,
        from_day=today,
        until_day=today.replace(year=today.year + 3, day=min(today.day, 28)),
        decision_day=today - timedelta(days=30),
        approved_day=today - timedelta(days=12),
        in_favour=22,
        rents=(replace(rent, from_day=today),),
        trade=None if sound.trade is None else replace(sound.trade, day=today - timedelta(days=6)),
    )
    ledgers.register_contracts(village.clerk, village.books, [entry], now=now)


def _restore(village: Village, old: Contract, _sound: ContractEntry, now: datetime) -> None:
    """What was built is gone, as somebody saw on the spot."""
    inspect_contract(village.clerk, old, Inspection(actual_use=old.use), now=now)


def _pay(village: Village, old: Contract, _sound: ContractEntry, now: datetime) -> None:
    """All that is overdue is paid."""
    today = local_day(now)
    for debt in old.receivables.filter(due_day__lte=today).annotate(left=OWED).filter(left__gt=0):
        receivables.receive(village.accountant, debt, debt.owed, today, now=now)


REMEDIES: dict[tuple[int, str], Cure] = {
    (7, "Z-03"): Cure(
        "supplemented", "补齐用途和违约条款，重签文本。", "补充合同已签，两份原件归档。", _amend
    ),
    (9, "Z-03"): Cure("confirmed", "限期拆除，恢复耕种。", "现场查看已经恢复耕种。", _restore),
    (10, "Z-02"): Cure(
        "supplemented", "按实测面积补签，多出的面积从今年起收。", "按实测面积签了补充合同。", _amend
    ),
    (13, "Z-06"): Cure("confirmed", "约谈承租户，两年欠租一次交清。", "欠租交清，合同照旧履行。", _pay),
    (19, "Z-04"): Cure(
        "supplemented", "三十年的年限改为十年，租金不变。", "补充合同已签，年限改短。", _amend
    ),
    (26, "Z-02"): Cure("let_anew", "收回后公开发包。", "原承包户交回，公开发包后新签三年。", _let_anew),
    (28, "Z-04"): Cure("supplemented", "口头合同补成书面，租金不变。", "书面合同已签。", _amend),
}
"""What the county put right by its present: village and asset."""
PLANNED = {
    (1, "Z-05"): "三十年改为不超过二十年，租金三年一调，提交村民代表会议决议。",
    (2, "Z-03"): "参照周边地块重新议定租金，提交村民代表会议决议。",
    (17, "Z-02"): "参照周边地块重新议定租金，提交村民代表会议决议。",
    (22, "Z-06"): "超过二十年的部分无效，重新约定年限，提交村民代表会议决议。",
}
"""What is planned and waits for a decision: village and asset."""
