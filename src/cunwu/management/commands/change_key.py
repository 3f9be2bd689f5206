"""`cunwu change-key`"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandParser

from cunwu.disclosure import log
from cunwu.disclosure.keys import Because
from cunwu.installation import KEY_NAMES
from cunwu.management.base import Command as Base
from cunwu.management.base import language
from cunwu.management.changing_keys import Changed, change_key

_NEXT = {
    "log": "Next: cunwu bake --all --papers-anew; put fresh notices on the boards; tell the witnesses.",
    "seal": "Next: cunwu bake --all, so that residents read the new fingerprint.",
    "django": "Next: start the installation again; everybody signs in anew.",
    "field": "Backups of before need the old key, kept as field-until-….key: move it to where they are, apart from them.",
    "index": "Nothing else is needed.",
}


class Command(Base):
    """Another key in the place of one of the five."""

    help = (
        "更换密钥。 Let another key take the place of one: as planned, because it was lost, or because somebody else may have it. "
        "What it protects is taken along, and the public log says that it changed. See docs/operating/keys.md."
    )

    def options(self, parser: CommandParser) -> None:
        """Which key, and why."""
        parser.add_argument("key", choices=KEY_NAMES)
        parser.add_argument(
            "--because",
            choices=[str(each) for each in Because],
            required=True,
            help="planned; the key is gone; somebody else may have it",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Change it, then put the entry about it into the log."""
        now = self.now(options)
        done = change_key(options["key"], Because(options["because"]), now=now)
        after = log.sequence(now=now)
        self.report(
            options,
            [
                f"Another key is in the place of {done.name}.key; copy it to the safe.",
                *_about_log(done),
                *([f"{done.resealed} cells were sealed or found anew."] if done.resealed else []),
                *([f"{done.lost} cells could not be read any more and are empty."] if done.lost else []),
                *dict.fromkeys(failure.sentence(language()) for failure in after.failures),
                _NEXT[done.name],
            ],
            {
                "key": done.name,
                "because": str(done.because),
                "resealed": done.resealed,
                "lost": done.lost,
                "fingerprint": done.change.key.fingerprint if done.change else "",
                "handover": done.change.handover if done.change else "",
                "size": after.size,
                "failures": [failure.as_json() for failure in after.failures],
            },
        )


def _about_log(done: Changed) -> list[str]:
    if done.change is None:
        return []
    vouched = (
        "The earlier key named it, so papers with the earlier fingerprint still lead to it."
        if done.change.handover
        else "No earlier key vouches for it: publish the fingerprint where residents read it."
    )
    return [f"The fingerprint of the log's key is now {done.change.key.fingerprint}.", vouched]
