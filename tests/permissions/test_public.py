"""What is public needs no office, and holds nothing personal: every file of residents' pages, data and log, looked through."""

from __future__ import annotations

import ast
import gzip
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from cunwu.disclosure import log
from cunwu.org import actions as org
from cunwu.org import relations
from cunwu.portal import bake, reader
from cunwu.procedures import requests
from cunwu.procedures.models import JointRequest
from permissions.oracle import DAY
from permissions.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
IDENTITY, PHONE = "11010519491231002X", "13912345678"
PRIVATE = (
    IDENTITY,
    IDENTITY[:14],
    PHONE,
    "吴桂兰",
    "韩小娥",
    "党员01",
    "面积不对",
    "请求召开村民会议",
    "高律师",
)
"""Of residents: numbers, names of who is only on a roll, declared or signed, what they asked and objected."""


def test_no_public_file_holds_personal_data(world: World) -> None:
    resident = org.register_person(None, "吴桂兰", identity_number=IDENTITY, phone=PHONE, now=world.now)
    village = world.village
    org.enrol(None, resident, village.committee, "voter", date(2022, 1, 1), now=world.now)
    asked = JointRequest.objects.get(right="villagers_meeting_request")
    requests.sign(village.clerk, asked, resident, DAY, now=world.now)
    relations.declare_relation(village.xiulan, "sibling", "韩小娥", now=world.now)
    log.sequence(now=world.now)
    bake.bake_all(now=world.now, papers=False)
    read = list(everything(bake.site_folder()))
    assert [(path, word) for path, text in read for word in PRIVATE if word in text] == []
    names = {path.partition("/")[0] for path, text in read if village.place.name_zh in text}
    assert names >= {"zh", "d", "v"}, "pages, data files and scanned pages were looked through"


def everything(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file with its text; of workbooks that of their parts."""
    for path in (each for each in folder.rglob("*") if each.is_file() and each.suffix != ".br"):
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        parts = [data]
        if data[:2] == b"PK":
            with zipfile.ZipFile(BytesIO(data)) as packed:
                parts = [packed.read(name) for name in packed.namelist()]
        for part in parts:
            yield str(path.relative_to(folder)), part.decode(errors="replace")


def test_what_answers_strangers_knows_neither_offices_nor_data() -> None:
    """The reader imports nothing of Django and nothing of ours but the policy of its headers: it can ask for no sign-in."""
    tree = ast.parse(Path(str(reader.__file__)).read_text(encoding="utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not [name for name in modules if name.partition(".")[0] == "django"]
    assert {name for name in modules if name.partition(".")[0] == "cunwu"} == {"cunwu.portal.policy"}
