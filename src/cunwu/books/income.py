"""What organizations took in over a year, as their books say: one query, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet, Sum

from cunwu.books.charts import chart
from cunwu.books.models import Posting, Voucher
from cunwu.org.models import Organization


def income_of(organizations: QuerySet[Organization] | Iterable[Organization], year: int) -> dict[int, int]:
    """Fen on the accounts of income in the year, by organization (its key): credits less debits, without what carries them
    forward at its end. Who kept no books in the year is left out."""
    of_income = Q()
    for account in chart().values():
        if account.kind == "income":
            of_income |= Q(account__code__startswith=account.code)
    postings = Posting.objects.filter(
        of_income,
        voucher__month__organization__in=organizations,
        voucher__month__period__gte=f"{year}-01",
        voucher__month__period__lte=f"{year}-12",
    ).exclude(voucher__kind=Voucher.Kind.CARRY_FORWARD)
    sums = postings.order_by().values("voucher__month__organization")
    rows = sums.annotate(credit_=Sum("credit"), debit_=Sum("debit"))
    return {
        key: credit - debit
        for key, credit, debit in rows.values_list("voucher__month__organization", "credit_", "debit_")
    }
