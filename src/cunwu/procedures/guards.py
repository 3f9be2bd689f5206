"""The guards: formal conditions of a step, each a pure function of a pinned rule and of what is known.

A closed set: a pack names a guard and gives it figures; it never contains one. Each has a page under docs/guards/.
A guard answers None where it is passed, else the refusal: the figures, what is needed, the clause, what to do next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from cunwu.errors import NotReady, Refused
from cunwu.law.deadlines import WorkingDays, deadline
from cunwu.law.powers import GuardKind
from cunwu.law.procedures import GuardRule, Limit, ShareRule

BASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "roll": ("应到", "of those who should attend"),
        "present": ("到会", "of those present"),
        "cast": ("投票", "of the votes cast"),
        "households": ("户", "of the households"),
        "women": ("女代表", "of the women on the roll"),
    }
)
"""What a share is taken of, in words."""


@dataclass(frozen=True, slots=True)
class Turnout:
    """Who should attend a meeting and who came, by base; those who sit in are not counted."""

    roll: int = 0
    present: int = 0
    households: int = 0
    households_present: int = 0
    women: int = 0
    women_present: int = 0


@dataclass(frozen=True, slots=True)
class Ballot:
    """The votes on one item. Those who stood aside are neither present nor on the roll for it."""

    in_favour: int = 0
    against: int = 0
    abstained: int = 0

    @property
    def cast(self) -> int:
        """Votes given."""
        return self.in_favour + self.against + self.abstained


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting as far as guards ask: its day, its notice, who came, which bodies sat in."""

    on: date
    notice_on: date
    turnout: Turnout
    observers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Posted:
    """What a step published: since when it has hung on every board (None: not yet), objections without an answer."""

    since: date | None
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """One supplier's quote and the person (key) who obtained it."""

    supplier: str
    amount_fen: int
    obtained_by: int


