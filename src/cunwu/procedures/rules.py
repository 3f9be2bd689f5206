"""Pinning: the rules of a day as bytes that nothing changes any more, and back."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from cunwu.law.entries import Form
from cunwu.law.procedures import MeetingRule, PowerRule, RightRule, StepRule, digest_of, pinned, unpinned
from cunwu.procedures.models import JointRequest, Matter, Meeting, PinnedRule, Step


def pin(rule: Form, *, now: datetime) -> PinnedRule:
    """Keep `rule` under its digest; the same rule is kept once. Called inside an action's transaction."""
    body = pinned(rule)
    kept, _ = PinnedRule.objects.get_or_create(
        digest=digest_of(body), defaults={"body": body.decode(), "pinned_at": now}
    )
    return kept


def power_of(matter: Matter) -> PowerRule:
    """The power with its procedure as it held when the matter was opened."""
    return _power(matter.rule_id)


def pinned_power(digest: str) -> PowerRule:
    """The power of a pinned rule by its digest, as published decisions name it. Raises PinnedRule.DoesNotExist."""
    return _power(digest)


def pinned_bytes(digest: str) -> bytes:
    """The pinned rule as it is kept: bytes whose SHA-256 is `digest`. Raises PinnedRule.DoesNotExist."""
    return _body(digest)


def step_rule(step: Step) -> StepRule:
    """What the pinned rule says of this step."""
    return power_of(step.matter).step(step.name)


def meeting_rule(meeting: Meeting) -> MeetingRule:
    """The kind of meeting as it held when the meeting was called."""
    return _meeting(meeting.rule_id)


def right_of(request: JointRequest) -> RightRule:
    """The right as it held when the request was registered."""
    return _right(request.rule_id)


# A digest names its bytes for ever, so what was read once stays true.


@lru_cache(maxsize=4096)
def _power(digest: str) -> PowerRule:
    return unpinned(PowerRule, _body(digest))


@lru_cache(maxsize=1024)
def _meeting(digest: str) -> MeetingRule:
    return unpinned(MeetingRule, _body(digest))


@lru_cache(maxsize=256)
def _right(digest: str) -> RightRule:
    return unpinned(RightRule, _body(digest))


def _body(digest: str) -> bytes:
    body = PinnedRule.objects.only("body").get(pk=digest).body.encode()
    if digest_of(body) != digest:
        raise RuntimeError(f"the pinned rule {digest} was changed in the database")
    return body
