"""The arithmetic of the guards, for all figures: exact, monotone, and the refusal tells the figures that were missing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cunwu.errors import Refused
from cunwu.law.procedures import Basis, GuardRule, Limit, ShareRule
from cunwu.law.texts import Text
from cunwu.org.authority import rules
from cunwu.procedures.guards import Ballot, Facts, Held, Offer, Posted, Turnout, shortfalls

BASIS = Basis(zh="《村民委员会组织法》第三十条第二款", en="Article 30, paragraph 2", confidence="P")
DAY = date(2026, 10, 8)
BASES = ("roll", "present", "cast", "households", "women")


def limit(value: str, unit: str = "fraction", **more: object) -> Limit:
    """A figure of law."""
    terms = {"more_than": False, "counting": "calendar", "first_day_counted": False, "rolls": "no"} | more
    return Limit(name="n", title=Text(zh="数", en="n"), value=value, unit=unit, basis=BASIS, **terms)


def guard(kind: str, **given: object) -> GuardRule:
    """A guard with the figures that it has and none that it has not."""
    nothing = {"shares": (), "days": None, "line": None, "count": None, "persons": None, "others": ()}
    return GuardRule(kind=kind, observer=None, name=None, basis=BASIS, **(nothing | given))


def of(kind: str, base: str, figure: Limit) -> GuardRule:
    """A guard with one share."""
    return guard(kind, shares=(ShareRule(of=base, limit=figure),))


def refusal(rule: GuardRule, facts: Facts) -> Refused | None:
    """What the guard says; None where it is passed."""
    return next(iter(shortfalls((rule,), facts)), None)


fractions = st.builds(Fraction, st.integers(1, 9), st.integers(1, 12)).filter(lambda each: each <= 1)
shares = st.builds(lambda share, more: limit(str(share), more_than=more), fractions, st.booleans())
counts = st.builds(lambda n: limit(str(n), "count"), st.integers(1, 40))
turnouts = st.integers(0, 2000).flatmap(
    lambda roll: st.builds(
        Turnout,
        roll=st.just(roll),
        present=st.integers(0, roll),
        households=st.just(roll // 3),
        households_present=st.integers(0, roll // 3),
        women=st.just(roll // 4),
        women_present=st.integers(0, roll // 4),
    )
)


@given(shares, st.integers(0, 100_000))
def test_what_is_needed_is_the_least_count_that_suffices(figure: Limit, whole: int) -> None:
    needed, exact = figure.needed_of(whole), Fraction(figure.value) * whole

    def suffices(count: int) -> bool:
        return count > exact if figure.more_than else count >= exact

    assert suffices(needed)
    assert not suffices(needed - 1)


@given(counts, st.integers(0, 100_000))
def test_a_plain_count_is_needed_whatever_the_whole(figure: Limit, whole: int) -> None:
    assert figure.needed_of(whole) == int(figure.value)


@given(shares | counts, st.integers(0, 10_000))
def test_a_larger_whole_never_needs_fewer(figure: Limit, whole: int) -> None:
    assert figure.needed_of(whole) <= figure.needed_of(whole + 1)


COLUMNS = {
    "roll": ("roll", "present"),
    "households": ("households", "households_present"),
    "women": ("women", "women_present"),
}


@given(st.sampled_from(sorted(COLUMNS)), shares | counts, turnouts)
def test_the_figures_of_a_missed_quorum_are_right(base: str, figure: Limit, turnout: Turnout) -> None:
    whole, came = (getattr(turnout, column) for column in COLUMNS[base])
    refused = refusal(
        of("quorum", base, figure), Facts(DAY, rules().calendar, meeting=Held(DAY, DAY, turnout))
    )
    needed = figure.needed_of(whole)
    assert (refused is None) == (came >= needed)
    if refused is not None:
        told = re.search(r"应到(\d+)\D+、实到(\d+)，须到(\d+)，还差(\d+)", refused.zh)
        assert told is not None
        assert [int(each) for each in told.groups()] == [whole, came, needed, needed - came]
        assert f"{came} of {whole} " in refused.en
        assert f"{needed} are needed, {needed - came} short" in refused.en
        assert refused.basis == BASIS.zh


@given(st.sampled_from(BASES), shares | counts, turnouts, st.data())
def test_the_figures_of_a_lost_vote_are_right(
    base: str, figure: Limit, turnout: Turnout, data: st.DataObject
) -> None:
    ballot = data.draw(ballots(turnout.present))
    refused = refusal(of("majority", base, figure), voted(turnout, ballot))
    whole = ballot.cast if base == "cast" else getattr(turnout, base)
    needed = max(figure.needed_of(whole), 1)
    assert (refused is None) == (ballot.in_favour >= needed)
    if refused is not None:
        told = re.search(r"(\d+)人，赞成(\d+)票，须有(\d+)票，还差(\d+)票", refused.zh)
        assert told is not None
        figures = [int(each) for each in told.groups()]
        assert figures == [whole, ballot.in_favour, needed, needed - ballot.in_favour]
        assert f"{ballot.in_favour} in favour, {needed} " in refused.en


def ballots(present: int) -> st.SearchStrategy[Ballot]:
    """Votes of so many at most."""
    cuts = st.lists(st.integers(0, present), min_size=3, max_size=3).map(sorted)
    return cuts.map(lambda cut: Ballot(cut[0], cut[1] - cut[0], cut[2] - cut[1]))


def voted(turnout: Turnout, ballot: Ballot) -> Facts:
    """A meeting with a vote."""
    return Facts(DAY, rules().calendar, meeting=Held(DAY, DAY, turnout), ballot=ballot)


@given(st.sampled_from(BASES), shares | counts, turnouts, st.data())
def test_one_more_vote_in_favour_never_turns_a_pass_into_a_refusal(
    base: str, figure: Limit, turnout: Turnout, data: st.DataObject
) -> None:
    """Neither from those who abstained, nor from those against, nor from those who had not voted."""
    rule = of("majority", base, figure)
    ballot = data.draw(ballots(turnout.present))
    assume(refusal(rule, voted(turnout, ballot)) is None)
    yes, no, none = ballot.in_favour, ballot.against, ballot.abstained
    more = []
    if no:
        more.append(Ballot(yes + 1, no - 1, none))
    if none:
        more.append(Ballot(yes + 1, no, none - 1))
    if ballot.cast < turnout.present:
        more.append(Ballot(yes + 1, no, none))
    for each in more:
        assert refusal(rule, voted(turnout, each)) is None


@given(st.sampled_from(sorted(COLUMNS)), shares | counts, turnouts)
def test_one_more_who_came_never_turns_a_quorum_into_a_refusal(
    base: str, figure: Limit, turnout: Turnout
) -> None:
    rule, (whole, came) = of("quorum", base, figure), COLUMNS[base]
    assume(getattr(turnout, came) < getattr(turnout, whole))
    assume(refusal(rule, voted(turnout, Ballot())) is None)
    known = {name: getattr(turnout, name) for name in Turnout.__slots__}
    assert refusal(rule, voted(Turnout(**(known | {came: known[came] + 1})), Ballot())) is None


@given(shares, shares, turnouts)
def test_of_alternatives_one_suffices(one: Limit, other: Limit, turnout: Turnout) -> None:
    roll, households = ShareRule(of="roll", limit=one), ShareRule(of="households", limit=other)
    facts = voted(turnout, Ballot())
    alone = [refusal(guard("quorum", shares=(each,)), facts) for each in (roll, households)]
    both = refusal(guard("quorum", shares=(roll, households)), facts)
    assert (both is None) == (None in alone)
    assert both is None or both.zh.count("还差") == 2


days = st.dates(date(2025, 1, 1), date(2026, 12, 1))


def last_day(since: date, count: int, counting: str, *, first_counted: bool) -> date:
    """By stepping from day to day, as a person counts on a calendar."""
    day, left = since if first_counted else since + timedelta(days=1), count
    while True:
        if counting == "calendar" or rules().calendar.is_working_day(day):
            left -= 1
        if left == 0:
            return day
        day += timedelta(days=1)


@given(days, st.integers(1, 25), st.sampled_from(["calendar", "working"]), st.booleans())
def test_objections_are_heard_until_the_last_day_is_over(
    since: date, count: int, counting: str, first_counted: bool
) -> None:
    rule = guard(
        "objections", days=limit(str(count), "days", counting=counting, first_day_counted=first_counted)
    )
    last = last_day(since, count, counting, first_counted=first_counted)

    def on(day: date, unanswered: int = 0) -> Refused | None:
        return refusal(rule, Facts(day, rules().calendar, posted=Posted(since, unanswered)))

    for before in (since, last - timedelta(days=1), last):
        refused = on(max(since, before))
        assert refused is not None
        assert f"到{last:%Y-%m-%d}为止" in refused.zh
    assert on(last + timedelta(days=1)) is None
    waiting = on(last + timedelta(days=1), 3)
    assert waiting is not None
    assert "3条异议" in waiting.zh


@given(days, st.integers(0, 30), st.integers(1, 20))
def test_notice_is_given_so_many_days_before(told: date, after: int, count: int) -> None:
    rule = guard("notice", days=limit(str(count), "days"))
    held = Held(told + timedelta(days=after), told, Turnout())
    refused = refusal(rule, Facts(held.on, rules().calendar, meeting=held))
    assert (refused is None) == (after >= count)
    if refused is not None:
        first = re.search(r"最早(\S+?)开", refused.zh)
        assert first is not None
        moved = Held(date.fromisoformat(first[1]), told, Turnout())
        assert refusal(rule, Facts(moved.on, rules().calendar, meeting=moved)) is None


steps = st.sampled_from(["request", "quotes", "contract", "accept"])


@given(st.integers(1, 6), st.dictionaries(steps, st.frozensets(st.integers(1, 6))), st.lists(steps))
def test_nobody_does_two_steps_that_are_kept_apart(
    actor: int, doers: dict[str, frozenset[int]], others: list[str]
) -> None:
    facts = Facts(DAY, rules().calendar, actor=actor, doers=doers, step_titles={"quotes": "询价"})
    refused = refusal(guard("separation", others=tuple(others)), facts)
    barred = [name for name in others if actor in doers.get(name, ())]
    assert (refused is None) == (not barred)
    if refused is not None:
        assert f"“{'询价' if barred[0] == 'quotes' else barred[0]}”" in refused.zh


offers = st.lists(
    st.builds(
        Offer, supplier=st.sampled_from("甲乙丙丁戊"), amount_fen=st.just(1), obtained_by=st.integers(1, 4)
    )
)


@given(offers, st.integers(1, 5), st.integers(1, 4))
def test_suppliers_and_people_are_counted_once_each(found: list[Offer], least: int, people: int) -> None:
    rule = guard("quotes", count=limit(str(least), "count"), persons=limit(str(people), "count"))
    facts = Facts(DAY, rules().calendar, offers=tuple(found))
    enough = len({o.supplier for o in found}) >= least and len({o.obtained_by for o in found}) >= people
    assert (refusal(rule, facts) is None) == enough
    doubled = Facts(DAY, rules().calendar, offers=tuple(found) * 2)
    assert (refusal(rule, doubled) is None) == enough


@given(st.integers(0, 10**12), st.integers(0, 10**8))
def test_on_the_line_is_within_it(fen: int, yuan: int) -> None:
    line = limit(str(yuan), "yuan")
    facts = Facts(DAY, rules().calendar, amount_fen=fen)
    assert (refusal(guard("amount", line=line), facts) is None) == (fen <= yuan * 100)
    assert (refusal(guard("open_trade", line=line), facts) is None) == (fen <= yuan * 100)


@pytest.mark.parametrize("kind", ["quorum", "majority", "notice"])
def test_without_a_meeting_nothing_is_decided(kind: str) -> None:
    rule = guard(kind, shares=(ShareRule(of="roll", limit=limit("1/2")),), days=limit("3", "days"))
    refused = refusal(rule, Facts(DAY, rules().calendar))
    assert refused is not None
    assert refused.code == "guard.meeting"
