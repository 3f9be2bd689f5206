"""The desk with one page more, whose only step is what a test tries: the real gates, answers and records around it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import include, path

from cunwu.desk import urls
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, organization_or_404
from cunwu.org.models import Appointment, Organization

trying: list[Callable[[Appointment], object]] = []
"""What is tried now; it is given the office that acts."""


def attempt(request: DeskRequest, organization_id: str) -> HttpResponse:
    """The page."""
    return answer(request, organization_or_404(organization_id), _show, {"try": _try})


def by_address(request: DeskRequest, organization_id: str) -> HttpResponse:
    """A page that asks for a right before it shows anything."""
    act_for(request, organization_or_404(organization_id), "meetings.hold")
    return HttpResponse("")


def _show(_request: DeskRequest, _organization: Organization) -> tuple[str, dict[str, object]]:
    return "desk/refused.html", {}


def _try(request: DeskRequest, organization: Organization) -> str:
    request.concerns = organization
    trying[-1](request.appointment)
    return "done"


desk = [
    path("attempt/<str:organization_id>/", attempt, name="attempt"),
    path("by-address/<str:organization_id>/", by_address, name="by_address"),
    *urls.urlpatterns,
]
urlpatterns = [path("accounts/", include("allauth.urls")), path("", include((desk, "desk")))]
