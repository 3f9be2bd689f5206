"""Everything that comes in wrong, through the desk's pages and the command: one clear sentence, nothing half done."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from conftest import Village, build_village
from contract.conftest import SEPTEMBER, SignIn, counts, pair, speak, told, upload, workbook
from cunwu.books import actions as books
from cunwu.books.importing import import_vouchers
from cunwu.books.models import Voucher
from cunwu.documents.models import Document
from cunwu.org import actions as org
from cunwu.org.identifiers import identity_check_character
from documents.conftest import repacked

pytestmark = pytest.mark.slow

Cunwu = Callable[..., tuple[int, str]]
Saved = Callable[[bytes, str], Path]

BODY = "37079919900101001"
IDENTITY = BODY + identity_check_character(BODY)
MISTYPED = BODY + next(c for c in "0123456789" if c != IDENTITY[-1])
GOOD = pair(1, "2026-09-12", "支付路灯电费")


def csv_text(rows: Sequence[Sequence[Any]]) -> str:
    """The rows as comma separated text."""
    target = io.StringIO()
    csv.writer(target).writerows([("日期", "凭证字号", "摘要", "科目名称", "借方金额", "贷方金额"), *rows])
    return target.getvalue()


@dataclass(frozen=True)
class Bad:
    """A file, and what the one sentence about it has to name, in Chinese and in English."""

    data: Callable[[], bytes]
    zh: tuple[str, ...]
    en: tuple[str, ...]
    name: str = "9月凭证.xlsx"
    unread: bool = False
    """Refused as it arrives; else its preview lists the fault."""


def _bomb() -> bytes:
    return repacked(workbook(GOOD), {"xl/sharedStrings.xml": b" " * 40_000_000})


FILES: dict[str, Bad] = {
    "wrong row": Bad(
        lambda: workbook([*GOOD, ("2026-09-13", "记-2", "购纸", "公益支出", "一堆钱", None), pair(2, "2026-09-13", "购纸")[1]]),
        ("《9月凭证.xlsx》", "工作表“凭证”", "第4行E列", "一堆钱"),
        ("9月凭证.xlsx", "sheet 凭证", "row 4", "column E"),
    ),
    "unbalanced voucher": Bad(
        lambda: workbook(pair(1, "2026-09-12", "支付路灯电费", 360.5, 300)),
        ("《9月凭证.xlsx》", "第2行", "差60.50元", "请"),
        ("9月凭证.xlsx", "row 2", "60.50 yuan"),
    ),
    "outside the books": Bad(
        lambda: workbook(pair(1, "2026-08-31", "支付路灯电费")),
        ("第2行A列", "建账月份", "请改正日期"),
        ("row 2, column A", "first month of the books", "correct the date"),
    ),
    "day to come": Bad(
        lambda: workbook(pair(1, "2026-10-30", "支付路灯电费")),
        ("第2行A列", "还没有到"),
        ("row 2, column A", "yet to come"),
    ),
    "no such day": Bad(
        lambda: workbook(pair(1, "2026-09-31", "支付路灯电费")), ("第2行A列", "2026-09-31"), ("row 2, column A",)
    ),
    "formula": Bad(
        lambda: workbook(GOOD, formula="E2"), ("《9月凭证.xlsx》", "凭证", "E2", "公式", "请"), ("E2", "formula"), unread=True
    ),
    "macros by name": Bad(
        lambda: workbook(GOOD), ("《9月凭证.xlsm》", "宏", "请"), ("9月凭证.xlsm", "macro"), "9月凭证.xlsm", unread=True
    ),
    "macros by content": Bad(
        lambda: repacked(workbook(GOOD), {"xl/vbaProject.bin": b"x"}), ("宏", "请"), ("macro",), unread=True
    ),
    "zip bomb": Bad(_bomb, ("《9月凭证.xlsx》", "请"), ("9月凭证.xlsx",), unread=True),
    "fifty megabytes": Bad(
        lambda: workbook(GOOD) + b"\0" * 50 * 2**20, ("《9月凭证.xlsx》", "20MB", "按月拆分"), ("20 MB", "split"), unread=True
    ),
    "empty": Bad(lambda: b"", ("《9月凭证.xlsx》", "空文件", "重新选择"), ("is empty", "choose"), unread=True),
    "no table": Bad("会议记录\n".encode, ("《会议.csv》",), ("会议.csv",), "会议.csv", unread=True),
    "not a workbook": Bad(lambda: b"\x00\x01\x02\xff garbage", ("《9月凭证.xlsx》", "请"), ("9月凭证.xlsx",), unread=True),
    "identity number": Bad(
        lambda: workbook(pair(1, "2026-09-12", f"付王某{IDENTITY}补贴")),
        ("第2行C列", "身份证号码", "不得公开", "请删去"),
        ("row 2, column C", "identity number", "never published"),
    ),
    "identity number, a digit wrong": Bad(
        lambda: workbook(pair(1, "2026-09-12", f"付王某{MISTYPED}补贴")),
        ("第2行C列", "可能抄错一位", "请删去"),
        ("row 2, column C", "take it out"),
    ),
    "identity number in the name": Bad(
        lambda: workbook(GOOD), ("文件名有身份证号码", "请删去"), ("file's name holds", "identity number"),
        f"王某{IDENTITY}.xlsx", unread=True,
    ),
    "mistyped number in the name": Bad(
        lambda: workbook(GOOD), ("文件名", "可能抄错一位"), ("file's name holds", "wrong"), f"王某{MISTYPED}.xlsx", unread=True
    ),
}  # fmt: skip
TWICE = {"no such day": 2, "identity number": 2, "identity number, a digit wrong": 2}
"""Day and summary stand in both rows of the voucher: each row is named."""


@pytest.mark.parametrize("case", FILES)
def test_bad_file_on_the_desk(case: str, opened: Village, sign_in: SignIn) -> None:
    bad, browser = FILES[case], sign_in(opened.wang)
    before, data = counts(), bad.data()
    for language, words in (("zh-hans", bad.zh), ("en", bad.en)):
        speak(browser, language)
        answer = upload(browser, opened, data, bad.name)
        if bad.unread:
            assert answer.status_code == 422
            pages, sentences = [answer.text], told(answer.text)
            assert len(sentences) == 1
            assert not Document.objects.exists()
        else:
            assert answer.status_code == 302
            preview = str(answer.headers["Location"])
            page = browser.get(preview)
            assert page.status_code == 200
            refused = browser.post(preview, {"do": "import"})
            assert refused.status_code == 422
            pages, sentences = [page.text, refused.text], told(page.text)
            assert len(sentences) == TWICE.get(case, 1)
        assert all(word in sentences[0] for word in words), sentences
        for page_text in pages:
            assert "Traceback" not in page_text
            assert IDENTITY not in page_text
            assert MISTYPED not in page_text
    assert counts() == before


@pytest.mark.parametrize("case", FILES)
def test_bad_file_by_the_command(
    case: str, opened: Village, cunwu: Cunwu, saved: Saved, now: datetime
) -> None:
    bad, before = FILES[case], counts()
    path = saved(bad.data(), bad.name)
    named = (
        "--organization",
        opened.collective.public_id,
        "--as",
        opened.wang.public_id,
        "--now",
        now.isoformat(),
    )
    for locale, words in (("zh_CN.UTF-8", bad.zh), ("C.UTF-8", bad.en)):
        code, said = cunwu(locale, "import-vouchers", path, *named)
        assert code == 1
        if case != "fifty megabytes":  # the page knows the limit, the command the size too
            assert any(all(word in line for word in words) for line in said.splitlines()), said
        assert "Traceback" not in said
        assert IDENTITY not in said
        assert MISTYPED not in said
    assert counts() == before


def test_gbk_text_is_read(opened: Village, sign_in: SignIn) -> None:
    browser = sign_in(opened.wang)
    preview = upload(browser, opened, csv_text(GOOD).encode("gbk"), "9月凭证.csv").headers["Location"]
    assert browser.post(preview, {"do": "import"}).status_code == 302
    assert "支付路灯电费" in set(
        Voucher.objects.get(kind="ordinary").postings.values_list("summary", flat=True)
    )


def test_closed_month_names_month_and_remedy(opened: Village, sign_in: SignIn, now: datetime) -> None:
    import_vouchers(opened.wang, opened.collective, workbook(GOOD), "9月.xlsx", now=now)
    books.close_month(opened.wang, opened.collective, SEPTEMBER, now=now)
    browser, before = sign_in(opened.wang), counts()
    answer = upload(browser, opened, workbook(pair(2, "2026-09-20", "购办公用纸")))
    for language, words in (
        ("zh-hans", ("第2行A列", "2026", "已结账")),
        ("en", ("row 2, column A", "is closed")),
    ):
        speak(browser, language)
        sentences = told(browser.get(answer.headers["Location"]).text)
        assert len(sentences) == 1
        assert all(word in sentences[0] for word in words), sentences
    assert browser.post(answer.headers["Location"], {"do": "import"}).status_code == 422
    assert counts() == before


def test_same_file_twice_also_under_another_name(opened: Village, sign_in: SignIn, now: datetime) -> None:
    data = workbook(GOOD)
    import_vouchers(opened.wang, opened.collective, data, "9月.xlsx", now=now)
    browser, before = sign_in(opened.wang), counts()
    resaved = repacked(data, {"docProps/app.xml": b"<Properties/>"})
    for sent, name, zh, en in (
        (data, "9月.xlsx", ("《9月.xlsx》", "2026-10-08 10:00导入过", "撤销"), ("was imported on", "undo")),
        (data, "副本.xlsx", ("《副本.xlsx》", "2026-10-08 10:00导入过"), ("副本.xlsx", "was imported on")),
        (resaved, "另存.xlsx", ("第2行B列", "记-1已在账上"), ("row 2, column B", "in the books already")),
    ):
        preview = str(upload(browser, opened, sent, name).headers["Location"])
        for language, words in (("zh-hans", zh), ("en", en)):
            speak(browser, language)
            sentences = told(browser.get(preview).text)
            assert len(sentences) == 1
            assert all(word in sentences[0] for word in words), sentences
        assert browser.post(preview, {"do": "import"}).status_code == 422
    assert counts() == before


@pytest.mark.parametrize("number", [IDENTITY, MISTYPED])
def test_identity_number_typed_by_hand_is_not_echoed(
    number: str, opened: Village, sign_in: SignIn, now: datetime
) -> None:
    import_vouchers(opened.wang, opened.collective, workbook(GOOD), "9月.xlsx", now=now)
    voucher = Voucher.objects.get(kind="ordinary")
    first, last = voucher.postings.order_by("line")
    browser, before = sign_in(opened.wang), counts()
    typed = {
        "do": "enter", "day": "2026-09-20", "summary_0": f"付王某{number}", "account_0": "514", "debit_0": "10",
        "account_1": "102", "credit_1": "10",
    }  # fmt: skip
    amended = {"do": "amend", f"public_{first.line_id}": "路灯", f"public_{last.line_id}": f"王某{number}"}
    for address, form in (
        (f"/books/{opened.collective.public_id}/enter/", typed),
        (f"/voucher/{voucher.public_id}/", amended),
    ):
        for language, word in (("zh-hans", "身份证号码"), ("en", "identity number")):
            speak(browser, language)
            answer = browser.post(address, form)
            assert answer.status_code == 422
            (sentence,) = told(answer.text)
            assert word in sentence
            assert number not in answer.text
    # The first line was fine and still was not changed: all or nothing.
    first.refresh_from_db()
    assert first.public_summary == "支付路灯电费"
    assert counts() == before


def _refused(
    browser: Client, address: str, form: dict[str, str] | None, status: int, zh: str, en: str
) -> None:
    for language, words in (("zh-hans", zh), ("en", en)):
        speak(browser, language)
        answer = browser.get(address) if form is None else browser.post(address, form)
        assert answer.status_code == status, (address, answer.status_code)
        sentences = told(answer.text)
        assert len(sentences) == 1, sentences
        assert re.search(words, sentences[0]), sentences


def test_wrong_office_and_another_village(opened: Village, sign_in: SignIn, now: datetime) -> None:
    other = build_village(now, "石桥村", opened.town)
    ours, before = opened.collective.public_id, counts()
    month = f"/books/{ours}/2026-09/"
    _refused(
        sign_in(opened.li),
        month,
        {"do": "close"},
        403,
        "没有“.*”的职权；请由有此职权的人员办理",
        "does not carry the right .*ask",
    )
    _refused(sign_in(other.wang), month, None, 403, "不能办理云溪村.*请切换", "cannot act for .*switch")
    _refused(sign_in(other.wang), month, {"do": "close"}, 403, "不能办理云溪村", "cannot act for")
    assert counts() == before


def test_expired_term(opened: Village, sign_in: SignIn, cunwu: Cunwu, saved: Saved, now: datetime) -> None:
    browser = sign_in(opened.wang)
    org.end_appointment(opened.chen, opened.wang, date(2026, 10, 7), now=now)
    before = counts()
    for language, word in (("zh-hans", "没有任职"), ("en", "office")):
        speak(browser, language)
        answer = browser.post(f"/books/{opened.collective.public_id}/2026-09/", {"do": "close_nil"})
        assert answer.status_code == 403
        assert word in answer.text
    named = (
        "--organization",
        opened.collective.public_id,
        "--as",
        opened.wang.public_id,
        "--now",
        now.isoformat(),
    )
    code, said = cunwu("zh_CN.UTF-8", "import-vouchers", saved(workbook(GOOD), "9月.xlsx"), *named)
    assert code == 1
    assert re.search("王芳.*任期不在今天之内（2022-01-01—2026-10-08）.*续任登记", said)
    assert counts() == before


def test_one_person_in_both_offices_leaves_nothing(opened: Village, sign_in: SignIn) -> None:
    browser = sign_in(opened.chen)
    form = {"do": "appoint", "name": "刘明", "identity_number": IDENTITY, "from_day": "2026-10-01"}
    books_office = {"organization": opened.collective.public_id, "office": "accountant"}
    assert browser.post("/people/", {**form, **books_office}).status_code == 302
    before = counts()
    review = {**form, "organization": opened.supervision.public_id, "office": "supervision_member"}
    _refused(
        browser,
        "/people/",
        review,
        403,
        "刘明在云溪村已任.*不得同时担任.*请另选他人.*依据：",
        "may not also be .*Basis:",
    )
    assert counts() == before
    # A new person whose appointment is refused is not left behind without one.
    nobody = {
        **review,
        "name": "周全",
        "identity_number": "37079919910101001" + identity_check_character("37079919910101001"),
    }
    _refused(browser, "/people/", {**nobody, "office": "accountant"}, 422, "不设“", "has no office of")
    assert counts() == before


@pytest.mark.parametrize("number", [MISTYPED, "3707991990010100", "37079919901301001X"])
def test_wrong_identity_number_of_a_person(number: str, opened: Village, sign_in: SignIn) -> None:
    browser, before = sign_in(opened.chen), counts()
    form = {"do": "appoint", "name": "刘明", "identity_number": number, "from_day": "2026-10-01",
            "organization": opened.collective.public_id, "office": "accountant"}  # fmt: skip
    for language in ("zh-hans", "en"):
        speak(browser, language)
        answer = browser.post("/people/", form)
        assert answer.status_code == 422
        assert len(told(answer.text)) == 1
        assert number not in answer.text
    assert counts() == before


@pytest.mark.parametrize(
    ("place", "change", "zh", "en"),
    [
        ("board_days", lambda text: text + "deadlin: 3\n", "deadlin", "deadlin"),
        (
            "board_days",
            lambda text: re.sub(r"(?m)^\s+cite:.*\n?(?:\s{6,}.*\n)*", "", text, count=1),
            "cite",
            "cite",
        ),
    ],
)
def test_pack_with_an_unknown_key_or_an_uncited_value(
    place: str,
    change: Callable[[str], str],
    zh: str,
    en: str,
    cunwu: Cunwu,
    settings: Settings,
    tmp_path: Path,
) -> None:
    import shutil

    packs = tmp_path / "packs"
    shutil.copytree(settings.PACKS, packs)
    path = packs / "cn" / "values" / f"{place}.yaml"
    changed = change(path.read_text(encoding="utf-8"))
    assert changed != path.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    settings.PACKS = packs
    for locale, word in (("zh_CN.UTF-8", zh), ("C.UTF-8", en)):
        code, said = cunwu(locale, "packs", "check")
        assert code == 1
        lines = [line for line in said.splitlines() if word in line]
        assert len(lines) == 1, said
        assert re.search(rf"{place}\.yaml\D+\d+", lines[0]), lines
        assert "Traceback" not in said


DANGEROUS = ('=HYPERLINK("http://x.invalid")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0")


@pytest.mark.parametrize("summary", DANGEROUS)
def test_exports_carry_no_live_formula(summary: str, opened: Village, sign_in: SignIn) -> None:
    browser = sign_in(opened.wang)
    preview = str(upload(browser, opened, workbook(pair(1, "2026-09-12", summary))).headers["Location"])
    assert browser.post(preview, {"do": "import"}).status_code == 302
    ours = f"/books/{opened.collective.public_id}/"
    faulty = str(
        upload(browser, opened, workbook(pair(2, "2026-09-12", summary, 3, 2)), "错.xlsx").headers["Location"]
    )
    opened.clerk.person.name = summary.strip()
    opened.clerk.person.save()
    for address in ("/people/?as=xlsx", "/duties/?as=xlsx", f"/audit/{opened.collective.public_id}/?as=xlsx"):
        assert no_formulas(sign_in(opened.chen).get(address).content)
    for address in (f"{ours}2026-09/?as=xlsx", f"{ours}account/102/?as=xlsx", f"{faulty}?as=xlsx"):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert no_formulas(answer.content)
        cells = [c for s in CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names
                 for row in CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name(s).to_python()
                 for c in row]  # fmt: skip
        assert any(summary.strip() in str(cell) for cell in cells), address


def no_formulas(data: bytes) -> bool:
    """Whether no sheet of the workbook holds a formula, a link or a macro."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        return not any(b"<f>" in s or b"<f " in s or b"<hyperlink" in s for s in sheets) and not any(
            "vba" in n or "externalLink" in n for n in archive.namelist()
        )
