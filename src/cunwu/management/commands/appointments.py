"""`cunwu appointments`"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandParser

from cunwu.errors import NotFound
from cunwu.management.base import Command as Base
from cunwu.management.base import language
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Appointment, Place


class Command(Base):
    """Who holds which office today; the ids are those that `--as` takes."""

    help = "任职。 List who holds which office today, with the id that --as takes."

    def options(self, parser: CommandParser) -> None:
        """Where, and whether those that ended are listed too."""
        parser.add_argument("--place", help="name or id of a place: it and everything below")
        parser.add_argument("--all", action="store_true", help="also those that have ended or not begun")

    def run(self, options: dict[str, Any]) -> None:
        """One line an appointment: id, person, office, organization, from, until."""
        today = local_day(self.now(options))
        found = Appointment.objects.select_related("person", "organization__place").order_by(
            "organization__place__path", "organization_id", "office", "from_day"
        )
        if options["place"]:
            found = found.filter(organization__place__path__startswith=_place(options["place"]).path)
        listed = [each for each in found if options["all"] or each.held_on(today)]
        self.report(options, [_line(each) for each in listed], {"appointments": [_plain(e) for e in listed]})


def _place(told: str) -> Place:
    place = Place.objects.filter(public_id=told).first() or Place.objects.filter(name_zh=told).first()
    if place is None:
        raise NotFound(
            "place.unknown",
            f"没有名为“{told}”的地方；请写全名（如云溪村）或编号。",
            f"There is no place {told!r}; write its whole Chinese name or its id.",
        )
    return place


def _line(appointment: Appointment) -> str:
    title = rules().office(appointment.office).title.sentence(language())
    until = f"{appointment.until_day:%Y-%m-%d}" if appointment.until_day else "…"
    kind = "" if appointment.kind == Appointment.Kind.REGULAR else f" ({appointment.kind})"
    return (
        f"{appointment.public_id}  {appointment.person.name}  {title}{kind}  "
        f"{appointment.organization.name_zh}  {appointment.from_day:%Y-%m-%d} – {until}"
    )


def _plain(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": appointment.public_id,
        "person": appointment.person.public_id,
        "name": appointment.person.name,
        "office": appointment.office,
        "kind": appointment.kind,
        "organization": appointment.organization.public_id,
        "organization_name": appointment.organization.name_zh,
        "place": appointment.organization.place.public_id,
        "from": appointment.from_day,
        "until": appointment.until_day,
    }
