"""What kind of table a set of headers belongs to, so that the wrong file is told what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cunwu.documents.tables import normalised

KINDS: Final[dict[str, tuple[str, str]]] = {
    "vouchers": ("凭证列表", "a voucher list"),
    "trial_balance": ("科目余额表", "a trial balance"),
    "account_ledger": ("明细账或日记账", "an account ledger or cash journal"),
    "contract_ledger": ("承包合同台账", "a contract ledger"),
    "finance_disclosure": ("财务公开表", "a finance disclosure sheet"),
    "assets": ("资产清查登记表", "an asset inventory"),
    "receivables": ("欠款清单", "a list of debts"),
    "land": ("土地面积或种植台账", "a land or planting ledger"),
    "subsidy": ("补贴发放表", "a subsidy payment list"),
    "party": ("党员名册", "a party member roster"),
    "grid": ("网格台账", "a grid worker ledger"),
    "poverty": ("防返贫和脱贫台账", "a poverty-relief ledger"),
    "education": ("教育台账", "an education ledger"),
    "petitions": ("诉求统计表", "petition statistics"),
    "system": ("系统配置表", "a table of a computer system"),
    "unknown": ("看不出种类的表", "a table of an unknown kind"),
}

SERVED_BY: Final = {
    "vouchers": ("vouchers",),
    "contracts": ("contract_ledger", "land", "assets"),
    "assets": ("assets", "land", "contract_ledger"),
    "receivables": ("receivables", "contract_ledger"),
}
"""Purpose of an import: the kinds of table that may serve it, the usual one first."""

# Weight of a header that holds the words; a kind needs three points, the most points win.
_SIGNS: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    "vouchers": ((3, r"凭证"), (2, r"附单据|附件"), (2, r"科目"), (1, r"摘要"), (1, r"借方"), (1, r"贷方")),
    "trial_balance": ((4, r"期初余额|年初余额"), (4, r"期末余额"), (2, r"本期发生|本年累计"), (1, r"科目")),
    "account_ledger": ((4, r"^(?:账面)?余额$|结余"), (1, r"摘要"), (1, r"借方|收入"), (1, r"贷方|支出")),
    "contract_ledger": (
        (3, r"承包金|租金|租赁费|承包费"),
        (3, r"合同"),
        (2, r"承包方|承租方|发包方|出租方"),
        (2, r"承包.*(?:期|起止)|租期"),
    ),
    "finance_disclosure": (
        (3, r"(?:开支|支出|收入|收支)项目"),
        (2, r"资金来源"),
        (2, r"审核意见"),
        (1, r"使用部门"),
    ),
    "assets": (
        (3, r"账面数额|实存数额|账实"),
        (3, r"清理情况|原值|折旧|净值"),
        (2, r"闲置|存放地点|保管人|资产名称"),
    ),
    "receivables": ((3, r"欠款|债务人|拖欠"), (1, r"应交|应收")),
    "land": (
        (3, r"(?:确权|承包地?|基础|补贴|计税|申报|流转|二包).*面积"),
        (3, r"基本农田|耕地|地块|四至|种植|水稻|玉米|大豆"),
        (1, r"面积|农户编号"),
    ),
    "subsidy": ((3, r"补[贴助].*(?:标准|金额)|发放金额|享受金额"), (2, r"银行账号|一卡通|开户")),
    "party": ((3, r"党组织|党员|入党|党支部|党内|党团"), (2, r"党龄|转正"), (1, r"政治面貌")),
    "grid": ((4, r"网格"), (1, r"驻片|区域范围")),
    "poverty": (
        (3, r"贫"),
        (3, r"监测对象|风险(?:是否)?.*(?:消除|识别)|两不愁|三保障|贴息"),
        (2, r"(?:工资|转移|财产|经营)性.*收入|户编号|人编号"),
    ),
    "education": ((3, r"就读|学校"), (1, r"入学|毕业|专业|学位")),
    "petitions": ((3, r"诉求|投诉|举报|信访"), (1, r"处理|回复")),
    "system": ((4, r"数据库|文件路径|模板名"),),
}


def what_is_it(headers: Sequence[str]) -> str:
    """The kind (a key of `KINDS`) that the headers speak for most, "unknown" where hardly anything does."""
    names = [normalised(h) for h in headers]
    points = {kind: sum(_weight(signs, name) for name in names) for kind, signs in _SIGNS.items()}
    best = max(points, key=lambda kind: points[kind])
    return best if points[best] >= 3 else "unknown"


def _weight(signs: tuple[tuple[int, str], ...], name: str) -> int:
    return max((weight for weight, pattern in signs if re.search(pattern, name)), default=0)
