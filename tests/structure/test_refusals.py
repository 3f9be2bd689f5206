"""Every refusal code that the software can raise is documented, and nothing else is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
KINDS = {"NotAllowed", "NotReady", "NotFound", "Invalid"}
CODE = re.compile(r"^[a-z_]+(\.[a-z_]+)+$")


def codes_raised() -> set[str]:
    """The first argument of every refusal in the source, where it is written out."""
    found = set()
    for path in (PROJECT / "src" / "cunwu").glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value):
                found.add(node.value)
    return found


def codes_documented() -> set[str]:
    """The codes in docs/refusals.md: the first cell of each row."""
    text = (PROJECT / "docs" / "refusals.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([a-z_.]+)` \|", text, re.MULTILINE))


def refusal_calls() -> set[str]:
    """Codes given directly to a refusal."""
    found = set()
    for path in (PROJECT / "src" / "cunwu").glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in KINDS
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found


def test_every_code_is_documented() -> None:
    assert refusal_calls() - codes_documented() == set()


def test_every_documented_code_exists() -> None:
    assert codes_documented() - codes_raised() == set()
