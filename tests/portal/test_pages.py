"""What residents read: a sheet, a village, a town, the front page, in every state and both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rfc8785
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import Draft, LogEntry, Publication
from cunwu.disclosure.qr import leaf_name
from cunwu.documents import actions as documents
from cunwu.duties import actions as duties
from cunwu.duties.models import Duty
from cunwu.org.authority import CLOCK
from cunwu.org.models import Place
from cunwu.portal import bake, places, queries, sheets
from portal.conftest import agree, draft_month

if TYPE_CHECKING:
    from conftest import Village

Read = Callable[[str], str]
NOVEMBER = datetime.fromisoformat("2026-11-01T00:00:10+08:00")
RELATIVE = re.compile(r"今天|昨天|明天|还有\s*\d+\s*天|天前|\btoday\b|\bdays left\b|\bago\b")


@pytest.fixture
def baked(published: Publication, now: datetime) -> Publication:
    """September's sheet with its pages."""
    bake.bake_stale(now=now)
    return published


def address(publication: Publication) -> str:
    return leaf_name(LogEntry.objects.get(publication=publication, kind=LogEntry.Kind.PUBLICATION))


def correct(village: Village, first: Publication, now: datetime) -> Publication:
    """The same month again, one purpose worded otherwise."""
    sheet = json.loads(documents.read(first.document))
    sheet["lines"][0]["summary"] = "东沟鱼塘租金（2026年度）"
    draft = disclosure.prepare(
        village.wang, village.collective, first.item, first.period, rfc8785.dumps(sheet),
        supersedes=first, reason_zh="事由写错", now=now,
    )  # fmt: skip
    later = disclosure.publish(village.xiulan, agree(village, draft, now), now=now)
    log.sequence(now=now)
    bake.bake_stale(now=now)
    return later


def test_the_sheet_tells_every_line_and_who_stands_for_it(baked: Publication, read: Read) -> None:
    page = read(f"zh/d/{baked.public_id}/index.html")
    for words in (
        "2026年9月财务收支情况（逐项逐笔）", "547,670.78", "24,000.00", "571,670.78", "东沟鱼塘租金（2026年）",
        "村内道路养护&lt;王家沟段&gt;", "公益支出", "120,450.00", "20,600.00", "647,520.78", "村务监督委员会主任 赵立新",
        "村民委员会主任 王秀兰", "应到9人，实到7人，同意6人", "2026年10月13日前（含当日）", "第十二条", "公开日志第0号",
    ):  # fmt: skip
        assert words in page, words
    english = read(f"en/d/{baked.public_id}/index.html")
    for words in (
        "Itemized financial statement, September 2026",
        "3 Sep",
        "Operating income",
        "8 October 2026 10:00",
    ):
        assert words in english
    assert f'href="../../../en/d/{baked.public_id}/"' in page
    assert f'href="../../../zh/d/{baked.public_id}/"' in english


def test_every_page_is_light_absolute_and_without_inline_code(
    baked: Publication, site: Path, read: Read
) -> None:
    pages = list(site.rglob("index.html"))
    assert len(pages) >= 12
    for path in pages:
        page = path.read_text(encoding="utf-8")
        assert not RELATIVE.search(page), path
        assert "style=" not in page
        assert not re.search(r"<script(?![^>]* src=)|\son\w+=|<style", page)
        assert "Content-Security-Policy" in page
        assert "演示数据" in page or "Demonstration data" in page
        assert not re.search(r'(?:href|src)="/', page), "links are relative"
        scripts = sum((site / "static" / name).stat().st_size for name in ("cunwu.css", "page.js"))
        if "data-verify" in page:
            scripts += sum(part.stat().st_size for part in imported(site / "static" / "verify.js"))
        assert len(page.encode()) + scripts < 50_000


def imported(script: Path) -> set[Path]:
    """The script and all that it imports before it runs."""
    found, waiting = set(), [script]
    while waiting:
        part = waiting.pop()
        found.add(part)
        names = re.findall(r'^import .* from "\./([^"]+)"', part.read_text(encoding="utf-8"), re.MULTILINE)
        waiting += [part.parent / name for name in names if part.parent / name not in found]
    return found


def test_every_link_leads_somewhere(baked: Publication, site: Path, now: datetime) -> None:
    bake.bake_all(now=now)
    for path in site.rglob("index.html"):
        for link in re.findall(
            r'(?:href|src|data-bundle|data-find)="([^"#]+)"', path.read_text(encoding="utf-8")
        ):
            target = (path.parent / link).resolve()
            assert (target / "index.html" if link.endswith("/") else target).exists(), (path, link)


def test_the_scanned_page_claims_nothing_by_itself(baked: Publication, read: Read) -> None:
    for path in (f"v/{address(baked)}/index.html", f"en/v/{address(baked)}/index.html"):
        page = read(path)
        assert "seal svg" not in page
        assert "✓" not in page
        assert 'class="yes"' not in page
        assert re.search("这一页还没有核验任何东西|Nothing has been checked on this page yet", page)
        assert log.fingerprint() in page
        assert address(baked) in page


