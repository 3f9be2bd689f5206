"""Drafts and the redaction gate: what somebody proposes to publish, and what must come out of it first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

import rfc8785
from django.db import transaction

from cunwu.disclosure.models import Draft, Overrule, Publication, Signature
from cunwu.documents import actions as documents
from cunwu.documents.redaction import Hit, scan, scan_document
from cunwu.errors import Invalid, NotFound, NotReady
from cunwu.law.periods import Period
from cunwu.law.terms import CatalogueItem
from cunwu.org import audit
from cunwu.org.authority import local_day, require, require_other_person, rules
from cunwu.org.models import Appointment, Organization, Person
from cunwu.org.rows import insert, select

JSON = "application/json"
LIST_FORMAT = "cunwu-list/1"
REASON_LENGTH = 200
_STATE = """
    SELECT d.replaced_at, p.id FROM cunwu_draft d LEFT JOIN cunwu_publication p ON p.draft_id = d.id WHERE d.id = %s
"""


def terms(draft: Draft) -> CatalogueItem:
    """What the catalogue demands of the draft, as in force on the day it was prepared."""
    return rules().catalogue_item(draft.item, local_day(draft.prepared_at))


def prepare(
    actor: Appointment,
    organization: Organization,
    item: str,
    period: str,
    data: bytes,
    *,
    supersedes: Publication | None = None,
    reason_zh: str = "",
    kept_by: Collection[Person] = (),
    now: datetime,
) -> Draft:
    """Prepare `data` (RFC 8785 JSON) for publication; as `propose`, by an office that prepares disclosures.

    Raises NotAllowed, and what `propose` raises.
    """
    require(actor, "disclosure.prepare", organization, now)
    return propose(
        actor,
        organization,
        item,
        period,
        data,
        supersedes=supersedes,
        reason_zh=reason_zh,
        kept_by=kept_by,
        now=now,
    )


def propose(
    actor: Appointment,
    organization: Organization,
    item: str,
    period: str,
    data: bytes,
    *,
    supersedes: Publication | None = None,
    reason_zh: str = "",
    kept_by: Collection[Person] = (),
    about: str = "",
    heading: str = "",
    now: datetime,
) -> Draft:
    """Propose `data` (RFC 8785 JSON) for publication under the catalogue item `item` for `period` ("2026-09").

    For callers that have asked for `actor`'s right themselves. A draft of the same item, period and `about` that was
    not published is replaced, and the signatures on it with it; the very same proposal again is the draft that there
    is. Of a correction: `supersedes` and why (`reason_zh`). Where a period has several of an item (decisions,
    notices), `about` keeps them apart and `heading` names each. `kept_by` are the persons whose work it shows, as the
    caller knows them: none of them may review it. Stores the bytes, then writes draft, keepers and audit. Raises
    NotFound (law.unknown, `document.erased`); Invalid `disclosure.publisher`, `.not_canonical`, `.list_format`,
    `.reason_missing`, law.period.
    """
    demands = rules().catalogue_item(item, local_day(now))
    Period.parse(period)
    _check_publisher(organization, demands)
    _check_bytes(data, demands)
    reason = _check_reason(supersedes, reason_zh)
    with transaction.atomic():
        older = Draft.objects.filter(
            organization=organization, item=item, period=period, about=about, replaced_at=None
        ).first()
        digest = hashlib.sha256(data).hexdigest()
        if older is not None:
            if _is_same(older, digest, supersedes, reason):
                older.kept_by.add(*kept_by)
                return older
            Draft.objects.filter(pk=older.pk).update(replaced_at=now)
        draft = insert(
            Draft(
                organization=organization,
                item=item,
                period=period,
                about=about,
                heading=heading,
                document=documents.store(data, JSON, now=now),
                digest=digest,
                prepared_by=actor,
                prepared_at=now,
                supersedes=supersedes,
                reason_zh=reason,
            )
        )
        draft.kept_by.add(*kept_by)
        audit_draft(actor, "prepare", draft, now, digest=digest)
    return draft


def _is_same(draft: Draft, digest: str, supersedes: Publication | None, reason: str) -> bool:
    """Whether the draft proposes just this, and was not published."""
    corrected = supersedes.pk if supersedes is not None else None
    proposed = (draft.digest, draft.supersedes_id, draft.reason_zh) == (digest, corrected, reason)
    return proposed and not Publication.objects.filter(draft=draft).exists()


def read_tree(draft: Draft) -> Any:
    """What the draft proposes, as JSON reads it. Raises NotFound `document.erased`."""
    return json.loads(documents.read(draft.document))


def hits(draft: Draft) -> list[Hit]:
    """Everything that the redaction gate finds: in the bytes, in the name of the file, in the reason."""
    name = f"{draft.organization.name_zh}{terms(draft).provision.title.zh}{draft.period}.json"
    return [
        *scan_document(read_tree(draft), name),
        *scan(draft.reason_zh, "更正理由"),
        *scan(draft.heading, "标题"),
    ]


def open_hits(draft: Draft) -> list[Hit]:
    """The hits that nobody has overruled. Identity and account numbers stay open whatever was written."""
    found = hits(draft)
    passed = {(each.where, each.kind) for each in draft.overrules.all()} if found else set()
    return [hit for hit in found if not hit.overrulable or (hit.where, hit.kind) not in passed]


def overrule(
    actor: Appointment, draft: Draft, where: str, kind: str, reason: str, *, now: datetime
) -> Overrule:
    """Let the hits of `kind` at `where` pass, as a person other than the one who prepared the draft.

    Raises NotAllowed; NotFound `disclosure.no_such_hit`; Invalid `disclosure.never_overruled`,
    `.reason_missing`; NotReady as `require_open`.
    """
    require(actor, "redaction.overrule", draft.organization, now)
    require_open(draft)
    require_other_person(
        actor,
        draft.prepared_by.person,
        doing_zh="拟订公开内容和放行脱敏提示",
        doing_en="Preparing a disclosure and overruling the redaction gate",
        basis="",
    )
    found = [hit for hit in open_hits(draft) if (hit.where, hit.kind) == (where, kind)]
    if not found:
        raise NotFound(
            "disclosure.no_such_hit",
            f"“{where}”处没有待处理的这类提示，请刷新页面后再看。",
            f"There is no open hit of this kind at “{where}”; reload the page.",
        )
    if not found[0].overrulable:
        raise Invalid(
            "disclosure.never_overruled",
            f"{found[0].zh}任何人都不能放行；请退回拟订人改正。",
            f"{found[0].en} Nobody can let it pass; return it to whoever prepared it.",
        )
    text = required_text(reason, "放行的理由", "why it may pass")
    with transaction.atomic():
        passed = Overrule.objects.create(draft=draft, where=where, kind=kind, reason=text, by=actor, at=now)
        audit_draft(actor, "overrule", draft, now, kind=kind)
    return passed


def barred_from_review(draft: Draft) -> set[int]:
    """The keys of the persons who may not review the draft: who prepared it, who kept the books behind it."""
    return {draft.prepared_by.person_id, *(keeper.pk for keeper in draft.kept_by.all())}


def barred_from_confirming(signature: Signature) -> set[int]:
    """The keys of the persons who may not confirm a paper signature: who prepared the draft, who entered it."""
    entered_by = signature.entered_by
    barred = {signature.draft.prepared_by.person_id}
    return barred if entered_by is None else barred | {entered_by.person_id}


def closed(draft: Draft) -> NotReady | None:
    """Why nothing can be done with the draft any more; None while it is open."""
    ((replaced_at, publication_id),) = select(_STATE, draft.pk)
    if publication_id is not None:
        return NotReady(
            "disclosure.published_already",
            f"这份{draft.period}的公开内容已经公布，不能再改；发现错误请办理更正公布。",
            f"This disclosure for {draft.period} is published and cannot be changed; correct it by superseding it.",
        )
    if replaced_at is not None:
        return NotReady(
            "disclosure.draft_replaced",
            f"这份{draft.period}的方案已被新的方案代替，原来的签名不再有效；请打开最新的方案办理。",
            f"This draft for {draft.period} was replaced and its signatures are void; open the newest draft.",
        )
    return None


def require_open(draft: Draft) -> None:
    """Raises NotReady `disclosure.published_already` or `disclosure.draft_replaced`."""
    refused = closed(draft)
    if refused is not None:
        raise refused


def audit_draft(actor: Appointment, verb: str, draft: Draft, now: datetime, **details: str | int) -> None:
    """Write the audit of an act on a draft, inside the caller's transaction."""
    audit.record(
        actor,
        f"disclosure.{verb}",
        f"draft:{draft.public_id}",
        now=now,
        organization=draft.organization,
        **details,
    )


