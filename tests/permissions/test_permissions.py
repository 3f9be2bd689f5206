"""One oracle against the software: every right, office, relation of place and term; actions, pages, what is offered, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import resolve

from cunwu.desk import urls
from cunwu.desk.many import _STEPS as TOGETHER
from cunwu.desk.requests import DeskRequest
from cunwu.errors import Refused
from cunwu.law.capabilities import CAPABILITIES
from cunwu.management import commands
from cunwu.org.authority import may
from cunwu.org.models import Appointment, Organization
from desk.conftest import give_sign_in
from permissions import published
from permissions.conftest import Tell
from permissions.oracle import OFFICES, RELATIONS, Held
from permissions.pages import COMMANDS, EVERYBODYS, MACHINE, PAGES
from permissions.published import ACTED_IN, APART, FIRST
from permissions.world import BY_RIGHT, SENT, Answer, World, found, unrendered, unset

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def serving(world: World, *relations: str) -> Iterator[tuple[Held, Appointment]]:
    """The posts in these relations whose terms run."""
    for held, post in world.posts:
        if held.state == "serving" and held.relation in relations:
            yield held, post


def test_the_table_has_every_address_and_every_step(world: World) -> None:
    """Steps are those that the desk's own pages take, asked of a post for which all of them open."""
    assert set(PAGES) | EVERYBODYS == {str(each.name) for each in urls.urlpatterns}
    taken: dict[str, set[str]] = {}
    opened: set[str] = set()

    def note(request: DeskRequest, _subject: object, _show: object, steps: dict[str, object]) -> mock.Mock:
        taken.setdefault(str(request.resolver_match and request.resolver_match.url_name), set()).update(steps)
        return mock.Mock()

    every = [post for _, post in serving(world, "same organization", "village and town below")]
    with ExitStack() as patches:
        patches.enter_context(unrendered())
        for module in desk_modules("answer"):
            patches.enter_context(mock.patch(f"{module}.answer", note))
        for post in every:
            for name, address in world.addresses.items():
                if name not in opened and world.open(post, address).allowed:
                    opened.add(name)

    written = {name: set(said.steps) for name, said in PAGES.items() if name != "many"}
    own_card = {"card": {"review", "reply"}}
    assert {name: taken.get(name, set()) for name in written} == written | own_card
    assert set(PAGES["many"].steps) == set(TOGETHER), "its page answers by itself"


def test_the_server_allows_what_the_packs_say(world: World, tell: Tell) -> None:
    """`may`, of every right, office, relation and term, at each body and at the village itself."""
    wrong, tried = [], 0
    for held, post in world.posts:
        wheres: dict[str, Organization] = world.bodies | {"own": post.organization}
        for right in CAPABILITIES:
            for body, where in wheres.items():
                tried += 1
                if may(post, right, where, world.now) != held.may(right, body):
                    wrong.append((right, held.office, held.relation, held.state, body))
            tried += 1
            if may(post, right, world.village.place, world.now) != held.may(right, "place"):
                wrong.append((right, held.office, held.relation, held.state, "place"))
    tell("rights", tried, wrong)


@pytest.mark.parametrize("half", [0, 1])
def test_pages_open_and_steps_are_taken_as_the_packs_say(world: World, tell: Tell, half: int) -> None:
    wrong, tried = [], 0
    with unrendered():
        for held, post in serving(world, *list(RELATIONS)[half::2]):
            for name, said in PAGES.items():
                asked: dict[str, tuple[dict[str, str] | None, bool]] = {"GET": (None, said.seen_by(held))}
                asked |= {step: ({"do": step}, said.may(held, step)) for step in said.steps}
                for what, (form, expected) in asked.items():
                    tried += 1
                    got = world.open(post, world.addresses[name], form)
                    if got.allowed != expected:
                        wrong.append((name, what, held.office, held.relation, got.code))
    tell("pages", tried, wrong, parts=2)


def desk_modules(name: str) -> list[str]:
    """The modules of the desk that know a function of this name."""
    return [
        f"cunwu.desk.{path.stem}"
        for path in Path(str(urls.__file__)).parent.glob("*.py")
        if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))
        and hasattr(__import__(f"cunwu.desk.{path.stem}", fromlist=["x"]), name)
    ]


