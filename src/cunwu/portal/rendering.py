"""Turning a template into the bytes of a page: one engine, one table of words, links that work from any folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Library
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from cunwu.portal import figures
from cunwu.portal.policy import PAGE_POLICY
from cunwu.portal.wording import say as words

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "portal"
LANGUAGE_TAGS = {"zh": "zh-Hans", "en": "en"}

register = Library()


@register.simple_tag(takes_context=True)
def say(context: Mapping[str, Any], key: str, **values: object) -> SafeString:
    """`{% say "key" name=value %}`: the words in the page's language; values are escaped, words are ours."""
    escaped = {name: conditional_escape(str(value)) for name, value in values.items()}
    return mark_safe(words(context["language"], key, **escaped))  # noqa: S308  (escaped above)


@register.filter
def money(fen: int) -> str:
    """Fen as yuan."""
    return figures.money(fen)


@register.simple_tag(takes_context=True)
def written(context: Mapping[str, Any], kind: str, value: Any) -> str:
    """`{% written "day" value %}`: a day, short_day, moment or period in the page's language."""
    forms: dict[str, Callable[[Any, str], str]] = {
        "day": figures.day,
        "short_day": figures.short_day,
        "moment": figures.moment,
        "period": figures.period,
    }
    return forms[kind](value, context["language"])


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], builtins=[__name__])


def render(template: str, language: str, path: str, **context: object) -> bytes:
    """The page `path` ("zh/p/abc/index.html") from `template`, in `language` ("zh" or "en").

    The page knows the way from its folder to the site's root (`root`), the same page in the other language
    (`other`), and whether the data are invented (`demo`).
    """
    folder = path.rpartition("/")[0]
    root = "../" * (folder.count("/") + 1) if folder else ""
    installation = settings.CUNWU
    known = {
        "language": language,
        "language_tag": LANGUAGE_TAGS[language],
        "root": root,
        "home": f"{root}{language}/",
        "other": root + _other_language(folder, language),
        "policy": PAGE_POLICY,
        "demo": installation.demo,
        "installation": installation.title_zh if language == "zh" else installation.title_en,
    }
    page = _engine().get_template(template).render(Context(known | context))
    return "\n".join(filter(None, map(str.strip, page.split("\n")))).encode()


def fragment(template: str, language: str, **context: object) -> SafeString:
    """A part that several pages share, rendered once."""
    return _engine().get_template(template).render(Context({"language": language} | context))


def template(name: str, **context: object) -> str:
    """A template that is no page in a language: nothing added, nothing squeezed."""
    return _engine().get_template(name).render(Context(context))


def _other_language(folder: str, language: str) -> str:
    """The folder of the same page in the other language. A scanned page `v/…` has none before it in Chinese."""
    first, _, rest = folder.partition("/")
    if first == "v":
        return f"en/{folder}/"
    if language == "en" and rest.startswith("v/"):
        return f"{rest}/"
    return f"{'en' if language == 'zh' else 'zh'}/{rest}{'/' if rest else ''}"
