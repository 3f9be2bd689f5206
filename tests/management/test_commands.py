"""The command line: names, exit codes, one line for a refusal, one JSON object for machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from cunwu import installation
from cunwu.demo import ledger, workbooks
from cunwu.disclosure.models import LogEntry
from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.law.periods import Period
from cunwu.management import users
from cunwu.management.listing import OURS
from cunwu.org.models import AuditEntry, DataOrigin

if TYPE_CHECKING:
    from conftest import Village
    from management.conftest import Ran

    Cunwu = Callable[..., Ran]

OCTOBER = "2026-10-08T10:00"


def test_help_lists_our_commands_first_with_both_titles(cunwu: Cunwu) -> None:
    told = cunwu("--help")
    assert told.code == 0
    assert told.out.index("serve") < told.out.index("maintenance") < told.out.index("migrate")
    assert "导入区划" in told.out


@pytest.mark.parametrize("name", [name for name in OURS if name not in {"witness", "verify"}])
def test_every_command_explains_itself(cunwu: Cunwu, name: str) -> None:
    told = cunwu(name, "--help")
    assert told.code == 0
    assert f"cunwu {name}" in told.out
    assert "--json" in told.out
    assert "--settings" not in told.out


@pytest.mark.parametrize("name", ["witness", "verify"])
def test_two_commands_need_no_database(cunwu: Cunwu, name: str) -> None:
    with pytest.raises(SystemExit) as left:
        cunwu(name, "--help")
    assert left.value.code == 0


def test_wrong_use_is_exit_code_two(cunwu: Cunwu) -> None:
    assert cunwu("frobnicate").code == 2
    assert cunwu("explain").code == 2
    assert cunwu("packs", "burn").code == 2
    assert "2026-10-08" in cunwu("tick", "--now", "yesterday").err


def test_a_refusal_is_one_line_or_the_one_json_shape(cunwu: Cunwu, demo_data: None) -> None:
    told = cunwu("appointments", "--place", "无此村")
    assert (told.code, told.out) == (1, "")
    assert told.err.count("\n") == 1
    assert "无此村" in told.err
    assert cunwu("appointments", "--place", "无此村", "--json").json["error"]["code"] == "place.unknown"


def test_refusals_are_chinese_in_a_chinese_terminal(
    cunwu: Cunwu, demo_data: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "请写全名" in cunwu("appointments", "--place", "无此村").err


def test_settings_that_cannot_be_read_are_one_line(
    cunwu: Cunwu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "installation.toml").write_text('tittle_zh = "示范县"\n', encoding="utf-8")
    monkeypatch.setenv("CUNWU_HOME", str(tmp_path))
    told = cunwu("packs", "check")
    assert told.code == 1
    assert "tittle_zh" in told.err
    assert told.err.count("\n") == 1


def test_invented_data_run_only_in_a_demo(db: None, cunwu: Cunwu, home: Path) -> None:
    DataOrigin.objects.create(pk=1, kind=DataOrigin.Kind.REAL)
    told = cunwu("tick", "--json")
    assert told.code == 1
    assert told.json["error"]["code"] == "installation.origin"


def test_packs_are_checked_and_digested(cunwu: Cunwu, tmp_path: Path, settings: Settings) -> None:
    assert cunwu("packs", "check").code == 0
    digest = cunwu("packs", "digest").out.strip()
    assert len(bytes.fromhex(digest)) == 32
    settings.PACKS = tmp_path
    told = cunwu("packs", "check", "--json")
    assert told.code == 1
    assert told.json["faults"][0]["code"] == "no_pack"


def test_explain_says_which_level_prevails_and_why(cunwu: Cunwu) -> None:
    before = cunwu("explain", "board_days", "--on", "2025-12-01", "--json").json["steps"]
    after = cunwu("explain", "board_days", "--on", "2026-02-01", "--json").json["steps"]
    assert [s["provision"]["value"] for s in before if s["won"]] == [5]
    assert [s["provision"]["value"] for s in after if s["won"]] == [15]
    assert "→" in cunwu("explain", "board_days", "--on", "2026-02-01").out
    assert cunwu("explain", "no_such_value", "--on", "2026-02-01").code == 1


def test_appointments_are_listed_with_the_id_that_as_takes(
    cunwu: Cunwu, demo_data: None, village: Village
) -> None:
    listed = cunwu("appointments", "--place", "云溪村", "--json").json["appointments"]
    assert village.wang.public_id in {each["id"] for each in listed}
    assert village.chen.public_id not in {each["id"] for each in listed}
    assert "王芳" in cunwu("appointments").out


def test_a_place_is_found_with_what_it_lies_in(cunwu: Cunwu, demo_data: None, village: Village) -> None:
    (found,) = cunwu("find-place", "溪村", "--json").json["places"]
    assert (found["id"], found["lies_in"]) == (village.place.public_id, ["青石镇", "示范县", "示例省"])
    assert "青石镇 示范县 示例省" in cunwu("find-place", "yxc").out
    assert cunwu("find-place", "无此村").out.strip() == ""


def test_the_clock_works_at_the_time_it_is_told(cunwu: Cunwu, demo_data: None, village: Village) -> None:
    first = cunwu("tick", "--now", OCTOBER, "--json").json
    assert (first["opened"], first["late"], first["audit_root"]) == (1, 0, True)
    november = cunwu("tick", "--now", "2026-11-01", "--json").json
    assert (november["opened"], november["late"], november["silences"]) == (1, 1, 1)
    again = cunwu("tick", "--now", "2026-11-01T01:00", "--json").json
    assert again == {"opened": 0, "late": 0, "silences": 0, "expired": 0, "audit_root": False}
    done = cunwu("sequence", "--now", "2026-11-01T02:00", "--json").json
    assert done["count"] == LogEntry.objects.count() == done["size"]
    assert cunwu("check-log").code == 0


def test_real_data_do_not_take_another_time(db: None, cunwu: Cunwu, home: Path, settings: Settings) -> None:
    DataOrigin.objects.create(pk=1, kind=DataOrigin.Kind.REAL)
    settings.CUNWU = installation.Installation(mode="production")
    assert cunwu("tick", "--now", OCTOBER, "--json").json["error"]["code"] == "now.demo_only"


def test_a_workbook_is_previewed_taken_in_and_refused_twice(
    cunwu: Cunwu, demo_data: None, village: Village, tmp_path: Path
) -> None:
    from cunwu.books.actions import open_books

    september = Period("month", 2026, 9)
    profile = ledger.profile("云溪村", ("周小雨", "王秀兰", "孙梅"))
    opened = datetime.fromisoformat("2026-09-01T09:00:00+08:00")
    open_books(village.wang, village.collective, september, ledger.opening(profile), now=opened)
    file = tmp_path / "云溪村2026年9月凭证.xlsx"
    file.write_bytes(workbooks.as_workbook("记账凭证", ledger.vouchers(profile, september)))
    command = (
        "import-vouchers",
        file,
        "--as",
        village.wang.public_id,
        "--organization",
        "云溪村股份经济合作社",
    )
    looked = cunwu(*command, "--now", OCTOBER, "--preview", "--json").json
    assert looked["faults"] == []
    assert looked["import"] is None
    taken = cunwu(*command, "--now", OCTOBER, "--json")
    assert taken.json["import"]
    again = cunwu(*command, "--now", OCTOBER)
    assert again.code == 1
    assert "undo that import first" in again.out
    stranger = ("import-vouchers", file, "--as", village.li.public_id, *command[4:])
    assert cunwu(*stranger, "--now", OCTOBER, "--json").json["error"]["code"] == "authority.capability"
    assert (
        cunwu(*command[:3], "nobody", *command[4:], "--json").json["error"]["code"] == "appointment.unknown"
    )


def test_a_sign_in_belongs_to_a_person_and_its_code_is_shown_in_a_demo_only(
    cunwu: Cunwu, demo_data: None, village: Village, tmp_path: Path, settings: Settings, now: datetime
) -> None:
    password = tmp_path / "password"
    password.write_text("a long sentence that nobody guesses\n", encoding="utf-8")
    person = village.wang.person.public_id
    command = ("create-user", "wangfang", "--person", person, "--password-file", password, "--json")
    assert cunwu(*command).json["user"] == "wangfang"
    assert cunwu(*command).json["error"]["code"] == "user.has_one"
    assert cunwu("code", "wangfang", "--json").json["error"]["code"] == "user.no_second_factor"
    village.wang.person.refresh_from_db()
    user = village.wang.person.user
    assert user is not None
    users.set_up_second_factor(user, "JBSWY3DPEHPK3PXP")
    assert cunwu("code", "wangfang").out.strip().isdecimal()
    assert AuditEntry.objects.filter(action="org.create_user").count() == 1
    settings.CUNWU = installation.Installation(mode="production")
    with pytest.raises(NotAllowed):
        users.present_code("wangfang")


def test_a_weak_password_a_taken_name_and_a_stranger_are_refused(
    demo_data: None, village: Village, now: datetime
) -> None:
    with pytest.raises(Invalid) as weak:
        users.create_user(None, village.li.person, "lijianguo", "123456", now=now)
    assert weak.value.code == "user.password"
    users.create_user(None, village.li.person, "lijianguo", "a long sentence nobody guesses", now=now)
    with pytest.raises(Invalid) as taken:
        users.create_user(None, village.zhao.person, "lijianguo", "a long sentence nobody guesses", now=now)
    assert taken.value.code == "user.name_taken"
    with pytest.raises(NotAllowed):
        users.create_user(village.li, village.zhao.person, "zhao", "a long sentence nobody guesses", now=now)
    with pytest.raises(NotReady):
        users.create_user(None, village.li.person, "other", "a long sentence nobody guesses", now=now)


def test_json_is_one_line_that_keeps_chinese(cunwu: Cunwu, demo_data: None, village: Village) -> None:
    out = cunwu("appointments", "--json").out
    assert out.count("\n") == 1
    assert "云溪村" in out
    json.loads(out)
