"""The flow of a power as one picture: look at it, do the thing (看图办事). SVG from the pinned rule, no script, no style.

One column from top to bottom: it fits a telephone and a sheet on the wall, and is read aloud in the order of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cunwu.law.procedures import PowerRule, StepRule
from cunwu.procedures.guards import yuan
from cunwu.procedures.words import STATES, who

WIDTH, PADDING, GAP, LINE, LEFT = 340, 9, 16, 19, 46
TITLE_SIZE, SMALL_SIZE = 15, 12.5
MARKS: Mapping[str, str] = {"done": "✓", "open": "▶", "skipped": "–"}
"""What stands in a step's circle instead of its number: state is never told by colour alone."""
STOPS = frozenset("，。、；：？！）》”’,.;:?!)")
"""A line never begins with one of these."""
WIDE = "\u2e80"
"""From here on a character is as wide as it is high."""


@dataclass(frozen=True)
class _Box:
    """One step as drawn: its place and its lines."""

    number: int
    state: str
    top: int
    height: int
    title: list[str]
    small: list[str]


def flow_svg(power: PowerRule, language: str, states: Mapping[str, str] | None = None) -> SafeString:
    """The steps of `power` in `language` ("zh", "en"); `states` by the step's name: done, open, waiting, skipped.

    The same rule, language and states give the same bytes.
    """
    boxes: list[_Box] = []
    top = 1
    for number, step in enumerate(power.steps, 1):
        state = (states or {}).get(step.name, "waiting")
        boxes.append(_box(number, step, state, top, language))
        top += boxes[-1].height + GAP
    height = top - GAP + 1
    drawn = format_html_join("", "{}", ((_drawn(box),) for box in boxes))
    arrows = format_html_join(
        "",
        '<path class="arrow" d="M{} {}v{}m-4 -5l4 5l4 -5"/>',
        ((LEFT // 2 + 1, box.top + box.height, GAP - 1) for box in boxes[:-1]),
    )
    title = power.title.sentence(language)
    return format_html(
        '<svg class="flow" viewBox="0 0 {} {}" role="img" aria-label="{}"><desc>{}</desc>{}{}</svg>',
        WIDTH, height, title, _read_aloud(power, language, states), arrows, drawn,
    )  # fmt: skip


def small_print(step: StepRule, language: str) -> str:
    """Who takes the step, within how many days, and above which sum it is needed."""
    zh = language == "zh"
    parts = [who(step, language)]
    if step.term is not None:
        parts.append(f"{step.term.value}天内" if zh else f"within {step.term.value} days")
    if step.above is not None:
        line = yuan(int(step.above.amount * 100)).removesuffix(".00")
        parts.append(f"{line}元以上" if zh else f"above {line} yuan")
    return (" · ").join(part for part in parts if part)


def _box(number: int, step: StepRule, state: str, top: int, language: str) -> _Box:
    room = WIDTH - LEFT - 2 * PADDING
    title = wrapped(step.title.sentence(language), room / TITLE_SIZE)
    small = wrapped(small_print(step, language), room / SMALL_SIZE)
    return _Box(number, state, top, 2 * PADDING + LINE * (len(title) + len(small)), title, small)


def _drawn(box: _Box) -> SafeString:
    base = box.top + PADDING + 14
    lines = [("t", base + LINE * at, text) for at, text in enumerate(box.title)]
    lines += [("s", base + LINE * (len(box.title) + at), text) for at, text in enumerate(box.small)]
    texts = format_html_join(
        "", '<text class="{}" x="{}" y="{}">{}</text>', ((kind, LEFT, y, text) for kind, y, text in lines)
    )
    return format_html(
        '<g class="{}"><rect x="1" y="{}" width="{}" height="{}" rx="9"/><circle cx="{}" cy="{}" r="13"/>'
        '<text class="m" x="{}" y="{}" text-anchor="middle">{}</text>{}</g>',
        box.state, box.top, WIDTH - 2, box.height, LEFT // 2 + 1, base - 5, LEFT // 2 + 1, base,
        MARKS.get(box.state, str(box.number)), texts,
    )  # fmt: skip


def _read_aloud(power: PowerRule, language: str, states: Mapping[str, str] | None) -> str:
    stop = "。" if language == "zh" else ". "
    told = []
    for number, step in enumerate(power.steps, 1):
        state = (
            f"（{STATES[states[step.name]].sentence(language)}）" if states and step.name in states else ""
        )
        told.append(f"{number}. {step.title.sentence(language)}{state}：{small_print(step, language)}")
    return stop.join(told)


def wrapped(text: str, ems: float) -> list[str]:
    """`text` in lines of at most `ems` times the height of its letters; words of Latin letters are kept whole."""
    lines, line, used = [], "", 0.0
    for piece in _pieces(text):
        width = sum(1.0 if letter >= WIDE else 0.56 for letter in piece)
        if line and used + width > ems and piece not in STOPS:
            lines.append(line.strip())
            line, used = "", 0.0
        line, used = (line + piece) if line or piece != " " else "", used + width
    return [*lines, line.strip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Where a line may break: around every wide character, and at spaces."""
    found: list[str] = []
    for letter in text:
        joins = found and letter < WIDE and letter != " " and found[-1][-1] < WIDE
        if joins:
            found[-1] += letter
        else:
            found.append(letter)
    return found
