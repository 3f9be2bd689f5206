"""Every fault of a pack: file, line, what is wrong, what to write. A small chain is written, then spoilt."""

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from cunwu.errors import Invalid, NotFound
from cunwu.law.chain import candidates_of, sources_of
from cunwu.law.packs import check, load, read_packs
from cunwu.law.terms import DutyRule

GOOD = {
    "land/pack.yaml": """\
        title: {zh: 国, en: Land}
        jurisdiction: ""
        parent: null
        """,
    "land/sources.yaml": """\
        law:
          title: {zh: 某法, en: Some Law}
          issuer: {zh: 某机关, en: Some Body}
          version: {zh: 某年, en: some year}
          from: 2020-01-01
        """,
    "land/values/board.yaml": """\
        title: {zh: 天数, en: Days}
        reviewed: 2026-01-01
        confidence: P
        unit: days
        overridable: higher
        history:
          - from: 2020-01-01
            to: 2020-12-31
            value: 10
            cite: {source: law, article: "1"}
          - from: 2021-01-01
            value: 15
            cite: {source: law, article: "2.1"}
        """,
    "land/offices/clerk.yaml": """\
        title: {zh: 文书, en: Clerk}
        reviewed: 2026-01-01
        confidence: P
        history:
          - from: 2020-01-01
            sits_in: [villagers_committee]
            capabilities: [duties.read]
            cite: {source: law}
        """,
    "land/catalogue/accounts.yaml": """\
        title: {zh: 账, en: Accounts}
        reviewed: null
        confidence: M
        history:
          - from: 2020-01-01
            class: finance
            frequency: monthly
            publisher: [villagers_committee]
            due: {months_after: 1, day: last, confidence: ours}
            board_days: board
            redaction: finance
            cite: {source: law}
        """,
    "land/duties/publish.yaml": """\
        title: {zh: 公布, en: Publish}
        reviewed: null
        confidence: M
        history:
          - from: 2020-01-01
            who: [villagers_committee]
            frequency: monthly
            due: {months_after: 1, day: last, confidence: ours}
            met_by: {publication: accounts}
            next_level: township
            cite: {source: law}
        """,
    "land/calendar/2026.yaml": """\
        title: {zh: 放假, en: Holidays}
        reviewed: null
        confidence: V
        cite: {source: law}
        provisional: false
        off:
          - title: {zh: 元旦, en: New Year}
            from: 2026-01-01
            to: 2026-01-03
        work:
          - 2026-01-04
        """,
    "land/examples/days.yaml": """\
        title: {zh: 例, en: Example}
        situations:
          - on: 2021-01-01
            ask: {value: board}
            expect: 15
        """,
    "land/values/part.yaml": """\
        title: {zh: 比例, en: Share}
        reviewed: null
        confidence: S
        unit: fraction
        history:
          - from: 2020-01-01
            value: "2/3"
            cite: {source: law}
        """,
    "land/rules/unpaid.yaml": """\
        title: {zh: 欠款, en: Unpaid}
        reviewed: null
        confidence: ours
        history:
          - from: 2020-01-01
            thresholds: {days: 90}
            cite: {source: law}
        """,
    "land/powers/clearing.yaml": """\
        title: {zh: 清理, en: Clearing}
        reviewed: null
        confidence: ours
        history:
          - from: 2020-01-01
            number: 1
            area: assets
            class: daily_management
            procedure: clearing_steps
            organization: [villagers_committee]
            risk: {zh: 走过场, en: For show}
            cite: {source: law}
        """,
    "land/procedures/clearing_steps.yaml": """\
        title: {zh: 清理步骤, en: Steps}
        reviewed: null
        confidence: ours
        history:
          - from: 2020-01-01
            steps:
              - {name: propose, kind: proposal, title: {zh: 提出, en: Propose}, by: [clerk]}
            cite: {source: law}
        """,
    "land/programmes/clean_up.yaml": """\
        title: {zh: 清理行动, en: Clean-up}
        reviewed: null
        confidence: ours
        history:
          - from: 2020-01-01
            to: 2026-12-31
            clears: [contracts, arrears]
            power: clearing
            phases:
              - {name: pilot, title: {zh: 试点, en: Pilot}}
              - {name: all_villages, title: {zh: 推开, en: All villages}}
            levels:
              - {name: village, title: {zh: 村, en: Village}, offices: [clerk], answers_for: {zh: 底数, en: Stock}}
            outcomes: [collected, sued]
            card_reply_days: board
            card_term: board
            cite: {source: law, article: "9"}
        """,
    "town/pack.yaml": """\
        title: {zh: 镇, en: Town}
        jurisdiction: "37"
        parent: land
        """,
    "town/values/board.yaml": """\
        title: {zh: 天数, en: Days}
        reviewed: null
        confidence: S
        unit: days
        history:
          - from: 2022-01-01
            value: 20
            cite: {source: law}
        """,
}


