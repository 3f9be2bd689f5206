"""Case files: stock taken from the ledgers, a plan for each item, a lawyer's opinion, the matter that decides, the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from cunwu.assets.models import Asset, Contract, ContractParty, Receivable
from cunwu.assets.queries import OWED, assets_of, in_state
from cunwu.documents import actions as documents
from cunwu.documents import redaction
from cunwu.errors import Invalid, NotReady
from cunwu.org import audit
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment
from cunwu.org.relations import name_index
from cunwu.oversight import actions as findings
from cunwu.oversight.models import Finding
from cunwu.procedures.models import Matter
from cunwu.procedures.papers import require_paper_size
from cunwu.programmes.models import CaseFile, CaseItem, Participation
from cunwu.programmes.outcomes import POSSIBLE, obstacle
from cunwu.programmes.rules import rule_of
from cunwu.programmes.texts import clean_words

WORK, RUN = "programmes.work", "programmes.run"
MOST_TEXT = 500
LAWYER_LENGTH = 60
IN_WORDS = ("environment", "disputes")
"""What no ledger holds and is written down as it is found."""


@dataclass(frozen=True)
class Found:
    """Something to clear: whose it is (a key and a name, blank for nobody's) and the row that it is about."""

    key: str
    name: str
    clears: str
    about: str
    row: int


def take_stock(actor: Appointment, participation: Participation, *, now: datetime) -> int:
    """Open files and items for what the ledgers show today: contracts with a question that stands, overdue debts, idle
    assets. What has an item already is left alone; returns how many items are new.

    Side effects in order: files, items, the audit. Raises NotAllowed; NotReady `programme.ended`.
    """
    require(actor, WORK, participation.organization, now)
    require_running(participation)
    clears = set(rule_of(participation.programme).clears)
    found = [each for each in _found(participation, local_day(now)) if each.clears in clears]
    with transaction.atomic():
        known = _known(participation)
        new = [each for each in found if (each.clears, each.about, each.row) not in known]
        files = _files(participation, [(each.key, each.name) for each in new], now)
        CaseItem.objects.bulk_create(
            CaseItem(
                file_id=files[each.key], clears=each.clears, opened_at=now, **{f"{each.about}_id": each.row}
            )
            for each in new
        )
        _record(actor, "stock", participation, now, new=len(new))
    return len(new)


def write_down(
    actor: Appointment, participation: Participation, clears: str, text: str, *, now: datetime
) -> CaseItem:
    """Add something that no ledger holds: a spot to clean, a dispute. Numbers of people are refused.

    Side effects in order: the village's own file, the item, the audit. Raises NotAllowed; NotReady `programme.ended`;
    Invalid `case.clears`, `case.no_text`, `redaction.*`.
    """
    require(actor, WORK, participation.organization, now)
    require_running(participation)
    if clears not in IN_WORDS or clears not in rule_of(participation.programme).clears:
        raise Invalid(
            "case.clears",
            "合同、尾欠、闲置从台账里来，不用手填；这里只登记环境和矛盾。",
            "Contracts, arrears and idle assets come from the ledgers; only environment and disputes are written down here.",
        )
    text = clean_words("case.no_text", "请写明发现了什么", "Say what was found", text, MOST_TEXT)
    with transaction.atomic():
        files = _files(participation, [("", "")], now)
        item = CaseItem.objects.create(file_id=files[""], clears=clears, text=text, opened_at=now)
        _record(actor, "write_down", participation, now, item=item.public_id, clears=clears)
    return item


def plan(actor: Appointment, item: CaseItem, how: str, text: str, *, now: datetime) -> CaseItem:
    """Say what is to be done about the item: the outcome aimed at, and how. A later plan replaces it.

    Raises NotAllowed; NotReady `case.settled`, `programme.ended`; Invalid `case.plan`, `case.no_text`, `redaction.*`.
    """
    participation = _to_work_on(actor, item, now)
    if how not in POSSIBLE[item.clears].intersection(rule_of(participation.programme).outcomes):
        raise Invalid("case.plan", "请选择打算怎样处置。", "Choose what is to be done.")
    stated = clean_words("case.no_text", "请写明处置方案", "Say what the plan is", text, MOST_TEXT)
    item.plan, item.plan_text, item.planned_by = how, stated, actor
    return _keep(actor, "plan", item, ("plan", "plan_text", "planned_by"), now, how=how)


def advise(
    actor: Appointment, item: CaseItem, lawyer: str, data: bytes, *, media_type: str, now: datetime
) -> CaseItem:
    """Attach a lawyer's or legal worker's opinion; a later one replaces it.

    Side effects in order: the document, the item, the audit. Raises NotAllowed; NotReady `case.settled`,
    `programme.ended`; Invalid `case.no_lawyer`, `paper.size`, `redaction.*`.
    """
    _to_work_on(actor, item, now)
    lawyer = lawyer.strip()
    if not lawyer or len(lawyer) > LAWYER_LENGTH:
        raise Invalid(
            "case.no_lawyer",
            f"请写明律师或者法律工作者的姓名和单位，最多{LAWYER_LENGTH}个字。",
            f"Name the lawyer or legal worker, at most {LAWYER_LENGTH} characters.",
        )
    redaction.require_no_numbers(lawyer)
    require_paper_size(data)
    with transaction.atomic():
        item.lawyer, item.opinion = lawyer, documents.store(data, media_type, now=now)
        return _keep(actor, "advise", item, ("lawyer", "opinion"), now, sha256=item.opinion.sha256)


def decide_by(actor: Appointment, item: CaseItem, matter: Matter, *, now: datetime) -> CaseItem:
    """Let a matter of the village, under the programme's power, deal with the item and with what is asked of its contract.

    Side effects in order: questions taken up, the item, the audit. Raises NotAllowed; NotReady `case.settled`,
    `case.no_plan`, `programme.ended`; Invalid `case.matter`.
    """
    participation = _to_work_on(actor, item, now)
    if not item.plan:
        raise NotReady(
            "case.no_plan",
            "请先定处置方案，再提交会议决定。",
            "Make the plan first; then a meeting can decide it.",
        )
    power = rule_of(participation.programme).power
    if matter.power != power or matter.organization.place_id != participation.organization.place_id:
        raise Invalid(
            "case.matter",
            "请选择本村发起的清理事项。",
            "Choose a clean-up matter that this village opened.",
        )
    with transaction.atomic():
        for finding in Finding.objects.filter(contract=item.contract_id, gone_day=None, matter=None):
            if item.contract_id is not None and finding.verdict != Finding.Verdict.DISMISSED:
                findings.take_up(actor, finding, matter, now=now)
        item.matter = matter
        return _keep(actor, "decide_by", item, ("matter",), now, matter=matter.public_id)


def settle(actor: Appointment, item: CaseItem, outcome: str, note: str, *, now: datetime) -> CaseItem:
    """Record how the item ended, once the ledgers show it.

    Raises NotAllowed; NotReady `case.settled`, `case.no_opinion`, `case.not_decided`, `case.ledger_disagrees`,
    `programme.ended`; Invalid `case.outcome`, `case.no_note`, `redaction.*`.
    """
    _to_work_on(actor, item, now)
    note = clean_words("case.no_note", "请写明是怎样办结的", "Say how it was settled", note, MOST_TEXT)
    refused = obstacle(item, outcome, local_day(now))
    if refused is not None:
        raise refused
    item.outcome, item.settled_day, item.settled_by = outcome, local_day(now), actor
    item.outcome_note = note
    fields = ("outcome", "outcome_note", "settled_day", "settled_by")
    return _keep(actor, "settle", item, fields, now, outcome=outcome)


def reopen(actor: Appointment, item: CaseItem, reason: str, *, now: datetime) -> CaseItem:
    """Open a settled item again when somebody looked back and found otherwise (回头看); what it said stays in the audit.

    Raises NotAllowed; NotReady `case.not_settled`, `programme.ended`; Invalid `case.no_note`, `redaction.*`.
    """
    participation = item.file.participation
    require(actor, RUN, participation.organization, now)
    require_running(participation)
    if not item.outcome:
        raise NotReady("case.not_settled", "这一项还没有办结。", "It is not settled yet.")
    why = clean_words("case.no_note", "请写明重新办理的原因", "Say why it is opened again", reason, MOST_TEXT)
    before = item.outcome
    item.outcome, item.outcome_note, item.settled_day, item.settled_by = "", "", None, None
    fields = ("outcome", "outcome_note", "settled_day", "settled_by")
    return _keep(actor, "reopen", item, fields, now, before=before, reason=why)


def require_running(participation: Participation) -> None:
    """Raises NotReady `programme.ended`."""
    ended = participation.programme.ended_day
    if ended is not None:
        raise NotReady(
            "programme.ended",
            f"这次行动已在{ended}结束，不能再改；需要的请另行部署。",
            f"It ended on {ended} and cannot be changed; start another if needed.",
        )


def _found(participation: Participation, today: date) -> Iterator[Found]:
    """What the ledgers show, in five queries."""
    organization = participation.organization
    asked = Finding.objects.filter(contract=OuterRef("pk"), gone_day=None).exclude(verdict="dismissed")
    contracts = Contract.objects.filter(organization=organization, ended_day=None)
    questioned = list(contracts.filter(Exists(asked)).order_by("number").values_list("pk", flat=True))
    overdue = Receivable.objects.filter(organization=organization, due_day__lt=today)
    owing = list(overdue.annotate(left=OWED).filter(left__gt=0).order_by("due_day", "pk"))
    indebted = list(dict.fromkeys(each.contract_id for each in owing if each.contract_id is not None))
    sides = _other_sides([*questioned, *indebted])
    for pk in questioned:
        yield Found(*sides.get(pk, ("", "")), "contracts", "contract", pk)
    for pk in indebted:
        yield Found(*sides.get(pk, ("", "")), "arrears", "contract", pk)
    for debt in owing:
        if debt.contract_id is None:
            yield Found(name_index(debt.debtor), debt.debtor, "arrears", "receivable", debt.pk)
    for asset in _idle(participation, today):
        yield Found("", "", "idle_assets", "asset", asset.pk)


def _idle(participation: Participation, today: date) -> Iterable[Asset]:
    return in_state(assets_of(participation.organization, today), "idle").order_by("number")


def _other_sides(contracts: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Of each contract the key and name of its first other side: the number's hash where it is known, else the name's."""
    parties = ContractParty.objects.filter(
        contract__in=contracts, role=ContractParty.Role.OTHER_SIDE
    ).order_by("-pk")
    rows = parties.values_list("contract", "identity_index", "name_index", "name")
    return {
        contract: (identity or index or name_index(name), name) for contract, identity, index, name in rows
    }


def _known(participation: Participation) -> set[tuple[str, str, int]]:
    """What has an item: what is cleared, what it is about, the row."""
    rows = CaseItem.objects.filter(file__participation=participation)
    known = set()
    for clears, *keys in rows.values_list("clears", "contract", "receivable", "asset"):
        for about, key in zip(("contract", "receivable", "asset"), keys, strict=True):
            if key is not None:
                known.add((clears, about, key))
    return known


def _files(participation: Participation, wanted: Iterable[tuple[str, str]], now: datetime) -> dict[str, int]:
    """The files by key; those that there are not yet are opened with the next numbers."""
    files = CaseFile.objects.filter(participation=participation)
    held = dict(files.values_list("key", "pk"))
    number = files.aggregate(last=Max("number"))["last"] or 0
    for key, name in wanted:
        if key not in held:
            number += 1
            held[key] = CaseFile.objects.create(
                participation=participation, number=number, key=key, name=name, opened_at=now
            ).pk
    return held


def _to_work_on(actor: Appointment, item: CaseItem, now: datetime) -> Participation:
    participation = item.file.participation
    require(actor, WORK, participation.organization, now)
    require_running(participation)
    if item.outcome:
        raise NotReady(
            "case.settled",
            f"这一项已在{item.settled_day}办结；要重新办理，请由乡镇或者县里退回。",
            f"It was settled on {item.settled_day}; the township or county can open it again.",
        )
    return participation


def _keep(
    actor: Appointment, verb: str, item: CaseItem, fields: tuple[str, ...], now: datetime, **details: Any
) -> CaseItem:
    with transaction.atomic():
        item.save(update_fields=fields)
        _record(actor, verb, item.file.participation, now, item=item.public_id, **details)
    return item


def _record(
    actor: Appointment, verb: str, participation: Participation, now: datetime, **details: Any
) -> None:
    audit.record(
        actor,
        f"cases.{verb}",
        f"participation:{participation.public_id}",
        now=now,
        organization=participation.organization,
        **details,
    )
