"""Every address of the desk, who sees it, and which right each of its steps asks: written by hand, compared with the desk.

A row is complete or the tests fail: an address or a step that is not here is a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from permissions.oracle import Held

KEEP, READ = "assets.keep", "assets.read"
BOOKS = ("books.keep", "books.read")
LEDGERS = (KEEP, READ)
MATTERS = ("matters.open", "matters.act", "duties.read")
MEETINGS = ("meetings.hold", "matters.act", "duties.read")
REQUESTS = ("requests.register", "requests.answer", "duties.read")
ACT, FIND, RUN, WORK = "matters.act", "findings.read", "programmes.run", "programmes.work"
ANSWER, REVIEW = "findings.answer", "findings.review"
PREPARE, SIGN, RECORD = "disclosure.prepare", "disclosure.sign", "disclosure.record"
CONFIRM, PUBLISH, POST = "disclosure.confirm", "disclosure.publish", "disclosure.post"
TAKE_DOWN, OVERRULE = "disclosure.take_down", "redaction.overrule"


@dataclass(frozen=True)
class Ask:
    """Rights that are asked together at one body."""

    body: str
    rights: tuple[str, ...]

    def allows(self, post: Held) -> bool:
        """By the oracle."""
        return all(post.may(right, self.body) for right in self.rights)


@dataclass(frozen=True)
class Page:
    """Seen by whoever carries one of `sees` at `body` (by everybody in office where there is none); its steps."""

    body: str = "own"
    sees: tuple[str, ...] = ()
    steps: Mapping[str, Ask] = field(default_factory=dict)
    also: tuple[Ask, ...] = ()
    """Other ways to see it."""

    def seen_by(self, post: Held) -> bool:
        """Whether the page opens."""
        any_right = not self.sees or any(post.may(right, self.body) for right in self.sees)
        return any_right or any(ask.allows(post) for ask in self.also)

    def may(self, post: Held, step: str) -> bool:
        """Whether the step is this post's: nobody takes one on a page that does not open."""
        return self.seen_by(post) and self.steps[step].allows(post)


def page(body: str, *sees: str, **steps: str | tuple[str, ...] | Ask) -> Page:
    """A page whose steps ask their rights at the same body, unless they say which."""
    asked = {}
    for name, said in steps.items():
        asked[name] = said if isinstance(said, Ask) else Ask(body, (said,) if isinstance(said, str) else said)
    return Page(body, sees, asked)


