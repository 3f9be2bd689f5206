"""Whatever a ledger's cell says of a term, an area, years or a rent: read, or said to be unreadable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from cunwu.assets import terms
from cunwu.assets.areas import LARGEST, UNITS, parse_area
from cunwu.documents.cells import Cell, Unreadable
from hostile import LONG, answer, many, texts

CELLS: st.SearchStrategy[Cell] = (
    texts("2019.3-2029.3", "自2005年7月1日起至2030年7月1日止，共贰拾伍年", "长期", "20190301-20290301", "30", "贰拾伍年", "12.5亩", "300㎡",
          "四十亩", "每亩稻谷柒佰市斤(700斤)", "是", "租赁")
    | st.integers()
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.booleans()
)  # fmt: skip
PARSERS: tuple[Callable[[Cell], object], ...] = (
    terms.parse_term,
    lambda cell: terms.parse_term(cell, 30),
    terms.parse_point,
    terms.parse_years,
    terms.parse_in_kind,
    terms.parse_yes,
    lambda cell: terms.parse_kind(cell, terms.CONTRACT_WORDS),
    *(lambda cell, unit=unit: parse_area(cell, unit) for unit in UNITS),
)


@many
@given(CELLS)
@example(LONG)
@example(LONG + "年")
@example(LONG + "亩")
@example("9999.12-9999.12")
@example("9999.12.31-9999.12.31")
@example("0001.1-9999.12，共9年")
@example("9990.1-9999.1，共99年")
@example("二" * 400 + "年")
@example(date.max)
def test_any_cell_is_read_or_unreadable(cell: Cell) -> None:
    for parse in PARSERS:
        found = answer(lambda parse=parse: parse(cell), Unreadable)
        if isinstance(found, terms.Term) and found.from_day and found.until_day:
            assert date.min <= found.from_day


@many
@given(CELLS)
def test_an_area_lies_within_what_a_county_has(cell: Cell) -> None:
    area = answer(lambda: parse_area(cell), Unreadable)
    assert area is None or 0 < area <= LARGEST
