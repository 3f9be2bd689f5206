"""What residents are told of the clean-up: how many of each kind were found and settled, and how each contract ended.

Written from files and ledgers, never typed. It names contracts and assets, no person; of arrears and disputes it gives
totals only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from cunwu.assets.publishing import QUESTION, Told
from cunwu.disclosure.models import Draft
from cunwu.disclosure.publishing import propose_for
from cunwu.documents.cells import day_text, money_text
from cunwu.errors import NotReady
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment
from cunwu.programmes.models import CaseItem, Participation
from cunwu.programmes.queries import Tally, items_of, progress, standing_of
from cunwu.programmes.rules import rule_of
from cunwu.programmes.words import CLEARS, OUTCOMES
from cunwu.programmes.words import STANDINGS as STANDING_WORDS

FORMAT = "cunwu-clean-up/1"
ITEM = "clean_up"
LISTED = ("contracts", "idle_assets")
"""What stands line by line; of the rest residents read totals, which name nobody."""
FEWEST_DISPUTES = 3
"""Fewer disputes than so many are not told: in a village everybody would know whose they are."""
COLUMNS = (
    Text(zh="类别", en="Kind"),
    Text(zh="编号", en="Number"),
    Text(zh="资产资源", en="Asset"),
    Text(zh="进展", en="Progress"),
    Text(zh="结果", en="Result"),
)


def draft_result(
    actor: Appointment, participation: Participation, *, reason_zh: str = "", now: datetime
) -> Draft:
    """Draft the state of the clean-up as of today for this quarter; reviewed, signed and published as any draft.

    Of a quarter that is published it is a correction, which needs `reason_zh`. Raises NotAllowed; NotReady
    `case.nothing_found` where no file was opened; and what `disclosure.propose` refuses.
    """
    organization = participation.organization
    require(actor, "programmes.work", organization, now)
    today = local_day(now)
    if not CaseItem.objects.filter(file__participation=participation).exists():
        raise NotReady(
            "case.nothing_found",
            "还没有清查出需要办理的事项；请先清查建档。",
            "Nothing was found yet; take stock first.",
        )
    period = str(Period.containing("quarter", today))
    return propose_for(
        actor, organization, ITEM, period, _content(participation, today), reason_zh=reason_zh, now=now
    )


def told(content: Mapping[str, Any], language: str) -> Told:
    """The document in words; every figure as it stands in it."""

    def words(text: Text) -> str:
        return text.sentence(language)

    facts = [
        (words(Text(zh="行动", en="Programme")), content["programme"][language]),
        (words(Text(zh="截至", en="As of")), day_text(content["day"], language)),
    ]
    facts += [
        (words(CLEARS[kind]), words(_tally(counts)))
        for kind in CLEARS
        if (counts := content["items"].get(kind))
    ]
    facts += [
        (
            words(Text(zh="合同规范率", en="Contracts in order")),
            words(_rate(content["contracts"], content["in_order"])),
        ),
        (
            words(Text(zh="行动以来收缴（元）", en="Collected since it began, yuan")),
            money_text(content["collected"]),
        ),
        (words(QUESTION[0]), words(QUESTION[1])),
    ]
    rows = [
        [
            words(CLEARS[row["clears"]]),
            row["number"],
            row["name"],
            words(STANDING_WORDS[row["standing"]]),
            words(OUTCOMES[row["outcome"]]) if row["outcome"] else "",
        ]
        for row in content["lines"]
    ]
    return Told(facts, [words(column) for column in COLUMNS], rows)


def _tally(counts: Mapping[str, int]) -> Text:
    total, settled = sum(counts.values()), counts["settled"]
    return Text(zh=f"查出{total}件，办结{settled}件", en=f"{total} found, {settled} settled")


def _rate(contracts: int, in_order: int) -> Text:
    if not contracts:
        return Text(zh="没有合同", en="no contracts")
    share = f"{in_order * 100 / contracts:.1f}%"
    return Text(zh=f"{contracts}份中{in_order}份规范，{share}", en=f"{in_order} of {contracts}, {share}")


def _content(participation: Participation, today: date) -> dict[str, Any]:
    programme = participation.programme
    rule = rule_of(programme)
    mine = Participation.objects.filter(pk=participation.pk)
    (far,) = progress(programme, mine, today).values()
    return {
        "format": FORMAT,
        "day": today.isoformat(),
        "unit": "fen",
        "programme": {"zh": rule.title.zh, "en": rule.title.en},
        "items": {
            kind: _counts(tally)
            for kind in rule.clears
            if (tally := far.tallies.get(kind, Tally())).total >= FEWEST_DISPUTES or kind != "disputes"
        },
        "contracts": far.ledgers.contracts,
        "in_order": far.ledgers.in_order,
        "collected": far.collected,
        "lines": _lines(mine),
    }


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "found": tally.found,
        "planned": tally.planned,
        "decided": tally.decided,
        "settled": tally.settled,
    }


def _lines(mine: QuerySet[Participation]) -> list[dict[str, str]]:
    """Contracts and idle assets, by kind and number: the number and the thing, no party."""
    items = items_of(mine).filter(clears__in=LISTED).select_related("contract", "asset")
    lines = []
    for item in items.prefetch_related("contract__lets__asset"):
        if item.contract is not None:
            number, things = item.contract.number, [let.asset.name for let in item.contract.lets.all()]
        else:
            number, things = (item.asset.number, [item.asset.name]) if item.asset is not None else ("", [])
        lines.append(
            {
                "clears": str(item.clears),
                "number": number,
                "name": "、".join(things),
                "standing": standing_of(item),
                "outcome": item.outcome,
            }
        )
    return sorted(lines, key=lambda line: (LISTED.index(line["clears"]), line["number"]))