def required_text(text: str, what_zh: str, what_en: str, *, longest: int = REASON_LENGTH) -> str:
    """`text` without the spaces around it. Raises Invalid `disclosure.reason_missing` or `.text_too_long`."""
    text = text.strip()
    if not text:
        raise Invalid(
            "disclosure.reason_missing",
            f"没有写明{what_zh}，请填写一句话。",
            f"Please say in a sentence {what_en}.",
        )
    return limited_text(text, what_zh, longest=longest)


def limited_text(text: str, what_zh: str, *, longest: int) -> str:
    """`text` without the spaces around it, which may be nothing. Raises Invalid `disclosure.text_too_long`."""
    text = text.strip()
    if len(text) > longest:
        raise Invalid(
            "disclosure.text_too_long",
            f"{what_zh}写了{len(text)}字，最多{longest}字，请缩短。",
            f"The text has {len(text)} characters, at most {longest}; please shorten it.",
        )
    return text


def _check_publisher(organization: Organization, demands: CatalogueItem) -> None:
    if organization.kind not in demands.publisher:
        raise Invalid(
            "disclosure.publisher",
            f"“{demands.provision.title.zh}”不由{organization.get_kind_display()}公布，请切换到负责公布的单位。",
            f"“{demands.provision.title.en}” is not published by {organization.name('en')}; "
            f"switch to one of: {', '.join(demands.publisher)}.",
            basis=demands.provision.cite.zh,
            basis_en=demands.provision.cite.en,
        )