@contextmanager
def gates_lifted() -> Iterator[None]:
    """The pages' own question is left out: whoever acts, acts. What refuses now is the action."""
    with ExitStack() as patches:
        for module in desk_modules("act_for"):
            patches.enter_context(mock.patch(f"{module}.act_for", lambda request, *_: request.appointment))
        for module in desk_modules("runner"):
            patches.enter_context(mock.patch(f"{module}.runner", lambda request, *_: request.appointment))
        yield


def test_actions_refuse_by_themselves(world: World, tell: Tell) -> None:
    """Every step once more with the pages' gates lifted, terms that are over or have not begun among them."""
    wrong, tried = [], 0
    with unrendered(), gates_lifted():
        for held, post in world.posts:
            if held.relation not in ACTED_IN or (held.state != "serving" and held.relation != ACTED_IN[1]):
                continue
            for name, said in PAGES.items():
                for step, ask in said.steps.items() if name not in APART else ():
                    tried += 1
                    got = world.open(post, world.addresses[name], {"do": step})
                    if got.allowed != ask.allows(held):
                        wrong.append((name, step, held.office, held.relation, held.state, got.code))
    tell("actions", tried, wrong)


LINK, BUTTON = re.compile(r'href="([^"#]+)'), re.compile(r'<button[^>]*name="do" value="(\w+)"')
FORM = re.compile(r"<form([^>]*)>(.*?)</form>", re.DOTALL)
ACTION = re.compile(r'action="([^"]+)"')
AFTER_A_FILE = {"preview", "ledger_preview"}
"""Pages to which sending a file leads."""
BY_OFFICE = {("matter", step) for step in ("take", "attach", "quote", "draft")}
"""The step itself names the offices that take it: tests/procedures/test_matrix.py."""


def offers(got: Answer, address: str) -> tuple[set[str], set[tuple[str, str]]]:
    """The addresses that a page links to, and the steps that it has buttons for, each with the page that takes it."""
    is_page = got.response is not None and "html" in got.response.headers["Content-Type"]
    html = got.response.content.decode() if is_page and got.response is not None else ""
    links = {unescape(link) for link in LINK.findall(html)}
    if got.response is not None and got.response.status_code == 302:
        links.add(got.response.headers["Location"])
    buttons = set()
    for attributes, inside in FORM.findall(html):
        elsewhere = ACTION.search(attributes)
        taker = url_name(unescape(elsewhere[1]) if elsewhere else address)
        buttons |= {(taker, step) for step in BUTTON.findall(inside)}
    return {link for link in links if url_name(link) not in {"", "static"}}, buttons


def url_name(address: str) -> str:
    """The name of a desk address; blank for what is not the desk's."""
    match = found(address.partition("?")[0])
    return str(match.url_name) if match and match.namespace == "desk" else ""


def test_pages_offer_what_is_allowed_and_nothing_else(world: World, tell: Tell) -> None:
    """No link and no button leads to a refusal; and every page and step that is allowed is offered on some page."""
    wrong, tried, seen = [], 0, 0
    offered_to_somebody: set[tuple[str, str]] = set()
    for held, post in serving(world, *RELATIONS):
        if not published.is_seated(held):
            continue
        links, buttons, opened = everything_offered(world, held, post)
        offered_to_somebody |= buttons
        seen += len(buttons) + len(links)
        wrong += [
            (name, "offers", step, held.office, held.relation)
            for name, step in buttons
            if not PAGES[name].may(held, step)
        ]
        wrong += led_astray(world, held, post, links - opened)
        reached = {url_name(address) for address in links}
        for name, said in PAGES.items():
            tried += 1 + len(said.steps)
            wrong += left_out(world, held, name, buttons, is_linked=name in reached)
    every = {(name, step) for name, said in PAGES.items() for step in said.steps}
    tell("offers", tried, wrong, seen=seen)
    assert every - BY_OFFICE <= offered_to_somebody, "a step that no page offers to anybody"


def everything_offered(
    world: World, held: Held, post: Appointment
) -> tuple[set[str], set[tuple[str, str]], set[str]]:
    """The desk's addresses and the steps that all pages together offer to a post; the addresses of these pages."""
    links: set[str] = set()
    buttons: set[tuple[str, str]] = set()
    opened: set[str] = set()
    with unset():
        for name, said in PAGES.items():
            for address in (world.addresses[name], *world.more.get(name, ())) if said.seen_by(held) else ():
                got = world.open(post, address)
                led, pressed = offers(got, address)
                links |= led
                buttons |= pressed
                opened |= {address} if got.allowed else set()
    return links, buttons, opened


