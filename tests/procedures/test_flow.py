"""The picture of a power: whole in both languages, the same bytes each time, readable without colour, nothing runs over."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from cunwu.installation import Installation
from cunwu.law.procedures import PowerRule, StepRule
from cunwu.org.authority import rules
from cunwu.procedures.flow import LEFT, MARKS, SMALL_SIZE, STOPS, TITLE_SIZE, WIDTH, flow_svg, wrapped
from cunwu.procedures.words import STATES, who

pytestmark = pytest.mark.slow

TODAY = date(2026, 10, 8)
CHAINS = {("cn", "cn-shandong", "fangzi"): 42, ("cn", "suzhou"): 51}
NARROW, BROAD = frozenset("iljtfrI.,;:'!|()[]- "), frozenset("mwMW%@&—")
ALLOWED = {"svg", "desc", "g", "rect", "circle", "text", "path"}
EMPTY = re.compile(r"\s+")


@pytest.fixture(params=list(CHAINS), ids="+".join)
def powers(request: pytest.FixtureRequest, settings: Settings) -> list[PowerRule]:
    """Every power of a chain of packs."""
    installation: Installation = settings.CUNWU
    settings.CUNWU = type(installation)(**{**vars(installation), "packs": request.param})
    found = rules().powers(TODAY)
    assert len(found) == CHAINS[request.param]
    return found


def width(text: str, size: float) -> float:
    """How wide a line is at most, in the picture's units: by the widths of DejaVu Sans, broader than most, and a full
    em for whatever a Chinese font sets in one."""

    def of(letter: str) -> float:
        if letter in NARROW:
            return 0.41
        if letter in BROAD or ord(letter) > 0xFF or letter == "·":
            return 1.0
        return 0.78 if letter.isupper() else 0.64

    return sum(map(of, text)) * size


def parsed(power: PowerRule, language: str, states: dict[str, str] | None = None) -> ET.Element:
    """The picture as a reader of XML finds it."""
    return ET.fromstring(flow_svg(power, language, states))  # noqa: S314  (ours)


def lines(box: ET.Element, kind: str) -> list[str]:
    """The lines of one step, title (`t`) or small print (`s`)."""
    return [text.text or "" for text in box.findall("text") if text.get("class") == kind]


def solid(text: str) -> str:
    """Without the places where lines break."""
    return EMPTY.sub("", text)


def length_of(step: StepRule, language: str) -> str:
    """The step's term in words of its own."""
    assert step.term is not None
    zh, en = ("个工作日", "workingdays") if step.term.counting == "working" else ("天", "days")
    if step.term.unit == "months":
        zh, en = "个月", "months"
    return f"{step.term.value}{zh if language == 'zh' else en}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_step_stands_in_it_with_who_days_and_limit(powers: list[PowerRule], language: str) -> None:
    for power in powers:
        drawn = parsed(power, language)
        boxes = drawn.findall("g")
        assert len(boxes) == len(power.steps), power.name
        assert drawn.get("aria-label") == power.title.sentence(language)
        described = solid(drawn.findtext("desc") or "")
        for number, (step, box) in enumerate(zip(power.steps, boxes, strict=True), 1):
            where = f"{power.name}/{step.name}"
            title, small = solid("".join(lines(box, "t"))), solid("".join(lines(box, "s")))
            assert title == solid(step.title.sentence(language)), where
            assert lines(box, "m") == [str(number)], where
            assert solid(who(step, language)) in small, where
            assert f"{number}.{title}" in described
            assert small in described, where
            if step.term is not None:
                assert length_of(step, language) in small, where
            if step.above is not None:
                assert f"{int(step.above.amount):,}" in small, where


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_line_runs_over_and_none_begins_with_a_stop(powers: list[PowerRule], language: str) -> None:
    for power in powers:
        for box in parsed(power, language).findall("g"):
            for kind, size in (("t", TITLE_SIZE), ("s", SMALL_SIZE)):
                for line in lines(box, kind):
                    assert LEFT + width(line, size) < WIDTH - 3, (power.name, line)
                    assert line, power.name
                    assert line[0] not in STOPS, (power.name, line)
                    assert line[-1] not in "（《“‘(", (power.name, line)


def test_texts_lie_inside_their_boxes_and_boxes_one_below_the_other(powers: list[PowerRule]) -> None:
    for power in powers:
        drawn = parsed(power, "zh")
        bottom = 0
        for box in drawn.findall("g"):
            rect = box.find("rect")
            assert rect is not None
            top, height = int(rect.get("y", "")), int(rect.get("height", ""))
            assert top > bottom
            bottom = top + height
            assert all(top < int(text.get("y", "")) < bottom for text in box.findall("text"))
        assert drawn.get("viewBox") == f"0 0 {WIDTH} {bottom + 1}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_holds_neither_style_nor_script_and_is_the_same_each_time(
    powers: list[PowerRule], language: str
) -> None:
    for power in powers:
        first = flow_svg(power, language)
        assert first == flow_svg(power, language)
        for element in parsed(power, language).iter():
            assert element.tag in ALLOWED
            assert not [
                name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name
            ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_state_is_told_by_its_sign_and_in_words(powers: list[PowerRule], language: str) -> None:
    for power in powers:
        names = [step.name for step in power.steps]
        states = dict(zip(names, ["done", "open", "skipped", *["waiting"] * len(names)], strict=False))
        drawn = parsed(power, language, states)
        signs = [lines(box, "m")[0] for box in drawn.findall("g")]
        assert signs == [MARKS.get(states[name], str(number)) for number, name in enumerate(names, 1)]
        assert len(set(MARKS.values())) == len(MARKS)
        said = drawn.findtext("desc") or ""
        for state in set(states.values()):
            assert STATES[state].sentence(language) in said
        assert [box.get("class") for box in drawn.findall("g")] == [states[name] for name in names]


def test_words_of_the_packs_are_text_and_never_markup(powers: list[PowerRule]) -> None:
    (step, *others) = powers[0].steps
    nasty = step.title.model_copy(update={"zh": "<script>\"&'</script>村"})
    steps = (step.model_copy(update={"title": nasty}), *others)
    drawn = parsed(powers[0].model_copy(update={"steps": steps}), "zh")
    assert "script" not in {element.tag for element in drawn.iter()}
    assert solid("".join(lines(drawn.findall("g")[0], "t"))) == solid(nasty.zh)


@given(st.text(alphabet="村委会公开“”（），。、·：abcW 12%)(;", max_size=60))
def test_wrapping_loses_nothing_and_keeps_the_rules_of_stops(text: str) -> None:
    found = wrapped(text, 18)
    assert solid("".join(found)) == solid(text)
    if " " not in text:
        assert not [line for line in found[1:] if line[0] in STOPS]
