"""Making an installation: what `cunwu init` does, also used when a demo is built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from cunwu import installation
from cunwu.disclosure import log
from cunwu.errors import Invalid, NotReady
from cunwu.installation import Installation
from cunwu.org.models import DataOrigin

OPTIONS = (
    "title_zh",
    "title_en",
    "county_code",
    "packs",
    "log_origin",
    "portal_url",
    "desk_url",
    "meetings_from",
    "ocid_prefix",
)
SETTINGS_FILE = "installation.toml"


@dataclass(frozen=True)
class Installed:
    """The public key of the log that was begun, and its fingerprint for paper."""

    log_key: str
    fingerprint: str


def install(given: dict[str, Any], *, demo: bool) -> Installed:
    """Make what is missing of an installation in `settings.HOME`; what is there stays.

    Side effects in order: `installation.toml` (written anew where `given` changes it), keys, migrations and database
    guards, the row that says whether the data are invented, the log's folder and static files. Raises NotReady
    `installation.demo_on_real` or `installation.origin_fixed`, Invalid `installation.setting`.
    """
    home = Path(settings.HOME)
    before = installation.read_installation(home)
    _require_same_kind(home, before, given, demo=demo)
    mode = {"mode": "demo"} if demo else {}
    wanted = before.model_dump(mode="json") | {"witnesses": _witnesses(before)} | given | mode
    after = _validated(wanted)
    home.mkdir(parents=True, exist_ok=True)
    if after != before or not (home / SETTINGS_FILE).exists():
        write_settings(home, after)
    installation.create_keys(settings.KEYS)
    settings.CUNWU = after  # Django read it when the process began, before this file was written
    call_command("migrate", verbosity=0, skip_checks=True)
    kind = DataOrigin.Kind.DEMO if after.demo else DataOrigin.Kind.REAL
    DataOrigin.objects.get_or_create(pk=1, defaults={"kind": kind})
    log.log_directory()
    call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
    return Installed(log.public_key(), log.fingerprint())


def write_settings(home: Path, wanted: Installation) -> None:
    """Write `installation.toml`, readable by people: one line a setting, a table for each witness."""
    plain = wanted.model_dump(mode="json")
    witnesses = plain.pop("witnesses")
    lines = [f"{name} = {_toml(value)}" for name, value in plain.items() if value is not None]
    for witness in witnesses:
        lines += ["", "[[witnesses]]", *(f"{name} = {_toml(value)}" for name, value in witness.items())]
    temporary = home / f"{SETTINGS_FILE}.new"
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.replace(home / SETTINGS_FILE)


def _toml(value: object) -> str:
    # JSON's strings, arrays and booleans are TOML's as well.
    return json.dumps(value, ensure_ascii=False)


def _witnesses(before: Installation) -> list[dict[str, Any]]:
    return [witness.model_dump(mode="json") for witness in before.witnesses]


def _validated(wanted: dict[str, Any]) -> Installation:
    try:
        return Installation.model_validate(wanted)
    except ValueError as error:
        raise Invalid(
            "installation.setting",
            f"安装设置有误：{' '.join(str(error).split())}；请核对选项。",
            f"A setting cannot be used: {' '.join(str(error).split())}; check the options.",
        ) from error


def _require_same_kind(home: Path, before: Installation, given: dict[str, Any], *, demo: bool) -> None:
    there = (home / "cunwu.sqlite3").exists()
    if there and demo and not before.demo:
        raise NotReady(
            "installation.demo_on_real",
            f"{home}中是正式数据，不能改为演示；请用 CUNWU_HOME 另选文件夹。",
            f"{home} holds real data and does not become a demo; name another folder in CUNWU_HOME.",
        )
    if there and given.get("log_origin", before.log_origin) != before.log_origin:
        raise NotReady(
            "installation.origin_fixed",
            f"日志已以“{before.log_origin}”为名开始，名称不能再改。",
            f"The log has begun under the name {before.log_origin}, which does not change any more.",
        )
