"""Screening rule `long_term` (F3 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="long_term",
    flag="F3",
    severity="low",
    expression="runs AND term > :years * 10000",
    figures=(
        "from_day",
        "until_day",
    ),
    question=Text(
        zh="合同从{from_day}到{until_day}，超过{years}年。当时为什么定这么长，租金怎么调整？",
        en=(
            "It runs from {from_day} to {until_day}, more than {years} years. Why so long, and how is the rent "
            "adjusted?"
        ),
    ),
    answer=Text(zh="当时的决议和租金调整条款。", en="The decision of that time and the clause on rent."),
)
