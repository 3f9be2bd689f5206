"""A county with one of everything that the desk has a page for, and a post of every office in every relation to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, cast
from unittest import mock

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.test import RequestFactory
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.datastructures import MultiValueDict

from assets.conftest import FIELD, POND, SHOP, lease
from assets.ledgers import workbook as ledger
from assets.test_undertakings import CANAL, COOPERATIVE
from conftest import Village, build_village
from contract.conftest import pair
from contract.conftest import workbook as vouchers
from cunwu.assets import actions as ledgers
from cunwu.assets import correcting, projects, ventures
from cunwu.assets.entries import DebtEntry, LetEntry, RentEntry
from cunwu.assets.importing import Choices, import_ledger, preview_ledger
from cunwu.assets.models import MU
from cunwu.assets.receivables import receive, register_receivables
from cunwu.books.actions import PostingEntry, VoucherEntry, close_month, enter_voucher
from cunwu.books.importing import import_vouchers
from cunwu.books.models import Posting, Voucher
from cunwu.books.sheets import draft_sheet, publish_sheet
from cunwu.desk.requests import DeskRequest
from cunwu.desk.uploads import UPLOADS
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice, Draft, Objection, Publication, Signature
from cunwu.documents import actions as documents
from cunwu.errors import Refused
from cunwu.law.periods import Period
from cunwu.org import actions as org
from cunwu.org.models import Appointment, Organization, Relation
from cunwu.org.secrets import seal
from cunwu.oversight import actions as findings
from cunwu.oversight.models import Finding
from cunwu.procedures import matters, meetings, requests
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import JointRequest, Matter, ResidentObjection
from cunwu.procedures.rules import step_rule
from cunwu.programmes import actions as programmes
from cunwu.programmes import cards, files
from cunwu.programmes.models import CaseItem
from desk.conftest import keep_books
from disclosure.steps import BOARD, agree
from permissions.oracle import DAY, OFFICES, RELATIONS, TERMS, Held, State
from procedures.conftest import Hall, current

JANUARY = Period("month", 2026, 1)
BY_RIGHT = frozenset(
    {
        "authority.expired",
        "authority.capability",
        "authority.place",
        "card.not_shown",
        "desk.nothing_ticked",  # of many villages only those in reach can be ticked
        "programme.out_of_reach",
    }
)
"""Refusals that say: not with this office. Every other one speaks of something that a right cannot mend."""


@dataclass
class World:
    """The village, its addresses by name, what a form of each step holds, and the posts."""

    village: Village
    now: datetime
    addresses: dict[str, str]
    more: dict[str, list[str]]
    """Other subjects of the same pages, in other states."""
    forms: dict[str, str]
    of_steps: dict[tuple[str, str], dict[str, str]]
    """What the form of one step holds instead."""
    paper: str
    """The field of a file that the matter's open step needs."""
    declared: dict[int, str]
    """Of each post a relation of its own."""
    uploads: dict[str, Any]
    posts: list[tuple[Held, Appointment]]
    bodies: dict[str, Organization]

    def post(self, office: str, relation: str, state: State = "serving") -> Appointment:
        """One of the posts."""
        return next(found for held, found in self.posts if held == Held(office, relation, state))

    def is_over(self, name: str, step: str, held: Held) -> bool:
        """Whether there is nothing left here on which the step could be taken."""
        match name, step:
            case "programmes", "start":
                return held.relation == "village and town below"
            case "books", "open":  # once; the body that has none yet is not the one that lends its books out
                return held.relation.startswith("agency")
            case "many", "sign":  # where the committee has a head who reviews, a member's name is too little
                return held.office != "supervision_head"
        return False

    def open(self, actor: Appointment, address: str, form: dict[str, str] | None = None) -> Answer:
        """The page as this post gets it; with a form, what came of its step. Nothing that it did stays done."""
        request = asking(self, actor, address, form)
        match = found(address.partition("?")[0])
        assert match is not None
        request.resolver_match = match
        with transaction.atomic():
            try:
                response = match.func(request, *match.args, **match.kwargs)
                refusal = request.refusal
            except Refused as refused:
                return Answer(refused.code, None)
            finally:
                transaction.set_rollback(True)
        return Answer(refusal.code if refusal else "", response)


