"""A county with years of publications, written in bulk: real rows, real documents, a real log; only nobody waited for them.

Places, bodies, officers, the books' first month and the template sheet are made by the actions. What follows copies that
month, under the rules of today: rows go in by `bulk_create`, with the guards lifted and put back afterwards, leaves into
the log by `log.sequence`.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 8, 10, 0, tzinfo=SHANGHAI)
NEWEST = "2026-08"
"""The newest month that is published; the benchmark publishes the one after it."""
VILLAGES_IN_TOWN = 20
LINES = 8
OPENING = 10**12
SPENT = 12_345
PURPOSE = "付第{}笔道路养护费"


@dataclass
class Made:
    """The villages, with bodies and officers as in `conftest.build_village`, and the months that are published."""

    villages: list[SimpleNamespace]
    periods: list[Any]


def build(villages: int, months: int, residents: int = 0) -> Made:
    """`villages` with `months` published months each and `residents` in all; prints how long it took."""
    from cunwu import triggers
    from cunwu.law.periods import Period

    began = time.perf_counter()
    newest = Period.parse(NEWEST)
    periods = [newest.shifted(-back) for back in range(months)][::-1]
    _create_villages(villages)
    made = Made(there(), periods)
    template = _first_month(made)
    triggers.remove()
    try:
        for period in periods:
            _publish_all(made, period, template)
        _enrol(made, residents)
    finally:
        triggers.install()
    forget_stale_pages()
    print(
        f"built {villages} villages, {villages * months:,} publications, {residents:,} residents in bulk: "
        f"{time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return made


def there() -> list[SimpleNamespace]:
    """The villages that the database holds."""
    from cunwu.org.models import Appointment, Organization, Place

    officers = {
        (each.organization.place_id, each.office): each
        for each in Appointment.objects.select_related("organization__place", "person")
    }
    bodies = {
        (each.place_id, each.kind): each
        for each in Organization.objects.select_related("place__parent__parent")
    }
    return [
        SimpleNamespace(
            place=place,
            town=place.parent,
            collective=bodies[place.pk, "collective"],
            committee=bodies[place.pk, "villagers_committee"],
            township=bodies[place.parent_id, "township_government"],
            wang=officers[place.pk, "accountant"],
            zhao=officers[place.pk, "supervision_head"],
            clerk=officers[place.pk, "clerk"],
            xiulan=officers[place.pk, "committee_head"],
        )
        for place in Place.objects.filter(level=Place.Level.VILLAGE).select_related("parent").order_by("path")
    ]


def _create_villages(count: int) -> None:
    """The first with its county and town, the others in towns of twenty."""
    from django.db import transaction

    from conftest import build_village
    from cunwu.org import actions

    town = None
    for number in range(count):
        with transaction.atomic():
            if town is not None and number % VILLAGES_IN_TOWN == 0:
                code = f"990101{101 + number // VILLAGES_IN_TOWN}"
                town = actions.create_place(None, town.parent, "town", f"第{code[-3:]}镇", code=code, now=NOW)
                for kind, name in (("township_government", "人民政府"), ("station", "代理记账站")):
                    actions.create_organization(None, town, kind, f"{town.name_zh}{name}", now=NOW)
            town = build_village(NOW, f"示例{number}村", town).town


def _first_month(made: Made) -> tuple[bytes, Any]:
    """Open everybody's books; of the first village enter and close the first month too: its sheet is the template."""
    from django.db import transaction

    from cunwu.books import actions as books
    from cunwu.books.sheets import build_sheet, canonical

    first, *_ = made.villages
    for village in made.villages:
        with transaction.atomic():
            opening = {"102": OPENING, "322": -OPENING}
            books.open_books(village.wang, village.collective, made.periods[0], opening, now=NOW)
    enter_month(first, made.periods[0])
    books.close_month(first.wang, first.collective, made.periods[0], now=NOW)
    return canonical(build_sheet(first.collective, made.periods[0])), first


def enter_month(village: Any, period: Any) -> None:
    """The vouchers of a month, through the action."""
    from cunwu.books import actions as books
    from cunwu.books.actions import PostingEntry, VoucherEntry

    for line in range(LINES):
        purpose = PURPOSE.format(line)
        postings = (PostingEntry("513", purpose, debit=SPENT), PostingEntry("102", purpose, credit=SPENT))
        entry = VoucherEntry(date(period.year, period.number, 1 + line % 28), postings)
        books.enter_voucher(village.wang, village.collective, entry, now=NOW)


