"""Screening rule `pays_at_end` (F8 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="pays_at_end",
    flag="F8",
    severity="medium",
    expression="runs AND pays_at_end",
    figures=("until_day",),
    question=Text(
        zh="合同约定到期（{until_day}）时村里要补偿承租方的投入。金额怎么算，有没有上限？",
        en=(
            "When it ends ({until_day}) the village must pay for what the tenant put in. How is that reckoned, "
            "and is there a limit?"
        ),
    ),
    answer=Text(
        zh="附着物清单和补偿标准，或者变更后的条款。",
        en="A list of what stands there with its prices, or an amended clause.",
    ),
)