def led_astray(world: World, held: Held, post: Appointment, links: set[str]) -> Iterator[tuple[str, ...]]:
    """The links that end at a refusal."""
    with unrendered():
        for address in links:
            if not (got := world.open(post, address)).allowed:
                yield url_name(address), "is linked", held.office, held.relation, got.code


def left_out(
    world: World, held: Held, name: str, buttons: set[tuple[str, str]], *, is_linked: bool
) -> Iterator[tuple[str, ...]]:
    """The page's steps that are allowed and offered nowhere; the page itself, if it opens and nothing leads there."""
    said = PAGES[name]
    its = [step for step in said.steps if said.may(held, step)]
    for step in its:
        if (name, step) not in buttons | BY_OFFICE and not world.is_over(name, step, held):
            yield name, "does not offer", step, held.office, held.relation
    if (its or said.sees) and said.seen_by(held) and not is_linked and name not in AFTER_A_FILE:
        yield name, "is not linked", held.office, held.relation


def test_the_table_has_every_command() -> None:
    folder = Path(str(commands.__file__)).parent
    made = {
        path.stem: __import__(f"cunwu.management.commands.{path.stem}", fromlist=["x"])
        for path in folder.glob("[!_]*.py")
    }
    assert set(made) == COMMANDS.keys() | MACHINE
    assert {name for name, module in made.items() if module.Command.acts} == set(COMMANDS)


def test_commands_refuse_what_pages_refuse(world: World, tell: Tell, tmp_path: Path) -> None:
    """Every acting command for every post, terms that do not run among them."""
    (tmp_path / "九月.xlsx").write_bytes(SENT)
    matter = resolve(world.addresses["matter"]).kwargs["matter_id"]
    arguments: dict[str, list[object]] = {
        "import_vouchers": [tmp_path / "九月.xlsx", "--organization", world.village.collective.public_id],
        "proof": [matter, "--out", tmp_path / "凭证包.pdf"],
    }
    wrong, tried = [], 0
    with unrendered():
        for held, post in world.posts:
            for name, said in COMMANDS.items():
                tried += 1
                code = refusal_of(name, post, arguments[name])
                if (code not in BY_RIGHT) != said.seen_by(held):
                    wrong.append((name, held.office, held.relation, held.state, code))
    tell("commands", tried, wrong)


def refusal_of(name: str, post: Appointment, arguments: list[object]) -> str:
    """Runs the command for the post; the code of its refusal, blank where it did its work. Nothing stays done."""
    with transaction.atomic():
        try:
            call_command(
                name,
                *map(str, arguments),
                "--as",
                post.public_id,
                "--now",
                "2026-10-08T10:00",
                stdout=StringIO(),
            )
        except Refused as refused:
            return refused.code
        finally:
            transaction.set_rollback(True)
    return ""


def test_a_shut_off_sign_in_has_no_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the appointment goes on until its day: its right is asked where no sign-in is, by commands."""
    monkeypatch.setenv("CUNWU_NOW", world.now.isoformat())
    post = world.post("accountant", FIRST)
    with transaction.atomic():
        user = give_sign_in(post)
        browser = Client()
        browser.force_login(user)
        assert browser.get("/").status_code == 200
        user.is_active = False
        user.save()
        assert browser.get("/").headers["Location"].startswith("/accounts/login/")
        assert may(post, "books.keep", world.village.collective, world.now)
        transaction.set_rollback(True)


def test_the_auditor_changes_nothing() -> None:
    """Not one step of any page, wherever the office sits; not one right that any step asks."""
    changing = {right for said in PAGES.values() for ask in said.steps.values() for right in ask.rights}
    assert not changing & set(OFFICES["auditor"]["capabilities"])
    held = [Held("auditor", relation) for relation in RELATIONS]
    assert not [
        (name, step)
        for name, said in PAGES.items()
        for step in said.steps
        if any(said.may(h, step) for h in held)
    ]
    assert PAGES["reads"].seen_by(Held("auditor", FIRST))
    assert {office for office in OFFICES if PAGES["reads"].seen_by(Held(office, FIRST))} == {"auditor"}


def test_the_matrix_is_published() -> None:
    """docs/permissions.md says what the table says; `bin/permissions` writes it."""
    assert published.FILE.read_text(encoding="utf-8") == published.page(), (
        "run bin/permissions and commit the page"
    )
