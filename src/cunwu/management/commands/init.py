"""`cunwu init`"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu import installation
from cunwu.management import installing
from cunwu.management.base import Command as Base


class Command(Base):
    """A new installation: settings file, keys, folders, database, log. Asks nothing; changes nothing that is there."""

    help = "建立安装。 Make a new installation in CUNWU_HOME (keys in CUNWU_KEYS). Run again, it adds what is missing."
    needs_data = False

    def options(self, parser: CommandParser) -> None:
        """What goes into installation.toml; without an option the file's or the program's own value stays."""
        parser.add_argument("--title-zh", help="the county's name in Chinese, shown on every page")
        parser.add_argument("--title-en", help="the county's name in English")
        parser.add_argument("--county-code", help="six digits, GB/T 2260")
        parser.add_argument("--packs", help="packs from the nation down, as cn,cn-shandong,fangzi")
        parser.add_argument("--log-origin", help="the log's name for ever, as cunwu.example.cn/370704")
        parser.add_argument("--portal-url", help="where residents read")
        parser.add_argument("--desk-url", help="where staff sign in")
        parser.add_argument(
            "--meetings-from", help="the day from which villages enter their meetings here, as 2026-12-01"
        )
        parser.add_argument(
            "--ocid-prefix",
            help="the prefix registered with the Open Contracting Partnership, as ocds-213czf",
        )
        parser.add_argument("--demo", action="store_true", help="for invented data only")

    def run(self, options: dict[str, Any]) -> None:
        """In order: settings file, keys, database and its guards, origin of the data, log."""
        given = {name: options[name] for name in installing.OPTIONS if options[name] is not None}
        if "packs" in given:
            given["packs"] = tuple(given["packs"].split(","))
        made = installing.install(given, demo=options["demo"])
        data = {
            "home": str(settings.HOME),
            "keys": str(settings.KEYS),
            "mode": settings.CUNWU.mode,
            "log_key": made.log_key,
            "log_key_fingerprint": made.fingerprint,
        }
        self.report(
            options,
            [
                f"Data in {settings.HOME}, keys in {settings.KEYS} ({', '.join(installation.KEY_NAMES)}): "
                "keep a copy of the keys apart, no backup holds them.",
                f"The log {settings.CUNWU.log_origin} has the key {made.log_key}",
                f"with the fingerprint {made.fingerprint}.",
            ],
            data,
        )
