"""Who wants to see a neighbour's data, make a notice vanish, or publish alone: what they try, and what comes of it."""

from __future__ import annotations

import re
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from assets.conftest import POND, lease
from conftest import Village, build_village
from contract.conftest import SEPTEMBER, SignIn, counts, pair, told, upload, workbook
from cunwu import installation
from cunwu.assets import actions as ledgers
from cunwu.assets.correcting import add_paper
from cunwu.assets.entries import DebtEntry
from cunwu.assets.projects import Progress, ProjectEntry, record_progress, register_project
from cunwu.assets.receivables import register_receivables
from cunwu.assets.ventures import HoldingEntry, VentureEntry, register_venture
from cunwu.books import actions as books
from cunwu.books.models import Voucher, VoucherImport
from cunwu.books.sheets import draft_sheet, publish_sheet
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import Draft, Publication
from cunwu.documents.actions import path_of
from cunwu.errors import NotAllowed
from cunwu.org import actions as org
from cunwu.org.models import Appointment
from cunwu.oversight import actions as oversight
from cunwu.oversight.models import Finding
from cunwu.portal.bake import bake_all
from cunwu.procedures import matters, meetings, papers
from cunwu.procedures import requests as joint
from cunwu.programmes import actions as programmes
from cunwu.programmes import files
from cunwu.programmes.cards import issue_card
from cunwu.programmes.models import CaseItem
from desk.conftest import give_sign_in

pytestmark = pytest.mark.slow

STEPS = (
    "upload", "undo", "import", "columns", "open", "enter", "reverse", "amend", "close", "close_nil", "reopen",
    "carry_forward", "reconcile", "draft", "sign", "record_paper", "confirm", "object", "answer", "meeting",
    "overrule", "publish", "post", "post_off", "take_down", "correct", "end", "appoint",
    "register", "disclose", "give_up", "link", "inspect", "paper", "price", "receive", "take_back", "acknowledge", "write_off",
    "review", "take_up", "screen",
    "stock", "write_down", "result", "charge", "card", "plan", "advise", "decide", "settle", "reopen", "reply", "join",
    "progress", "accept", "asset", "dividend", "end_venture",
)  # fmt: skip
MEETING = {"held_on": "2026-10-08", "chaired_by": "李建国", "expected": "7", "present": "6", "in_favour": "6"}
PASSWORD = "a long pass phrase"


@pytest.fixture
def drafted(opened: Village, sign_in: SignIn, now: datetime) -> Draft:
    """September imported, closed and drafted."""
    browser = sign_in(opened.wang)
    preview = upload(browser, opened, workbook(pair(1, "2026-09-12", "支付路灯电费"))).headers["Location"]
    assert browser.post(preview, {"do": "import"}).status_code == 302
    books.close_month(opened.wang, opened.collective, SEPTEMBER, now=now)
    return draft_sheet(opened.wang, opened.collective, SEPTEMBER, now=now)


@pytest.fixture
def published(opened: Village, drafted: Draft, now: datetime) -> Publication:
    """September published and in the log."""
    disclosure.sign(opened.zhao, drafted, now=now)
    hold_meeting(opened, drafted, now)
    publication = publish_sheet(opened.xiulan, drafted, now=now)
    log.sequence(now=now)
    return publication


def hold_meeting(village: Village, draft: Draft, now: datetime) -> None:
    """Seven expected, six came, six agreed."""
    disclosure.record_joint_meeting(
        village.clerk,
        draft,
        held_on=now.date(),
        chaired_by="李建国",
        present=6,
        expected=7,
        in_favour=6,
        now=now,
    )


def something_decided(village: Village, now: datetime) -> dict[str, str]:
    """A matter with a paper, a meeting and a joint request of the village, by the names that addresses give them."""
    matter = matters.open_matter(village.xiulan, village.committee, "lease_land", "李家洼荒地发包", now=now)
    member = org.register_person(None, "钱进", now=now)
    actor = org.appoint(None, member, "committee_member", village.committee, date(2024, 1, 1), now=now)
    step = matter.steps.get(number=1)
    paper = papers.attach(
        actor, step, "floor_price", b"x", filename="a.pdf", media_type="application/pdf", now=now
    )
    points = [meetings.Point("议事")]
    meeting = meetings.call(
        village.clerk, village.committee, "villagers_committee_meeting", now.date(), points, now=now
    )
    asked = joint.register(
        village.clerk, village.committee, "representatives_meeting_request", "请开会。", now=now
    )
    return {
        "matter_id": matter.public_id,
        "meeting_id": meeting.public_id,
        "request_id": asked.public_id,
        "paper_id": str(paper.pk),
        "name": "lease_land",
    }


