"""The lists of powers: complete, resolvable on every day that matters, and nobody does what they supervise."""

from datetime import date
from pathlib import Path

import pytest

from cunwu.errors import NotFound
from cunwu.law.folders import read_folder
from cunwu.law.packs import check, load
from cunwu.law.powers import MEETING_STEPS

ROOT = Path(__file__).parents[2] / "packs"
CHAINS = {"fangzi": ["cn", "cn-shandong", "fangzi"], "suzhou": ["cn", "suzhou"]}
PACKS = {name: load(names, ROOT) for name, names in CHAINS.items()}
BEFORE, TODAY = date(2025, 6, 1), date(2026, 11, 25)
SUPERVISORS = {"supervision_head", "supervision_member"}
DECIDING = MEETING_STEPS | {"signature", "quotation"}
POWERS = [
    pytest.param(packs, power, id=f"{chain}-{day}-{power.name}")
    for chain, packs in PACKS.items()
    for day in (BEFORE, TODAY)
    for power in packs.powers(day)
]


def kinds(step):
    return [guard.kind for guard in step.guards]


@pytest.mark.parametrize("chain", CHAINS)
def test_both_chains_have_no_fault_and_their_examples_hold(chain):
    assert [str(fault) for fault in check(CHAINS[chain], ROOT)] == []


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("day", [BEFORE, TODAY])
def test_the_thirty_six_are_there_and_every_number_stands_once(chain, day):
    numbers = [power.number for power in PACKS[chain].powers(day)]
    assert set(range(1, 37)) <= set(numbers)
    assert len(numbers) == len(set(numbers))


def test_suzhou_has_fifty_one_in_three_classes_and_says_which_are_its_own():
    powers = PACKS["suzhou"].powers(TODAY)
    assert [power.number for power in powers] == list(range(1, 52))
    assert {power.class_ for power in powers} == {"major_decisions", "daily_management", "public_services"}
    assert {power.basis.confidence for power in powers if power.number > 41} == {"ours"}


def test_no_item_of_the_catalogue_of_powers_poses_as_read():
    for power in PACKS["fangzi"].powers(TODAY):
        if power.number <= 36:
            assert power.basis.confidence == "M"


@pytest.mark.parametrize("chain", CHAINS)
def test_a_power_that_has_begun_resolves_on_every_day_on_which_something_changes(chain):
    folders = [read_folder(name, ROOT) for name in CHAINS[chain]]
    entries = [
        entry for folder in folders for by_name in folder.entries.values() for entry in by_name.values()
    ]
    names = {name for folder in folders for name in folder.entries["powers"]}
    begun = {
        name: min(
            item.from_
            for folder in folders
            if name in folder.entries["powers"]
            for item in folder.entries["powers"][name].history
        )
        for name in names
    }
    for day in {item.from_ for entry in entries for item in entry.history}:
        for name in (name for name in names if begun[name] <= day):
            assert PACKS[chain].power(name, day).steps


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_every_deciding_step_asks_for_recusal(packs, power):
    for step in power.steps:
        consulting = step.meeting is not None and step.meeting.name == "consultation_meeting"
        if step.kind in DECIDING and not consulting:
            assert "recusal" in kinds(step), step.name


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_who_pays_neither_asked_nor_approved_nor_took_delivery(packs, power):
    for index, step in enumerate(power.steps):
        if step.kind == "payment":
            others = {other for guard in step.guards if guard.kind == "separation" for other in guard.others}
            earlier = power.steps[:index]
            wanted = {s.name for s in earlier if s.kind in {"proposal", "quotation", "acceptance"}}
            assert wanted <= others, step.name
            signed = {s.name for s in earlier if s.kind == "signature" and not SUPERVISORS & set(s.by)}
            assert signed - others <= {"countersign", "township_review"}, step.name


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_who_supervises_does_nothing_that_is_supervised(packs, power):
    for step in power.steps:
        if not SUPERVISORS & set(step.by) or power.name == "appraise_committee":
            continue
        assert step.kind in {"site_check", "signature", "objection"}, step.name
        if step.kind != "objection":
            assert set(step.by) <= SUPERVISORS, step.name
            assert "separation" in kinds(step), step.name


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_separation_is_only_asked_from_steps_that_one_person_takes(packs, power):
    for step in power.steps:
        for guard in step.guards:
            assert all(power.step(other).kind not in MEETING_STEPS for other in guard.others)


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_papers_that_are_named_are_asked_for_and_terms_are_in_days(packs, power):
    for step in power.steps:
        assert bool(step.papers) <= ("papers" in kinds(step)), step.name
        assert step.term is None or step.term.unit == "days", step.name


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_objections_are_heard_on_something_published_before(packs, power):
    published = False
    for step in power.steps:
        assert published or "objections" not in kinds(step), step.name
        published = published or step.kind == "disclosure"


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_what_a_matter_publishes_is_no_list_of_people_and_meets_no_duty(packs, power):
    owed = {duty.publication for duty in packs.duties(TODAY)}
    for step in power.steps:
        if step.item is not None:
            assert packs.catalogue_item(step.item, TODAY).expires_days is None, step.name
            assert step.item not in owed, step.name


@pytest.mark.parametrize(("packs", "power"), POWERS)
def test_every_step_says_what_goes_wrong_or_only_keeps_time(packs, power):
    assert power.risk.zh
    for step in power.steps:
        assert step.risk is not None or step.kind in {"disclosure", "objection"}, step.name


def test_compensation_and_income_go_to_the_members_themselves():
    for name in ("distribute_compensation", "distribute_income"):
        decide = PACKS["fangzi"].power(name, TODAY).step("decide")
        assert decide.meeting is not None
        assert decide.meeting.roll == "members"


def test_leases_follow_the_law_of_the_day():
    packs = PACKS["fangzi"]
    meetings = [packs.power("lease_assets", day).step("resolve").meeting for day in (BEFORE, TODAY)]
    assert [meeting.name for meeting in meetings if meeting] == [
        "representatives_meeting",
        "collective_representatives",
    ]


def test_fangzi_and_suzhou_only_add_to_the_four_deliberations():
    for chain, step, kind in (("fangzi", "review", "quorum"), ("suzhou", "discuss", "observed")):
        above = load(CHAINS[chain][:-1], ROOT).power("decide_major_matter", TODAY)
        below = PACKS[chain].power("decide_major_matter", TODAY)
        assert [each.name for each in below.steps] == [each.name for each in above.steps]
        added = list(kinds(below.step(step)))
        for each in kinds(above.step(step)):
            added.remove(each)
        assert added == [kind]


def test_a_power_that_has_not_begun_is_not_there():
    with pytest.raises(NotFound):
        PACKS["fangzi"].power("hold_consultation", date(2025, 12, 31))


def test_a_step_in_a_tightened_procedure_keeps_the_clause_it_had():
    for chain, names in CHAINS.items():
        above = load(names[:-1], ROOT)
        for power in above.powers(TODAY):
            below = PACKS[chain].power(power.name, TODAY)
            for step in power.steps:
                assert below.step(step.name).basis == step.basis, (chain, power.name, step.name)
