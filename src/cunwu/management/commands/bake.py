"""`cunwu bake`"""

from __future__ import annotations

import os
from typing import Any

from django.core.management import CommandParser

from cunwu.disclosure.queries import erased_without_record
from cunwu.errors import Invalid
from cunwu.management.base import Command as Base
from cunwu.portal.bake import bake_all, bake_stale


class Command(Base):
    """Residents' pages rendered into files."""

    help = "生成页面。 Render the pages that actions left stale, or all of them."

    def options(self, parser: CommandParser) -> None:
        """Stale ones only, unless told otherwise."""
        parser.add_argument(
            "--all", action="store_true", help="every page, and remove files that belong to none"
        )

        parser.add_argument(
            "--papers-anew",
            action="store_true",
            help="with --all: print the notices anew too, after the log's key changed",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Bake."""
        now = self.now(options)
        if options["papers_anew"] and not options["all"]:
            raise Invalid(
                "bake.papers_of_all",
                "--papers-anew 要与 --all 一起用：换钥之后所有的公示纸都重新生成。",
                "--papers-anew goes with --all: after a change of the log's key every notice is made anew.",
            )
        anew = options["papers_anew"]
        pages = (
            bake_all(now=now, papers_anew=anew, processes=os.cpu_count() or 1)
            if options["all"]
            else bake_stale(now=now)
        )
        erased = list(erased_without_record())
        lines = [f"{pages} pages rendered."] + [
            f"{each.organization.name_zh}《{each.title_zh}》{each.period}：内容已删除，撤下的记录在更新的日志里；页面已写明 | "
            f"{each.public_id} is erased and the record of that lies in a newer log; its page says so"
            for each in erased
        ]
        facts = {"pages": pages, "erased_without_record": [each.public_id for each in erased]}
        self.report(options, lines, facts)
