"""Screening rule `unpaid` (F5 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="unpaid",
    flag="F5",
    severity="high",
    expression="arrears > 0 AND overdue > :days",
    figures=(
        "arrears",
        "overdue",
        "limitation_left",
    ),
    question=Text(
        zh="已逾期{overdue}天，尚欠{arrears}元；诉讼时效还剩{limitation_left}天。催收到哪一步了？",
        en=(
            "{arrears} yuan have been overdue for {overdue} days; {limitation_left} days of the limitation are "
            "left. What has been done to collect?"
        ),
    ),
    answer=Text(
        zh="收款记录、催收通知或者还款承诺。", en="A receipt, a written demand, or a promise to pay."
    ),
)