def agreed(village: Any, period: Any, now: datetime = NOW) -> Any:
    """A month entered, closed, drafted, signed and decided on, each by its officer: ready to be published."""
    from cunwu.books import actions as books
    from cunwu.books import sheets
    from cunwu.disclosure import actions as disclosure

    enter_month(village, period)
    books.close_month(village.wang, village.collective, period, now=now)
    draft = sheets.draft_sheet(village.wang, village.collective, period, now=now)
    disclosure.sign(village.zhao, draft, now=now)
    disclosure.record_joint_meeting(
        village.clerk,
        draft,
        held_on=now.date(),
        chaired_by="李建国",
        present=7,
        expected=9,
        in_favour=6,
        now=now,
    )
    return draft


def _publish_all(made: Made, period: Any, template: tuple[bytes, Any]) -> None:
    """One month of every village: its books where they are not there yet, then everything up to the log."""
    from django.db import transaction

    from cunwu.disclosure import log

    at = datetime.combine(period.next.first_day + timedelta(days=7), NOW.timetz())
    with transaction.atomic():
        months = _months(made, period, at)
        _publications(made, period, at, months, template)
    log.sequence(now=at)


def _months(made: Made, period: Any, at: datetime) -> list[Any]:
    """The month of every village; where it is not closed yet with vouchers, postings and balances."""
    from cunwu.books.models import Account, Balance, Month, Posting, Voucher

    number = made.periods.index(period)
    opened = {month.organization_id: month for month in Month.objects.filter(period=str(period))}
    everyone = [
        opened.get(v.collective.pk) or Month(organization=v.collective, period=str(period), opened_at=at)
        for v in made.villages
    ]
    months = [month for month in everyone if month.closed_at is None]
    Month.objects.bulk_create(month for month in months if month.pk is None)
    for month, village in zip(everyone, made.villages, strict=True):
        month.closed_at, month.closed_by = month.closed_at or at, village.wang
    accounts = {
        (organization, code): key
        for key, organization, code in Account.objects.filter(code__in=("102", "322", "513")).values_list(
            "pk", "organization_id", "code"
        )
    }
    vouchers = Voucher.objects.bulk_create(
        Voucher(
            month=m, word="记", number=n + 1, day=date(period.year, period.number, 1 + n % 28), entered=True
        )
        for m in months
        for n in range(LINES)
    )
    Posting.objects.bulk_create(
        Posting(
            voucher=voucher,
            line=line,
            account_id=accounts[voucher.month.organization_id, code],
            summary=PURPOSE.format(voucher.number),
            public_summary=PURPOSE.format(voucher.number),
            **{side: SPENT},
        )
        for voucher in vouchers
        for line, code, side in ((1, "513", "debit"), (2, "102", "credit"))
    )
    month, before = SPENT * LINES, SPENT * LINES * number
    figures = (("102", OPENING - before, 0, month), ("322", -OPENING, 0, 0), ("513", before, month, 0))
    Balance.objects.bulk_create(
        Balance(
            month=m,
            account_id=accounts[m.organization_id, code],
            opening=opening,
            debit=debit,
            credit=credit,
            closing=opening + debit - credit,
        )
        for m in months
        for code, opening, debit, credit in figures
    )
    return everyone


