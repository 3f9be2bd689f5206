"""The paper: its figures can be read off it, its code leads to the entry, and it breaks into pages."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cunwu.disclosure import log
from cunwu.disclosure.models import Publication
from cunwu.disclosure.qr import verify_address
from cunwu.errors import NotReady
from cunwu.portal import downloads, notice, queries
from cunwu.procedures.guards import Ballot
from cunwu.procedures.models import Matter
from procedures.conftest import Hall, current, hall
from procedures.test_lease import lease, publish_decision, to_the_vote

__all__ = ["hall", "lease"]

pytestmark = pytest.mark.slow

POPPLER = shutil.which("pdftotext") and shutil.which("pdftoppm")


@pytest.fixture
def facts(published: Publication) -> queries.PublicationFacts:
    """September, published."""
    found = queries.publication(published.public_id)
    assert found is not None
    return found


def with_lines(facts: queries.PublicationFacts, count: int) -> queries.PublicationFacts:
    """The same sheet with `count` lines."""
    assert facts.content is not None
    first = facts.content["lines"][0]
    lines: list[dict[str, Any]] = [
        {**first, "id": f"line{n}", "ref": f"记-{n}", "summary": f"付第{n}户危房改造工程材料款（二期）",
         "day": (date(2026, 9, 1) + timedelta(days=n % 30)).isoformat()}
        for n in range(1, count + 1)
    ]  # fmt: skip
    return dataclasses.replace(facts, content={**facts.content, "lines": lines})


def text_of(pdf: bytes, folder: Path, order: str = "-layout") -> str:
    path = folder / "notice.pdf"
    path.write_bytes(pdf)
    command = ["pdftotext", order, str(path), "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.mark.skipif(not POPPLER, reason="poppler-utils is not installed")
def test_the_paper_says_what_was_published(facts: queries.PublicationFacts, tmp_path: Path) -> None:
    papers = notice.notices(facts)
    assert papers.keys() == {"notice-a4.pdf", "notice-a3.pdf"}
    for pdf in papers.values():
        words = text_of(pdf, tmp_path).replace(" ", "")
        for expected in (
            "云溪村村务公开", "2026年9月财务收支情况（逐项逐笔）", "547,670.78", "东沟鱼塘租金（2026年）", "24,000.00", "647,520.78",
            "自张贴之日起不少于15日", "第三十五条第四款", "5日内", "第十六条第二款", "赵立新", "公开日志第0号",
            log.fingerprint().replace(" ", ""), facts.publication.document_id[:16], "第1页，共1页", "演示数据",
        ):  # fmt: skip
            assert expected in words, expected


@pytest.mark.skipif(
    not (POPPLER and shutil.which("zbarimg")), reason="poppler-utils or zbar-tools is not installed"
)
def test_the_code_on_the_paper_leads_to_the_entry(facts: queries.PublicationFacts, tmp_path: Path) -> None:
    path = tmp_path / "notice.pdf"
    path.write_bytes(notice.notices(facts)["notice-a4.pdf"])
    subprocess.run(["pdftoppm", "-r", "150", "-gray", str(path), str(tmp_path / "page")], check=True)
    (page,) = tmp_path.glob("page*.pgm")
    command = ["zbarimg", "--quiet", "--raw", str(page)]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert said.strip() == verify_address(facts.entry)


@pytest.mark.skipif(not POPPLER, reason="poppler-utils is not installed")
@pytest.mark.parametrize(("count", "pages"), [(1, 1), (40, 2), (300, 7)])
def test_long_months_break_into_pages_with_their_heads(
    facts: queries.PublicationFacts, count: int, pages: int, tmp_path: Path
) -> None:
    words = text_of(notice.notices(with_lines(facts, count))["notice-a4.pdf"], tmp_path)
    sheets = words.rstrip("\f").split("\f")
    assert abs(len(sheets) - pages) <= 1
    with_table = [sheet for sheet in sheets if "危房改造" in sheet]
    assert all("凭证" in sheet and "结余" in sheet for sheet in with_table)
    assert words.count("危房改造") == count
    assert f"第{len(sheets)}页，共{len(sheets)}页" in sheets[-1].replace(" ", "")


def test_the_same_publication_gives_the_same_bytes(facts: queries.PublicationFacts) -> None:
    assert notice.notices(facts) == notice.notices(facts)


def test_without_chinese_fonts_it_says_what_to_install(
    facts: queries.PublicationFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice, "FONT", "No Such Font")
    notice._compiler.cache_clear()
    with pytest.raises(NotReady) as refused:
        notice.notices(facts)
    assert refused.value.code == "portal.fonts_missing"
    assert "fonts-noto-cjk" in refused.value.zh
    monkeypatch.undo()
    assert notice.notices(facts)


def test_tables_to_take_home_carry_no_formula(facts: queries.PublicationFacts) -> None:
    assert facts.content is not None
    facts.content["lines"][0]["summary"] = '=HYPERLINK("http://x")'
    made = downloads.tables(facts)
    assert made["sheet.csv"].startswith("﻿日期,事由,科目,收入,支出,结余\r\n".encode())
    assert b"'=HYPERLINK" in made["sheet.csv"]
    assert "24000.00" in made["sheet.csv"].decode("utf-8-sig")
    assert made["sheet.xlsx"].startswith(b"PK")


@pytest.mark.skipif(not POPPLER, reason="poppler-utils is not installed")
def test_the_paper_of_a_decision_is_one_sheet_with_votes_sums_and_who(
    hall: Hall, lease: Matter, now: datetime, tmp_path: Path
) -> None:
    hall.hold(hall.village.clerk, to_the_vote(hall, lease, now), now, votes=Ballot(26, 1, 1))
    published = publish_decision(hall, current(lease), now)
    facts = queries.publication(published.public_id)
    assert facts is not None
    assert facts.content is not None
    more = [facts.content["steps"][-1] | {"amount": 1_260_000, "reference": "交易2026-018"}] * 9
    long = dataclasses.replace(facts, content={**facts.content, "steps": facts.content["steps"] + more})
    for each, sums in ((facts, ["12,000.00"]), (long, ["12,000.00", "12,600.00", "编号：交易2026-018"])):
        for pdf in notice.notices(each).values():
            words = "".join(text_of(pdf, tmp_path, "-raw").split())
            for expected in [
                "决议公开：李家洼荒地发包", "刘强", "集体资源发包", "应到28人，实到28人；赞成26票，反对1票，弃权1票",
                "钱进（村民委员会委员）办理", "公开单位", "赵立新", "".join(log.fingerprint().split()), "第1页，共1页", *sums,
            ]:  # fmt: skip
                assert expected in words, expected