@dataclass(frozen=True)
class Answer:
    """What came back: the code of a refusal, or the response."""

    code: str
    response: HttpResponse | None

    @property
    def allowed(self) -> bool:
        """Whether the right was there."""
        return self.code not in BY_RIGHT


def asking(world: World, actor: Appointment, address: str, form: dict[str, str] | None) -> DeskRequest:
    """A request that passed the gates of the desk, as its middleware leaves it."""
    factory = RequestFactory()
    if form is None:
        request = factory.get(address)
    else:
        request = factory.post(address)
        match = found(address)
        own = world.of_steps.get((str(match and match.url_name), form.get("do", "")), {})
        typed = QueryDict(mutable=True)
        typed.update({"relation": world.declared.get(actor.pk, "")} | world.forms | own | form)
        # As parsed: reading thousands of forms anew would be most of the time.
        request._post = typed
        request._files = MultiValueDict(
            {name: [SimpleUploadedFile("材料.xlsx", SENT)] for name in ("file", world.paper)}
        )
    session: SessionBase = SessionStore()
    session[UPLOADS] = dict(world.uploads)
    made = cast("DeskRequest", request)
    made.session = session
    for name, value in {
        "now": world.now, "appointment": actor, "appointments": [actor], "concerns": None, "refusal": None, "step": "",
        "user": AnonymousUser(), "_messages": FallbackStorage(request),
    }.items():  # fmt: skip
        setattr(made, name, value)
    return made


SENT = vouchers([*pair(9, "2026-09-05", "付电费")])


@contextmanager
def unset() -> Iterator[None]:
    """Papers to take away are asked for, and none is set or filled; screening is asked for, and no rule is run."""
    with (
        mock.patch("cunwu.desk.exports.write_workbook", return_value=b""),
        mock.patch("cunwu.procedures.word.attendance_sheet", return_value=b""),
        mock.patch("cunwu.procedures.word.minutes", return_value=b""),
        mock.patch("cunwu.procedures.proofs.proof_content", return_value={}),
        mock.patch("cunwu.procedures.proofs._compiler", return_value=mock.Mock(compile=lambda **_: b"")),
        mock.patch("cunwu.procedures.proofs.seal.sign_pdf", return_value=b""),
        mock.patch("cunwu.oversight.actions.screen", return_value=[]),
    ):
        yield


@contextmanager
def unrendered() -> Iterator[None]:
    """And pages are asked whether they open, not what they say."""
    with (
        unset(),
        mock.patch("django.template.loader.render_to_string", return_value=""),
        mock.patch("cunwu.desk.pages._shown", side_effect=lambda *_: HttpResponse("")),
    ):
        yield


@cache
def found(path: str) -> ResolverMatch | None:
    """What the path leads to; nothing where it is not ours."""
    try:
        return resolve(path)
    except Resolver404:
        return None


def build(now: datetime) -> World:
    """Everything once."""
    village = build_village(now)
    hall = Hall(village, now)
    hall.represent()
    bodies = {
        "collective": village.collective,
        "committee": village.committee,
        "supervision": village.supervision,
        "town": village.township,
        "county": org.create_organization(None, village.county, "county_bureau", "示范县农业农村局", now=now),
    }
    addresses, more, forms, of_steps, uploads = subjects(village, hall, bodies, now)
    held = posts(village, bodies, now)
    open_step = current(Matter.objects.get(power="lease_land", state="open"))
    paper = f"paper_{step_rule(open_step).papers[0].name}"
    return World(
        village, now, addresses, more, forms, of_steps, paper, declare(held, now), uploads, held, bodies
    )


