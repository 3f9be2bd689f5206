"""What all our commands share: who acts, what time it is, one line for a refusal, one JSON object for machines."""

from __future__ import annotations

import json
import os
import sys
from abc import ABC, abstractmethod
from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from cunwu.errors import NotAllowed, NotReady, Refused
from cunwu.moment import moment_now
from cunwu.org import audit
from cunwu.org.actions import find_appointment
from cunwu.org.models import Appointment, DataOrigin, Organization

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DJANGO_OPTIONS = {
    "--version",
    "--traceback",
    "--settings",
    "--pythonpath",
    "--no-color",
    "--force-color",
    "--skip-checks",
    "--verbosity",
}


class Command(BaseCommand, ABC):
    """A command of ours. Subclasses write `run`, which does the work and calls `report` with what came of it."""

    requires_system_checks = ()
    suppressed_base_arguments = _DJANGO_OPTIONS
    acts = False
    """Whether it acts `--as` an appointment."""
    needs_data = True
    """Whether there must be a database, of the kind that this installation may run."""
    concerns: Organization | None = None
    """For whom somebody acts, once the command knows it."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The options of every command of ours, then its own (`options`)."""
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
        if self.needs_data:
            parser.add_argument(
                "--now", type=_moment, metavar="TIME", help="act at this time, in China (demo only)"
            )
        if self.acts:
            parser.add_argument(
                "--as", dest="actor", required=True, metavar="APPOINTMENT", help="whose office acts"
            )
        self.options(parser)

    def options(self, parser: CommandParser) -> None:
        """The command's own options."""

    def handle(self, **options: Any) -> None:
        """Look that the data are there and ours to use, then `run`; what somebody in office is refused is on record."""
        if self.needs_data:
            require_data()
        try:
            self.run(options)
        except Refused as refusal:
            self._record_refusal(options, refusal)
            raise

    def _record_refusal(self, options: dict[str, Any], refusal: Refused) -> None:
        actor = Appointment.objects.filter(public_id=options["actor"]).first() if self.acts else None
        if actor is not None:
            tried = f"command:{type(self).__module__.rpartition('.')[2]}"
            now = (options["now"] if settings.CUNWU.demo else None) or moment_now()
            audit.record_refusal(actor, tried, refusal, now=now, organization=self.concerns)

    @abstractmethod
    def run(self, options: dict[str, Any]) -> None:
        """The work."""

    def run_from_argv(self, argv: list[str]) -> None:
        """As Django's, and a refusal is one line on stderr (or the one JSON error shape) and exit code 1."""
        try:
            super().run_from_argv(argv)
        except Refused as refused:
            if "--json" in argv:
                self.stdout.write(json.dumps(refused.as_json(), ensure_ascii=False, default=str))
            else:
                self.stderr.write(refused.sentence(language()))
            sys.exit(1)

    def report(self, options: dict[str, Any], sentences: list[str], data: dict[str, Any]) -> None:
        """Say what was done: `data` as one JSON object with `--json`, else `sentences`, a line each."""
        if options["json"]:
            self.stdout.write(json.dumps(data, ensure_ascii=False, default=str))
        else:
            self.stdout.write("\n".join(sentences))

    def actor(self, options: dict[str, Any]) -> Appointment:
        """The appointment named by `--as`. Raises Invalid `appointment.unknown`."""
        return find_appointment(options["actor"])

    def now(self, options: dict[str, Any]) -> datetime:
        """The time at which the command acts. Raises NotAllowed `now.demo_only` where `--now` is used on real data."""
        given: datetime | None = options.get("now")
        if given is None:
            return moment_now()
        if not settings.CUNWU.demo:
            raise NotAllowed(
                "now.demo_only",
                "只有演示数据可以用 --now 指定时间；正式数据一律按当前时间办理。",
                "Only a demo takes --now; real data are acted on at the present time.",
            )
        return given


def require_data() -> None:
    """Raise NotReady unless the database was made and holds data of the kind that this installation runs."""
    if "cunwu_dataorigin" not in connection.introspection.table_names():
        raise NotReady(
            "installation.empty",
            f"{settings.HOME}中还没有数据库；请先运行 cunwu init，或用 CUNWU_HOME 指定数据文件夹。",
            f"There is no database in {settings.HOME}; run `cunwu init` first, or name the folder in CUNWU_HOME.",
        )
    origin = DataOrigin.objects.first()
    if origin is not None and (origin.kind == DataOrigin.Kind.DEMO) != settings.CUNWU.demo:
        raise NotAllowed(
            "installation.origin",
            f"{settings.HOME}中的数据与installation.toml的mode（{settings.CUNWU.mode}）不符：演示数据只能用于演示。",
            f"The data in {settings.HOME} are not what the mode {settings.CUNWU.mode!r} of installation.toml says: "
            "invented data run only in a demo.",
        )


def language() -> str:
    """ "zh" where the terminal's locale is Chinese, else "en"."""
    told = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if told.startswith("zh") else "en"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time; write 2026-10-08 or 2026-10-08T10:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