def something_let(village: Village, now: datetime) -> dict[str, str]:
    """A contract with a paper, what it is about, what is owed under it, and a question of the screening, by the same names."""
    (pond,) = ledgers.register_assets(village.clerk, village.collective, [POND], now=now)
    oral = lease(written=False)
    (contract,) = ledgers.register_contracts(village.clerk, village.collective, [oral], now=now)
    debt = DebtEntry("马国良", "塘租", 100, now.date(), contract=contract.pk)
    (owed,) = register_receivables(village.clerk, village.collective, [debt], now=now)
    paper = add_paper(
        village.clerk, contract, "合同", b"x", file_name="a.pdf", media_type="application/pdf", now=now
    )
    oversight.ask(village.zhao, village.supervision, now=now)
    return {
        "asset_id": pond.public_id,
        "contract_id": contract.public_id,
        "receivable_id": owed.public_id,
        "contract_paper_id": str(paper.pk),
        "finding_id": Finding.objects.earliest("id").public_id,
        "purpose": "contracts",
    }


def something_built(village: Village, now: datetime) -> dict[str, str]:
    """A project with a photograph and a co-operative, by the same names."""
    begun = ProjectEntry("修水渠", 10_000_000, begun_day=date(2026, 9, 1))
    project = register_project(village.clerk, village.collective, begun, now=now)
    photo = Progress(now.date(), 10, 0, photo=b"x")
    progress = record_progress(village.clerk, project, photo, now=now)
    holdings = {"collective": HoldingEntry(10, 0)}
    entry = VentureEntry("cooperative", "云溪果蔬合作社", date(2024, 1, 1), holdings)
    venture = register_venture(village.clerk, village.collective, entry, now=now)
    return {
        "project_id": project.public_id,
        "progress_id": str(progress.pk),
        "venture_id": venture.public_id,
    }


def something_cleaned_up(village: Village, now: datetime) -> dict[str, str]:
    """The five clears with the village in it, a file, an item and a card, by the same names; after `something_let`."""
    bureau = org.create_organization(None, village.county, "county_bureau", "示范县农业农村局", now=now)
    person = org.register_person(None, "苏志远", now=now)
    su = org.appoint(None, person, "county_officer", bureau, date(2022, 1, 1), now=now)
    run = programmes.start_programme(su, "five_clears", now=now)
    (part,) = programmes.join(su, run, [village.collective], "pilot", now=now)
    files.take_stock(village.clerk, part, now=now)
    charge = programmes.put_in_charge(su, run, "village", village.place, village.li, now=now)
    card = issue_card(su, charge, "没有建档。", now=now)
    item = CaseItem.objects.filter(contract__isnull=False).earliest("id")
    opinion = b"%PDF"
    files.advise(village.clerk, item, "高律师", opinion, media_type="application/pdf", now=now)
    return {
        "programme_id": run.public_id,
        "participation_id": part.public_id,
        "file_id": item.file.public_id,
        "case_id": item.public_id,
        "card_id": card.public_id,
    }


def addresses(village: Village, draft: Draft, publication: Publication, now: datetime) -> list[str]:
    """Every address of the desk that names something of the village, from the resolver itself."""
    ids: dict[str, str] = {
        "organization_id": village.collective.public_id,
        "period": "2026-09",
        "code": "102",
        "voucher_id": Voucher.objects.filter(kind="ordinary").earliest("id").public_id,
        "draft_id": draft.public_id,
        "publication_id": publication.public_id,
        "sha256": VoucherImport.objects.get().document_id,
        **something_decided(village, now),
        **something_let(village, now),
        **something_cleaned_up(village, now),
        **something_built(village, now),
    }
    found = []
    (desk,) = [r for r in get_resolver().url_patterns if getattr(r, "app_name", "") == "desk"]
    for pattern in desk.url_patterns:
        names = re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern))
        if names and names != ["path"]:
            found.append(reverse(f"desk:{pattern.name}", kwargs={name: ids[name] for name in names}))
    return found


