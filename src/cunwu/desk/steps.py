"""How far an organization is with a month, and whose step is next: import, close, draft, sign, meet, publish, post."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse

from cunwu.books.models import Month
from cunwu.disclosure.drafting import barred_from_confirming, barred_from_review
from cunwu.disclosure.missing import HEAD, MEMBERS_FOR_A_VACANT_HEAD
from cunwu.disclosure.models import Draft, JointMeeting, Publication, Signature
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, may, rules
from cunwu.org.models import Appointment, Organization

ITEM = "finance_monthly"


class Step(StrEnum):
    """The next thing that has to happen to a month, in the order of the law."""

    IMPORT = "import"
    CLOSE = "close"
    DRAFT = "draft"
    SIGN = "sign"
    CONFIRM = "confirm"
    MEETING = "meeting"
    PUBLISH = "publish"
    SEQUENCE = "sequence"
    POST = "post"
    DONE = "done"

    @property
    def words(self) -> Text:
        """What is to be done, in two languages."""
        return _TITLES[self]

    @property
    def capability(self) -> str:
        """The right that doing it takes; empty where nobody has to do anything."""
        return _CAPABILITIES.get(self, "")


_TITLES = {
    Step.IMPORT: Text(zh="导入凭证", en="Import vouchers"),
    Step.CLOSE: Text(zh="结账", en="Close the month"),
    Step.DRAFT: Text(zh="拟订公开表", en="Draft the sheet"),
    Step.SIGN: Text(zh="监督委员会签名", en="Supervisory committee signs"),
    Step.CONFIRM: Text(zh="核对纸质签名", en="Confirm the paper signature"),
    Step.MEETING: Text(zh="登记联席会议", en="Record the joint meeting"),
    Step.PUBLISH: Text(zh="公布", en="Publish"),
    Step.SEQUENCE: Text(zh="存证", en="Enter in the public log"),
    Step.POST: Text(zh="打印上墙", en="Print and put up"),
    Step.DONE: Text(zh="已办完", en="Done"),
}
_CAPABILITIES = {
    Step.IMPORT: "books.keep",
    Step.CLOSE: "books.keep",
    Step.DRAFT: "disclosure.prepare",
    Step.SIGN: "disclosure.sign",
    Step.CONFIRM: "disclosure.confirm",
    Step.MEETING: "disclosure.record",
    Step.PUBLISH: "disclosure.publish",
    Step.POST: "disclosure.post",
}


@dataclass(frozen=True)
class MonthState:
    """One organization's month as far as it has come. `draft` is the open one, `publication` the current one;
    `head_reviews` says whether the supervisory committee's head signs, else two of its members do."""

    organization: Organization
    period: str
    month: Month | None
    vouchers: int
    draft: Draft | None
    publication: Publication | None
    step: Step
    head_reviews: bool

    @property
    def done(self) -> list[tuple[Step, bool]]:
        """Every step with whether it lies behind; confirming only where there is a paper signature to confirm."""
        order = [step for step in Step if step != Step.CONFIRM or self.step == Step.CONFIRM]
        return [(step, order.index(step) < order.index(self.step)) for step in order[:-1]]

    def open_to(self, actors: Iterable[Appointment], now: datetime) -> list[Appointment]:
        """Those of `actors` who can take the next step: the right, and nothing that separation of duties refuses."""
        right = self.step.capability
        return [
            a for a in actors if right and may(a, right, self.organization, now) and not self._is_barred(a)
        ]

    def _is_barred(self, actor: Appointment) -> bool:
        if self.draft is None or self.step not in {Step.SIGN, Step.CONFIRM}:
            return False
        signatures = self.draft.signatures.all()
        if self.step == Step.CONFIRM:
            return all(actor.person_id in barred_from_confirming(s) for s in signatures if not _counts(s))
        signed = {s.by.person_id for s in signatures if _counts(s)}
        too_little = self.head_reviews and actor.office != HEAD
        return too_little or actor.person_id in barred_from_review(self.draft) | signed

    @property
    def link(self) -> str:
        """Where the next step is done."""
        organization = self.organization.public_id
        if self.step == Step.IMPORT:
            return reverse("desk:import", args=[organization])
        if self.step == Step.CLOSE:
            return reverse("desk:month", args=[organization, self.period])
        if self.draft is not None and self.step != Step.DRAFT:
            return reverse("desk:draft", args=[self.draft.public_id])
        if self.publication is not None:
            return reverse("desk:publication", args=[self.publication.public_id])
        return reverse("desk:disclosure", args=[organization])


