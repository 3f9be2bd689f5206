"""The rules that a running programme began with."""

from __future__ import annotations

from functools import lru_cache

from cunwu.law.procedures import unpinned
from cunwu.law.programmes import ProgrammeRule
from cunwu.procedures.rules import pinned_bytes
from cunwu.programmes.models import Programme


def rule_of(programme: Programme) -> ProgrammeRule:
    """The programme's phases, levels, outcomes and terms as they held on its first day."""
    return _rule(programme.rule_id)


@lru_cache(maxsize=256)
def _rule(digest: str) -> ProgrammeRule:
    return unpinned(ProgrammeRule, pinned_bytes(digest))
