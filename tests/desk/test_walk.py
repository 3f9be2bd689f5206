"""A village's month through the desk: file, close, draft, signature, meeting, publication, board."""

from __future__ import annotations

import html
import io
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conftest import Village
from cunwu.books import actions as books
from cunwu.books.models import Month, Voucher, VoucherImport
from cunwu.desk.acts import ACTS
from cunwu.desk.steps import Step, month_states
from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice, Draft, Publication
from cunwu.duties import actions as duties
from cunwu.org.authority import CLOCK, local_day
from cunwu.org.models import AuditEntry
from desk.conftest import SEPTEMBER, SignIn, keep_books

HEADERS = ("日期", "凭证字号", "摘要", "科目名称", "借方金额", "贷方金额", "附单据数", "经手人")
ROWS = (
    ("2026-09-03", "记-1", "收取鱼塘承包费", "银行存款", 2500, None, 1, "王芳"),
    ("2026-09-03", "记-1", "收取鱼塘承包费", "经营收入", None, 2500, 1, "王芳"),
    ("2026-09-12", "记-2", "支付路灯电费", "公益支出", 360.5, None, 2, "王芳"),
    ("2026-09-12", "记-2", "支付路灯电费", "银行存款", None, 360.5, 2, "王芳"),
)


def workbook(rows: tuple[tuple[object, ...], ...] = ROWS) -> bytes:
    """A voucher list as bookkeeping software exports it; invented."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet("凭证")
        for r, row in enumerate((HEADERS, *rows)):
            for c, value in enumerate(row):
                page.write(r, c, value)
    return target.getvalue()


def send(browser: Client, village: Village, data: bytes, name: str = "9月凭证.xlsx") -> str:
    """Uploads a file; the address of its preview."""
    address = f"/books/{village.collective.public_id}/import/"
    answer = browser.post(address, {"do": "upload", "file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def do(browser: Client, address: str, step: str, **fields: object) -> str:
    """Presses one button; where it leads. The page says so if it was refused."""
    answer = browser.post(address, {"do": step, **fields})
    assert answer.status_code == 302, answer.text
    return urlsplit(str(answer.headers["Location"])).path


@pytest.fixture
def opened(village: Village, now: datetime) -> Village:
    """The village with its books open from September on."""
    books.open_books(
        village.wang, village.collective, SEPTEMBER, {"102": 1_000_000, "301": -1_000_000}, now=now
    )
    duties.open_duties(CLOCK, now=now)
    return village


def state_of(village: Village, now: datetime) -> Step:
    """The next step of September."""
    day = local_day(now)
    return month_states([village.collective], ["2026-09"], day)[village.collective.pk, "2026-09"].step


def test_whole_month(opened: Village, sign_in: SignIn, now: datetime) -> None:
    village, accountant = opened, sign_in(opened.wang)
    books_page = f"/books/{village.collective.public_id}/"
    page = accountant.get("/").text
    assert "今天要办 1 件" in page
    assert "导入凭证" in page
    preview = send(accountant, village, workbook())
    shown = accountant.get(preview).text
    assert "2张凭证，4行，借方合计2,860.50元" in shown
    assert do(accountant, preview, "import") == f"{books_page}2026-09/"
    assert Voucher.objects.filter(month__period="2026-09", kind="ordinary").count() == 2
    assert state_of(village, now) == Step.CLOSE
    do(accountant, f"{books_page}2026-09/", "close")
    draft = do(accountant, f"/disclosure/{village.collective.public_id}/", "draft", period="2026-09")
    text = accountant.get(draft).text
    assert "12,139.50" in text
    assert "还没有审查签名" in text
    assert state_of(village, now) == Step.SIGN
    do(sign_in(village.zhao), draft, "sign")
    secretary = sign_in(village.li)
    assert state_of(village, now) == Step.MEETING
    form = {
        "held_on": "2026年10月8日",
        "chaired_by": "李建国",
        "expected": "7",
        "present": "6",
        "in_favour": "6",
    }
    do(secretary, draft, "meeting", **form)
    publication = do(secretary, draft, "publish")
    assert "正在存证" in secretary.get(publication).text
    assert "notice-a4.pdf" not in secretary.get(publication).text
    log.sequence(now=now)
    assert "notice-a4.pdf" not in secretary.get(publication).text, "the paper is not rendered yet"
    paper = Path(settings.HOME) / "site/d" / publication.split("/")[2] / "notice-a3.pdf"
    paper.parent.mkdir(parents=True)
    paper.write_bytes(b"%PDF")
    assert "notice-a4.pdf" in secretary.get(publication).text
    head = sign_in(village.xiulan)
    assert "还没上墙" in head.get("/").text
    do(head, publication, "post", board="村委会门口公开栏", put_up_on="10月8日")
    assert state_of(village, now) == Step.DONE
    assert "没有要您办的事" in head.get("/").text


def test_faulty_file_is_named_and_nothing_is_imported(opened: Village, sign_in: SignIn) -> None:
    browser = sign_in(opened.wang)
    rows = (*ROWS[:3], ("2026-09-12", "记-2", "支付路灯电费", "银行存款", None, 300, 2, "王芳"))
    preview = send(browser, opened, workbook(rows))
    page = browser.get(preview).text
    assert "差60.50元" in page
    assert "确认导入" not in page
    refused = browser.post(preview, {"do": "import"})
    assert refused.status_code == 422
    assert not VoucherImport.objects.exists()
    marked = browser.get(preview + "?as=xlsx")
    assert marked.content[:2] == b"PK"


def test_columns_are_changed_and_remembered(opened: Village, sign_in: SignIn) -> None:
    browser = sign_in(opened.wang)
    preview = send(browser, opened, workbook())
    do(browser, preview, "columns", column_7="approver")
    do(browser, preview, "import")
    assert {v.approver for v in Voucher.objects.filter(kind="ordinary")} == {"王芳"}
    done = VoucherImport.objects.get()
    do(browser, f"/books/{opened.collective.public_id}/import/", "undo", **{"import": done.public_id})
    assert not Voucher.objects.filter(kind="ordinary").exists()
    again = browser.get(send(browser, opened, workbook(ROWS[:2]))).text
    assert '<option value="approver" selected>' in again


def test_another_session_cannot_open_the_upload(opened: Village, sign_in: SignIn) -> None:
    preview = send(sign_in(opened.wang), opened, workbook())
    assert sign_in(opened.wang).get(preview).status_code == 404


@pytest.mark.parametrize(("data", "word"), [(b"", "desk"), (b"\x00\x01\x02garbage", ""), (b"a,b\n1,2\n", "")])
def test_unreadable_files_are_refused_in_a_sentence(
    opened: Village, sign_in: SignIn, data: bytes, word: str
) -> None:
    address = f"/books/{opened.collective.public_id}/import/"
    answer = sign_in(opened.wang).post(address, {"do": "upload", "file": SimpleUploadedFile("表.xlsx", data)})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_published_month_is_corrected_and_taken_down(
    village: Village, sign_in: SignIn, now: datetime
) -> None:
    publication = publish(village, sign_in, now)
    accountant = sign_in(village.wang)
    address = f"/publication/{publication.public_id}/"
    unchanged = accountant.post(address, {"do": "correct", "reason": "摘要写错"})
    assert unchanged.status_code == 409
    voucher = Voucher.objects.filter(kind="ordinary").latest("day")
    reversal = do(accountant, f"/voucher/{voucher.public_id}/", "reverse", day="10月8日", reason="重复入账")
    assert "冲销" in accountant.get(reversal).text
    fresh = do(accountant, address, "correct", reason="路灯电费重复入账")
    assert "路灯电费重复入账" in accountant.get(fresh).text
    refused = accountant.post(
        address, {"do": "take_down", "reason_code": "personal_data", "reason": "写了姓名"}
    )
    assert refused.status_code == 403
    officer = sign_in(village.chen)
    do(officer, address, "take_down", reason_code="personal_data", reason="写了不应公开的内容")
    assert "已于2026年10月8日撤下" in officer.get(address).text


def publish(village: Village, sign_in: SignIn, now: datetime) -> Publication:
    """September, published by the desk and in the log."""
    keep_books(village, now)
    accountant, secretary = sign_in(village.wang), sign_in(village.li)
    do(accountant, f"/books/{village.collective.public_id}/2026-09/", "close")
    draft = do(accountant, f"/disclosure/{village.collective.public_id}/", "draft", period="2026-09")
    do(sign_in(village.zhao), draft, "sign")
    form = {
        "held_on": "2026-10-08",
        "chaired_by": "李建国",
        "expected": "7",
        "present": "6",
        "in_favour": "6",
    }
    do(secretary, draft, "meeting", **form)
    do(secretary, draft, "publish")
    log.sequence(now=now)
    return Publication.objects.get()


def test_summary_amended_in_the_draft_voids_the_signature(
    village: Village, sign_in: SignIn, now: datetime
) -> None:
    keep_books(village, now)
    accountant = sign_in(village.wang)
    do(accountant, f"/books/{village.collective.public_id}/2026-09/", "close")
    draft = do(accountant, f"/disclosure/{village.collective.public_id}/", "draft", period="2026-09")
    do(sign_in(village.zhao), draft, "sign")
    line = Voucher.objects.filter(kind="ordinary").earliest("day").postings.get(account__code="501")
    fresh = do(accountant, draft, "amend", **{f"public_{line.line_id}": "鱼塘承包费（2026年）"})
    assert fresh != draft
    page = accountant.get(fresh).text
    assert "鱼塘承包费（2026年）" in page
    assert "还没有签名" in page
    assert Draft.objects.filter(replaced_at=None).count() == 1


def test_paper_signature_counts_once_confirmed(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    accountant, clerk = sign_in(village.wang), sign_in(village.clerk)
    do(accountant, f"/books/{village.collective.public_id}/2026-09/", "close")
    draft = do(accountant, f"/disclosure/{village.collective.public_id}/", "draft", period="2026-09")
    do(clerk, draft, "record_paper", signer=village.zhao.public_id)
    signature = Draft.objects.get().signatures.get()
    assert clerk.post(draft, {"do": "confirm", "signature": signature.pk}).status_code == 403
    assert "待核对" in clerk.get(draft).text
    do(sign_in(village.sun), draft, "confirm", signature=signature.pk)
    assert state_of(village, now) == Step.MEETING


def test_objection_stands_in_the_way_until_answered(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    accountant, secretary, head = sign_in(village.wang), sign_in(village.li), sign_in(village.zhao)
    do(accountant, f"/books/{village.collective.public_id}/2026-09/", "close")
    draft = do(accountant, f"/disclosure/{village.collective.public_id}/", "draft", period="2026-09")
    do(head, draft, "object", text="路灯电费没有附电费单")
    assert "异议还没有答复" in secretary.get(draft).text
    objection = Draft.objects.get().objections.get()
    do(secretary, draft, "answer", objection=objection.pk, text="电费单已补附")
    assert "异议还没有答复" not in secretary.get(draft).text


def test_form_keeps_what_was_typed_when_refused(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    accountant = sign_in(village.wang)
    do(accountant, f"/books/{village.collective.public_id}/2026-09/", "close")
    draft = do(accountant, f"/disclosure/{village.collective.public_id}/", "draft", period="2026-09")
    do(sign_in(village.zhao), draft, "sign")
    form = {
        "held_on": "2026-10-08",
        "chaired_by": "李建国",
        "expected": "7",
        "present": "八",
        "in_favour": "6",
    }
    refused = sign_in(village.li).post(draft, {"do": "meeting", **form})
    assert refused.status_code == 422
    assert "“实到人数”" in refused.text
    assert 'value="李建国"' in refused.text


def test_nil_month_reopening_and_reconciliation(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    browser = sign_in(village.wang)
    month = f"/books/{village.collective.public_id}/2026-09/"
    assert browser.post(month, {"do": "close_nil"}).status_code == 409
    wrong = browser.post(f"{month}reconcile/", {"do": "reconcile", "bank": "12,000.00"})
    assert wrong.status_code == 422
    item = {"side_0": "books", "day_0": "2026-09-30", "text_0": "存款利息未入账", "amount_0": "3.50"}
    do(browser, f"{month}reconcile/", "reconcile", bank="12,143.00", **item)
    do(browser, month, "close")
    do(browser, month, "reopen", reason="漏记一笔")
    assert Month.objects.get(period="2026-09").closed_at is None


def test_books_are_opened_by_the_form(village: Village, sign_in: SignIn) -> None:
    browser = sign_in(village.wang)
    address = f"/books/{village.collective.public_id}/"
    form = {"account_0": "银行存款/农商行", "debit_0": "10,000.00", "account_1": "资本", "credit_1": "9,000"}
    refused = browser.post(address, {"do": "open", "first": "2026-09", **form})
    assert refused.status_code == 422
    assert "差1,000.00元" in refused.text
    assert 'value="银行存款/农商行"' in refused.text
    do(browser, address, "open", first="2026-09", **{**form, "credit_1": "10,000"})
    balance = browser.get(f"{address}2026-09/balance/").text
    assert "农商行" in balance
    assert "10,000.00" in balance


def test_voucher_entered_by_hand(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    browser = sign_in(village.wang)
    address = f"/books/{village.collective.public_id}/enter/"
    form = {
        "day": "2026年9月20日",
        "word": "记",
        "summary_0": "购买垃圾桶",
        "account_0": "514 公益支出",
        "debit_0": "1,200.00",
        "account_1": "银行存款",
        "credit_1": "1,000",
        "attachments": "2",
    }
    refused = browser.post(address, {"do": "enter", **form})
    assert refused.status_code == 422
    assert "差200.00元" in refused.text
    assert 'value="购买垃圾桶"' in refused.text
    where = do(browser, address, "enter", **{**form, "credit_1": "1,200"})
    page = browser.get(where).text
    assert page.count("购买垃圾桶") >= 2
    assert "记-3" in page
    ledger = browser.get(f"/books/{village.collective.public_id}/account/514/?as=xlsx")
    assert ledger.content[:2] == b"PK"


def test_gate_is_overruled_by_a_second_person(village: Village, sign_in: SignIn, now: datetime) -> None:
    keep_books(village, now)
    accountant, head = sign_in(village.wang), sign_in(village.zhao)
    line = Voucher.objects.filter(kind="ordinary").earliest("day").postings.get(account__code="501")
    voucher = f"/voucher/{line.voucher.public_id}/"
    number = {f"public_{line.line_id}": "承包费，咨询电话13800138000"}
    do(accountant, voucher, "amend", **number)
    do(accountant, f"/books/{village.collective.public_id}/2026-09/", "close")
    draft = do(accountant, f"/disclosure/{village.collective.public_id}/", "draft", period="2026-09")
    page = head.get(draft).text
    assert "脱敏检查还有1处没有处理" in page
    assert "13800138000" not in page.split("咨询电话")[0]
    where = re.search(r'name="where" value="([^"]+)"', page)
    assert where is not None
    form = {"where": html.unescape(where[1]), "kind": "phone", "reason": "村委会值班电话，应当公开"}
    assert accountant.post(draft, {"do": "overrule", **form}).status_code == 403
    do(head, draft, "overrule", **form)
    assert "脱敏检查还有" not in head.get(draft).text
    # An identity number cannot even be written into a public summary.
    refused = accountant.post(voucher, {"do": "amend", f"public_{line.line_id}": "付370799199001010017"})
    assert refused.status_code == 422


def test_audit_says_in_words_who_did_what(village: Village, sign_in: SignIn, now: datetime) -> None:
    publish(village, sign_in, now)
    page = sign_in(village.chen).get(f"/audit/{village.collective.public_id}/").text
    for done in ("公布", "登记联席会议", "审查签名", "拟订公开内容", "结账", "填制凭证", "建账"):
        assert f">{done}</td>" in page, done
    told = AuditEntry.objects.filter(organization=village.collective).values_list("action", flat=True)
    assert set(told) <= set(ACTS)


def test_paper_comes_down_early_only_with_a_reason(village: Village, sign_in: SignIn, now: datetime) -> None:
    address = f"/publication/{publish(village, sign_in, now).public_id}/"
    head = sign_in(village.xiulan)
    do(head, address, "post", board="村委会门口公开栏", put_up_on="2026-10-08")
    notice = BoardNotice.objects.get()
    form = {"notice": notice.public_id, "taken_down_on": "2026-10-08"}
    refused = head.post(address, {"do": "post_off", **form})
    assert refused.status_code == 409
    assert "至少保留15日" in refused.text
    do(head, address, "post_off", **form, reason="被雨淋湿，当天重新张贴")
    assert "已撤下 2026年10月8日" in head.get(address).text
    wrong = head.post(address, {"do": "post", "board": "别处", "put_up_on": "2026-10-08"})
    assert wrong.status_code == 422
