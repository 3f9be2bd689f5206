"""Co-operatives and companies on the desk: the list, one with its shares and dividends."""

from __future__ import annotations

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.assets import ventures as actions
from cunwu.assets.models import Holding, Venture
from cunwu.assets.ventures import DividendEntry, HoldingEntry, VentureEntry, stake_of
from cunwu.assets.words import HOLDERS, VENTURES
from cunwu.desk import typed
from cunwu.desk.assets import RIGHTS, ledger_of
from cunwu.desk.exports import MOST_ROWS, workbook
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import Step, answer
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import say
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import NotFound
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Organization

FROM = Text(zh="成立日期", en="Founded")
UNTIL = Text(zh="注销、退出日期", en="Day it ended")
YEAR = Text(zh="年度", en="Year")
TOTAL = Text(zh="分红总额", en="Distributed in all")
MINE = Text(zh="村集体所得", en="The collective's part")
DAY = Text(zh="日期", en="Day")


def ventures(request: DeskRequest, organization_id: str) -> HttpResponse:
    """What the collective has a stake in; or as a workbook."""
    organization = ledger_of(request, organization_id)
    if request.GET.get("as") == "xlsx":
        return _workbook(organization, _list(request, organization))
    return answer(request, organization, _show_list, {"register": _register})


def _list(request: DeskRequest, organization: Organization) -> Listing[Venture]:
    found = Venture.objects.filter(organization=organization).annotate(
        received=Sum("dividends__to_collective")
    )
    if (kind := request.GET.get("kind", "")) in VENTURES:
        found = found.filter(kind=kind)
    sorts = {"name": ("name",), "newest": ("-from_day", "id"), "received": ("-received", "id")}
    return listing(request, found, words=("name", "product"), sorts=sorts)


def _show_list(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    party = Organization.objects.filter(
        place__path__in=organization.place.paths_to_root(), kind=Organization.Kind.PARTY, until_day=None
    )
    return "desk/ventures.html", {
        "organization": organization,
        "tab": "assets",
        "list": _list(request, organization),
        "kind": request.GET.get("kind", ""),
        "kinds": VENTURES,
        "holders": HOLDERS,
        "parties": party.order_by("-place__path"),
        "may_keep": office_for(request, organization, "assets.keep") is not None,
    }


def _workbook(organization: Organization, found: Listing[Venture]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            v.name,
            VENTURES[v.kind].zh,
            v.product,
            v.credit_code,
            v.from_day,
            v.until_day,
            getattr(v, "received", None),
        ]
        for v in found.rows[:MOST_ROWS]
    ]
    headers = ["名称", "类别", "产品、品牌", "统一社会信用代码", "成立", "注销、退出", "村集体累计分红（元）"]
    title = f"{organization.name_zh}合作社和公司"
    return workbook([Sheet("合作社和公司", headers, cells, frozenset({6}), title)], f"{title}.xlsx")


def _register(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "assets.keep")
    holdings = {}
    for holder in Holding.Holder.values:
        title = HOLDERS[holder]
        shares = typed.optional(request, typed.whole, f"shares_{holder}", title)
        if shares is not None:
            brought = typed.optional(request, typed.fen, f"contribution_{holder}", title) or 0
            count = typed.optional(request, typed.whole, f"holders_{holder}", title) or 1
            holdings[holder] = HoldingEntry(shares, brought, count)
    entry = VentureEntry(
        kind=typed.text(request, "kind"),
        name=typed.text(request, "name"),
        from_day=typed.day(request, "from_day", FROM),
        holdings=holdings,
        lead=Organization.objects.select_related("place")
        .filter(public_id=typed.text(request, "lead"))
        .first(),
        credit_code=typed.text(request, "credit_code"),
        product=typed.text(request, "product"),
    )
    made = actions.register_venture(actor, organization, entry, now=request.now)
    return redirect("desk:venture", made.public_id)


def venture(request: DeskRequest, venture_id: str) -> HttpResponse:
    """One co-operative or company."""
    found = Venture.objects.select_related("organization__place", "lead").filter(public_id=venture_id).first()
    if found is None:
        raise NotFound(
            "venture.unknown",
            "没有这个合作社或者公司，请从台账进入。",
            "There is no such co-operative or company; start from the ledger.",
        )
    act_for(request, found.organization, *RIGHTS)
    steps: dict[str, Step[Venture]] = {"dividend": _dividend, "end_venture": _end}
    return answer(request, found, _show, steps)


def _show(request: DeskRequest, found: Venture) -> tuple[str, dict[str, object]]:
    mine, every = stake_of(found)
    return "desk/venture.html", {
        "venture": found,
        "organization": found.organization,
        "tab": "assets",
        "kind": VENTURES[found.kind],
        "holdings": [(HOLDERS[held.holder], held) for held in found.holdings.order_by("holder")],
        "per_mille": mine * 1000 // every if every else None,
        "dividends": found.dividends.order_by("-year"),
        "today": local_day(request.now),
        "may_keep": office_for(request, found.organization, "assets.keep") is not None,
    }


def _dividend(request: DeskRequest, found: Venture) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    stated = DividendEntry(
        typed.whole(request, "year", YEAR),
        typed.fen(request, "total", TOTAL),
        typed.fen(request, "to_collective", MINE),
        typed.day(request, "day", DAY),
        typed.text(request, "why"),
    )
    actions.record_dividend(actor, found, stated, now=request.now)
    return say("分红已登记。", "The dividend is recorded.")


def _end(request: DeskRequest, found: Venture) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    actions.end_venture(actor, found, typed.day(request, "until_day", UNTIL), now=request.now)
    return say("已登记。", "It is recorded.")
