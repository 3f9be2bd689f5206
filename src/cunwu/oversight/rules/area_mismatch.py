"""Screening rule `area_mismatch` (F12 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="area_mismatch",
    flag="F12",
    severity="medium",
    expression="runs AND measured * 100 > area * (100 + :percent)",
    figures=(
        "area",
        "measured",
    ),
    question=Text(
        zh="实测面积比合同面积多{percent}%以上（合同{area}亩，实测{measured}亩）。多出的部分怎么收费？",
        en=(
            "The measured area exceeds the agreed one by more than {percent} % (agreed {area} mu, measured "
            "{measured} mu). What is paid for the excess?"
        ),
    ),
    answer=Text(
        zh="复测记录，或者按实测面积变更的合同。", en="A second measuring, or a contract amended to it."
    ),
)
