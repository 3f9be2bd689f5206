"""`cunwu packs`"""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu.errors import Invalid
from cunwu.law import packs
from cunwu.law.deadlines import local_day
from cunwu.law.difference import Change, difference
from cunwu.law.faults import Fault
from cunwu.law.folders import Folder
from cunwu.management.base import Command as Base
from cunwu.management.base import language, require_data
from cunwu.management.packs_on_record import Trial, open_matters_concerned
from cunwu.moment import moment_now


class Command(Base):
    """The packs of law and policy: checked with all their faults, digested, two states compared, tried on what was done."""

    help = (
        "规则包。 `packs check` lists every fault with file and line (exit 1 if any); `packs digest` prints the digest; "
        "`packs diff OLD NEW` says what two folders of packs state differently, from which day, and whom it concerns, open "
        "matters among them; `packs try NEW POWER --from DAY` says which past matters of a power, or of a procedure, the "
        "new packs would have refused, at which step and why."
    )
    needs_data = False

    def options(self, parser: CommandParser) -> None:
        """What to do, and with which packs."""
        parser.add_argument("what", choices=["check", "digest", "diff", "try"])
        parser.add_argument(
            "folders",
            nargs="*",
            metavar="FOLDER",
            help="of diff: the old and the new packs; of try: the new packs and a power",
        )
        parser.add_argument(
            "--from", dest="since", type=_day, metavar="DAY", help="of try: opened from this day on"
        )
        parser.add_argument("--packs", help="as cn,cn-shandong; without it those of the installation")

    def run(self, options: dict[str, Any]) -> None:
        """Check, digest or compare."""
        names = tuple(options["packs"].split(",")) if options["packs"] else settings.CUNWU.packs
        if options["what"] == "digest":
            digest = packs.load(names, settings.PACKS).digest
            self.report(options, [digest], {"packs": names, "digest": digest})
            return
        if options["what"] == "try":
            self._try(options, names)
            return
        if options["what"] == "diff":
            old, new = _two(options["folders"], names)
            changes = difference(old, new)
            lines = [line for change in changes for line in change.sentences(language())]
            running = open_matters_concerned(packs.Packs(new), local_day(moment_now())) if changes else []
            lines += [matter.sentence(language()) for matter in running]
            self.report(
                options,
                lines or [f"{', '.join(names)}: no difference."],
                {
                    "packs": names,
                    "changes": [_told(change) for change in changes],
                    "matters": [asdict(matter) for matter in running],
                },
            )
            return
        faults = packs.check(names, settings.PACKS)
        self.report(
            options,
            [fault.sentence(language()) for fault in faults] or [f"{', '.join(names)}: no fault."],
            {"packs": names, "faults": [_plain(fault) for fault in faults]},
        )
        if faults:
            sys.exit(1)

    def _try(self, options: dict[str, Any], names: tuple[str, ...] | list[str]) -> None:
        told, since = options["folders"], options["since"]
        if len(told) != 2 or not Path(told[0]).is_dir() or since is None:
            raise Invalid(
                "law.trial",
                "请写新规则包文件夹、权力或流程的名称和起始日期：cunwu packs try 新文件夹 名称 --from 2026-01-01。",
                "Name the folder of the new packs, a power or procedure, and a day: cunwu packs try NEW POWER --from 2026-01-01.",
            )
        require_data()
        trial = Trial(packs.load(names, Path(told[0])), told[1], since, local_day(moment_now()))
        self.report(options, trial.sentences(language()), {"packs": names, **trial.as_json()})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day; write 2026-01-31") from None


def _two(folders: list[str], names: tuple[str, ...] | list[str]) -> list[list[Folder]]:
    """The packs of both folders; a pack that only one of them has is new or gone."""
    roots = [Path(folder) for folder in folders]
    if len(roots) != 2 or not all(root.is_dir() for root in roots):
        raise Invalid(
            "law.two_folders",
            "请写两个规则包文件夹：cunwu packs diff 旧文件夹 新文件夹。",
            "Name two folders of packs: cunwu packs diff OLD NEW.",
        )
    return [
        packs.read_packs([name for name in names if (root / name / "pack.yaml").is_file()], root)
        for root in roots
    ]


def _told(change: Change) -> dict[str, Any]:
    return {
        "pack": change.pack,
        "kind": change.kind,
        "name": change.name,
        "title": {"zh": change.title.zh, "en": change.title.en} if change.title else None,
        "what": change.what,
        "since": change.since,
        "details": [{"key": d.key, "old": d.old, "new": d.new, "since": d.since} for d in change.details],
        "duties": change.duties,
        "powers": change.powers,
    }


def _plain(fault: Fault) -> dict[str, Any]:
    return {"file": fault.file, "line": fault.line, "code": fault.code, "zh": fault.zh, "en": fault.en}
