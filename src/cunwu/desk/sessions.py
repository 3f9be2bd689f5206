"""How long somebody stays signed in: an hour without a page, twelve hours in all (NIST SP 800-63B-4, AAL2).

When a session began stands in it; when it was last used, in a cookie signed for this session, so that reading a page
writes nothing into the database.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from cunwu import moment
from cunwu.desk import entrance

IDLE = timedelta(hours=1)
WHOLE = timedelta(hours=12)
FRESH = timedelta(minutes=5)
"""The cookie is written anew when it is older than this."""
SEEN = settings.COOKIE_PREFIX + "seen"
_BEGAN = "began"


def note_sign_in(*, request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """Receiver of Django's `user_logged_in`."""
    request.session[_BEGAN] = moment.machine_now().isoformat()
    request.signed_in = user.pk  # type: ignore[attr-defined]


def is_over(request: HttpRequest) -> bool:
    """Whether this session has lasted or rested too long; one without a beginning is of before this rule."""
    began = request.session.get(_BEGAN)
    if began is None:
        return True
    now, start = moment.machine_now(), datetime.fromisoformat(began)
    return now - start > WHOLE or now - max(start, _seen(request) or start) > IDLE


def note_use(request: HttpRequest, response: HttpResponse) -> None:
    """Write down that the session is in use, and on which browser somebody has just signed in."""
    if not request.user.is_authenticated:
        return
    seen = _seen(request)
    if seen is None or moment.machine_now() - seen > FRESH:
        told = {"of": _session(request), "at": moment.machine_now().isoformat()}
        response.set_cookie(
            SEEN,
            signing.dumps(told, salt=SEEN),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    account = getattr(request, "signed_in", None)
    if account is not None:
        entrance.remember(request, response, account)


def _seen(request: HttpRequest) -> datetime | None:
    """When this session was last used, as far as the browser can prove it."""
    try:
        told = signing.loads(request.COOKIES.get(SEEN, ""), salt=SEEN)
        return datetime.fromisoformat(told["at"]) if told["of"] == _session(request) else None
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None


def _session(request: HttpRequest) -> str:
    return salted_hmac(SEEN, request.session.session_key or "").hexdigest()[:32]
