"""Loading the national lists of divisions: provinces, prefectures, counties and towns with their official codes,
villages by name only.

The folder holds `provinces.csv`, `cities.csv`, `areas.csv`, `streets.csv` (columns code, name; codes of 2, 4, 6 and 9
digits, GB/T 2260 and the statistical codes of towns) and, if villages are to be loaded, `villages_national.csv.xz` or
`villages_national.csv` (columns town, town_code9, village). A village gets no code: none is known, none is invented.
"""

from __future__ import annotations

import csv
import itertools
import lzma
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from django.db import connection, transaction
from django.db.models import Max

from cunwu.errors import Invalid
from cunwu.org import audit
from cunwu.org.actions import PATH_STEP, path_step, sort_key
from cunwu.org.finding import file_all_names
from cunwu.org.models import ID_ALPHABET, ID_LENGTH, Place, PlaceCode

LEVELS = (
    ("provinces.csv", Place.Level.PROVINCE, 2),
    ("cities.csv", Place.Level.PREFECTURE, 4),
    ("areas.csv", Place.Level.COUNTY, 6),
    ("streets.csv", Place.Level.TOWN, 9),
)
VILLAGES = ("villages_national.csv.xz", "villages_national.csv")
LONGEST_NAME = 80
TOWNS_AT_ONCE = 1500
ROWS_AT_ONCE = 2000
UNREADABLE = re.compile("[?\ufffd\x00-\x1f]")

_WHOLE = 256 - 256 % len(ID_ALPHABET)
_LETTERS = bytes(ord(ID_ALPHABET[byte % len(ID_ALPHABET)]) for byte in range(256))
_SURPLUS = bytes(range(_WHOLE, 256))

Progress = Callable[[str], None]
_pinyin = lru_cache(maxsize=100_000)(sort_key)


@dataclass
class Counts:
    """What a load did. `unmatched_towns` have no official code in the list: their villages are left out, not guessed."""

    added: int = 0
    villages_added: int = 0
    known: int = 0
    repeated: int = 0
    unreadable: int = 0
    renamed: int = 0
    unmatched_towns: int = 0
    unmatched_villages: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


@dataclass
class Node:
    """What the loader keeps of a place while it runs: its key, its path, and the number its next child gets."""

    pk: int | None
    path: str
    name: str
    next_child: int = 0


def load_places(folder: Path, *, now: datetime, province: str | None, progress: Progress) -> Counts:
    """Load the lists in `folder`, of one province (two digits) or of the whole country; returns what was done.

    Idempotent: what is there already (by code; villages by town and name) is left as it is. A name that a town has
    twice is kept once and counted. Side effects in order: coded places, then villages, committed some thousand rows at
    a time, so that a load that was cut off is carried on by running it again; the names, by which places are found, and
    one audit entry at the end.

    Raises Invalid `places.file`, `places.column`, `places.row`, `places.code` naming file and row.
    """
    counts = Counts()
    nodes = _known_nodes(province or "")
    for name, level, digits in LEVELS:
        with transaction.atomic():
            _load_level(folder / name, level, digits, province=province or "", nodes=nodes, counts=counts)
        progress(f"{name}: {counts.added} added, {counts.known} known")
    villages = next((folder / name for name in VILLAGES if (folder / name).exists()), None)
    if villages is not None:
        _load_villages(villages, province or "", nodes, counts, progress)
    with transaction.atomic():
        progress(f"{file_all_names()} names filed")
        figures: dict[str, Any] = counts.as_json()
        audit.record(None, "org.load_places", f"country:{province or 'all'}", now=now, **figures)
    return counts


def _known_nodes(province: str) -> dict[str, Node]:
    coded = Place.objects.filter(until_day=None, code__startswith=province).exclude(code="")
    nodes = {
        code: Node(pk, path, name)
        for pk, path, code, name in coded.values_list("pk", "path", "code", "name_zh").iterator()
    }
    root = nodes[""] = Node(None, "", "")
    by_key = {node.pk: node for node in nodes.values()}
    last_children = Place.objects.order_by().values_list("parent_id").annotate(last=Max("path"))
    for parent, last in last_children.iterator():
        by_key.get(parent, root).next_child = int(last[-PATH_STEP:], 36) + 1
    return nodes


def _load_level(
    path: Path, level: str, digits: int, *, province: str, nodes: dict[str, Node], counts: Counts
) -> None:
    fresh: list[Place] = []
    for (code, name), line in _rows(path, ("code", "name")):
        if not code.startswith(province):
            continue
        _require_code(path, line, code, digits)
        if not _is_name(name):
            raise _no_name(path, line)
        known = nodes.get(code)
        if known is not None:
            counts.known += 1
            counts.renamed += known.name != name
            continue
        parent = nodes.get(_parent_code(code))
        if parent is None:
            raise _bad_code(
                path, line, code, f"上级{_parent_code(code)}不在清单中", "its parent is in no list"
            )
        fresh.append(_place(parent, level, name, code))
        nodes[code] = Node(None, fresh[-1].path, name)
    Place.objects.bulk_create(fresh, batch_size=ROWS_AT_ONCE)
    for place in fresh:
        nodes[place.code].pk = place.pk
    PlaceCode.objects.bulk_create(
        [
            PlaceCode(place=place, code=place.code, name_zh=place.name_zh, official=True, source=path.name)
            for place in fresh
        ],
        batch_size=ROWS_AT_ONCE,
    )
    counts.added += len(fresh)


