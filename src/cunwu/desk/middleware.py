"""Who acts: the signed-in person's appointments of today, on every request; refusals as pages; strict headers on every answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from cunwu.desk import accounts, entrance, sessions
from cunwu.desk.requests import CHOSEN, DeskRequest
from cunwu.desk.wording import day_text, office_title, say
from cunwu.errors import Invalid, Refused, TooOften
from cunwu.moment import moment_now
from cunwu.org import audit
from cunwu.org.authority import capabilities, local_day
from cunwu.org.models import Appointment

PUBLIC = frozenset({"desk:language", "desk:static", "desk:health"})
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NULL = Invalid(
    "request.null_character",
    "送来的内容里有空字符（编码为零），无法保存和查找；请删去后重新输入。",
    "What was sent holds a null character (code zero), which can be neither kept nor looked for; remove it and enter it again.",
)


class StrictHeaders:
    """The outermost layer: every answer gets the strict policy, also those to requests that no layer let through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Adds the headers; pages of persons are kept by no cache. A cookie with the null character is none that we set,
        and no database can look for it: it is left out."""
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class DeskMiddleware:
    """Lets a request through to a page only with a signed-in person, a second factor and an office held today."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sets `request.now` and what `_record_refusal` reads; who in office is refused a step is on record."""
        request.now = moment_now()  # type: ignore[attr-defined]
        request.step, request.concerns, request.refusal = "", None, None  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.method == "POST":
            _record_refusal(request)
        if isinstance(request.refusal, TooOften):  # type: ignore[attr-defined]
            response.headers["Retry-After"] = str(request.refusal.wait)  # type: ignore[attr-defined]
        if (
            request.method == "POST"
            and request.resolver_match
            and request.resolver_match.view_name == "account_logout"
        ):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        sessions.note_use(request, response)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponseBase | None:
        """What no database can hold is refused, then the three gates, in order; None lets the view run."""
        if _holds_null(request):
            return _refuse(request, NULL)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in PUBLIC or name in accounts.ENTRANCE:
            return None
        own_account = name in accounts.OWN_ACCOUNT
        if not own_account and not name.startswith("desk:"):
            # The sign-in library brings addresses for e-mail and sign-up, which staff do not have.
            raise Http404
        if request.user.is_authenticated and sessions.is_over(request):
            logout(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not accounts.has_second_factor(request.user):
            return None if name in accounts.FIRST_SET_UP else redirect("mfa_activate_totp")
        return None if own_account else _take_office(request) or _pace_searches(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal is a page with the sentence, the clause and the status; our own faults go on to the 500 page."""
        if not isinstance(error, Refused):
            return None
        return _refuse(request, error)


def _holds_null(request: HttpRequest) -> bool:
    """Whether the path or any field holds the null character, which PostgreSQL's text cannot and no keyboard writes."""
    fields = (value for sent in (request.GET, request.POST) for _, values in sent.lists() for value in values)
    return "\0" in request.path or any("\0" in value for value in fields)


def _refuse(request: HttpRequest, refusal: Refused) -> HttpResponse:
    request.refusal = refusal  # type: ignore[attr-defined]
    return render(request, "desk/refused.html", {"refusal": refusal}, status=refusal.status)


def _record_refusal(request: HttpRequest) -> None:
    """One entry a request, and only of who passed the gates: strangers cannot fill the audit. Of what was too fast
    `entrance` writes one a burst."""
    asked = cast("DeskRequest", request)
    acting: Appointment | None = getattr(request, "appointment", None)
    if (
        asked.refusal is None
        or isinstance(asked.refusal, TooOften)
        or acting is None
        or asked.resolver_match is None
    ):
        return
    tried = "/".join(filter(None, (asked.resolver_match.view_name, asked.step)))
    audit.record_refusal(acting, tried, asked.refusal, now=asked.now, organization=asked.concerns)


def _take_office(request: HttpRequest) -> HttpResponse | None:
    """Put today's appointments on the request, the chosen one first; a clear page where there is none."""
    every = list(
        Appointment.objects.filter(person__user=request.user.pk)
        .select_related("person", "organization__place")
        .order_by("organization__place__path", "id")
    )
    today = local_day(request.now)  # type: ignore[attr-defined]
    held = [appointment for appointment in every if appointment.held_on(today)]
    if not held:
        return render(request, "desk/no_office.html", {"appointments": every}, status=403)
    chosen = request.session.get(CHOSEN)
    acting = next((appointment for appointment in held if appointment.public_id == chosen), None)
    if acting is None and chosen:
        _tell_of_end(request, next((a for a in every if a.public_id == chosen), None), held[0])
    request.appointments = held  # type: ignore[attr-defined]
    request.appointment = acting or held[0]  # type: ignore[attr-defined]
    return None


def _pace_searches(request: HttpRequest) -> HttpResponse | None:
    """Searching and exporting read much at once: counted by person, a page with `search.slowed` where it is too fast."""
    if request.method != "GET" or not (request.GET.get("q") or request.GET.get("as")):
        return None
    try:
        entrance.search(request, request.appointment)  # type: ignore[attr-defined]
    except TooOften as refusal:
        return _refuse(request, refusal)
    return None


def _tell_of_end(request: HttpRequest, ended: Appointment | None, acting: Appointment) -> None:
    request.session[CHOSEN] = acting.public_id
    if ended is None:
        return
    messages.warning(
        request,
        say(
            "您在{organization}的{office}任期已于{day}结束，现在以{now}的任职办理。",
            "Your term as {office} of {organization} ended on {day}; you now act for {now}.",
            organization=ended.organization.name_zh,
            office=office_title(ended.office),
            day=day_text(ended.until_day and ended.until_day - timedelta(days=1)),
            now=acting.organization.name_zh,
        ),
    )


def desk_context(request: HttpRequest) -> dict[str, object]:
    """What every page of the desk knows: whether this is a demo, who acts, which tabs the offices open."""
    acting: Appointment | None = getattr(request, "appointment", None)
    held: list[Appointment] = getattr(request, "appointments", [])
    today = local_day(moment_now())
    return {
        "demo": settings.CUNWU.demo,
        "installation": settings.CUNWU,
        "acting": acting,
        "abilities": {
            ability.replace(".", "_"): True for office in held for ability in capabilities(office, today)
        },
    }
