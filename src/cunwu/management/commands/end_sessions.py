"""`cunwu end-sessions`"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandParser

from cunwu.management import users
from cunwu.management.base import Command as Base


class Command(Base):
    """Everybody, or one user, signs in anew."""

    help = "结束登录。 End the sessions of everybody, or of one user: a telephone was lost, somebody left."

    def options(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("--user", default="", metavar="NAME", help="without it everybody's")
        parser.add_argument("--for-good", action="store_true", help="and the user cannot sign in any more")

    def run(self, options: dict[str, Any]) -> None:
        """End them."""
        ended = users.end_sessions(options["user"], for_good=options["for_good"], now=self.now(options))
        whose = options["user"] or "everybody"
        after = "; the sign-in is shut" if options["for_good"] else ""
        self.report(options, [f"{ended} sessions of {whose} ended{after}."], {"ended": ended})
