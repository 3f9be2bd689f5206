"""Who may do what, where and when, told a second time: from the packs' files and five sentences, never from `org.authority`.

1. An office carries the rights of the newest item of its file, from the nearest pack that states rights.
2. They hold from the first day of the term until, and not on, the day on which the office is no longer held.
3. An office, acting ones too, reaches the place of its organization and every place below: not above it, not beside it.
4. An agency post reaches the one organization that entrusted it; asked of a place it reaches as an office there.
5. A person whose sign-in is shut off has no pages; the appointment itself ends only by its day (commands act for it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import yaml
from django.conf import settings

DAY = date(2026, 10, 8)
Reach = Literal["organization", "place"]
State = Literal["serving", "ended", "not yet"]
PACKS = Path(settings.PACKS)


def read(pack: str, name: str) -> dict[str, Any]:
    """An office's file of the pack; nothing where it has no such file."""
    path = PACKS / pack / "offices" / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {"history": [{}]}


def every_office() -> dict[str, dict[str, Any]]:
    """Every office of every pack in the repository by name: what the packs of this installation, in order, say of it."""
    names = sorted({path.stem for path in PACKS.glob("*/offices/*.yaml")})
    found: dict[str, dict[str, Any]] = {name: {} for name in names}
    for name in names:
        for pack in settings.CUNWU.packs:
            found[name] |= {
                key: said for key, said in read(pack, name)["history"][-1].items() if key != "cite"
            }
    return found


def title(name: str) -> tuple[str, str]:
    """What the office is called, by the first pack that names it."""
    said = next(said for pack in settings.CUNWU.packs if "title" in (said := read(pack, name)))["title"]
    return said["zh"], said["en"]


OFFICES = every_office()
TITLES = {name: title(name) for name in OFFICES}
RELATIONS: dict[str, dict[str, bool]] = {
    # where the post sits          what it reaches, seen from 云溪村
    "same organization": {"collective": True, "committee": True, "supervision": True, "town": False, "county": False},
    "same place, other organization": {"collective": True, "committee": True, "supervision": True, "town": False, "county": False},
    "village below": {"collective": True, "committee": True, "supervision": True, "town": True, "county": False},
    "village and town below": {"collective": True, "committee": True, "supervision": True, "town": True, "county": True},
    "sibling village": {"collective": False, "committee": False, "supervision": False, "town": False, "county": False},
    "sibling town": {"collective": False, "committee": False, "supervision": False, "town": False, "county": False},
    "agency of the collective": {"collective": True, "committee": False, "supervision": False, "town": False, "county": False},
    "agency of the committee": {"collective": False, "committee": True, "supervision": False, "town": False, "county": False},
}  # fmt: skip
"""Where a post sits, and which bodies it reaches: those of the village, its township's, the county's."""
TERMS: dict[State, tuple[date, date | None]] = {
    "serving": (date(2024, 1, 1), None),
    "ended": (date(2022, 1, 1), DAY),
    "not yet": (DAY + timedelta(days=1), None),
}
"""From which day until which; an office that ends on the day is no longer held on it."""


@dataclass(frozen=True)
class Held:
    """An office, where it sits, and whether its term runs."""

    office: str
    relation: str
    state: State = "serving"

    def carries(self, right: str) -> bool:
        """Rules 1 and 2."""
        return self.state == "serving" and right in OFFICES[self.office]["capabilities"]

    def may(self, right: str, body: str) -> bool:
        """Rules 1 to 4. `body` is one of the bodies above, "own" for the post's own, "place" for the village itself."""
        if body == "own":
            return self.carries(right)
        if body == "place":
            village = RELATIONS[self.relation]
            return self.carries(right) and (village["collective"] or village["committee"])
        return self.carries(right) and RELATIONS[self.relation][body]
