"""Reading findings: by what is to be done next, and how often each rule was right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from cunwu.org.models import Organization
from cunwu.oversight.models import Finding, Screening
from cunwu.oversight.rules import RULES

_LIVE = Q(gone_day=None)
STATES: dict[str, Q] = {
    "open": _LIVE & Q(verdict="", replied_at=None, matter=None),
    "answered": _LIVE & Q(verdict="", replied_at__isnull=False, matter=None),
    "confirmed": _LIVE & Q(verdict="confirmed", matter=None),
    "taken_up": _LIVE & ~Q(verdict="dismissed") & Q(matter__isnull=False),
    "dismissed": _LIVE & Q(verdict="dismissed"),
    "gone": Q(gone_day__isnull=False),
}
"""What is to be done next: answered by the village, reviewed, taken up, worked on; or nothing more."""


@dataclass(frozen=True, slots=True)
class Record:
    """How a rule fared: questions that wait, that were found right and wrong, and that ended by themselves."""

    waiting: int = 0
    confirmed: int = 0
    dismissed: int = 0
    gone: int = 0

    @property
    def reviewed(self) -> int:
        """How many the precision is of."""
        return self.confirmed + self.dismissed

    @property
    def precision(self) -> int | None:
        """Of a hundred reviewed questions, how many were right; None where nobody reviewed any."""
        return self.confirmed * 100 // self.reviewed if self.reviewed else None


def findings_of(organizations: Iterable[Organization] | QuerySet[Organization]) -> QuerySet[Finding]:
    """The findings about contracts of these organizations."""
    return Finding.objects.filter(organization__in=organizations).select_related(
        "organization__place", "contract"
    )


def records(findings: QuerySet[Finding]) -> Mapping[str, Record]:
    """Each rule's record among `findings`, rules in their order, those of which nothing was asked included: one query."""
    counted = (
        findings.order_by()
        .values("rule")
        .annotate(
            waiting=Count("pk", filter=Q(gone_day=None, verdict="")),
            confirmed=Count("pk", filter=Q(verdict="confirmed")),
            dismissed=Count("pk", filter=Q(verdict="dismissed")),
            gone=Count("pk", filter=Q(gone_day__isnull=False)),
        )
        .values_list("rule", "waiting", "confirmed", "dismissed", "gone")
    )
    found = {rule: Record(*counts) for rule, *counts in counted}
    return {rule.name: found.get(rule.name, Record()) for rule in RULES}


def last_screened() -> date | None:
    """The last day on which everything here was screened."""
    newest = Screening.objects.filter(place=None).order_by("-day").first()
    return newest.day if newest else None
