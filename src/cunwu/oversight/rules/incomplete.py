"""Screening rule `incomplete` (F9 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="incomplete",
    flag="F9",
    severity="low",
    expression="runs AND missing > 0",
    figures=("missing",),
    question=Text(
        zh="合同缺少{missing}项必备内容（当事人证件、期限、用途、价款、面积或违约责任）。什么时候补齐？",
        en=(
            "{missing} of the things that it must state are missing (party's number, term, use, price, area, "
            "breach). When will they be added?"
        ),
    ),
    answer=Text(zh="补充协议，或者补录台账。", en="A supplementary agreement, or the ledger completed."),
)
