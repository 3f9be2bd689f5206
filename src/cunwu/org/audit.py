"""The audit is the write path: an action's entry commits with it, or neither does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import rfc8785
from django.db import connection, transaction

from cunwu.errors import Refused
from cunwu.org.authority import Actor, Clock
from cunwu.org.models import Appointment, AuditEntry, Organization
from cunwu.org.rows import insert

LEAF_VERSION = 1
REFUSED = "refused"
"""The action of an entry that says what was tried in vain."""


def record(
    actor: Actor | None,
    action: str,
    target: str,
    *,
    now: datetime,
    organization: Organization | None = None,
    **details: str | int | bool | None,
) -> AuditEntry:
    """Write one audit entry inside the caller's transaction.

    `action` is "room.verb", `target` "noun:public_id". `details` are figures and ids, never personal data.
    Raises RuntimeError outside a transaction: an entry that could outlive its action proves nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit of {action} outside a transaction")
    appointment = None if actor is None or isinstance(actor, Clock) else actor
    kind = "nobody" if actor is None else "clock" if isinstance(actor, Clock) else "appointment"
    leaf: dict[str, Any] = {
        "v": LEAF_VERSION,
        "at": now.astimezone(UTC).isoformat(timespec="milliseconds"),
        "actor": appointment.public_id if appointment else kind,
        "action": action,
        "target": target,
        "organization": organization.public_id if organization else None,
        "details": details,
    }
    return insert(
        AuditEntry(
            at=now,
            actor=appointment,
            actor_kind=kind,
            action=action,
            target=target,
            organization=organization,
            leaf=rfc8785.dumps(leaf).decode(),
        )
    )


def record_refusal(
    actor: Appointment,
    tried: str,
    refusal: Refused,
    *,
    now: datetime,
    organization: Organization | None = None,
) -> AuditEntry:
    """Write that `actor` tried something and was refused; called once what was tried is rolled back.

    A transaction of its own. `tried` names a page's step or a command from the program's own lists; of what was typed,
    and of the sentence, which may repeat it, nothing is kept. Without an organization it is the actor's own.
    """
    with transaction.atomic():
        return record(
            actor,
            REFUSED,
            tried,
            now=now,
            organization=organization or actor.organization,
            code=refusal.code,
            status=refusal.status,
            basis=refusal.basis,
        )
