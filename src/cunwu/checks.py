"""System checks: what must be true before the installation serves anybody. Stable ids, each with what to do."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from cunwu import installation, triggers
from cunwu.law import packs


@register(Tags.security)
def keys_are_there(*_args: object, **_: object) -> list[CheckMessage]:
    """E001: every key exists."""
    absent = [name for name in installation.KEY_NAMES if installation.read_key(settings.KEYS, name) is None]
    if not absent:
        return []
    hint = "New installation: run `cunwu init`. Otherwise bring the keys back from where they are kept; data stay sealed without them."
    return [Error(f"keys missing in {settings.KEYS}: {', '.join(absent)}", hint=hint, id="cunwu.E001")]


@register()
def packs_are_sound(*_args: object, **_: object) -> list[CheckMessage]:
    """E004: the packs of this installation can be read."""
    faults = packs.check(settings.CUNWU.packs, settings.PACKS)
    return [Error(str(fault), hint="cunwu packs check", id="cunwu.E004") for fault in faults]


@register(Tags.database)
def database_guards_itself(
    *_args: object, databases: Sequence[str] | None = None, **_: object
) -> list[CheckMessage]:
    """E002: every trigger is there. E003: invented data run only in demo mode, and real data never in it."""
    from cunwu.org.models import DataOrigin

    if not databases or "cunwu_dataorigin" not in connection.introspection.table_names():
        return []
    faults: list[CheckMessage] = []
    absent = triggers.missing()
    if absent:
        faults.append(
            Error(f"database guards missing: {', '.join(absent)}", hint="cunwu migrate", id="cunwu.E002")
        )
    origin = DataOrigin.objects.first()
    if origin is not None and (origin.kind == DataOrigin.Kind.DEMO) != settings.CUNWU.demo:
        faults.append(
            Error(
                f"the data are '{origin.kind}', the installation runs as '{settings.CUNWU.mode}'",
                hint="Demo data run only in a demo: point CUNWU_HOME at another folder.",
                id="cunwu.E003",
            )
        )
    return faults
