"""The proof pack of a matter (办事凭证包): how it was done, from the record, as one signed PDF that carries the log's proofs.

What is not there is said. Who reads it needs no account here: the attached bundles are checked by any offline verifier.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.db import transaction

from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice
from cunwu.disclosure.queries import bundle, listed
from cunwu.documents import seal
from cunwu.documents.cells import day_text
from cunwu.duties.models import Duty
from cunwu.errors import NotReady
from cunwu.law.procedures import GuardRule
from cunwu.org import audit
from cunwu.org.authority import local_day, may, require
from cunwu.org.models import Appointment
from cunwu.procedures.guards import yuan
from cunwu.procedures.models import AgendaItem, Matter, ResidentObjection, Step
from cunwu.procedures.queries import is_personal, public_title, with_steps
from cunwu.procedures.rules import power_of
from cunwu.procedures.words import office_title

TEMPLATE = Path(__file__).with_name("proofs.typ")
FONT = "Noto Sans CJK SC"
RIGHTS = ("matters.act", "matters.open", "duties.read")
README = """怎样核验 / HOW TO VERIFY

1. 这份PDF由出具单位的密钥签名。用 pdfsig 查看签名是否有效；证书是自签的，请把证书的 SHA-256 指纹与村务公开网站“怎样核验”页面上的对照。
   The PDF is signed. Check it with pdfsig. The certificate is self-signed: compare its SHA-256 fingerprint with the one on
   the residents' page "How to verify".
2. 取出附件：pdfdetach -saveall 文件.pdf
   Take out the attachments: pdfdetach -saveall FILE.pdf
3. 每个 bundle-*.json 是一份公开件和它在公开日志里的证明：
   Each bundle-*.json is a publication with its proof from the public log:
   python -m cunwu.tlog verify --bundle bundle-1.json --fingerprint "{fingerprint}"
   也可以用网站上的离线核验工具（一个网页文件）。
   The offline verifier of the residents' site (one web page) does the same.

