"""The steps to a publication, with the village of tests/conftest.py and an invented sheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import rfc8785

from cunwu.disclosure import actions
from cunwu.disclosure.models import Draft, JointMeeting, Publication

ITEM = "finance_monthly"
PERIOD = "2026-09"
BOARD = "村委会门口公开栏"


def sheet(summary: str = "收李家洼荒地承包费", amount: int = 1_200_000, period: str = PERIOD) -> bytes:
    """Canonical bytes of a small invented sheet, fen."""
    return rfc8785.dumps(
        {
            "format": "cunwu-sheet/1",
            "period": period,
            "unit": "fen",
            "lines": [{"id": "abcdefghjkmn", "day": f"{period}-03", "summary": summary, "income": amount}],
        }
    )


def prepare(village: Any, now: datetime, data: bytes | None = None, **more: Any) -> Draft:
    """A draft by the accountant."""
    period = str(more.pop("period", PERIOD))
    return actions.prepare(
        village.wang, village.collective, ITEM, period, data or sheet(period=period), now=now, **more
    )


def agree(village: Any, draft: Draft, now: datetime) -> Draft:
    """Signed by the head of the supervision committee, decided by the joint meeting."""
    actions.sign(village.zhao, draft, now=now)
    hold_meeting(village, draft, now)
    return draft


def hold_meeting(village: Any, draft: Draft, now: datetime, **figures: int) -> JointMeeting:
    """Seven of nine came, six agreed."""
    said = {"present": 7, "expected": 9, "in_favour": 6, **figures}
    return actions.record_joint_meeting(
        village.clerk, draft, held_on=now.date(), chaired_by="李建国", now=now, **said
    )


def publish(village: Any, now: datetime, data: bytes | None = None, **more: Any) -> Publication:
    """The whole walk."""
    draft = agree(village, prepare(village, now, data, **more), now)
    return actions.publish(village.xiulan, draft, now=now)
