"""Who may do what, where, today: rights come from the office held, and reach as far as its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from django.conf import settings

from cunwu.errors import NotAllowed
from cunwu.law import packs
from cunwu.law.capabilities import CAPABILITIES
from cunwu.law.deadlines import local_day
from cunwu.org.models import Appointment, Organization, Person, Place

__all__ = [
    "CLOCK",
    "Actor",
    "Clock",
    "capabilities",
    "local_day",
    "may",
    "require",
    "require_other_person",
    "rules",
    "wording",
]


@dataclass(frozen=True)
class Clock:
    """The clock as an actor: what the law makes happen by itself when a day is over. It holds no office, so
    `require` does not know it: the few actions that are the clock's take it by type."""

    label: str = "clock"


CLOCK = Clock()
Actor: TypeAlias = Appointment | Clock


@lru_cache(maxsize=8)
def _load(names: tuple[str, ...], root: Path) -> packs.Packs:
    return packs.load(names, root)


def rules() -> packs.Packs:
    """The packs that apply to this installation, read once."""
    return _load(tuple(settings.CUNWU.packs), settings.PACKS)


def capabilities(appointment: Appointment, day: date) -> frozenset[str]:
    """What the office allows on `day`; nothing before the term begins or after it has ended."""
    return (
        frozenset(rules().office(appointment.office).capabilities)
        if appointment.held_on(day)
        else frozenset()
    )


def may(actor: Appointment, capability: str, where: Organization | Place, now: datetime) -> bool:
    """Whether `require` would pass; the pages offer only what the server allows, by this same function."""
    return capability in capabilities(actor, local_day(now)) and reaches(actor, where)


def reaches(actor: Appointment, where: Organization | Place) -> bool:
    """An agency post reaches the organization that entrusted it, no other; an office reaches its place and below."""
    if actor.kind == Appointment.Kind.AGENCY and isinstance(where, Organization):
        return actor.organization_id == where.pk
    return actor.organization.place.contains(where.place if isinstance(where, Organization) else where)


def require(actor: Appointment, capability: str, where: Organization | Place, now: datetime) -> None:
    """Pass, or raise NotAllowed naming the office, the place and what is missing.

    Codes: `authority.expired` (the term is over or has not begun), `authority.capability` (the office does not carry
    it), `authority.place` (another village's).
    """
    if may(actor, capability, where, now):
        return
    office = rules().office(actor.office)
    title_zh, title_en = office.title.zh, office.title.en
    clause = {"basis": office.provision.cite.zh, "basis_en": office.provision.cite.en}
    if not actor.held_on(local_day(now)):
        raise NotAllowed(
            "authority.expired",
            f"{actor.person.name}的{title_zh}任期不在今天之内（{_term(actor)}），不能办理；请由现任人员办理，"
            "或者先办理续任登记。",
            f"{actor.person.name} does not hold the office of {title_en} today ({_term(actor)}); "
            "the present holder must act, or the new term be registered first.",
            **clause,
        )
    if capability not in capabilities(actor, local_day(now)):
        raise NotAllowed(
            "authority.capability",
            f"{title_zh}没有“{wording(capability, 'zh')}”的职权；请由有此职权的人员办理：{_holders(capability, 'zh')}。",
            f"The office of {title_en} does not carry the right to {wording(capability, 'en')}; "
            f"ask one who holds it: {_holders(capability, 'en')}.",
            **clause,
        )
    raise NotAllowed(
        "authority.place",
        f"{actor.organization.name_zh}的{title_zh}不能办理{where.name_zh}的事；请切换到该单位的任职，或者由该单位人员办理。",
        f"The {title_en} of {actor.organization.name('en')} cannot act for {where.name('en')}; "
        "switch to an appointment there, or ask its own officers.",
        **clause,
    )


def require_other_person(
    actor: Appointment, other: Person, *, doing_zh: str, doing_en: str, basis: str, basis_en: str = ""
) -> None:
    """Separation of duties compares persons, not appointments. Raises NotAllowed `authority.same_person`."""
    if actor.person_id == other.pk:
        raise NotAllowed(
            "authority.same_person",
            f"{doing_zh}不能由{other.name}一人兼办；请由另一人办理。",
            f"{doing_en} may not both be done by {other.name}; a different person must do this.",
            basis=basis,
            basis_en=basis_en,
        )


def wording(capability: str, language: str) -> str:
    """The capability in words."""
    return CAPABILITIES[capability].sentence(language)


def _term(appointment: Appointment) -> str:
    return f"{appointment.from_day:%Y-%m-%d}—{appointment.until_day or '…'}"


def _holders(capability: str, language: str) -> str:
    titles = [office.title for office in rules().offices.values() if capability in office.capabilities]
    return ("、" if language == "zh" else ", ").join(title.sentence(language) for title in titles)