@pytest.mark.slow
def test_no_address_opens_for_the_neighbour(
    published: Publication, drafted: Draft, opened: Village, sign_in: SignIn, now: datetime
) -> None:
    other = build_village(now, "石桥村", opened.town)
    every = addresses(opened, drafted, published, now)
    assert len(every) >= 35
    before = counts()
    for person in (other.wang, other.li, other.zhao):
        browser = sign_in(person)
        for address in every:
            for answer in (browser.get(address), browser.get(f"{address}?as=xlsx")):
                assert answer.status_code in {403, 404}, (address, answer.status_code)
                assert "支付路灯电费" not in answer.text
            for step in STEPS if person == other.wang else ("sign", "publish", "take_down"):
                answer = browser.post(address, {"do": step, "reason": "x", "reason_code": "personal_data"})
                assert answer.status_code in {403, 404}, (address, step)
    assert counts() == before


def test_ids_in_a_form_reach_no_further_than_the_page(
    published: Publication, drafted: Draft, opened: Village, sign_in: SignIn, now: datetime
) -> None:
    other = build_village(now, "石桥村", opened.town)
    books.open_books(other.wang, other.collective, SEPTEMBER, {"102": 1, "301": -1}, now=now)
    accountant, officer = sign_in(other.wang), sign_in(other.li)
    done = VoucherImport.objects.get()
    theirs = f"/books/{other.collective.public_id}/"
    before = counts()
    assert accountant.post(f"{theirs}import/", {"do": "undo", "import": done.public_id}).status_code == 404
    assert accountant.get(f"{theirs}import/{done.document_id}/").status_code == 404
    many = {"period": "2026-09", "organization": [opened.collective.public_id], "do": "close"}
    assert accountant.post("/many/", many).status_code == 422
    assert (
        officer.post(
            "/people/", {"do": "end", "appointment": opened.zhao.public_id, "last_day": "2026-10-08"}
        ).status_code
        == 403
    )
    assert officer.post("/switch/", {"appointment": opened.wang.public_id}).status_code == 403
    for listing in ("/people/", "/duties/", "/many/", "/switch/", "/people/?q=赵立新", "/duties/?as=xlsx"):
        assert "云溪村" not in accountant.get(listing).text if "xlsx" not in listing else True
    assert counts() == before


def test_every_step_needs_the_token(drafted: Draft, opened: Village, sign_in: SignIn) -> None:
    browser, before = sign_in(opened.zhao), counts()
    browser.handler.enforce_csrf_checks = True
    for address in (f"/draft/{drafted.public_id}/", "/switch/", "/many/", "/language/", "/accounts/logout/"):
        answer = browser.post(address, {"do": "sign"}, HTTP_ORIGIN="https://evil.invalid")
        assert answer.status_code == 403, address
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert counts() == before


def test_a_chosen_office_in_the_session_gives_no_right(
    drafted: Draft, opened: Village, sign_in: SignIn
) -> None:
    browser = sign_in(opened.wang)
    session = browser.session
    session["appointment"] = opened.zhao.public_id
    session.save()
    assert browser.post(f"/draft/{drafted.public_id}/", {"do": "sign"}).status_code == 403
    assert not drafted.signatures.exists()
    assert "王芳" in browser.get("/").text


def test_the_session_of_before_is_not_the_session_of_after(village: Village) -> None:
    user = give_sign_in(village.wang, second_factor=False)
    browser = Client()
    browser.get("/accounts/login/")
    session = browser.session
    session["appointment"] = village.zhao.public_id
    session.save()
    browser.cookies["sessionid"] = planted = str(session.session_key)
    browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert browser.cookies["sessionid"].value != planted


def test_password_alone_opens_nothing_also_once_the_factor_is_there(
    village: Village, monkeypatch: pytest.MonkeyPatch, now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    monkeypatch.setenv("CUNWU_NOW", now.isoformat())
    user = give_sign_in(village.wang, second_factor=False)
    thief, owner, neighbour = Client(), Client(), Client()
    neighbour.force_login(give_sign_in(village.zhao))
    for browser in (thief, owner):
        browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        assert browser.get("/").headers["Location"] == reverse("mfa_activate_totp")
    page = owner.get(reverse("mfa_activate_totp"))
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page.text)
    assert secret is not None
    from desk.test_signing_in import code_for

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("mfa_activate_totp"), {"code": code_for(secret[1])})
    assert owner.get("/").status_code == 200
    assert thief.get("/").headers["Location"].startswith("/accounts/login/")
    assert neighbour.get("/").status_code == 200


