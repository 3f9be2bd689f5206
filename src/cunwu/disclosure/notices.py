"""The paper on the wall: which board, from when, until when at least; taken down early it must go up again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from cunwu.disclosure import log
from cunwu.disclosure.drafting import required_text
from cunwu.disclosure.entries import mark_stale, publication_entry
from cunwu.disclosure.models import BoardNotice, Publication
from cunwu.documents.models import Document
from cunwu.errors import Invalid, NotReady
from cunwu.law.texts import Cite
from cunwu.org import audit
from cunwu.org.authority import local_day, require, rules
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import insert


def is_current(publication: Publication) -> bool:
    """Whether it is neither superseded nor expired nor taken down, and so has to hang."""
    untouched = Publication.objects.filter(superseded_by=None, expiry=None, tombstone=None)
    return untouched.filter(pk=publication.pk).exists()


def boards_of(organization: Organization) -> list[str]:
    """The boards on which it posts: its own, or where it has none those of its place, one for each natural village."""
    if organization.boards:
        return list(organization.boards)
    neighbours = Organization.objects.filter(place=organization.place_id, until_day=None).order_by("id")
    return list(dict.fromkeys(board for other in neighbours for board in other.boards))


def post_notice(
    actor: Appointment,
    publication: Publication,
    board: str,
    *,
    put_up_on: date,
    photo: Document | None = None,
    now: datetime,
) -> BoardNotice:
    """Record that the printed notice hangs on `board` since `put_up_on`; it stays for the publication's board days,
    the day of putting up not counted.

    Raises NotAllowed; NotReady `log.pending` (a notice is printed only once its entry is in the log),
    `disclosure.not_current`, `.hangs_already`; Invalid `disclosure.board`, `.put_up_day`.
    """
    require(actor, "disclosure.post", publication.organization, now)
    _require_printable(publication)
    _check_board(publication, board)
    published = local_day(publication.published_at)
    if not published <= put_up_on <= local_day(now):
        raise Invalid(
            "disclosure.put_up_day",
            f"上墙日期{put_up_on:%Y-%m-%d}不对：应在公布之日{published:%Y-%m-%d}以后、今天以前（含当日）。",
            f"It cannot have gone up on {put_up_on:%Y-%m-%d}: it was published on {published:%Y-%m-%d}, and today counts.",
        )
    with transaction.atomic():
        if publication.board_notices.filter(board=board, taken_down_on=None).exists():
            raise NotReady(
                "disclosure.hangs_already",
                f"这份公开内容已经登记在“{board}”上墙，不用再登记。",
                f"This publication is recorded as hanging on “{board}” already.",
            )
        notice = insert(
            BoardNotice(
                publication=publication,
                board=board,
                put_up_on=put_up_on,
                put_up_by=actor,
                stays_until=put_up_on + timedelta(days=publication.board_days),
                photo=photo,
            )
        )
        _finish(actor, "post_notice", notice, now)
    return notice


def take_down_notice(
    actor: Appointment,
    notice: BoardNotice,
    *,
    taken_down_on: date,
    early: bool = False,
    reason: str = "",
    now: datetime,
) -> BoardNotice:
    """Record that the paper came off the board on `taken_down_on`.

    Before its days are over only with `early=True` and a reason, and then it shows as short and must be posted again
    for all its days. Paper of what is no longer current may always come down. Raises NotAllowed; NotReady
    `disclosure.came_down_already`, `disclosure.board_days_run`; Invalid `disclosure.taken_down_day`, `.reason_missing`.
    """
    publication = notice.publication
    require(actor, "disclosure.post", publication.organization, now)
    if not notice.put_up_on <= taken_down_on <= local_day(now):
        raise Invalid(
            "disclosure.taken_down_day",
            f"撤下日期{taken_down_on:%Y-%m-%d}不对：应在上墙之日{notice.put_up_on:%Y-%m-%d}以后、今天以前（含当日）。",
            f"It cannot have come down on {taken_down_on:%Y-%m-%d}: it went up on {notice.put_up_on:%Y-%m-%d}, and "
            "today counts.",
        )
    words = ""
    if taken_down_on <= notice.stays_until and is_current(publication):
        if not early:
            clause = _board_clause(notice)
            raise NotReady(
                "disclosure.board_days_run",
                f"公开栏内容至少保留{publication.board_days}日，“{notice.board}”上的这份要挂满"
                f"{notice.stays_until:%Y-%m-%d}当日；提前撤下须写明理由，并应当重新公布。",
                f"A notice stays for at least {publication.board_days} days; on “{notice.board}” it hangs until the end "
                f"of {notice.stays_until:%Y-%m-%d}. Earlier needs a reason, and it must be posted again.",
                basis=clause.zh if clause else "",
                basis_en=clause.en if clause else "",
            )
        words = required_text(reason, "提前撤下的理由", "why it comes down early")
    with transaction.atomic():
        hanging = BoardNotice.objects.filter(pk=notice.pk, taken_down_on=None)
        if not hanging.update(taken_down_on=taken_down_on, taken_down_by=actor, early_reason=words):
            raise NotReady(
                "disclosure.came_down_already",
                f"“{notice.board}”上的这份已经登记撤下。",
                f"The notice on “{notice.board}” is recorded as taken down already.",
            )
        _finish(actor, "take_down_notice", notice, now)
    notice.taken_down_on, notice.taken_down_by, notice.early_reason = taken_down_on, actor, words
    return notice


def _board_clause(notice: BoardNotice) -> Cite | None:
    """Where the number of board days comes from, on the day of publication."""
    day = local_day(notice.publication.published_at)
    value = rules().catalogue_item(notice.publication.item, day).board_days
    return rules().value(value, day).cite if value else None


def _require_printable(publication: Publication) -> None:
    if publication_entry(publication).sequenced_at is None:
        raise log.pending()
    if not is_current(publication):
        raise NotReady(
            "disclosure.not_current",
            "这份公开内容已被更正、到期或撤下，不能再上墙；请张贴现行的一份。",
            "This publication was superseded, expired or taken down and goes on no board; post the current one.",
        )


def _check_board(publication: Publication, board: str) -> None:
    boards = boards_of(publication.organization)
    if board not in boards:
        raise Invalid(
            "disclosure.board",
            f"{publication.organization.name_zh}没有名为“{board}”的公开栏；已登记的有：{'、'.join(boards) or '无'}。",
            f"{publication.organization.name('en')} has no board called “{board}”; it has: {', '.join(boards) or 'none'}.",
        )


def _finish(actor: Appointment, verb: str, notice: BoardNotice, now: datetime) -> None:
    publication = notice.publication
    mark_stale([publication.organization.place], [publication], now=now)
    audit.record(
        actor,
        f"disclosure.{verb}",
        f"notice:{notice.public_id}",
        now=now,
        organization=publication.organization,
        publication=publication.public_id,
    )
