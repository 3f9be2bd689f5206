"""The ledger of contracts: the list, one contract over its life, registering by hand."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import QuerySet
from django.http import HttpResponse

from cunwu.assets import actions, correcting, in_kind
from cunwu.assets.correcting import Inspection
from cunwu.assets.models import Contract, ContractPaper
from cunwu.assets.queries import contracts_in_state, contracts_of, naming
from cunwu.assets.schedules import Span, Terms, spans
from cunwu.assets.words import CONTRACT_KINDS, ENDED, EVERY, STATES, SUBLET
from cunwu.desk import typed
from cunwu.desk.assets import RIGHTS, ledger_of
from cunwu.desk.exports import MOST_ROWS, attachment, workbook
from cunwu.desk.lists import Listing, asked_word, listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import say
from cunwu.documents import actions as documents
from cunwu.documents.cells import Cell, money_text
from cunwu.documents.exports import Sheet
from cunwu.errors import Invalid, NotFound
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Organization
from cunwu.procedures.models import Matter

COMING = 6
DAY = Text(zh="日期", en="Day")


def contracts(request: DeskRequest, organization_id: str) -> HttpResponse:
    """The contracts of an organization: by state and kind, found by number, title or another side; or as a workbook."""
    organization = ledger_of(request, organization_id)
    if request.GET.get("as") == "xlsx":
        return _workbook(organization, _list(request, organization).rows)
    return answer(request, organization, _show_list, {})


def _list(request: DeskRequest, organization: Organization) -> Listing[Contract]:
    today = local_day(request.now)
    found = contracts_in_state(contracts_of(organization), request.GET.get("state", ""), today)
    if (kind := request.GET.get("kind", "")) in Contract.Kind.values:
        found = found.filter(kind=kind)
    sorts = {
        "until": ("until_day", "id"),
        "number": ("number",),
        "from": ("-from_day", "id"),
        "owed": ("-owed", "id"),
    }
    return listing(request, naming(found, asked_word(request)), words=(), sorts=sorts)


def _show_list(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    today = local_day(request.now)
    found = _list(request, organization)
    return "desk/contracts.html", {
        "organization": organization,
        "tab": "assets",
        "list": found,
        "rows": [(each, each.runs_on(today)) for each in found.page],
        "state": request.GET.get("state", ""),
        "kind": request.GET.get("kind", ""),
        "kinds": CONTRACT_KINDS,
        "states": STATES,
        "today": today,
        "may_keep": office_for(request, organization, "assets.keep") is not None,
    }


def _workbook(organization: Organization, rows: QuerySet[Contract]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            c.number,
            c.title,
            c.get_kind_display(),
            "、".join(p.name for p in c.parties.all() if p.role != "collective"),
            c.from_day,
            None if c.until_day is None else c.until_day - timedelta(days=1),
            "长期" if c.open_ended else c.term_as_written,
            c.use,
            "；".join(_rent_zh(rent) for rent in c.rents.all()),
            getattr(c, "owed", None),
            c.get_ended_because_display(),
        ]
        for c in rows[:MOST_ROWS]
    ]
    headers = [
        "合同编号",
        "合同名称",
        "类别",
        "对方",
        "起始日",
        "终止日",
        "期限写法",
        "用途",
        "租金",
        "尚欠（元）",
        "终止原因",
    ]
    title = f"{organization.name_zh}合同台账"
    return workbook([Sheet("合同", headers, cells, frozenset({9}), title)], f"{title}.xlsx")


def _rent_zh(rent: object) -> str:
    amount, goods = getattr(rent, "amount", None), getattr(rent, "goods", "")
    every = EVERY[getattr(rent, "every", "year")].zh
    if amount is not None:
        return f"{every}{amount / 100:.2f}元"
    return f"{every}每亩{goods}{(getattr(rent, 'jin_per_mu', 0) or 0) / 100:g}斤"


def contract_or_404(contract_id: str) -> Contract:
    """The contract of an address. Raises NotFound `contract.unknown`."""
    found = (
        Contract.objects.select_related("organization__place", "matter", "follows", "source")
        .filter(public_id=contract_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "contract.unknown",
            "没有这份合同，请从台账进入。",
            "There is no such contract; start from the ledger.",
        )
    return found


def contract(request: DeskRequest, contract_id: str) -> HttpResponse:
    """One contract: what was agreed, what was found, what is owed, and what became of it."""
    found = contract_or_404(contract_id)
    act_for(request, found.organization, *RIGHTS)
    steps = {"link": _link, "end": _end, "inspect": _inspect, "paper": _add_paper, "price": _price}
    return answer(request, found, _show, steps)


def _show(request: DeskRequest, found: Contract) -> tuple[str, dict[str, object]]:
    today = local_day(request.now)
    rents = list(found.rents.order_by("from_day"))
    return "desk/contract.html", {
        "contract": found,
        "organization": found.organization,
        "tab": "assets",
        "runs": found.runs_on(today),
        "kind": CONTRACT_KINDS[found.kind],
        "because": ENDED.get(found.ended_because),
        "handed_on": SUBLET[found.sublet],
        "parties": found.parties.order_by("id"),
        "lets": found.lets.select_related("asset").order_by("asset__number"),
        "rents": [(rent, EVERY[rent.every]) for rent in rents],
        "coming": _coming(found, today),
        "unpriced": in_kind.unpriced(found, today),
        "receivables": found.receivables.order_by("-due_day"),
        "papers": found.papers.select_related("added_by__person").order_by("id"),
        "trade": getattr(found, "trade", None),
        "followed_by": found.followed_by.order_by("id"),
        "matters": Matter.objects.filter(
            organization__place=found.organization.place, state=Matter.State.DONE
        ).order_by("-ended_at")[:50],
        "ended": ENDED,
        "sublet": SUBLET,
        "may_keep": office_for(request, found.organization, "assets.keep") is not None,
        "today": request.now,
    }


def _coming(found: Contract, today: date) -> list[Span]:
    """The next rents that the clock will make receivables of."""
    if found.next_due is None:
        return []
    terms = [
        Terms(r.from_day, r.every, r.amount, r.until_day, r.due_month, r.due_day) for r in found.rents.all()
    ]
    end = min((day for day in (found.until_day, found.ended_day) if day is not None), default=None)
    last = date(today.year + COMING, 12, 31)
    return list(spans(terms, end, last, found.next_due))[:COMING]


def _link(request: DeskRequest, found: Contract) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    matter = (
        Matter.objects.filter(public_id=typed.text(request, "matter")).select_related("organization").first()
    )
    if matter is None:
        raise Invalid(
            "contract.no_decision", "请选择批准这份合同的事项。", "Choose the matter that authorised it."
        )
    actions.link_decision(actor, found, matter, now=request.now)
    return say("已关联议决事项。", "The decision is linked.")


def _end(request: DeskRequest, found: Contract) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    day = typed.day(request, "ended_day", DAY)
    actions.end_contract(actor, found, day, typed.text(request, "because"), now=request.now)
    return say("已登记终止；以后的租金不再生成应收款。", "It has ended; no more rent becomes due under it.")


def _inspect(request: DeskRequest, found: Contract) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    measured = {
        let.asset.number: area
        for let in found.lets.select_related("asset")
        if (
            area := typed.optional(
                request, typed.area, f"measured_{let.pk}", Text(zh="实测面积", en="Measured area")
            )
        )
    }
    inspection = Inspection(
        actual_use=typed.text(request, "actual_use"),
        in_use_after=typed.stated(request, "in_use_after"),
        sublet=typed.text(request, "sublet") or None,
        measured=measured,
    )
    correcting.inspect_contract(actor, found, inspection, now=request.now)
    return say("现场核查的情况已登记。", "What was found on the spot is entered.")


def _price(request: DeskRequest, found: Contract) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    made = in_kind.price_in_kind(
        actor,
        found,
        typed.day(request, "span", DAY),
        typed.fen(request, "price", Text(zh="每斤价格", en="Price of a jin")),
        typed.text(request, "source"),
        now=request.now,
    )
    return say("已折价，应收{n}元。", "Priced: {n} yuan are owed.", n=money_text(made.amount))


def _add_paper(request: DeskRequest, found: Contract) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    file = request.FILES.get("file")
    if file is None:
        raise Invalid("contract.no_file", "请选择要上传的文件。", "Choose a file.")
    correcting.add_paper(
        actor,
        found,
        typed.text(request, "title"),
        file.read(),
        file_name=file.name or "",
        media_type=file.content_type or "application/octet-stream",
        now=request.now,
    )
    return say("材料已归入合同。", "The paper lies with the contract now.")


def paper(request: DeskRequest, contract_paper_id: int) -> HttpResponse:
    """A paper of a contract, to download; never shown in the page, where it could run."""
    found = (
        ContractPaper.objects.select_related("contract__organization__place", "document")
        .filter(pk=contract_paper_id)
        .first()
    )
    if found is None:
        raise NotFound("contract.no_paper", "没有这份材料。", "There is no such paper.")
    act_for(request, found.contract.organization, *RIGHTS)
    return HttpResponse(
        documents.read(found.document),
        content_type="application/octet-stream",
        headers=attachment(found.file_name),
    )
