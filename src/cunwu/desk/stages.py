"""How far each disclosure of an organization is: drafts, publications and what is late, as one list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.urls import reverse

from cunwu.desk.steps import Step, open_drafts
from cunwu.disclosure.drafting import open_hits
from cunwu.disclosure.models import Draft, Publication
from cunwu.disclosure.queries import record_is_missing
from cunwu.duties.models import Duty
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Organization


class Stage(StrEnum):
    """Where a disclosure stands. A draft with something to correct or to answer stays one, whoever has agreed to it."""

    LATE = "late"
    DRAFT = "draft"
    SIGN = "sign"
    MEETING = "meeting"
    READY = "ready"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    TAKEN_DOWN = "taken_down"

    @property
    def words(self) -> Text:
        """The stage in two languages."""
        return _WORDS[self]

    @property
    def mark(self) -> str:
        """How the tag looks."""
        return {Stage.LATE: "late", Stage.PUBLISHED: "ok"}.get(self, "none" if self in _OVER else "due")


_WORDS = {
    Stage.LATE: Text(zh="逾期未公开", en="late"),
    Stage.DRAFT: Text(zh="待改正或答复", en="draft, to be corrected or answered"),
    Stage.SIGN: Text(zh="待审查签名", en="waiting for signature"),
    Stage.MEETING: Text(zh="待联席会议", en="waiting for the joint meeting"),
    Stage.READY: Text(zh="可以公布", en="ready to publish"),
    Stage.PUBLISHED: Text(zh="现行", en="published"),
    Stage.SUPERSEDED: Text(zh="已被更正", en="superseded"),
    Stage.TAKEN_DOWN: Text(zh="已撤下", en="taken down"),
}
_OVER = {Stage.SUPERSEDED, Stage.TAKEN_DOWN}
_OF_STEP = {Step.SIGN: Stage.SIGN, Step.CONFIRM: Stage.SIGN, Step.MEETING: Stage.MEETING}


@dataclass(frozen=True)
class Disclosure:
    """One line of the list. `day` is that of publishing or drafting, none where nothing is there yet; `due` is set
    while the disclosure is owed and late; `link` is empty where there is no page yet."""

    period: str
    title_zh: str
    title_en: str
    stages: tuple[Stage, ...]
    day: date | None
    due: date | None
    basis_zh: str
    link: str
    is_draft: bool = False
    """Whether the link leads to a draft, which fewer may open than this list."""


def disclosures(organization: Organization, now: datetime) -> list[Disclosure]:
    """Everything published, every open draft, every disclosure that is late: newest period first.

    What is late and drafted is one line with both stages. Seven queries and one reading of each open draft, however
    many there are.
    """
    today = local_day(now)
    owed = {
        (duty.catalogue_item, duty.period): duty
        for duty in Duty.disclosures.filter(
            organization__place=organization.place_id, met_at=None, due_day__lt=today
        )
    }
    drafts = Draft.objects.filter(organization=organization).prefetch_related("objections", "overrules")
    found = [
        _draft(draft, step, owed.pop((draft.item, draft.period), None))
        for draft, step, _ in open_drafts(drafts.select_related("document", "supersedes"), today)
    ]
    found += [_late(duty) for duty in owed.values()]
    published = organization.publications.select_related("superseded_by", "tombstone", "expiry", "document")
    found += [_publication(each) for each in published.order_by("-published_at", "-id")]
    return sorted(found, key=lambda each: each.period, reverse=True)


def _draft(draft: Draft, step: Step, duty: Duty | None) -> Disclosure:
    unanswered = any(objection.answered_by_id is None for objection in draft.objections.all())
    stage = Stage.DRAFT if unanswered or open_hits(draft) else _OF_STEP.get(step, Stage.READY)
    item = rules().catalogue_item(draft.item, local_day(draft.prepared_at)).provision
    return Disclosure(
        draft.period,
        item.title.zh,
        item.title.en,
        (stage,) if duty is None else (Stage.LATE, stage),
        local_day(draft.prepared_at),
        duty.due_day if duty else None,
        item.cite.zh,
        reverse("desk:draft", args=[draft.public_id]),
        is_draft=True,
    )


def _late(duty: Duty) -> Disclosure:
    return Disclosure(
        duty.period,
        duty.title_zh,
        duty.title_en,
        (Stage.LATE,),
        None,
        duty.due_day,
        duty.basis_zh,
        "",
    )


def _publication(publication: Publication) -> Disclosure:
    return Disclosure(
        publication.period,
        publication.title_zh,
        publication.title_en,
        (_stage_of_publication(publication),),
        local_day(publication.published_at),
        None,
        publication.basis_zh,
        reverse("desk:publication", args=[publication.public_id]),
    )


def _stage_of_publication(publication: Publication) -> Stage:
    if getattr(publication, "tombstone", None) is not None or record_is_missing(publication):
        return Stage.TAKEN_DOWN
    superseded = getattr(publication, "superseded_by", None) is not None
    return Stage.SUPERSEDED if superseded else Stage.PUBLISHED
