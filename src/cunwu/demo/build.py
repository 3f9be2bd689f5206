"""`build`: the whole invented county in one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings

from cunwu.demo import ledger, workbooks
from cunwu.demo.county import County, Extent, build_county
from cunwu.demo.history import Fates, History
from cunwu.disclosure import log
from cunwu.disclosure.models import Publication
from cunwu.errors import NotAllowed, NotReady
from cunwu.law.periods import Period
from cunwu.org.models import Place

SHANGHAI = ZoneInfo("Asia/Shanghai")
Size = Literal["full", "test"]

EXTENTS = {
    "full": Extent(
        months=(25, 25, 25),
        villages=10,
        residents=12,
        without_collective=(9, 27),
        two_boards=(5, 21),
        acting=(14, 23),
        decides=(0, 20),
    ),
    "test": Extent(
        months=(3,),
        villages=3,
        residents=2,
        without_collective=(2,),
        two_boards=(1,),
        acting=(2,),
        decides=(0,),
    ),
}
FATES = {
    "full": Fates(
        silent=frozenset({(13, 8), (24, 4)}),
        late=frozenset({(2, 3), (6, 14), (8, 9), (11, 2), (16, 15), (19, 5), (26, 11), (28, 7)}),
        corrected=frozenset({(0, 4), (18, 13)}),
        taken_down=frozenset({(17, 5)}),
        nil=frozenset({(22, 6)}),
        newest={
            **dict.fromkeys((0, 7, 12, 25), "none"),
            **dict.fromkeys((1, 10), "import"),
            **dict.fromkeys((3, 15, 29), "close"),
            **dict.fromkeys((4, 20), "draft"),
            **dict.fromkeys((5, 22), "sign"),
        },
    ),
    "test": Fates(
        silent=frozenset({(2, 2)}),
        corrected=frozenset({(1, 1)}),
        taken_down=frozenset({(1, 2)}),
        nil=frozenset({(2, 1)}),
        newest={0: "none", 2: "draft"},
    ),
}


@dataclass(frozen=True)
class Demo:
    """What was built. `workbook` holds 云溪村's newest vouchers, to be imported by hand."""

    county: County
    first: Period
    last: Period
    workbook: Path
    example: Publication
    """The newest published month of 云溪村."""


def build(size: Size, *, now: datetime, progress: Callable[[str], None]) -> Demo:
    """Build the county of `size` as of `now`: the newest month is the one before `now`'s.

    Into an empty database, in demo mode only (NotAllowed `demo.not_a_demo`, NotReady `demo.not_empty`). Nothing is
    rendered: that is `portal.bake`'s, afterwards.
    """
    _require_empty_demo()
    last = Period.month(now.astimezone(SHANGHAI).date()).previous
    extent = EXTENTS[size]
    first = last.shifted(1 - max(extent.months))
    county = build_county(now=datetime.combine(first.first_day, time(7), SHANGHAI))
    history = History(county, extent, last, FATES[size])
    history.run(now=now, progress=progress)
    log.sequence(now=now)
    example = max(p for (number, p) in history.published if number == 0)
    return Demo(county, first, last, _write_workbook(county, last), history.published[0, example])


def _write_workbook(county: County, period: Period) -> Path:
    village = county.villages[0]
    folder = Path(settings.HOME) / "demo"
    folder.mkdir(exist_ok=True)
    title = f"{village.books.name_zh}{period.zh}记账凭证"
    path = folder / f"{village.place.name_zh}{period.zh}凭证.xlsx"
    path.write_bytes(workbooks.as_workbook(title, ledger.vouchers(village.profile, period)))
    return path


def _require_empty_demo() -> None:
    if not settings.CUNWU.demo:
        raise NotAllowed(
            "demo.not_a_demo",
            "这里是正式安装，不能写入虚构数据；请另用一个文件夹，以 cunwu init --demo 建立演示。",
            "This is no demo: invented data are not written here; make one in another folder with `cunwu init --demo`.",
        )
    if Place.objects.exists():
        raise NotReady(
            "demo.not_empty",
            "数据库里已有数据，不能再建演示；请用 bin/demo --fresh 重建。",
            "There are data already; build the demo anew with `bin/demo --fresh`.",
        )
