"""What two states of the packs say differently: entry by entry, key by key, from which day, whom it concerns.

Pure: it compares folders that were read and asks nobody. Texts and numbers are compared as they stand in the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel

from cunwu.law.chain import references
from cunwu.law.folders import CALENDAR, KINDS, AnyEntry, Folder
from cunwu.law.texts import Text

What = Literal["added", "removed", "changed"]
Key = tuple[str, str]
"""Kind and name: ("values", "board_days")."""

_WHAT: dict[What, tuple[str, str]] = {
    "added": ("新增", "added"),
    "removed": ("删除", "removed"),
    "changed": ("修改", "changed"),
}
_NOTHING = ("（无）", "(nothing)")


@dataclass(frozen=True, slots=True)
class Detail:
    """One key that says something else: `old` and `new` as they stand in the files, empty where it is not there.

    `since` is the first day of the stretch of history in which it stands; None for what holds of the whole entry.
    """

    key: str
    old: str
    new: str
    since: date | None

    def sentence(self, language: str) -> str:
        """The change in words."""
        zh = language.startswith("zh")
        old, new = (text or _NOTHING[0 if zh else 1] for text in (self.old, self.new))
        if self.since is None:
            return f"{self.key}：{old} → {new}" if zh else f"{self.key}: {old} → {new}"
        if zh:
            return f"自{self.since}起，{self.key}：{old} → {new}"
        return f"from {self.since}, {self.key}: {old} → {new}"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of one pack that came, went or says something else, and the duties and powers that rest on it."""

    pack: str
    kind: str
    name: str
    title: Text | None
    what: What
    details: tuple[Detail, ...]
    duties: tuple[str, ...]
    powers: tuple[str, ...]

    @property
    def since(self) -> date | None:
        """The first day on which anything is different; None where only words about the whole entry are."""
        return min((detail.since for detail in self.details if detail.since is not None), default=None)

    def sentences(self, language: str) -> list[str]:
        """The entry and, where it was there before and after, each key on a line of its own; then whom it concerns."""
        zh = language.startswith("zh")
        words = _WHAT[self.what][0 if zh else 1]
        if self.since is not None and self.what != "changed":
            words += f"，自{self.since}起" if zh else f", from {self.since}"
        title = f" {self.title.sentence(language)}" if self.title else ""
        lines = [f"{self.pack}/{self.kind}/{self.name}{title} [{words}]"]
        if self.what == "changed":
            lines += [f"  {detail.sentence(language)}" for detail in self.details]
        for names, heading in ((self.duties, ("涉及职责", "duties")), (self.powers, ("涉及权力", "powers"))):
            if names:
                lines.append(f"  {heading[0 if zh else 1]}: {', '.join(names)}")
        return lines


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """A matter that runs under rules which the new packs would not give it; it ends under them all the same."""

    matter: str
    power: str
    gone: bool
    """Whether the new packs have no such power in force any more."""

    def sentence(self, language: str) -> str:
        """The matter and what becomes of it."""
        if language.startswith("zh"):
            why = "新的规则包里没有这项权力" if self.gone else "新的规则包里这项权力的规则不同"
            return f"{self.matter}（{self.power}）：{why}；这件事仍按开始时的规则办完。"
        why = "the new packs have no such power" if self.gone else "the new packs state this power otherwise"
        return f"{self.matter} ({self.power}): {why}; the matter ends under the rules it began with."


def difference(old: Sequence[Folder], new: Sequence[Folder]) -> list[Change]:
    """Every entry that is not the same in both, by pack, kind and name."""
    before, after = _entries(old), _entries(new)
    concerned = _Concerned([*old, *new])
    changes = []
    for place in sorted({*before, *after}):
        was, now = before.get(place), after.get(place)
        details = tuple(_details(was, now))
        if was is not None and now is not None and not details:
            continue
        pack, kind, name = place
        what: What = "added" if was is None else "removed" if now is None else "changed"
        duties, powers = concerned((kind, name))
        title = getattr(now if now is not None else was, "title", None)
        changes.append(Change(pack, kind, name, title, what, details, duties, powers))
    return changes


