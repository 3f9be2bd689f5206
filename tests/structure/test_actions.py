"""Every action audits, takes the moment as an argument, and says who may."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "cunwu"
ACTION_FILES = sorted(
    path
    for room in (
        "org",
        "documents",
        "duties",
        "disclosure",
        "procedures",
        "books",
        "assets",
        "oversight",
        "programmes",
    )
    for path in (SOURCE / room).glob("*.py")
    if path.name not in {"models.py", "queries.py", "triggers.py", "authority.py", "audit.py", "secrets.py"}
)


@cache
def parsed(path: Path) -> ast.Module:
    """The file's tree, read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def actions_of(path: Path) -> list[ast.FunctionDef]:
    """Public functions whose first argument is the actor or the clock."""
    return [
        node
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.args.args
        and node.args.args[0].arg in {"actor", "clock"}
    ]


@cache
def names_called(node: ast.AST) -> set[str]:
    """Names of everything called below `node`, attribute calls by their last word."""
    calls = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    return {
        f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, (ast.Name, ast.Attribute))
    }


def reaches(path: Path, function: ast.FunctionDef, wanted: set[str]) -> bool:
    """Whether `function` calls one of `wanted`, itself or through functions of its own file or another action."""
    own = {node.name: node for node in parsed(path).body if isinstance(node, ast.FunctionDef)}
    other = {a.name for p in ACTION_FILES for a in actions_of(p)} - set(own)
    seen: set[str] = set()
    pending = [function.name]
    while pending:
        name = pending.pop()
        if name in seen or name not in own:
            continue
        seen.add(name)
        called = names_called(own[name])
        if called & wanted or called & other:
            return True
        pending += called
    return False


@pytest.mark.parametrize(
    ("path", "action"),
    [pytest.param(p, a, id=f"{p.parent.name}.{a.name}") for p in ACTION_FILES for a in actions_of(p)],
)
def test_every_action_audits_and_knows_the_moment(path: Path, action: ast.FunctionDef) -> None:
    keywords = {argument.arg for argument in action.args.args + action.args.kwonlyargs}
    assert "now" in keywords, f"{action.name} reads a clock of its own"
    if action.name.startswith(("preview", "find")):
        return
    assert reaches(path, action, {"record"}), f"{action.name} leaves no audit entry"
