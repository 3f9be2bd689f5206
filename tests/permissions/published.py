"""docs/permissions.md: the table as people read it, and how many comparisons hold the software to it.

`bin/permissions` writes it; a test fails when the page is not what this writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cunwu.desk import urls
from cunwu.law.capabilities import CAPABILITIES
from permissions.oracle import OFFICES, RELATIONS, TERMS, TITLES, Held
from permissions.pages import COMMANDS, MACHINE, PAGES, Ask, Page

FILE = Path(__file__).parents[2] / "docs" / "permissions.md"
BODIES = {
    "collective": ("本集体经济组织", "the village's collective"),
    "committee": ("本村民委员会", "the villagers' committee"),
    "supervision": ("本村务监督委员会", "the supervisory committee"),
    "town": ("所属乡镇", "the township"),
    "county": ("所属县", "the county"),
    "own": ("任职所在单位", "the office's own body"),
    "place": ("本村", "the village"),
}
ROOMS = {
    "账、资产 · Books and assets": ("books", "assets"),
    "疑点、专项行动 · Findings and programmes": ("findings", "programmes"),
    "公开 · Disclosure": ("disclosure", "redaction"),
    "期限、会议、事项、联名 · Deadlines, meetings, matters, requests": (
        "duties",
        "meetings",
        "matters",
        "requests",
    ),
    "人、留痕、系统 · People, the record, the installation": (
        "relations",
        "org",
        "people",
        "audit",
        "installation",
    ),
}
WHERES = {
    "same organization": ("在本单位任职", "an office of the body itself"),
    "same place, other organization": ("在本村其他单位任职", "an office of another body of the village"),
    "village below": ("在乡镇任职", "an office of the township"),
    "village and town below": ("在县任职", "an office of the county"),
    "sibling village": ("在同乡镇的另一个村任职", "an office of another village of the township"),
    "sibling town": ("在另一个乡镇任职", "an office of another township"),
    "agency of the collective": (
        "受集体经济组织委托（代理记账等）",
        "lent to the collective (agency bookkeeping and such)",
    ),
    "agency of the committee": ("受村民委员会委托", "lent to the villagers' committee"),
}
FIRST = "same organization"
ACTED_IN = (FIRST, "village and town below", "sibling village", "agency of the committee")
"""Relations in which the actions are tried without the pages' gates, the second also for terms that do not run."""
SEATS = (FIRST, "village below", "village and town below", "agency of the collective")
"""Relations from which pages are looked at for what they offer."""
LENT = ("accountant", "cashier")
"""Offices that are lent: nobody lends a secretary."""
APART = frozenset({"many"})
"""Ticks only what is in reach, before any action."""


def is_seated(held: Held) -> bool:
    """Whether somebody looks at the pages from there."""
    return held.relation in SEATS and (not held.relation.startswith("agency") or held.office in LENT)


def _counts() -> dict[str, int]:
    seen = sum(1 + len(page.steps) for page in PAGES.values())
    acted = sum(len(page.steps) for name, page in PAGES.items() if name not in APART)
    seats = sum(is_seated(Held(office, relation)) for office in OFFICES for relation in RELATIONS)
    posts = len(OFFICES) * len(RELATIONS)
    return {
        "rights": posts * len(TERMS) * len(CAPABILITIES) * len(BODIES),
        "pages": posts * seen,
        "actions": len(OFFICES) * (len(ACTED_IN) + len(TERMS) - 1) * acted,
        "offers": seats * seen,
        "commands": posts * len(TERMS) * len(COMMANDS),
    }


COUNTS = _counts()
SAID = {
    "rights": (
        "每个职务、每种位置关系、任期内外，对每个单位的每项职权",
        "every right at every body, for every office, relation and term",
    ),
    "pages": (
        "每个页面能否打开，每个步骤能否办理",
        "whether every page opens and every step of it is taken",
    ),
    "actions": (
        "撤去页面的检查，动作自己是否拒绝",
        "with the pages' own checks taken away, whether the action refuses by itself",
    ),
    "offers": (
        "页面给出的链接和按钮，不多也不少（链接另计，运行时打印）",
        "links and buttons that pages offer, neither more nor fewer (links are counted besides, when run)",
    ),
    "commands": (
        "以任职身份运行的命令",
        "commands that act for an appointment",
    ),
}


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_reach(), *_rights(), *_pages(), *_commands(), *_compared(), ""])


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    cells = list(headers)
    yield ""
    yield f"| {' | '.join(cells)} |"
    yield f"|{'---|' * len(cells)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _head() -> Iterator[str]:
    yield "# Who may do what · 谁能办什么"
    yield ""
    yield (
        "Rights come from the office that a person holds today, as the packs say, and reach as far as its place. This page is written from "
        "the same table that the tests hold the software to (`tests/permissions`), by `bin/permissions`; a test fails when they differ. "
        "It speaks of the national pack with Shandong's and Fangzi's; other packs may deal rights out otherwise."
    )
    yield ""
    yield (
        "职权来自今天担任的职务（由规则包规定），范围以任职单位所在的地方为限；任期一到自动停止。本页由测试所用的同一张表生成，"
        "软件的实际行为与它逐项比对，有一处不同测试就不通过。这里按国家、山东省和坊子区的规则包列出。"
    )