def test_a_corrected_sheet_leads_to_its_correction_for_ever(
    village: Village, baked: Publication, now: datetime, read: Read
) -> None:
    later = correct(village, baked, now + timedelta(days=1))
    for path in (f"zh/d/{baked.public_id}/index.html", f"v/{address(baked)}/index.html"):
        page = read(path)
        assert "这一份已经更正" in page
        assert "事由写错" in page
        assert later.public_id in page
        assert "东沟鱼塘租金（2026年）" in page, "what was published stays readable"
    new = read(f"zh/d/{later.public_id}/index.html")
    assert "更正了较早的公开" in new
    assert baked.public_id in new
    place = read(f"zh/p/{village.place.public_id}/index.html")
    assert "已更正" in place
    assert "2026年10月9日更正：事由写错" in place
    assert 'data-state="superseded"' in read(f"v/{address(baked)}/index.html")


def test_a_correction_after_the_due_day_makes_nobody_late(
    village: Village, drafted: Draft, now: datetime, read: Read
) -> None:
    duties.open_duties(CLOCK, now=now)
    first = disclosure.publish(village.xiulan, drafted, now=now)
    log.sequence(now=now)
    assert duties.mark_late(CLOCK, now=NOVEMBER) == []
    correct(village, first, NOVEMBER)
    page = read(f"zh/p/{village.place.public_id}/index.html")
    assert "晚了" not in page
    assert "至今没有公开" not in page


