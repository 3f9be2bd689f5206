"""What residents are told of the ledgers: what the collective owns, has let, to whom, for how much, until when, what is overdue.

Written from the ledgers, never typed. Natural persons stand with their family name only; organizations with their name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Sum

from cunwu.assets.areas import mu_text
from cunwu.assets.models import Asset, Contract, ContractParty, Let, Receivable
from cunwu.assets.queries import OWED, assets_of, holdings
from cunwu.assets.receivables import as_terms
from cunwu.assets.schedules import spans
from cunwu.assets.words import ASSET_KINDS
from cunwu.disclosure.models import Draft
from cunwu.disclosure.publishing import propose_for
from cunwu.documents.cells import day_text, money_text
from cunwu.errors import NotReady
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment, Organization

FORMAT = "cunwu-holdings/1"
ITEM = "collective_holdings"
COLUMNS = (
    Text(zh="编号", en="Number"),
    Text(zh="资产资源", en="Asset"),
    Text(zh="面积（亩）", en="Area, mu"),
    Text(zh="使用人", en="Let to"),
    Text(zh="合同编号", en="Contract"),
    Text(zh="每年租金（元）", en="Rent a year, yuan"),
    Text(zh="到期", en="Until"),
    Text(zh="逾期未交（元）", en="Overdue, yuan"),
)
_IDLE, _OWN, _OPEN, _EXPIRED = (
    Text(zh="闲置", en="idle"),
    Text(zh="集体自用", en="used by the collective"),
    Text(zh="长期", en="open-ended"),
    Text(zh="已到期", en="expired"),
)
QUESTION = (
    Text(zh="对哪一行有疑问", en="A question about a line"),
    Text(
        zh="写明这一行的编号，向村务监督委员会提出，或者在下次会议上询问，村里应当答复。在网页上点这一行开头的字，可以得到它自己的网址。",
        en="With the number of the line ask the supervision committee, or at the next meeting: the village must answer. On the "
        "page the words that begin a line lead to its own address.",
    ),
)
"""How a resident asks about a line."""
YEARLY = {"year": 1, "half": 2, "quarter": 4, "month": 12}
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙")


@dataclass(frozen=True)
class Told:
    """A published document in one language: facts, and a row for each line."""

    facts: list[tuple[str, str]]
    columns: list[str]
    rows: list[list[str]]


def shown_name(party: ContractParty) -> str:
    """A party as residents read it: an organization by its name, anybody else by the family name and 某."""
    if party.kind == ContractParty.Kind.ORGANIZATION:
        return party.name
    return f"{party.name[:2] if party.name.startswith(COMPOUND) else party.name[:1]}某"


def draft_holdings(
    actor: Appointment, organization: Organization, *, reason_zh: str = "", now: datetime
) -> Draft:
    """Draft the state of the ledgers as of today for this quarter; reviewed, signed and published as any draft.

    Of a quarter that is published it is a correction, which needs `reason_zh`. Raises NotAllowed; NotReady
    `holdings.empty` where nothing is registered; and what `disclosure.propose` refuses.
    """
    require(actor, "disclosure.prepare", organization, now)
    today = local_day(now)
    content = _content(organization, today)
    if not content["assets"]:
        raise NotReady(
            "holdings.empty",
            "还没有登记资产资源，没有可以公开的内容；请先登记或者导入台账。",
            "Nothing is registered yet, so there is nothing to publish; register or import the ledger first.",
        )
    period = str(Period.containing("quarter", today))
    return propose_for(actor, organization, ITEM, period, content, reason_zh=reason_zh, now=now)


def told(content: Mapping[str, Any], language: str) -> Told:
    """The document in words; every figure as it stands in it."""

    def words(text: Text) -> str:
        return text.sentence(language)

    sums = content["sums"]
    facts = [
        (words(Text(zh="截至", en="As of")), day_text(content["day"], language)),
        (
            words(Text(zh="资产资源", en="Assets")),
            words(
                Text(
                    zh=f"{sums['count']}项，出租{sums['let']}项、闲置{sums['idle']}项、自用{sums['self_used']}项",
                    en=f"{sums['count']}: {sums['let']} let, {sums['idle']} idle, {sums['self_used']} used by the collective",
                )
            ),
        ),
        (words(Text(zh="面积合计（亩）", en="Area in all, mu")), mu_text(sums["area"])),
        (words(Text(zh="逾期未交合计（元）", en="Overdue in all, yuan")), money_text(sums["overdue"])),
        (words(QUESTION[0]), words(QUESTION[1])),
    ]
    rows = [row for asset in content["assets"] for row in _rows(asset, language)]
    return Told(facts, [words(column) for column in COLUMNS], rows)


def _rows(asset: Mapping[str, Any], language: str) -> Iterator[list[str]]:
    kind = ASSET_KINDS[asset["kind"]].sentence(language)
    head = [
        asset["number"],
        f"{asset['name']}（{kind}）" if language == "zh" else f"{asset['name']} ({kind})",
    ]
    area = "" if asset["area"] is None else mu_text(asset["area"])
    if not asset["contracts"]:
        state = (_OWN if asset["self_used"] else _IDLE).sentence(language)
        yield [*head, area, state, "", "", "", ""]
    for contract in asset["contracts"]:
        until = contract["until"] or (_OPEN.sentence(language) if contract["open_ended"] else "")
        late = _EXPIRED.sentence(language) if contract["expired"] else ""
        yield [
            *head,
            area if contract["area"] is None else mu_text(contract["area"]),
            "、".join(contract["parties"]),
            contract["number"],
            money_text(contract["rent"]) if contract["rent"] is not None else contract["in_kind"],
            " ".join(word for word in (until, late) if word),
            money_text(contract["overdue"]) if contract["overdue"] else "",
        ]


def _content(organization: Organization, today: date) -> dict[str, Any]:
    """The ledgers as a document: seven queries whatever their length."""
    held = assets_of(organization, today)
    sums = holdings(held)
    overdue = dict(
        Receivable.objects.filter(organization=organization, due_day__lt=today, contract__isnull=False)
        .values("contract")
        .annotate(left=Sum(OWED))
        .values_list("contract", "left")
    )
    lets = Let.objects.filter(asset__organization=organization, contract__ended_day=None)
    lets = lets.select_related("contract__trade").prefetch_related("contract__parties", "contract__rents")
    followers = _followers(organization)
    by_asset: dict[int, list[dict[str, Any]]] = {}
    for let in lets.order_by("contract__number"):
        if let.contract.from_day is None or let.contract.from_day <= today:
            by_asset.setdefault(let.asset_id, []).append(
                _contract(let, overdue.get(let.contract_id, 0), today) | _process(let.contract, followers)
            )
    return {
        "format": FORMAT,
        "day": today.isoformat(),
        "unit": "fen; millionths of a mu",
        "sums": {
            "count": sums.count,
            "let": sums.let,
            "idle": sums.idle,
            "self_used": sums.self_used,
            "area": sums.area,
            "overdue": sum(overdue.values()),
        },
        "assets": [_asset(asset, by_asset.get(asset.pk, [])) for asset in held.order_by("number")],
    }


def _asset(asset: Asset, contracts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "number": asset.number,
        "name": asset.name,
        "kind": str(asset.kind),
        "area": asset.area,
        "self_used": asset.self_used,
        "contracts": contracts,
    }


def _contract(let: Let, overdue: int, today: date) -> dict[str, Any]:
    contract = let.contract
    rent, in_kind = _rent(contract, today)
    last = contract.until_day - timedelta(days=1) if contract.until_day else None
    others = [each for each in contract.parties.all() if each.role != ContractParty.Role.COLLECTIVE]
    return {
        "id": contract.public_id,
        "number": contract.number,
        "kind": str(contract.kind),
        "direction": str(contract.direction),
        "signed": _iso(contract.signed_day),
        "from": _iso(contract.from_day),
        "total": _total(contract),
        "trade": _trade(contract),
        "parties": [shown_name(each) for each in others],
        "roles": [str(each.role) for each in others],
        "area": let.area,
        "rent": rent,
        "in_kind": in_kind,
        "until": _iso(last),
        "open_ended": contract.open_ended,
        "expired": last is not None and last < today,
        "overdue": overdue,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _total(contract: Contract) -> int | None:
    """Fen over the whole term: as written, else what its rents come to; None where it has no end or is paid in kind."""
    if contract.total is not None:
        return contract.total
    terms = [as_terms(rent) for rent in contract.rents.all()]
    if contract.until_day is None or not terms or any(each.amount is None for each in terms):
        return None
    return sum(span.amount or 0 for span in spans(terms, contract.until_day, contract.until_day))


def _followers(organization: Organization) -> dict[int, Contract]:
    """By key the contracts that continue another, each with the one that it continues."""
    found = Contract.objects.filter(organization=organization, follows__isnull=False)
    return {each.pk: each for each in found.select_related("follows")}


def _process(contract: Contract, followers: Mapping[int, Contract]) -> dict[str, Any]:
    """What it continues: `process` is the id of the contract that it began as, through all amendments; `amends` the numbers
    that it had before, the first first; `renews` the process that it renews."""
    line = _amended(contract, followers)
    renewal = followers.get(line[0].pk)
    renewed = _amended(renewal.follows, followers)[0] if renewal is not None and renewal.follows else None
    return {
        "process": line[0].public_id,
        "amends": [each.number for each in line[:-1]],
        "renews": renewed.public_id if renewed is not None else None,
    }


def _amended(contract: Contract, followers: Mapping[int, Contract]) -> list[Contract]:
    """The contract behind all that it amends, the first first."""
    line = [contract]
    while (each := followers.get(line[0].pk)) is not None and each.follows is not None:
        if each.follows_as != Contract.Following.AMENDMENT:
            break
        line.insert(0, each.follows)
    return line


def _trade(contract: Contract) -> dict[str, Any] | None:
    """Where and when it was traded openly, how many bid. The price stays out: nobody states whether it is for a year."""
    trade = getattr(contract, "trade", None)
    return None if trade is None else {"venue": trade.venue, "day": trade.day.isoformat(), "bids": trade.bids}


def _rent(contract: Contract, today: date) -> tuple[int | None, str]:
    """Fen a year of the step that holds today, or what is given in kind."""
    steps = [step for step in contract.rents.all() if step.from_day <= today] or list(contract.rents.all())[
        :1
    ]
    if not steps:
        return None, contract.rent_as_written
    step = steps[-1]
    if step.amount is None:
        return None, f"每亩{step.goods}{(step.jin_per_mu or 0) / 100:g}斤"
    return (
        (step.amount * YEARLY[step.every], "")
        if step.every in YEARLY
        else (None, f"{money_text(step.amount)}元（一次）")
    )
