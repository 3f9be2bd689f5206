"""What two states of the packs say differently, in words, from which day, and whom it concerns."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from cunwu.errors import Invalid
from cunwu.law.difference import OpenMatter, difference, matters_concerned
from cunwu.law.packs import read_packs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2] / "packs"
NAMES = ["cn", "cn-shandong"]


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT, tmp_path / "packs")
    return tmp_path / "packs"


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def compared(copy: Path, names: list[str] | None = None):
    return difference(read_packs(NAMES, ROOT), read_packs(names or NAMES, copy))


def test_the_same_packs_have_no_difference(copy):
    assert compared(copy) == []
    file = copy / "cn" / "values" / "seal_days.yaml"
    file.write_text("# a remark\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert compared(copy) == []


def test_a_changed_figure_is_told_with_its_day_and_whom_it_concerns(copy):
    file = copy / "cn" / "values" / "representatives_quorum.yaml"
    text = file.read_text(encoding="utf-8")
    before, mark, after = text.partition("  - from: 2026-01-01")
    file.write_text(before + mark + after.replace('"2/3"', '"3/4"'), encoding="utf-8")
    (change,) = compared(copy)
    assert (change.pack, change.kind, change.name, change.what) == (
        "cn",
        "values",
        "representatives_quorum",
        "changed",
    )
    (detail,) = change.details
    assert (detail.key, detail.old, detail.new, detail.since) == ("value", "2/3", "3/4", date(2026, 1, 1))
    assert detail.sentence("zh-hans") == "自2026-01-01起，value：2/3 → 3/4"
    assert detail.sentence("en") == "from 2026-01-01, value: 2/3 → 3/4"
    assert change.since == date(2026, 1, 1)
    assert "hold_representatives_meeting" in change.duties
    assert "hold_collective_assembly" not in change.duties
    zh, en = change.sentences("zh"), change.sentences("en")
    assert zh[0] == "cn/values/representatives_quorum 村民代表会议到会比例 [修改]"
    assert en[0].endswith("[changed]")
    assert any("hold_representatives_meeting" in line for line in zh)
    assert len(zh) == len(en)


def test_a_new_stretch_of_history_is_told_from_its_first_day(copy):
    file = copy / "cn" / "values" / "seal_days.yaml"
    with file.open("a", encoding="utf-8") as target:
        target.write("  - from: 2027-01-01\n    value: 2\n    cite: {source: cunwu}\n")
    (change,) = compared(copy)
    assert {detail.since for detail in change.details} == {date(2027, 1, 1)}
    assert ("value", "", "2") in {(d.key, d.old, d.new) for d in change.details}
    assert any("（无） → 2" in line for line in change.sentences("zh"))


def test_entries_that_came_and_went(copy):
    (copy / "cn" / "values" / "new_days.yaml").write_text(
        (copy / "cn" / "values" / "seal_days.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (copy / "cn" / "duties" / "hold_appraisal.yaml").unlink()
    gone, new = compared(copy)
    assert (gone.name, gone.what, gone.duties) == ("hold_appraisal", "removed", ("hold_appraisal",))
    assert (new.name, new.what, new.since) == ("new_days", "added", date(2018, 12, 29))
    assert new.sentences("en")[0].endswith("[added, from 2018-12-29]")
    assert new.sentences("zh")[0].endswith("[新增，自2018-12-29起]")


def test_what_holds_of_the_whole_entry_has_no_day(copy):
    rewrite(copy / "cn" / "values" / "seal_days.yaml", "confidence: ours", "confidence: M")
    (change,) = compared(copy)
    (detail,) = change.details
    assert (detail.key, detail.since, change.since) == ("confidence", None, None)
    assert detail.sentence("zh") == "confidence：ours → M"


def test_guards_steps_and_offices_are_told_by_their_names(copy):
    rewrite(
        copy / "cn" / "meetings" / "supervision_meeting.yaml",
        "      - {kind: majority, shares: [{of: roll, share: body_majority}]}\n",
        "      - {kind: papers}\n",
    )
    (change,) = compared(copy)
    told = {(d.key, d.old, d.new) for d in change.details}
    assert ("guards[]", "quorum, majority", "quorum, papers") in told
    assert ("guards.majority.shares.roll.share", "body_majority", "") in told
    assert change.duties == ("hold_supervision_meeting",)


def test_sources_calendars_and_whole_packs_are_compared(copy):
    rewrite(copy / "cn" / "sources.yaml", "共67条", "共68条")
    rewrite(copy / "cn" / "calendar" / "2026.yaml", "confidence: V", "confidence: S")
    rewrite(copy / "cn" / "pack.yaml", "Nationwide", "National")
    found = {(c.kind, c.name): c for c in compared(copy)}
    assert set(found) == {("sources", "collective_law"), ("calendar", "2026"), ("pack", "pack")}
    assert found["sources", "collective_law"].duties == ("hold_collective_assembly",)
    removed = compared(copy, ["cn"])
    assert {c.what for c in removed if c.pack == "cn-shandong"} == {"removed"}


def test_an_office_kept_apart_from_another_concerns_nothing_of_the_other(copy):
    rewrite(copy / "cn" / "offices" / "cashier.yaml", "matters.act, ", "")
    (change,) = compared(copy)
    assert change.duties == ()


def test_open_matters_that_would_get_other_rules_are_named():
    matters = [("m1", "seal_use", "aa"), ("m2", "seal_use", "bb"), ("m3", "lease", "cc")]
    found = list(matters_concerned(matters, {"seal_use": "bb"}))
    assert found == [OpenMatter("m1", "seal_use", gone=False), OpenMatter("m3", "lease", gone=True)]
    for matter in found:
        assert matter.matter in matter.sentence("zh")
        assert matter.sentence("zh") != matter.sentence("en")
    assert list(matters_concerned([], {})) == []


@pytest.mark.django_db
def test_the_command(copy, capsys):
    rewrite(copy / "cn" / "values" / "seal_days.yaml", "value: 1", "value: 3")
    call_command("packs", "diff", str(ROOT), str(copy), "--packs", "cn")
    assert "value: 1 → 3" in capsys.readouterr().out.replace("：", ": ")
    call_command("packs", "diff", str(ROOT), str(copy), "--packs", "cn", "--json")
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert (change["name"], change["what"], change["since"]) == ("seal_days", "changed", "2018-12-29")
    call_command("packs", "diff", str(ROOT), str(ROOT), "--packs", "cn")
    assert "no difference" in capsys.readouterr().out
    for folders in ([str(ROOT)], [str(ROOT), str(copy / "nowhere")]):
        with pytest.raises(Invalid) as refused:
            call_command("packs", "diff", *folders, "--packs", "cn")
        assert refused.value.code == "law.two_folders"
    rewrite(copy / "cn" / "values" / "seal_days.yaml", "value: 3", "value: three")
    with pytest.raises(Invalid) as refused:
        call_command("packs", "diff", str(ROOT), str(copy), "--packs", "cn")
    assert refused.value.code == "law.packs_faulty"
