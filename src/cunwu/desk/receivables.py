"""What is owed to the collective: the list with its sums, one debt with what came in, receiving, asking, giving up."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.assets import receivables as actions
from cunwu.assets.entries import DebtEntry
from cunwu.assets.models import Contract, Receipt, Receivable
from cunwu.assets.queries import owing, receivables_in_state, receivables_of
from cunwu.books.models import Voucher
from cunwu.desk import typed
from cunwu.desk.assets import RIGHTS, ledger_of
from cunwu.desk.exports import MOST_ROWS, workbook
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import say
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import Invalid, NotFound
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Organization
from cunwu.procedures.models import Matter

AMOUNT = Text(zh="金额", en="Amount")
DAY = Text(zh="日期", en="Day")
DUE = Text(zh="应交日期", en="Day due")


def receivables(request: DeskRequest, organization_id: str) -> HttpResponse:
    """What is owed, what of it is late, by debtor and day; or as a workbook."""
    organization = ledger_of(request, organization_id)
    if request.GET.get("as") == "xlsx":
        return _workbook(organization, _list(request, organization).rows)
    return answer(request, organization, _show_list, {"register": _register})


def _state(request: DeskRequest) -> str:
    return request.GET.get("state", "open")


def _list(request: DeskRequest, organization: Organization) -> Listing[Receivable]:
    found = receivables_in_state(receivables_of(organization), _state(request), local_day(request.now))
    sorts = {
        "due": ("due_day", "id"),
        "debtor": ("debtor", "due_day"),
        "left": ("-left", "id"),
        "amount": ("-amount", "id"),
    }
    return listing(request, found, words=("debtor", "title", "contract__number"), sorts=sorts)


def _show_list(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    today = local_day(request.now)
    found = _list(request, organization)
    return "desk/receivables.html", {
        "organization": organization,
        "tab": "assets",
        "list": found,
        "sums": owing(receivables_of(organization), today),
        "state": _state(request),
        "today": today,
        "may_keep": office_for(request, organization, "assets.keep") is not None,
    }


def _workbook(organization: Organization, rows: QuerySet[Receivable]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            r.debtor,
            r.title,
            r.contract.number if r.contract else "",
            r.due_day,
            r.amount,
            r.received,
            r.written_off,
            r.owed,
            r.limitation_day,
        ]
        for r in rows[:MOST_ROWS]
    ]
    headers = [
        "欠款人",
        "事由",
        "合同编号",
        "应交日期",
        "应收（元）",
        "已收（元）",
        "已核销（元）",
        "尚欠（元）",
        "诉讼时效届满日",
    ]
    title = f"{organization.name_zh}应收款台账"
    return workbook([Sheet("应收款", headers, cells, frozenset({4, 5, 6, 7}), title)], f"{title}.xlsx")


def _register(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "assets.keep")
    number = typed.text(request, "contract")
    entry = DebtEntry(
        typed.text(request, "debtor"),
        typed.text(request, "title"),
        typed.fen(request, "amount", AMOUNT),
        typed.day(request, "due_day", DUE),
        contract=_contract_numbered(organization, number).pk if number else None,
    )
    (made,) = actions.register_receivables(actor, organization, [entry], now=request.now)
    return redirect("desk:receivable", made.public_id)


def _contract_numbered(organization: Organization, number: str) -> Contract:
    found = Contract.objects.filter(organization=organization, number=number).first()
    if found is None:
        raise NotFound(
            "receivable.no_contract",
            f"没有编号为{number}的合同；请核对编号，或者留空。",
            f"There is no contract numbered {number}; check it or leave it empty.",
        )
    return found


def receivable(request: DeskRequest, receivable_id: str) -> HttpResponse:
    """One debt: what came in for it and when, until when it can be claimed, and what may be done now."""
    found = (
        Receivable.objects.select_related("organization__place", "contract")
        .filter(public_id=receivable_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "receivable.unknown",
            "没有这笔应收款，请从台账进入。",
            "There is no such debt; start from the ledger.",
        )
    act_for(request, found.organization, *RIGHTS)
    steps = {
        "receive": _receive,
        "take_back": _take_back,
        "acknowledge": _acknowledge,
        "write_off": _write_off,
    }
    return answer(request, found, _show, steps)


def _show(request: DeskRequest, found: Receivable) -> tuple[str, dict[str, object]]:
    today = local_day(request.now)
    decided = Matter.objects.filter(organization__place=found.organization.place, state=Matter.State.DONE)
    return "desk/receivable.html", {
        "receivable": found,
        "organization": found.organization,
        "tab": "assets",
        "late": found.owed > 0 and found.due_day < today,
        "receipts": found.receipts.select_related("by__person", "voucher__month", "taken_back_by").order_by(
            "at", "id"
        ),
        "write_offs": found.write_offs.select_related("by__person", "matter").order_by("at"),
        "matters": decided.order_by("-ended_at")[:50],
        "may_keep": office_for(request, found.organization, "assets.keep") is not None,
        "today": today,
    }


def _receive(request: DeskRequest, found: Receivable) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    voucher = typed.text(request, "voucher")
    actions.receive(
        actor,
        found,
        typed.fen(request, "amount", AMOUNT),
        typed.day(request, "day", DAY),
        voucher=_voucher(found.organization, voucher) if voucher else None,
        in_kind=typed.text(request, "in_kind"),
        reference=typed.text(request, "reference"),
        now=request.now,
    )
    return say("收款已登记。", "The receipt is recorded.")


def _voucher(organization: Organization, written: str) -> Voucher:
    """The voucher that a person writes as "2026-09 记-12"."""
    period, _, name = written.replace("号", "").partition(" ")
    word, _, number = name.strip().replace("字", "").partition("-")
    found = None
    if number.strip().isdecimal():
        found = Voucher.objects.filter(
            month__organization=organization, month__period=period, word=word, number=int(number)
        ).first()
    if found is None:
        raise NotFound(
            "receipt.no_voucher",
            f"账上没有“{written}”这张凭证；请按“2026-09 记-12”的样子填写月份和字号。",
            f"The books have no voucher “{written}”; write its month and number, as in “2026-09 记-12”.",
        )
    return found


def _take_back(request: DeskRequest, found: Receivable) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    receipt = Receipt.objects.filter(receivable=found, public_id=typed.text(request, "receipt")).first()
    if receipt is None:
        raise NotFound("receipt.unknown", "没有这笔收款。", "There is no such receipt.")
    actions.take_back(actor, receipt, now=request.now)
    return say("已红字冲回，两笔都留在台账上。", "It was taken back; both entries stay on the ledger.")


def _acknowledge(request: DeskRequest, found: Receivable) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    actions.acknowledge(actor, found, typed.day(request, "day", DAY), now=request.now)
    return say("已登记，诉讼时效重新计算。", "Recorded; the limitation runs anew.")


def _write_off(request: DeskRequest, found: Receivable) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    matter = (
        Matter.objects.filter(public_id=typed.text(request, "matter")).select_related("organization").first()
    )
    if matter is None:
        raise Invalid(
            "receivable.no_decision",
            "请选择批准核销的事项。",
            "Choose the matter by which it is written off.",
        )
    actions.write_off(
        actor,
        found,
        typed.fen(request, "amount", AMOUNT),
        matter,
        typed.text(request, "reason"),
        now=request.now,
    )
    return say(
        "已核销，依据和原因留在台账上。", "It is written off; by which decision and why stays on the ledger."
    )
