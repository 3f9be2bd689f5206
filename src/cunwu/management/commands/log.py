"""`cunwu log`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from cunwu.disclosure import keys, log
from cunwu.disclosure.keys import Because
from cunwu.disclosure.recovery import recover
from cunwu.errors import Invalid
from cunwu.management.base import Command as Base
from cunwu.management.base import language


class Command(Base):
    """The public log: completed from a mirror after a restore, or signed by another key from now on."""

    help = (
        "公开日志。 `log recover --from MIRROR` completes log and database from a copy of the residents' site, after a backup was "
        "restored or files were lost or changed, and lets the same tree go on. `log change-key --because rotation|loss|compromise` "
        "lets a new key follow the one that signs."
    )

    def options(self, parser: CommandParser) -> None:
        """What to do, and from which copy."""
        parser.add_argument("what", choices=["recover", "change-key"])
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
        parser.add_argument(
            "--because", choices=[str(each) for each in Because], help="why another key follows"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Recover or change the key, then let the log go on."""
        {"recover": self._recover, "change-key": self._change_key}[options["what"]](options)

    def _change_key(self, options: dict[str, Any]) -> None:
        if options["because"] is None:
            raise Invalid(
                "key.no_reason",
                "请用 --because 写明换钥原因：rotation（定期更换）、loss（遗失）或 compromise（可能被他人拿到）。",
                "Say with --because why the key changes: rotation (planned), loss, or compromise (somebody else may have it).",
            )
        now = self.now(options)
        done = keys.change(Because(options["because"]), now=now)
        after = log.sequence(now=now)
        self.report(
            options,
            [
                f"The log of {after.size} entries is signed by another key from now on; its fingerprint is {done.key.fingerprint}.",
                "The earlier key named it, so papers with the earlier fingerprint still lead to it."
                if done.handover
                else "No earlier key vouches for it: publish the fingerprint where residents read it, and tell every witness.",
                *dict.fromkeys(failure.sentence(language()) for failure in after.failures),
                "Next: copy the new log.key to the safe; cunwu bake --all --papers-anew; put fresh notices on the boards; tell the "
                "witnesses.",
            ],
            {
                "key": done.key.vkey,
                "fingerprint": done.key.fingerprint,
                "earlier": done.earlier.vkey,
                "because": str(done.because),
                "handover": done.handover,
                "size": after.size,
                "failures": [failure.as_json() for failure in after.failures],
            },
        )

    def _recover(self, options: dict[str, Any]) -> None:
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
