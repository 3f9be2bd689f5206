"""The packs of this repository: their examples, what they must hold, and how look-ups answer."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from cunwu.duties.actions import KINDS
from cunwu.errors import Invalid, NotFound
from cunwu.law.capabilities import CAPABILITIES
from cunwu.law.entries import FREQUENCIES
from cunwu.law.packs import check, load
from cunwu.law.periods import Period
from cunwu.portal.places import _sortable
from cunwu.portal.wording import WORDS

ROOT = Path(__file__).parents[2] / "packs"
NAMES = ["cn", "cn-shandong", "fangzi"]
TODAY = date(2026, 11, 21)
PACKS = load(NAMES, ROOT)


def test_the_packs_have_no_fault_and_their_examples_hold():
    assert [str(fault) for fault in check(NAMES, ROOT)] == []


@pytest.mark.parametrize("names", [["cn"], ["cn", "cn-shandong"], ["cn", "cn-zhejiang"]])
def test_every_upper_part_of_the_chain_stands_by_itself(names):
    assert check(names, ROOT) == []


def test_every_pack_has_examples():
    for name in (*NAMES, "cn-zhejiang"):
        assert list((ROOT / name / "examples").glob("*.yaml"))


def test_national_law_prevails_over_a_province_that_asks_for_less():
    assert PACKS.value("board_days", date(2025, 12, 1)).value == 5
    assert PACKS.value("board_days", date(2026, 2, 1)).value == 15
    nation, province, county = PACKS.explain("board_days", date(2026, 2, 1))
    assert (nation.won, province.won, county.won) == (True, False, False)
    assert province.provision.value == 5
    assert county.provision is None
    assert "more" in province.reason.en
    before = PACKS.explain("board_days", date(2025, 12, 1))
    assert [step.won for step in before] == [False, True, False]
    assert before[0].provision is None


def test_a_provision_says_where_it_stands_and_who_read_it():
    found = PACKS.value("board_days", TODAY)
    assert found.cite.zh == "《村民委员会组织法》第三十五条第四款"
    assert found.cite.en == "Organic Law of the Villagers' Committees, Article 35, paragraph 4"
    assert (found.from_, found.to, found.pack, found.read_in_source) == (date(2026, 1, 1), None, "cn", True)
    assert found.as_json() == {
        "name": "board_days",
        "value": 15,
        "source": "village_law_2025",
        "article": "35.4",
        "zh": found.cite.zh,
        "en": found.cite.en,
        "from": "2026-01-01",
        "to": None,
        "pack": "cn",
        "confidence": "P",
        "reviewed": "2026-11-21",
        "read_in_source": True,
    }


def test_an_older_version_of_a_law_ends_the_day_before_the_newer_begins():
    found = PACKS.value("general_disclosure_frequency", date(2025, 12, 31))
    assert (found.cite.article, found.to) == ("30.3", date(2025, 12, 31))


def test_what_nobody_read_never_counts_as_read():
    for item in PACKS.catalogue(TODAY):
        assert item.provision.read_in_source == (item.provision.confidence == "P")
    assert not PACKS.catalogue_item("procurement", TODAY).provision.read_in_source
    national_only = load(["cn"], ROOT)
    assert not national_only.duty("publish_finance_monthly", TODAY).provision.read_in_source
    assert PACKS.duty("publish_finance_monthly", TODAY).provision.read_in_source


def test_the_monthly_statement():
    item = PACKS.catalogue_item("finance_monthly", TODAY)
    assert (item.title.zh, item.title.en) == ("财务收支情况（逐项逐笔）", "Itemized financial statement")
    assert (item.class_, item.frequency, item.joint_meeting) == ("finance", "monthly", True)
    assert (item.reviewer, item.board_days) == ("supervision_committee", "board_days")
    assert (item.due.months_after, item.due.day, item.due.confidence) == (1, "last", "ours")
    assert PACKS.days(item.objection_days, TODAY) == PACKS.days(item.answer_days, TODAY) == 5
    assert item.supervision_objection_days
    assert PACKS.value(item.supervision_objection_days, TODAY).cite.zh.endswith("第十六条第一款")
    duty = PACKS.duty("publish_finance_monthly", TODAY)
    assert (duty.publication, duty.who, duty.next_level) == (
        "finance_monthly",
        ("villagers_committee",),
        "township",
    )


def test_the_nine_items_of_the_statute_are_there():
    articles = {item.provision.cite.article for item in PACKS.catalogue(TODAY)}
    assert {f"7({number})" for number in range(1, 10)} <= articles


def test_every_day_of_a_catalogue_item_can_be_counted():
    for day in (date(2024, 1, 1), date(2025, 12, 31), TODAY):
        for item in PACKS.catalogue(day):
            for name in (
                item.board_days,
                item.objection_days,
                item.supervision_objection_days,
                item.answer_days,
                item.expires_days,
            ):
                assert name is None or PACKS.days(name, day) >= 1


def test_offices_hold_only_known_capabilities_and_every_capability_is_held():
    held = set().union(*(office.capabilities for office in PACKS.offices.values()))
    assert held == set(CAPABILITIES)


def test_separations_hold_whichever_office_comes_first_and_add_up():
    one = PACKS.separation("committee_head", "supervision_member", TODAY)
    assert one == PACKS.separation("supervision_member", "committee_head", TODAY)
    assert one.cite.zh == "《村民委员会组织法》第三十七条第一款"
    assert PACKS.separation("supervision_head", "clerk", TODAY).cite.source.name == "shandong_disclosure"
    assert PACKS.separation("supervision_head", "party_secretary", TODAY).confidence == "V"
    assert PACKS.separation("party_secretary", "committee_head", TODAY) is None
    assert all(step.won for step in PACKS.explain("supervision_head", TODAY) if step.provision)


def test_who_supervises_does_not_start_what_it_supervises():
    for name, office in PACKS.offices.items():
        if "disclosure.sign" in office.capabilities or "supervisor" in name:
            assert "matters.open" not in office.capabilities, name
            assert "matters.act" in office.capabilities, name


def test_who_takes_a_step_may_act_and_somebody_who_takes_the_first_may_open():
    for power in PACKS.powers(TODAY):
        for step in power.steps:
            for office in step.by:
                assert "matters.act" in PACKS.office(office).capabilities, (power.name, step.name, office)
        first = power.steps[0]
        if first.by:
            assert any("matters.open" in PACKS.office(o).capabilities for o in first.by), power.name


def test_every_meeting_of_officers_names_them_and_one_of_them_may_hold_it():
    for meeting in PACKS.meetings(TODAY):
        assert meeting.roll != "officers" or meeting.offices, meeting.name
        if meeting.offices:
            able = [o for o in meeting.offices if "meetings.hold" in PACKS.office(o, TODAY).capabilities]
            assert able, meeting.name


def test_nine_groups_were_reserved_and_six_are():
    nation = load(["cn"], ROOT)
    assert len(nation.reserved(date(2025, 12, 31))) == 9
    assert len(nation.reserved(date(2026, 1, 1))) == 6
    articles = {p.cite.article for p in nation.reserved(TODAY)}
    assert articles == {f"28.1({number})" for number in range(1, 7)}
    assert {p.cite.article for p in nation.reserved(date(2025, 12, 31))} == {
        f"24.1({n})" for n in range(1, 10)
    }


def test_a_duty_met_by_a_meeting_falls_to_a_body_that_holds_it():
    """The body that owes it, or the place's organization that convenes it, is among those whose meeting it is."""
    for duty in PACKS.duties(TODAY):
        if duty.meeting is not None:
            assert set(duty.who) & set(PACKS.meeting(duty.meeting, TODAY).body), duty.name
            assert duty.due.months_after == 0, duty.name


