"""Screening rule `let_twice` (F12 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="let_twice",
    flag="F12",
    severity="high",
    expression="(runs OR in_use_after) AND let_twice",
    figures=(
        "from_day",
        "until_day",
    ),
    question=Text(
        zh="同一资产同时有两份在用的合同（这一份从{from_day}到{until_day}）。以哪一份为准？",
        en="Two contracts are in use on the same asset (this one from {from_day} to {until_day}). Which holds?",
    ),
    answer=Text(
        zh="终止其中一份的记录，或者分割面积的约定。",
        en="A record that one of them ended, or how the area is divided.",
    ),
)
