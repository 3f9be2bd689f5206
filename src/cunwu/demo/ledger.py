"""What a village takes in and pays out in a month, invented, always the same for the same village and month.

Pure: no database, no clock. Amounts are fen. Wages of the cleaners, the accountant's stationery, the street lights, the
rent of land by the season, electricity sold from the roof, a grant, a road, aid to a household, interest: what such
books really hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.demo.names import person_name
from cunwu.law.periods import Period

BANK, CASH = "银行存款/农村商业银行", "库存现金"
OFFICE, PUBLIC, INCOME, GRANT, OTHER = "管理费用", "公益支出", "经营收入", "补助收入", "其他收入"
YUAN = 100


@dataclass(frozen=True)
class Profile:
    """What sort of village it is; decides what its books hold. Money in fen."""

    name: str
    land_rent: int
    shop_rent: int
    solar: int
    grant: int
    loan: int
    cleaners: int
    assets: int
    officers: tuple[str, str, str]
    """Who handles, approves and witnesses."""

    def random(self, period: Period | None = None) -> Random:
        """The source of this village's chance, or of one month of it."""
        return Random(f"cunwu/{self.name}/{period or ''}")  # noqa: S311  (invented figures, no secret)


def profile(name: str, officers: tuple[str, str, str]) -> Profile:
    """The village called `name`, drawn by its name alone."""
    random = Random(f"cunwu/{name}")  # noqa: S311  (invented figures, no secret)
    return Profile(
        name,
        land_rent=random.randrange(300, 1500) * 100 * YUAN,
        shop_rent=random.choice([0, 0, random.randrange(20, 80) * 100 * YUAN]),
        solar=random.choice([0, random.randrange(15, 60) * 100 * YUAN]),
        grant=random.randrange(60, 160) * 100 * YUAN,
        loan=random.choice([0, 0, 0, 20_000_00, 50_000_00]),
        cleaners=random.randrange(2, 7),
        assets=random.randrange(600, 3200) * 1000 * YUAN,
        officers=officers,
    )


def opening(village: Profile) -> dict[str, int]:
    """Opening balances by account, fen, debit positive; they come to zero."""
    random = village.random()
    bank = random.randrange(900, 5200) * 100 * YUAN + random.randrange(10_000)
    cash = random.randrange(200, 1800) * YUAN
    receivable = random.randrange(0, 300) * 100 * YUAN
    worn = village.assets * random.randrange(8, 35) // 100
    held = {
        BANK: bank,
        CASH: cash,
        "应收款/土地承包户": receivable,
        "固定资产": village.assets,
        "累计折旧": -worn,
    }
    if village.loan:
        held["长期借款及应付款/农村商业银行"] = -village.loan * 2
    capital = village.assets // 2
    held["资本"] = -capital
    held["公积公益金"] = -(sum(held.values()))
    return {account: fen for account, fen in held.items() if fen}


def vouchers(village: Profile, period: Period) -> list[VoucherEntry]:
    """The month's vouchers by day, numbered 记-1, 记-2 …; at least one."""
    random = village.random(period)
    month = _Month(village, period, random)
    drafts = sorted((draft for source in _SOURCES for draft in source(month)), key=lambda d: d.day)
    handler, approver, witness = village.officers
    return [
        VoucherEntry(
            draft.day,
            draft.postings,
            number=number,
            attachments=random.randrange(1, 5),
            handler=handler,
            approver=approver,
            witness=witness,
        )
        for number, draft in enumerate(drafts, start=1)
    ]


@dataclass(frozen=True)
class _Draft:
    day: date
    postings: tuple[PostingEntry, ...]


@dataclass(frozen=True)
class _Month:
    village: Profile
    period: Period
    random: Random

    def voucher(self, day: int, summary: str, debit: str, credit: str, fen: int, *, whom: str = "") -> _Draft:
        """Two lines of `fen` on the `day` of the month (its last day at the latest)."""
        return _Draft(
            self.period.first_day.replace(day=min(day, self.period.last_day.day)),
            (
                PostingEntry(debit, summary, debit=fen, counterpart=whom),
                PostingEntry(credit, summary, credit=fen, counterpart=whom),
            ),
        )

    def about(self, fen: int, spread: int = 15) -> int:
        """`fen` give or take `spread` per cent, in whole jiao."""
        return fen * self.random.randrange(100 - spread, 101 + spread) // 1000 * 10


_Source = Callable[[_Month], Iterator[_Draft]]


def _running_costs(month: _Month) -> Iterator[_Draft]:
    cash = month.about(900_00, 30)
    yield month.voucher(2, "提取备用金", CASH, BANK, cash + 600_00)
    yield month.voucher(month.random.randrange(4, 12), "购买办公用品", OFFICE, CASH, month.about(260_00, 60))
    yield month.voucher(
        month.random.randrange(6, 20),
        "村委会办公用电",
        OFFICE,
        BANK,
        month.about(320_00, 40),
        whom="县供电公司",
    )
    yield month.voucher(
        month.random.randrange(8, 22), "路灯用电", PUBLIC, BANK, month.about(410_00, 25), whom="县供电公司"
    )
    if month.random.random() < 0.5:
        yield month.voucher(
            month.random.randrange(9, 27), "打印、邮寄费", OFFICE, CASH, month.about(120_00, 50)
        )
    if month.random.random() < 0.3:
        yield month.voucher(
            month.random.randrange(9, 27), "会议室维修", OFFICE, BANK, month.about(780_00, 60)
        )