def _publications(
    made: Made, period: Any, at: datetime, months: list[Any], template: tuple[bytes, Any]
) -> None:
    """Documents, drafts, signatures, meetings, publications, salts, entries, duties met, papers and audit."""
    from cunwu.books.models import Month
    from cunwu.books.sheets import ITEM
    from cunwu.disclosure import models
    from cunwu.disclosure.publishing import titles, what_follows
    from cunwu.documents import actions as documents
    from cunwu.documents.models import Document
    from cunwu.org.authority import rules

    item = rules().catalogue_item(ITEM, NOW.date())
    bytes_of = [_document(village, period, made.periods[0], template) for village in made.villages]
    rows = Document.objects.bulk_create(
        Document(sha256=sha256(data).hexdigest(), size=len(data), media_type="application/json", stored_at=at)
        for data in bytes_of
    )
    for row, data in zip(rows, bytes_of, strict=True):
        path = documents.path_of(row.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    common = {"item": ITEM, "period": str(period)}
    drafts = models.Draft.objects.bulk_create(
        models.Draft(
            organization=v.collective,
            document=d,
            digest=d.sha256,
            prepared_by=v.wang,
            prepared_at=at,
            **common,
        )
        for v, d in zip(made.villages, rows, strict=True)
    )
    models.Signature.objects.bulk_create(
        models.Signature(draft=d, by=v.zhao, digest=d.digest, at=at)
        for v, d in zip(made.villages, drafts, strict=True)
    )
    models.JointMeeting.objects.bulk_create(
        models.JointMeeting(
            draft=d, digest=d.digest, held_on=at.date(), chaired_by="李建国", present=7, expected=9, in_favour=6,
            recorded_by=v.clerk, recorded_at=at,
        )
        for v, d in zip(made.villages, drafts, strict=True)
    )  # fmt: skip
    published = models.Publication.objects.bulk_create(
        models.Publication(
            organization=v.collective, draft=d, document=row, published_at=at, published_by=v.xiulan,
            pack_digest=rules().digest, **titles(item, ""), **what_follows(item, NOW.date()), **common,
        )
        for v, d, row in zip(made.villages, drafts, rows, strict=True)
    )  # fmt: skip
    for month, publication in zip(months, published, strict=True):
        month.publication = publication
    Month.objects.bulk_update(months, ["publication", "closed_at", "closed_by"], batch_size=200)
    _entries(published, bytes_of, at)
    _afterwards(made, period, published, at)


def _document(village: Any, period: Any, first: Any, template: tuple[bytes, Any]) -> bytes:
    """The template's bytes with another place, body and month: canonical still, since only values change."""
    data, of = template
    for old, new in (
        (of.place.public_id, village.place.public_id),
        (of.collective.public_id, village.collective.public_id),
        (of.collective.name_zh, village.collective.name_zh),
        (of.place.name_zh, village.place.name_zh),
        (str(first), str(period)),
    ):
        data = data.replace(f'"{old}'.encode(), f'"{new}'.encode())
    return data


def _entries(published: list[Any], bytes_of: list[bytes], at: datetime) -> None:
    """Salts and log entries, pending."""
    from cunwu.disclosure.entries import LEAF_VERSION, subject
    from cunwu.disclosure.models import LogEntry, Salt
    from cunwu.tlog.commitment import commit
    from cunwu.tlog.tree import leaf_hash

    salts = [secrets.token_bytes(32) for _ in published]
    Salt.objects.bulk_create(
        Salt(publication=publication, value=salt) for publication, salt in zip(published, salts, strict=True)
    )
    stamp = at.strftime("%Y-%m-%dT02:%M:%SZ")
    leaves = [
        rfc8785.dumps(
            {
                "v": LEAF_VERSION, "kind": "publication", "time": stamp,
                **subject(each.organization, each.item, each.period),
                "size": len(data), "supersedes": None, "pack": each.pack_digest, "commitment": commit(data, salt),
            }
        )
        for each, data, salt in zip(published, bytes_of, salts, strict=True)
    ]  # fmt: skip
    LogEntry.objects.bulk_create(
        LogEntry(
            kind="publication", leaf=leaf.decode(), leaf_hash=leaf_hash(leaf).hex(), created_at=at, publication=each
        )
        for each, leaf in zip(published, leaves, strict=True)
    )  # fmt: skip


def _afterwards(made: Made, period: Any, published: list[Any], at: datetime) -> None:
    """The duty of the month met, the paper on the board and taken down, four lines of audit."""
    from cunwu.disclosure.models import BoardNotice
    from cunwu.duties import actions as duties
    from cunwu.duties.models import Duty
    from cunwu.org.authority import rules
    from cunwu.org.models import AuditEntry

    rule = next(r for r in rules().duties(NOW.date()) if r.publication == "finance_monthly")
    met = [duties._duty(v.collective, rule, period, v.township, at) for v in made.villages]
    for duty, publication in zip(met, published, strict=True):
        duty.met_at, duty.met_by = at, f"publication:{publication.public_id}"
    Duty.objects.bulk_create(met)
    BoardNotice.objects.bulk_create(
        BoardNotice(
            publication=publication, board="村委会门口公开栏", put_up_on=at.date(), put_up_by=v.clerk,
            stays_until=at.date() + timedelta(days=10), taken_down_on=at.date() + timedelta(days=11),
            taken_down_by=v.clerk,
        )
        for v, publication in zip(made.villages, published, strict=True)
    )  # fmt: skip
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=at, actor=actor, actor_kind="appointment", action=f"disclosure.{verb}",
            target=f"publication:{publication.public_id}", organization=v.collective,
            leaf=f'{{"action":"disclosure.{verb}","target":"publication:{publication.public_id}"}}',
        )
        for v, publication in zip(made.villages, published, strict=True)
        for actor, verb in ((v.wang, "prepare"), (v.zhao, "sign"), (v.clerk, "joint_meeting"), (v.xiulan, "publish"))
    )  # fmt: skip


def _enrol(made: Made, residents: int) -> None:
    """Residents on the rolls of villagers."""
    from cunwu.org.models import Membership, Person

    people = Person.objects.bulk_create(
        (Person(name=f"居民{n}", sort_key=f"ju min {n}") for n in range(residents)), batch_size=5000
    )
    Membership.objects.bulk_create(
        (
            Membership(
                person=person,
                organization=made.villages[n % len(made.villages)].committee,
                roll="villager",
                from_day=date(2010, 1, 1),
            )
            for n, person in enumerate(people)
        ),
        batch_size=5000,
    )


def forget_stale_pages() -> None:
    """Bulk rows leave a mark for each of their pages: what a benchmark renders, it says itself."""
    from cunwu.disclosure.models import StalePage

    StalePage.objects.all().delete()
