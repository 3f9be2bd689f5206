"""Screening rule `early_renewal`: docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="early_renewal",
    flag="",
    severity="medium",
    expression="runs AND renewed_early > :days",
    figures=("renewed_early",),
    question=Text(
        zh="在原合同到期前{renewed_early}天就续签了。为什么这么早？",
        en="It was renewed {renewed_early} days before the old one ended. Why so early?",
    ),
    answer=Text(zh="续签的决议。", en="The decision to renew."),
)
