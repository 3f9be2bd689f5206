"""Screening rule `low_rent` (F4 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="low_rent",
    flag="F4",
    severity="medium",
    expression="""
        runs AND direction = 'receives' AND ((valuation IS NOT NULL AND yearly_rent * 100 < valuation * :percent)
        OR (neighbours >= :least_neighbours AND rent_per_mu * 100 < neighbour_rent * :percent)
        OR (increase_terms = FALSE AND term > :years_without_increase * 10000))
    """,
    figures=(
        "yearly_rent",
        "valuation",
        "rent_per_mu",
        "neighbour_rent",
        "neighbours",
    ),
    question=Text(
        zh=(
            "年租金{yearly_rent}元，评估价{valuation}元；每亩{rent_per_mu}元，"
            "同乡镇同类{neighbours}份合同的中位数{neighbour_rent}元。租金是怎么定的，有没有调整条款？"
        ),
        en=(
            "The rent is {yearly_rent} yuan a year, valued at {valuation}; {rent_per_mu} a mu, while the median "
            "of {neighbours} like contracts in the town is {neighbour_rent}. How was it set, and may it rise?"
        ),
    ),
    answer=Text(
        zh="评估报告、竞价记录，或者租金调整的约定。",
        en="A valuation, a record of bids, or a clause by which the rent rises.",
    ),
)
