"""The pages of the ledgers: in both languages, on a phone and a desk, with everything on them unfolded."""

from __future__ import annotations

import pytest
from browser_walk import County, faults_of, links, look, sign_in
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_the_pages_of_the_ledgers(county: County, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN")
    hands = sign_in(context, county, "zhouxiaoyu")
    page, desk, village = hands.page, county.address("desk"), county.facts["ids"]["organization"]
    faults = faults_of(page)
    asset, *_ = links(page, f"{desk}assets/{village}/?state=let", r"/asset/\w+/$")
    contract, *_ = links(page, f"{desk}contracts/{village}/?sort=-owed", r"/contract/\w+/$")
    receivable, *_ = links(page, f"{desk}receivables/{village}/?state=all", r"/receivable/\w+/$")
    county.cunwu("tick")
    finding, *_ = links(page, f"{desk}findings/", r"/finding/\w+/$")
    for name, address in {
        "assets": f"{desk}assets/{village}/",
        "asset": asset,
        "contracts": f"{desk}contracts/{village}/",
        "contract": contract,
        "contract-form": f"{desk}contracts/{village}/new/",
        "receivables": f"{desk}receivables/{village}/?state=all",
        "receivable": receivable,
        "findings": f"{desk}findings/",
        "finding": finding,
        "indicators": f"{desk}indicators/",
        "income-bands": f"{desk}income-bands/",
        "projects": f"{desk}projects/{village}/",
        "ventures": f"{desk}ventures/{village}/",
        "ledger-import": f"{desk}ledgers/{village}/import/",
        "rules": f"{desk}screening-rules/?try=oral_contract",
    }.items():
        look(page, county, name, address)
    assert faults == []
    context.close()