def test_between_password_and_code_there_is_nothing(village: Village) -> None:
    user = give_sign_in(village.wang)
    browser = Client()
    browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    for address in (
        "/",
        "/people/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/password/change/",
    ):
        answer = browser.get(address)
        assert answer.status_code == 302
        assert "/accounts/" in answer.headers["Location"]


@pytest.mark.parametrize(
    "target", ["https://evil.invalid/", "//evil.invalid/", "/\\evil.invalid", "javascript:alert(1)"]
)
def test_no_address_leads_out(target: str, village: Village, sign_in: SignIn) -> None:
    browser = sign_in(village.wang)
    answers = [
        browser.post("/language/", {"language": "en", "next": target}),
        browser.post("/accounts/logout/", {"next": target}),
    ]
    user = User.objects.create_user("leaving", password=PASSWORD)
    TOTP.activate(user, generate_totp_secret())
    answers.append(
        Client().post("/accounts/login/", {"login": "leaving", "password": PASSWORD, "next": target})
    )
    answers.append(Client().get(f"//evil.invalid/{target}"))
    for answer in answers:
        location = str(answer.headers.get("Location", "/"))
        assert location.startswith("/"), location
        assert not location.startswith(("//", "/\\")), location


def test_a_foreign_host_is_refused_with_the_strict_policy(village: Village) -> None:
    for address in ("/", "/accounts/login/", "/static/desk/desk.css"):
        answer = Client(headers={"host": "evil.invalid"}).get(address)
        assert answer.status_code == 400
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "evil.invalid" not in answer.text


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'; {{7*7}} {% say %} </textarea></title>"