能证明：这些内容在那个时间已经公开、没有改过。不能证明：会上说的话、材料里的事实是真的。
This proves that these contents were public at that time and were not altered. It does not prove that what was said in a
meeting or stands in a paper is true.
"""


def issue_proof(actor: Appointment, matter: Matter, *, now: datetime) -> bytes:
    """The pack as a signed PDF; that it was issued, to whom and with which SHA-256, is audited.

    Raises NotAllowed; NotReady `portal.fonts_missing` on a machine without the Chinese fonts.
    """
    able = (right for right in RIGHTS if may(actor, right, matter.organization, now))
    require(actor, next(able, RIGHTS[0]), matter.organization, now)
    content = proof_content(matter, local_day(now))
    unsigned = _compiler().compile(
        format="pdf",
        sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
        timestamp=int(now.timestamp()),
    )
    if not isinstance(unsigned, bytes):
        raise TypeError("a PDF is one file")
    data = seal.sign_pdf(unsigned, f"办事凭证包 {matter.public_id}")
    with transaction.atomic():
        audit.record(
            actor,
            "matters.issue_proof",
            f"matter:{matter.public_id}",
            now=now,
            organization=matter.organization,
            sha256=hashlib.sha256(data).hexdigest(),
        )
    return data


def proof_content(matter: Matter, today: date) -> dict[str, Any]:
    """Everything that the pack says, as the template takes it: pairs and lists of text, and the files to attach."""
    (whole,) = with_steps([matter])
    power, personal = power_of(whole), is_personal(power_of(whole))
    bundles, absent = _bundles(whole)
    steps = [_step(step, number, personal) for number, step in enumerate(whole.steps.all(), 1)]
    return {
        "title": f"{public_title(whole)[0]}：办事凭证包",
        "place": whole.organization.place.name_zh,
        "facts": _facts(whole, personal, today),
        "rule": _rule(whole),
        "steps": steps,
        "separation": _separation(whole),
        "duties": _duties(whole),
        "absent": absent,
        "seal": seal.fingerprint(),
        "log": [log.fingerprint(), log.public_key()],
        "files": [
            {"name": "README.txt", "data": README.format(fingerprint=log.fingerprint())},
            *({"name": f"bundle-{number}.json", "data": text} for number, text in enumerate(bundles, 1)),
            {"name": "rule.json", "data": whole.rule.body},
        ],
        "power": power.title.zh,
    }


def _facts(matter: Matter, personal: bool, today: date) -> list[list[str]]:
    power = power_of(matter)
    opener = matter.opened_by
    lines = [
        ["事项编号", matter.public_id],
        ["权力", f"{power.title.zh}（{power.procedure_title.zh}）"],
        ["依据", power.basis.zh],
        ["办理单位", matter.organization.name_zh],
        [
            "发起",
            f"{_day(local_day(matter.opened_at))} {office_title(opener.office, 'zh')}{opener.person.name}",
        ],
        ["状态", f"{matter.get_state_display()}（截至{_day(today)}）"],
    ]
    if matter.amount_fen is not None:
        lines.append(["金额", f"{yuan(matter.amount_fen)}元"])
    if not personal:
        parties = "、".join(matter.parties.order_by("id").values_list("name", flat=True))
        lines += [["内容", matter.text], ["相对人", parties]]
    if matter.ended_because:
        lines.append(["撤回的理由", matter.ended_because])
    return [line for line in lines if line[1]]


def _rule(matter: Matter) -> list[str]:
    """The pinned rule in words: its digest, then each step with its conditions."""
    power = power_of(matter)
    lines = [f"规则指纹（SHA-256）{matter.rule_id}；发起以后规则包怎样修改都不影响本事项。"]
    for number, step in enumerate(power.steps, 1):
        conditions = [_condition(guard) for guard in step.guards]
        needs = "；".join(dict.fromkeys(each for each in conditions if each))
        lines.append(f"{number}. {step.title.zh}" + (f"：{needs}" if needs else ""))
    return lines


def _condition(guard: GuardRule) -> str:
    figures = [limit for limit in (guard.days, guard.line, guard.count, guard.persons) if limit is not None]
    shares = [f"{share.limit.title.zh}{share.limit.value}" for share in guard.shares]
    told = "，".join([*shares, *(f"{limit.title.zh}{limit.value}" for limit in figures)])
    names = {
        "papers": "材料齐全",
        "recusal": "利害关系人回避",
        "separation": "与前面的经办人不是同一人",
        "higher_room": "不超过决定的金额和账上的资金",
        "observed": "监督委员会列席",
    }
    return told or names.get(guard.kind, "")


def _step(step: Step, number: int, personal: bool) -> dict[str, Any]:
    rule = power_of(step.matter).step(step.name)
    lines = [f"状态：{step.get_state_display()}"]
    if step.done_by is not None:
        who = f"{office_title(step.done_by.office, 'zh')}{step.done_by.person.name}"
        lines.append(f"经办：{who}；登记时间 {_moment(step.done_at)}")
    if step.text and not personal:
        lines.append(step.text)
    if step.amount_fen is not None:
        lines.append(f"金额{yuan(step.amount_fen)}元")
    if step.reference:
        lines.append(f"编号{step.reference}")
    titles = {paper.name: paper.title.zh for paper in rule.papers}
    lines += [
        f"材料：{titles.get(paper.name, paper.name)}，SHA-256 {paper.document_id}"
        for paper in step.papers.order_by("id")
    ]
    lines += _meetings(step)
    lines += _published(step)
    lines += _objections(step)
    day = _day(step.done_on) if step.done_on else ""
    return {"title": f"{number}. {rule.title.zh}", "day": day, "basis": rule.basis.zh, "lines": lines}


def _meetings(step: Step) -> list[str]:
    items = AgendaItem.objects.filter(step=step).exclude(meeting__state="called").select_related("meeting")
    lines = []
    for item in items.order_by("id"):
        marks = item.meeting.attendance.filter(votes=True)
        came = marks.filter(mark__in=("present", "online", "proxy")).count()
        counts = f"{_day(item.meeting.held_on)}会议（{_day(item.meeting.notice_on)}通知）：应到{marks.count()}人，实到{came}人"
        if item.in_favour is None:
            lines.append(f"{counts}，{item.meeting.get_state_display()}")
            continue
        votes = f"赞成{item.in_favour}、反对{item.against}、弃权{item.abstained}"
        aside = item.recusals.count()
        verdict = "通过" if item.carried else item.outcome_zh
        lines.append(f"{counts}，{votes}" + (f"，回避{aside}人" if aside else "") + f"，{verdict}")
    return lines


def _published(step: Step) -> list[str]:
    if step.publication is None:
        return []
    found = listed(step.publication)
    index = "待存证" if found.entry.index is None else f"第{found.entry.index}条"
    lines = [
        f"公开件 {step.publication.public_id}，{_moment(step.publication.published_at)}公布，公开日志{index}，"
        f"叶散列 {found.entry.leaf_hash}"
    ]
    for notice in BoardNotice.objects.filter(publication=step.publication).order_by("put_up_on", "id"):
        down = f"，{_day(notice.taken_down_on)}撤下" if notice.taken_down_on else ""
        lines.append(f"{notice.board}：{_day(notice.put_up_on)}上墙，应挂到{_day(notice.stays_until)}{down}")
    return lines


def _objections(step: Step) -> list[str]:
    """Residents' objections and their answers: never who objected, which the record does not hold."""
    found = ResidentObjection.objects.filter(step=step).order_by("received_at")
    return [
        f"{_day(local_day(each.received_at))}村民异议：{each.text}"
        + (f"；{_day(local_day(each.answered_at))}答复：{each.answer}" if each.answered_at else "；尚未答复")
        for each in found
    ]


