"""What is owed: made from the contracts by the clock, paid, acknowledged, taken back, given up by a decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum

from cunwu.assets.entries import DebtEntry, problems_of_debt, require_sound
from cunwu.assets.models import Contract, LedgerImport, Receipt, Receivable, RentStep, WriteOff
from cunwu.assets.schedules import Span, Terms, spans
from cunwu.books.models import Voucher
from cunwu.duties.actions import settle
from cunwu.errors import Invalid, NotReady
from cunwu.law.deadlines import deadline
from cunwu.org import audit
from cunwu.org.authority import Clock, local_day, require, require_other_person, rules
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import insert_all_with_keys
from cunwu.procedures.models import Matter

KEEP = "assets.keep"


def next_due(terms: Sequence[Terms], end: date | None, since: date) -> date | None:
    """The due day of the first rent on or after `since`; None where none is to come.

    Rent that fell due before the ledger was taken in is never made up: what was owed then is entered by somebody who knows.
    """
    last = max([since, *(each.from_day for each in terms)]) + timedelta(days=2 * 366)
    return next((span.due_day for span in spans(terms, end, last, since)), None)


def make_receivables(clock: Clock, *, now: datetime) -> int:
    """Make the receivables whose rent falls due within the days of notice (`rent_notice_days`); returns how many.

    Rent in kind waits for its price. Each contract is claimed by its `next_due`, so two clocks make a thing once.
    Side effects in order, a transaction each contract: receivables, the contract's next due day, one audit entry.
    """
    today = local_day(now)
    by = today + timedelta(days=rules().days("rent_notice_days", today))
    waiting = Contract.objects.filter(next_due__lte=by).select_related("organization")
    return sum(_charge(clock, contract, by, now) for contract in waiting.prefetch_related("rents", "parties"))


def register_receivables(
    actor: Appointment,
    organization: Organization,
    entries: Sequence[DebtEntry],
    *,
    source: LedgerImport | None = None,
    now: datetime,
) -> list[Receivable]:
    """Enter what was owed already; all or none. Returns the receivables in the order of the entries.

    Side effects in order: the receivables, one audit entry. Raises NotAllowed; Invalid `receivable.amount`,
    `receivable.no_debtor`, `receivable.other_books`, `redaction.*`.
    """
    require(actor, KEEP, organization, now)
    for entry in entries:
        require_sound(problems_of_debt(entry), entry.title or entry.debtor)
    _require_own_contracts(organization, entries)
    last_days = {day: limitation(day, local_day(now)) for day in {entry.due_day for entry in entries}}
    with transaction.atomic():
        made = [
            Receivable(
                organization=organization,
                contract_id=e.contract,
                debtor=e.debtor.strip(),
                title=e.title.strip(),
                due_day=e.due_day,
                amount=e.amount,
                limitation_day=last_days[e.due_day],
                source=source,
                registered_at=now,
            )
            for e in entries
        ]
        insert_all_with_keys(made)
        audit.record(
            actor,
            "receivables.register",
            f"organization:{organization.public_id}",
            now=now,
            organization=organization,
            count=len(made),
            amount=sum(e.amount for e in entries),
        )
    return made


def _require_own_contracts(organization: Organization, entries: Sequence[DebtEntry]) -> None:
    named = {entry.contract for entry in entries if entry.contract is not None}
    own = set(Contract.objects.filter(organization=organization, pk__in=named).values_list("pk", flat=True))
    if named - own:
        raise Invalid(
            "receivable.other_books",
            f"这份合同不是{organization.name_zh}的。",
            f"This is not a contract of {organization.name('en')}.",
        )


def receive(
    actor: Appointment,
    receivable: Receivable,
    amount: int,
    day: date,
    *,
    voucher: Voucher | None = None,
    in_kind: str = "",
    reference: str = "",
    now: datetime,
) -> Receipt:
    """Record that `amount` fen came in on `day`. Paying is acknowledging: the limitation runs anew from that day.

    Side effects in order: the receivable, the receipt, its duties met where nothing is owed any more, the audit entry.
    Raises NotAllowed; Invalid `receipt.amount`, `receipt.day`, `receipt.voucher`; NotReady `receivable.overpaid`.
    """
    organization = receivable.organization
    require(actor, KEEP, organization, now)
    if amount <= 0:
        raise Invalid(
            "receipt.amount",
            "收款金额要大于零；退回已收的款请用“红字冲回”。",
            "A receipt must be above zero; take a receipt back to correct one.",
        )
    if day > local_day(now):
        raise Invalid("receipt.day", f"收款日期{day}还没有到。", f"{day} has not come yet.")
    with transaction.atomic():
        if voucher is not None:
            _require_covered(receivable, voucher, amount)
        _settle(receivable, received=amount)
        made = Receipt.objects.create(
            receivable=receivable,
            day=day,
            amount=amount,
            in_kind=in_kind.strip(),
            reference=reference.strip(),
            voucher=voucher,
            by=actor,
            at=now,
        )
        _run_anew(receivable, day, now)
        _close_if_paid(receivable, now)
        record(actor, "receivables.receive", receivable, now, amount=amount)
    return made


def take_back(actor: Appointment, receipt: Receipt, *, now: datetime) -> Receipt:
    """Take a receipt back by a negative one, as in red letters. Raises NotAllowed; NotReady `receipt.taken_back`."""
    receivable = receipt.receivable
    require(actor, KEEP, receivable.organization, now)
    if receipt.amount < 0 or Receipt.objects.filter(takes_back=receipt).exists():
        raise NotReady(
            "receipt.taken_back",
            f"{receipt.day}的这笔收款已经冲回。",
            f"This receipt of {receipt.day} was taken back already.",
        )
    with transaction.atomic():
        made = Receipt.objects.create(
            receivable=receivable,
            day=local_day(now),
            amount=-receipt.amount,
            reference=receipt.reference,
            takes_back=receipt,
            by=actor,
            at=now,
        )
        Receivable.objects.filter(pk=receivable.pk).update(received=F("received") - receipt.amount)
        receivable.refresh_from_db()
        record(actor, "receivables.take_back", receivable, now, amount=receipt.amount)
    return made


def acknowledge(actor: Appointment, receivable: Receivable, day: date, *, now: datetime) -> Receivable:
    """Record that on `day` the debtor was asked in writing or promised to pay: the limitation runs anew from it.

    That it does is Article 195 of the Civil Code, which was not read here (confidence M). Raises NotAllowed; Invalid
    `receipt.day`; NotReady `receivable.paid`.
    """
    require(actor, KEEP, receivable.organization, now)
    if day > local_day(now):
        raise Invalid("receipt.day", f"日期{day}还没有到。", f"{day} has not come yet.")
    if receivable.owed == 0:
        raise NotReady(
            "receivable.paid", f"“{receivable.title}”已经结清。", f"“{receivable.title}” is settled."
        )
    with transaction.atomic():
        _run_anew(receivable, day, now)
        record(actor, "receivables.acknowledge", receivable, now, day=day.isoformat())
    return receivable


def write_off(
    actor: Appointment, receivable: Receivable, amount: int, matter: Matter, reason: str, *, now: datetime
) -> WriteOff:
    """Give up `amount` fen of a claim, by a decision that was carried; not by somebody who received money for it.

    Raises NotAllowed `authority.same_person`; Invalid `receipt.amount`, `receivable.no_reason`, `receivable.decision_elsewhere`;
    NotReady `receivable.decision_not_carried`, `receivable.overpaid`.
    """
    organization = receivable.organization
    require(actor, KEEP, organization, now)
    for receipt in receivable.receipts.select_related("by__person"):
        require_other_person(
            actor,
            receipt.by.person,
            doing_zh="收款和核销",
            doing_en="Receiving and writing off",
            basis="",
        )
    _require_decision(receivable, matter)
    if amount <= 0:
        raise Invalid("receipt.amount", "金额要大于零。", "The amount must be above zero.")
    if not reason.strip():
        raise Invalid("receivable.no_reason", "请写明核销的原因。", "Say why it is written off.")
    with transaction.atomic():
        _settle(receivable, written_off=amount)
        made = WriteOff.objects.create(
            receivable=receivable, amount=amount, matter=matter, reason=reason.strip(), by=actor, at=now
        )
        _close_if_paid(receivable, now)
        record(actor, "receivables.write_off", receivable, now, amount=amount, matter=matter.public_id)
    return made


def limitation(start: date, on: date) -> date:
    """The last day of the limitation that runs from `start`, by the law of `on` (Civil Code, Article 188)."""
    packs = rules()
    return deadline(start, packs.rule("limitation_months", on), packs.calendar).day


def as_terms(rent: RentStep) -> Terms:
    """The step without its row."""
    return Terms(rent.from_day, rent.every, rent.amount, rent.until_day, rent.due_month, rent.due_day)


def end_of(contract: Contract) -> date | None:
    """The first day on which it no longer runs, by its term or by an act."""
    return min((day for day in (contract.until_day, contract.ended_day) if day is not None), default=None)


def _charge(clock: Clock, contract: Contract, by: date, now: datetime) -> int:
    since = contract.next_due
    if since is None:
        return 0
    terms, end = [as_terms(rent) for rent in contract.rents.all()], end_of(contract)
    due = list(spans(terms, end, by, since))
    with transaction.atomic():
        following = next_due(terms, end, by + timedelta(days=1))
        if not Contract.objects.filter(pk=contract.pk, next_due=since).update(next_due=following):
            return 0
        made = [receivable_for(contract, span, now) for span in due if span.amount]
        Receivable.objects.bulk_create(made)
        audit.record(
            clock,
            "receivables.make",
            f"contract:{contract.public_id}",
            now=now,
            organization=contract.organization,
            count=len(made),
        )
    return len(made)


def receivable_for(contract: Contract, span: Span, now: datetime) -> Receivable:
    """The debt of one span of a contract, not written yet."""
    others: Iterable[str] = (p.name for p in contract.parties.all() if p.role == "other_side")
    last = span.until_day - timedelta(days=1) if span.until_day else None
    return Receivable(
        organization=contract.organization,
        contract=contract,
        debtor="、".join(others)[:120],
        title=f"{contract.title}（{span.from_day}至{last or '全期'}）"[:120],
        from_day=span.from_day,
        until_day=span.until_day,
        due_day=span.due_day,
        amount=span.amount or 0,
        limitation_day=limitation(span.due_day, local_day(now)),
        registered_at=now,
    )


def _settle(receivable: Receivable, *, received: int = 0, written_off: int = 0) -> None:
    """One conditional update: of two who press at once, the one who would pay too much is told."""
    open_rows = Receivable.objects.filter(
        pk=receivable.pk, amount__gte=F("received") + F("written_off") + received + written_off
    )
    done = open_rows.update(received=F("received") + received, written_off=F("written_off") + written_off)
    receivable.refresh_from_db()
    if not done:
        raise NotReady(
            "receivable.overpaid",
            f"“{receivable.title}”只欠{receivable.owed / 100:,.2f}元，这次的金额超过了；请核对后再登记。",
            f"Only {receivable.owed / 100:,.2f} yuan of “{receivable.title}” is owed; check the amount.",
        )


def _run_anew(receivable: Receivable, day: date, now: datetime) -> None:
    known = receivable.acknowledged_day
    if known is not None and known >= day:
        return
    receivable.acknowledged_day = day
    receivable.limitation_day = max(receivable.limitation_day, limitation(day, local_day(now)))
    receivable.save(update_fields=["acknowledged_day", "limitation_day"])
    settle(f"limitation:{receivable.public_id}", f"receivable:{receivable.public_id}", now=now)


def _close_if_paid(receivable: Receivable, now: datetime) -> None:
    if receivable.owed == 0:
        by = f"receivable:{receivable.public_id}"
        settle(by, by, now=now)
        settle(f"limitation:{receivable.public_id}", by, now=now)


def _require_covered(receivable: Receivable, voucher: Voucher, amount: int) -> None:
    debits = voucher.postings.filter(debit__gt=0).aggregate(sum=Sum("debit"))["sum"] or 0
    used = voucher.receipts.aggregate(sum=Sum("amount"))["sum"] or 0
    if voucher.month.organization_id != receivable.organization_id or used + amount > debits:
        raise Invalid(
            "receipt.voucher",
            f"凭证{voucher}对不上：它不是本单位的，或者金额已经用完；请核对凭证号。",
            f"Voucher {voucher} does not fit: it is of other books, or its amount is used up; check its number.",
        )


def _require_decision(receivable: Receivable, matter: Matter) -> None:
    if matter.organization.place_id != receivable.organization.place_id:
        raise Invalid(
            "receivable.decision_elsewhere",
            f"《{matter.title}》是另一个村的事项，不能据此核销。",
            f"{matter.title} is a matter of another village; nothing is written off by it.",
        )
    if matter.state != Matter.State.DONE:
        raise NotReady(
            "receivable.decision_not_carried",
            f"《{matter.title}》还没有办结，不能据此核销；请先按程序议决。",
            f"{matter.title} has not been decided yet; nothing is written off before it is.",
        )


def record(
    actor: Appointment, action: str, receivable: Receivable, now: datetime, **details: str | int
) -> None:
    """Write the audit entry of an act on a debt, inside the caller\'s transaction."""
    audit.record(
        actor,
        action,
        f"receivable:{receivable.public_id}",
        now=now,
        organization=receivable.organization,
        **details,
    )
