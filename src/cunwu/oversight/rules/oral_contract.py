"""Screening rule `oral_contract` (F1 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="oral_contract",
    flag="F1",
    severity="high",
    expression="runs AND written = FALSE AND (term_days IS NULL OR term_days >= :least_days)",
    figures=("term_days",),
    question=Text(
        zh="台账记载这份合同没有书面文本，租期{term_days}天。什么时候补签？",
        en=(
            "The ledger says that there is no paper; the term is {term_days} days. When will it be put in "
            "writing?"
        ),
    ),
    answer=Text(zh="补签的书面合同，或者更正台账。", en="The contract in writing, or a corrected ledger."),
)