def handlers(page: str) -> list[str]:
    """Attributes of the page's elements that would run a script."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(
                name
                for name, value in attrs
                if name.startswith("on") or (value or "").startswith("javascript:")
            )

    Reader().feed(page)
    return found


def test_what_people_write_stays_text_everywhere(
    opened: Village, sign_in: SignIn, now: datetime, settings: Settings
) -> None:
    opened.collective.name_en = "<b>Yunxi</b>"
    opened.collective.save()
    browser = sign_in(opened.wang)
    preview = str(
        upload(browser, opened, workbook(pair(1, "2026-09-12", HOSTILE)), "<svg onload=x>.xlsx").headers[
            "Location"
        ]
    )
    ours = f"/books/{opened.collective.public_id}/"
    pages = [browser.get(preview).text]
    assert browser.post(preview, {"do": "import"}).status_code == 302
    voucher = Voucher.objects.get(kind="ordinary")
    books.close_month(opened.wang, opened.collective, SEPTEMBER, now=now)
    draft = draft_sheet(opened.wang, opened.collective, SEPTEMBER, now=now)
    disclosure.object_to(opened.zhao, draft, HOSTILE[:80], now=now)
    hostile_query = "?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&sort=%22%3E%3Cscript%3E&page=%3Cscript%3E"
    for address in (f"{ours}2026-09/", f"/voucher/{voucher.public_id}/", f"/draft/{draft.public_id}/", f"{ours}account/102/",
                    f"{ours}import/", f"/audit/{opened.collective.public_id}/", "/people/", "/many/"):  # fmt: skip
        pages += [browser.get(address).text, browser.get(address + hostile_query).text]
    disclosure.answer_objection(opened.li, draft.objections.get(), "已改", now=now)
    disclosure.sign(opened.zhao, draft, now=now)
    hold_meeting(opened, draft, now)
    publication = disclosure.publish(opened.xiulan, draft, now=now)
    log.sequence(now=now)
    bake_all(now=now)
    site = settings.HOME / "site"
    pages += [path.read_text() for path in site.rglob("*.html")] + [
        path.read_text() for path in site.rglob("*.svg")
    ]
    assert any("alert(1)" in page for page in pages)
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page
        assert "<b>Yunxi" not in page
        assert not handlers(page)
    assert (site / "d" / publication.public_id / "notice-a4.pdf").read_bytes()[:5] == b"%PDF-"


def test_an_export_keeps_dangerous_text_as_text(
    opened: Village, sign_in: SignIn, now: datetime, settings: Settings
) -> None:
    from contract.test_bad_input import DANGEROUS, no_formulas

    browser = sign_in(opened.wang)
    rows = [row for n, text in enumerate(DANGEROUS, 1) for row in pair(n, "2026-09-12", text)]
    preview = upload(browser, opened, workbook(rows)).headers["Location"]
    assert browser.post(preview, {"do": "import"}).status_code == 302
    books.close_month(opened.wang, opened.collective, SEPTEMBER, now=now)
    draft = draft_sheet(opened.wang, opened.collective, SEPTEMBER, now=now)
    disclosure.sign(opened.zhao, draft, now=now)
    hold_meeting(opened, draft, now)
    publication = disclosure.publish(opened.xiulan, draft, now=now)
    log.sequence(now=now)
    bake_all(now=now)
    folder = settings.HOME / "site" / "d" / publication.public_id
    assert no_formulas((folder / "sheet.xlsx").read_bytes())
    for line in (folder / "sheet.csv").read_text(encoding="utf-8-sig").splitlines():
        for cell in re.split(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", line):
            plain = cell.strip('"').strip()
            assert not plain.startswith(("=", "@", "+")), line
            assert not plain.startswith("-") or re.fullmatch(r"-[\d.]+", plain), line


@pytest.mark.parametrize(
    "words",
    [
        '#image("/etc/passwd")',
        '#read("/etc/passwd")',
        "$ sum_1 $ *b* _i_ `x` <l> @l",
        "\\u{41} #panic(1)",
        '#include "x.typ"',
    ],
)
def test_the_paper_is_set_from_text_not_from_markup(words: str) -> None:
    from cunwu.portal import notice

    data = {
        "paper": "a4", "title": words, "village": words, "demo": words, "foot": words, "pages": "{page}/{pages}", "facts": [[words, words]],
        "qr": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "address": words, "scan": words, "proof": [[words, words]],
        "sums": [[words, "1"]], "headers": ["a", "b", "c"], "rows": [[words, words, "1"]], "total": [], "figures": [2], "wide": 1,
        "beside": [], "beside_title": "", "nothing": "",
    }  # fmt: skip
    import json
    import shutil
    import subprocess

    pdf = notice._compiler().compile(
        format="pdf", sys_inputs={"data": json.dumps(data)}, timestamp=0, pdf_tags=False
    )
    assert isinstance(pdf, bytes)
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True
        ).stdout.decode()
        assert "root:" not in text
        assert "".join(words.split())[:12] in "".join(text.split())


HUGE = (
    "9" * 5000,
    "9" * 5000 + "-01",
    "0000-00",
    "0001-01",
    "9998-12",
    "9999-12",
    "2026-13",
    "２０２６-０９",
    "2026-09\n",
    "-1",
    "1e9",
    "\0",
)


@pytest.mark.slow
def test_huge_and_strange_input_is_a_refusal_or_a_page(
    opened: Village, drafted: Draft, sign_in: SignIn, now: datetime
) -> None:
    ours = f"/books/{opened.collective.public_id}/"
    accountant, secretary, officer = sign_in(opened.wang), sign_in(opened.li), sign_in(opened.chen)
    draft, before = f"/draft/{drafted.public_id}/", counts()
    for value in HUGE:
        for answer in (
            accountant.get("/many/", {"period": value, "q": value * 20, "page": value, "step": value}),
            accountant.get("/duties/", {"q": value * 20, "sort": value, "page": value, "state": value}),
            accountant.post("/many/", {"do": "draft", "period": value, "organization": opened.collective.public_id}),
            accountant.post(f"/disclosure/{opened.collective.public_id}/", {"do": "draft", "period": value}),
            secretary.post(draft, {"do": "meeting", **MEETING, "present": value, "expected": value, "in_favour": value}),
            secretary.post(draft, {"do": "meeting", **MEETING, "held_on": value}),
            secretary.post(draft, {"do": "answer", "objection": value, "text": "x"}),
            officer.post(draft, {"do": "confirm", "signature": value}),
            officer.post("/people/", {"do": "end", "appointment": value, "last_day": value}),
            accountant.post(ours, {"do": "open", "first": value, "account_0": value, "debit_0": value}),
            accountant.post(f"{ours}enter/", {"do": "enter", "day": value, "account_0": value, "debit_0": value}),
            accountant.post(f"{ours}2026-09/reconcile/", {"do": "reconcile", "bank": value, "amount_0": value}),
        ):  # fmt: skip
            assert answer.status_code in {200, 302, 403, 404, 409, 422}, (value[:20], answer.status_code)
    for month in ("0000-00", "0001-01", "9998-12", "9999-12", "2026-13", "２０２６-０９"):
        for page in ("", "balance/", "reconcile/"):
            assert accountant.get(f"{ours}{month}/{page}").status_code in {200, 404, 409, 422}, (month, page)
    assert counts() == before


def test_large_figures_are_refused_before_the_database(
    opened: Village, drafted: Draft, sign_in: SignIn
) -> None:
    ours, before = f"/books/{opened.collective.public_id}/", counts()
    browser = sign_in(opened.wang)
    for amount in ("99999999999999999", "9" * 30, "1e400"):
        form = {
            "do": "enter",
            "day": "2026-10-03",
            "summary_0": "x",
            "account_0": "514",
            "debit_0": amount,
            "account_1": "102",
            "credit_1": amount,
        }
        assert browser.post(f"{ours}enter/", form).status_code == 422, amount
    figures = {"present": "999999999999999", "expected": "999999999999999", "in_favour": "999999999999999"}
    disclosure_page = f"/draft/{drafted.public_id}/"
    sign_in(opened.zhao).post(disclosure_page, {"do": "sign"})
    assert (
        sign_in(opened.li).post(disclosure_page, {"do": "meeting", **MEETING, **figures}).status_code == 422
    )
    assert counts()["voucher"] == before["voucher"]
    assert counts()["jointmeeting"] == 0


def test_nobody_publishes_alone(opened: Village, drafted: Draft, sign_in: SignIn, now: datetime) -> None:
    # The township officer appoints: others, never themselves.
    with pytest.raises(NotAllowed) as refused:
        org.appoint(
            opened.chen, opened.chen.person, "committee_head", opened.committee, date(2026, 10, 1), now=now
        )
    assert refused.value.code == "authority.same_person"
    # Whoever prepared it, under a second appointment too, neither signs nor confirms nor lets a hit pass.
    second = Appointment.objects.create(
        person=opened.wang.person,
        office="supervision_head",
        organization=opened.supervision,
        from_day=date(2026, 1, 1),
    )
    address, browser = f"/draft/{drafted.public_id}/", sign_in(opened.wang)
    assert browser.post("/switch/", {"appointment": second.public_id}).status_code == 302
    answer = browser.post(address, {"do": "sign"})
    assert answer.status_code == 403
    assert "一人兼办" in told(answer.text)[0]
    # A paper signature counts by a second person only.
    clerk = sign_in(opened.clerk)
    clerk.post(address, {"do": "record_paper", "signer": opened.zhao.public_id})
    signature = drafted.signatures.get()
    also = Appointment.objects.create(
        person=opened.clerk.person,
        office="supervision_member",
        organization=opened.supervision,
        from_day=date(2026, 1, 1),
    )
    clerk.post("/switch/", {"appointment": also.public_id})
    for confirming in (clerk, browser):
        assert confirming.post(address, {"do": "confirm", "signature": signature.pk}).status_code == 403
    assert sign_in(opened.li).post(address, {"do": "publish"}).status_code == 409
    assert not Publication.objects.exists()


def test_what_was_signed_is_what_is_published(
    opened: Village, drafted: Draft, sign_in: SignIn, now: datetime
) -> None:
    address = f"/draft/{drafted.public_id}/"
    sign_in(opened.zhao).post(address, {"do": "sign"})
    hold_meeting(opened, drafted, now)
    line = Voucher.objects.get(kind="ordinary").postings.get(debit__gt=0)
    fresh = (
        sign_in(opened.wang)
        .post(address, {"do": "amend", f"public_{line.line_id}": "改过的摘要"})
        .headers["Location"]
    )
    head = sign_in(opened.xiulan)
    # The form of before, sent again: the draft is replaced; the new one has neither signature nor meeting.
    assert head.post(address, {"do": "publish"}).status_code == 409
    assert head.post(fresh, {"do": "publish"}).status_code == 409
    assert sign_in(opened.zhao).post(address, {"do": "sign"}).status_code == 409
    assert sign_in(opened.li).post(address, {"do": "meeting", **MEETING}).status_code == 409
    # The old form's change of words: nothing is half done.
    again = sign_in(opened.wang).post(address, {"do": "amend", f"public_{line.line_id}": "又改一次"})
    assert again.status_code in {302, 409}
    assert not Publication.objects.exists()


def test_the_database_refuses_what_no_action_does(
    opened: Village, published: Publication, now: datetime
) -> None:
    later = draft_sheet_of_a_correction(opened, published, now)
    disclosure.sign(opened.zhao, later, now=now)
    for statement in (
        "UPDATE cunwu_publication SET document_id = document_id",
        "DELETE FROM cunwu_publication",
        "UPDATE cunwu_logentry SET leaf = '{}'",
        "DELETE FROM cunwu_logentry",
        'UPDATE cunwu_logentry SET "index" = 7',
        "UPDATE cunwu_auditentry SET action = 'x'",
        "DELETE FROM cunwu_auditentry",
        "UPDATE cunwu_month SET closed_at = NULL WHERE publication_id IS NOT NULL",
        "DELETE FROM cunwu_month WHERE closed_at IS NOT NULL",
        "UPDATE cunwu_voucher SET day = '2026-09-01'",
        "DELETE FROM cunwu_voucher",
        "UPDATE cunwu_posting SET debit = debit + 1",
        "UPDATE cunwu_posting SET summary = 'x'",
        "DELETE FROM cunwu_posting",
        "UPDATE cunwu_draft SET digest = 'x'",
        "UPDATE cunwu_draft SET document_id = (SELECT document_id FROM cunwu_publication)",
        "UPDATE cunwu_draft SET prepared_by_id = 1",
        "UPDATE cunwu_signature SET digest = 'x'",
        "UPDATE cunwu_signature SET by_id = 1",
    ):  # fmt: skip
        refused = False
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except IntegrityError:
            refused = True
        assert refused, statement


def draft_sheet_of_a_correction(village: Village, publication: Publication, now: datetime) -> Draft:
    """A correction of the published month, drafted but open."""
    voucher = Voucher.objects.filter(kind="ordinary").latest("id")
    books.reverse_voucher(village.wang, voucher, day=date(2026, 10, 8), reason="重复入账", now=now)
    return draft_sheet(village.wang, village.collective, SEPTEMBER, reason_zh="重复入账", now=now)


def test_changed_bytes_are_found_and_not_served_on(
    opened: Village, drafted: Draft, published: Publication, now: datetime
) -> None:
    path = path_of(published.document_id)
    path.write_bytes(path.read_bytes().replace(b"360", b"160"))
    assert log.check()
    with pytest.raises(RuntimeError, match="changed on disk"):
        disclosure.hits(drafted) if hasattr(disclosure, "hits") else disclosure.open_hits(drafted)


def test_a_notice_does_not_vanish_by_its_publisher(
    opened: Village, published: Publication, sign_in: SignIn, now: datetime
) -> None:
    address, before = f"/publication/{published.public_id}/", counts()
    form = {"do": "take_down", "reason_code": "published_by_mistake", "reason": "误公布"}
    for person in (opened.xiulan, opened.li, opened.wang, opened.zhao, opened.clerk):
        assert sign_in(person).post(address, form).status_code == 403
    both = Appointment.objects.create(
        person=opened.xiulan.person,
        office="township_officer",
        organization=opened.township,
        from_day=date(2026, 1, 1),
    )
    publisher = sign_in(opened.xiulan)
    publisher.post("/switch/", {"appointment": both.public_id})
    answer = publisher.post(address, form)
    assert answer.status_code == 403
    assert "一人兼办" in told(answer.text)[0]
    assert {**counts(), "appointment": before["appointment"]} == before


def test_what_was_taken_down_opens_nowhere(
    opened: Village, drafted: Draft, published: Publication, sign_in: SignIn, settings: Settings, now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    bake_all(now=now)
    officer, form = (
        sign_in(opened.chen),
        {"do": "take_down", "reason_code": "personal_data", "reason": "误写"},
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert officer.post(f"/publication/{published.public_id}/", form).status_code == 302
    log.sequence(now=now)
    bake_all(now=now)
    for person in (opened.wang, opened.zhao, opened.li, opened.chen):
        for address in (f"/draft/{drafted.public_id}/", f"/publication/{published.public_id}/"):
            answer = sign_in(person).get(address)
            assert answer.status_code in {200, 404}
            assert "支付路灯电费" not in answer.text
    site = settings.HOME / "site"
    assert not [p for p in site.rglob("*") if p.is_file() and "支付路灯电费".encode() in p.read_bytes()]
    assert not path_of(published.document_id).exists()
    again = sign_in(opened.wang).post(
        f"/disclosure/{opened.collective.public_id}/", {"do": "draft", "period": "2026-09"}
    )
    assert again.status_code in {404, 409}
    assert len(told(again.text)) == 1


def test_a_term_that_ends_between_two_clicks(
    opened: Village, drafted: Draft, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    org.end_appointment(opened.chen, opened.zhao, date(2026, 10, 8), now=now)
    browser = sign_in(opened.zhao)
    assert browser.get(f"/draft/{drafted.public_id}/").status_code == 200
    monkeypatch.setenv("CUNWU_NOW", "2026-10-09T00:00:00+08:00")
    assert browser.post(f"/draft/{drafted.public_id}/", {"do": "sign"}).status_code == 403
    assert not drafted.signatures.exists()


def test_a_file_name_leads_nowhere(opened: Village, sign_in: SignIn, settings: Settings) -> None:
    browser = sign_in(opened.wang)
    for name in (
        "../../etc/passwd.xlsx",
        "..\\..\\boot.xlsx",
        "a\r\nSet-Cookie: x=1.xlsx",
        "\u202excod.xlsx",
        "あ" * 400 + ".xlsx",
    ):
        sent = {"do": "upload", "file": SimpleUploadedFile(name, workbook(pair(1, "2026-09-12", "路灯")))}
        answer = browser.post(f"/books/{opened.collective.public_id}/import/", sent)
        assert answer.status_code in {302, 422}, name
        if answer.status_code == 302:
            marked = browser.get(f"{answer.headers['Location']}?as=xlsx")
            assert "\n" not in marked.headers["Content-Disposition"]
            assert ".." not in marked.headers["Content-Disposition"]
    home = settings.HOME
    assert all(path.is_relative_to(home) for path in home.rglob("*"))


@pytest.mark.parametrize("desk_url", ["https://desk.cunwu.example.cn", "http://127.0.0.1:8001"])
def test_settings_behind_https(desk_url: str, tmp_path: Any) -> None:
    import json
    import os
    import subprocess
    import sys

    (tmp_path / "installation.toml").write_text(f'desk_url = "{desk_url}"\n')
    installation.create_keys(tmp_path / "keys")
    names = ("DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SECURE_HSTS_SECONDS",
             "SECURE_PROXY_SSL_HEADER", "ALLOWED_HOSTS", "SESSION_COOKIE_HTTPONLY", "SECURE_CONTENT_TYPE_NOSNIFF")  # fmt: skip
    code = f"import json; from cunwu import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names!r}}}))"
    env = os.environ | {
        "CUNWU_HOME": str(tmp_path),
        "CUNWU_KEYS": str(tmp_path / "keys"),
        "PYTHONPATH": "src",
    }
    out = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, check=True, text=True
    ).stdout
    found, secure = json.loads(out), desk_url.startswith("https")
    assert found["DEBUG"] is False
    assert found["SESSION_COOKIE_HTTPONLY"]
    assert found["SECURE_CONTENT_TYPE_NOSNIFF"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE"):
        assert found[name] is secure
    assert (found["SECURE_HSTS_SECONDS"] >= 31_536_000) is secure
    assert (found["SECURE_PROXY_SSL_HEADER"] is not None) is secure
    assert "*" not in found["ALLOWED_HOSTS"]
    assert ("desk.cunwu.example.cn" in found["ALLOWED_HOSTS"]) is secure


def test_hsts_is_said_behind_the_proxy(settings: Settings, village: Village) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = Client(headers={"x-forwarded-proto": "https"}).get("/accounts/login/")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_an_error_of_our_own_tells_nothing(
    village: Village, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cunwu.desk import today

    def fails(*_: object) -> None:
        raise RuntimeError("secret 4711")

    monkeypatch.setattr(today, "_rows", fails)
    browser = sign_in(village.wang)
    browser.raise_request_exception = False
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
