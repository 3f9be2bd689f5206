"""The demo made ready to be walked through: county, log-ins, witness, pages, and what to look at first."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from cunwu.demo.build import Demo, Size, build
from cunwu.disclosure import log
from cunwu.disclosure.entries import publication_entry
from cunwu.disclosure.models import Publication, StalePage
from cunwu.disclosure.qr import leaf_name
from cunwu.installation import WitnessSetting
from cunwu.management import installing, users
from cunwu.management.serving import WITNESS_FOLDER
from cunwu.org.models import Appointment, random_id
from cunwu.portal.bake import bake_stale
from cunwu.tlog.notes import Verifier
from cunwu.tlog.witness import Witness

WITNESS_PORT_AFTER = 2
"""The demo's witness listens two ports after residents' pages (the desk is in between)."""
SUMMARY = "demo.json"


@dataclass(frozen=True)
class Login:
    """One role's way in."""

    role_zh: str
    role_en: str
    user: str
    appointment: Appointment


def build_demo(size: Size, *, now: datetime, progress: Callable[[str], None]) -> dict[str, Any]:
    """Build everything and return what `bin/demo --json` prints; the same lies in `demo/demo.json` (0600: passwords).

    Side effects in order: the county with its history, log-ins with passwords and second factors, the witness and its
    entry in installation.toml, the pages that are looked at first (`cunwu serve` renders the others).
    """
    with _in_haste():
        demo = build(size, now=now, progress=progress)
    logins = [_log_in(login, now) for login in _logins(demo)]
    _hire_witness()
    log.sequence(now=now)
    progress("rendering residents' pages")
    waiting = _bake_newest_first(demo, now)
    progress(f"ready; {waiting} older pages are rendered while it runs")
    summary = _summary(demo) | {"logins": logins}
    _write_privately(Path(settings.HOME) / "demo" / SUMMARY, summary)
    return summary


