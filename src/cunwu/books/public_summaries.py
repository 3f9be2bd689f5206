"""公开摘要: what residents read of a line. One closed list of what is masked, in this one place.

Aid to persons is published by kind and amount. Who received it belongs on the list that the catalogue asks for,
which expires, and not in the books, which stay (个人信息保护法 articles 6 and 28: no more than the purpose needs).
Masking too much is mended by editing the line; masking too little is not. So words of aid mask receipts as well.
"""

from __future__ import annotations

import re

LONGEST = 200
NOT_NAMED = "（姓名不公开）"

# What the money is for → how the line is called, without the person. The first that matches counts.
_AID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"临时救助", "临时救助"),
        (r"医疗救助|大病|重病|住院|医药费|手术|慰问.{0,6}病", "医疗救助"),
        (r"低保|最低生活保障", "低保金"),
        (r"五保|特困", "特困供养"),
        (r"残疾|护理补贴", "残疾人补助"),
        (r"抚恤|优抚|烈属|军属|退役军人", "优抚支出"),
        (r"助学|贫困生|孤儿|困境儿童|留守儿童", "助学和儿童救助"),
        (r"丧葬|殡葬|去世|吊唁", "丧葬补助"),
        (r"高龄|老年人?补[贴助]|老人补[贴助]|养老补[贴助]|尊老金", "老年补贴"),
        (r"计生|独生子女|奖励扶助|生育", "计划生育奖励扶助"),
        (r"困难(?:户|群众|家庭|党员|村民|补助)|贫困户|脱贫户|救济|救助|受灾|火灾", "困难救助"),
        (r"慰问(?!演出|信)", "走访慰问"),
    )
)
_ANY = re.compile("|".join(pattern.pattern for pattern, _ in _AID))
_TO_A_PERSON = re.compile(r"(?:付|发|给|支付|发放).{0,12}(?:补助金?|补贴款?)")
_WAGES_OR_GRANTS = re.compile(r"误工|工资|报酬|交通|通讯|差旅|工作|项目|资金|经费|干部|财政|上级")


def derive(summary: str) -> str:
    """The public summary of a private one: itself, or for aid to persons its kind with the name left out.

    At most 200 characters.
    """
    plain = summary.strip()
    kind = aid_kind(plain)
    return f"{kind}{NOT_NAMED}" if kind else plain[:LONGEST]


def aid_kind(summary: str) -> str:
    """What kind of aid the words speak of; "" if of none."""
    named = (
        next((words for pattern, words in _AID if pattern.search(summary)), "")
        if _ANY.search(summary)
        else ""
    )
    if not named and _TO_A_PERSON.search(summary) and not _WAGES_OR_GRANTS.search(summary):
        return "个人补助"
    return named


def is_masked(public_summary: str) -> bool:
    """Whether the name was left out by `derive`."""
    return public_summary.endswith(NOT_NAMED)
