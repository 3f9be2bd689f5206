"""One oracle against the software: every right, office, relation of place and term; actions, pages, what is offered, commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from html import unescape
from pathlib import Path
from unittest import mock

import pytest
from django.urls import resolve
from django.urls.exceptions import Resolver404
from pytest_django import Settings

from cunwu.desk import urls
from cunwu.desk.requests import DeskRequest
from cunwu.law.capabilities import CAPABILITIES
from cunwu.org.authority import may
from cunwu.org.models import Appointment, Organization
from permissions.oracle import Held
from permissions.pages import EVERYBODYS, PAGES
from permissions.world import World, build, unrendered

pytestmark = pytest.mark.slow
Tell = Callable[[str, int, list[tuple[str, ...]]], None]


@pytest.fixture
def world(db: None, now: datetime, settings: Settings, tmp_path: Path) -> World:
    """Built once for all that is asked in a test."""
    settings.HOME = tmp_path
    return build(now)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Prints how many comparisons were made, and fails where one of them differs."""

    def print_and_check(what: str, tried: int, wrong: list[tuple[str, ...]]) -> None:
        with capsys.disabled():
            print(f"\npermissions, {what}: {tried:,} comparisons, {len(wrong)} differences", end=" ")
        assert wrong == []

    return print_and_check


def serving(world: World, *relations: str) -> Iterator[tuple[Held, Appointment]]:
    """The posts in these relations whose terms run."""
    for held, post in world.posts:
        if held.state == "serving" and held.relation in relations:
            yield held, post


def test_the_table_has_every_address_and_every_step(world: World) -> None:
    """Steps are those that the desk's own pages take, asked of a post for which all of them open."""
    assert set(PAGES) | EVERYBODYS == {str(each.name) for each in urls.urlpatterns}
    taken: dict[str, set[str]] = {}

    def note(request: DeskRequest, _subject: object, _show: object, steps: dict[str, object]) -> mock.Mock:
        taken.setdefault(str(request.resolver_match and request.resolver_match.url_name), set()).update(steps)
        return mock.Mock()

    every = [post for _, post in serving(world, "same organization", "village and town below")]
    with ExitStack() as patches:
        patches.enter_context(unrendered())
        for module in desk_modules("answer"):
            patches.enter_context(mock.patch(f"{module}.answer", note))
        for post in every:
            for address in world.addresses.values():
                world.open(post, address)
    from cunwu.desk.many import _STEPS

    written = {name: set(said.steps) for name, said in PAGES.items() if name != "many"}
    own_card = {"card": {"review", "reply"}}
    assert {name: taken.get(name, set()) for name in written} == written | own_card
    assert set(PAGES["many"].steps) == set(_STEPS)


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


@pytest.mark.parametrize(
    "relations",
    [
        ("same organization", "village below", "village and town below", "agency of the collective"),
        ("same place, other organization", "sibling village", "sibling town", "agency of the committee"),
    ],
    ids=["in the village and above", "beside it"],
)
def test_pages_open_and_steps_are_taken_as_the_packs_say(
    world: World, tell: Tell, relations: tuple[str, ...]
) -> None:
    wrong, tried = [], 0
    with unrendered():
        for held, post in serving(world, *relations):
            for name, said in PAGES.items():
                asked: dict[str, tuple[dict[str, str] | None, bool]] = {"GET": (None, said.seen_by(held))}
                asked |= {step: ({"do": step}, said.may(held, step)) for step in said.steps}
                for what, (form, expected) in asked.items():
                    tried += 1
                    got = world.open(post, world.addresses[name], form)
                    if got.allowed != expected:
                        wrong.append((name, what, held.office, held.relation, got.code))
    tell("pages", tried, wrong)


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
    relations = ("same organization", "village and town below", "sibling village", "agency of the committee")
    with unrendered(), gates_lifted():
        for held, post in world.posts:
            if held.relation not in relations or (held.state != "serving" and held.relation != relations[1]):
                continue
            for name, said in PAGES.items():
                for step, ask in said.steps.items():
                    if name == "many":  # ticks only what is in reach, before any action
                        continue
                    tried += 1
                    got = world.open(post, world.addresses[name], {"do": step})
                    if got.allowed != ask.allows(held):
                        wrong.append((name, step, held.office, held.relation, held.state, got.code))
    tell("actions", tried, wrong)


