"""The four deliberations of a land lease, from the proposal to the result on the wall, through pages alone.

On the way every guard refuses once. What is typed is counted beside what five separate papers would have asked for.
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from browser_walk import DESKTOP, County, Hands, running_county, shoot, sign_in
from docx import Document
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("lease")]
TITLE = "东坡荒地发包"
PEOPLE = {
    "head": "wangxiulan",
    "secretary": "lijianguo",
    "clerk": "zhouxiaoyu",
    "member": "huzhiqiang",
    "other_member": "zhengchunyan",
    "supervisor": "zhaolixin",
    "township": "chenxiaoming",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county whose clock this file moves."""
    with running_county(tmp_path_factory.mktemp("lease")) as built:
        yield built


class Lease:
    """The matter on its way, and everybody who has a hand in it, each at a browser."""

    def __init__(self, county: County, browser: Browser, folder: Path) -> None:
        self.county, self.folder = county, folder
        self.morning = datetime.now(ZoneInfo("Asia/Shanghai")).replace(
            hour=9, minute=0, second=0, microsecond=0
        )
        self.at(0)
        self.hands: dict[str, Hands] = {}
        for role, user in PEOPLE.items():
            context = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
            self.hands[role] = sign_in(context, county, user)
        self.matter = ""
        self.refusals: dict[str, str] = {}
        self.files = 0
        self.meetings: list[str] = []
        self.publications: list[str] = []

    @property
    def village(self) -> str:
        """The organization whose pages are the village's."""
        return str(self.county.facts["ids"]["organization"])

    def at(self, days: int) -> None:
        """The morning so many days after the lease began; the clock has done its work."""
        self.county.stand_at(self.morning + timedelta(days=days))
        self.county.cunwu("tick")

    def open(self, role: str, address: str = "") -> Page:
        """The matter's page, or another of the desk, before that person."""
        page = self.hands[role].page
        page.goto(self.county.address("desk") + (address or self.matter))
        return page

    def attach(self, page: Page) -> None:
        """Choose a file for every paper that the page asks for."""
        for field in page.locator("main input[type=file]").all():
            name = field.get_attribute("name")
            field.set_input_files(
                {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": f"%PDF-1.7 {name}".encode()}
            )
            self.files += 1

    def take(self, role: str, button: str = "办理完毕", *, papers: bool = True, **typed: str) -> Page:
        """Take the open step on the matter's page."""
        page = self.open(role)
        if papers:
            self.attach(page)
        for label, text in typed.items():
            self.hands[role].type(label, text)
        self.hands[role].press("button", button)
        return page

    def refused(self, page: Page, guard: str, words: str) -> None:
        """The page refuses in so many words, the guard among those that have."""
        sentence = page.get_by_role("alert").locator("p").first
        expect(sentence).to_contain_text(words)
        self.refusals.setdefault(guard, sentence.inner_text())

    def waits(self, page: Page, guard: str, words: str) -> None:
        """The page offers nothing and says why."""
        note = page.locator("main .note", has_text=words).first
        expect(note).to_be_visible()
        self.refusals.setdefault(guard, note.inner_text())

    def lost(self, page: Page, guard: str, words: str) -> None:
        """The meeting is on record, and so is why it decided nothing: its step stays open."""
        expect(page.get_by_role("status")).to_contain_text("没有通过")
        outcome = page.locator("main p", has_text=re.compile(f"{words}.*依据")).first
        self.refusals.setdefault(guard, outcome.inner_text())

    def call(self, role: str) -> Page:
        """Call the meeting that the matter waits for."""
        hands = self.hands[role]
        self.open(role)
        hands.press("link", "召集会议")
        hands.press("button", "发出通知")
        expect(hands.page.get_by_role("heading", name="议题")).to_be_visible()
        return hands.page

    @staticmethod
    def roll(page: Page) -> int:
        """How many should attend the meeting of the page."""
        return page.locator("select[name^=mark_]").count()

    def close(self, role: str, page: Page, absent: list[str], in_favour: int, against: int = 0) -> None:
        """Record who did not come and how many were in favour."""
        for name in absent:
            page.get_by_label(name, exact=True).first.select_option("absent")
        self.hands[role].type("赞成", str(in_favour))
        if against:
            self.hands[role].type("反对", str(against))
        self.hands[role].press("button", "登记结果")

    def publish(self) -> None:
        """Draft from the record, reviewed, agreed to, published, put up; the next step opens by itself."""
        clerk, supervisor, head = (self.hands[each] for each in ("clerk", "supervisor", "head"))
        self.open("clerk")
        clerk.press("button", "按记录拟订公开内容")
        draft = clerk.page.url
        supervisor.page.goto(draft)
        supervisor.press("button", "审查无误，签名")
        self.agree(draft)
        head.page.goto(draft)
        shoot(head.page, "lease-draft")
        head.press("button", "公布")
        expect(head.page.get_by_role("link", name=re.compile("A4"))).to_be_visible(timeout=60_000)
        page = head.page.get_by_role("link", name="村民看到的页面").get_attribute("href")
        assert page is not None
        self.publications.append(page)
        head.press("button", "登记上墙")
        expect(head.page.get_by_role("status")).to_contain_text("已登记上墙")
        self.county.cunwu("tick")

    def agree(self, draft: str) -> None:
        """The joint meeting of the two committees, entered where the draft is, if such a publication needs one."""
        clerk = self.hands["clerk"]
        clerk.page.goto(draft)
        if not clerk.page.get_by_role("button", name="登记联席会议").count():
            return
        everybody = clerk.page.get_by_label("应到").input_value()
        assert everybody, "who chaired and how many should attend are known from the meeting before"
        clerk.type("实到", everybody)
        clerk.type("赞成", everybody)
        clerk.press("button", "登记联席会议")


def test_from_the_proposal_to_the_result_on_the_wall(own: County, browser: Browser, tmp_path: Path) -> None:
    lease = Lease(own, browser, tmp_path)
    declare(lease)
    propose(lease)
    discuss(lease)
    review(lease)
    resolve(lease)
    lease.publish()
    hear_objections(lease)
    bid(lease)
    carry_out(lease)
    lease.publish()
    done(lease)
    verify_outside(lease)
    count(lease)


def declare(lease: Lease) -> None:
    """A member of the committee has a brother, who will be the other party: said once a term, of no paper of the lease."""
    page = lease.open("member", "relations/")
    page.get_by_label("关系").select_option("sibling")
    page.get_by_label("姓名或者单位").fill("刘强")
    page.get_by_role("button", name="申报").click()
    expect(page.get_by_role("status")).to_be_visible()


def propose(lease: Lease) -> None:
    """Started from the picture of its flow; inventory and proposal."""
    head = lease.hands["head"]
    page = lease.open("head", f"powers/{lease.village}/lease_land/")
    shoot(page, "lease-power")
    head.type("事项名称", TITLE)
    head.type("说明", "面积36亩，发包8年，用于种植。")
    head.type("金额（元）", "1.2万")
    head.type("相对人", "刘强")
    body = page.get_by_label("由哪个单位办")
    if body.count():
        body.select_option(label="云溪村村民委员会")
    head.press("button", "发起")
    lease.matter = page.url.removeprefix(lease.county.address("desk"))
    by_address(lease)
    page = lease.take("member", papers=False, 说明="四至清楚，底价每亩285元。")
    lease.refused(page, "papers", "资源清查表")
    lease.attach(page)
    lease.hands["member"].press("button", "办理完毕")
    lease.take("secretary", 说明="走访28户，多数赞成对外发包。")


def by_address(lease: Lease) -> None:
    """Somebody whose step it is not sends the form that no page shows him: refused and on record."""
    page = lease.open("clerk")
    expect(page.get_by_role("button", name="办理完毕")).to_have_count(0)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    assert token is not None
    answer = page.request.post(
        page.url,
        form={"csrfmiddlewaretoken": token, "do": "take", "step": "1", "text": "清查完毕。"},
        headers={"Referer": page.url},
    )
    assert answer.status == 403
    assert "村民委员会委员" in answer.text()
    lease.refusals["office"] = answer.text().split('id="refusal"')[1].split("<p>")[1].split("</p>")[0]


def discuss(lease: Lease) -> None:
    """The two committees: papers, quorum, recusal, majority; then it is carried."""
    clerk = lease.hands["clerk"]
    page = lease.call("clerk")
    roll = lease.roll(page)
    lease.close("clerk", page, [], roll - 1)
    lease.refused(page, "papers", "方案草案")
    meeting = page.url.partition("#")[0]
    page = lease.open("clerk")
    lease.attach(page)
    clerk.press("button", "收存材料")
    page.goto(meeting)
    others = [name for name in page.locator("tr:has(select) th").all_inner_texts() if name != "王秀兰"]
    lease.close("clerk", page, others, 1)
    lease.refused(page, "quorum", "到会人数不足")
    for name in others:
        page.get_by_label(name, exact=True).first.select_option("present")
    aside = page.get_by_role("checkbox", name=re.compile("胡志强.*应当回避"))
    expect(aside).to_be_checked()
    lease.close("clerk", page, [], roll)
    lease.refused(page, "ballots", "票数不对")
    aside.uncheck()
    lease.close("clerk", page, [], roll)
    lease.lost(page, "recusal", "胡志强")
    page = lease.call("clerk")
    lease.close("clerk", page, [], 1, 2)
    lease.lost(page, "majority", "赞成")
    page = lease.call("clerk")
    lease.close("clerk", page, [], roll - 1)
    expect(page.get_by_role("status")).to_contain_text("相关步骤已办")
    lease.meetings.append(page.url.partition("#")[0])


def review(lease: Lease) -> None:
    """The meeting of Party members."""
    page = lease.call("clerk")
    lease.close("clerk", page, [], lease.roll(page))
    expect(page.get_by_role("status")).to_contain_text("相关步骤已办")
    lease.meetings.append(page.url.partition("#")[0])


def resolve(lease: Lease) -> None:
    """The representatives: not before their five days' notice; then two thirds of all."""
    clerk = lease.hands["clerk"]
    page = lease.open("clerk")
    clerk.press("link", "召集会议")
    clerk.press("button", "发出通知")
    lease.refused(page, "notice", "通知")
    day = lease.morning + timedelta(days=6)
    clerk.type("开会日期", f"{day:%Y-%m-%d}")
    clerk.press("button", "发出通知")
    expect(page.get_by_role("heading", name="议题")).to_be_visible()
    shoot(page, "lease-meeting-called")
    lease.at(6)
    page.reload()
    shoot(page, "lease-meeting-form")
    lease.close("clerk", page, [], lease.roll(page) - 1)
    expect(page.get_by_role("status")).to_contain_text("相关步骤已办")
    lease.meetings.append(page.url.partition("#")[0])
    shoot(page, "lease-meeting-held")


def hear_objections(lease: Lease) -> None:
    """Fifteen days for residents, and no longer step before each is answered."""
    clerk, head = lease.hands["clerk"], lease.hands["head"]
    page = lease.open("clerk")
    lease.waits(page, "objections", "公开")
    page.get_by_text("登记村民异议").click()
    clerk.type("异议的内容", "底价比邻村低。")
    page.get_by_role("button", name="登记", exact=True).click()
    lease.at(22)
    page = lease.open("head")
    shoot(page, "lease-objections")
    lease.waits(page, "answers", "条异议没有答复")
    head.type("答复", "已请镇农经站比价，底价不低于周边。")
    page.get_by_role("button", name="答复", exact=True).click()
    lease.county.cunwu("tick")


def bid(lease: Lease) -> None:
    """The notice with its trade number on the wall, its days over, another person than at the inventory."""
    other = lease.hands["other_member"]
    page = lease.take("other_member", 说明="公告十五日，公开报名。")
    lease.refused(page, "open_trade", "交易")
    lease.attach(page)
    other.type("编号", "交易2026-031")
    other.press("button", "办理完毕")
    lease.publish()
    page = lease.take("other_member", **{"金额（元）": "1.26万"})
    lease.refused(page, "term", "天")
    lease.at(39)
    lease.waits(lease.open("member"), "separation", "清查资源")
    lease.take("other_member", **{"金额（元）": "1.26万"})


def carry_out(lease: Lease) -> None:
    """Approval by the township, the contract, and the supervisors' look at what became of it."""
    lease.take("township", "同意，签批")
    lease.take("head", "同意，签批")
    lease.take("supervisor", 说明="实地查看，面积、用途与决议一致。")


def done(lease: Lease) -> None:
    """The matter has ended, and residents see it with its votes."""
    page = lease.open("head")
    expect(page.locator(".chain").last).to_contain_text("办结")
    shoot(page, "lease-done")
    page.goto(lease.publications[-1])
    expect(page.locator("main")).to_contain_text(TITLE)
    shoot(page, "lease-result")


def verify_outside(lease: Lease) -> None:
    """The proof pack, saved from the page, checked by tools that know nothing of this system, and by the log's verifier."""
    page = lease.open("head")
    with page.expect_download() as saved:
        page.get_by_role("link", name="下载办事凭证包").click()
    pack = lease.folder / "pack.pdf"
    saved.value.save_as(pack)
    signature = subprocess.run(["pdfsig", pack], check=True, capture_output=True, text=True).stdout
    assert "Signature is Valid" in signature
    assert "Total document signed" in signature
    subprocess.run(["pdfdetach", "-saveall", pack], check=True, cwd=lease.folder)
    bundles = sorted(lease.folder.glob("bundle-*.json"))
    assert len(bundles) == len(lease.publications)
    key = ("--fingerprint", lease.county.facts["log_key_fingerprint"])
    for bundle in bundles:
        checked = subprocess.run(
            [sys.executable, "-m", "cunwu.tlog", "verify", "--bundle", bundle, *key],
            check=False,
            capture_output=True,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout


def count(lease: Lease) -> None:
    """Fields typed, beside the values that five separate papers hold and that somebody would write into each."""
    typed = [field for hands in lease.hands.values() for field in hands.typed]
    clicks = sum(hands.clicks for hands in lease.hands.values())
    needed = five_papers(lease)
    total = sum(needed.values())
    fewer = 1 - len(typed) / total
    print(
        f"\na land lease, entered once: {len(typed)} typed fields (refused attempts included), {lease.files} files, "
        f"{clicks} clicks; five separate papers hold {total} values, names of the rolls left out "
        f"({', '.join(f'{name} {number}' for name, number in needed.items())}): {fewer:.0%} fewer"
    )
    for guard, words in lease.refusals.items():
        print(f"  {guard}: {words}")
    assert fewer >= 0.6
    assert set(lease.refusals) >= {
        "papers",
        "quorum",
        "recusal",
        "majority",
        "notice",
        "objections",
        "answers",
    }
    assert set(lease.refusals) >= {"open_trade", "separation", "term", "office", "ballots"}


def five_papers(lease: Lease) -> dict[str, int]:
    """How many values stand in the papers that this record makes, each of which is otherwise written by hand."""
    page = lease.hands["clerk"].page
    sheets = minutes = 0
    for address in lease.meetings:
        sheets += written(page.request.get(f"{address}attendance.docx").body())
        minutes += written(page.request.get(f"{address}minutes.docx").body())
    published = 0
    for address in lease.publications:
        page.goto(address)
        published += page.locator("dl.facts dd").count()
    published += 2 * page.locator("table tbody tr").count()  # day and words of each step, in one notice only
    register = fetched(lease, f"decisions-{lease.morning.year}.csv") + fetched(
        lease, f"decisions-{lease.morning.year + 1}.csv"
    )
    rows = [row for row in csv.DictReader(io.StringIO(register)) if TITLE in row.values()]
    page = lease.open("clerk")
    archive = page.locator("ol.told a[href*='/paper/']").count()
    return {
        "attendance sheets": sheets,
        "minutes": minutes,
        "notices": published,
        "register": sum(1 for row in rows for value in row.values() if value),
        "archive list": 2 * archive,
    }


def fetched(lease: Lease, name: str) -> str:
    """A register of the village, or nothing."""
    village = lease.county.facts["ids"]["village"]
    try:
        with urllib.request.urlopen(
            f"{lease.county.address('portal')}p/{village}/{name}", timeout=5
        ) as answer:
            return str(answer.read().decode("utf-8-sig"))
    except urllib.error.HTTPError:
        return ""


def written(docx: bytes) -> int:
    """The lines of a form that hold a value: “label：value”."""
    lines = (paragraph.text.partition("：")[2] for paragraph in Document(io.BytesIO(docx)).paragraphs)
    return sum(1 for value in lines if value.strip())