def _load_villages(
    path: Path, province: str, nodes: dict[str, Node], counts: Counts, progress: Progress
) -> None:
    columns = ("county_code", "town", "town_code9", "village")
    rows = (row for row, _ in _rows(path, columns) if row[0].startswith(province))
    towns = itertools.groupby(rows, key=itemgetter(0, 1, 2))
    named = ((code, [row[3] for row in group]) for (_, _, code), group in towns)
    while chunk := list(itertools.islice(named, TOWNS_AT_ONCE)):
        with transaction.atomic():
            _load_chunk(chunk, nodes, counts)
        progress(f"{path.name}: {counts.villages_added} villages added, {counts.known} places known")


def _load_chunk(chunk: list[tuple[str, list[str]]], nodes: dict[str, Node], counts: Counts) -> None:
    towns = {code: nodes[code] for code, _ in chunk if code and code in nodes}
    parents = [town.pk for town in towns.values()]
    held = Place.objects.filter(parent_id__in=parents, level=Place.Level.VILLAGE, until_day=None)
    there: set[tuple[int | None, str]] = set(held.values_list("parent_id", "name_zh"))
    before = frozenset(there)
    fresh: list[tuple[Node, str]] = []
    for code, names in chunk:
        town = towns.get(code)
        if town is None:
            counts.unmatched_towns += 1
            counts.unmatched_villages += len(names)
            continue
        for name in names:
            if not _is_name(name):
                counts.unreadable += 1
            elif (town.pk, name) in before:
                counts.known += 1
            elif (town.pk, name) in there:
                counts.repeated += 1
            else:
                there.add((town.pk, name))
                fresh.append((town, name))
    _insert_villages(fresh)
    counts.villages_added += len(fresh)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and not UNREADABLE.search(name)


def _place(parent: Node, level: str, name: str, code: str) -> Place:
    return Place(
        path=_next_path(parent),
        parent_id=parent.pk,
        level=level,
        name_zh=name,
        sort_key=_pinyin(name),
        code=code,
        code_official=bool(code),
    )


def _next_path(parent: Node) -> str:
    path = parent.path + path_step(parent.next_child)
    parent.next_child += 1
    return path


def _insert_villages(fresh: list[tuple[Node, str]]) -> None:
    """Plain INSERTs: 600,000 model instances would take three times as long."""
    ids = _random_ids(len(fresh))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO cunwu_place (public_id, path, parent_id, level, name_zh, name_en, sort_key, code, code_official)"
            " VALUES (%s, %s, %s, 'village', %s, '', %s, '', %s)",
            [
                (public_id, _next_path(town), town.pk, name, _pinyin(name), False)
                for public_id, (town, name) in zip(ids, fresh, strict=True)
            ],
        )


def _random_ids(count: int) -> list[str]:
    """As `random_id`, many at once: bytes past the last whole multiple of the alphabet are thrown away."""
    text = ""
    while len(text) < count * ID_LENGTH:
        text += secrets.token_bytes(count * ID_LENGTH).translate(_LETTERS, _SURPLUS).decode()
    return [text[at : at + ID_LENGTH] for at in range(0, count * ID_LENGTH, ID_LENGTH)]


def _parent_code(code: str) -> str:
    return {2: "", 4: code[:2], 6: code[:4], 9: code[:6]}[len(code)]


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Each row with its line. Raises Invalid `places.file`, `places.column`."""
    if not path.exists():
        raise _no_file(path)
    try:
        with _opened(path) as file:
            reader = csv.reader(file)
            header = next(reader, [])
            missing = [name for name in columns if name not in header]
            if missing:
                raise Invalid(
                    "places.column",
                    f"{path.name}第1行缺少列：{'、'.join(missing)}；请使用区划清单的原文件。",
                    f"{path.name}, row 1, lacks the columns {', '.join(missing)}; use the list as it was published.",
                )
            places = [header.index(name) for name in columns]
            for row in reader:
                if len(row) <= max(places):
                    raise _short_row(path, reader.line_num)
                yield tuple(row[at].strip() for at in places), reader.line_num
    except (UnicodeDecodeError, lzma.LZMAError, EOFError, csv.Error) as error:
        raise Invalid(
            "places.file",
            f"{path.name}不是UTF-8编码的CSV清单，或文件不完整；请重新取得原文件。",
            f"{path.name} is no list in UTF-8 CSV, or is cut off; fetch it again.",
        ) from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _require_code(path: Path, line: int, code: str, digits: int) -> None:
    if len(code) != digits or not (code.isascii() and code.isdigit()):
        raise _bad_code(path, line, code, f"应为{digits}位数字", f"it should have {digits} digits")


def _bad_code(path: Path, line: int, code: str, why_zh: str, why_en: str) -> Invalid:
    return Invalid(
        "places.code",
        f"{path.name}第{line}行的代码“{code[:20]}”不能使用：{why_zh}；请更正清单后重新导入。",
        f"{path.name}, row {line}: the code {code[:20]!r} cannot be used, {why_en}; correct the list and load it again.",
        basis="GB/T 2260",
    )


def _short_row(path: Path, line: int) -> Invalid:
    return Invalid(
        "places.row",
        f"{path.name}第{line}行的列数不够；请使用区划清单的原文件。",
        f"{path.name}, row {line}, has too few columns; use the list as it was published.",
    )


def _no_name(path: Path, line: int) -> Invalid:
    return Invalid(
        "places.row",
        f"{path.name}第{line}行的名称是空的、超过{LONGEST_NAME}字或含有乱码；请使用区划清单的原文件。",
        f"{path.name}, row {line}: the name is empty, over {LONGEST_NAME} characters or unreadable; use the list as it was "
        "published.",
    )


def _no_file(path: Path) -> Invalid:
    return Invalid(
        "places.file",
        f"文件夹{path.parent}中没有{path.name}；请指定存放区划清单的文件夹。",
        f"{path.parent} holds no {path.name}; name the folder in which the lists of divisions lie.",
    )
