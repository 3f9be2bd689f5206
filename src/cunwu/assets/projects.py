"""Projects: registered with their money, followed to their acceptance, and what they left as assets of the collective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from cunwu.assets.actions import register_assets
from cunwu.assets.entries import AssetEntry
from cunwu.assets.models import Asset, Project, ProjectFund, ProjectProgress
from cunwu.documents import actions as documents
from cunwu.documents import redaction
from cunwu.errors import Invalid, NotReady
from cunwu.org import audit
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment, Organization
from cunwu.procedures.models import Matter
from cunwu.procedures.papers import require_paper_size

KEEP = "assets.keep"


@dataclass(frozen=True)
class ProjectEntry:
    """A project as stated: fen, and by source where the money comes from (keys of `ProjectFund.Source`)."""

    name: str
    budget: int
    funds: Mapping[str, int] = field(default_factory=dict)
    begun_day: date | None = None
    planned_end: date | None = None
    matter: Matter | None = None


@dataclass(frozen=True)
class Accepted:
    """What an acceptance found: millionths of a mu improved, people given work or income, fen a year that it brings."""

    day: date
    words: str
    area: int | None = None
    people: int | None = None
    yearly_income: int | None = None


@dataclass(frozen=True)
class Progress:
    """How far a project is: percent done, fen spent since the beginning, words, and a photograph."""

    day: date
    percent: int
    spent: int
    note: str = ""
    photo: bytes = b""
    media_type: str = "image/jpeg"


def register_project(
    actor: Appointment, organization: Organization, entry: ProjectEntry, *, now: datetime
) -> Project:
    """Register a project with its budget and the sources of its money.

    Side effects in order: the project, its funds, the audit. Raises NotAllowed; NotReady `project.name_taken`; Invalid
    `project.no_name`, `project.budget`, `project.funds`, `project.source`, `project.ends_before_it_begins`,
    `project.matter`, `redaction.*`.
    """
    require(actor, KEEP, organization, now)
    _check(entry, organization)
    try:
        with transaction.atomic():
            project = Project.objects.create(
                organization=organization,
                name=entry.name.strip(),
                budget=entry.budget,
                begun_day=entry.begun_day,
                planned_end=entry.planned_end,
                matter=entry.matter,
                registered_at=now,
            )
            ProjectFund.objects.bulk_create(
                ProjectFund(project=project, source=source, amount=amount)
                for source, amount in entry.funds.items()
            )
            _record(actor, "register", project, now, budget=entry.budget)
    except IntegrityError as taken:
        raise NotReady(
            "project.name_taken",
            f"“{entry.name.strip()}”已经登记过；请打开那个项目，或者换个名称。",
            f"“{entry.name.strip()}” is registered already; open that project or use another name.",
        ) from taken
    return project


def record_progress(
    actor: Appointment, project: Project, stated: Progress, *, now: datetime
) -> ProjectProgress:
    """Record how far a project is; never earlier than the last record, and no part undone without saying why.

    Side effects in order: the photograph, the record, the audit. Raises NotAllowed; NotReady `project.accepted`; Invalid
    `project.percent`, `project.spent`, `project.day`, `project.went_back`, `paper.size`, `redaction.*`.
    """
    require(actor, KEEP, project.organization, now)
    _require_running(project)
    _check_progress(project, stated, local_day(now))
    if stated.photo:
        require_paper_size(stated.photo)
    with transaction.atomic():
        photo = documents.store(stated.photo, stated.media_type, now=now) if stated.photo else None
        made = ProjectProgress.objects.create(
            project=project,
            day=stated.day,
            percent=stated.percent,
            spent=stated.spent,
            note=stated.note.strip()[:200],
            photo=photo,
            by=actor,
            at=now,
        )
        _record(actor, "progress", project, now, percent=stated.percent, spent=stated.spent)
    return made


def accept_project(actor: Appointment, project: Project, found: Accepted, *, now: datetime) -> Project:
    """Record the acceptance: who accepted, what was found, what it brings. After it the project is closed.

    Raises NotAllowed; NotReady `project.accepted`, `project.not_begun`; Invalid `project.day`, `project.no_acceptance`,
    `redaction.*`.
    """
    require(actor, KEEP, project.organization, now)
    _require_running(project)
    if not found.words.strip():
        raise Invalid(
            "project.no_acceptance",
            "请写明谁验收、验收的结果。",
            "Say who accepted it and what was found.",
        )
    redaction.require_no_numbers(found.words)
    last = project.progress.last()
    if project.begun_day is None or last is None:
        raise NotReady(
            "project.not_begun",
            "还没有登记开工或者进度，不能验收。",
            "Neither its beginning nor any progress is recorded; it cannot be accepted yet.",
        )
    if not max(project.begun_day, last.day) <= found.day <= local_day(now):
        raise _wrong_day(found.day)
    with transaction.atomic():
        project.accepted_day, project.acceptance = found.day, found.words.strip()[:200]
        project.area, project.people, project.yearly_income = found.area, found.people, found.yearly_income
        fields = ("accepted_day", "acceptance", "area", "people", "yearly_income")
        project.save(update_fields=fields)
        _record(actor, "accept", project, now)
    return project


def become_asset(actor: Appointment, project: Project, entry: AssetEntry, *, now: datetime) -> Asset:
    """Enter what an accepted project left as an asset of the collective, with the project that it came from (M59).

    Raises NotAllowed; NotReady `project.not_accepted`; and what `register_assets` raises.
    """
    require(actor, KEEP, project.organization, now)
    if project.accepted_day is None:
        raise NotReady(
            "project.not_accepted",
            "项目还没有验收，不能转为集体资产。",
            "The project was not accepted yet; what it leaves cannot be entered as an asset.",
        )
    with transaction.atomic():
        (asset,) = register_assets(actor, project.organization, [entry], now=now)
        asset.project = project
        asset.save(update_fields=["project"])
        _record(actor, "become_asset", project, now, asset=asset.public_id)
    return asset


def _check(entry: ProjectEntry, organization: Organization) -> None:
    if not entry.name.strip():
        raise Invalid("project.no_name", "请写明项目名称。", "Give the project's name.")
    redaction.require_no_numbers(entry.name)
    if entry.budget <= 0:
        raise Invalid("project.budget", "预算要大于零。", "The budget must be above zero.")
    if any(source not in ProjectFund.Source.values or amount <= 0 for source, amount in entry.funds.items()):
        raise Invalid(
            "project.source",
            "资金来源请从列出的里选，金额要大于零。",
            "Choose the sources listed, each with an amount above zero.",
        )
    raised = sum(entry.funds.values())
    if raised > entry.budget:
        raise Invalid(
            "project.funds",
            f"各项资金合计{raised / 100:,.2f}元，超过预算{entry.budget / 100:,.2f}元；请核对。",
            f"The funds come to {raised / 100:,.2f} yuan, more than the budget of {entry.budget / 100:,.2f}; check them.",
        )
    if entry.begun_day and entry.planned_end and entry.planned_end <= entry.begun_day:
        raise Invalid(
            "project.ends_before_it_begins",
            "计划完工不能早于开工；请核对日期。",
            "It cannot be planned to end before it begins; check the days.",
        )
    if entry.matter is not None and entry.matter.organization.place_id != organization.place_id:
        raise Invalid(
            "project.matter",
            f"《{entry.matter.title}》是另一个村的事项。",
            f"{entry.matter.title} is a matter of another village.",
        )


def _check_progress(project: Project, stated: Progress, today: date) -> None:
    if not 0 <= stated.percent <= 100:
        raise Invalid("project.percent", "进度在0到100之间。", "Progress lies between 0 and 100.")
    if stated.spent < 0 or stated.spent > project.budget:
        raise Invalid(
            "project.spent",
            f"已用资金不能超过预算{project.budget / 100:,.2f}元；超预算的要先变更。",
            f"What was spent cannot exceed the budget of {project.budget / 100:,.2f} yuan; change the works first.",
        )
    redaction.require_no_numbers(stated.note)
    last = project.progress.last()
    begun = project.begun_day or date.min
    if not max(begun, last.day if last else begun) <= stated.day <= today:
        raise _wrong_day(stated.day)
    if last and (stated.percent < last.percent or stated.spent < last.spent) and not stated.note.strip():
        raise Invalid(
            "project.went_back",
            f"比上一次（{last.percent}%，{last.spent / 100:,.2f}元）少了，请写明原因。",
            f"It is less than the last time ({last.percent} %, {last.spent / 100:,.2f} yuan); say why.",
        )


def _require_running(project: Project) -> None:
    if project.accepted_day is not None:
        raise NotReady(
            "project.accepted",
            f"项目已在{project.accepted_day}验收，不能再改。",
            f"The project was accepted on {project.accepted_day} and cannot be changed.",
        )


def _wrong_day(day: date) -> Invalid:
    return Invalid(
        "project.day",
        f"日期{day}不对：不能早于开工和上一次登记，也不能晚于今天。",
        f"The day {day} is not possible: neither before its beginning and the last record, nor after today.",
    )


def _record(actor: Appointment, verb: str, project: Project, now: datetime, **details: Any) -> None:
    audit.record(
        actor,
        f"projects.{verb}",
        f"project:{project.public_id}",
        now=now,
        organization=project.organization,
        **details,
    )