def declare(held: list[tuple[Held, Appointment]], now: datetime) -> dict[int, str]:
    """A relation of each post's own, whether or not the office may declare one."""
    made = []
    for _, post in held:
        row = Relation(appointment=post, kind="spouse", index=f"{post.pk}", declared_at=now)
        row.name_sealed = seal("某人", "relation", "name", row.public_id)
        made.append(row)
    Relation.objects.bulk_create(made)
    return {each.appointment_id: each.public_id for each in made}


def posts(village: Village, bodies: dict[str, Organization], now: datetime) -> list[tuple[Held, Appointment]]:
    """Each office in each relation in each state, each held by somebody of their own. A body may hold an office that the
    law does not seat there: how far it reaches is asked, not whether it may be given."""
    other = build_village(now, "石桥村", village.town)
    second_town = org.create_place(None, village.county, "town", "白沙镇", code="990101102", now=now)
    beside = org.create_organization(None, second_town, "township_government", "白沙镇人民政府", now=now)
    seats = {
        "same organization": village.collective,
        "same place, other organization": village.committee,
        "village below": village.township,
        "village and town below": bodies["county"],
        "sibling village": other.collective,
        "sibling town": beside,
        "agency of the collective": village.collective,
        "agency of the committee": village.committee,
    }
    made = []
    for office, relation, state in itertools.product(OFFICES, RELATIONS, TERMS):
        agency = relation.startswith("agency")
        first, until = TERMS[state]
        row = Appointment(
            person=org.register_person(None, f"{office[:8]}{len(made)}", now=now),
            office=office,
            organization=seats[relation],
            kind=Appointment.Kind.AGENCY if agency else Appointment.Kind.REGULAR,
            home=village.station if agency else None,
            from_day=first,
            until_day=until,
        )
        made.append((Held(office, relation, state), row))
    Appointment.objects.bulk_create([row for _, row in made])
    return made


@dataclass
class Months:
    """January and February published, the next at one step each, July and August closed, September open."""

    published: list[Publication]
    agreed: Draft
    signed: Draft
    objected: Draft
    fresh: Draft
    signature: Signature
    objection: Objection


def keep_eight_months(village: Village, now: datetime) -> Months:
    """The books from January on; June's sheet bears a telephone number that the gate stops."""
    keep_books(village, now, JANUARY)
    drafts = []
    for month in map(JANUARY.shifted, range(8)):
        if month.number == 6:
            enter(village, date(2026, 6, 3), "咨询13800138000", now)
        close_month(village.wang, village.collective, month, nil=month.number not in {1, 6}, now=now)
        if month.number <= 6:
            drafts.append(draft_sheet(village.wang, village.collective, month, now=now))
    enter(village, date(2026, 9, 3), "付电费", now)
    published = [publish_sheet(village.xiulan, agree(village, each, now), now=now) for each in drafts[:2]]
    log.sequence(now=now)
    agree(village, drafts[2], now)
    disclosure.sign(village.zhao, drafts[3], now=now)
    signature = disclosure.record_paper_signature(village.clerk, drafts[5], village.sun, now=now)
    objection = disclosure.object_to(village.zhao, drafts[5], "路灯电费没有附电费单", now=now)
    return Months(published, drafts[2], drafts[3], drafts[5], drafts[4], signature, objection)


def enter(village: Village, day: date, summary: str, now: datetime) -> None:
    """One voucher of one yuan."""
    lines = (PostingEntry("514", summary, debit=100), PostingEntry("102", summary, credit=100))
    enter_voucher(village.wang, village.collective, VoucherEntry(day, lines), now=now)


