"""`cunwu code`"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandParser

from cunwu.management import users
from cunwu.management.base import Command as Base


class Command(Base):
    """The present second factor of a demo's user, so that the walk needs no telephone."""

    help = "验证码。 Print the present six digits of a user's second factor. In a demo only."

    def options(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("user")

    def run(self, options: dict[str, Any]) -> None:
        """Print the code."""
        code = users.present_code(options["user"])
        self.report(options, [code], {"user": options["user"], "code": code})
