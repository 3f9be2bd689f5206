"""Packs held against what is on record: open matters that new packs would rule otherwise, past ones tried under them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from cunwu.errors import NotFound
from cunwu.law.difference import OpenMatter, matters_concerned
from cunwu.law.packs import Packs
from cunwu.law.procedures import PowerRule
from cunwu.procedures.models import Matter
from cunwu.procedures.queries import public_title
from cunwu.procedures.replay import WouldRefuse, matters_since, replay


def open_matters_concerned(packs: Packs, today: date) -> list[OpenMatter]:
    """The matters that run under other rules than `packs` would give them today; none where there is no database."""
    if not has_matters():
        return []
    running = Matter.objects.filter(state=Matter.State.OPEN).order_by("opened_at", "id")
    told = running.values_list("public_id", "power", "rule")
    return list(matters_concerned(told, packs.power_digests(today)))


def has_matters() -> bool:
    """Whether there is a database with matters; looks without making one."""
    name = str(connection.settings_dict["NAME"])
    is_there = connection.vendor != "sqlite" or name.startswith("file:") or Path(name).is_file()
    return is_there and Matter._meta.db_table in connection.introspection.table_names()


class Trial:
    """Past matters of one power, or of all powers with one procedure, under the rules of `packs` on `today`."""

    def __init__(self, packs: Packs, name: str, since: date, today: date) -> None:
        """Raises NotFound `law.unknown` where no power in force has that name or procedure."""
        rules = {power.name: power for power in packs.powers(today) if name in {power.name, power.procedure}}
        if not rules:
            raise NotFound(
                "law.unknown",
                f"没有名为“{name}”的权力或者流程；请核对名称。",
                f"There is no power or procedure {name!r} in force; check the name.",
            )
        self.matters = list(matters_since(rules, since))
        self.refused = {matter.pk: found for matter in self.matters if (found := _tried(matter, rules))}

    def sentences(self, language: str) -> list[str]:
        """How many were tried and would have been refused, then each step with the guard's own sentence."""
        count, refused = len(self.matters), len(self.refused)
        zh = language.startswith("zh")
        head = (
            f"试用{count}件，其中{refused}件会被拒绝。"
            if zh
            else f"{count} matters tried, {refused} would be refused."
        )
        lines = [head]
        for found in self.refused.values():
            matter = found[0].matter
            title = public_title(matter)[0 if zh else 1]
            lines.append(f"{matter.public_id} {title}")
            lines += [
                f"  {each.rule.title.sentence(language)}: {each.refusal.code}: {each.refusal.sentence(language)}"
                for each in found
            ]
        return lines

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        told = [
            {"matter": each.matter.public_id, "step": each.rule.name, **_plain(each)}
            for found in self.refused.values()
            for each in found
        ]
        return {"tried": len(self.matters), "refused": len(self.refused), "steps": told}


def _tried(matter: Matter, rules: dict[str, PowerRule]) -> list[WouldRefuse]:
    return replay(matter, rules[matter.power])


def _plain(found: WouldRefuse) -> dict[str, Any]:
    refusal = found.refusal
    return {"code": refusal.code, "zh": refusal.sentence("zh"), "en": refusal.sentence("en")}
