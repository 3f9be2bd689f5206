"""The flow of a power as one picture: look at it, do the thing (看图办事). SVG from the pinned rule, no script, no style.

One column from top to bottom: it fits a telephone and a sheet on the wall, and is read aloud in the order of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cunwu.law.procedures import Limit, PowerRule, StepRule
from cunwu.procedures.guards import yuan
from cunwu.procedures.words import STATES, who

WIDTH, PADDING, GAP, LINE, LEFT = 340, 9, 16, 19, 46
TITLE_SIZE, SMALL_SIZE = 15, 12.5
MARKS: Mapping[str, str] = {"done": "✓", "open": "▶", "skipped": "–"}
"""What stands in a step's circle instead of its number: state is never told by colour alone."""
STOPS = frozenset("，。、；：？！）》」”’·…,.;:?!)%\u00a0")
"""A line never begins with one of these."""
OPENINGS = frozenset("（《「“‘(")
"""A line never ends with one of these."""
WIDE = "\u2e80"
"""From here on a character is as wide as it is high."""
WIDE_MARKS = frozenset("“”‘’·…—")
"""So are these, in the fonts in which Chinese is set."""


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
        parts.append(_term(step.term, waits=step.kind == "objection", zh=zh))
    if step.above is not None:
        line = yuan(int(step.above.amount * 100)).removesuffix(".00")
        parts.append(f"{line}元以上" if zh else f"above {line} yuan")
    return "\u00a0· ".join(part for part in parts if part)


def _term(term: Limit, *, waits: bool, zh: bool) -> str:
    """How long the step may take; of a time for objections, how long it lasts."""
    if term.unit == "months":
        length = f"{term.value}个月" if zh else f"{term.value}\u00a0months"
    elif term.counting == "working":
        length = f"{term.value}个工作日" if zh else f"{term.value}\u00a0working days"
    else:
        length = f"{term.value}天" if zh else f"{term.value}\u00a0days"
    if waits:
        return f"满{length}" if zh else f"lasts {length}"
    return f"{length}内" if zh else f"within {length}"


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
    zh = language == "zh"
    told = []
    for number, step in enumerate(power.steps, 1):
        said = f"{number}. {step.title.sentence(language)}"
        if states and step.name in states:
            state = STATES[states[step.name]].sentence(language)
            said += f"（{state}）" if zh else f" ({state})"
        if small := small_print(step, language):
            said += ("：" if zh else ": ") + small
        told.append(said)
    return ("。" if zh else ". ").join(told)


def wrapped(text: str, ems: float) -> list[str]:
    """`text` in lines of at most `ems` times the height of its letters; words of Latin letters are kept whole."""
    lines, line, used = [], "", 0.0
    for piece in _pieces(text):
        width = sum(map(_width, piece))
        if line and used + width > ems:
            lines.append(line.strip())
            line, used = "", 0.0
        if line or piece != " ":
            line, used = line + piece, used + width
    return [*lines, line.strip()] if line.strip() else lines


def _width(letter: str) -> float:
    """In ems, rather too wide than too narrow: a telephone sets it in a font of its own."""
    if letter >= WIDE or letter in WIDE_MARKS:
        return 1.0
    return 0.8 if letter.isupper() or letter in "mw%" else 0.6


def _pieces(text: str) -> list[str]:
    """Where a line may break: around every wide character and at spaces, but not before a stop or after an opening."""
    found: list[str] = []
    for letter in text:
        if found and _joins(found[-1][-1], letter):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _joins(before: str, letter: str) -> bool:
    if " " in {before, letter}:
        return False
    return letter in STOPS or before in OPENINGS or (before < WIDE and letter < WIDE)
