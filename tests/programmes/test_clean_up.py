"""A village's clean-up: stock from the ledgers, a plan, a vote, the contract made again; no outcome that the ledgers deny."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, transaction

from assets.conftest import lease
from cunwu.assets import actions as ledgers
from cunwu.assets import receivables
from cunwu.assets.entries import DebtEntry, LetEntry, PartyEntry
from cunwu.assets.models import Contract, Receivable
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.documents import actions as documents
from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.org.authority import CLOCK
from cunwu.org.models import Appointment, AuditEntry
from cunwu.oversight import actions as findings
from cunwu.oversight.models import Finding
from cunwu.procedures import matters, publishing
from cunwu.procedures.models import Matter
from cunwu.programmes import files
from cunwu.programmes.models import CaseFile, CaseItem, Participation
from cunwu.programmes.publishing import FORMAT, draft_result, told
from cunwu.programmes.queries import Tally, progress
from procedures.conftest import Hall, current
from procedures.test_lease import publish_decision

if TYPE_CHECKING:
    from conftest import Village

DAY = timedelta(days=1)


def item(part: Participation, clears: str) -> CaseItem:
    """The village's only item of that kind."""
    return CaseItem.objects.get(file__participation=part, clears=clears)


def clean_up(hall: Hall, now: datetime) -> Matter:
    """The seven steps up to the vote and the decision on the board."""
    village = hall.village
    matter = matters.open_matter(
        village.xiulan, village.collective, "clean_up_contracts", "东坑塘合同清理", now=now
    )
    hall.take(village.clerk, current(matter), now)
    hall.take(village.zhao, current(matter), now)
    publish_decision(hall, current(matter), now)
    later = now + 16 * DAY
    publishing.advance(CLOCK, now=later)
    hall.take(village.clerk, current(matter), later)
    hall.take(village.xiulan, current(matter), later)
    hall.hold(village.clerk, current(matter), later)
    hall.hold(village.clerk, current(matter), later)
    return matter


def test_stock_is_taken_from_the_ledgers_once(
    village: Village, oral: Contract, part: Participation, now: datetime
) -> None:
    free = DebtEntry("张满仓", "借款", 80_000, date(2025, 1, 1))
    receivables.register_receivables(village.clerk, village.collective, [free], now=now)
    assert files.take_stock(village.clerk, part, now=now) == 5, "contract, two debts, field and shop"
    assert files.take_stock(village.clerk, part, now=now + DAY) == 0
    rows = CaseFile.objects.filter(participation=part).order_by("number").values_list("name", "number")
    assert list(rows) == [("马国良", 1), ("张满仓", 2), ("", 3)]
    contract = item(part, "contracts")
    assert contract.contract == oral
    assert contract.file.items.count() == 2, "one file a household: his contract and his arrears"
    assert CaseItem.objects.filter(file__participation=part, clears="idle_assets").count() == 2


