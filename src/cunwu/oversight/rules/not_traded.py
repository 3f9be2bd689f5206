"""Screening rule `not_traded` (F7 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="not_traded",
    flag="F7",
    severity="medium",
    expression="runs AND direction = 'receives' AND traded = FALSE AND worth > :line_yuan * 100",
    figures=("worth",),
    question=Text(
        zh="合同总额{worth}元，超过{line_yuan}元，没有进场交易的记录。为什么没有公开交易？",
        en="It is worth {worth} yuan, above {line_yuan} yuan, and no open trade is on record. Why not?",
    ),
    answer=Text(
        zh="成交确认书，或者可以不进场的依据。",
        en="The record of the trade, or the rule by which none was needed.",
    ),
)