def month_states(
    organizations: Sequence[Organization], periods: Iterable[str], day: date
) -> dict[tuple[int, str], MonthState]:
    """The state of every organization in every period, by (organization's key, period); eight queries, however many."""
    wanted = sorted(set(periods))
    keys = {"organization__in": organizations, "period__in": wanted}
    months = {
        (m.organization_id, m.period): m
        for m in Month.objects.filter(**keys).annotate(
            entered=Count("vouchers", filter=~Q(vouchers__kind="opening"))
        )
    }
    drafts = {
        (d.organization_id, d.period): (d, step, head_reviews)
        for d, step, head_reviews in open_drafts(Draft.objects.filter(**keys, item=ITEM), day)
    }
    published = {
        (p.organization_id, p.period): p
        for p in Publication.objects.filter(**keys, item=ITEM, superseded_by=None, tombstone=None)
        .prefetch_related("log_entries", "board_notices")
        .select_related("organization")
    }
    states = {}
    for organization in organizations:
        for period in wanted:
            key = (organization.pk, period)
            month, publication = months.get(key), published.get(key)
            draft, step, head_reviews = drafts.get(key) or (
                None,
                _step_without_draft(month, publication),
                False,
            )
            entered = int(getattr(month, "entered", 0))
            states[key] = MonthState(
                organization, period, month, entered, draft, publication, step, head_reviews
            )
    return states


def open_drafts(drafts: QuerySet[Draft], day: date) -> list[tuple[Draft, Step, bool]]:
    """Those of `drafts` that are neither replaced nor published, each with its next step and whether a head of the
    supervisory committee reviews it; four queries, however many."""
    found = (
        drafts.filter(replaced_at=None, publication=None)
        .select_related("joint_meeting", "organization", "prepared_by")
        .prefetch_related(
            Prefetch("signatures", Signature.objects.select_related("by", "entered_by")), "kept_by"
        )
    )
    with_head = _reviewed_by_a_head(found)
    return [(d, _step_of_draft(d, d.pk in with_head, day), d.pk in with_head) for d in found]


def _reviewed_by_a_head(drafts: Iterable[Draft]) -> set[int]:
    """The keys of the drafts that a head of the supervisory committee may review, as of the day they were prepared."""
    heads = Appointment.objects.filter(
        office=HEAD, organization__place__in={draft.organization.place_id for draft in drafts}
    )
    seated = [(head, head.organization.place_id) for head in heads.select_related("organization")]
    return {
        draft.pk
        for draft in drafts
        for head, place in seated
        if place == draft.organization.place_id
        and head.held_on(local_day(draft.prepared_at))
        and head.person_id not in barred_from_review(draft)
    }


def _step_without_draft(month: Month | None, publication: Publication | None) -> Step:
    if publication is not None:
        return _step_of_publication(publication)
    if month is None or (month.closed_at is None and not getattr(month, "entered", 0)):
        return Step.IMPORT
    return Step.CLOSE if month.closed_at is None else Step.DRAFT


def _step_of_draft(draft: Draft, head_reviews: bool, day: date) -> Step:
    terms = rules().catalogue_item(draft.item, day)
    signatures = draft.signatures.all()
    if terms.reviewer and not _reviewed([s for s in signatures if _counts(s)], head_reviews):
        return Step.CONFIRM if _reviewed(signatures, head_reviews) else Step.SIGN
    met: JointMeeting | None = getattr(draft, "joint_meeting", None)
    return Step.MEETING if terms.joint_meeting and (met is None or not met.carried) else Step.PUBLISH


def _counts(signature: Signature) -> bool:
    return not signature.on_paper or signature.confirmed_by_id is not None


def _reviewed(signatures: Iterable[Signature], head_reviews: bool) -> bool:
    offices = {s.by.person_id: s.by.office for s in signatures}
    return HEAD in offices.values() or (not head_reviews and len(offices) >= MEMBERS_FOR_A_VACANT_HEAD)


def _step_of_publication(publication: Publication) -> Step:
    if not sequenced(publication):
        return Step.SEQUENCE
    boards = set(publication.organization.boards)
    posted = {notice.board for notice in publication.board_notices.all()}
    return Step.DONE if boards <= posted and posted else Step.POST


def sequenced(publication: Publication) -> bool:
    """Whether the publication's own entry is in the log; before that no notice can be printed."""
    return any(
        entry.kind == "publication" and entry.sequenced_at is not None
        for entry in publication.log_entries.all()
    )


def holders(state: MonthState, now: datetime) -> list[Appointment]:
    """Who at the organization's own place can take the next step today; the township is asked only where nobody can."""
    here = Appointment.objects.filter(organization__place=state.organization.place_id)
    return state.open_to(here.select_related("person", "organization__place"), now)


def books_at(organizations: Iterable[Organization]) -> dict[int, list[Organization]]:
    """The organizations that keep books, by the key of their place: where a duty's month is worked on."""
    found: dict[int, list[Organization]] = defaultdict(list)
    places = {organization.place_id for organization in organizations}
    for keeper in Organization.objects.filter(
        place__in=places, keeps_books=True, until_day=None
    ).select_related("place"):
        found[keeper.place_id].append(keeper)
    return found
