"""Sign-in of staff: which of the sign-in library's addresses exist here, and who must do what first."""

from __future__ import annotations

import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from cunwu.desk import entrance
from cunwu.org import pace

ENTRANCE = frozenset({"account_login", "account_logout", "mfa_authenticate"})
"""Addresses for people who are not signed in yet."""
FIRST_SET_UP = frozenset({"mfa_activate_totp", "account_reauthenticate", "mfa_reauthenticate"})
"""What a signed-in person without a second factor may do, and nothing else."""
OWN_ACCOUNT = FIRST_SET_UP | {
    "account_change_password",
    "mfa_index",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
}
"""What every signed-in person may do with the own account, with or without an office."""


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: staff are given a sign-in with their appointment."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  (the library's signature)
        """Never."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: str) -> AbstractBaseUser | None:
        """As the library, at the pace of `entrance`; a right password does not count. Raises TooOften `sign_in.slowed`."""
        claims = entrance.begin_password(request, credentials.get("username", ""))
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            pace.give_back(claims)
        return user

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Not within five minutes of signing in: nobody types a password twice to set up the second factor."""
        request = context.request
        records = get_authentication_records(request, request.user)
        fresh = records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not fresh and bool(super().is_reauthentication_required(app=app, **kwargs))


class _AtPace:
    """A form for a code of the second factor, at the pace of `entrance`; a right code does not count."""

    def clean_code(self) -> str:
        """The library's check. Raises TooOften `sign_in.slowed`."""
        claims = entrance.begin_code(context.request, self.user)  # type: ignore[attr-defined]
        code: str = super().clean_code()  # type: ignore[misc]
        pace.give_back(claims)
        return code


class CodeForm(_AtPace, AuthenticateForm):  # type: ignore[misc]
    """The code when signing in."""


class CodeAgainForm(_AtPace, ReauthenticateForm):  # type: ignore[misc]
    """The code before something that wants a fresh proof."""


def end_other_sessions(*, request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """Receiver of the sign-in library's `authenticator_added`: a session that was opened with the password alone,
    before there was a second factor, does not get through the gate by it."""
    for session in Session.objects.exclude(session_key=request.session.session_key):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()


def has_second_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether an authenticator app is set up; a password alone opens no page of the desk."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP]))