def matters_concerned(
    matters: Iterable[tuple[str, str, str]], digests: Mapping[str, str]
) -> Iterator[OpenMatter]:
    """Those of `matters` (id, power, digest of the pinned rules) to which the new packs would give other rules.

    `digests` has the digest of each power's rules under the new packs on the day asked about (`power_digests`).
    """
    for matter, power, pinned in matters:
        fresh = digests.get(power)
        if fresh != pinned:
            yield OpenMatter(matter, power, gone=fresh is None)


def _entries(folders: Sequence[Folder]) -> dict[tuple[str, str, str], BaseModel]:
    found: dict[tuple[str, str, str], BaseModel] = {
        (folder.name, "pack", "pack"): folder.head for folder in folders if folder.head is not None
    }
    for folder in folders:
        found |= {(folder.name, "sources", name): source for name, source in folder.sources.items()}
        found |= {(folder.name, CALENDAR, str(year)): content for year, content in folder.calendar.items()}
        for kind in KINDS:
            found |= {(folder.name, kind, name): entry for name, entry in folder.entries[kind].items()}
    return found


def _details(was: BaseModel | None, now: BaseModel | None) -> Iterator[Detail]:
    """What of the whole entry differs, then each stretch of history by its first day."""
    before, after = _plain(was), _plain(now)
    then, next_ = _history(before), _history(after)
    yield from _between(before, after, None)
    for day in sorted({*then, *next_}):
        yield from _between(then.get(day, {}), next_.get(day, {}), date.fromisoformat(day))


def _between(before: object, after: object, since: date | None) -> Iterator[Detail]:
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    for key in [*old, *(key for key in new if key not in old)]:
        if old.get(key, "") != new.get(key, ""):
            yield Detail(key, old.get(key, ""), new.get(key, ""), since)


def _plain(entry: BaseModel | None) -> dict[str, object]:
    if entry is None:
        return {}
    return entry.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _history(plain: dict[str, object]) -> dict[str, dict[str, object]]:
    """The stretches of history by first day, taken out of `plain`."""
    items = plain.pop("history", [])
    return {str(item["from"]): item for item in items} if isinstance(items, list) else {}


def _leaves(data: object, key: str) -> Iterator[tuple[str, str]]:
    """Each thing that is said, under its key: `steps.propose.guards.quorum.shares.1.share`."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _leaves(value, f"{key}.{name}" if key else str(name))
    elif isinstance(data, list) and any(isinstance(value, dict) for value in data):
        for label, value in zip(_labels(data), data, strict=True):
            yield from _leaves(value, f"{key}.{label}")
        yield f"{key}[]", ", ".join(_labels(data))
    elif isinstance(data, list):
        yield key, ", ".join(str(value) for value in data)
    else:
        yield key, "" if data is None else str(data).lower() if isinstance(data, bool) else str(data)


def _labels(items: list[object]) -> list[str]:
    """What tells the members of a list apart: name, kind, office or base; numbered where two are alike."""
    labels: list[str] = []
    for number, item in enumerate(items, start=1):
        known = item if isinstance(item, dict) else {}
        found = next(
            (str(known[key]) for key in ("name", "kind", "office", "of") if key in known), str(number)
        )
        labels.append(found if found not in labels else f"{found}.{number}")
    return labels


class _Concerned:
    """Which duties and powers rest on an entry, through whatever stands between."""

    def __init__(self, folders: Sequence[Folder]) -> None:
        self._users: dict[Key, set[Key]] = {}
        for folder in folders:
            for kind, by_name in folder.entries.items():
                for name, entry in by_name.items():
                    self._add((kind, name), entry)

    def _add(self, user: Key, entry: AnyEntry) -> None:
        for _, kind, name in references(entry):
            if kind == user[0] == "offices":  # kept apart from it, which says nothing of what rests on either
                continue
            self._users.setdefault((kind, name), set()).add(user)

    def __call__(self, key: Key) -> tuple[tuple[str, ...], tuple[str, ...]]:
        reached, waiting = {key}, [key]
        while waiting:
            fresh = self._users.get(waiting.pop(), set()) - reached
            reached |= fresh
            waiting += fresh
        duties = sorted(name for kind, name in reached if kind == "duties")
        powers = sorted(name for kind, name in reached if kind == "powers")
        return tuple(duties), tuple(powers)
