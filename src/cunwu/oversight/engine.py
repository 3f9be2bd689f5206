"""Rules and facts said in an engine's dialect, with days and thresholds bound as literals; nothing else gets through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlglot
from sqlglot import exp

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


def said(sql: str, values: Mapping[str, int | date], dialect: str) -> str:
    """`sql` (DuckDB's) in `dialect`, each `:name` replaced by its value. Raises KeyError for a name without one."""

    def bound(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        value = values[node.name]
        if isinstance(value, date):
            return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
        return exp.Literal.number(value)

    return sqlglot.parse_one(sql, read="duckdb").transform(bound).sql(dialect=dialect)
