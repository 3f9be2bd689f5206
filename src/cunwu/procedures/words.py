"""Words that every face uses for powers, steps and meetings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cunwu.law.powers import Area, PowerClass
from cunwu.law.procedures import PowerRule, StepRule
from cunwu.law.texts import Text
from cunwu.org.authority import rules

AREAS: Mapping[Area, Text] = MappingProxyType(
    {
        "decision": Text(zh="重大决策", en="Major decisions"),
        "bidding": Text(zh="工程和采购", en="Works and purchases"),
        "finance": Text(zh="财务管理", en="Finance"),
        "staff": Text(zh="用工", en="Hiring"),
        "sunshine": Text(zh="阳光村务", en="Disclosure"),
        "assets": Text(zh="集体资源资产", en="Collective resources and assets"),
        "homestead": Text(zh="宅基地和建房", en="Homesteads and building"),
        "aid": Text(zh="救助救灾", en="Assistance and relief"),
        "party": Text(zh="党务", en="Party affairs"),
        "seal": Text(zh="印章和证明", en="Seal and certificates"),
        "other": Text(zh="其他", en="Other"),
    }
)
CLASSES: Mapping[PowerClass, Text] = MappingProxyType(
    {
        "major_decisions": Text(zh="重大决策类", en="major decision"),
        "daily_management": Text(zh="日常管理类", en="daily management"),
        "public_services": Text(zh="便民服务类", en="public service"),
    }
)
STATES: Mapping[str, Text] = MappingProxyType(
    {
        "done": Text(zh="已办", en="done"),
        "open": Text(zh="在办", en="open"),
        "waiting": Text(zh="未到", en="to come"),
        "skipped": Text(zh="不需要", en="not needed"),
    }
)


def who(step: StepRule, language: str) -> str:
    """Who takes the step: the meeting, or the offices any one of which may."""
    if step.meeting is not None:
        return step.meeting.title.sentence(language)
    titles = [office_title(name, language) for name in step.by]
    return ("、" if language == "zh" else ", ").join(titles)


def office_title(name: str, language: str) -> str:
    """The office's title by the packs of today; its name where they no longer have it."""
    known = rules().offices.get(name)
    return known.title.sentence(language) if known else name


def by_area(powers: list[PowerRule]) -> dict[Area, list[PowerRule]]:
    """The powers by area, in the order of the list of areas, each by its number."""
    found: dict[Area, list[PowerRule]] = {area: [] for area in AREAS}
    for power in sorted(powers, key=lambda each: each.number):
        found[power.area].append(power)
    return {area: held for area, held in found.items() if held}
