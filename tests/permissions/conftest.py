"""The world that a module's tests ask about, built once, and how they tell what they compared."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from cunwu.law.deadlines import SHANGHAI
from permissions.oracle import DAY
from permissions.published import COUNTS
from permissions.world import World, build

Tell = Callable[..., None]


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Whatever a test does in it is rolled back, and it with the module."""
    now = datetime(DAY.year, DAY.month, DAY.day, 10, tzinfo=SHANGHAI)
    home = override_settings(HOME=tmp_path_factory.mktemp("permissions"))
    with django_db_blocker.unblock(), home, transaction.atomic():
        made = build(now)
        gc.collect()
        gc.freeze()  # tens of thousands of requests make no cycle worth looking for among all that is loaded
        yield made
        gc.unfreeze()
        transaction.set_rollback(True)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Prints how many comparisons were made, and fails where one of them differs or the table's are not all there.

    `seen` are those made besides, of what the pages happened to show; `parts` are the tests that share the table's.
    """

    def print_and_check(
        what: str, tried: int, wrong: list[tuple[str, ...]], *, seen: int = 0, parts: int = 1
    ) -> None:
        with capsys.disabled():
            print(f"\npermissions, {what}: {tried + seen:,} comparisons, {len(wrong)} differences", end=" ")
        assert wrong == []
        assert tried * parts == COUNTS[what]

    return print_and_check
