"""The rent that comes in: most tenants pay in the month it falls due, a few not at all; some only once the county's
clean-up has begun."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from cunwu.assets import receivables
from cunwu.assets.models import Contract, Receivable
from cunwu.demo import faults
from cunwu.demo.county import Village
from cunwu.org.authority import local_day

LATE = 4
"""One tenant of so many pays nothing before the clean-up."""


def collect(village: Village, number: int, *, cleaning: bool, now: datetime) -> None:
    """Take in what has fallen due by today, except from those of whom `faults.KNOWN` says that they do not pay, and
    unless the county is `cleaning` up from those who wait until they are asked."""
    today = local_day(now)
    due = Receivable.objects.filter(organization=village.books, due_day__lte=today, received=0, written_off=0)
    for receivable in due.select_related("organization__place", "contract").prefetch_related(
        "contract__lets__asset"
    ):
        contract = receivable.contract
        assets = [let.asset.number for let in contract.lets.all()] if contract is not None else []
        if any((fault := faults.of(number, asset)) and fault.recipe == "unpaid" for asset in assets):
            continue
        if not cleaning and contract is not None and _is_late(village, contract):
            continue
        receivables.receive(village.accountant, receivable, receivable.amount, today, now=now)


def _is_late(village: Village, contract: Contract) -> bool:
    name = f"{village.place.name_zh}/{contract.title}"
    return crc32(name.encode()) % LATE == 0
