"""Screening rule `other_use` (F11 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="other_use",
    flag="F11",
    severity="high",
    expression="runs AND (uses_differ OR handed_on)",
    figures=("until_day",),
    question=Text(
        zh="现场用途与约定不同，或者未经同意转租（合同到{until_day}）。同意过吗，怎么纠正？",
        en=(
            "It is used otherwise than agreed, or was handed on without consent (until {until_day}). Was there "
            "consent, and how is it put right?"
        ),
    ),
    answer=Text(
        zh="同意的文件，或者恢复用途、解除合同的记录。",
        en="The consent, or a record that use was restored or the contract ended.",
    ),
)
