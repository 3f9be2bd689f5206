"""Screening rule `no_decision` (F6 of the clean-up of contracts): docs/rules/README.md."""

from cunwu.law.texts import Text
from cunwu.oversight.rule import Rule

RULE = Rule(
    name="no_decision",
    flag="F6",
    severity="high",
    expression="""
        runs AND (decided = FALSE
        OR in_favour * 2 <= entitled
        OR (outsider AND (approved = FALSE
        OR in_favour * 3 < entitled * 2)))
    """,
    figures=(
        "in_favour",
        "entitled",
    ),
    question=Text(
        zh=(
            "没有查到议决和批准的完整记录（同意{in_favour}，应到{entitled}）。发包经过了哪次会议，"
            "外来方有没有报乡镇批准？"
        ),
        en=(
            "No complete record of decision and approval was found ({in_favour} of {entitled} in favour). Which "
            "meeting decided, and did the township approve an outsider?"
        ),
    ),
    answer=Text(
        zh="会议记录、决议公示和乡镇批准文件。",
        en="Minutes, the published decision, the township's approval.",
    ),
)
