"""Finding a place by its name, a part of it, its pinyin or its initials, at the same cost in a county and in the nation.

Every name that a place bears is filed once, under each key by which somebody may ask for it (`PlaceName`). A search reads
the first keys of one half-open range, then the places of those names: how many others there are does not matter.
Full-text tables are not used: SQLite's and PostgreSQL's differ, and SQLite's finds no part of two characters.
"""

from __future__ import annotations

import unicodedata

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Length
from pypinyin import lazy_pinyin

from cunwu.org.models import NAME_LENGTH, Place, PlaceName

MOST = 20
ROWS_AT_ONCE = 50_000
_IGNORED = str.maketrans("", "", " '’\t\u3000")
_LAST = "\U0010ffff"
"""Sorts after every character of a key."""


def find_places(text: str, *, most: int = MOST) -> list[Place]:
    """Up to `most` places of today that are called `text`: names that begin so, then names that have it inside.

    `text` is a name or a part of one; or its pinyin or its initials, from the beginning. Spaces and apostrophes do not
    count. Of those that begin so, and of the others, short names come first; three places above come with each.
    """
    wanted = folded(text)
    found: dict[int, Place] = {}
    for inside in (False, True) if wanted else ():
        if len(found) < most:
            found |= {place.pk: place for place in _bearing(_names(wanted, inside, 2 * most), most)}
    return list(found.values())[:most]


def file_name(name: str) -> None:
    """File one name under all its keys. Idempotent."""
    keys = [PlaceName(inside=inside, key=key, name=name) for inside, key in sorted(keys_of(name))]
    PlaceName.objects.bulk_create(keys, ignore_conflicts=True)


def file_all_names() -> int:
    """File the names of all places that are not filed yet; returns how many those were. Idempotent."""
    filed = PlaceName.objects.filter(inside=False).values_list("name", flat=True).distinct()
    fresh = set(Place.objects.order_by().values_list("name_zh", flat=True).distinct().iterator())
    fresh.difference_update(filed.iterator())
    for inside in (False, True):
        keys = sorted((key, name) for name in fresh for there, key in keys_of(name) if there is inside)
        _insert(inside, keys)
    return len(fresh)


def _insert(inside: bool, keys: list[tuple[str, str]]) -> None:
    """In the order of the index, which so grows at its end only."""
    with connection.cursor() as cursor:
        for start in range(0, len(keys), ROWS_AT_ONCE):
            cursor.executemany(
                "INSERT INTO cunwu_placename (inside, key, name) VALUES (%s, %s, %s)",
                [(inside, key, name) for key, name in keys[start : start + ROWS_AT_ONCE]],
            )


def keys_of(name: str) -> set[tuple[bool, str]]:
    """Under what a name is filed: itself, its pinyin and initials; and, as inside of it, what follows each character."""
    plain = folded(name)
    syllables = lazy_pinyin(plain)
    keys = {plain, folded("".join(syllables)), folded("".join(each[:1] for each in syllables))}
    parts = {plain[at:] for at in range(1, len(plain))}
    return {(False, key[:NAME_LENGTH]) for key in keys} | {(True, part) for part in parts}


def folded(text: str) -> str:
    """`text` as keys are written: one width, small letters, no spaces and apostrophes."""
    return unicodedata.normalize("NFKC", text).lower().translate(_IGNORED)


def _names(wanted: str, inside: bool, most: int) -> list[str]:
    """Names filed under the first `most` keys that begin with `wanted`."""
    # Django writes `inside=False` as NOT inside, for which SQLite reads the whole table instead of the index.
    keys = PlaceName.objects.filter(inside__in=(inside,), key__gte=wanted, key__lt=wanted + _LAST)
    return list(dict.fromkeys(keys.order_by("key").values_list("name", flat=True)[:most]))


def _bearing(names: list[str], most: int) -> QuerySet[Place]:
    places = Place.objects.filter(name_zh__in=names, until_day=None).select_related("parent__parent__parent")
    return places.order_by(Length("name_zh"), "path")[:most]
