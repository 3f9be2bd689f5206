"""Screening rule `split_amount`: docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="split_amount",
    flag="",
    severity="medium",
    expression="runs AND split_contracts > 1 AND split_sum > :line_yuan * 100",
    figures=(
        "split_contracts",
        "split_sum",
    ),
    question=Text(
        zh=(
            "同一对方在{days}天内签了{split_contracts}份小额合同，合计{split_sum}元，超过{line_yuan}元。"
            "为什么分开签？"
        ),
        en=(
            "{split_contracts} small contracts were signed with one party within {days} days, {split_sum} yuan "
            "together, above {line_yuan} yuan. Why apart?"
        ),
    ),
    answer=Text(
        zh="分开的理由，或者合并公开交易的记录。",
        en="The reason, or a record that they were traded together.",
    ),
)
