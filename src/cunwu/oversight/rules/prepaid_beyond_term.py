"""Screening rule `prepaid_beyond_term`: docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="prepaid_beyond_term",
    flag="",
    severity="medium",
    expression="runs AND prepaid_months > :months",
    figures=("prepaid_months",),
    question=Text(
        zh="一次预收了{prepaid_months}个月的租金，超过一届任期。钱怎么管，经过议决吗？",
        en=(
            "Rent of {prepaid_months} months was taken in advance, longer than a term of office. How is it kept, "
            "and was it decided upon?"
        ),
    ),
    answer=Text(zh="决议和专户记录。", en="The decision and the record of the account."),
)
