"""`cunwu explain`"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu.law import packs
from cunwu.law.folders import read_folder
from cunwu.law.resolution import Step
from cunwu.management.base import Command as Base
from cunwu.management.base import language


class Command(Base):
    """Why a value, an office, a duty or a catalogue item holds on a day: each level's candidate, and which won."""

    help = "说明依据。 Why NAME (as board_days) holds on a day: each level's candidate, its clause, which won and why."
    needs_data = False

    def options(self, parser: CommandParser) -> None:
        """What, when, where."""
        parser.add_argument("name")
        parser.add_argument("--on", type=date.fromisoformat, required=True, metavar="DAY", help="2026-02-01")
        parser.add_argument("--place", metavar="CODE", help="only the packs of the places above this code")

    def run(self, options: dict[str, Any]) -> None:
        """One line a level."""
        names = [n for n in settings.CUNWU.packs if _applies(n, options["place"])]
        steps = packs.load(names, settings.PACKS).explain(options["name"], options["on"])
        self.report(
            options,
            [_line(step, language()) for step in steps],
            {"name": options["name"], "on": options["on"], "steps": [_plain(step) for step in steps]},
        )


def _applies(name: str, code: str | None) -> bool:
    head = read_folder(name, settings.PACKS).head
    return code is None or head is None or code.startswith(head.jurisdiction)


def _line(step: Step, lang: str) -> str:
    mark = "→" if step.won else " "
    held = step.provision
    if held is None:
        return f"{mark} {step.pack}: {step.reason.sentence(lang)}"
    until = f"{held.to}" if held.to else "…"
    read = f", read in its source {held.reviewed}" if held.read_in_source else ", not read in its source"
    return (
        f"{mark} {step.pack}: {held.value if held.value is not None else held.title.sentence(lang)}  "
        f"{held.cite.sentence(lang)}  {held.from_} – {until}  ({held.confidence}{read})  {step.reason.sentence(lang)}"
    )


def _plain(step: Step) -> dict[str, Any]:
    return {
        "pack": step.pack,
        "won": step.won,
        "reason": {"zh": step.reason.zh, "en": step.reason.en},
        "provision": step.provision.as_json() if step.provision else None,
    }