@contextmanager
def _in_haste() -> Iterator[None]:
    """Without waiting for the disk (a demo cut short is built anew) and without collecting garbage: what is made is
    rows, and small."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        (usual,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous=OFF")
        gc.disable()
        try:
            yield
        finally:
            gc.enable()
            cursor.execute(f"PRAGMA synchronous={int(usual)}")


def addresses(summary: dict[str, Any]) -> dict[str, str]:
    """The pages to look at first."""
    portal = settings.CUNWU.portal_url.rstrip("/")
    return {
        "portal": f"{portal}/",
        "desk": f"{settings.CUNWU.desk_url.rstrip('/')}/",
        "village": f"{portal}/zh/p/{summary['ids']['village']}/",
        "publication": f"{portal}/zh/d/{summary['ids']['publication']}/",
        "verify": f"{portal}/v/{summary['ids']['entry']}/",
        "matters": f"{portal}/zh/p/{summary['ids']['village']}/matters/",
        "decision": f"{portal}/zh/d/{summary['ids']['decision']}/",
    }


def read_summary() -> dict[str, Any] | None:
    """What an earlier `build_demo` wrote, or None; with the addresses as they are now."""
    path = Path(settings.HOME) / "demo" / SUMMARY
    if not path.exists():
        return None
    summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return summary | {"addresses": addresses(summary)}


def in_words(summary: dict[str, Any]) -> list[str]:
    """The summary for people."""
    places, first = summary["addresses"], summary["logins"][0]
    return [
        "",
        f"  {settings.CUNWU.title_zh} · {settings.CUNWU.title_en}: everything in it is invented.",
        "",
        f"  Residents   {places['portal']}",
        f"  云溪村       {places['village']}",
        f"  A sheet     {places['publication']}",
        f"  Verify it   {places['verify']}",
        f"  Matters     {places['matters']}",
        f"  A decision  {places['decision']}",
        f"  Desk        {places['desk']}",
        "",
        "  Sign in to the desk (user, password), then type the code that `.venv/bin/cunwu code USER` prints:",
        *(
            f"    {e['user']:<13} {e['password']}   {e['role_zh']} · {e['role_en']}"
            for e in summary["logins"]
        ),
        "",
        f"  Next: sign in as {first['user']} and import {summary['workbook']}",
        "  into 云溪村's books; close the month, draft the sheet; the other roles sign, record, publish; print the notice.",
        "",
    ]


def _logins(demo: Demo) -> list[Login]:
    village = demo.county.villages[0]
    return [
        Login(
            "代理记账会计（青石镇）",
            "accountant of the township's bookkeeping station",
            "wangfang",
            village.accountant,
        ),
        Login(
            "村务监督委员会主任", "head of the supervisory committee", "zhaolixin", village.supervision_head
        ),
        Login("村民委员会主任", "head of the villagers' committee", "wangxiulan", village.committee_head),
        Login("村党支部书记", "secretary of the Party branch", "lijianguo", village.party_secretary),
        Login("村文书", "village clerk", "zhouxiaoyu", village.clerk),
        *(
            Login("村民委员会委员", "member of the villagers' committee", user, member)
            for user, member in zip(("huzhiqiang", "zhengchunyan"), village.committee_members, strict=True)
        ),
        Login("乡镇农经人员", "township officer", "chenxiaoming", demo.county.township_officers[0]),
        Login("县农业农村局人员", "county officer", "suzhiyuan", demo.county.county_officer),
        Login("县级审计人员", "county auditor", "fangzhengming", demo.county.auditor),
    ]


def _log_in(login: Login, now: datetime) -> dict[str, str]:
    password, secret = random_id(), generate_totp_secret()
    user = users.create_user(None, login.appointment.person, login.user, password, now=now)
    users.set_up_second_factor(user, secret)
    return {
        "role_zh": login.role_zh,
        "role_en": login.role_en,
        "name": login.appointment.person.name,
        "user": login.user,
        "password": password,
        "code": f".venv/bin/cunwu code {login.user}",
        "otpauth": f"otpauth://totp/cunwu:{login.user}?secret={secret}&issuer=cunwu",
        "appointment": login.appointment.public_id,
    }


def _hire_witness() -> None:
    origin = Verifier.parse(log.public_key())
    own = Witness.create(
        Path(settings.HOME) / WITNESS_FOLDER, f"{settings.CUNWU.log_origin}/witness", [origin]
    )
    port = (urlsplit(settings.CUNWU.portal_url).port or 8000) + WITNESS_PORT_AFTER
    setting = WitnessSetting(
        title_zh="演示见证人（与本系统同机，不独立）",
        title_en="Demonstration witness (same machine, not independent)",
        key=own.verifier.vkey,
        url=f"http://127.0.0.1:{port}",
        independent=False,
    )
    changed = settings.CUNWU.model_copy(update={"witnesses": (setting,)})
    installing.write_settings(Path(settings.HOME), changed)
    settings.CUNWU = changed


def _summary(demo: Demo) -> dict[str, Any]:
    village = demo.county.villages[0]
    decision = _decisions().filter(organization__place=village.place).latest("published_at")
    ids = {
        "village": village.place.public_id,
        "organization": village.books.public_id,
        "publication": demo.example.public_id,
        "entry": leaf_name(publication_entry(demo.example)),
        "decision": decision.public_id,
        "decision_entry": leaf_name(publication_entry(decision)),
    }
    return {
        "ids": ids,
        "addresses": addresses({"ids": ids}),
        "months": [str(demo.first), str(demo.last)],
        "workbook": str(demo.workbook),
        "log_key": log.public_key(),
        "log_key_fingerprint": log.fingerprint(),
    }


def _bake_newest_first(demo: Demo, now: datetime) -> int:
    """Render the example with its notices, then every place, decision and newest sheet; the older sheets go back into the
    queue, which `cunwu serve` works off. Returns how many those are."""
    newest = {str(demo.last), str(demo.last.previous)}
    sheets = Publication.objects.filter(period__in=newest)
    recent = set((sheets | _decisions()).values_list("public_id", flat=True))
    others = list(StalePage.objects.exclude(kind="publication", key=demo.example.public_id))
    older = [row for row in others if row.kind == "publication" and row.key not in recent]
    StalePage.objects.filter(pk__in=[row.pk for row in others]).delete()
    bake_stale(now=now, papers=1)
    StalePage.objects.bulk_create([row for row in others if row not in older], ignore_conflicts=True)
    bake_stale(now=now, papers=0)
    StalePage.objects.bulk_create(older, ignore_conflicts=True)
    return len(older)


def _decisions() -> QuerySet[Publication]:
    """What matters published."""
    return Publication.objects.filter(about__startswith="step:")


def _write_privately(path: Path, content: dict[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