def subjects(
    village: Village, hall: Hall, bodies: dict[str, Organization], now: datetime
) -> tuple[
    dict[str, str],
    dict[str, list[str]],
    dict[str, str],
    dict[tuple[str, str], dict[str, str]],
    dict[str, Any],
]:
    """What the pages are about: their addresses by name, others, a form that every step can read, files sent before."""
    clerk, collective, committee = village.clerk, village.collective, village.committee
    months = keep_eight_months(village, now)
    published, draft = months.published[0], months.objected
    notice = BoardNotice.objects.create(publication=published, board=BOARD, put_up_on=DAY, stays_until=DAY, put_up_by=clerk)  # fmt: skip
    signature, objection = months.signature, months.objection
    made = ledgers.register_assets(clerk, collective, [POND, FIELD, SHOP], now=now)
    said = lease(
        written=False,
        breach_terms=True,
        increase_terms=True,
        decision_day=date(2022, 2, 1),
        in_favour=30,
        entitled=36,
    )
    (contract,) = ledgers.register_contracts(clerk, collective, [said], now=now)
    paper = correcting.add_paper(clerk, contract, "照片", b"x", file_name="a.jpg", media_type="image/jpeg", now=now)  # fmt: skip
    debt = DebtEntry("马国良", "塘租", 360_000, date(2026, 3, 1), contract=contract.pk)
    (owed,) = register_receivables(clerk, collective, [debt], now=now)
    receipt = receive(clerk, owed, 1, DAY, now=now)
    canal = projects.register_project(clerk, collective, CANAL, now=now)
    half = projects.Progress(date(2026, 6, 1), 50, 14_000_000, photo=b"\xff\xd8\xff", media_type="image/jpeg")
    progress = projects.record_progress(clerk, canal, half, now=now)
    venture = ventures.register_venture(clerk, collective, COOPERATIVE, now=now)
    findings.ask(village.chen, village.township, now=now)
    matter = matters.open_matter(
        village.xiulan,
        committee,
        "lease_land",
        "李家洼荒地发包",
        amount_fen=1_200_000,
        parties=[("刘强", None)],
        now=now,
    )
    step = current(matter)
    hall.attach(village.li, step, now)
    resident = ResidentObjection.objects.create(step=step, text="面积不对。", received_by=clerk, received_at=now)  # fmt: skip
    meeting = meetings.call(
        clerk,
        committee,
        "representatives_meeting",
        DAY,
        [Point("议题")],
        notice_on=DAY - timedelta(days=9),
        now=now,
    )
    asked = requests.register(village.zhao, committee, "villagers_meeting_request", "请求召开村民会议", now=now)  # fmt: skip
    person = org.register_person(None, "苏志远", now=now)
    su = org.appoint(None, person, "county_officer", bodies["county"], date(2022, 1, 1), now=now)
    programme = programmes.start_programme(su, "five_clears", now=now)
    (part,) = programmes.join(su, programme, [collective], "pilot", now=now)
    files.take_stock(clerk, part, now=now)
    case = CaseItem.objects.filter(clears="contracts").get()
    files.plan(clerk, case, "renegotiated", "重新协商。", now=now)
    clearing = matters.open_matter(village.xiulan, collective, "clean_up_contracts", "合同清理", now=now)
    files.advise(clerk, case, "高律师", b"%PDF-1.7", media_type="application/pdf", now=now)
    charge = programmes.put_in_charge(su, programme, "village", village.place, village.li, now=now)
    card = cards.issue_card(village.chen, charge, "三次调度没有到场。", now=now)
    voucher = Voucher.objects.filter(kind="ordinary").first()
    assert voucher is not None
    taken_in = import_vouchers(
        village.wang, collective, vouchers([*pair(8, "2026-09-04", "付水费")]), "九月.xlsx", now=now
    )
    rows = [("2018-01", "北坡", "田守义", "", "村北", 12, 500, 6000, "2018.3-2028.3", "造林", "")]
    kinds = Choices("other_contracting", "water")
    seen = preview_ledger(clerk, collective, "contracts", ledger(rows), "台账.xlsx", choices=kinds, now=now)
    listed = import_ledger(clerk, seen, now=now)
    sent = documents.store(SENT, "application/zip", now=now).sha256
    told = documents.store(
        ledger([("2019-01", "西沟", "马国良", "", "村东", 12, 500, 6000, "2019.3-2029.3", "养鱼", "")]),
        "application/zip",
        now=now,
    ).sha256
    lines = [f"public_{line}" for line in Posting.objects.values_list("line_id", flat=True)]
    c, v, s = collective.public_id, committee.public_id, village.supervision.public_id
    arguments: dict[str, tuple[object, ...]] = {
        **dict.fromkeys(("today", "switch", "many", "books_home", "assets_home", "disclosure_home"), ()),
        **dict.fromkeys(("matters_home", "meetings_home", "findings", "indicators", "income_bands"), ()),
        **dict.fromkeys(("screening_rules", "programmes", "relations", "duties", "people", "reads"), ()),
        **dict.fromkeys(("books", "import", "enter", "assets", "contracts", "contract_form"), (c,)),
        **dict.fromkeys(("receivables", "projects", "ventures", "ledger_import", "disclosure"), (c,)),
        **dict.fromkeys(
            ("matters", "powers", "meetings", "archive", "requests", "relations_of", "audit"), (v,)
        ),
        **dict.fromkeys(("month", "trial_balance", "reconcile"), (c, "2026-09")),
        **dict.fromkeys(("contract",), (contract.public_id,)),
        **dict.fromkeys(("matter", "proof"), (matter.public_id,)),
        **dict.fromkeys(("meeting", "attendance_docx", "minutes_docx"), (meeting.public_id,)),
        **dict.fromkeys(("case", "opinion"), (case.public_id,)),
        "preview": (c, sent),
        "ledger_preview": (c, "contracts", told),
        "account": (c, "102"),
        "voucher": (voucher.public_id,),
        "asset": (made[1].public_id,),
        "contract_paper": (paper.pk,),
        "receivable": (owed.public_id,),
        "project": (canal.public_id,),
        "project_photo": (progress.pk,),
        "venture": (venture.public_id,),
        "finding": (Finding.objects.filter(contract=contract)[0].public_id,),
        "programme": (programme.public_id,),
        "clean_up": (part.public_id,),
        "case_file": (case.file.public_id,),
        "card": (card.public_id,),
        "draft": (draft.public_id,),
        "publication": (published.public_id,),
        "paper": (step.papers.all()[0].pk,),
        "power": (v, "lease_land"),
        "request": (asked.public_id,),
        "supervision": (s,),
    }
    addresses = {name: reverse(f"desk:{name}", args=given) for name, given in arguments.items()}
    forms = {
        **dict.fromkeys(("day", "on", "from_day", "held_on", "put_up_on", "taken_down_on", "ended_day"), "2026-10-08"),
        **dict.fromkeys(("last_day", "signed_on", "accepted_day", "until_day", "span", "due_day"), "2026-10-08"),
        **dict.fromkeys(("amount", "bank", "price", "spent", "budget", "total", "to_collective", "quote"), "1"),
        **dict.fromkeys(("percent", "year", "present", "expected", "in_favour", "objection", "signature"), "1"),
        "period": "2026-07", "first": "2026-09", "charge": str(charge.pk), "board": BOARD, "name": "代表01",
        "identity_number": "11010519491231002X", "organization": c, "kind": "spouse", "matter": matter.public_id,
        "text": "说明。", "reason": "理由。", "appointment": village.sun.public_id, "who": village.li.public_id,
        "place": village.place.public_id, "level": "village", "phase": "pilot", "fact": "没有到场。", "title": "题",
        "signer": village.zhao.public_id, "purpose": "contracts", "lawyer": "高律师",
    }  # fmt: skip
    uploads = {
        f"{c}:vouchers:{sent}": {"name": "材料.xlsx", "columns": None, "choices": {}},
        f"{c}:contracts:{told}": {
            "name": "台账.xlsx",
            "columns": None,
            "choices": {"kind": "other_contracting", "asset_kind": "water"},
        },
    }
    of_steps = {
        ("many", "post"): {"period": "2026-02"},
        **{("many", step): {"period": "2026-05"} for step in ("sign", "meeting", "publish")},
        ("publication", "correct"): {"period": "2026-02"},
        ("publication", "post_off"): {"notice": notice.public_id},
        ("draft", "confirm"): {"signature": str(signature.pk)},
        ("draft", "answer"): {"objection": str(objection.pk)},
        ("meetings", "call"): {"kind": "representatives_meeting"},
        ("matter", "answer"): {"objection": resident.public_id},
        ("import", "undo"): {"import": taken_in.public_id},
        ("ledger_import", "undo"): {"import": listed.public_id},
        ("receivable", "take_back"): {"receipt": receipt.public_id},
        ("relations_of", "read"): {"purpose": "recusal"},
        ("case", "decide"): {"matter": clearing.public_id},
        ("voucher", "amend"): dict.fromkeys(lines, "公开摘要"),
        ("draft", "amend"): dict.fromkeys(lines, "公开摘要"),
        **{("meeting", step): {"chair": str(hall.people["代表01"].pk)} for step in ("close", "fail")},
    }
    return addresses, others(village, months, case, now), forms, of_steps, uploads


