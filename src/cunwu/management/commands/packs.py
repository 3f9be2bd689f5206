"""`cunwu packs`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu.errors import Invalid
from cunwu.law import packs
from cunwu.law.difference import Change, difference
from cunwu.law.faults import Fault
from cunwu.law.folders import Folder
from cunwu.management.base import Command as Base
from cunwu.management.base import language


class Command(Base):
    """The packs of law and policy: checked with all their faults, digested, or two states of them compared."""

    help = (
        "规则包。 `packs check` lists every fault with file and line (exit 1 if any); `packs digest` prints the digest; "
        "`packs diff OLD NEW` says what two folders of packs state differently, from which day, and whom it concerns."
    )
    needs_data = False

    def options(self, parser: CommandParser) -> None:
        """What to do, and with which packs."""
        parser.add_argument("what", choices=["check", "digest", "diff"])
        parser.add_argument("folders", nargs="*", metavar="FOLDER", help="of diff: the old and the new packs")
        parser.add_argument("--packs", help="as cn,cn-shandong; without it those of the installation")

    def run(self, options: dict[str, Any]) -> None:
        """Check, digest or compare."""
        names = tuple(options["packs"].split(",")) if options["packs"] else settings.CUNWU.packs
        if options["what"] == "digest":
            digest = packs.load(names, settings.PACKS).digest
            self.report(options, [digest], {"packs": names, "digest": digest})
            return
        if options["what"] == "diff":
            changes = difference(*_two(options["folders"], names))
            lines = [line for change in changes for line in change.sentences(language())]
            self.report(
                options,
                lines or [f"{', '.join(names)}: no difference."],
                {"packs": names, "changes": [_told(change) for change in changes]},
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
