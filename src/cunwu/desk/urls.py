"""Addresses of the desk."""

from __future__ import annotations

from django.contrib.staticfiles.views import serve
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.i18n import set_language

from cunwu.desk import (
    archive,
    assets,
    books,
    cards,
    cases,
    clean_up,
    contract_form,
    contracts,
    disclosure,
    drafts,
    findings,
    importing,
    indicators,
    joint,
    ledger_import,
    many,
    matters,
    meetings,
    papers_out,
    people,
    powers,
    programmes,
    projects,
    reads,
    receivables,
    relations,
    supervision,
    today,
    ventures,
    vouchers,
)


class MonthConverter(StringConverter):
    """A month in an address: 2026-09."""

    regex = r"\d{4}-\d{2}"


class HashConverter(StringConverter):
    """A SHA-256 in hex."""

    regex = r"[0-9a-f]{64}"


register_converter(MonthConverter, "month")
register_converter(HashConverter, "sha256")

app_name = "desk"
urlpatterns = [
    path("language/", set_language, name="language"),
    path("health/", today.health, name="health"),
    path("static/<path:path>", serve, {"insecure": True}, name="static"),
    path("", today.today, name="today"),
    path("switch/", today.switch, name="switch"),
    path("many/", many.many, name="many"),
    path("books/", books.home, name="books_home"),
    path("books/<str:organization_id>/", books.months, name="books"),
    path("books/<str:organization_id>/import/", importing.imports, name="import"),
    path("books/<str:organization_id>/import/<sha256:sha256>/", importing.preview, name="preview"),
    path("books/<str:organization_id>/enter/", vouchers.enter, name="enter"),
    path("books/<str:organization_id>/account/<str:code>/", vouchers.account, name="account"),
    path("books/<str:organization_id>/<month:period>/", books.month, name="month"),
    path("books/<str:organization_id>/<month:period>/balance/", books.trial_balance, name="trial_balance"),
    path("books/<str:organization_id>/<month:period>/reconcile/", books.reconcile, name="reconcile"),
    path("voucher/<str:voucher_id>/", vouchers.voucher, name="voucher"),
    path("assets/", assets.home, name="assets_home"),
    path("assets/<str:organization_id>/", assets.assets, name="assets"),
    path("asset/<str:asset_id>/", assets.asset, name="asset"),
    path("contracts/<str:organization_id>/", contracts.contracts, name="contracts"),
    path("contracts/<str:organization_id>/new/", contract_form.register, name="contract_form"),
    path("contract/<str:contract_id>/", contracts.contract, name="contract"),
    path("contract-paper/<int:contract_paper_id>/", contracts.paper, name="contract_paper"),
    path("receivables/<str:organization_id>/", receivables.receivables, name="receivables"),
    path("receivable/<str:receivable_id>/", receivables.receivable, name="receivable"),
    path("projects/<str:organization_id>/", projects.projects, name="projects"),
    path("project/<str:project_id>/", projects.project, name="project"),
    path("project-photo/<int:progress_id>/", projects.photo, name="project_photo"),
    path("ventures/<str:organization_id>/", ventures.ventures, name="ventures"),
    path("venture/<str:venture_id>/", ventures.venture, name="venture"),
    path("ledgers/<str:organization_id>/import/", ledger_import.imports, name="ledger_import"),
    path(
        "ledgers/<str:organization_id>/import/<slug:purpose>/<sha256:sha256>/",
        ledger_import.preview,
        name="ledger_preview",
    ),
    path("findings/", findings.findings, name="findings"),
    path("finding/<str:finding_id>/", findings.finding, name="finding"),
    path("indicators/", indicators.figures, name="indicators"),
    path("programmes/", programmes.programmes, name="programmes"),
    path("programme/<str:programme_id>/", programmes.programme, name="programme"),
    path("clean-up/<str:participation_id>/", clean_up.village, name="clean_up"),
    path("case-file/<str:file_id>/", clean_up.case_file, name="case_file"),
    path("case/<str:case_id>/", cases.case, name="case"),
    path("case/<str:case_id>/opinion/", cases.opinion, name="opinion"),
    path("red-card/<str:card_id>/", cards.card, name="card"),
    path("income-bands/", indicators.bands, name="income_bands"),
    path("screening-rules/", findings.screening_rules, name="screening_rules"),
    path("disclosure/", disclosure.home, name="disclosure_home"),
    path("disclosure/<str:organization_id>/", disclosure.organization_page, name="disclosure"),
    path("draft/<str:draft_id>/", drafts.draft, name="draft"),
    path("publication/<str:publication_id>/", disclosure.publication, name="publication"),
    path("matters/", matters.home, name="matters_home"),
    path("matters/<str:organization_id>/", matters.village_matters, name="matters"),
    path("matter/<str:matter_id>/", matters.matter, name="matter"),
    path("matter/<str:matter_id>/proof.pdf", papers_out.proof, name="proof"),
    path("meeting/<str:meeting_id>/attendance.docx", papers_out.attendance_sheet, name="attendance_docx"),
    path("meeting/<str:meeting_id>/minutes.docx", papers_out.minutes, name="minutes_docx"),
    path("paper/<int:paper_id>/", matters.paper, name="paper"),
    path("powers/<str:organization_id>/", powers.powers, name="powers"),
    path("powers/<str:organization_id>/<slug:name>/", powers.power, name="power"),
    path("meetings/", meetings.home, name="meetings_home"),
    path("meetings/<str:organization_id>/", meetings.village_meetings, name="meetings"),
    path("meeting/<str:meeting_id>/", meetings.meeting, name="meeting"),
    path("archive/<str:organization_id>/", archive.archive, name="archive"),
    path("requests/<str:organization_id>/", joint.village_requests, name="requests"),
    path("request/<str:request_id>/", joint.joint_request, name="request"),
    path("relations/", relations.own, name="relations"),
    path("relations/<str:organization_id>/", relations.of_organization, name="relations_of"),
    path("supervision/<str:organization_id>/", supervision.report, name="supervision"),
    path("duties/", people.duties, name="duties"),
    path("people/", people.people, name="people"),
    path("reads/", reads.reads, name="reads"),
    path("audit/<str:organization_id>/", people.audit, name="audit"),
]