def _separation(matter: Matter) -> list[list[str]]:
    """Who proposed, decided, paid and supervised, by the kinds of steps: nobody does all of it."""
    groups = {
        "提议": ("proposal",),
        "签批": ("signature",),
        "询价、招标": ("quotation", "tender"),
        "付款": ("payment",),
        "监督、验收": ("site_check", "acceptance"),
    }
    power = power_of(matter)
    decided = [rule.meeting.title.zh for rule in power.steps if rule.meeting is not None]
    rows = [["决定", "、".join(decided) or "—"]]
    for title, kinds in groups.items():
        done = [
            step.done_by for step in matter.steps.all() if step.kind in kinds and step.done_by is not None
        ]
        names = dict.fromkeys(f"{each.person.name}（{office_title(each.office, 'zh')}）" for each in done)
        rows.append([title, "、".join(names) or "—"])
    return rows


def _duties(matter: Matter) -> list[str]:
    subjects = [f"step:{step.public_id}" for step in matter.steps.all()]
    found = Duty.objects.filter(subject__in=subjects).order_by("due_day")
    return [
        f"{each.title_zh}：期限{_day(each.due_day)}，"
        + (f"{_day(local_day(each.met_at))}办结" if each.met_at else "未办结")
        + ("，逾期" if each.late_at else "")
        for each in found
    ]


def _bundles(matter: Matter) -> tuple[list[str], list[str]]:
    """The bundles to attach, and in words what of the matter's publications cannot be."""
    packed, absent = [], []
    for step in matter.steps.all():
        if step.publication is None:
            continue
        found = listed(step.publication)
        if found.state in {"current", "superseded"} and found.in_log:
            packed.append(json.dumps(bundle(step.publication), ensure_ascii=False, separators=(",", ":")))
        elif not found.in_log:
            absent.append(f"{step.publication.public_id}：还在等待存证，没有附上证明。")
        else:
            absent.append(
                f"{step.publication.public_id}：内容已依法清除或者到期，只有日志里的条目，没有附上原文。"
            )
    if not packed and not absent:
        absent.append("本事项还没有公开过内容，没有日志证明可附。")
    return packed, absent


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    if FONT not in fonts.families():
        raise NotReady(
            "portal.fonts_missing",
            "这台机器没有中文字体，不能排印公告；请以管理员身份运行 apt-get install fonts-noto-cjk 后再试。",
            "This machine has no Chinese fonts and cannot set the notice; as root run apt-get install fonts-noto-cjk.",
        )
    return typst.Compiler(TEMPLATE, font_paths=fonts, ignore_system_fonts=True, sys_inputs={})


def _day(day: date) -> str:
    return day_text(day, "zh")


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{_day(local_day(moment))}"
