"""How an item may end, and what the ledgers must say for it: nobody records a success that they do not show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from django.db.models import QuerySet

from cunwu.assets.models import Contract, Receivable, WriteOff
from cunwu.assets.queries import OWED, runs_on
from cunwu.errors import Invalid, NotReady, Refused
from cunwu.law.procedures import Basis
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, rules
from cunwu.oversight.models import Finding
from cunwu.procedures.models import Step
from cunwu.programmes.models import CaseItem
from cunwu.programmes.rules import rule_of
from cunwu.programmes.words import CLEARS, OUTCOMES

POSSIBLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "contracts": frozenset(
            {
                "confirmed",
                "supplemented",
                "renegotiated",
                "terminated",
                "sued",
                "let_anew",
                "referred",
                "unresolvable",
            }
        ),
        "arrears": frozenset({"collected", "sued", "referred", "unresolvable"}),
        "idle_assets": frozenset({"let_anew", "confirmed", "unresolvable"}),
        "environment": frozenset({"put_right", "referred", "unresolvable"}),
        "disputes": frozenset({"put_right", "referred", "unresolvable"}),
    }
)
DECIDED = frozenset({"renegotiated", "terminated", "unresolvable"})
"""Outcomes that need a decision of the village under the programme's procedure."""
ADVISED = frozenset({"terminated", "sued", "unresolvable"})
"""Outcomes that need a lawyer's opinion."""


def obstacle(item: CaseItem, outcome: str, today: date) -> Refused | None:
    """Why the item cannot end so; None where it can."""
    rule = rule_of(item.file.participation.programme)
    clause = {"basis": rule.basis.zh, "basis_en": rule.basis.en}
    allowed = POSSIBLE[item.clears].intersection(rule.outcomes)
    if outcome not in allowed:
        words = [OUTCOMES[each] for each in OUTCOMES if each in allowed]
        return Invalid(
            "case.outcome",
            f"“{CLEARS[item.clears].zh}”的办理结果请从这些里选：{'、'.join(word.zh for word in words)}。",
            f"For “{CLEARS[item.clears].en}” choose one of: {', '.join(word.en for word in words)}.",
            **clause,
        )
    if outcome in ADVISED and item.opinion_id is None:
        return NotReady(
            "case.no_opinion",
            f"“{OUTCOMES[outcome].zh}”要先附律师或者法律工作者的意见。",
            f"“{OUTCOMES[outcome].en}” needs the opinion of a lawyer or legal worker first.",
            **clause,
        )
    if outcome in DECIDED and not is_decided(item):
        vote = _vote_of(rule.power, today)
        return NotReady(
            "case.not_decided",
            f"“{OUTCOMES[outcome].zh}”要先经村民代表会议决议；请先发起清理事项并表决。",
            f"“{OUTCOMES[outcome].en}” needs a resolution of the representatives first; open the matter and vote.",
            basis=vote.zh,
            basis_en=vote.en,
        )
    said = EVIDENCE[outcome](item, today) if outcome in EVIDENCE else None
    if said is None:
        return None
    return NotReady(
        "case.ledger_disagrees",
        f"台账还不是“{OUTCOMES[outcome].zh}”的样子：{said.zh}；请先办理并登记，再来办结。",
        f"The ledgers do not say “{OUTCOMES[outcome].en}” yet: {said.en}; do it, enter it, then settle this.",
        **clause,
    )


def is_decided(item: CaseItem) -> bool:
    """Whether the village voted on the matter that deals with the item."""
    voted = Step.objects.filter(matter=item.matter_id, kind="vote", state=Step.State.DONE)
    return item.matter_id is not None and voted.exists()


def _vote_of(power: str, today: date) -> Basis:
    """The clause by which the procedure of `power` has the village vote today."""
    rule = rules().power(power, today)
    return next((step.basis for step in rule.steps if step.kind == "vote"), rule.basis)


