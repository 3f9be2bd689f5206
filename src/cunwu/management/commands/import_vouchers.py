"""`cunwu import-vouchers`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from cunwu.books.importing import Preview, import_vouchers, preview_import
from cunwu.errors import NotFound
from cunwu.management.base import Command as Base
from cunwu.management.base import language
from cunwu.org.models import Organization


class Command(Base):
    """A workbook of vouchers taken in whole, or every fault of it named; the same as on the desk."""

    help = "导入凭证。 Take a workbook of vouchers into an organization's books, or with --preview only say what it holds."
    acts = True

    def options(self, parser: CommandParser) -> None:
        """Which file, whose books."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--organization", required=True, metavar="ID", help="id, or its whole Chinese name"
        )
        parser.add_argument(
            "--preview", action="store_true", help="check only; exit 1 if it cannot be taken in"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Preview; import if there is no fault and it was not only to be looked at."""
        actor, now, file = self.actor(options), self.now(options), options["file"]
        organization = self.concerns = _organization(options["organization"])
        if not file.is_file():
            raise NotFound("file.unknown", f"没有文件{file}。", f"There is no file {file}.")
        preview = preview_import(actor, organization, file.read_bytes(), file.name, now=now)
        done = None
        if not options["preview"] and not preview.faults:
            done = import_vouchers(actor, organization, preview.data, file.name, now=now)
        data = _plain(preview) | {"import": done.public_id if done else None}
        self.report(options, _sentences(preview, taken_in=done is not None), data)
        if preview.faults:
            sys.exit(1)


def _organization(told: str) -> Organization:
    found = Organization.objects.filter(public_id=told) | Organization.objects.filter(name_zh=told)
    organization = found.select_related("place").first()
    if organization is None:
        raise NotFound(
            "organization.unknown",
            f"没有名为“{told}”的单位；编号见 cunwu appointments --json。",
            f"There is no organization {told!r}; ids are listed by `cunwu appointments --json`.",
        )
    return organization


def _sentences(preview: Preview, *, taken_in: bool) -> list[str]:
    head = f"{len(preview.vouchers)} vouchers in {', '.join(preview.months) or 'no month'}"
    state = "taken in" if taken_in else "not taken in" if preview.faults else "can be taken in"
    lines = [f"{preview.file_name}: {head}: {state}."]
    lines += [f"fault: {fault.sentence(language())}" for fault in preview.faults]
    return lines + [f"note: {warning.sentence(language())}" for warning in preview.warnings]


def _plain(preview: Preview) -> dict[str, Any]:
    def listed(found: Any) -> list[dict[str, Any]]:
        return [
            {
                "code": f.code,
                "sheet": f.sheet,
                "row": f.row,
                "column": f.column,
                "zh": f.sentence("zh"),
                "en": f.sentence("en"),
            }
            for f in found
        ]

    return {
        "file": preview.file_name,
        "vouchers": len(preview.vouchers),
        "months": preview.months,
        "faults": listed(preview.faults),
        "warnings": listed(preview.warnings),
    }
