"""What a file's vouchers must be checked against in the books: open months, numbers, what was entered before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise

from cunwu.books.models import Month, Posting
from cunwu.books.months import refuse_day_among
from cunwu.books.rows import FoundVoucher
from cunwu.documents.imports import ImportFault
from cunwu.errors import Refused
from cunwu.org.models import Organization


class MonthCheck:
    """Which months the file needs: open ones, and those after the last, opened one after another."""

    def __init__(self, organization: Organization, now: datetime) -> None:
        self.organization = organization
        self.now = now
        self.months = {m.period: m for m in organization.months.all()}
        self.planned: set[str] = set()

    def faults(self, vouchers: Sequence[FoundVoucher]) -> list[ImportFault]:
        """Vouchers whose day cannot be entered; plans the months that will have to be opened."""
        refusals: dict[date, Refused | None] = {}
        for day in sorted({v.entry.day for v in vouchers}):
            refusal = refuse_day_among(self.organization, self.months, day, self.now)
            refusals[day] = refusal
            period = f"{day:%Y-%m}"
            if refusal is None and period not in self.months:
                self.months[period] = Month(organization=self.organization, period=period)
                self.planned.add(period)
        found = ((v, refusals[v.entry.day]) for v in vouchers)
        return [v.fault(r.code, f"{v.name}：{r.zh}", f"{v.name}: {r.en}", "date") for v, r in found if r]


_Content = tuple[date, tuple[tuple[str, int, int, str], ...]]


class NumberCheck:
    """The vouchers that the books have in the months of the file."""

    def __init__(self, organization: Organization, periods: set[str]) -> None:
        self.numbers: dict[tuple[str, str, int], int] = {}
        contents: dict[int, tuple[date, list[tuple[str, int, int, str]]]] = {}
        rows = Posting.objects.filter(
            voucher__month__organization=organization, voucher__month__period__in=periods
        ).values_list(
            "voucher_id",
            "voucher__month__period",
            "voucher__word",
            "voucher__number",
            "voucher__day",
            "account__code",
            "debit",
            "credit",
            "summary",
        )
        for pk, period, word, number, day, account, debit, credit, summary in rows:
            self.numbers[period, word, number] = pk
            contents.setdefault(pk, (day, []))[1].append((account, debit, credit, summary))
        self.contents: dict[int, _Content] = {
            pk: (day, tuple(sorted(ls))) for pk, (day, ls) in contents.items()
        }
        self.names = {pk: f"{word}-{number}" for (_, word, number), pk in self.numbers.items()}
        self.by_content = {content: pk for pk, content in self.contents.items()}

    def taken(self, vouchers: Sequence[FoundVoucher]) -> Iterator[ImportFault]:
        """Numbers that the books have already: the same voucher again, or another one."""
        for v in vouchers:
            held = self.numbers.get(_number_of(v))
            if held is None:
                continue
            if self.contents[held] == _content(v):
                yield v.fault(
                    "voucher.imported_already",
                    f"{v.name}已在账上，内容相同；请删去这张凭证的各行，或者先撤销以前那次导入。",
                    f"{v.name} is in the books already, just as it is; take its rows out, or undo the earlier import.",
                    "number",
                )
            else:
                yield v.fault(
                    "voucher.duplicate",
                    f"{v.entry.day:%Y-%m}已有{v.name}号凭证，内容不同；请改正凭证号。",
                    f"{v.entry.day:%Y-%m} has another voucher {v.name} already; correct the number.",
                    "number",
                )

    def look_alikes(self, vouchers: Sequence[FoundVoucher]) -> Iterator[ImportFault]:
        """Vouchers with a free number but the very content of one in the books."""
        for v in vouchers:
            held = self.by_content.get(_content(v))
            if held is not None and _number_of(v) not in self.numbers:
                name = self.names[held]
                yield v.fault(
                    "voucher.same_content",
                    f"{v.name}与账上的{name}日期、科目、金额和摘要都相同；请核对是否重复。",
                    f"{v.name} has the same day, accounts, amounts and summaries as {name} in the books; is it a repeat?",
                    "number",
                )

    def gaps(self, vouchers: Sequence[FoundVoucher]) -> Iterator[ImportFault]:
        """Vouchers before which numbers are missing, in books and file together."""
        used: dict[tuple[str, str], set[int]] = {}
        for period, word, number in [*self.numbers, *map(_number_of, vouchers)]:
            used.setdefault((period, word), {0}).add(number)
        before = {
            (*line, number): last
            for line, numbers in used.items()
            for last, number in pairwise(sorted(numbers))
            if number - last > 1
        }
        for v in vouchers:
            period, word, number = _number_of(v)
            last = before.pop((period, word, number), None)
            if last is not None:
                gap = f"{word}-{last + 1}" + (f"至{word}-{number - 1}" if number - last > 2 else "")
                yield v.fault(
                    "voucher.gap",
                    f"{period}缺{gap}，凭证号不连续；结账以前请补齐或重新编号。",
                    f"{period} lacks {gap.replace('至', ' to ')}: the numbers are not complete; "
                    "mend it before closing.",
                    "number",
                )


def _number_of(v: FoundVoucher) -> tuple[str, str, int]:
    return f"{v.entry.day:%Y-%m}", v.entry.word, v.number


def _content(v: FoundVoucher) -> _Content:
    lines = ((p.account, p.debit, p.credit, p.summary.strip()) for p in v.entry.postings)
    return v.entry.day, tuple(sorted(lines))