@pytest.fixture
def root(tmp_path):
    for name, text in GOOD.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return tmp_path


def spoil(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert old in text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_good_chain_is_good(root):
    assert check(["land", "town"], root) == []


BOARD = "land/values/board.yaml"
CLERK = "land/offices/clerk.yaml"
ACCOUNTS = "land/catalogue/accounts.yaml"
PUBLISH = "land/duties/publish.yaml"
YEAR = "land/calendar/2026.yaml"
PART = "land/values/part.yaml"
UNPAID = "land/rules/unpaid.yaml"
CLEAN_UP = "land/programmes/clean_up.yaml"
CASES = [
    # file, what stands there, what is written instead, line, code, words of the remedy
    (BOARD, "value: 10", "valeu: 10", 9, "key_close", "value"),
    (BOARD, "unit: days", "unit: days\nweight: 3", 5, "key_unknown", "overridable"),
    (CLERK, "cite: {source: law}", "cite: {source: law, page: 3}", 8, "key_unknown", "article"),
    (BOARD, '    cite: {source: law, article: "1"}\n', "", 7, "uncited", "cite: {source"),
    (YEAR, "cite: {source: law}\n", "", 1, "uncited", "cite: {source"),
    (BOARD, "title: {zh: 天数, en: Days}", "title: {zh: 天数}", 1, "language_en", "en:"),
    (BOARD, "title: {zh: 天数, en: Days}", "title: {en: Days}", 1, "language_zh", "zh:"),
    (BOARD, "title: {zh: 天数, en: Days}", "title: 天数", 1, "form", "docs/packs.md"),
    (BOARD, "reviewed: 2026-01-01\n", "", 1, "missing", "reviewed:"),
    (BOARD, "reviewed: 2026-01-01", "reviewed: null", 2, "read_when", "reviewed"),
    (BOARD, "confidence: P", "confidence: X", 3, "choice", "'ours'"),
    (BOARD, "source: law, article", "source: lore, article", 10, "unknown_name", "sources.yaml"),
    (BOARD, 'article: "1"', 'article: "第一条"', 10, "value", "7(3)"),
    (BOARD, "from: 2020-01-01", "from: 2020-02-30", 7, "day", "2026-01-01"),
    (BOARD, "from: 2020-01-01", "from: soon", 7, "date", "2026-01-01"),
    (BOARD, "from: 2021-01-01", "from: 2019-01-01", 11, "order", "early to late"),
    (BOARD, "to: 2020-12-31", "to: 2019-12-31", 8, "order", "early to late"),
    (BOARD, "to: 2020-12-31", "to: 2021-06-30", 11, "overlap", "change one"),
    (BOARD, "value: 10", "value: ten", 9, "unit", "whole numbers"),
    (BOARD, "value: 10", "value: 1.5", 9, "point", "fen"),
    (BOARD, "value: 10", "value: true", 9, "form", "docs/packs.md"),
    (BOARD, "value: 10", "value: &ten 10", 9, None, ""),
    (BOARD, "value: 10", "value: !!python/none 10", 9, "tag", "remove"),
    (BOARD, "value: 10", "value: 10\n    value: 11", 10, "doubled", "keep one"),
    (BOARD, "value: 10", "value: [10", 10, "yaml", "indentation"),
    (BOARD, "unit: days", "unit: &u days\nnote: {zh: *u, en: b}", 4, "alias", "write the content out"),
    (CLERK, "[duties.read]", "[duties.write]", 7, "value", "duties.read"),
    (CLERK, "    capabilities: [duties.read]\n", "", 5, "office_begins", "capabilities"),
    (CLERK, "    cite: {source: law}", "    excludes: [{office: mayor, cite: {source: law}}]\n    cite: {source: law}", 8,
     "unknown_name", "offices/mayor.yaml"),
    (ACCOUNTS, "board_days: board", "board_days: bord", 10, "unknown_name", "values/bord.yaml"),
    (ACCOUNTS, "day: last", "day: 31", 9, "form", "docs/packs.md"),
    (PUBLISH, "publication: accounts", "publication: account", 9, "unknown_name", "catalogue/account.yaml"),
    (PUBLISH, "frequency: monthly", "frequency: weekly", 7, "choice", "'monthly'"),
    (YEAR, "- 2026-01-04", "- 2026-01-05", 11, "weekday", "weekend"),
    (YEAR, "- 2026-01-04", "- 2027-01-03", 11, "outside_year", "that year"),
    (YEAR, "- 2026-01-04", "- 2026-01-03", 11, "off_and_worked", "keep one"),
    (YEAR, "to: 2026-01-03", "to: 2025-12-31", 9, "outside_year", "that year"),
    (YEAR, "from: 2026-01-01", "from: 2026-01-09", 9, "order", "early to late"),
    (YEAR, "cite: {source: law}", "cite: {source: lore}", 4, "unknown_name", "sources.yaml"),
    (PART, '"2/3"', '"two thirds"', 7, "unit", "shares"),
    (PART, '"2/3"', '"2/0"', 7, "unit", "shares"),
    (PART, '"2/3"', '"3/2"', 7, "unit", "shares"),
    (PART, '"2/3"', '"0/3"', 7, "unit", "shares"),
    (PART, '"2/3"', '"-2/3"', 7, "unit", "shares"),
    (PART, '"2/3"', '"1e999999999"', 7, "unit", "shares"),
    (UNPAID, "{days: 90}", "{months: 3}", 6, "rule_thresholds", "days"),
    (UNPAID, "    thresholds: {days: 90}\n", "", 5, "rule_thresholds", "days"),
    ("land/rules/overpaid.yaml", "", GOOD[UNPAID], 1, "rule_name", "unpaid"),
    (CLEAN_UP, "name: all_villages", "name: pilot", 11, "doubled", "keep one"),
    (CLEAN_UP, "offices: [clerk]", "offices: [mayor]", 13, "unknown_name", "offices/mayor.yaml"),
    (CLEAN_UP, "card_term: board", "card_term: part", 16, "named_unit", "days, months is asked"),
    (CLEAN_UP, "clears: [contracts, arrears]", "clears: [weeds]", 7, "choice", "'contracts'"),
    ("land/examples/days.yaml", "expect: 15", "expect: 16", 5, "example", "check the example"),
    ("land/examples/days.yaml", "value: board", "value: bord", 5, "example", "bord"),
    ("land/examples/days.yaml", "{value: board}", "{value: board, frequency: accounts}", 4, "value", "one question"),
    ("town/pack.yaml", "parent: land", "parent: sea", 3, "parent", "sea"),
    ("town/values/board.yaml", "value: 20", "value: 5", 6, "override", "overridable"),
    ("town/values/publish.yaml", "", GOOD["town/values/board.yaml"], 1, "name_taken", "another name"),
    ("town/sources.yaml", "", GOOD["land/sources.yaml"], 1, "name_taken", "another name"),
    ("town/offices/clerk.yaml", "", GOOD["land/offices/clerk.yaml"], 6, "override", "overridable"),
    ("town/values/Board-Days.yaml", "", "a: 1", 1, "file_name", "lower-case"),
    ("town/values/more/board.yaml", "", "a: 1", 1, "file_name", "one folder deep"),
    ("town/rules.txt", "", "a: 1", 1, "file_name", "has no place"),
    ("town/values/empty.yaml", "", "# nothing\n", 1, "empty", "key: value"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "code", "remedy"),
    CASES,
    ids=[f"{c[0]}-{c[4]}-{n}" for n, c in enumerate(CASES)],
)
def test_a_fault_names_file_line_and_remedy(root, name, old, new, line, code, remedy):
    spoil(root, name, old, dedent(new) if old == "" else new)
    faults = check(["land", "town"], root)
    if code is None:
        assert faults == []
        return
    found = [fault for fault in faults if fault.file == name and fault.code == code]
    assert found, [fault.sentence("en") for fault in faults]
    assert found[0].line == line, found[0]
    assert remedy in found[0].sentence("en")
    assert str(found[0]).startswith(f"{name}:{line}: ")
    assert found[0].zh != found[0].en


def test_every_fault_is_told_not_only_the_first(root):
    spoil(root, BOARD, "value: 10", "valeu: 10")
    spoil(root, CLERK, "[duties.read]", "[duties.write]")
    spoil(root, PUBLISH, "publication: accounts", "publication: account")
    spoil(root, "town/pack.yaml", "parent: land", "parent: sea")
    faults = check(["land", "town"], root)
    assert {fault.file for fault in faults} == {BOARD, CLERK, PUBLISH, "town/pack.yaml"}
    assert faults == sorted(faults)


def test_a_broken_file_is_not_reported_as_missing_where_it_is_named(root):
    spoil(root, BOARD, "unit: days", "unit: weeks")
    assert {fault.file for fault in check(["land", "town"], root)} == {BOARD}


def test_a_pack_that_is_not_there(root):
    (fault,) = check(["land", "village"], root)
    assert (fault.file, fault.code) == ("village/pack.yaml", "no_pack")
    (fault,) = check(["../land"], root)
    assert fault.code == "no_pack"


def test_a_child_without_its_parent(root):
    assert "parent" in {fault.code for fault in check(["town"], root)}


def test_a_file_that_is_not_utf8(root):
    (root / BOARD).write_bytes("title: 天数".encode("gbk"))
    assert {fault.code for fault in check(["land", "town"], root)} == {"encoding"}


def test_faulty_packs_are_not_loaded(root):
    spoil(root, BOARD, "value: 10", "valeu: 10")
    with pytest.raises(Invalid) as refused:
        load(["land", "town"], root)
    assert refused.value.code == "law.packs_faulty"
    assert f"{BOARD}:7: 缺少" in refused.value.zh
    assert f"{BOARD}:7: " in refused.value.en
    assert refused.value.details == {"faults": 2}


def test_a_programme_has_its_figures_and_ends_with_its_day(root):
    packs = load(["land", "town"], root)
    (programme,) = packs.programmes(date(2026, 6, 1))
    assert programme == packs.programme("clean_up", date(2026, 6, 1))
    assert [phase.name for phase in programme.phases] == ["pilot", "all_villages"]
    assert (programme.card_reply.value, programme.report, programme.basis.en) == (
        "20",
        None,
        "Some Law, Article 9",
    )
    assert packs.programmes(date(2027, 1, 1)) == []
    with pytest.raises(NotFound) as refused:
        packs.programme("clean_up", date(2027, 1, 1))
    assert refused.value.code == "law.not_in_force"


def test_a_term_in_months_is_no_number_of_days(root):
    spoil(root, "land/values/term.yaml", "", dedent(GOOD[BOARD]).replace("unit: days", "unit: months"))
    packs = load(["land"], root)
    assert packs.rule("term", date(2021, 6, 1)).months == 15
    with pytest.raises(Invalid) as refused:
        packs.days("term", date(2021, 6, 1))
    assert refused.value.code == "law.not_a_term"


def test_a_local_figure_may_be_absent(root):
    packs = load(["land"], root)
    found = packs.limit_if_any("board", date(2021, 6, 1))
    assert found is not None
    assert found.value == "15"
    assert packs.limit_if_any("board", date(2019, 6, 1)) is None
    assert packs.limit_if_any("boards", date(2021, 6, 1)) is None


def test_an_entry_taken_for_another_kind_is_our_own_mistake(root):
    folders = read_packs(["land"], root)
    (value, *_) = candidates_of(folders, "values", sources_of(folders))["board"]
    (duty, *_) = candidates_of(folders, "duties", sources_of(folders))["publish"]
    assert DutyRule.of(duty).name == "publish"
    with pytest.raises(TypeError, match="ValueItem where DutyTerms is meant"):
        DutyRule.of(value)
    with pytest.raises(TypeError, match="DutyEntry where ValueEntry is meant"):
        _ = duty.value_entry


@pytest.mark.parametrize(
    ("direction", "local", "holds"),
    [
        ("no", 20, 15),
        ("any", 5, 5),
        ("higher", 20, 20),
        ("higher", 5, 15),
        ("lower", 5, 5),
        ("lower", 20, 15),
    ],
)
def test_a_lower_level_holds_only_in_the_direction_allowed(root, direction, local, holds):
    """The local item is older than the national one, so what it asks is no fault: it is overtaken."""
    spoil(root, BOARD, "overridable: higher", f'overridable: "{direction}"')
    spoil(root, "town/values/board.yaml", "value: 20", f"value: {local}")
    spoil(root, "town/values/board.yaml", "from: 2022-01-01", "from: 2019-01-01")
    packs = load(["land", "town"], root)
    assert packs.value("board", date(2019, 6, 1)).value == local
    assert packs.value("board", date(2021, 6, 1)).value == holds
    won = [step.pack for step in packs.explain("board", date(2021, 6, 1)) if step.won]
    assert won == ["land" if holds == 15 else "town"]
