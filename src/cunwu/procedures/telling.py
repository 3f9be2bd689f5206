"""A decision's published record as people read it: figures and ids become words by the pinned rule that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cunwu.law.procedures import PowerRule
from cunwu.procedures.guards import yuan
from cunwu.procedures.rules import pinned_power
from cunwu.procedures.words import office_title


@dataclass(frozen=True)
class Told:
    """One step in words."""

    title: str
    day: date | None
    lines: list[str]


@dataclass(frozen=True)
class Decision:
    """What residents read of a matter."""

    power: PowerRule
    title: str
    text: str
    amount: str
    settled: str
    """The amount that a step stated last (a bid, an acceptance, a payment); empty where none did."""
    parties: list[str]
    steps: list[Told]
    basis: str


def told(content: Mapping[str, Any], language: str) -> Decision:
    """The record (`cunwu-decision/1`) in `language` ("zh", "en"). Raises PinnedRule.DoesNotExist, KeyError for a record
    that is not of this county."""
    power = pinned_power(content["rule"])
    amount = content["amount"]
    stated = [step["amount"] for step in content["steps"] if step["amount"] is not None]
    return Decision(
        power=power,
        title=content["title"] or power.title.sentence(language),
        text=content["text"],
        amount="" if amount is None else yuan(amount),
        settled=yuan(stated[-1]) if stated else "",
        parties=list(content["parties"]),
        steps=[_step(power, step, language) for step in content["steps"]],
        basis=power.basis.zh if language == "zh" else power.basis.en,
    )


def _step(power: PowerRule, step: Mapping[str, Any], language: str) -> Told:
    rule = power.step(step["name"])
    lines = [_sentence(step["text"], language)] if step["text"] else []
    if step["amount"] is not None:
        lines.append(
            _say(f"金额{yuan(step['amount'])}元。", f"Amount: {yuan(step['amount'])} yuan.", language)
        )
    if step["reference"]:
        lines.append(_say(f"编号：{step['reference']}。", f"Number: {step['reference']}.", language))
    if meeting := step.get("meeting"):
        title = rule.meeting.title.sentence(language) if rule.meeting else rule.title.sentence(language)
        lines.append(_votes(title, meeting, language))
        lines += [_appraisal(each, language) for each in meeting["appraised"]]
    if objections := step.get("objections"):
        lines.append(_heard(objections, language))
    if by := step["by"]:
        office = office_title(by["office"], language)
        lines.append(_say(f"{by['name']}（{office}）办理。", f"Done by {by['name']}, {office}.", language))
    return Told(rule.title.sentence(language), date.fromisoformat(step["on"]) if step["on"] else None, lines)


def _votes(title: str, meeting: Mapping[str, Any], language: str) -> str:
    aside_zh = f"，回避{meeting['recused']}人" if meeting["recused"] else ""
    aside_en = f"; {meeting['recused']} stood aside" if meeting["recused"] else ""
    return _say(
        f"{title}：应到{meeting['expected']}人，实到{meeting['present']}人{aside_zh}；赞成{meeting['in_favour']}票，"
        f"反对{meeting['against']}票，弃权{meeting['abstained']}票。",
        f"{title}: {meeting['present']} of {meeting['expected']} came{aside_en}; {meeting['in_favour']} in favour, "
        f"{meeting['against']} against, {meeting['abstained']} abstained.",
        language,
    )


def _sentence(text: str, language: str) -> str:
    """The text with a stop at its end, since more may follow."""
    return text if text[-1] in "。！？；.!?;" else text + _say("。", ".", language)


def _heard(objections: Mapping[str, int], language: str) -> str:
    received, answered = objections["received"], objections["answered"]
    if not received:
        return _say("没有收到异议。", "No objection was received.", language)
    return _say(
        f"收到异议{received}条，已答复{answered}条。",
        f"Objections: {received}, answered: {answered}.",
        language,
    )


def _appraisal(each: Mapping[str, Any], language: str) -> str:
    office = office_title(each["office"], language)
    ended_zh, ended_en = ("，职务终止", "; the post has ended") if each["ended"] else ("", "")
    return _say(
        f"{office}{each['name']}：称职{each['competent']}票，基本称职{each['fair']}票，不称职{each['incompetent']}票{ended_zh}。",
        f"{each['name']}, {office}: {each['competent']} competent, {each['fair']} fair, {each['incompetent']} "
        f"incompetent{ended_en}.",
        language,
    )


def _say(zh: str, en: str, language: str) -> str:
    return zh if language == "zh" else en
