"""The supervisory committee's half-yearly report: what the record counts, and the words that the committee adds."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.desk import typed
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, organization_or_404
from cunwu.disclosure.models import Draft, Publication
from cunwu.disclosure.publishing import newest
from cunwu.errors import NotFound
from cunwu.law.periods import Period
from cunwu.law.terms import CatalogueItem
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Organization
from cunwu.procedures.supervision import FIGURES, ITEM, TEXT_LENGTH, draft_report, figures

HALVES = 4
"""How many half-years back a report can be chosen on the page."""


def report(request: DeskRequest, organization_id: str) -> HttpResponse:
    """The report of the committee of the organization's village: its figures for one half-year, and drafting it."""
    committee = _committee(organization_or_404(organization_id))
    act_for(request, committee, "disclosure.sign")
    return answer(request, committee, _show, {"draft": _draft})


def _committee(body: Organization) -> Organization:
    """The supervisory committee of the body's village. Raises NotFound `desk.no_supervision`."""
    found = Organization.objects.select_related("place").filter(
        place=body.place_id, kind=Organization.Kind.SUPERVISION, until_day=None
    )
    committee = found.first()
    if committee is None:
        raise NotFound(
            "desk.no_supervision",
            f"{body.place.name_zh}没有登记村务监督委员会，不能编写监督工作报告；请先登记这个单位。",
            f"No supervisory committee is registered in {body.place.name('en')}; register it before it reports.",
        )
    return committee


def _show(request: DeskRequest, committee: Organization) -> tuple[str, dict[str, object]]:
    halves = ended_halves(request)
    asked = request.POST.get("period") or request.GET.get("half")
    chosen = next((half for half in halves if str(half) == asked), halves[0])
    counted = figures(committee, chosen)
    published = newest(committee, ITEM, str(chosen))
    return "desk/supervision.html", {
        "organization": committee,
        "tab": "disclosure",
        "halves": halves,
        "chosen": chosen,
        "figures": [(FIGURES[name], count) for name, count in counted.items()],
        "draft": _open_draft(committee, chosen),
        "published": published,
        "earlier": _earlier(committee),
        "most": TEXT_LENGTH,
        "terms": _terms(request),
    }


def ended_halves(request: DeskRequest) -> list[Period]:
    """The half-years that have ended, the last one first."""
    running = Period.containing("half", local_day(request.now))
    return [running.shifted(-back) for back in range(1, HALVES + 1)]


def _terms(request: DeskRequest) -> CatalogueItem:
    return rules().catalogue_item(ITEM, local_day(request.now))


def _open_draft(committee: Organization, half: Period) -> Draft | None:
    waiting = Draft.objects.filter(organization=committee, item=ITEM, period=str(half))
    return waiting.filter(replaced_at=None, publication=None).first()


def _earlier(committee: Organization) -> list[Publication]:
    published = Publication.objects.filter(organization=committee, item=ITEM, superseded_by=None)
    return list(published.order_by("-period", "-id")[:HALVES])


def _draft(request: DeskRequest, committee: Organization) -> HttpResponse:
    draft = draft_report(
        act_for(request, committee, "disclosure.sign"),
        committee,
        typed.text(request, "period"),
        # As it came: too long is refused with its length, never cut.
        request.POST.get("text", ""),
        reason_zh=typed.text(request, "reason"),
        now=request.now,
    )
    return redirect("desk:draft", draft.public_id)


def unwritten(request: DeskRequest) -> tuple[Organization, Period] | None:
    """The committee of one of this person's offices and the half-year that ended last, while nothing of its report is
    drafted or published. Of a half-year whose meetings were not entered here (`meetings_from`) nothing is owed. One
    query a committee, none for whoever is in none."""
    half = ended_halves(request)[0]
    if (settings.CUNWU.meetings_from or date.max) > half.first_day:
        return None
    for post in request.appointments:
        if post.organization.kind != Organization.Kind.SUPERVISION:
            continue
        begun = Draft.objects.filter(organization=post.organization_id, item=ITEM, period=str(half))
        if not begun.filter(Q(replaced_at=None) | Q(publication__isnull=False)).exists():
            return post.organization, half
    return None
