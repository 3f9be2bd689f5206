"""Sign-in of staff."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):
    """Nobody signs up: staff are given a sign-in with their appointment."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
