"""The papers of a meeting as Word files, from the record: the sheet to sign on, and the minutes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table

from cunwu.documents.cells import day_text
from cunwu.law.texts import Text
from cunwu.procedures.models import AgendaItem, Attendance, Meeting
from cunwu.procedures.roll import seats
from cunwu.procedures.rules import meeting_rule

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MARKS = {
    "present": Text(zh="到会", en="present"),
    "online": Text(zh="线上", en="online"),
    "proxy": Text(zh="委托", en="by proxy"),
    "excused": Text(zh="请假", en="excused"),
    "absent": Text(zh="缺席", en="absent"),
}
_SONG, _HEI = "宋体", "黑体"


def attendance_sheet(meeting: Meeting, language: str) -> bytes:
    """签到表: everybody who should attend, with room to sign, before the meeting; afterwards how each came. A .docx."""
    say = _Say(language)
    paper = _paper(meeting)
    _title(paper, f"{_name(meeting, language)}{say('签到表', ' · attendance sheet')}")
    _line(paper, say("时间", "Day"), say.day(meeting.held_on))
    _line(paper, say("地点", "Place"), meeting.venue or "　" * 8)
    marks = list(
        meeting.attendance.select_related("person", "proxy").order_by("-votes", "person__sort_key", "id")
    )
    rows = _signed(marks, say) if marks else _to_sign(meeting)
    _line(paper, say("应到", "Should attend"), say(f"{len(rows)}人", str(len(rows))))
    heads = [say("序号", "No."), say("姓名", "Name"), say("签名", "Signature"), say("备注", "Remark")]
    _table(paper, heads, [[str(number), *row] for number, row in enumerate(rows, 1)], (1.6, 3.4, 6.2, 4.8))
    return _bytes(paper)


def minutes(meeting: Meeting, language: str) -> bytes:
    """会议记录: who came, what was on the agenda, each vote with its outcome, the words as recorded. A .docx.

    Of a meeting that is only called it is the form to write on.
    """
    say = _Say(language)
    paper = _paper(meeting)
    rule = meeting_rule(meeting)
    marks = list(meeting.attendance.select_related("person", "proxy").order_by("person__sort_key", "id"))
    due = [each for each in marks if each.votes]
    came = [each for each in due if each.mark in {"present", "online", "proxy"}]
    _title(paper, f"{_name(meeting, language)}{say('记录', ' · minutes')}")
    _line(paper, say("时间", "Day"), say.day(meeting.held_on))
    _line(paper, say("通知日期", "Notice given"), say.day(meeting.notice_on))
    _line(paper, say("地点", "Place"), meeting.venue or "　" * 8)
    _line(paper, say("主持人", "Chaired by"), meeting.chaired_by.name if meeting.chaired_by else "　" * 4)
    _line(
        paper,
        say("记录人", "Recorded by"),
        meeting.recorded_by.person.name if meeting.recorded_by else "　" * 4,
    )
    if marks:
        counts = say(f"应到{len(due)}人，实到{len(came)}人", f"{len(came)} of {len(due)} came")
        _line(paper, say("到会", "Attendance"), counts)
        for heading, people in _groups(marks, say):
            _line(paper, heading, people)
    _heading(paper, say("议题和表决", "Agenda and votes"))
    for item in (
        meeting.items.select_related("appraised__person")
        .prefetch_related("recusals__person")
        .order_by("number")
    ):
        _item(paper, item, say)
    _heading(paper, say("会议内容", "What was said"))
    for text in (meeting.minutes or "\n" * 6).splitlines() or [""]:
        paper.add_paragraph(text)
    _line(paper, say("依据", "Basis"), rule.basis.zh if language == "zh" else rule.basis.en)
    _line(paper, say("主持人签名", "Signature of the chair"), "　" * 10)
    _line(paper, say("记录人签名", "Signature of the recorder"), "　" * 10)
    return _bytes(paper)


class _Say:
    """Words and days in one language."""

    def __init__(self, language: str) -> None:
        self.zh = language == "zh"

    def __call__(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def day(self, day: object) -> str:
        return day_text(str(day), "zh" if self.zh else "en")


def _name(meeting: Meeting, language: str) -> str:
    title = meeting_rule(meeting).title.sentence(language)
    return f"{meeting.organization.place.name(language)}{'' if language == 'zh' else ' '}{title}"


def _to_sign(meeting: Meeting) -> list[list[str]]:
    due = seats(meeting_rule(meeting), meeting.organization, meeting.held_on)
    return [[seat.person.name, "", ""] for seat in due]


def _signed(marks: Iterable[Attendance], say: _Say) -> list[list[str]]:
    rows = []
    for each in marks:
        how = MARKS[each.mark].sentence("zh" if say.zh else "en")
        note = say(f"受托人：{each.proxy.name}", f"by {each.proxy.name}") if each.proxy else ""
        rows.append([each.person.name, how, note or ("" if each.votes else say("列席", "sitting in"))])
    return rows


def _groups(marks: Sequence[Attendance], say: _Say) -> list[tuple[str, str]]:
    """Who did not come in person, and who sat in; those present are on the attendance sheet."""
    found = []
    for mark in ("online", "proxy", "excused", "absent"):
        names = [_with_proxy(each) for each in marks if each.votes and each.mark == mark]
        if names:
            found.append((MARKS[mark].sentence("zh" if say.zh else "en"), "、".join(names)))
    sat_in = [each.person.name for each in marks if not each.votes]
    return [*found, (say("列席", "Sitting in"), "、".join(sat_in))] if sat_in else found


def _with_proxy(each: Attendance) -> str:
    return f"{each.person.name}（{each.proxy.name}）" if each.proxy else each.person.name


def _item(paper: Paper, item: AgendaItem, say: _Say) -> None:
    paper.add_paragraph(f"{item.number}. {item.title}")
    aside = "、".join(each.person.name for each in item.recusals.all())
    if aside:
        paper.add_paragraph(say(f"回避：{aside}", f"Stood aside: {aside}"))
    if item.in_favour is None:
        return
    words = say("称职{}票，基本称职{}票，不称职{}票", "{} competent, {} fair, {} incompetent")
    counts = (item.in_favour, item.abstained, item.against)
    if item.appraised is None:
        words = say("赞成{}票，反对{}票，弃权{}票", "{} in favour, {} against, {} abstained")
        counts = (item.in_favour, item.against, item.abstained)
    verdict = (
        ""
        if item.appraised
        else say("，通过。", ": carried.")
        if item.carried
        else say("，未通过。", ": not carried.")
    )
    paper.add_paragraph(words.format(*counts) + verdict)
    outcome = item.outcome_zh if say.zh else item.outcome_en
    if outcome:
        paper.add_paragraph(outcome)


def _paper(meeting: Meeting) -> Paper:
    """An empty A4 sheet in the faces of official papers, with page numbers; dated by the meeting, not by the clock."""
    paper = Document()
    section = paper.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.8), Cm(2.4)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _SONG)
    stamp = datetime.combine(meeting.held_on, datetime.min.time(), UTC)
    core = paper.core_properties
    core.author, core.last_modified_by, core.title = "", "", str(meeting.public_id)
    core.created = core.modified = stamp
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        _field(footer.add_run(), kind, text)
    return paper


def _field(run: object, kind: str | None, text: str | None) -> None:
    """A part of Word's field for the page number."""
    element = OxmlElement("w:fldChar" if kind else "w:instrText")
    if kind:
        element.set(qn("w:fldCharType"), kind)
    else:
        element.text = text
    run._r.append(element)  # type: ignore[attr-defined]


def _title(paper: Paper, text: str) -> None:
    paragraph = paper.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_after = Pt(12)
    run = paragraph.add_run(text)
    run.bold, run.font.size = True, Pt(18)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _HEI)


def _heading(paper: Paper, text: str) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(8)
    run = paragraph.add_run(text)
    run.bold = True


def _line(paper: Paper, name: str, text: str) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.add_run(f"{name}：").bold = True
    paragraph.add_run(text)


def _table(
    paper: Paper, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
) -> None:
    """A ruled table whose head is repeated on every page."""
    table = paper.add_table(rows=1, cols=len(heads))
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = text
        cell.paragraphs[0].runs[0].bold = True
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    _set_widths(table, widths)


def _set_widths(table: Table, widths: Sequence[float]) -> None:
    for column, width in zip(table.columns, widths, strict=True):
        for cell in column.cells:
            cell.width = Cm(width)


def _bytes(paper: Paper) -> bytes:
    buffer = io.BytesIO()
    paper.save(buffer)
    return buffer.getvalue()
