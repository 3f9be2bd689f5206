"""The same rules over many counties: each exports its plain tables as Parquet, DuckDB or Spark asks them all at once.

What leaves a county holds no names and no numbers of people: keys, days, figures, and hashes under the county's own key,
which no other county's hashes can be compared with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cunwu.errors import NotReady
from cunwu.org.models import Place
from cunwu.oversight.engine import statement
from cunwu.oversight.facts import tables
from cunwu.oversight.facts_sql import TABLES
from cunwu.oversight.rule import Rule
from cunwu.oversight.screening import asked_of, bound, values

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KEYS = ("contract", "organization", "asset")
PLACES = ("village", "town", "county")
_SHIFT = 2**32
Rows = list[tuple[Any, ...]]


def export(folder: Path, county: str, *, on: date, place: Place | None = None) -> Path:
    """Write the five tables as `folder`/`county`/NAME.parquet and return that folder.

    `county` names the installation and nothing else in the same folder: keys and places carry it, so that those of two
    counties never meet. Files that are there are replaced.
    """
    target = folder / county
    target.mkdir(parents=True, exist_ok=True)
    base = int.from_bytes(hashlib.sha256(county.encode()).digest()[:4], "big") // 2 * _SHIFT
    for name, table in tables(place, on).items():
        columns = {column: _abroad(column, table[column], county, base) for column in table.column_names}
        pq.write_table(pa.table(columns), target / f"{name}.parquet")
    return target


def roll_up(rules: Sequence[Rule], on: date, dialect: str) -> str:
    """A query for how many contracts each rule asks of, by village, town, county and in all (no place), in the places' order.

    Villages are counted first and the levels above them summed from these: contracts are gone through once.
    """
    asked = ", ".join(f"COUNT_IF({bound(rule, on)}) AS {rule.name}" for rule in rules)
    by_village = statement(
        f"county, town, village, {asked}", "TRUE", values(on), dialect, "GROUP BY county, town, village"
    )
    sums = ", ".join(f"CAST(SUM({rule.name}) AS BIGINT) AS {rule.name}" for rule in rules)
    sets = "GROUPING SETS ((county, town, village), (county, town), (county), ())"
    order = "ORDER BY county NULLS FIRST, town NULLS FIRST, village NULLS FIRST"
    return f"SELECT county, town, village, {sums} FROM ({by_village}) AS v GROUP BY {sets} {order}"  # noqa: S608  (rules of ours)


def by_duckdb(folder: Path, query: str) -> Rows:
    """The rows of a roll-up (DuckDB's SQL) over every county's files below `folder`, the whole first.

    Contracts meet only contracts of their own county: one county after the other is asked, so that memory holds one.
    """
    whole: list[int] = []
    parts: Rows = []
    with duckdb.connect(config={"preserve_insertion_order": False}) as engine:
        for county in sorted(path for path in folder.iterdir() if path.is_dir()):
            for name in (each for each in TABLES if each in query):
                engine.read_parquet(str(county / f"{name}.parquet")).create_view(name, replace=True)
            for row in engine.execute(query).fetchall():
                if row[0] is not None:
                    parts.append(row)
                else:
                    numbers = [int(number) for number in row[len(PLACES) :]]
                    whole = [sum(pair) for pair in zip(whole, numbers, strict=True)] if whole else numbers
    return [(None, None, None, *whole), *parts] if parts else []


@contextmanager
def spark_session(master: str) -> Iterator[SparkSession]:
    """A session on a Spark master, closed at the end. Raises NotReady `screen.no_spark` where Spark is not installed."""
    try:
        from pyspark.sql import SparkSession as Session
    except ImportError as missing:
        raise NotReady(
            "screen.no_spark",
            "没有安装Spark；请用“spark”附加项安装，或者不加--spark，由DuckDB计算。",
            "Spark is not installed: install the extra “spark”, or leave --spark out and let DuckDB count.",
        ) from missing
    builder = Session.builder.master(master).appName("cunwu").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.session.timeZone", "Asia/Shanghai").getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def by_spark(session: SparkSession, folder: Path, query: str) -> Rows:
    """The same by a Spark session whose workers see `folder`; `query` is in Spark's SQL."""
    for name in TABLES:
        session.read.parquet(str(folder / "*" / f"{name}.parquet")).createOrReplaceTempView(name)
    return [tuple(row) for row in session.sql(query).collect()]


@dataclass(frozen=True)
class Counts:
    """How many contracts each rule asks of: a row for every village, town, county and one in all, the whole before its parts.

    A row is county, town, village (None above its level), then a number for each of `rules`.
    """

    rules: tuple[str, ...]
    rows: Rows

    def of(self, row: tuple[Any, ...], rule: str) -> int:
        """A row's number for a rule."""
        return int(row[len(PLACES) + self.rules.index(rule)])


def counts(
    folder: Path,
    run: Callable[[Path, str], Rows],
    *,
    on: date,
    dialect: str = "duckdb",
    names: Sequence[str] | None = None,
) -> Counts:
    """What the rules that are switched on, or those named, ask of every county exported to `folder`, by the engine `run`."""
    rules = asked_of(on, names)
    return Counts(tuple(rule.name for rule in rules), run(folder, roll_up(rules, on, dialect)))


def _abroad(column: str, held: Any, county: str, base: int) -> Any:
    """A column as it leaves the county: its keys and places carry which county's they are."""
    if column in KEYS:
        return pc.add(held, base)
    return pc.binary_join_element_wise(county, held, ".") if column in PLACES else held
