"""Places are found by name, by a part of it, by pinyin and by initials."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import Village, build_village
from cunwu.org import actions
from cunwu.org.finding import file_all_names, find_places, keys_of
from cunwu.org.models import Place, PlaceName


def names(text: str, most: int = 20) -> list[str]:
    """What is found, by name."""
    return [place.name_zh for place in find_places(text, most=most)]


@pytest.mark.parametrize(
    "text", ["云溪村", "云溪", "云", "溪村", "溪", "yunxi", "Yun Xi Cun", "yun'xi", "yxc", "YX", "　云 溪 "]
)
def test_a_village_is_found_however_it_is_asked_for(village: Village, text: str) -> None:
    assert names(text) == ["云溪村"]


@pytest.mark.parametrize("text", ["", "  ", "云村", "xicun", "不存在", "%", "_溪", "云溪村东"])
def test_what_is_not_its_name_finds_nothing(village: Village, text: str) -> None:
    assert names(text) == []


def test_names_that_begin_so_come_before_names_that_have_it_inside(village: Village, now: datetime) -> None:
    for name in ("大新村", "新村", "新村口", "小新村庄"):
        actions.create_place(None, village.town, "village", name, now=now)
    assert names("新村") == ["新村", "新村口", "大新村", "小新村庄"]
    assert names("新村", most=3) == ["新村", "新村口", "大新村"]


def test_a_place_that_is_no_longer_is_not_found(village: Village, now: datetime) -> None:
    Place.objects.filter(pk=village.place.pk).update(until_day=date(2026, 1, 1))
    assert names("云溪") == []


def test_two_villages_of_one_name_file_it_once(village: Village, now: datetime) -> None:
    filed = PlaceName.objects.count()
    town = actions.create_place(None, village.county, "town", "青石镇", code="990101103", now=now)
    build_village(now, "云溪村", village.town)
    actions.create_place(None, town, "village", "云溪村", now=now)
    assert PlaceName.objects.count() == filed
    assert len(find_places("云溪村")) == 3


def test_filing_what_is_there_already_adds_what_is_missing(village: Village) -> None:
    keys = set(PlaceName.objects.values_list("inside", "key", "name"))
    PlaceName.objects.filter(name="云溪村").delete()
    assert (file_all_names(), file_all_names()) == (1, 0)
    assert set(PlaceName.objects.values_list("inside", "key", "name")) == keys


def test_a_search_asks_the_database_as_often_whatever_it_finds(village: Village, now: datetime) -> None:
    with CaptureQueriesContext(connection) as few:
        names("村")
    for number in range(30):
        actions.create_place(None, village.town, "village", f"{number}号村", now=now)
    with CaptureQueriesContext(connection) as many:
        assert len(names("村")) == 20
    assert len(many) == len(few)


def test_keys_begin_the_name_or_lie_inside_it() -> None:
    assert keys_of("云溪村") == {
        (False, "云溪村"),
        (False, "yunxicun"),
        (False, "yxc"),
        (True, "溪村"),
        (True, "村"),
    }
