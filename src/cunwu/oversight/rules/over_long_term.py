"""Screening rule `over_long_term` (F2 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="over_long_term",
    flag="F2",
    severity="high",
    expression="""
        runs AND ((kind = 'lease' AND term > :lease_years * 10000)
        OR (land = 'four_wastes' AND term > :four_wastes_years * 10000)
        OR (land = 'forest' AND term > :forest_years * 10000))
    """,
    figures=(
        "from_day",
        "until_day",
        "term_days",
    ),
    question=Text(
        zh="合同从{from_day}到{until_day}，共{term_days}天，超过法律允许的年限。超过的部分怎么处理？",
        en=(
            "It runs from {from_day} to {until_day}, {term_days} days, longer than the law allows. What becomes "
            "of the excess?"
        ),
    ),
    answer=Text(
        zh="重新约定年限的补充协议，或者说明适用的规定。",
        en="A supplementary agreement with a lawful term, or the provision that applies.",
    ),
)
