"""A contract entered by hand, new or following another: the form, and what it says."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.assets import actions
from cunwu.assets.entries import ContractEntry, LetEntry, PartyEntry, RentEntry
from cunwu.assets.models import Contract
from cunwu.assets.words import CONTRACT_KINDS, EVERY
from cunwu.desk import typed
from cunwu.desk.assets import ledger_of
from cunwu.desk.contracts import contract_or_404
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for
from cunwu.errors import Invalid
from cunwu.law.texts import Text
from cunwu.org.models import Organization

TERMS = (
    ("written", Text(zh="有书面合同", en="There is a paper")),
    ("breach_terms", Text(zh="写明违约责任", en="It says what follows a breach")),
    ("increase_terms", Text(zh="写明租金怎样递增", en="It says how the rent rises")),
    (
        "pays_at_end",
        Text(zh="到期由集体补偿地上物", en="The collective pays for what stands there at its end"),
    ),
)
PARTIES = LETS = RENTS = 3
"""Lines offered for each on the form."""


def register(request: DeskRequest, organization_id: str) -> HttpResponse:
    """A contract entered by hand; with `follows` in the address, one that renews or amends another."""
    organization = ledger_of(request, organization_id)
    act_for(request, organization, "assets.keep")
    return answer(request, organization, _show_form, {"register": _register})


def _show_form(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    follows = request.GET.get("follows", "")
    followed = contract_or_404(follows) if follows else None
    return "desk/contract_form.html", {
        "organization": organization,
        "tab": "assets",
        "kinds": CONTRACT_KINDS,
        "every": EVERY,
        "terms": TERMS,
        "assets": organization.assets.order_by("number"),
        "lines": range(PARTIES),
        "follows": followed,
        "before": followed or Contract(kind="", title="", use=""),
        "as": request.GET.get("as", "renewal"),
    }


def _register(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "assets.keep")
    entry = _entry(request)
    follows = request.GET.get("follows", "")
    if follows:
        following = (
            Contract.Following.AMENDMENT
            if request.GET.get("as") == "amendment"
            else Contract.Following.RENEWAL
        )
        made = actions.follow_contract(actor, contract_or_404(follows), entry, following, now=request.now)
    else:
        (made,) = actions.register_contracts(actor, organization, [entry], now=request.now)
    return redirect("desk:contract", made.public_id)


def _entry(request: DeskRequest) -> ContractEntry:
    def read_day(name: str, zh: str, en: str) -> date | None:
        return typed.optional(request, typed.day, name, Text(zh=zh, en=en))

    def read_fen(name: str, zh: str, en: str) -> int | None:
        return typed.optional(request, typed.fen, name, Text(zh=zh, en=en))

    def read_whole(name: str, zh: str, en: str) -> int | None:
        return typed.optional(request, typed.whole, name, Text(zh=zh, en=en))

    from_day, last = (
        read_day("from_day", "起始日期", "First day"),
        read_day("last_day", "终止日期", "Last day"),
    )
    return ContractEntry(
        number=typed.text(request, "number"),
        title=typed.text(request, "title"),
        kind=typed.text(request, "kind"),
        direction=typed.text(request, "direction") or Contract.Direction.RECEIVES,
        parties=tuple(_parties(request)),
        lets=tuple(_lets(request)),
        rents=tuple(_rents(request, from_day)),
        signed_day=read_day("signed_day", "签订日期", "Day signed"),
        from_day=from_day,
        until_day=None if last is None else last + timedelta(days=1),
        open_ended="open_ended" in request.POST,
        written=typed.stated(request, "written"),
        use=typed.text(request, "use"),
        breach_terms=typed.stated(request, "breach_terms"),
        increase_terms=typed.stated(request, "increase_terms"),
        pays_at_end=typed.stated(request, "pays_at_end"),
        deposit=read_fen("deposit", "押金", "Deposit"),
        prepaid_months=read_whole("prepaid_months", "预收月数", "Months paid in advance") or 0,
        total=read_fen("total", "合同总额", "Total"),
        valuation=read_fen("valuation", "评估年租金", "Valuation a year"),
        decision_day=read_day("decision_day", "议决日期", "Day of the decision"),
        decision_note=typed.text(request, "decision_note"),
        in_favour=read_whole("in_favour", "同意人数", "In favour"),
        entitled=read_whole("entitled", "应到人数", "Entitled to vote"),
        approved_day=read_day("approved_day", "乡镇批准日期", "Day of the township's approval"),
    )


def _parties(request: DeskRequest) -> list[PartyEntry]:
    return [
        PartyEntry(
            name=typed.text(request, f"party_{row}"),
            kind=typed.text(request, f"party_kind_{row}") or "person",
            identity=number
            if (number := typed.text(request, f"party_number_{row}")) and not _is_credit(request, row)
            else "",
            credit_code=number if number and _is_credit(request, row) else "",
            member=typed.stated(request, f"party_member_{row}"),
        )
        for row in range(PARTIES)
        if typed.text(request, f"party_{row}")
    ]


def _is_credit(request: DeskRequest, row: int) -> bool:
    return typed.text(request, f"party_kind_{row}") == "organization"


def _lets(request: DeskRequest) -> list[LetEntry]:
    return [
        LetEntry(
            typed.text(request, f"asset_{row}").partition(" ")[0],
            typed.optional(request, typed.area, f"area_{row}", Text(zh="面积", en="Area")),
        )
        for row in range(LETS)
        if typed.text(request, f"asset_{row}")
    ]


def _rents(request: DeskRequest, from_day: date | None) -> list[RentEntry]:
    made = []
    for row in range(RENTS):
        amount = typed.optional(request, typed.fen, f"rent_{row}", Text(zh="租金", en="Rent"))
        jin = typed.optional(request, typed.hundredths, f"jin_{row}", Text(zh="每亩斤数", en="Jin a mu"))
        if amount is None and jin is None:
            continue
        begins = (
            typed.optional(request, typed.day, f"rent_from_{row}", Text(zh="起算日", en="From")) or from_day
        )
        if begins is None:
            raise Invalid(
                "contract.rent_without_day",
                f"第{row + 1}行租金没有写从哪天起算，合同也没有起始日期；请补上。",
                f"Rent {row + 1} does not say from which day, nor does the contract; add one.",
            )
        made.append(
            RentEntry(
                begins,
                every=typed.text(request, f"every_{row}") or "year",
                amount=amount,
                goods=typed.text(request, f"goods_{row}"),
                jin_per_mu=jin,
                due_month=typed.optional(
                    request, typed.whole, f"due_month_{row}", Text(zh="交租月份", en="Month due")
                ),
                due_day=typed.optional(
                    request, typed.whole, f"due_day_{row}", Text(zh="交租日", en="Day due")
                ),
            )
        )
    return made
