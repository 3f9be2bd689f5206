"""New packs held against what was done: open matters that they would rule otherwise, and past votes that would be lost."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from cunwu.errors import Invalid, NotFound
from cunwu.law import packs
from cunwu.law.procedures import digest_of, pinned
from cunwu.org.models import AuditEntry, DataOrigin
from cunwu.procedures import matters
from cunwu.procedures.guards import Ballot
from cunwu.procedures.models import Matter, PinnedRule
from cunwu.procedures.queries import standings
from cunwu.procedures.replay import replay
from procedures.conftest import Hall, current

pytestmark = pytest.mark.slow

NAMES = ("cn", "cn-shandong", "fangzi")


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """The packs with four fifths instead of two thirds for land that goes to outsiders."""
    folder = tmp_path / "packs"
    shutil.copytree(settings.PACKS, folder)
    value = folder / "cn" / "values" / "land_outsiders_majority.yaml"
    value.write_text(value.read_text(encoding="utf-8").replace('"2/3"', '"4/5"'), encoding="utf-8")
    return folder


@pytest.fixture
def decided(hall: Hall, now: datetime) -> Matter:
    """A lease on which 20 of 28 voted in favour, with three opposed: enough for two thirds (19), not for four fifths."""
    DataOrigin.objects.create(pk=1, kind=DataOrigin.Kind.DEMO)
    village = hall.village
    member = hall.appoint("钱进", "committee_member", village.committee)
    hall.appoint("郑好", "committee_member", village.committee)
    lease = matters.open_matter(
        village.xiulan, village.committee, "lease_land", "李家洼荒地发包", amount_fen=1_200_000, now=now
    )
    hall.take(member, current(lease), now)
    hall.take(village.li, current(lease), now)
    hall.attach(village.clerk, current(lease), now)
    hall.hold(village.clerk, current(lease), now, observers=[village.zhao])
    hall.hold(village.clerk, current(lease), now)
    hall.hold(village.clerk, current(lease), now, votes=Ballot(20, 3), observers=[village.zhao])
    assert current(lease).name == "publish_decision"
    return lease


def test_a_stricter_majority_would_have_refused_one_vote_and_says_by_how_much(
    decided: Matter, stricter: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (AuditEntry.objects.count(), PinnedRule.objects.count())
    call_command("packs", "try", str(stricter), "lease_land", "--from", "2026-01-01", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["tried"], told["refused"]) == (1, 1)
    (step,) = told["steps"]
    assert (step["matter"], step["step"], step["code"]) == (decided.public_id, "resolve", "guard.majority")
    assert "应到28人，赞成20票，须有23票，还差3票" in step["zh"]
    assert "农村土地承包法" in step["zh"]
    assert (AuditEntry.objects.count(), PinnedRule.objects.count()) == before
    call_command("packs", "try", str(stricter), "land_lease", "--from", "2026-01-01")
    assert "resolve" not in capsys.readouterr().err


def test_the_rules_in_force_refuse_nothing_of_what_they_let_pass(
    decided: Matter, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("packs", "try", str(settings.PACKS), "lease_land", "--from", "2026-01-01", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "packs": list(NAMES), "tried": 1, "refused": 0, "steps": []
    }  # fmt: skip
    call_command("packs", "try", str(settings.PACKS), "lease_land", "--from", "2026-12-01", "--json")
    assert json.loads(capsys.readouterr().out)["tried"] == 0


def test_an_office_a_paper_and_a_step_that_the_new_procedure_demands(
    decided: Matter, stricter: Path, now: datetime
) -> None:
    procedure = stricter / "fangzi" / "procedures" / "land_lease.yaml"
    text = procedure.read_text(encoding="utf-8")
    assert "      - name: propose\n" in text
    text = text.replace("by: [committee_member, collective_director, accountant]", "by: [accountant]")
    extra = (
        "      - name: survey\n        kind: site_check\n        title: {zh: 实地测量, en: Survey}\n"
        "        by: [supervision_member]\n      - name: propose\n"
    )
    procedure.write_text(text.replace("      - name: propose\n", extra), encoding="utf-8")
    power = packs.load(NAMES, stricter).power("lease_land", now.date())
    found = [(each.rule.name, each.refusal.code) for each in replay(decided, power)]
    assert found == [
        ("inventory", "step.office"),
        ("survey", "step.not_taken"),
        ("resolve", "guard.majority"),
    ]


def test_what_cannot_be_tried_is_refused(
    decided: Matter, stricter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotFound):
        call_command("packs", "try", str(stricter), "no_such_power", "--from", "2026-01-01")
    for arguments in (["lease_land", "--from", "2026-01-01"], [str(stricter), "lease_land"]):
        with pytest.raises(Invalid) as refused:
            call_command("packs", "try", *arguments)
        assert refused.value.code == "law.trial"


def test_the_difference_names_the_open_matters_and_they_keep_their_rules(
    decided: Matter, stricter: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("packs", "diff", str(settings.PACKS), str(stricter), "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["matters"] == [{"matter": decided.public_id, "power": "lease_land", "gone": False}]
    (change,) = told["changes"]
    assert "lease_land" in change["powers"]
    call_command("packs", "diff", str(settings.PACKS), str(settings.PACKS), "--json")
    assert json.loads(capsys.readouterr().out)["matters"] == []


def test_packs_that_change_fifty_times_never_touch_a_running_matter(
    decided: Matter, hall: Hall, stricter: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Really other packs, each with a digest of its own; benchmarks/procedures.py does it ten thousand times."""
    folders = packs.read_packs(NAMES, stricter)
    value = folders[0].entries["values"]["land_outsiders_majority"]
    rule, digests = decided.rule_id, set()
    for number in range(50):
        item = value.history[0].model_copy(update={"value": f"{number + 1}/200"})
        changed = value.model_copy(update={"history": [item]})
        folders[0].entries["values"]["land_outsiders_majority"] = changed
        fresh = packs.Packs(folders)
        monkeypatch.setattr("cunwu.org.authority.rules", lambda fresh=fresh: fresh)
        monkeypatch.setattr("cunwu.procedures.matters.rules", lambda fresh=fresh: fresh)
        digests.add(digest_of(pinned(fresh.power("lease_land", now.date()))))
        (standing,) = standings([decided], date(2026, 10, 8))
        assert standing.power.step("resolve").guards[-1].shares[0].limit.value == "2/3"
        assert matters.may_take(current(decided), hall.village.clerk, now=now) is None
    decided.refresh_from_db()
    assert len(digests) == 50
    assert rule not in digests
    assert decided.rule_id == rule
