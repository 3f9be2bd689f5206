"""Rows of a ledger as entries: every cell read exactly or refused with its place; what is written otherwise is kept as written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from cunwu.assets.areas import UNITS as AREA_UNITS
from cunwu.assets.entries import (
    AssetEntry,
    ContractEntry,
    DebtEntry,
    LetEntry,
    PartyEntry,
    RentEntry,
    problems_of_asset,
    problems_of_contract,
    problems_of_debt,
)
from cunwu.assets.ledger_cells import LedgerCells
from cunwu.assets.models import MU, ContractParty
from cunwu.assets.schedules import add_months
from cunwu.assets.terms import (
    ASSET_WORDS,
    CONTRACT_WORDS,
    Term,
    between,
    parse_in_kind,
    parse_kind,
    parse_point,
    parse_term,
    parse_years,
    parse_yes,
)
from cunwu.documents.cells import Unreadable, money_text, parse_date, parse_money
from cunwu.documents.headers import Mapping
from cunwu.documents.tables import Row, Table
from cunwu.errors import Invalid
from cunwu.law.texts import Text
from cunwu.org.identifiers import check_credit_code, check_identity_number

T = TypeVar("T")


@dataclass(frozen=True)
class Choices:
    """What a person says of the file as a whole where no column says it; blank: not said."""

    kind: str = ""
    asset_kind: str = ""
    owed_day: date | None = None


@dataclass(slots=True)
class Found:
    """What one row brings."""

    row: Row
    contract: ContractEntry | None = None
    asset: AssetEntry | None = None
    debt: DebtEntry | None = None
    debt_of: str = ""
    """Number of the contract that the debt is under."""


class LedgerReader(LedgerCells):
    """One table read row by row."""

    def __init__(
        self, table: Table, mapping: Mapping, file: str, *, village: str, choices: Choices, prefix: str
    ) -> None:
        super().__init__(table, mapping, file)
        self.village = village
        self.choices = choices
        self.prefix = prefix

    def read(self) -> list[Found]:
        """Every row as what the mapping's purpose brings."""
        read = {"contracts": self._contract, "assets": self._asset, "receivables": self._debt}[
            self.mapping.purpose
        ]
        found = []
        for row in self.table.rows:
            self.turn_to(row)
            self._check_village()
            found.append(read())
        return found

    def _contract(self) -> Found:
        number = self.text("number") or f"{self.prefix}-{self.row.number}"
        name = self.text("asset_name") or self.text("title") or self.text("location")
        title = self.text("title") or (f"{name}合同" if name else f"{self.text('party')}的合同")
        area, term = self.area("area"), self._term()
        rents, written_rent = self._rent(term, area)
        let = self.text("asset") or (name if name or area else "")
        entry = ContractEntry(
            number=number[:40],
            title=title[:120],
            kind=self._kind("kind", CONTRACT_WORDS, self.choices.kind),
            parties=(self._party(),),
            lets=(LetEntry(let[:40] or number[:40], area, self.area("measured")),) if let or area else (),
            rents=rents,
            signed_day=self.read_cell("signed_day", parse_date),
            from_day=term.from_day,
            until_day=term.until_day,
            open_ended=term.open_ended,
            term_as_written=(self.text("term") or self.text("years"))[:120],
            rent_as_written=written_rent[:200],
            written=self.read_cell("written", parse_yes),
            use=self.text("use")[:60],
            actual_use=self.text("actual_use")[:60],
            deposit=self.money("deposit"),
            total=self._total(rents, term),
            decision_day=self.read_cell("decision_day", parse_date),
            decision_note=self.text("decision_note")[:200],
            source_row=self.row.number,
        )
        found = Found(self.row, entry, debt=self._owed(entry))
        if entry.lets:
            found.asset = self._asset_of(entry.lets[0].asset, name or entry.title, area)
        for problem in problems_of_contract(entry):
            if entry.kind or problem.field != "kind":  # that no kind is stated was said with what to do
                self.tell(self.row, problem)
        return found

    def _party(self) -> PartyEntry:
        name, number = self.text("party"), self.text("party_number").replace(" ", "")
        code = bool(number) and _is_credit_code(number)
        organization = code or name.endswith(("公司", "合作社", "厂", "村民委员会", "中心", "农场"))
        return PartyEntry(
            name[:120],
            kind=ContractParty.Kind.ORGANIZATION if organization else ContractParty.Kind.PERSON,
            identity="" if code else number,
            credit_code=number if code else "",
            member=self.read_cell("member", parse_yes),
        )

    def _asset_of(self, number: str, name: str, area: int | None) -> AssetEntry:
        """What the contract is about, for where it is not registered yet."""
        return AssetEntry(
            number=number,
            name=name[:120],
            kind=self._kind("asset_kind", ASSET_WORDS, self.choices.asset_kind),
            location=self.text("location")[:200],
            area=area,
        )

    def _asset(self) -> Found:
        number = self.text("number") or f"{self.prefix}-{self.row.number}"
        entry = AssetEntry(
            number=number[:40],
            name=(self.text("name") or self.text("location") or number)[:120],
            kind=self._kind("kind", ASSET_WORDS, self.choices.asset_kind),
            location=self.text("location")[:200],
            area=self.area("area"),
            value=self.money("value"),
            self_used=self._used(),
            from_day=self.read_cell("from_day", parse_date),
        )
        for problem in problems_of_asset(entry):
            if entry.kind or problem.field != "kind":
                self.tell(self.row, problem)
        return Found(self.row, asset=entry)

    def _used(self) -> bool:
        """A cell that says yes, or how much of it is used."""
        value = self.cell("self_used")
        if value in {"", 0}:
            return False
        return self.read_cell("self_used", parse_yes) is True if not isinstance(value, int | float) else True

    def _debt(self) -> Found:
        entry = DebtEntry(
            self.text("debtor")[:120],
            (self.text("title") or "欠款")[:120],
            self.money("amount") or 0,
            self.read_cell("due_day", parse_date) or date(1949, 10, 1),
        )
        for problem in problems_of_debt(entry):
            self.tell(self.row, problem)
        if self.cell("due_day") == "":
            self.fault(
                "due_day",
                "ledger.no_due_day",
                Text(zh="没有写应交日期。", en="It does not say when it was due."),
            )
        return Found(self.row, debt=entry, debt_of=self.text("number"))

    def _owed(self, entry: ContractEntry) -> DebtEntry | None:
        owed = self.money("owed")
        if not owed:
            return None
        if self.choices.owed_day is None:
            self.fault(
                "owed",
                "ledger.owed_without_day",
                Text(
                    zh="表里有欠款，请在上面填写“欠款应交日期”再导入，或者把这一列设为“不用”。",
                    en="It is owed since when? Give the day above, or do not use this column.",
                ),
            )
            return None
        return DebtEntry(entry.parties[0].name, f"{entry.title}尾欠"[:120], owed, self.choices.owed_day)

    def _term(self) -> Term:
        years = self.read_cell("years", parse_years)
        if self.cell("term") != "":
            try:
                return self._told("term", parse_term(self.cell("term"), years))
            except Unreadable as fault:
                kept = Text(
                    zh=f"{fault.zh}，按原文保留，起止日期留空",
                    en=f"{fault.en}; kept as written, the days are left empty",
                )
                self.warn_here("term", "ledger.term_as_written", kept)
        first, last = self.read_cell("from_day", parse_point), self.read_cell("until_day", parse_point)
        if first is None and last is None:
            return Term()
        if first is not None and last is not None:
            return self._told("until_day", between(first, last, years))
        if first is not None and years:
            begins = first if isinstance(first, date) else date(*first, 1)
            return Term(begins, add_months(begins, 12 * years))
        if first is not None:
            return Term(first if isinstance(first, date) else date(*first, 1))
        return Term(until_day=last + timedelta(days=1)) if isinstance(last, date) else Term()

    def _told(self, name: str, term: Term) -> Term:
        if term.note is not None:
            self.warn_here(name, "ledger.term_read_as", term.note)
        return term

    def _rent(self, term: Term, area: int | None) -> tuple[tuple[RentEntry, ...], str]:
        """The rent a year in money or kind, from the column of rents or from the price of a mu; what cannot be read stays as written."""
        price, written = self.money("price"), self.text("rent")
        unit = AREA_UNITS.get(self.mapping.unit_of("price").removeprefix("元/"), MU)
        amount, in_kind = self._rent_cell()
        if amount is None and in_kind is None and price is not None and area is not None:
            amount = (price * area + unit // 2) // unit
        elif amount is not None and price is not None and area is not None:
            self.compare("rent", amount, price * area // unit, Text(zh="面积乘单价", en="area by price"))
        if amount is None and in_kind is None:
            return (), written
        if term.from_day is None:
            if amount or in_kind:
                self.warn_here(
                    "rent" if written else "price",
                    "ledger.rent_without_day",
                    Text(
                        zh="没有起始日期，租金按原文保留，不生成应收款",
                        en="no first day: it is kept as written, nothing falls due",
                    ),
                )
            return (), written or (f"每年{money_text(amount)}元" if amount else "")
        if amount is not None:
            return (RentEntry(term.from_day, amount=amount),) if amount else (), written
        goods, jin = in_kind or ("", 0)
        return (RentEntry(term.from_day, goods=goods, jin_per_mu=jin),), written

    def _rent_cell(self) -> tuple[int | None, tuple[str, int] | None]:
        value = self.cell("rent")
        if value == "":
            return None, None
        try:
            return parse_money(value, self.money_unit("rent")), None
        except Unreadable as fault:
            if fault.code != "cell.money":
                self.fault("rent", fault.code, Text(zh=f"{fault.zh}。", en=f"{fault.en}."))
                return None, None
            unread = fault
        try:
            return None, parse_in_kind(value)
        except Unreadable:
            kept = Text(
                zh=f"{unread.zh}，按原文保留，不生成应收款",
                en=f"{unread.en}; kept as written, it makes nothing due",
            )
            self.warn_here("rent", "ledger.rent_as_written", kept)
            return None, None

    def _total(self, rents: tuple[RentEntry, ...], term: Term) -> int | None:
        total = self.money("total")
        if total and rents and rents[0].amount and term.from_day and term.until_day:
            days = (term.until_day - term.from_day).days
            years = round(days / 365.25)
            if years and abs(days - years * 365.25) < 2:
                self.compare(
                    "total",
                    total,
                    rents[0].amount * years,
                    Text(zh=f"年租金乘{years}年", en=f"rent by {years} years"),
                )
        return total

    def _check_village(self) -> None:
        named = self.text("village")
        if named and self.village not in named and named.removesuffix("村") not in self.village:
            self.fault(
                "village",
                "ledger.other_village",
                Text(
                    zh=f"写的是“{named}”，不是{self.village}；请把各村的行分开导入。",
                    en=f"It is of “{named}”, not of {self.village}; import each village's rows by themselves.",
                ),
            )

    def _kind(self, name: str, words: dict[str, str], chosen: str) -> str:
        if self.cell(name) != "":
            return self.read_cell(name, lambda value: parse_kind(value, words)) or ""
        if not chosen:
            self.fault(
                name,
                "ledger.no_kind",
                Text(
                    zh="表里没有写类别，请在上面选择这张表的类别，或者指定类别是哪一列。",
                    en="It says no kind: choose one for the file above, or say which column it is.",
                ),
            )
        return chosen


def _is_credit_code(number: str) -> bool:
    """Whether a number of either sort is meant as a credit code: what neither check lets through is told by its letters."""
    for check, answer in ((check_identity_number, False), (check_credit_code, True)):
        try:
            check(number)
        except Invalid:
            continue
        return answer
    return len(number) == 18 and not number[:17].isdecimal()
