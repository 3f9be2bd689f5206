"""`cunwu recompute`"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import CommandParser
from django.db import transaction

from cunwu.errors import Invalid
from cunwu.law.texts import Text
from cunwu.management.base import Command as Base
from cunwu.management.base import language, require_data
from cunwu.moment import moment_now
from cunwu.org.authority import local_day
from cunwu.org.models import Organization
from cunwu.oversight.recomputing import figures, recomputed, stated_inputs

INPUTS, FIGURES = "inputs.json", "figures.json"
_SAME = Text(zh="重算结果与 figures.json 逐字节相同。", en="The same bytes as figures.json.")
_OTHER = Text(
    zh="重算结果与 figures.json 不同：输入或者指标被改过。",
    en="Other bytes than figures.json: the inputs or the figures were changed.",
)


class Command(Base):
    """Figures of the ledgers from stated inputs: written for others, or counted anew from what was written. No database is
    asked for the latter."""

    help = (
        "由写明的输入重算台账指标。 Compute the ledgers' figures anew from stated inputs, to the same bytes."
    )
    needs_data = False

    def options(self, parser: CommandParser) -> None:
        """A folder to check, or to write."""
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="with inputs.json and figures.json")
        parser.add_argument("--export", action="store_true", help="write both from the database, as of today")

    def run(self, options: dict[str, Any]) -> None:
        """Export or check."""
        folder: Path = options["folder"]
        if options["export"]:
            require_data()
            self._export(folder, options, local_day(moment_now()))
            return
        anew, kept = recomputed(_read(folder / INPUTS)), _read(folder / FIGURES)
        same = anew == kept
        told = _SAME if same else _OTHER
        self.report(options, [told.sentence(language())], {"same": same, "recomputed": anew.decode()})
        if not same:
            sys.exit(1)

    def _export(self, folder: Path, options: dict[str, Any], today: date) -> None:
        everybody = Organization.objects.all()
        with transaction.atomic():  # both of one moment
            inputs = stated_inputs(everybody, today)
            told = figures(everybody, today, inputs)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / INPUTS).write_bytes(inputs)
        (folder / FIGURES).write_bytes(told)
        sentence = f"{folder / INPUTS} ({len(inputs):,} bytes), {folder / FIGURES} ({len(told):,} bytes)"
        self.report(options, [sentence], {"day": today, "inputs": len(inputs), "figures": len(told)})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Invalid(
            "figures.no_file",
            f"读不到{path.name}；请写明存放 inputs.json 和 figures.json 的文件夹。",
            f"{path.name} cannot be read; name the folder that holds inputs.json and figures.json.",
        ) from fault
