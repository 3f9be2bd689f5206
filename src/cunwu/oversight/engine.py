"""Rules and facts said in an engine's dialect, with days and thresholds bound as literals; nothing else gets through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.eliminate_ctes import eliminate_ctes
from sqlglot.optimizer.eliminate_joins import eliminate_joins
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify

from cunwu.oversight.facts_sql import FACTS, TABLES

ALLOWED = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Null,
    exp.Boolean, exp.Literal, exp.Column, exp.Identifier, exp.Placeholder, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.In,
    exp.Neg, exp.Coalesce, exp.Tuple,
)  # fmt: skip
"""What a rule's condition may be made of: comparisons and arithmetic over columns and thresholds."""
LONGEST = 600


def require_plain(expression: str) -> exp.Expr:
    """The condition as a tree. Raises ValueError for anything but comparisons and arithmetic: no function that reaches
    outside, no query within, no second statement."""
    if len(expression) > LONGEST:
        raise ValueError(f"a condition has {LONGEST} characters at most")
    try:
        tree = sqlglot.parse_one(expression, read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ValueError(f"not a condition: {expression}") from error
    for node in tree.walk():
        if type(node) not in ALLOWED:
            raise ValueError(f"{type(node).__name__} is not allowed in a condition: {expression}")
    return tree


def statement(select: str, where: str, values: Mapping[str, int | date], dialect: str, rest: str = "") -> str:
    """One query over the facts in an engine's dialect: only the columns and joins that it needs are left in it.

    `select`, `where` and `rest` (a grouping) are DuckDB's SQL over the columns of `facts`. Raises KeyError for a `:name`
    without a value.
    """
    asked = f"SELECT {select} FROM ({FACTS}) AS facts WHERE {where} {rest}"  # noqa: S608  (rules of ours, checked)
    tree = qualify(_bound(asked, values), schema=dict(TABLES), dialect="duckdb", quote_identifiers=False)
    tree = eliminate_ctes(eliminate_joins(pushdown_projections(tree)))
    return tree.sql(dialect=dialect)


def said(sql: str, values: Mapping[str, int | date], dialect: str) -> str:
    """`sql` (DuckDB's) in `dialect`, each `:name` replaced by its value. Raises KeyError for a name without one."""
    return _bound(sql, values).sql(dialect=dialect)


def _bound(sql: str, values: Mapping[str, int | date]) -> exp.Expr:
    def literal(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        value = values[node.name]
        if isinstance(value, date):
            return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
        return exp.Literal.number(value)

    return sqlglot.parse_one(sql, read="duckdb").transform(literal)
