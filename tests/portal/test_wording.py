"""Both languages say everything, with the same values, and nothing that grows stale."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Formatter

import pytest

from cunwu.portal import rendering
from cunwu.portal.bake import STATIC
from cunwu.portal.wording import WORDS

RELATIVE = re.compile(
    r"今天|昨天|明天|还有\{?\w*\}?天|\btoday\b|\byesterday\b|\btomorrow\b|days left|\bago\b"
)
CHINESE = re.compile(r"[一-鿿]")


def values(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_say_it_with_the_same_values(key: str) -> None:
    zh, en = WORDS[key]
    assert values(zh) == values(en)
    assert zh
    assert en
    if key != "other_language":
        assert not CHINESE.search(en)
        assert not RELATIVE.search(zh + en)


def test_every_phrase_that_a_template_says_exists_and_none_is_idle() -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in rendering.TEMPLATES.glob("*.html"))
    said = set(re.findall(r'{% say "(\w+)"', templates))
    assert said <= set(WORDS)
    code = "".join(path.read_text(encoding="utf-8") for path in Path(rendering.__file__).parent.glob("*.py"))
    idle = {key for key in set(WORDS) - said if code.count(f'"{key}"') < 2}
    built = {key for key in idle if re.match(r"frequency_|because_|(more|less|same)_in_", key)}
    assert idle == built


def test_the_verifiers_speak_both_languages() -> None:
    words: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
    for name in ("verify-words.js", "verify-tell-words.js"):
        source = (STATIC / name).read_text(encoding="utf-8")
        for language, said in json.loads(source[source.index("{") : source.rindex("}") + 1]).items():
            words[language] |= said
    assert words["zh"].keys() == words["en"].keys()
    for key in words["zh"]:
        assert values(words["zh"][key]) == values(words["en"][key]), key
        assert not CHINESE.search(words["en"][key])
    code = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("verify-core.js", "verify.js"))
    steps = set(re.findall(r'step\("(\w+)"', code))
    assert len(steps) > 5
    assert steps <= {key.partition(".")[0] for key in words["zh"]}