def _reach() -> Iterator[str]:
    yield ""
    yield "## How far an office reaches · 职权的范围"
    yield ""
    yield "Seen from one village; ● is reached. 从一个村看，● 表示够得着。"
    bodies = ("collective", "committee", "supervision", "town", "county")
    rows = (
        [f"{zh} · {en}", *(_dot(RELATIONS[name][body]) for body in bodies)]
        for name, (zh, en) in WHERES.items()
    )
    yield from _table(("任职在哪里 · Where the office sits", *(" · ".join(BODIES[b]) for b in bodies)), rows)
    yield ""
    yield (
        "An office carries its rights from the first day of its term to the last and none outside of it. Separation of duties "
        "(not the same person, not a relative) comes on top and is held by the tests of each room."
    )
    yield ""
    yield "职权从任职当日起，到离任当日止，任期之外没有任何职权。职责分离和回避另有规定，由各部分的测试检验。"


def _rights() -> Iterator[str]:
    yield ""
    yield "## Rights by office · 各职务的职权"
    for title, prefixes in ROOMS.items():
        rights = [name for name in CAPABILITIES if name.partition(".")[0] in prefixes]
        yield ""
        yield f"### {title}"
        yield ""
        for right in rights:
            yield f"- `{right}` {CAPABILITIES[right].zh} · {CAPABILITIES[right].en}"
        rows = (
            [f"{zh} · {en}", *(_dot(right in OFFICES[name]["capabilities"]) for right in rights)]
            for name, (zh, en) in TITLES.items()
        )
        yield from _table(("职务 · Office", *(f"`{right}`" for right in rights)), rows)


def _pages() -> Iterator[str]:
    routes = {str(each.name): f"/{each.pattern}" for each in urls.urlpatterns}
    yield ""
    yield "## Pages of the desk and their steps · 工作台的页面和步骤"
    yield ""
    yield (
        "A page opens to whoever carries any of the rights at the body named, to everybody in office where none is named; lists without a "
        "right of their own show what lies in reach. A step takes all of its rights. "
        "页面对有其中任何一项职权的人打开；没有写职权的，在任人员都能打开，只列出够得着的。步骤要有所列的全部职权。"
    )
    yield ""
    yield (
        "Of a matter's steps each names the offices that take it (`tests/procedures`); the reply to a red card is its person's own, "
        "whatever the office. 事项的每个步骤由规则包写明哪些职务办理；对红牌的说明只由本人提出，与职务无关。"
    )
    rows = ([f"`{routes[name]}`", _seen(said), _steps(said)] for name, said in PAGES.items())
    yield from _table(("页面 · Page", "谁能打开 · Opens with", "步骤 · Steps"), rows)


def _seen(said: Page) -> str:
    ways = [_ways(said.sees, said.body), *(_ways(ask.rights, ask.body) for ask in said.also)]
    return "；".join(way for way in ways if way) or "在任人员 · everybody in office"


def _ways(rights: Iterable[str], body: str) -> str:
    listed = " / ".join(f"`{right}`" for right in rights)
    return f"{listed} @ {' · '.join(BODIES[body])}" if listed else ""


def _steps(said: Page) -> str:
    return "；".join(f"{name}: {_ask(ask, said.body)}" for name, ask in said.steps.items())


def _ask(ask: Ask, body: str) -> str:
    rights = " + ".join(f"`{right}`" for right in ask.rights)
    return rights if ask.body == body else f"{rights} @ {' · '.join(BODIES[ask.body])}"


def _commands() -> Iterator[str]:
    yield ""
    yield "## Commands and what is public · 命令和公开的内容"
    yield ""
    yield (
        "These commands act for an appointment (`--as`) and refuse what its office does not carry. "
        "下列命令以任职身份运行，与页面一样拒绝："
    )
    rows = ([f"`cunwu {name.replace('_', '-')}`", _seen(said)] for name, said in COMMANDS.items())
    yield from _table(("命令 · Command", "职权 · Rights"), rows)
    yield ""
    yield (
        "The others act for nobody: they belong to whoever runs the machine, and no office gives or takes them. "
        f"其余命令属于运行这台机器的人，不由职务授予：{'、'.join(f'`{name}`' for name in sorted(MACHINE))}。"
    )
    yield ""
    yield (
        "Residents' pages, their data files and the log are files: no office, no sign-in, no cookie; the tests look through every one of "
        "them for personal data. 居民页面、数据文件和存证日志都是文件，不用登录；测试逐个文件检查，不含个人信息。"
    )


def _compared() -> Iterator[str]:
    yield ""
    yield "## What was compared · 比对了多少"
    rows = ([f"{zh} · {en}", f"{COUNTS[name]:,}", "0"] for name, (zh, en) in SAID.items())
    yield from _table(("比对 · Compared", "次数 · Times", "不同 · Differences"), rows)


def _dot(yes: object) -> str:
    return "●" if yes else ""