def _wages(month: _Month) -> Iterator[_Draft]:
    cleaners = month.village.cleaners * 600_00
    yield month.voucher(
        25, f"{month.period.number}月保洁员{month.village.cleaners}人工资", PUBLIC, BANK, cleaners
    )
    yield month.voucher(25, f"{month.period.number}月水电管护员报酬", PUBLIC, BANK, 800_00)


def _rents(month: _Month) -> Iterator[_Draft]:
    if month.period.number in {3, 9}:
        due = month.village.land_rent
        paid = due * month.random.randrange(6, 11) // 10
        yield month.voucher(10, "应收本期土地承包费", "应收款/土地承包户", "经营收入/发包收入", due)
        yield month.voucher(
            18, "收土地承包费", BANK, "应收款/土地承包户", paid, whom=person_name(month.random)
        )
    if month.village.shop_rent and month.period.number in {1, 4, 7, 10}:
        yield month.voucher(
            8,
            "收门面房租金",
            BANK,
            f"{INCOME}/租赁收入",
            month.village.shop_rent * 3,
            whom=person_name(month.random),
        )


def _sun(month: _Month) -> Iterator[_Draft]:
    season = (55, 65, 90, 110, 125, 120, 110, 112, 100, 88, 65, 50)[month.period.number - 1]
    if month.village.solar:
        fen = month.about(month.village.solar * season // 100, 8)
        yield month.voucher(20, "光伏发电收入", BANK, f"{INCOME}/光伏发电", fen, whom="县供电公司")


def _grants(month: _Month) -> Iterator[_Draft]:
    if month.period.number in {1, 4, 7, 10}:
        yield month.voucher(
            12, "收上级拨付村级组织运转经费", BANK, GRANT, month.village.grant * 3, whom="镇财政所"
        )
    if month.period.number == 6 and month.random.random() < 0.5:
        fen = month.random.randrange(30, 90) * 1000 * YUAN
        yield month.voucher(16, "收一事一议财政奖补资金", BANK, "专项应付款", fen, whom="镇财政所")
    if month.period.number % 3 == 0:
        yield month.voucher(
            21, "银行存款结息", BANK, f"{OTHER}/利息收入", month.random.randrange(40_00, 260_00)
        )


def _works(month: _Month) -> Iterator[_Draft]:
    if month.period.number in {4, 5, 9, 10, 11} and month.random.random() < 0.45:
        what, unit = month.random.choice(
            (
                ("村内道路维修", "县路桥工程队"),
                ("排水沟清淤", "县水利工程队"),
                ("更换路灯", "镇五金电器商店"),
                ("文化广场健身器材维修", "县体育器材公司"),
                ("自来水管道维修", "县自来水公司"),
            )
        )
        yield month.voucher(
            month.random.randrange(12, 27), what, PUBLIC, BANK, month.about(5_800_00, 70), whom=unit
        )
    if month.period.number == 8 and month.random.random() < 0.3:
        fen = month.about(38_000_00, 40)
        yield month.voucher(24, "生产路硬化工程进度款", "在建工程/生产路硬化", BANK, fen, whom="县路桥工程队")


def _aid(month: _Month) -> Iterator[_Draft]:
    if month.random.random() < 0.35:
        kind = month.random.choice(("临时救助款", "大病医疗救助款", "困难补助"))
        name = person_name(month.random)
        fen = month.random.choice((500_00, 800_00, 1_000_00, 2_000_00))
        yield month.voucher(month.random.randrange(5, 26), f"付{name}{kind}", PUBLIC, BANK, fen, whom=name)
    if month.period.number == 10:
        yield month.voucher(15, "重阳节慰问老人", PUBLIC, BANK, month.about(3_600_00, 30))
    if month.period.number == 1:
        yield month.voucher(20, "春节走访慰问困难户", PUBLIC, BANK, month.about(4_200_00, 30))


def _books(month: _Month) -> Iterator[_Draft]:
    worn = month.village.assets * 4 // 1200 // 10 * 10
    yield month.voucher(28, "计提固定资产折旧", OFFICE, "累计折旧", worn)
    if month.village.loan and month.period.number in {6, 12}:
        yield month.voucher(
            20,
            "付银行贷款利息",
            "其他支出/利息支出",
            BANK,
            month.village.loan * 2 // 1000 * 22,
            whom="农村商业银行",
        )
    if month.village.loan and month.period.number == 12:
        yield month.voucher(
            26,
            "归还银行贷款",
            "长期借款及应付款/农村商业银行",
            BANK,
            month.village.loan // 4,
            whom="农村商业银行",
        )


_SOURCES: tuple[_Source, ...] = (_running_costs, _wages, _rents, _sun, _grants, _works, _aid, _books)
