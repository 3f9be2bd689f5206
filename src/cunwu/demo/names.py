"""Invented names. The county's and the province's are borne by no real place; people's are drawn from common characters."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

PROVINCE = ("99", "示例省")
COUNTY = ("990101", "示范县", "Demonstration County")


@dataclass(frozen=True)
class Town:
    """A town, its code, and its villages, in Chinese and English."""

    code: str
    zh: str
    en: str
    villages: tuple[tuple[str, str], ...]


TOWNS = (
    Town(
        "990101101",
        "青石镇",
        "Qingshi Town",
        (
            ("云溪村", "Yunxi Village"),
            ("石桥村", "Shiqiao Village"),
            ("枣林村", "Zaolin Village"),
            ("南岭村", "Nanling Village"),
            ("北塘村", "Beitang Village"),
            ("双井村", "Shuangjing Village"),
            ("杏花村", "Xinghua Village"),
            ("白杨村", "Baiyang Village"),
            ("沙沟村", "Shagou Village"),
            ("柿子园村", "Shiziyuan Village"),
        ),
    ),
    Town(
        "990101102",
        "柳河镇",
        "Liuhe Town",
        (
            ("柳湾村", "Liuwan Village"),
            ("东河村", "Donghe Village"),
            ("西渡村", "Xidu Village"),
            ("荷塘村", "Hetang Village"),
            ("芦苇村", "Luwei Village"),
            ("渔家村", "Yujia Village"),
            ("新堤村", "Xindi Village"),
            ("稻香村", "Daoxiang Village"),
            ("长堰村", "Changyan Village"),
            ("水磨村", "Shuimo Village"),
        ),
    ),
    Town(
        "990101201",
        "松岭乡",
        "Songling Township",
        (
            ("松岭村", "Songling Village"),
            ("竹园村", "Zhuyuan Village"),
            ("茶亭村", "Chating Village"),
            ("高坡村", "Gaopo Village"),
            ("石门村", "Shimen Village"),
            ("鹿鸣村", "Luming Village"),
            ("药山村", "Yaoshan Village"),
            ("核桃沟村", "Hetaogou Village"),
            ("云顶村", "Yunding Village"),
            ("泉眼村", "Quanyan Village"),
        ),
    ),
)

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
)
_FIRST = "建志永德文国玉春秀桂金海明新兴立正大长光福庆云学世学凤淑爱红晓雪小冬秋"
_SECOND = "国强军平华民生林山海峰兰英芳梅霞玲燕琴珍香花荣贵才良友义礼信东明亮辉涛波娟丽萍敏静慧勇"


def person_name(random: Random) -> str:
    """A name of three characters, at times of two."""
    given = (
        random.choice(_SECOND) if random.random() < 0.15 else random.choice(_FIRST) + random.choice(_SECOND)
    )
    return random.choice(_SURNAMES) + given