LINK, BUTTON = re.compile(r'href="([^"#]+)'), re.compile(r'<button[^>]*name="do" value="(\w+)"')
FORM = re.compile(r"<form([^>]*)>(.*?)</form>", re.DOTALL)
ACTION = re.compile(r'action="([^"]+)"')
SEATS = ("same organization", "village below", "village and town below", "agency of the collective")
AGENCIES = ("accountant", "cashier")
"""Offices that are lent: nobody lends a secretary."""
AFTER_A_FILE = {"preview", "ledger_preview"}
"""Pages to which sending a file leads."""
BY_OFFICE = {("matter", step) for step in ("take", "attach", "quote", "draft")}
"""The step itself names the offices that take it: tests/procedures/test_matrix.py."""


def offers(world: World, post: Appointment, address: str) -> tuple[set[str], set[tuple[str, str]]]:
    """The addresses that a page links to, and the steps that it has buttons for, each with the page that takes it."""
    got = world.open(post, address)
    is_page = got.response is not None and "html" in got.response.headers["Content-Type"]
    html = got.response.content.decode() if is_page and got.response is not None else ""
    found = {unescape(link) for link in LINK.findall(html)}
    if got.response is not None and got.response.status_code == 302:
        found.add(got.response.headers["Location"])
    buttons = set()
    for attributes, inside in FORM.findall(html):
        elsewhere = ACTION.search(attributes)
        taker = url_name(unescape(elsewhere[1]) if elsewhere else address)
        buttons |= {(taker, step) for step in BUTTON.findall(inside)}
    return {link for link in found if link.startswith("/")}, buttons


def url_name(address: str) -> str:
    """The name of a desk address; blank for what is not the desk's."""
    try:
        match = resolve(address.partition("?")[0])
    except Resolver404:
        return ""
    return str(match.url_name) if match.namespace == "desk" else ""


def test_pages_offer_what_is_allowed_and_nothing_else(world: World, tell: Tell) -> None:
    """No link and no button leads to a refusal; and every page and step that is allowed is offered on some page."""
    wrong, tried = [], 0
    offered_to_somebody: set[tuple[str, str]] = set()
    for held, post in serving(world, *SEATS):
        if held.relation.startswith("agency") and held.office not in AGENCIES:
            continue
        links: set[str] = set()
        buttons: set[tuple[str, str]] = set()
        for name, said in PAGES.items():
            for address in (world.addresses[name], *world.more.get(name, ())) if said.seen_by(held) else ():
                led, pressed = offers(world, post, address)
                links |= {each for each in led if url_name(each) not in {"", "static"}}
                buttons |= pressed
        offered_to_somebody |= buttons
        for name, step in buttons:
            tried += 1
            if not PAGES[name].may(held, step):
                wrong.append((name, "offers", step, held.office, held.relation))
        reached = {url_name(address) for address in links}
        for name, said in PAGES.items():
            its = [step for step in said.steps if said.may(held, step)]
            tried += len(its) + 1
            wrong += [
                (name, "does not offer", step, held.office, held.relation)
                for step in its
                if (name, step) not in buttons | BY_OFFICE and not world.is_over(name, step, held)
            ]
            if (its or said.sees) and said.seen_by(held) and name not in reached | AFTER_A_FILE:
                wrong.append((name, "is not linked", held.office, held.relation, ""))
        with unrendered():
            for address in links:
                tried += 1
                if not (got := world.open(post, address)).allowed:
                    wrong.append((url_name(address), "is linked", held.office, held.relation, got.code))
    every = {(name, step) for name, said in PAGES.items() for step in said.steps}
    tell("offers", tried, wrong)
    assert every - BY_OFFICE <= offered_to_somebody, "a step that no page offers to anybody"
