"""Papers to take away: a meeting's attendance sheet and minutes as Word files, a matter's proof pack."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse

from cunwu.desk.exports import attachment
from cunwu.desk.matters import matter_or_404
from cunwu.desk.meetings import RIGHTS, meeting_or_404
from cunwu.desk.requests import DeskRequest, act_for
from cunwu.desk.wording import language, say
from cunwu.procedures import proofs, word
from cunwu.procedures.models import Meeting


def attendance_sheet(request: DeskRequest, meeting_id: str) -> HttpResponse:
    """The sheet to sign on, or how each came, as a Word file."""
    return _word(request, meeting_id, word.attendance_sheet, say("签到表", "attendance"))


def minutes(request: DeskRequest, meeting_id: str) -> HttpResponse:
    """The minutes as a Word file."""
    return _word(request, meeting_id, word.minutes, say("会议记录", "minutes"))


def _word(
    request: DeskRequest, meeting_id: str, write: Callable[[Meeting, str], bytes], name: str
) -> HttpResponse:
    meeting = meeting_or_404(meeting_id)
    act_for(request, meeting.organization, *RIGHTS)
    title = f"{meeting.organization.place.name_zh}{meeting.held_on:%Y-%m-%d}{name}.docx"
    return HttpResponse(write(meeting, language()), content_type=word.DOCX, headers=attachment(title))


def proof(request: DeskRequest, matter_id: str) -> HttpResponse:
    """The proof pack of a matter: one signed PDF; that it was issued is on record."""
    matter = matter_or_404(matter_id)
    actor = act_for(request, matter.organization, *RIGHTS)
    data = proofs.issue_proof(actor, matter, now=request.now)
    return HttpResponse(data, content_type="application/pdf", headers=attachment(f"{matter.public_id}.pdf"))
