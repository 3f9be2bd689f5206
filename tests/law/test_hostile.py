"""Whatever a pack's file holds: faults with their line, never a traceback; whatever is called a period: one, or refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cunwu.law.folders import KINDS, read_folder
from cunwu.law.packs import check
from cunwu.law.periods import Period
from cunwu.law.reader import read
from hostile import LONG, answer, contents, few, many, texts

PACKS = Path(__file__).resolve().parents[2] / "packs"
SAMPLES = [
    next((PACKS / "cn" / kind).glob("*.yaml"))
    for kind in (*KINDS, "calendar")
    if (PACKS / "cn" / kind).is_dir()
] + [PACKS / "cn" / "pack.yaml", PACKS / "fangzi" / "sources.yaml", *(PACKS / "fangzi").glob("p*/*.yaml")]
TEXT = b"title: {zh: a, en: b}\nhistory:\n  - from: 2026-01-01\n    value: 3\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write into."""
    return tmp_path_factory.mktemp("yaml") / "one.yaml"


@many
@given(contents(TEXT))
@example(b"value: " + LONG.encode())
@example(b"value: &a [*a, *a]")
@example(b"a: &a [1]\nb: [*a, *a]")
@example(b"? [a, b]\n: 1\n? {c: d}\n: 2\n? [a, b]\n: 3")
@example(b"a: !!python/object/apply:os.system [x]")
@example(b"a: " + b"[" * 5_000)
@example(b"a: " + b"[" * 5_000 + b"]" * 5_000)
@example(b"a: " + b"{a: " * 5_000)
@example(b"- " * 5_000)
@example(b"a: " + b"[" * 200_000)
@example(b"? " * 100_000)
@example(b"a: " + b"x" * 300_000)
@example(b"\xef\xbb\xbfa: 1")
@example(b"a: 0000-00-00\nb: 9999-99-99\nc: 0o7\nd: 1e3\ne: .inf")
@example(b"%YAML 9.9\n---\na: 1\n---\nb: 2")
def test_any_file_is_read_with_its_faults(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    sheet = read(file, "cn/values/one.yaml")
    assert isinstance(sheet.data, dict) or sheet.faults
    for fault in sheet.faults:
        assert fault.line >= 1
        assert fault.sentence("zh")
        assert fault.sentence("en")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.dates()
    | st.sampled_from(["1/10", "", "0", LONG]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["zh", "en", "from", "source", "kind", "name", "until"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def places(data: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in what a file holds."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at] * bool(at) + [found for key, value in inner for found in places(value, (*at, key))]


@few
@given(st.data(), st.sampled_from(SAMPLES))
def test_a_pack_with_anything_anywhere_has_faults_not_tracebacks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, sample: Path
) -> None:
    content = yaml.load(sample.read_bytes(), Loader=yaml.CSafeLoader)
    *way, last = data.draw(st.sampled_from(places(content)))
    inner = content
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(VALUES)
    root = tmp_path_factory.mktemp("packs")
    target = root / sample.relative_to(PACKS).parts[0]
    for name in ("pack.yaml", "sources.yaml"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((PACKS / target.name / name).read_bytes())
    changed = root / sample.relative_to(PACKS)
    changed.parent.mkdir(exist_ok=True)
    changed.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    for fault in (*read_folder(target.name, root).faults, *check((target.name,), root)):
        assert str(fault)
        assert fault.en


@many
@given(texts("2026-09", "2026Q3", "2026H1", "2026"))
@example("٢٠٢٦")
@example("2026-09\n")
@example("0000")
@example("9999")
def test_a_period_has_one_spelling(text: str) -> None:
    period = answer(lambda: Period.parse(text))
    if period is not None:
        assert str(period) == text
        assert isinstance(period.last_day, date)
        assert period.next.previous == period
