"""Screening rule `many_contracts`: docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="many_contracts",
    flag="",
    severity="low",
    expression="runs AND holder_contracts >= :contracts",
    figures=("holder_contracts",),
    question=Text(
        zh="同一承租方现有{holder_contracts}份合同。是不是公开竞得的？",
        en="The same party holds {holder_contracts} contracts. Were they won in the open?",
    ),
    answer=Text(zh="各份合同的成交记录。", en="The record of each trade."),
)
