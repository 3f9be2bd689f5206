"""Screening rule `expired_in_use` (F13 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="expired_in_use",
    flag="F13",
    severity="high",
    expression="until_day <= :today AND in_use_after AND ended_day IS NULL AND renewed = FALSE",
    figures=("until_day",),
    question=Text(
        zh="合同已在{until_day}到期，对方仍在使用。续签还是收回？",
        en="It ended on {until_day} and the other side goes on using it. Will it be renewed or taken back?",
    ),
    answer=Text(zh="续签的合同，或者收回的记录。", en="The renewal, or a record that it was taken back."),
)
