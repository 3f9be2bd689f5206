"""The papers of a meeting in Word: from the record, nothing typed again."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from docx import Document

from cunwu.org import actions as org
from cunwu.procedures import meetings, word
from cunwu.procedures.guards import Ballot
from cunwu.procedures.meetings import Point
from procedures.conftest import Hall


def text_of(data: bytes) -> str:
    """All paragraphs."""
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)


def rows_of(data: bytes) -> list[list[str]]:
    """The table's rows."""
    (table,) = Document(io.BytesIO(data)).tables
    return [[cell.text for cell in row.cells] for row in table.rows]


def called(hall: Hall, now: datetime) -> meetings.Meeting:
    """The representatives, called ten days ahead."""
    return meetings.call(
        hall.village.clerk,
        hall.village.committee,
        "representatives_meeting",
        now.date(),
        [Point("讨论道路养护")],
        venue="村委会二楼",
        notice_on=now.date() - timedelta(days=10),
        now=now,
    )


def test_the_sheet_to_sign_has_everybody_on_the_roll_once(hall: Hall, now: datetime) -> None:
    rows = rows_of(word.attendance_sheet(called(hall, now), "zh"))
    assert rows[0] == ["序号", "姓名", "签名", "备注"]
    assert len(rows) == 1 + 26
    assert {row[2] for row in rows[1:]} == {""}
    assert not any(character.isdigit() for row in rows[1:] for character in row[1] if len(row[1]) > 4)


def test_the_minutes_say_who_came_and_how_they_voted(hall: Hall, now: datetime) -> None:
    meeting = called(hall, now)
    report = hall.report(meeting, absent=2, votes=Ballot(20, 3, 1), observers=[hall.village.zhao])
    meetings.close(hall.village.clerk, meeting, report, now=now)
    zh, en = (text_of(word.minutes(meeting, language)) for language in ("zh", "en"))
    for words in (
        "应到26人，实到24人",
        "赞成20票，反对3票，弃权1票，通过",
        "列席：赵立新",
        "会议记录。",
        "村委会二楼",
    ):
        assert words in zh, words
    assert "24 of 26 came" in en
    assert "20 in favour, 3 against, 1 abstained: carried" in en
    assert len(rows_of(word.attendance_sheet(meeting, "en"))) == 1 + 27


def test_a_large_roll(hall: Hall, now: datetime) -> None:
    for number in range(300):
        person = org.register_person(None, f"村民{number:03}", now=now)
        org.enrol(
            None, person, hall.village.committee, "representative", now.date().replace(year=2024), now=now
        )
    assert len(rows_of(word.attendance_sheet(called(hall, now), "zh"))) == 1 + 326
