"""The county's list of powers with the picture of each flow: the same for every village, from the packs of today."""

from __future__ import annotations

from datetime import datetime

from cunwu.law.procedures import PowerRule
from cunwu.org.authority import rules
from cunwu.portal import figures
from cunwu.portal.figures import LANGUAGES
from cunwu.portal.rendering import render
from cunwu.procedures.flow import flow_svg
from cunwu.procedures.words import AREAS, CLASSES, by_area


def power_pages(*, now: datetime) -> dict[str, bytes]:
    """Path to bytes: the list, and a page for each power, in both languages."""
    powers = rules().powers(figures.local_day(now))
    files = {}
    for language in LANGUAGES:
        path = f"{language}/powers/index.html"
        areas = [
            (AREAS[area].sentence(language), _lines(held, language)) for area, held in by_area(powers).items()
        ]
        files[path] = render("powers.html", language, path, areas=areas)
        for power in powers:
            path = f"{language}/powers/{power.name}/index.html"
            files[path] = render("power.html", language, path, **_context(power, language))
    return files


def _lines(powers: list[PowerRule], language: str) -> list[dict[str, object]]:
    return [
        {
            "name": each.name,
            "number": each.number,
            "title": each.title.sentence(language),
            "steps": len(each.steps),
        }
        for each in powers
    ]


def _context(power: PowerRule, language: str) -> dict[str, object]:
    return {
        "number": power.number,
        "title": power.title.sentence(language),
        "area": AREAS[power.area].sentence(language),
        "class": CLASSES[power.class_].sentence(language),
        "conditions": [each.sentence(language) for each in power.conditions],
        "papers": [each.sentence(language) for each in power.papers],
        "days": power.days,
        "risk": power.risk.sentence(language),
        "flow": flow_svg(power, language),
        "basis": power.basis.zh if language == "zh" else power.basis.en,
        "read": power.basis.confidence == "P",
    }
