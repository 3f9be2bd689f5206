"""The loader of the national lists, on an invented extract."""

from __future__ import annotations

import lzma
from datetime import datetime
from pathlib import Path

import pytest

from cunwu.errors import Invalid
from cunwu.org.finding import find_places
from cunwu.org.models import AuditEntry, Place, PlaceCode
from cunwu.org.places import Counts, load_places

VILLAGES = """province,city,county,county_code,town,town_code9,village
示例省,示例市,示范县,990101,青石镇,990101101,云溪村
示例省,示例市,示范县,990101,青石镇,990101101,长寿沟村
示例省,示例市,示范县,990101,青石镇,990101101,云溪村
示例省,示例市,示范县,990101,青石镇,990101101,?石村
示例省,示例市,示范县,990101,旧堡乡,,旧堡村
示例省,示例市,示范县,990101,旧堡乡,,新堡村
示例省,示例市,示范县,990101,柳河镇,990101102,云溪村
样本省,样本市,样本县,980101,样本镇,980101101,样本村
"""


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Two invented provinces with the shape of the published lists."""
    (tmp_path / "provinces.csv").write_text('code,name\n98,"样本省"\n99,"示例省"\n', encoding="utf-8")
    (tmp_path / "cities.csv").write_text(
        "code,name,provinceCode\n9801,样本市,98\n9901,示例市,99\n", encoding="utf-8"
    )
    (tmp_path / "areas.csv").write_text(
        "code,name,cityCode,provinceCode\n980101,样本县,9801,98\n990101,示范县,9901,99\n", encoding="utf-8"
    )
    (tmp_path / "streets.csv").write_text(
        "code,name,areaCode,provinceCode,cityCode\n980101101,样本镇,980101,98,9801\n"
        "990101101,青石镇,990101,99,9901\n990101102,柳河镇,990101,99,9901\n",
        encoding="utf-8",
    )
    (tmp_path / "villages_national.csv.xz").write_bytes(lzma.compress(VILLAGES.encode()))
    return tmp_path


def load(folder: Path, now: datetime, province: str | None = None) -> Counts:
    """Load without showing progress."""
    return load_places(folder, now=now, province=province, progress=lambda _: None)


def test_loads_every_level_and_gives_villages_no_code(db: None, lists: Path, now: datetime) -> None:
    counts = load(lists, now)
    assert (counts.added, counts.villages_added) == (9, 4)
    assert (counts.repeated, counts.unreadable) == (1, 1)
    assert (counts.unmatched_towns, counts.unmatched_villages) == (1, 2)
    village = Place.objects.get(name_zh="长寿沟村")
    assert village.code == ""
    assert not village.code_official
    assert village.parent is not None
    assert (village.parent.name_zh, village.parent.code, village.parent.code_official) == (
        "青石镇",
        "990101101",
        True,
    )
    assert village.path.startswith(village.parent.path)
    assert len(village.path) == 5 * 3
    assert village.sort_key
    assert Place.objects.get(code="990101").contains(village)
    assert not Place.objects.filter(name_zh__in=["旧堡乡", "旧堡村"]).exists()
    assert PlaceCode.objects.filter(official=True).count() == 9
    assert AuditEntry.objects.filter(action="org.load_places").count() == 1


def test_running_again_adds_nothing_and_carries_on_where_it_was_cut_off(
    db: None, lists: Path, now: datetime
) -> None:
    load(lists, now)
    Place.objects.get(name_zh="长寿沟村").delete()
    ids = set(Place.objects.values_list("public_id", "path"))
    counts = load(lists, now)
    assert (counts.added, counts.villages_added, counts.known) == (0, 1, 13)
    assert ids < set(Place.objects.values_list("public_id", "path"))


def test_one_province_only(db: None, lists: Path, now: datetime) -> None:
    counts = load(lists, now, "98")
    assert (counts.added, counts.villages_added) == (4, 1)
    load(lists, now, "99")
    assert Place.objects.filter(parent=None).count() == 2
    assert Place.objects.filter(level="village").count() == 4


def test_a_place_with_the_code_but_another_name_is_left_and_counted(
    db: None, lists: Path, now: datetime
) -> None:
    load(lists, now)
    Place.objects.filter(code="990101101").update(name_zh="青石街道")
    assert load(lists, now).renamed == 1
    assert Place.objects.get(code="990101101").name_zh == "青石街道"


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("areas.csv", "code,name\n99010,示范县\n", "places.code", "areas.csv第2行"),
        ("areas.csv", "code,name\n970101,无上级县\n", "places.code", "上级9701不在清单中"),
        ("areas.csv", "code,title\n990101,示范县\n", "places.column", "name"),
        ("areas.csv", "code,name\n990101\n", "places.row", "第2行"),
        ("provinces.csv", "", "places.column", "code"),
    ],
)
def test_refuses_a_list_that_is_not_one_naming_file_and_row(
    db: None, lists: Path, now: datetime, name: str, content: str, code: str, says: str
) -> None:
    (lists / name).write_text(content, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load(lists, now)
    assert refused.value.code == code
    assert says in refused.value.zh


def test_refuses_gbk_and_cut_off_files(db: None, lists: Path, now: datetime) -> None:
    (lists / "provinces.csv").write_bytes("code,name\n99,示例省\n".encode("gbk"))
    with pytest.raises(Invalid, match="UTF-8"):
        load(lists, now)
    (lists / "provinces.csv").write_text("code,name\n98,样本省\n99,示例省\n", encoding="utf-8")
    whole = lzma.compress(VILLAGES.encode())
    (lists / "villages_national.csv.xz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match="不完整"):
        load(lists, now)


def test_names_the_file_that_is_missing(db: None, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        load(tmp_path, now)
    assert refused.value.code == "places.file"
    assert "provinces.csv" in refused.value.zh


def test_what_was_loaded_is_found(db: None, lists: Path, now: datetime) -> None:
    load(lists, now)
    assert [place.name_zh for place in find_places("寿沟")] == ["长寿沟村"]
    assert [place.name_zh for place in find_places("yunxi")] == ["云溪村", "云溪村"]