def _check_bytes(data: bytes, demands: CatalogueItem) -> None:
    try:
        tree = json.loads(data)
        canonical = rfc8785.dumps(tree) == data
    except (ValueError, rfc8785.CanonicalizationError):
        tree, canonical = None, False
    if not canonical:
        raise Invalid(
            "disclosure.not_canonical",
            "要公开的内容不是规范的JSON（RFC 8785），不能存证；请用系统生成的公开表。",
            "What is to be published is not canonical JSON (RFC 8785); use the sheet that the system makes.",
        )
    without_totals = missing_totals(tree, demands)
    if without_totals is not None:
        raise without_totals


def missing_totals(tree: object, demands: CatalogueItem) -> Invalid | None:
    """Why the document cannot be published under an item whose lists expire; None where it can."""
    if not demands.expires_days or is_list(tree):
        return None
    return Invalid(
        "disclosure.list_format",
        f"“{demands.provision.title.zh}”到期后只留合计，须按名单格式（{LIST_FORMAT}）拟订，并写明合计。",
        f"“{demands.provision.title.en}” is reduced to its totals when its time is over, so it must be a "
        f"{LIST_FORMAT} document with totals.",
        basis=demands.provision.cite.zh,
        basis_en=demands.provision.cite.en,
    )


def is_list(tree: object) -> bool:
    """Whether a document is a list of people or households of the form that can be reduced to its totals."""
    return (
        isinstance(tree, dict) and tree.get("format") == LIST_FORMAT and isinstance(tree.get("totals"), dict)
    )


def _check_reason(supersedes: Publication | None, reason_zh: str) -> str:
    if supersedes is None:
        return ""
    return required_text(reason_zh, "更正的理由", "why it is corrected")