def test_every_frequency_has_its_period_and_its_words():
    recurring = set(FREQUENCIES) - {"event"}
    assert set(KINDS) == recurring
    assert {f"frequency_{name}" for name in FREQUENCIES} <= set(WORDS)
    asc = ["2026-05", "2026-06", "2026Q2", "2026H1", "2026-07", "2026-12", "2026Q4", "2026H2", "2026"]
    assert sorted(asc, key=_sortable) == asc
    assert all(str(Period.parse(text)) == text for text in asc)


def test_no_reviewer_can_hold_an_office_that_publishes():
    """Who signs for the supervisory committee never prepares or publishes what is signed."""
    for name, office in PACKS.offices.items():
        if "disclosure.sign" in office.capabilities:
            assert not office.capabilities & {"books.keep", "disclosure.prepare", "disclosure.publish"}, name


def test_what_is_not_there_is_refused():
    for look_up, code in (
        (lambda: PACKS.value("bord_days", TODAY), "law.unknown"),
        (lambda: PACKS.source("nowhere"), "law.unknown"),
        (lambda: PACKS.explain("bord_days", TODAY), "law.unknown"),
        (lambda: PACKS.office("mayor"), "law.unknown"),
        (lambda: PACKS.value("board_days", date(2017, 1, 1)), "law.not_in_force"),
        (lambda: PACKS.catalogue_item("procurement", date(2022, 7, 4)), "law.not_in_force"),
        (lambda: PACKS.office("supervision_head", date(2018, 10, 1)), "law.not_in_force"),
    ):
        with pytest.raises(NotFound) as refused:
            look_up()
        assert refused.value.code == code


def test_a_share_is_no_term():
    with pytest.raises(Invalid) as refused:
        PACKS.days("request_villagers", TODAY)
    assert refused.value.code == "law.not_a_term"


def test_sources_are_found_with_their_version():
    assert PACKS.source("village_law_2018").to == date(2025, 12, 31)
    assert PACKS.source("village_law_2025").from_ == date(2026, 1, 1)


def test_the_digest_changes_with_content_only(tmp_path):
    shutil.copytree(ROOT, tmp_path / "packs")
    copy = tmp_path / "packs"
    assert load(NAMES, copy).digest == PACKS.digest
    file = copy / "cn" / "values" / "board_days.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("# a remark\n" + "\n".join([*lines[1:], lines[0]]) + "\n", encoding="utf-8")
    assert load(NAMES, copy).digest == PACKS.digest
    file.write_text(file.read_text(encoding="utf-8").replace("value: 15", "value: 16"), encoding="utf-8")
    assert load(NAMES, copy).digest != PACKS.digest
    assert load(["cn"], ROOT).digest != PACKS.digest