PAGES: dict[str, Page] = {
    "today": Page(),
    "switch": Page(),
    "many": page(
        "collective", close="books.keep", draft=PREPARE, sign=SIGN, meeting=RECORD, publish=PUBLISH, post=POST
    ),
    "books_home": Page(),
    "books": page("collective", *BOOKS, open="books.keep"),
    "import": page("collective", "books.keep", upload="books.keep", undo="books.keep"),
    "preview": page("collective", "books.keep", columns="books.keep", **{"import": "books.keep"}),
    "enter": page("collective", "books.keep", enter="books.keep"),
    "account": page("collective", *BOOKS),
    "month": page(
        "collective",
        *BOOKS,
        close="books.keep",
        close_nil="books.keep",
        reopen="books.keep",
        carry_forward="books.keep",
    ),
    "trial_balance": page("collective", *BOOKS),
    "reconcile": page("collective", *BOOKS, reconcile="books.keep"),
    "voucher": page("collective", *BOOKS, reverse="books.keep", amend="books.keep"),
    "assets_home": Page(),
    "assets": page("collective", *LEDGERS, register=KEEP, disclose=PREPARE),
    "asset": page("collective", *LEDGERS, correct=KEEP, give_up=KEEP),
    "contracts": page("collective", *LEDGERS),
    "contract_form": page("collective", KEEP, register=KEEP),
    "contract": page("collective", *LEDGERS, link=KEEP, end=KEEP, inspect=KEEP, paper=KEEP, price=KEEP),
    "contract_paper": page("collective", *LEDGERS),
    "receivables": page("collective", *LEDGERS, register=KEEP),
    "receivable": page(
        "collective", *LEDGERS, receive=KEEP, take_back=KEEP, acknowledge=KEEP, write_off=KEEP
    ),
    "projects": page("collective", *LEDGERS, register=KEEP),
    "project": page("collective", *LEDGERS, progress=KEEP, accept=KEEP, asset=KEEP),
    "project_photo": page("collective", *LEDGERS),
    "ventures": page("collective", *LEDGERS, register=KEEP),
    "venture": page("collective", *LEDGERS, dividend=KEEP, end_venture=KEEP),
    "ledger_import": page("collective", KEEP, upload=KEEP, undo=KEEP),
    "ledger_preview": page("collective", KEEP, columns=KEEP, **{"import": KEEP}),
    "findings": page("own", FIND, screen=REVIEW),
    "finding": page("collective", FIND, answer=ANSWER, review=REVIEW, take_up=ANSWER),
    "indicators": page("own", FIND),
    "income_bands": page("own", FIND),
    "screening_rules": page("own", FIND),
    "programmes": page("own", FIND, start=RUN),
    "programme": Page(
        "collective",
        (FIND,),
        {"join": Ask("county", (RUN,)), "end": Ask("county", (RUN,))},
        (Ask("county", (RUN,)),),
    ),
    "clean_up": page(
        "collective",
        FIND,
        stock=WORK,
        write_down=WORK,
        result=WORK,
        charge=Ask("county", (RUN,)),
        card=Ask("place", (RUN,)),
    ),
    "case_file": page("collective", FIND),
    "case": page("collective", FIND, plan=WORK, advise=WORK, decide=(WORK, ANSWER), settle=WORK, reopen=RUN),
    "opinion": page("collective", FIND),
    "card": page("place", RUN, review=RUN),
    "disclosure_home": Page(),
    "disclosure": page("collective", PREPARE, "duties.read", draft=PREPARE),
    "draft": page(
        "collective",
        SIGN,
        RECORD,
        CONFIRM,
        PUBLISH,
        PREPARE,
        OVERRULE,
        *BOOKS,
        sign=SIGN,
        record_paper=RECORD,
        confirm=CONFIRM,
        object=SIGN,
        answer=PUBLISH,
        meeting=RECORD,
        overrule=OVERRULE,
        amend="books.keep",
        publish=PUBLISH,
    ),
    "publication": page(
        "collective",
        POST,
        TAKE_DOWN,
        "duties.read",
        post=POST,
        post_off=POST,
        take_down=TAKE_DOWN,
        correct=PREPARE,
    ),
    "matters_home": Page(),
    "matters": page("committee", *MATTERS),
    "matter": page(
        "committee",
        *MATTERS,
        take=ACT,
        attach=ACT,
        quote=ACT,
        draft=ACT,
        object="requests.register",
        answer=ACT,
        withdraw="matters.open",
    ),
    "proof": page("committee", *MATTERS),
    "attendance_docx": page("committee", *MEETINGS),
    "minutes_docx": page("committee", *MEETINGS),
    "paper": page("committee", *MATTERS),
    "powers": page("committee", *MATTERS),
    "power": page("committee", *MATTERS, open="matters.open"),
    "meetings_home": Page(),
    "meetings": page("committee", *MEETINGS, call="meetings.hold"),
    "meeting": page(
        "committee", *MEETINGS, close="meetings.hold", fail="meetings.hold", cancel="meetings.hold"
    ),
    "archive": page("committee", *MATTERS),
    "requests": page("committee", *REQUESTS, register="requests.register"),
    "request": page("committee", *REQUESTS, sign="requests.register", answer="requests.answer"),
    "relations": page("own", declare="relations.declare", withdraw="relations.declare"),
    "relations_of": page("committee", "relations.read", read="relations.read"),
    "supervision": page("supervision", SIGN, draft=SIGN),
    "duties": Page(),
    "people": page("collective", end=Ask("supervision", ("org.appoint",)), appoint="org.appoint"),
    "reads": page("own", "audit.read"),
    "audit": page("committee", "duties.read", "org.appoint"),
}
"""By name of the address. Lists without a right of their own show what lies in reach, and so nothing to others."""
EVERYBODYS = frozenset({"language", "static", "health", "switch"})
"""What belongs to no office: the page's language, files of the desk itself, the choice among one's own offices."""
COMMANDS: dict[str, Page] = {
    "import_vouchers": page("collective", "books.keep"),
    "proof": page("committee", *MATTERS),
}
"""Commands that act for an appointment: whoever carries any of the rights runs them."""
MACHINE = frozenset(
    {
        *(
            "appointments",
            "backup",
            "bake",
            "build_demo",
            "change_key",
            "check_log",
            "code",
            "create_user",
            "end_sessions",
            "explain",
            "find_place",
        ),
        *("export_site", "init", "load_places", "log", "packs", "recompute", "restore", "screen"),
        *("sequence", "serve", "tick"),
    }
)
"""Those of whoever runs the machine: they need its data folder and keys, and no office."""
