"""Meetings, procedures, powers, reserved matters and rights: their faults, what a lower pack may tighten, pinning."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from textwrap import dedent, indent
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cunwu.errors import NotFound
from cunwu.law.packs import check, load
from cunwu.law.powers import GUARD_KEYS, MEETING_STEPS, GuardKind, StepKind
from cunwu.law.procedures import Basis, Limit, MeetingRule, PowerRule, RightRule, digest_of, pinned, unpinned
from cunwu.law.texts import Text

DAY = date(2026, 6, 1)
HEAD = "title: {zh: 题, en: Title}\nreviewed: null\nconfidence: ours\n"
VALUE = (
    HEAD
    + "unit: UNIT\noverridable: any\nhistory:\n  - from: 2020-01-01\n    value: VALUE\n    cite: {source: law}\n"
)


def value(unit: str, amount: str, more: str = "") -> str:
    return VALUE.replace("UNIT", unit).replace("VALUE", amount + more)


MEETING = HEAD + dedent("""\
    overridable: tighten
    history:
      - from: 2020-01-01
        body: [villagers_committee]
        roll: representatives
        offices: [head]
        online: true
        guards:
          - {kind: quorum, shares: [{of: roll, share: two_thirds}]}
          - {kind: majority, shares: [{of: present, share: half}]}
        may_not_decide:
          - {zh: 章程, en: Charter}
        cite: {source: law, article: "30.2"}
    """)
PROCEDURE = HEAD + dedent("""\
    overridable: tighten
    history:
      - from: 2020-01-01
        steps:
          - name: propose
            kind: proposal
            title: {zh: 提议, en: Proposal}
            by: [head, clerk]
            papers:
              - {name: draft, title: {zh: 草案, en: Draft}}
            guards:
              - {kind: papers}
          - name: resolve
            kind: vote
            title: {zh: 决议, en: Resolution}
            meeting: council
            guards:
              - {kind: recusal}
            cite: {source: law, article: "28.1(3)"}
            confidence: P
          - name: publish_it
            kind: disclosure
            title: {zh: 公开, en: Publication}
            by: [clerk]
            item: outcome
          - name: object
            kind: objection
            title: {zh: 异议, en: Objections}
            by: [clerk]
            term: objection
            guards:
              - {kind: objections, days: objection}
          - name: pay
            kind: payment
            title: {zh: 付款, en: Payment}
            by: [cashkeeper]
            above: line
            guards:
              - {kind: separation, others: [propose]}
              - {kind: amount, line: line}
        cite: {source: law}
    """)
GOOD = {
    "land/pack.yaml": 'title: {zh: 国, en: Land}\njurisdiction: ""\nparent: null\n',
    "town/pack.yaml": 'title: {zh: 镇, en: Town}\njurisdiction: "37"\nparent: land\n',
    "land/sources.yaml": (
        "law:\n  title: {zh: 某法, en: Some Law}\n  issuer: {zh: 机关, en: Body}\n  version: {zh: 某年, en: year}\n"
    ),
    "land/values/two_thirds.yaml": value("fraction", '"2/3"'),
    "land/values/half.yaml": value("fraction", '"1/2"', "\n    more_than: true"),
    "land/values/objection.yaml": value("days", "5"),
    "land/values/line.yaml": value("yuan", "20000"),
    "land/values/five.yaml": value("count", "5"),
    "land/meetings/council.yaml": MEETING,
    "land/procedures/deciding.yaml": PROCEDURE,
    "land/powers/works.yaml": HEAD
    + dedent("""\
        history:
          - from: 2020-01-01
            number: 1
            area: decision
            class: major_decisions
            procedure: deciding
            organization: [villagers_committee]
            reserved: [undertakings]
            conditions:
              - {zh: 列入计划, en: In the plan}
            papers: []
            risk: {zh: 拆分, en: Splitting}
            cite: {source: law}
        """),
    "land/reserved/undertakings.yaml": HEAD
    + "history:\n  - {from: 2020-01-01, to: 2026-06-30, delegable: true, cite: {source: law}}\n",
    "land/rights/asking.yaml": HEAD
    + dedent("""\
        history:
          - from: 2020-01-01
            addressed_to: villagers_committee
            backing:
              - {of: voters, share: two_thirds}
              - {of: representatives, share: five}
            answer_days: objection
            follows: {zh: 答复, en: An answer}
            cite: {source: law}
        """),
    "land/catalogue/outcome.yaml": HEAD
    + dedent("""\
        history:
          - from: 2020-01-01
            class: village
            frequency: event
            publisher: [villagers_committee]
            redaction: general
            cite: {source: law}
        """),
    "land/duties/meet.yaml": HEAD
    + dedent("""\
        history:
          - from: 2020-01-01
            who: [villagers_committee]
            frequency: half_yearly
            due: {months_after: 0, day: last, confidence: ours}
            met_by: {meeting: council}
            next_level: township
            cite: {source: law}
        """),
} | {
    f"land/offices/{name}.yaml": HEAD
    + "history:\n  - from: 2020-01-01\n    sits_in: [villagers_committee]\n"
    + "    capabilities: [matters.act]\n    cite: {source: law}\n"
    for name in ("head", "clerk", "cashkeeper")
}
NAMES = ["land", "town"]


@pytest.fixture
def root(tmp_path):
    for name, text in GOOD.items():
        write(tmp_path, name, text)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def spoil(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    write(root, name, text.replace(old, new, 1))


def ask(root: Path, question: str, expect: str) -> list[str]:
    body = f"  - on: 2026-06-01\n    ask: {question}\n    expect: {expect}\n"
    write(root, "land/examples/asked.yaml", "title: {zh: 例, en: Example}\nsituations:\n" + body)
    return [fault.en for fault in check(NAMES, root)]


def test_the_good_chain_is_good(root):
    assert check(NAMES, root) == []


DECIDING, COUNCIL, MEET = (
    "land/procedures/deciding.yaml",
    "land/meetings/council.yaml",
    "land/duties/meet.yaml",
)


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "remedy"),
    [
        (COUNCIL, "{kind: quorum, shares: [{of: roll, share: two_thirds}]}", "{kind: quorum}", "guard_keys", "shares"),
        (COUNCIL, "{kind: majority, shares: [{of: present, share: half}]}", "{kind: majority, days: objection}",
         "guard_keys", "shares"),
        (DECIDING, "{kind: papers}", "{kind: papers, days: objection}", "guard_keys", "—"),
        (DECIDING, "{kind: amount, line: line}", "{kind: amount, line: line, name: x}", "guard_keys", "line"),
        (DECIDING, "    meeting: council\n", "    by: [head]\n", "step_keys", "meeting"),
        (DECIDING, "        by: [cashkeeper]\n", "", "step_keys", "by"),
        (DECIDING, "        item: outcome\n", "", "step_keys", "item"),
        (DECIDING, "kind: proposal", "kind: deliberation", "step_keys", "meeting"),
        (DECIDING, "others: [propose]", "others: [acceptance]", "step_before", "publish_it, resolve"),
        (DECIDING, "others: [propose]", "others: [pay]", "step_before", "publish_it, resolve"),
        (DECIDING, "name: resolve", "name: propose", "doubled", "keep one"),
        (DECIDING, "item: outcome", "item: income", "unknown_name", "catalogue/income.yaml"),
        (DECIDING, "meeting: council", "meeting: senate", "unknown_name", "meetings/senate.yaml"),
        (DECIDING, "by: [clerk]", "by: [scribe]", "unknown_name", "offices/scribe.yaml"),
        (DECIDING, "above: line", "above: lime", "unknown_name", "values/lime.yaml"),
        (DECIDING, "above: line", "above: half", "named_unit", "yuan is asked"),
        (DECIDING, "term: objection", "term: five", "named_unit", "days, months is asked"),
        (DECIDING, "days: objection", "days: half", "named_unit", "land/values/half.yaml"),
        (COUNCIL, "share: half", "share: objection", "named_unit", "it is in days"),
        ("land/rights/asking.yaml", "answer_days: objection", "answer_days: line", "named_unit", "another value"),
        (DECIDING, "kind: payment", "kind: loan", "choice", "'payment'"),
        (COUNCIL, "offices: [head]", "offices: [chief]", "unknown_name", "offices/chief.yaml"),
        (COUNCIL, "share: half", "share: halves", "unknown_name", "values/halves.yaml"),
        (COUNCIL, "of: present", "of: everybody", "choice", "'present'"),
        (DECIDING, "{kind: recusal}", "{kind: recusal, cite: {source: lore}}", "unknown_name", "sources.yaml"),
        ("land/powers/works.yaml", "procedure: deciding", "procedure: dicing", "unknown_name", "procedures/dicing.yaml"),
        ("land/powers/works.yaml", "[undertakings]", "[takings]", "unknown_name", "reserved/takings.yaml"),
        ("land/rights/asking.yaml", "answer_days: objection", "answer_days: soon", "unknown_name", "values/soon.yaml"),
        (MEET, "{meeting: council}", "{meeting: council, publication: outcome}", "met_by", "one of"),
        (MEET, "{meeting: council}", "{}", "met_by", "one of"),
        (MEET, "meeting: council", "meeting: senate", "unknown_name", "meetings/senate.yaml"),
    ],
)  # fmt: skip
def test_a_fault_names_what_to_write(root, name, old, new, code, remedy):
    spoil(root, name, old, new)
    found = [fault for fault in check(NAMES, root) if (fault.file, fault.code) == (name, code)]
    assert found, [fault.sentence("en") for fault in check(NAMES, root)]
    lines = (root / name).read_text(encoding="utf-8").splitlines()
    assert 1 <= found[0].line <= len(lines)
    assert remedy in found[0].en
    assert found[0].zh != found[0].en


def test_every_guard_kind_has_its_keys_and_every_step_kind_its_needs():
    assert set(GUARD_KEYS) == set(get_args(GuardKind))
    assert set(get_args(StepKind)) >= MEETING_STEPS


# What a lower pack may do to a procedure or a meeting that may be tightened.


EXTRA_STEP = indent(
    dedent("""\
    - name: audit
      kind: site_check
      title: {zh: 查看, en: Check}
      by: [clerk]
    """),
    " " * 6,
)


@pytest.mark.parametrize(
    ("entry", "old", "new", "allowed"),
    [
        ("procedures/deciding", "      - name: resolve", EXTRA_STEP + "      - name: resolve", True),
        ("procedures/deciding", "{kind: recusal}", "{kind: recusal}\n          - {kind: papers}", True),
        ("procedures/deciding", "        above: line\n", "", True),
        ("procedures/deciding", "- {name: draft", "- {name: map, title: {zh: 图, en: Map}}\n          - {name: draft", True),
        ("procedures/deciding", "{kind: recusal}", "{kind: papers}", False),
        ("procedures/deciding", "        term: objection\n", "", False),
        ("procedures/deciding", "above: line", "above: higher_line", False),
        ("procedures/deciding", "name: draft", "name: sketch", False),
        ("procedures/deciding", "name: publish_it", "name: announce", False),
        ("procedures/deciding", "meeting: council", "meeting: smaller", False),
        ("meetings/council", "offices: [head]", "offices: [head, clerk]", False),
        ("meetings/council", "roll: representatives", "roll: villagers", False),
        ("meetings/council", "online: true", "online: false", True),
        ("meetings/council", "    guards:\n", "    guards:\n      - {kind: notice, days: objection}\n", True),
        ("meetings/council", "share: two_thirds", "share: half", False),
        ("meetings/council", "      - {kind: majority, shares: [{of: present, share: half}]}\n", "", False),
        ("meetings/council", "    may_not_decide:\n      - {zh: 章程, en: Charter}\n", "", False),
    ],
)  # fmt: skip
def test_a_lower_pack_adds_and_takes_nothing_away(root, entry, old, new, allowed):
    write(root, "land/values/higher_line.yaml", value("yuan", "50000"))
    write(root, "land/meetings/smaller.yaml", MEETING)
    text = GOOD[f"land/{entry}.yaml"]
    assert old in text
    write(root, f"town/{entry}.yaml", text.replace(old, new, 1))
    codes = {fault.code for fault in check(NAMES, root)}
    assert codes == (set() if allowed else {"override"})
    if allowed:
        packs = load(NAMES, root)
        assert [step.pack for step in packs.explain(entry.split("/")[1], DAY) if step.won] == ["town"]


def test_a_power_has_every_figure_and_clause(root):
    rule = load(NAMES, root).power("works", DAY)
    assert [step.name for step in rule.steps] == ["propose", "resolve", "publish_it", "object", "pay"]
    resolve = rule.step("resolve")
    assert [guard.kind for guard in resolve.guards] == ["quorum", "majority", "recusal"]
    assert resolve.meeting.offices == ("head",)
    assert resolve.guards[0].shares[0].limit.needed_of(25) == 17
    assert (resolve.basis.zh, resolve.basis.confidence) == ("《某法》第二十八条第一款第（三）项", "P")
    assert rule.step("object").term.term.days == 5
    assert not rule.step("pay").applies_to(20_000_00)
    assert rule.step("pay").applies_to(20_000_01)
    assert rule.step("resolve").applies_to(None)
    with pytest.raises(KeyError):
        rule.step("audit")
    with pytest.raises(ValueError, match="not in days"):
        _ = rule.step("pay").above.term


@pytest.mark.parametrize(
    ("form", "look_up"),
    [
        (PowerRule, lambda packs: packs.power("works", DAY)),
        (MeetingRule, lambda packs: packs.meeting("council", DAY)),
        (RightRule, lambda packs: packs.right("asking", DAY)),
        (Limit, lambda packs: packs.limit("half", DAY)),
    ],
)
def test_what_is_pinned_comes_back_the_same(root, form, look_up):
    rule = look_up(load(NAMES, root))
    data = pinned(rule)
    assert unpinned(form, data) == rule
    assert pinned(unpinned(form, data)) == data
    assert digest_of(data) == digest_of(pinned(look_up(load(NAMES, root))))
    with pytest.raises(ValidationError):
        unpinned(form, data.replace(b'"title"', b'"tittle"', 1))


def test_pinned_rules_do_not_move_when_the_packs_do(root):
    before = load(NAMES, root)
    data = pinned(before.power("works", DAY))
    spoil(root, "land/values/two_thirds.yaml", '"2/3"', '"3/4"')
    after = load(NAMES, root)
    assert after.power_digests(DAY)["works"] != before.power_digests(DAY)["works"] == digest_of(data)
    assert unpinned(PowerRule, data).step("resolve").guards[0].shares[0].limit.value == "2/3"


def test_a_guard_with_a_clause_of_its_own_is_refused_by_that_clause(root):
    spoil(
        root,
        "land/procedures/deciding.yaml",
        "{kind: recusal}",
        '{kind: recusal, cite: {source: law, article: "7(3)"}}',
    )
    resolve = load(NAMES, root).power("works", DAY).step("resolve")
    assert [guard.basis.zh for guard in resolve.guards] == ["《某法》"] * 2 + ["《某法》第七条第（三）项"]
    assert resolve.guards[2].basis.sentence("zh-hans") == "《某法》第七条第（三）项"
    assert resolve.guards[2].basis.sentence("en") == "Some Law, Article 7, item 3"


def test_a_power_whose_parts_are_not_in_force_is_not_in_force(root):
    with pytest.raises(NotFound) as refused:
        load(NAMES, root).power("works", date(2019, 1, 1))
    assert refused.value.code == "law.not_in_force"


@pytest.mark.parametrize(
    ("question", "answer", "wrong"),
    [
        ("{needed: two_thirds, whole: 25}", "17", "16"),
        ("{needed: half, whole: 24}", "13", "12"),
        ("{needed: five, whole: 900}", "5", "6"),
        ("{steps: works}", '"propose, resolve, publish_it, object, pay"', '"propose"'),
        ("{guards: [works, resolve]}", '"quorum, majority, recusal"', '"quorum"'),
        ("{guards: [works, publish_it]}", '""', "none"),
        ("{reserved: undertakings}", "true", "false"),
        ("{backing: [asking, voters, 100]}", "67", "66"),
        ("{backing: [asking, representatives, 40]}", "5", "6"),
        ("{backing: [asking, members, 40]}", "null", "0"),
        ("{due: meet, period: 2026H1}", "2026-06-30", "2026-07-31"),
    ],
)
def test_an_example_asks_and_is_answered(root, question, answer, wrong):
    assert ask(root, question, answer) == []
    (fault,) = ask(root, question, wrong)
    assert "expected" in fault


def test_what_an_example_asks_must_exist(root):
    for question, words in (
        ("{guards: [works, vote]}", "propose, resolve"),
        ("{guards: [work, resolve]}", "work"),
        ("{steps: work}", "work"),
        ("{reserved: undertaking}", "undertaking"),
        ("{backing: [ask, voters, 3]}", "ask"),
        ("{needed: two_thirds}", "whole"),
        ("{backing: [asking, voters]}", "RIGHT, ROLL, SIZE"),
        ("{backing: [asking, voters, many]}", "RIGHT, ROLL, SIZE"),
    ):
        assert any(words in fault for fault in ask(root, question, "1")), question


def test_what_was_reserved_ends_with_its_day(root):
    packs = load(NAMES, root)
    assert [p.name for p in packs.reserved(date(2026, 6, 30))] == ["undertakings"]
    assert packs.reserved(date(2026, 7, 1)) == []


def limit(amount: str, unit: str, more_than: bool) -> Limit:
    return Limit(
        name="x",
        title=Text(zh="题", en="title"),
        value=amount,
        unit=unit,
        more_than=more_than,
        counting="calendar",
        first_day_counted=False,
        rolls="no",
        basis=Basis(zh="法", en="law", confidence="P"),
    )


shares = st.fractions(min_value=0, max_value=1, max_denominator=20)


@given(shares, st.integers(0, 10_000), st.booleans())
def test_what_is_needed_is_the_least_count_that_suffices(share, whole, more_than):
    needed = limit(str(share), "fraction", more_than).needed_of(whole)

    def suffices(count: int) -> bool:
        return Fraction(count) > share * whole if more_than else Fraction(count) >= share * whole

    assert suffices(needed)
    assert needed == 0 or not suffices(needed - 1)


@given(st.integers(1, 1000), st.integers(0, 10_000), st.booleans())
def test_a_plain_count_does_not_depend_on_the_whole(count, whole, more_than):
    assert limit(str(count), "count", more_than).needed_of(whole) == count


def test_half_of_an_even_number_is_not_more_than_half():
    assert limit("1/2", "fraction", True).needed_of(24) == 13
    assert limit("1/2", "fraction", False).needed_of(24) == 12
    assert limit("1/2", "fraction", True).needed_of(25) == limit("1/2", "fraction", False).needed_of(25) == 13
    assert limit("2/3", "fraction", False).needed_of(24) == 16
