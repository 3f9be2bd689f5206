"""A ledger on the desk: sent, its columns set right, taken in, remembered, undone."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assets.ledgers import HEADER, NUMBER, ROWS, workbook
from conftest import Village
from cunwu.assets.models import Asset, Contract, LedgerImport
from desk.conftest import SignIn


@pytest.fixture
def clerk(village: Village, sign_in: SignIn) -> Client:
    """周小雨's browser."""
    return sign_in(village.clerk)


def send(
    client: Client, village: Village, data: bytes, purpose: str = "contracts", name: str = "承包合同台账.xlsx"
) -> str:
    """Upload a file; where it is looked at."""
    form = {"do": "upload", "purpose": purpose, "file": SimpleUploadedFile(name, data)}
    answer = client.post(f"/ledgers/{village.collective.public_id}/import/", form)
    assert answer.status_code == 302, answer.text
    return str(answer["Location"])


CHOICES = {"do": "columns", "kind": "other_contracting", "asset_kind": "reserve_land", "owed_day": ""}


def test_from_the_file_to_the_ledger(village: Village, clerk: Client, now: datetime) -> None:
    header = ["编码" if name == "承包方" else name for name in HEADER]
    preview = send(clerk, village, workbook(ROWS, header))
    page = clerk.get(preview).text
    assert "还缺这些列" in page
    assert "对方" in page
    clerk.post(preview, {**CHOICES, "column_2": "party"})
    page = clerk.get(preview).text
    assert "确认导入3行" in page
    assert "合同3份" in page
    assert NUMBER not in page, "a number in a preview is masked"
    assert re.search(r"没有采用的列：联系电话", page)
    done = clerk.post(preview, {"do": "import"}, follow=True)
    assert "已导入3行" in done.text
    assert Contract.objects.count() == 3
    listed = clerk.get(f"/ledgers/{village.collective.public_id}/import/").text
    assert "承包合同台账.xlsx" in listed
    # the columns are remembered for the next file of this shape
    again = send(clerk, village, workbook([("2022-09", *ROWS[0][1:])], header))
    assert "还缺这些列" not in clerk.get(again).text
    source = LedgerImport.objects.get()
    undone = clerk.post(
        f"/ledgers/{village.collective.public_id}/import/",
        {"do": "undo", "import": source.public_id},
        follow=True,
    )
    assert "已撤销，3行已移除" in undone.text
    assert not Asset.objects.exists()


def test_faults_come_back_in_the_file(village: Village, clerk: Client) -> None:
    preview = send(clerk, village, workbook([("2019-01", "塘", "", "", "", "约12亩", "", "", "", "", "")]))
    page = clerk.get(preview).text
    assert "改正前一行也不导入" in page
    assert clerk.post(preview, {"do": "import"}).status_code == 422
    assert not Contract.objects.exists()
    marked = clerk.get(f"{preview}?as=xlsx")
    assert marked.content[:2] == b"PK"
    assert "attachment" in marked["Content-Disposition"]
    assert clerk.post(preview, {**CHOICES, "owed_day": "哪天"}).status_code == 422


def test_what_cannot_be_read_leaves_no_trace(village: Village, clerk: Client) -> None:
    address = f"/ledgers/{village.collective.public_id}/import/"
    for name, data, purpose in (
        ("x.xlsx", b"not a workbook", "contracts"),
        ("党员.xlsx", workbook([("甲", "2001-01-01")], ("党组织名称", "入党时间")), "contracts"),
        ("台账.xlsx", workbook(ROWS), "spells"),
        (f"台账{NUMBER}.xlsx", workbook(ROWS), "contracts"),
    ):
        form = {"do": "upload", "purpose": purpose, "file": SimpleUploadedFile(name, data)}
        answer = clerk.post(address, form)
        assert answer.status_code == 422
        assert NUMBER not in answer.text
    assert clerk.post(address, {"do": "upload", "purpose": "contracts"}).status_code == 422


def test_who_may_not_keep_may_not_import(village: Village, sign_in: SignIn) -> None:
    browser = sign_in(village.zhao)
    assert browser.get(f"/ledgers/{village.collective.public_id}/import/").status_code == 403
    assert "导入台账" not in browser.get(f"/contracts/{village.collective.public_id}/").text
