"""The rent that comes in: most tenants pay in the month it falls due, a few not at all; some pay what is old."""

from __future__ import annotations

from datetime import datetime

from cunwu.assets import receivables
from cunwu.assets.models import Receivable
from cunwu.demo import faults
from cunwu.demo.county import Village
from cunwu.org.authority import local_day


def collect(village: Village, number: int, *, now: datetime) -> None:
    """Take in what has fallen due by today, except from those of whom `faults.KNOWN` says that they do not pay."""
    today = local_day(now)
    due = Receivable.objects.filter(organization=village.books, due_day__lte=today, received=0, written_off=0)
    for receivable in due.select_related("organization__place", "contract").prefetch_related(
        "contract__lets__asset"
    ):
        contract = receivable.contract
        assets = [let.asset.number for let in contract.lets.all()] if contract is not None else []
        if any((fault := faults.of(number, asset)) and fault.recipe == "unpaid" for asset in assets):
            continue
        receivables.receive(village.accountant, receivable, receivable.amount, today, now=now)
