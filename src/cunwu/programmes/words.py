"""What is cleared, how an item may end, and where it stands, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cunwu.law.texts import Text

CLEARS: Mapping[str, Text] = MappingProxyType(
    {
        "contracts": Text(zh="清合同", en="Contracts"),
        "arrears": Text(zh="清尾欠", en="Arrears"),
        "idle_assets": Text(zh="清闲置资产资源", en="Idle assets"),
        "environment": Text(zh="清环境卫生", en="Environment"),
        "disputes": Text(zh="清矛盾信访", en="Disputes and petitions"),
    }
)
OUTCOMES: Mapping[str, Text] = MappingProxyType(
    {
        "confirmed": Text(zh="核实无误，予以确认", en="checked and confirmed"),
        "supplemented": Text(zh="补签补充", en="completed in writing"),
        "renegotiated": Text(zh="重新协商签订", en="renegotiated"),
        "collected": Text(zh="收缴到位", en="collected"),
        "terminated": Text(zh="解除终止", en="ended"),
        "sued": Text(zh="依法起诉", en="taken to court"),
        "let_anew": Text(zh="重新发包、出租", en="let anew"),
        "put_right": Text(zh="整改到位", en="put right"),
        "referred": Text(zh="移交有关部门", en="handed to the authority in charge"),
        "unresolvable": Text(zh="历史遗留，暂不能解决", en="from old times, cannot be resolved yet"),
    }
)
STANDINGS: Mapping[str, Text] = MappingProxyType(
    {
        "found": Text(zh="待定方案", en="no plan yet"),
        "planned": Text(zh="有方案", en="planned"),
        "decided": Text(zh="已决议", en="decided"),
        "settled": Text(zh="已办结", en="settled"),
    }
)