def others(village: Village, months: Months, case: CaseItem, now: datetime) -> dict[str, list[str]]:
    """The same pages about something in another state: agreed, signed, settled, accepted, done, reached."""
    clerk, collective, committee, done = (
        village.clerk,
        village.collective,
        village.committee,
        months.published[1],
    )
    matter = matters.open_matter(village.xiulan, committee, "lease_land", "南洼地发包", amount_fen=1_200_000, now=now)  # fmt: skip
    shown = matter.steps.get(name="publish_decision")
    ResidentObjection.objects.create(step=shown, text="价格低。", received_by=clerk, received_at=now)
    matter.steps.filter(pk=shown.pk).update(
        state="done", done_on=DAY, done_at=now, done_by=clerk, opened_on=DAY, publication=done
    )
    Matter.objects.filter(pk=matter.pk).update(state="done", ended_at=now)
    settled = CaseItem.objects.filter(file__participation=case.file.participation).exclude(pk=case.pk)[0]
    CaseItem.objects.filter(pk=settled.pk).update(outcome="collected", settled_day=DAY, settled_by=clerk)
    wheat = RentEntry(date(2023, 3, 1), goods="小麦", jin_per_mu=20_000, due_month=10, due_day=20)
    in_kind = lease("2023-01", title="南洼地承包合同", rents=(wheat,), lets=(LetEntry("Z-02", 30 * MU),))
    (paid_in_wheat,) = ledgers.register_contracts(clerk, collective, [in_kind], now=now)
    road = projects.register_project(clerk, collective, replace(CANAL, name="村东路"), now=now)
    projects.record_progress(clerk, road, projects.Progress(date(2026, 6, 1), 100, 1), now=now)
    projects.accept_project(clerk, road, projects.Accepted(day=DAY, words="合格。"), now=now)
    asked = requests.register(village.zhao, committee, "recall", "请求罢免", concerns=village.xiulan, now=now)
    JointRequest.objects.filter(pk=asked.pk).update(reached_at=now)
    c = collective.public_id
    return {
        "many": [f"{reverse('desk:many')}?period=2026-0{month}" for month in range(1, 10)],
        "books": [reverse("desk:books", args=[committee.public_id])],
        "month": [reverse("desk:month", args=[c, month]) for month in ("2025-12", "2026-07", "2026-10")],
        "draft": [
            reverse("desk:draft", args=[each.public_id])
            for each in (months.agreed, months.signed, months.fresh)
        ],
        "publication": [reverse("desk:publication", args=[done.public_id])],
        "matter": [reverse("desk:matter", args=[matter.public_id])],
        "case": [reverse("desk:case", args=[settled.public_id])],
        "contract": [reverse("desk:contract", args=[paid_in_wheat.public_id])],
        "project": [reverse("desk:project", args=[road.public_id])],
        "request": [reverse("desk:request", args=[asked.public_id])],
    }