def _confirmed(item: CaseItem, _today: date) -> Text | None:
    if item.asset is not None:
        if item.asset.self_used:
            return None
        return Text(zh="资产没有登记为集体自用", en="the asset is not entered as used by the collective")
    left = _asked(item).filter(gone_day=None).exclude(verdict="dismissed").count()
    if not left:
        return None
    return Text(zh=f"这份合同还有{left}条疑点没有排除或消除", en=f"{left} questions about the contract stand")


def _supplemented(item: CaseItem, _today: date) -> Text | None:
    contract = _contract(item)
    papers = contract.papers.filter(added_at__gte=item.opened_at)
    if papers.exists() or _followed_since(item) or _finding_gone_since(item):
        return None
    return Text(
        zh="建档以后没有补签的合同或者新附的材料",
        en="no supplement and no paper was added since the file was opened",
    )


def _renegotiated(item: CaseItem, _today: date) -> Text | None:
    if _followed_since(item):
        return None
    return Text(
        zh="建档以后没有登记续签或者变更的合同",
        en="no renewal or amendment was registered since the file was opened",
    )


def _collected(item: CaseItem, today: date) -> Text | None:
    about = {"pk": item.receivable_id} if item.contract_id is None else {"contract": item.contract_id}
    debts = Receivable.objects.filter(**about)
    overdue = debts.filter(due_day__lt=today).annotate(left=OWED).filter(left__gt=0)
    if left := sum(overdue.values_list("left", flat=True)):
        return Text(zh=f"还有{left / 100:,.2f}元逾期没有交", en=f"{left / 100:,.2f} yuan are still overdue")
    waived = WriteOff.objects.filter(receivable__in=debts, at__gte=item.opened_at)
    if fen := sum(waived.values_list("amount", flat=True)):
        return Text(
            zh=f"其中{fen / 100:,.2f}元是减免核销的，不是收缴",
            en=f"{fen / 100:,.2f} yuan of it were written off, not collected",
        )
    return None


def _terminated(item: CaseItem, today: date) -> Text | None:
    contract = _contract(item)
    continued = {Contract.Ended.RENEWED, Contract.Ended.AMENDED}
    if contract.ended_day is None or contract.ended_day > today or contract.ended_because in continued:
        return Text(zh="合同没有登记终止", en="the contract's end is not registered")
    return None


def _let_anew(item: CaseItem, today: date) -> Text | None:
    new = Contract.objects.filter(runs_on(today), registered_at__gte=item.opened_at)
    if item.asset is not None:
        let = new.filter(lets__asset=item.asset).exists()
        return None if let else Text(zh="资产仍然闲置", en="the asset is still idle")
    old = _contract(item)
    others = new.filter(lets__asset__in=old.lets.values("asset")).exclude(pk=old.pk)
    if not old.runs_on(today) and others.exists():
        return None
    return Text(zh="没有登记新的承包或者租赁合同", en="no new contract about it is registered")


def _contract(item: CaseItem) -> Contract:
    if item.contract is None:
        raise TypeError("an item about a contract has one")
    return item.contract


def _followed_since(item: CaseItem) -> bool:
    return _contract(item).followed_by.filter(registered_at__gte=item.opened_at).exists()


def _asked(item: CaseItem) -> QuerySet[Finding]:
    return Finding.objects.filter(contract=item.contract_id)


def _finding_gone_since(item: CaseItem) -> bool:
    gone = _asked(item).filter(gone_day__gte=local_day(item.opened_at))
    return gone.exists() and not _asked(item).filter(gone_day=None).exists()


EVIDENCE: Mapping[str, Callable[[CaseItem, date], Text | None]] = MappingProxyType(
    {
        "confirmed": _confirmed,
        "supplemented": _supplemented,
        "renegotiated": _renegotiated,
        "collected": _collected,
        "terminated": _terminated,
        "let_anew": _let_anew,
    }
)
"""Outcome: what in the ledgers speaks against it. For the others there is no ledger, and the note says how it ended."""
