"""Who acts: the signed-in person's chosen appointment, on every request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class DeskMiddleware:
    """Passes the request on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """One request."""
        return self.get_response(request)


def desk_context(request: HttpRequest) -> dict[str, object]:
    """What every page of the desk knows."""
    return {"request": request}
