"""The kinds of steps: what each is taken by, and what must be stated with it. A closed set; a new kind is code.

Each has a page under docs/steps/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from cunwu.errors import Invalid, Refused
from cunwu.law.powers import MEETING_STEPS, StepKind
from cunwu.law.texts import Text

if TYPE_CHECKING:
    from cunwu.procedures.matters import Done

MEETING_KINDS: frozenset[str] = frozenset(MEETING_STEPS)
_NAMES = {
    "text": Text(zh="说明", en="what was found or done"),
    "amount_fen": Text(zh="金额", en="the amount"),
    "reference": Text(zh="编号", en="the number"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of step: its name, and which of `Done`'s fields it needs."""

    title: Text
    needs: tuple[str, ...] = ()

    def lacking(self, done: Done) -> Refused | None:
        """The refusal for what is missing; None if all is stated."""
        missing = [_NAMES[name] for name in self.needs if getattr(done, name) in (None, "")]
        if not missing:
            return None
        return Invalid(
            "step.incomplete",
            f"“{self.title.zh}”还要填写：{'、'.join(word.zh for word in missing)}。",
            f"For “{self.title.en}” please give: {', '.join(word.en for word in missing)}.",
        )


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "proposal": Kind(Text(zh="提议", en="Proposal"), ("text",)),
        "deliberation": Kind(Text(zh="商议", en="Deliberation")),
        "vote": Kind(Text(zh="表决", en="Vote")),
        "disclosure": Kind(Text(zh="公开", en="Disclosure")),
        "objection": Kind(Text(zh="异议期", en="Time for objections")),
        "signature": Kind(Text(zh="签批", en="Signature")),
        "quotation": Kind(Text(zh="询价", en="Quotations"), ("amount_fen",)),
        "tender": Kind(Text(zh="招标公告", en="Tender notice"), ("text",)),
        "acceptance": Kind(Text(zh="验收", en="Acceptance"), ("text",)),
        "payment": Kind(Text(zh="付款", en="Payment"), ("amount_fen", "reference")),
        "site_check": Kind(Text(zh="现场查看", en="Site check"), ("text",)),
    }
)


def title_of(kind: StepKind | str) -> Text:
    """The kind in words."""
    return KINDS[kind].title
