"""A village's clean-up through pages alone: an old ledger imported, screened, a file for the household, the seven steps, the
contract made again, the result before the residents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from browser_walk import County, look, running_county, shoot
from playwright.sync_api import Browser, expect
from test_lease import Lease

from assets.ledgers import workbook

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("clean_up")]
OLD = (("2011-07", "北坡梨园", "田守义", "", "村北坡", 18, 60, 1080, "长期", "种梨", ""),)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county whose clock this file moves."""
    with running_county(tmp_path_factory.mktemp("clean-up")) as built:
        yield built


def test_from_the_old_ledger_to_the_published_result(own: County, browser: Browser, tmp_path: Path) -> None:
    walk = Lease(own, browser, tmp_path)
    contract = import_the_ledger(walk)
    screen(walk)
    board, case = take_stock(walk)
    plan(walk, case)
    seven_steps(walk)
    decide(walk, case)
    settle(walk, case, contract)
    publish(walk, board)
    look_around(walk, board, case)


def import_the_ledger(walk: Lease) -> str:
    """The contract that never stood in the ledger: open-ended, at a third of what neighbours pay."""
    clerk = walk.hands["clerk"]
    page = walk.open("clerk", f"ledgers/{walk.village}/import/")
    page.get_by_label("台账文件").set_input_files(
        {"name": "旧承包账.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(OLD)}
    )
    clerk.press("button", "上传并核对")
    page.get_by_label("表里没写类别的合同").select_option("other_contracting")
    page.get_by_label("没写地类的资产资源").select_option("orchard")
    clerk.press("button", "按选择重新读取")
    clerk.press("button", "确认导入1行")
    expect(page.get_by_role("status")).to_contain_text("已导入1行")
    page.goto(f"{walk.county.address('desk')}contracts/{walk.village}/?q=田守义")
    clerk.press("link", "北坡梨园")
    return page.url


def screen(walk: Lease) -> None:
    """The township screens; the new contract is asked about."""
    page = walk.open("township", "findings/")
    walk.hands["township"].press("button", "现在筛查一次")
    expect(page.get_by_role("status")).to_contain_text("新疑点")
    page.goto(f"{walk.county.address('desk')}findings/?q=北坡梨园")
    expect(page.locator("main .rows")).to_contain_text("北坡梨园")


def take_stock(walk: Lease) -> tuple[str, str]:
    """From the list of programmes to the village's board; stock is taken; the item of the contract."""
    clerk = walk.hands["clerk"]
    page = walk.open("clerk", "programmes/")
    clerk.press("link", "本村台账")
    board = page.url
    clerk.press("button", "按台账清查建档")
    expect(page.get_by_role("status")).to_contain_text("已清查建档")
    page.goto(f"{board}?clears=contracts&q=田守义")
    expect(page.locator("main .rows .tag").first).to_contain_text("待定方案")
    clerk.press("link", "北坡梨园")
    return board, page.url


def plan(walk: Lease, case: str) -> None:
    """Nothing is settled before the ledgers show it; the plan is to make the contract again."""
    clerk, page = walk.hands["clerk"], walk.hands["clerk"].page
    page.get_by_label("结果").select_option("renegotiated")
    clerk.type("怎样办结的", "重签。")
    page.get_by_role("button", name="办结", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("要先经村民代表会议决议")
    page.goto(case)
    page.get_by_label("打算怎样处置").select_option("renegotiated")
    clerk.type("方案", "定十年，每亩三百元，三年一调。")
    clerk.press("button", "登记方案")
    expect(page.get_by_role("status")).to_contain_text("处置方案已登记")


def seven_steps(walk: Lease) -> None:
    """The power `clean_up_contracts`, from the inventory to the representatives' vote."""
    head, clerk = walk.hands["head"], walk.hands["clerk"]
    page = walk.open("head", f"powers/{walk.village}/clean_up_contracts/")
    shoot(page, "clean-up-power")
    head.type("事项名称", "北坡梨园合同清理")
    body = page.get_by_label("由哪个单位办")
    if body.count():
        body.select_option(label="云溪村村民委员会")
    head.press("button", "发起")
    walk.matter = page.url.removeprefix(walk.county.address("desk"))
    walk.take("clerk", 说明="逐份清查，列表附后。")
    walk.take("supervisor", papers=False, 说明="现场核对，面积18亩，种梨。")
    walk.publish()
    walk.at(17)
    walk.take("clerk", "同意，签批")
    walk.take("head", "同意，签批")
    page = walk.call("clerk")
    walk.close("clerk", page, [], walk.roll(page))
    walk.open("clerk")
    clerk.press("link", "召集会议")
    clerk.type("开会日期", f"{walk.morning + timedelta(days=24):%Y-%m-%d}")
    clerk.press("button", "发出通知")
    expect(clerk.page.get_by_role("heading", name="议题")).to_be_visible()
    walk.at(24)
    clerk.page.reload()
    walk.close("clerk", clerk.page, [], walk.roll(clerk.page))
    expect(clerk.page.get_by_role("status")).to_contain_text("相关步骤已办")


def decide(walk: Lease, case: str) -> None:
    """The matter that was voted on deals with the item."""
    clerk, page = walk.hands["clerk"], walk.hands["clerk"].page
    page.goto(case)
    page.get_by_text("由一个清理事项决定").click()
    clerk.press("button", "提交")
    expect(page.locator("main")).to_contain_text("已表决通过")


def settle(walk: Lease, case: str, contract: str) -> None:
    """The contract is made again in its ledger; then the item is settled."""
    clerk, page = walk.hands["clerk"], walk.hands["clerk"].page
    page.goto(contract)
    clerk.press("link", "变更")
    today = walk.morning + timedelta(days=24)
    clerk.type("合同编号", "2011-07补")
    clerk.type("从哪天起", f"{today:%Y-%m-%d}")
    clerk.type("到哪天止", f"{today.year + 10}-12-31")
    clerk.type("姓名或名称", "田守义")
    clerk.type("金额（元）", "5400")
    page.get_by_label("资产编号").first.fill(
        page.locator("datalist#assets option[value*=北坡梨园]").get_attribute("value") or ""
    )
    clerk.press("button", "登记合同")
    expect(page.get_by_role("heading", level=1)).to_contain_text("北坡梨园")
    page.goto(case)
    page.get_by_label("结果").select_option("renegotiated")
    clerk.type("怎样办结的", "新合同十年，每亩三百元。")
    page.get_by_role("button", name="办结", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已办结")


def publish(walk: Lease, board: str) -> None:
    """Drafted from the files, reviewed, published: residents read which contract ended how, and nobody's name."""
    clerk, supervisor, head = (walk.hands[each] for each in ("clerk", "supervisor", "head"))
    clerk.page.goto(board)
    clerk.page.get_by_text("向村民公布结果").click()
    clerk.press("button", "拟订公开内容")
    draft = clerk.page.url
    supervisor.page.goto(draft)
    supervisor.press("button", "审查无误，签名")
    head.page.goto(draft)
    head.press("button", "公布")
    expect(head.page.get_by_role("link", name="A4")).to_be_visible(timeout=60_000)
    page = head.page.get_by_role("link", name="村民看到的页面").get_attribute("href")
    assert page is not None
    head.page.goto(page)
    told = head.page.locator("main")
    expect(told).to_contain_text("集体合同清理结果")
    expect(told).to_contain_text("北坡梨园")
    expect(told).to_contain_text("重新协商签订")
    expect(told).not_to_contain_text("田守义")
    shoot(head.page, "clean-up-result")


def look_around(walk: Lease, board: str, case: str) -> None:
    """Every page of the programme in both languages, on a phone and a desk."""
    page, desk = walk.hands["clerk"].page, walk.county.address("desk")
    page.goto(board)
    programme = page.get_by_role("link", name="全部村").get_attribute("href")
    file = page.get_by_role("link", name="号档案").first.get_attribute("href")
    assert programme is not None
    assert file is not None
    for name, address in {
        "programmes": f"{desk}programmes/",
        "programme": f"{desk}{programme.lstrip('/')}",
        "clean-up": board,
        "case-file": f"{desk}{file.lstrip('/')}",
        "case": case,
    }.items():
        look(page, walk.county, name, address)
