"""How every page of the desk answers: show, or do one named step and come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect, render

from cunwu.desk.requests import DeskRequest
from cunwu.errors import Invalid, Refused

T = TypeVar("T")
Step = Callable[[DeskRequest, T], "str | HttpResponse"]
Show = Callable[[DeskRequest, T], "tuple[str, dict[str, object]]"]


def answer(request: DeskRequest, subject: T, show: Show[T], steps: Mapping[str, Step[T]]) -> HttpResponse:
    """The page of `subject`; on POST the step named by the field `do` is done first.

    A step returns the sentence that confirms it (shown after a redirect to the same page), or a response of its own.
    A refused step shows the page again with the reason, its status, and what was typed. Raises Invalid
    `desk.unknown_step` for a step that the page does not have.
    """
    if request.method != "POST":
        return _shown(request, subject, show)
    step = steps.get(request.POST.get("do", ""))
    if step is None:
        raise Invalid(
            "desk.unknown_step",
            "这一页没有这个步骤，请重新打开页面后再办。",
            "This page has no such step; open it again and repeat.",
        )
    request.step = request.POST.get("do", "")
    try:
        done = step(request, subject)
    except Refused as refusal:
        request.refusal = refusal
        if isinstance(subject, Model):
            subject.refresh_from_db()  # what the step had changed in it was never stored
        return _shown(request, subject, show, refusal)
    if isinstance(done, HttpResponse):
        return done
    messages.success(request, done)
    return redirect(request.get_full_path())


def _shown(request: DeskRequest, subject: T, show: Show[T], refusal: Refused | None = None) -> HttpResponse:
    template, context = show(request, subject)
    return render(
        request, template, {**context, "refusal": refusal}, status=refusal.status if refusal else 200
    )
