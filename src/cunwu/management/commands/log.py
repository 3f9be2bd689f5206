"""`cunwu log`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from cunwu.disclosure import log
from cunwu.disclosure.recovery import recover
from cunwu.errors import Invalid
from cunwu.management.base import Command as Base
from cunwu.management.base import language


class Command(Base):
    """The public log completed from a mirror after a restore."""

    help = (
        "公开日志。 `log recover --from MIRROR` completes log and database from a copy of the residents' site, after a backup was "
        "restored or files were lost or changed, and lets the same tree go on."
    )

    def options(self, parser: CommandParser) -> None:
        """What to do, and from which copy."""
        parser.add_argument("what", choices=["recover"])
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--from",
            dest="mirror",
            type=Path,
            metavar="MIRROR",
            help="an exported site, or the old data's site/",
        )
        source.add_argument(
            "--without-mirror", action="store_true", help="nobody has a copy: go on from what is here"
        )
        parser.add_argument(
            "--accept-loss", action="store_true", help="mark documents that no copy holds as lost, for ever"
        )

        parser.add_argument(
            "--fingerprint",
            default="",
            help="of the key that signed the mirror or the log here, where it has changed since",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Recover, then let the log go on."""
        if options["mirror"] is None and not options["without_mirror"]:
            raise Invalid(
                "recover.no_source",
                "请用 --from 指定镜像文件夹；确实谁也没有副本时用 --without-mirror，只有见证人能发现此后的分叉。",
                "Name a mirror with --from; where really nobody has a copy use --without-mirror: then only a witness "
                "notices that the log was continued twice.",
            )
        now = self.now(options)
        done = recover(
            options["mirror"], fingerprint=options["fingerprint"], accept_loss=options["accept_loss"], now=now
        )
        after = log.sequence(now=now)
        counts = {name: value for name, value in asdict(done).items() if name != "failures"}
        failures = [*done.failures, *after.failures]
        self.report(
            options,
            [
                f"The log has {after.size} entries; {done.healed} of its files were written anew.",
                f"{done.adopted} entries came into the database, {done.brought_back} publications with their documents, "
                f"{done.documents} documents were put back; {done.lost} are marked as lost.",
                *([f"{done.unknown} entries name organizations unknown here."] if done.unknown else []),
                *dict.fromkeys(failure.sentence(language()) for failure in failures),
                "Next: cunwu bake --all, then cunwu check-log.",
            ],
            {**counts, "size": after.size, "failures": [failure.as_json() for failure in failures]},
        )
