"""Whatever a list of divisions or a number holds: taken in, or refused with its row; nothing half done by a traceback."""

from __future__ import annotations

import lzma
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given

from cunwu.errors import Invalid
from cunwu.org.identifiers import check_credit_code, check_identity_number
from cunwu.org.places import load_places
from hostile import LONG, answer, contents, few, many, texts

LISTS = {
    "provinces.csv": "code,name\n99,示例省\n",
    "cities.csv": "code,name\n9901,示例市\n",
    "areas.csv": "code,name\n990101,示范县\n",
    "streets.csv": "code,name\n990101101,青石镇\n",
    "villages_national.csv": "county_code,town,town_code9,village\n990101,青石镇,990101101,云溪村\n990101,青石镇,990101101,石桥村\n",
}
IDENTITY = "37079919900307001X"
CODE = "N2370799MA0000001X"


def load(folder: Path, changed: dict[str, bytes], now: datetime) -> None:
    """The lists, some of them changed."""
    for path in folder.iterdir():
        path.unlink()
    for name, text in LISTS.items():
        (folder / name).write_bytes(changed.get(name, text.encode()))
    for name in changed.keys() - LISTS.keys():
        (folder / name).write_bytes(changed[name])
    load_places(folder, now=now, province=None, progress=lambda _: None)


@pytest.mark.django_db
@few
@given(
    name=contents(*(name.encode() for name in LISTS)),
    data=contents(*(text.encode() for text in LISTS.values())),
)
def test_any_list_is_loaded_or_refused(tmp_path: Path, now: datetime, name: bytes, data: bytes) -> None:
    known = name.decode("utf-8", "replace")
    answer(lambda: load(tmp_path, {known if known in LISTS else "streets.csv": data}, now))


@pytest.mark.django_db
@few
@given(data=contents(lzma.compress(LISTS["villages_national.csv"].encode())))
def test_any_packed_list_is_loaded_or_refused(tmp_path: Path, now: datetime, data: bytes) -> None:
    answer(lambda: load(tmp_path, {"villages_national.csv.xz": data}, now))


@pytest.mark.parametrize("field", ['"' + "x" * 140_000 + '"', "x" * 81, "青\0石", "", " "])
def test_a_name_that_no_place_has_is_refused_with_its_row(
    db: None, tmp_path: Path, now: datetime, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        load(tmp_path, {"streets.csv": f"code,name\n990101101,{field}\n".encode()}, now)
    assert refused.value.code in {"places.row", "places.file"}
    assert "streets.csv" in refused.value.zh


@many
@given(texts(IDENTITY, "370799900307001"))
@example(LONG)
@example("①" * 18)
@example("٣" * 18)
def test_an_identity_number_is_one_or_refused(text: str) -> None:
    number = answer(lambda: check_identity_number(text, today=date(2026, 10, 8)))
    if number is not None:
        assert len(number) == 18
        assert check_identity_number(number) == number


@many
@given(texts(CODE))
@example("①" * 18)
@example("İ" * 9)
def test_a_credit_code_is_one_or_refused(text: str) -> None:
    code = answer(lambda: check_credit_code(text))
    assert code is None or check_credit_code(code) == code
