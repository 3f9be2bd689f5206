"""`cunwu create-user`"""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from cunwu.errors import NotFound
from cunwu.management import users
from cunwu.management.base import Command as Base
from cunwu.org.models import Person


class Command(Base):
    """A sign-in for a person; the password is asked for or read from a file, never an argument."""

    help = "建立账号。 Give a person (see `cunwu appointments --json`) a sign-in; the second factor is set up at first sign-in."

    def options(self, parser: CommandParser) -> None:
        """Whose, under which name, by whom."""
        parser.add_argument("name", help="what is typed at sign-in")
        parser.add_argument("--person", required=True, metavar="ID")
        parser.add_argument("--password-file", type=Path, help="its first line is the password")
        parser.add_argument(
            "--as", dest="actor", metavar="APPOINTMENT", help="whose office acts; else set-up"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Create the user."""
        person = Person.objects.filter(public_id=options["person"]).first()
        if person is None:
            raise NotFound(
                "person.unknown",
                f"没有编号为{options['person']}的人；用 cunwu appointments --json 查看编号。",
                f"There is no person {options['person']}; ids are listed by `cunwu appointments --json`.",
            )
        user = users.create_user(
            self.actor(options) if options["actor"] else None,
            person,
            options["name"],
            _password(options["password_file"]),
            now=self.now(options),
        )
        self.report(
            options,
            [f"{person.name} signs in as {user.username}; the second factor is set up at the first sign-in."],
            {"user": user.username, "person": person.public_id},
        )


def _password(file: Path | None) -> str:
    if file is None:
        return getpass.getpass("Password: ")
    return file.read_text(encoding="utf-8").split("\n", 1)[0]
