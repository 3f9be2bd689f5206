"""What outsiders may send: any bytes, and a sound sample with some of it changed. Used by each room's `test_hostile.py`.

The samples count: arbitrary bytes hardly get past a first line, a changed sample reaches every branch behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from cunwu.errors import Refused

T = TypeVar("T")

few = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
"""For what writes files or rows."""
many = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""For what only reckons."""

LONG = "9" * 5_000
"""A number that Python itself refuses to read, beyond 4,300 digits."""
ODD = st.sampled_from(
    ["", "\0", " ", "\n", "\r\n", "\n\n", '"', "'", ",", "[", "{", "}", "-", "+", "=", "é", "\ud800", "٣", "²", "ſ", "K",
     "\ufeff", "\u202e", "../", "/etc/passwd", "null", "-1", "1e999", "NaN", LONG, "9" * 19, "0" * 20, "[" * 2_000]
)  # fmt: skip
"""What parsers have stumbled over."""


@st.composite
def texts(draw: st.DrawFn, *samples: str) -> str:
    """Any text, or one of the samples with up to four pieces cut out, doubled or put in."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.text(max_size=200) | ODD)
    text = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        put = draw(ODD | st.text(max_size=3) | st.just(text[start:end] * 2))
        text = text[:start] + put + text[end:]
    return text


@st.composite
def contents(draw: st.DrawFn, *samples: bytes) -> bytes:
    """The same of bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        odd = ODD.map(lambda text: text.encode("utf-8", "surrogatepass"))
        data = data[:start] + draw(odd | st.binary(max_size=3) | st.just(data[start:end] * 2)) + data[end:]
    return data


def answer(read: Callable[[], T], *documented: type[Exception]) -> T | None:
    """What was read, or None where it was refused with a sentence in both languages, or as documented. All else goes on."""
    try:
        return read()
    except Refused as refusal:
        refused = refusal
    except documented:
        return None
    assert refused.zh
    assert refused.en
    assert refused.code
    return None