def test_what_was_taken_down_leaves_its_ground_and_nothing_else(
    village: Village, baked: Publication, site: Path, now: datetime, read: Read,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:  # fmt: skip
    disclosure.post_notice(village.clerk, baked, "村委会门口公开栏", put_up_on=now.date(), now=now)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        disclosure.take_down(
            village.chen, baked, reason_code="personal_data", reason_zh="事由写出了个人情况", now=now
        )
    log.sequence(now=now)
    bake.bake_stale(now=now)
    for path in (f"zh/d/{baked.public_id}/index.html", f"v/{address(baked)}/index.html"):
        page = read(path)
        assert "2026年10月8日由青石镇人民政府撤下" in page
        assert "含有不应公开的个人信息" in page
        assert "bundle.json" not in page
    for needle in ("东沟鱼塘", "24,000.00", "120,450.00", "王家沟"):
        found = [p for p in site.rglob("*") if p.is_file() and needle.encode() in p.read_bytes()]
        assert found == [], needle
    left = {path.name for path in (site / "d" / baked.public_id).iterdir()}
    assert left == {"entry.json", "proof.txt"}
    erasures = json.loads(read("erasures.json"))
    assert f"d/{baked.public_id}/bundle.json" in erasures["erasures"][0]["paths"]
    assert "已撤下" in read(f"zh/p/{village.place.public_id}/index.html")
    assert "no longer be checked" in read(f"en/v/{address(baked)}/index.html")


def test_a_village_shows_what_is_due_what_is_late_and_who_was_told(
    village: Village, now: datetime, read: Read
) -> None:
    duties.open_duties(CLOCK, now=now)
    bake.bake_all(now=now)
    path = f"zh/p/{village.place.public_id}/index.html"
    page = read(path)
    assert "应在2026年10月31日前（含当日）公开" in page
    assert "还没有公开过财务收支" in page
    for late in duties.mark_late(CLOCK, now=NOVEMBER):
        disclosure.record_silence(CLOCK, late, now=NOVEMBER)
    log.sequence(now=NOVEMBER)
    bake.bake_stale(now=NOVEMBER)
    page = read(path)
    for words in (
        "到期未公开",
        "至今没有公开",
        "《山东省村务公开条例》第十二条",
        "已告知青石镇人民政府",
        "已记入公开日志第0号",
    ):
        assert words in page, words
    town = read(f"zh/p/{village.town.public_id}/index.html")
    assert "最早一项应于2026年10月31日前公开" in town
    assert "Due and not published" in read(f"en/p/{village.county.public_id}/index.html")
    sheets_publish(village, NOVEMBER)
    page = read(path)
    assert "应于2026年10月31日前公开，晚了" in page
    assert "补公开已记入公开日志" in page


def sheets_publish(village: Village, now: datetime) -> Publication:
    draft = draft_month(village, now)
    publication = disclosure.publish(village.xiulan, draft, now=now)
    log.sequence(now=now)
    bake.bake_stale(now=now)
    return publication


def test_law_that_nobody_read_accuses_nobody(village: Village, now: datetime, read: Read) -> None:
    duties.open_duties(CLOCK, now=now)
    Duty.objects.update(read_in_source=False)
    duties.mark_late(CLOCK, now=NOVEMBER)
    bake.bake_all(now=NOVEMBER)
    page = read(f"zh/p/{village.place.public_id}/index.html")
    assert "条文未经核对，不作为到期未公开的依据" in page
    assert "到期未公开</span>" not in page


def test_a_village_with_a_sheet(baked: Publication, village: Village, now: datetime, read: Read) -> None:
    page = read(f"zh/p/{village.place.public_id}/index.html")
    assert "集体的钱 · 2026年9月" in page
    assert "120,450.00" in page
    assert f'href="../../../zh/d/{baked.public_id}/"' in page
    assert "还没有登记上墙" in page
    assert "本系统暂未办理" in page
    disclosure.post_notice(village.clerk, baked, "村委会门口公开栏", put_up_on=now.date(), now=now)
    bake.bake_stale(now=now)
    for path in (f"zh/p/{village.place.public_id}/index.html", f"zh/d/{baked.public_id}/index.html"):
        assert "村委会门口公开栏：2026年10月8日张贴，应保留至2026年10月23日" in read(path)


def test_a_nil_month_says_so(village: Village, now: datetime, read: Read) -> None:
    draft = draft_month(village, now, lines=())
    publication = disclosure.publish(village.xiulan, draft, now=now)
    log.sequence(now=now)
    bake.bake_stale(now=now)
    assert "本月没有发生收支，已明示零收支公开" in read(f"zh/d/{publication.public_id}/index.html")
    assert "published expressly as nil" in read(f"en/p/{village.place.public_id}/index.html")


def test_the_front_page_finds_every_village(village: Village, now: datetime, read: Read) -> None:
    bake.bake_all(now=now)
    page = read("zh/index.html")
    assert f'<a href="p/{village.place.public_id}/">云溪村</a>' in page
    assert f'<a href="p/{village.town.public_id}/">青石镇</a>' in page
    listed = json.loads(read("places.json"))
    assert [village.place.public_id, "云溪村", "青石镇", village.place.sort_key] in listed
    assert "Villages" in read("en/index.html")


def test_an_empty_county_says_so(db: None, now: datetime, read: Read) -> None:
    bake.bake_all(now=now)
    assert "还没有录入乡镇和村" in read("zh/index.html")


def test_a_month_compared(village: Village) -> None:
    sheet = {
        "income": 300, "expense": 50,
        "comparison": {"last_month": {"income": 100, "expense": 50}, "last_year": {"income": 300, "expense": 80}},
    }  # fmt: skip
    assert places.comparison(sheet, "last_month", "zh") == "收入比上月多2.00元，支出比上月相同。"
    assert places.comparison(sheet, "last_year", "en") == (
        "Against the same month last year, income was the same and expenditure was 0.30 yuan less."
    )


def test_corrected_lines_and_reconciliation_are_marked() -> None:
    sheet = {
        "lines": [{"id": "x", "account": "501", "income": -5, "expense": 0, "balance": 0}],
        "other": [], "position": [{"account": "211", "opening": -100, "closing": -40}],
        "comparison": {"last_month": None, "last_year": None},
        "corrections": [{"line": "x", "ref": "记-5", "period": "2026-10", "summary": "冲正"}],
        "reconciliation": {"bank": 1, "books": 2, "items": [{"side": "bank", "day": "2026-09-30", "text": "t", "amount": 1}]},
    }  # fmt: skip
    view = sheets.sheet_view(sheet, "zh")
    assert view["lines"][0]["red"]
    assert view["lines"][0]["corrections"][0]["ref"] == "记-5"
    assert view["position"][0] == {"code": "211", "name": "应付款", "opening": 100, "closing": 40}
    assert view["reconciliation"]["items_view"][0]["side"] == "账上已记、银行未记"


def test_a_fixed_number_of_queries(village: Village, now: datetime) -> None:
    def asked(read: Callable[[], object]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries_made:
            read()
        return len(queries_made)

    place = Place.objects.get(pk=village.place.pk)
    duties.open_duties(CLOCK, now=now)
    one = (
        asked(lambda: queries.village(place, date(2026, 10, 8))),
        asked(lambda: queries.standings(village.town)),
        asked(queries.county),
    )
    for month in range(1, 4):
        duties.open_duties(CLOCK, now=now + timedelta(days=31 * month))
    from conftest import build_village

    build_village(now, "柳河村", village.town)
    build_village(now, "松岭村", village.town)
    more = (
        asked(lambda: queries.village(place, date(2026, 10, 8))),
        asked(lambda: queries.standings(village.town)),
        asked(queries.county),
    )
    assert one == more == (8, 4, 4)


def test_nothing_is_baked_before_the_log_has_it(
    village: Village, drafted: Draft, site: Path, now: datetime, read: Read
) -> None:
    publication = disclosure.publish(village.xiulan, drafted, now=now)
    bake.bake_stale(now=now)
    assert not (site / "d" / publication.public_id).exists()
    assert "正在写入公开日志" in read(f"zh/p/{village.place.public_id}/index.html")
    log.sequence(now=now)
    bake.bake_stale(now=now)
    assert (site / "d" / publication.public_id / "bundle.json").exists()


def test_days_are_written_as_people_say_them() -> None:
    from cunwu.portal import figures

    assert figures.day(date(2026, 10, 8), "zh") == "2026年10月8日"
    assert figures.short_day("2026-09-03", "en") == "3 Sep"
    assert figures.money(-123_450) == "−1,234.50"