HigherGuard = Callable[["Facts", GuardRule], Refused | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that guards may ask of one step at one moment. Persons are keys; `doers` by the step's name.

    `amount_fen` is what the step states, else what the matter is about; `decided_fen` what was settled before this step.
    """

    today: date
    calendar: WorkingDays
    actor: int = 0
    amount_fen: int | None = None
    decided_fen: int | None = None
    meeting: Held | None = None
    ballot: Ballot | None = None
    posted: Posted | None = None
    papers: frozenset[str] = frozenset()
    papers_needed: Mapping[str, str] = field(default_factory=dict)
    doers: Mapping[str, frozenset[int]] = field(default_factory=dict)
    step_titles: Mapping[str, str] = field(default_factory=dict)
    conflicted: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    trade_number: str = ""
    organization: int = 0


def shortfalls(guards: tuple[GuardRule, ...], facts: Facts) -> list[Refused]:
    """Every guard that is not passed, in order; [] if the step may be taken."""
    found = (GUARDS[guard.kind](guard, facts) for guard in guards)
    return [refusal for refusal in found if refusal is not None]


def register(name: str, guard: HigherGuard) -> None:
    """Give the guard `higher_room` a function by name, at start-up: how a higher room lends its knowledge."""
    _HIGHER[name] = guard


_HIGHER: dict[str, HigherGuard] = {}


def _quorum(guard: GuardRule, facts: Facts) -> Refused | None:
    if facts.meeting is None:
        return _no_meeting(guard)
    missing = [
        each for share in guard.shares if (each := _too_few(share, facts.meeting.turnout, facts.ballot))
    ]
    if len(missing) < len(guard.shares):
        return None
    zh = "；或者".join(zh for zh, _ in missing)
    en = "; or ".join(en for _, en in missing)
    return _refusal(
        "guard.quorum",
        f"到会人数不足：{zh}。会议不能作出决定，请登记流会，另行召集。",
        f"Too few attended: {en}. The meeting cannot decide; record it as failed and call another.",
        guard,
    )


def _too_few(share: ShareRule, turnout: Turnout, ballot: Ballot | None) -> tuple[str, str] | None:
    """Which figures fall short of the share, in words; None if it is reached."""
    whole, came, unit_zh, unit_en = {
        "roll": (turnout.roll, turnout.present, "人", "people"),
        "present": (turnout.roll, turnout.present, "人", "people"),
        "households": (turnout.households, turnout.households_present, "户", "households"),
        "women": (turnout.women, turnout.women_present, "名妇女", "women"),
        "cast": (turnout.roll, ballot.cast if ballot else 0, "人投票", "voters"),
    }[share.of]
    needed = share.limit.needed_of(whole)
    if came >= needed:
        return None
    return (
        f"应到{whole}{unit_zh}、实到{came}，须到{needed}，还差{needed - came}",
        f"{came} of {whole} {unit_en} came, {needed} are needed, {needed - came} short",
    )


def _majority(guard: GuardRule, facts: Facts) -> Refused | None:
    if facts.meeting is None or facts.ballot is None:
        return _no_meeting(guard)
    lost = [each for share in guard.shares if (each := _outvoted(share, facts.meeting.turnout, facts.ballot))]
    if len(lost) < len(guard.shares):
        return None
    return _refusal(
        "guard.majority",
        f"没有通过：{'；或者'.join(zh for zh, _ in lost)}。可以修改后再次提交表决，或者撤回。",
        f"Not carried: {'; or '.join(en for _, en in lost)}. Amend it and put it to the vote again, or withdraw it.",
        guard,
    )


def _outvoted(share: ShareRule, turnout: Turnout, ballot: Ballot) -> tuple[str, str] | None:
    whole = {
        "roll": turnout.roll,
        "present": turnout.present,
        "cast": ballot.cast,
        "households": turnout.households,
        "women": turnout.women,
    }[share.of]
    needed = max(share.limit.needed_of(whole), 1)
    if ballot.in_favour >= needed:
        return None
    zh, en = BASES[share.of]
    return (
        f"{zh}{whole}人，赞成{ballot.in_favour}票，须有{needed}票，还差{needed - ballot.in_favour}票",
        f"{ballot.in_favour} in favour, {needed} {en} ({whole}) are needed, {needed - ballot.in_favour} short",
    )


def _notice(guard: GuardRule, facts: Facts) -> Refused | None:
    if facts.meeting is None or guard.days is None:
        return _no_meeting(guard)
    first = facts.meeting.notice_on + timedelta(days=int(guard.days.value))
    if facts.meeting.on >= first:
        return None
    return _refusal(
        "guard.notice",
        f"通知太迟：{facts.meeting.notice_on:%Y-%m-%d}通知、{facts.meeting.on:%Y-%m-%d}开会，应当提前{guard.days.value}天；"
        f"最早{first:%Y-%m-%d}开，请改期。",
        f"Notice was given on {facts.meeting.notice_on:%Y-%m-%d} for {facts.meeting.on:%Y-%m-%d}; {guard.days.value} days "
        f"are needed, so {first:%Y-%m-%d} is the earliest day. Move the meeting.",
        guard,
    )


def _objections(guard: GuardRule, facts: Facts) -> Refused | None:
    if guard.days is None or facts.posted is None or facts.posted.since is None:
        return _refusal(
            "guard.objections",
            "还没有在每一处公开栏张贴，异议期没有开始；请先登记上墙。",
            "It does not hang on every notice board yet, so the time for objections has not begun; record it as put up.",
            guard,
        )
    last = deadline(facts.posted.since, guard.days.term, facts.calendar).day
    if facts.today <= last:
        return _refusal(
            "guard.objections",
            f"{facts.posted.since:%Y-%m-%d}上墙，异议期{guard.days.value}天，到{last:%Y-%m-%d}为止，还没有过；请等期满。",
            f"It went up on {facts.posted.since:%Y-%m-%d}; objections are heard for {guard.days.value} days, until "
            f"{last:%Y-%m-%d}. Wait until that day is over.",
            guard,
        )
    if facts.posted.unanswered:
        return _refusal(
            "guard.objections",
            f"还有{facts.posted.unanswered}条异议没有答复；请先答复。",
            f"{facts.posted.unanswered} objections have no answer yet; answer them first.",
            guard,
        )
    return None


def _papers(guard: GuardRule, facts: Facts) -> Refused | None:
    missing = [title for name, title in facts.papers_needed.items() if name not in facts.papers]
    if not missing:
        return None
    return _refusal(
        "guard.papers",
        f"还缺材料：{'、'.join(missing)}；请先上传。",
        f"Papers are missing: {', '.join(missing)}; attach them first.",
        guard,
    )


def _recusal(guard: GuardRule, facts: Facts) -> Refused | None:
    if not facts.conflicted:
        return None
    names = "、".join(facts.conflicted)
    return _refusal(
        "guard.recusal",
        f"{names}与本事项有利害关系，应当回避而没有回避；请登记回避，由其他人办理或者重新表决。",
        f"{', '.join(facts.conflicted)} must stand aside because of a relation to a party and did not; record the "
        "recusal, let another person act, or vote again.",
        guard,
    )


def _separation(guard: GuardRule, facts: Facts) -> Refused | None:
    for other in guard.others:
        if facts.actor in facts.doers.get(other, frozenset()):
            title = facts.step_titles.get(other, other)
            return _refusal(
                "guard.separation",
                f"这一步不能由办理“{title}”的人来办；请由另一人办理。",
                f"Who did “{title}” may not do this step as well; another person must.",
                guard,
            )
    return None


def _amount(guard: GuardRule, facts: Facts) -> Refused | None:
    if guard.line is None or facts.amount_fen is None:
        return _refusal(
            "guard.amount",
            "没有写明金额，不能判断是否在限额以内；请补填。",
            "The amount is missing; state it.",
            guard,
        )
    if facts.amount_fen <= _fen(guard.line):
        return None
    return _refusal(
        "guard.amount",
        f"金额{yuan(facts.amount_fen)}元，超过限额{guard.line.value}元，不能走这个流程；请改走上一级的流程。",
        f"{yuan(facts.amount_fen)} yuan is over the line of {guard.line.value} yuan; use the procedure for larger amounts.",
        guard,
    )


def _open_trade(guard: GuardRule, facts: Facts) -> Refused | None:
    if guard.line is None or facts.amount_fen is None or facts.amount_fen <= _fen(guard.line):
        return None
    if facts.trade_number:
        return None
    return _refusal(
        "guard.open_trade",
        f"金额{yuan(facts.amount_fen)}元，超过{guard.line.value}元，应当进场公开交易；请填写成交编号。",
        f"{yuan(facts.amount_fen)} yuan is over {guard.line.value} yuan and must be traded openly; give the number of "
        "the trade record.",
        guard,
    )


def _quotes(guard: GuardRule, facts: Facts) -> Refused | None:
    if guard.count is None or guard.persons is None:
        return None
    suppliers = len({offer.supplier for offer in facts.offers})
    people = len({offer.obtained_by for offer in facts.offers})
    if suppliers >= int(guard.count.value) and people >= int(guard.persons.value):
        return None
    return _refusal(
        "guard.quotes",
        f"现有{suppliers}家报价、{people}人询价，须有{guard.count.value}家以上报价、{guard.persons.value}人以上询价；请补充。",
        f"{suppliers} suppliers were asked by {people} people; at least {guard.count.value} suppliers and "
        f"{guard.persons.value} people are needed.",
        guard,
    )


def _observed(guard: GuardRule, facts: Facts) -> Refused | None:
    if facts.meeting is not None and guard.observer in facts.meeting.observers:
        return None
    return _refusal(
        "guard.observed",
        "村务监督委员会没有派人列席；请通知其列席，并登记到会。",
        "Nobody of the supervisory committee sat in; invite it and record who came.",
        guard,
    )


def _higher_room(guard: GuardRule, facts: Facts) -> Refused | None:
    known = _HIGHER.get(guard.name or "")
    if known is None:
        raise RuntimeError(f"no room has registered the guard {guard.name}")
    return known(facts, guard)


GUARDS: Mapping[GuardKind, Callable[[GuardRule, Facts], Refused | None]] = MappingProxyType(
    {
        "quorum": _quorum,
        "majority": _majority,
        "notice": _notice,
        "objections": _objections,
        "papers": _papers,
        "recusal": _recusal,
        "separation": _separation,
        "amount": _amount,
        "open_trade": _open_trade,
        "quotes": _quotes,
        "observed": _observed,
        "higher_room": _higher_room,
    }
)


def _refusal(code: str, zh: str, en: str, guard: GuardRule) -> NotReady:
    return NotReady(code, zh, en, basis=guard.basis.zh, basis_en=guard.basis.en)


def _no_meeting(guard: GuardRule) -> NotReady:
    return _refusal(
        "guard.meeting",
        "这一步要由会议作出，还没有会议记录；请先召集会议。",
        "This step is taken in a meeting and none is recorded; call the meeting first.",
        guard,
    )


def _fen(line: Limit) -> int:
    return int(line.amount * 100)


def yuan(fen: int) -> str:
    """The amount in yuan as people write it: 12,600.00."""
    return f"{fen // 100:,}.{fen % 100:02d}"
