"""Screening rule `officer_is_party` (F10 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="officer_is_party",
    flag="F10",
    severity="high",
    expression="runs AND officer",
    figures=("signed_day",),
    question=Text(
        zh="对方的姓名与本村任职人员或者其申报的近亲属相同。议决时（{signed_day}前）有没有回避？",
        en=(
            "The other side bears the name of an officer or declared near relative. Did that officer stand aside "
            "when it was decided (before {signed_day})?"
        ),
    ),
    answer=Text(
        zh="会议记录中的回避情况，或者说明只是同名。",
        en="The minutes on recusal, or that it is only the same name.",
    ),
)
