"""Charts drawn as SVG on the server: no script, no inline style, and the figures beside them as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, BASE = 360, 88, 70


@dataclass(frozen=True)
class Bar:
    """One month: a short label and what came in and went out, fen. Negative sums are drawn as nothing."""

    label: str
    income: int
    expense: int


def month_chart(bars: Sequence[Bar], title: str) -> SafeString:
    """Pairs of bars, months from left to right on one scale; `title` is the text alternative."""
    highest = max((max(bar.income, bar.expense) for bar in bars), default=0) or 1
    step = WIDTH / max(len(bars), 6)
    pieces = [
        (kind, round(at * step + offset * step, 1), round(BASE - height, 1), round(step * 0.36, 1), height)
        for at, bar in enumerate(bars)
        for kind, value, offset in (("income", bar.income, 0.12), ("expense", bar.expense, 0.5))
        if (height := round(max(value, 0) / highest * (BASE - 4), 1))
    ]
    rects = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', pieces)
    labels = format_html_join(
        "",
        '<text x="{}" y="85" text-anchor="middle">{}</text>',
        ((round(at * step + step / 2, 1), bar.label) for at, bar in enumerate(bars)),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<line class="base" x1="0" x2="{}" y1="{}.5" y2="{}.5"/>{}</svg>',
        WIDTH, HEIGHT, title, rects, WIDTH, BASE, BASE, labels,
    )  # fmt: skip
