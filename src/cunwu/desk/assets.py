"""The ledger of assets and resources: the list, one asset with its lets, registering and correcting."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.assets import actions, correcting
from cunwu.assets.entries import AssetEntry
from cunwu.assets.models import Asset
from cunwu.assets.publishing import ITEM, draft_holdings
from cunwu.assets.queries import assets_of, holdings, in_state
from cunwu.assets.words import ASSET_KINDS
from cunwu.desk import typed
from cunwu.desk.books import choose_organization
from cunwu.desk.exports import MOST_ROWS, workbook
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for, organization_or_404
from cunwu.desk.wording import say
from cunwu.disclosure.publishing import newest
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import NotFound
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Organization

RIGHTS = ("assets.keep", "assets.read")
STATES = ("let", "idle", "self_used")
AREA = Text(zh="面积", en="Area")
VALUE = Text(zh="价值", en="Value")
FROM = Text(zh="取得日期", en="Since")
UNTIL = Text(zh="退出日期", en="Day it went")
WATT = Text(zh="装机容量", en="Capacity")


def home(request: DeskRequest) -> HttpResponse:
    """Straight to the ledgers of the chosen office's village; a list where it reaches several."""
    return choose_organization(request, "desk:assets", "assets", *RIGHTS)


def ledger_of(request: DeskRequest, organization_id: str) -> Organization:
    """The organization of an address, if one of the person's offices may read its ledgers."""
    organization = organization_or_404(organization_id)
    act_for(request, organization, *RIGHTS)
    return organization


def assets(request: DeskRequest, organization_id: str) -> HttpResponse:
    """What the organization owns: filtered by kind and by whether it is let, with its sums; or as a workbook."""
    organization = ledger_of(request, organization_id)
    if request.GET.get("as") == "xlsx":
        return _workbook(organization, _list(request, organization).rows)
    return answer(request, organization, _show_list, {"register": _register, "disclose": _disclose})


def _list(request: DeskRequest, organization: Organization) -> Listing[Asset]:
    found = in_state(assets_of(organization, local_day(request.now)), request.GET.get("state", ""))
    if (kind := request.GET.get("kind", "")) in Asset.Kind.values:
        found = found.filter(kind=kind)
    sorts = {
        "number": ("number",),
        "name": ("name", "id"),
        "area": ("-area", "id"),
        "value": ("-value", "id"),
    }
    return listing(request, found, words=("number", "name", "location"), sorts=sorts)


def _show_list(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    found = _list(request, organization)
    return "desk/assets.html", {
        "organization": organization,
        "tab": "assets",
        "list": found,
        "sums": holdings(found.rows),
        "asset": Asset(),
        "state": request.GET.get("state", ""),
        "kind": request.GET.get("kind", ""),
        "kinds": ASSET_KINDS,
        "may_keep": office_for(request, organization, "assets.keep") is not None,
        "may_disclose": office_for(request, organization, "disclosure.prepare") is not None,
        "published": newest(organization, ITEM, str(Period.containing("quarter", local_day(request.now)))),
    }


def _workbook(organization: Organization, rows: QuerySet[Asset]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            a.number,
            a.name,
            a.get_kind_display(),
            a.location,
            None if a.area is None else a.area / 1_000_000,
            a.value,
            "出租" if getattr(a, "is_let", False) else "自用" if a.self_used else "闲置",
            a.from_day,
        ]
        for a in rows[:MOST_ROWS]
    ]
    headers = ["编号", "名称", "类别", "坐落", "面积（亩）", "价值（元）", "使用状况", "取得日期"]
    title = f"{organization.name_zh}资产资源台账"
    return workbook([Sheet("资产资源", headers, cells, frozenset({5}), title)], f"{title}.xlsx")


def _stated(request: DeskRequest) -> AssetEntry:
    return AssetEntry(
        number=typed.text(request, "number"),
        name=typed.text(request, "name"),
        kind=typed.text(request, "kind"),
        location=typed.text(request, "location"),
        area=typed.optional(request, typed.area, "area", AREA),
        value=typed.optional(request, typed.fen, "value", VALUE),
        capacity=typed.optional(request, typed.whole, "capacity", WATT),
        self_used="self_used" in request.POST,
        from_day=typed.optional(request, typed.day, "from_day", FROM),
    )


def _register(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "assets.keep")
    (made,) = actions.register_assets(actor, organization, [_stated(request)], now=request.now)
    return redirect("desk:asset", made.public_id)


def _disclose(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "disclosure.prepare")
    draft = draft_holdings(actor, organization, reason_zh=typed.text(request, "reason"), now=request.now)
    return redirect("desk:draft", draft.public_id)


def asset(request: DeskRequest, asset_id: str) -> HttpResponse:
    """One asset: what is stated of it, and who had it when."""
    found = Asset.objects.select_related("organization__place", "project").filter(public_id=asset_id).first()
    if found is None:
        raise NotFound(
            "asset.unknown", "没有这项资产，请从台账进入。", "There is no such asset; start from the ledger."
        )
    act_for(request, found.organization, *RIGHTS)
    return answer(request, found, _show, {"correct": _correct, "give_up": _give_up})


def _show(request: DeskRequest, found: Asset) -> tuple[str, dict[str, object]]:
    today = local_day(request.now)
    lets = list(
        found.lets.select_related("contract")
        .prefetch_related("contract__parties")
        .order_by("-contract__from_day")
    )
    return "desk/asset.html", {
        "asset": found,
        "organization": found.organization,
        "tab": "assets",
        "lets": [(each, each.contract.runs_on(today)) for each in lets],
        "is_let": any(each.contract.runs_on(today) for each in lets),
        "kinds": ASSET_KINDS,
        "may_keep": office_for(request, found.organization, "assets.keep") is not None,
        "today": request.now,
    }


def _correct(request: DeskRequest, found: Asset) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    correcting.correct_asset(actor, found, _stated(request), now=request.now)
    return say(
        "已更正，原来的内容留在操作记录里。", "Corrected; what it said before stays in the activity record."
    )


def _give_up(request: DeskRequest, found: Asset) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    day = typed.day(request, "until_day", UNTIL)
    correcting.give_up_asset(actor, found, day, typed.text(request, "because"), now=request.now)
    return say("已登记退出。", "It is no longer on the ledger from that day on.")