def test_from_the_stock_to_the_published_result(
    village: Village, hall: Hall, oral: Contract, part: Participation, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    case = item(part, "contracts")
    files.plan(village.clerk, case, "renegotiated", "补签书面合同，租金按现行标准。", now=now)
    matter = clean_up(hall, now)
    files.decide_by(village.clerk, case, matter, now=now)
    later = now + 16 * DAY
    assert set(Finding.objects.filter(contract=oral).values_list("matter", flat=True)) == {matter.pk}
    with pytest.raises(NotReady, match="台账还不是“重新协商签订”的样子"):
        files.settle(village.clerk, case, "renegotiated", "已签。", now=later)
    sound = replace(
        lease("2026-01", written=True, breach_terms=True, increase_terms=True),
        signed_day=later.date(),
        from_day=later.date(),
        until_day=date(2029, 10, 24),
        rents=(),
        valuation=600_000,
        decision_day=later.date(),
        decision_note="村民代表会议",
        in_favour=25,
        entitled=25,
    )
    ledgers.follow_contract(village.clerk, oral, sound, "amendment", now=later)
    files.settle(village.clerk, case, "renegotiated", "书面合同已签。", now=later)
    debt = Receivable.objects.get(contract=oral)
    owed = item(part, "arrears")
    files.plan(village.clerk, owed, "collected", "约谈后一次交清。", now=later)
    with pytest.raises(NotReady, match=r"还有3,600\.00元逾期没有交"):
        files.settle(village.clerk, owed, "collected", "交清。", now=later)
    receivables.receive(village.wang, debt, 360_000, later.date(), now=later)
    files.settle(village.clerk, owed, "collected", "交清。", now=later)
    (far,) = progress(part.programme, Participation.objects.all(), later.date()).values()
    assert far.tallies["contracts"] == Tally(settled=1)
    assert far.items == Tally(found=2, settled=2)
    assert far.collected == 360_000
    assert far.idle_before == 2
    draft = draft_result(village.clerk, part, now=later)
    content = json.loads(documents.read(draft.document))
    assert content["format"] == FORMAT
    assert "马国良" not in json.dumps(content, ensure_ascii=False)
    chinese = told(content, "zh")
    assert ["清合同", "2022-01", "东坑塘", "已办结", "重新协商签订"] in chinese.rows
    assert ("清尾欠", "查出1件，办结1件") in chinese.facts
    assert ["Idle assets", "Z-03", "沿街门面房", "no plan yet", ""] in told(content, "en").rows
    disclosure.sign(village.zhao, draft, now=later)
    disclosure.publish(village.xiulan, draft, now=later)
    assert log.sequence(now=later)


def test_no_outcome_that_the_ledgers_deny(
    village: Village, oral: Contract, part: Participation, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    contract = item(part, "contracts")
    shop = CaseItem.objects.get(asset__number="Z-03")
    for case, outcome, said in (
        (contract, "confirmed", "条疑点没有排除或消除"),
        (contract, "supplemented", "没有补签的合同或者新附的材料"),
        (contract, "renegotiated", "要先经村民代表会议决议"),
        (contract, "terminated", "要先附律师"),
        (contract, "let_anew", "没有登记新的承包或者租赁合同"),
        (shop, "let_anew", "资产仍然闲置"),
        (shop, "confirmed", "没有登记为集体自用"),
    ):
        with pytest.raises(NotReady, match=said):
            files.settle(village.clerk, case, outcome, "办好了。", now=now)
    with pytest.raises(Invalid, match="请从这些里选"):
        files.settle(village.clerk, shop, "collected", "办好了。", now=now)
    with pytest.raises(Invalid, match="怎样办结的"):
        files.settle(village.clerk, shop, "let_anew", " ", now=now)
    assert not CaseItem.objects.exclude(outcome="").exists()
    shop_let = lease(
        "2026-09",
        kind="lease",
        lets=(LetEntry("Z-03"),),
        rents=(),
        parties=(PartyEntry("示范商贸有限公司", kind="organization"),),
        from_day=date(2026, 9, 1),
        until_day=date(2028, 9, 1),
    )
    ledgers.register_contracts(village.clerk, village.collective, [shop_let], now=now)
    files.settle(village.clerk, shop, "let_anew", "公开招租，已签合同。", now=now)
    with pytest.raises(NotReady, match="已在2026-10-08办结"):
        files.plan(village.clerk, shop, "let_anew", "再租一次。", now=now)


def test_what_was_written_off_is_not_collected(
    village: Village, hall: Hall, oral: Contract, part: Participation, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    debt = Receivable.objects.get(contract=oral)
    waiver = clean_up(hall, now)
    later = now + 16 * DAY
    publish_decision(hall, current(waiver), later)
    hall.take(village.zhao, current(waiver), later)
    waiver.refresh_from_db()
    receivables.write_off(village.wang, debt, 360_000, waiver, "困难户", now=later)
    owed = item(part, "arrears")
    with pytest.raises(NotReady, match=r"其中3,600\.00元是减免核销的，不是收缴") as refused:
        files.settle(village.clerk, owed, "collected", "交清。", now=later)
    assert "五清" in refused.value.basis


def test_a_contract_that_was_there_before_is_none_that_was_let_anew(
    village: Village, oral: Contract, part: Participation, now: datetime
) -> None:
    beside = lease("2022-02", parties=(PartyEntry("田守义", member=True),), rents=())
    ledgers.register_contracts(village.clerk, village.collective, [beside], now=now)
    later = now + DAY
    files.take_stock(village.clerk, part, now=later)
    contract = CaseItem.objects.get(contract=oral, clears="contracts")
    ledgers.end_contract(village.clerk, oral, now.date(), "returned", now=later)
    with pytest.raises(NotReady, match="没有登记新的承包或者租赁合同"):
        files.settle(village.clerk, contract, "let_anew", "收回后另包。", now=later)


def test_who_looks_back_opens_it_again_and_the_audit_keeps_what_it_said(
    village: Village, su: Appointment, oral: Contract, part: Participation, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    contract = item(part, "contracts")
    opinion = b"%PDF-1.7 opinion"
    files.advise(
        village.clerk, contract, "示例律师事务所 高律师", opinion, media_type="application/pdf", now=now
    )
    files.settle(village.clerk, contract, "sued", "（2026）示01民初12号", now=now)
    with pytest.raises(NotAllowed):
        files.reopen(village.clerk, contract, "没有立案", now=now)
    files.reopen(su, contract, "没有立案，退回重办。", now=now)
    assert contract.outcome == ""
    with pytest.raises(NotReady, match="还没有办结"):
        files.reopen(su, contract, "再退", now=now)
    entry = AuditEntry.objects.filter(action="cases.reopen").get()
    assert "sued" in entry.leaf


def test_what_is_refused_of_plans_opinions_and_matters(
    village: Village, hall: Hall, oral: Contract, part: Participation, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    contract = item(part, "contracts")
    with pytest.raises(Invalid, match="怎样处置"):
        files.plan(village.clerk, contract, "collected", "收钱", now=now)
    with pytest.raises(Invalid, match="身份证"):
        files.plan(village.clerk, contract, "supplemented", "找11010519491231002X补签", now=now)
    with pytest.raises(Invalid, match="律师"):
        files.advise(village.clerk, contract, "", b"x", media_type="text/plain", now=now)
    other = matters.open_matter(village.xiulan, village.collective, "lease_land", "发包东坑塘", now=now)
    with pytest.raises(NotReady, match="先定处置方案"):
        files.decide_by(village.clerk, contract, other, now=now)
    files.plan(village.clerk, contract, "supplemented", "补签。", now=now)
    with pytest.raises(Invalid, match="本村发起的清理事项"):
        files.decide_by(village.clerk, contract, other, now=now)
    with pytest.raises(NotAllowed):
        files.plan(village.zhao, contract, "supplemented", "补签。", now=now)


def test_environment_and_disputes_are_written_down(
    village: Village, part: Participation, now: datetime
) -> None:
    spot = files.write_down(village.clerk, part, "environment", "村东路口堆着建筑垃圾。", now=now)
    with pytest.raises(Invalid, match="从台账里来"):
        files.write_down(village.clerk, part, "contracts", "有一份旧合同", now=now)
    with pytest.raises(Invalid, match="发现了什么"):
        files.write_down(village.clerk, part, "disputes", "  ", now=now)
    files.settle(village.clerk, spot, "put_right", "已清运两车。", now=now)
    (far,) = progress(part.programme, Participation.objects.all(), now.date()).values()
    assert far.tallies == {"environment": Tally(settled=1)}


def test_few_disputes_are_not_told(village: Village, part: Participation, now: datetime) -> None:
    """Of one or two everybody in the village would know whose they are."""
    for number in range(2):
        files.write_down(village.clerk, part, "disputes", f"地界纠纷{number}。", now=now)
    content = json.loads(documents.read(draft_result(village.clerk, part, now=now).document))
    assert set(content["items"]) == {"contracts", "arrears", "idle_assets", "environment"}
    assert not any(name == "清矛盾信访" for name, _ in told(content, "zh").facts)
    files.write_down(village.clerk, part, "disputes", "排水纠纷。", now=now)
    content = json.loads(documents.read(draft_result(village.clerk, part, now=now).document))
    assert ("清矛盾信访", "查出3件，办结0件") in told(content, "zh").facts


def test_a_confirmed_contract_has_no_question_left(
    village: Village, oral: Contract, part: Participation, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    contract = item(part, "contracts")
    for finding in Finding.objects.filter(contract=oral):
        findings.review(village.chen, finding, "dismissed", "合同原件在镇里存档。", now=now)
    files.settle(village.clerk, contract, "confirmed", "原件已调取。", now=now)
    assert contract.outcome == "confirmed"


def test_the_database_keeps_files_and_what_items_are_about(
    village: Village, oral: Contract, part: Participation, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    shop = CaseItem.objects.get(asset__number="Z-03")
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        CaseItem.objects.filter(pk=shop.pk).delete()
    with pytest.raises(DatabaseError, match="about stays"), transaction.atomic():
        CaseItem.objects.filter(pk=shop.pk).update(text="别的")


def test_nothing_is_published_before_anything_was_found(
    village: Village, part: Participation, now: datetime
) -> None:
    with pytest.raises(NotReady, match="还没有清查出"):
        draft_result(village.clerk, part, now=now)
