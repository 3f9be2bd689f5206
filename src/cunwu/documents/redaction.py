"""The gate before publication: what may not be put before the public, found by length and shape.

The check digit only sharpens the wording; one mistyped digit lets nothing through. Spaces, hyphens, dots,
full-width digits and Chinese punctuation inside a number are seen through. Identity and account numbers
can be overruled by nobody; everything else by a second person with a reason (PIPL articles 6, 25, 28).
What the gate cannot see: numbers inside pictures, and names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cunwu.errors import Invalid
from cunwu.org.identifiers import PROVINCES, check_credit_code, identity_check_character

_SEPARATOR = r"[\s\-‐-―_.·•・、,/\\|:~*()\u00ad\u200b-\u200d\u2060\ufeff]"
_SEVEN_DIGITS = re.compile(r"(?:\D*\d){7}")
"""No number that may not be published has fewer: a telephone's are the shortest."""
_CHAIN = re.compile(rf"\d(?:{_SEPARATOR}{{0,3}}\d)+(?:{_SEPARATOR}{{0,3}}[xX](?![A-Za-z]))?")
_TOKEN = re.compile(r"[A-Za-z0-9+/=]{32,}")
_BESIDE_ACCOUNT = re.compile(
    r"(?:[账帐]号|卡号|[账帐]户|一卡通|一本通|社保卡|银行卡|存折)[^\d]{0,12}?"
    r"(\d{12,25}|\d{3,8}(?:[ \-]\d{3,8}){2,6})(?!\d)"
)
_HEX_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}")
_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[ \-]?)?(1[3-9]\d[ \-]?\d{4}[ \-]?\d{4})(?!\d|\.\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:\(0[1-9]\d{1,2}\)\s?|0[1-9]\d{1,2}[ \-])[2-9]\d{6,7}(?!\d|\.\d)")
_BESIDE_PHONE = re.compile(
    r"(?:电话|手机|联系方式|座机|宅电)[^\d]{0,6}(\d{7,12}|\d{3,4}[ \-]\d{7,8})(?!\d|\.\d)"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·. ]?"
    r"(?=[A-HJ-NP-Z]{0,2}\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警](?![A-Za-z0-9\-])"
)
_N = r"[\d一二三四五六七八九十百]{1,5}"
_ADDRESS = re.compile(
    rf"(?:{_N}(?:号楼|栋|幢|座)\s*(?:{_N}单元)?\s*\d{{0,4}}(?:室|户)?|{_N}单元\s*{_N}(?:室|户|号)?"
    rf"|(?:路|街|巷|弄|胡同|大道)\s*{_N}\s*号(?!线|井|泵|机|杆|灯|桥|楼以)|门牌号?[:\s]*{_N}"
    rf"|(?:[组队社屯庄村])\s*\d{{1,4}}号(?!楼|机|井|泵|线|渠|塘|地|路|桥|杆|大棚|仓|库|凭证|文))"
)
_BIRTH = re.compile(
    r"(?:出生|生日|生于)[^\d]{0,6}(?:19|20)\d{2}[年./\-]?\s*\d{0,2}|(?:19|20)\d{2}[年./\-]\d{1,2}[月./\-]\d{1,2}日?(?:出)?生(?!产|效|态|活|成)"
)
_GRADED = re.compile(
    r"残疾(?:等级|证号)|(?:肢体|视力|听力|言语|智力|精神|多重)(?:残疾)?[一二三四1-4]级|[一二三四1-4]级(?:肢体|视力|听力|言语|智力|精神|多重)"
)
_HEALTH_WORD = (
    r"(?:(?:肢体|视力|听力|言语|智力|精神|多重)残疾|残疾人?|精神(?:病|障碍|分裂)|智障|艾滋|HIV|癌|肿瘤|尿毒症|透析|白血病"
    r"|[乙丙]肝|结核|重病|大病|患病|吸毒|戒毒|社区矫正|性侵|家暴|堕胎|流产)"
)
_HEALTH = re.compile(_HEALTH_WORD)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施牛樊葛邢安齐庞颜庄聂鲁岳翟殷申耿关焦柳"
)
_NAME = rf"[{_SURNAMES}][\u4e00-\u9fff某*×]{{1,2}}"
_NAMED_HEALTH = re.compile(
    rf"(?:^|(?<=[\s，,、:;()。付给向为对村民主户助])){_NAME}?(?:户|家|同志|等人?|的|因|患|\s|[，,、:(]|[一二三四]级){{0,3}}{_HEALTH_WORD}"
    rf"|{_HEALTH_WORD}(?:人|者|患者|户|补[贴助]|救助|救助金|慰问金?)?[\s，,、:(]{{0,2}}(?=({_NAME})(?:$|[\s，,、:;()。]))"
)
_ONLY_A_NAME = re.compile(rf"{_NAME}")
_LONGEST_KEPT = 40
"""Verdicts on texts no longer than this are kept while the program runs; longer ones hardly come twice."""


@dataclass(frozen=True)
class Hit:
    """Something that may not be published. `shown` is masked; `start` and `end` are places in the text."""

    kind: str
    where: str
    shown: str
    overrulable: bool
    zh: str
    en: str
    start: int
    end: int


_KINDS: dict[str, tuple[bool, str, str]] = {
    "identity": (
        False,
        "有身份证号码（校验位相符），不得公开，请删去；区分同名的人请写组别和户编号。",
        "holds an identity number (its check digit fits), which is never published; "
        "tell people of one name apart by group and household code.",
    ),
    "identity_like": (
        False,
        "有与身份证号码同样长短的数字（校验位不符，可能抄错一位），不得公开，请删去。",
        "holds a number as long as an identity number (its check digit does not fit, perhaps one digit is "
        "wrong), which is never published; take it out.",
    ),
    "account": (
        False,
        "有像银行卡号、一卡通或社保卡账号的数字，不得公开，请删去。",
        "holds what looks like a bank, one-card or social-security account number, which is never published; "
        "take it out.",
    ),
    "phone": (
        True,
        "有电话号码，请删去；确需公开的办公电话，由另一人说明理由后放行。",
        "holds a telephone number; take it out, or a second person lets a service number pass with a reason.",
    ),
    "plate": (
        True,
        "有车牌号，请删去，或由另一人说明理由后放行。",
        "holds a vehicle's plate; take it out, or a second person lets it pass with a reason.",
    ),
    "address": (
        True,
        "有到门牌的住址，最多写到村、组，或由另一人说明理由后放行。",
        "holds an address to the door; write the village or group, or a second person gives a reason.",
    ),
    "birth": (
        True,
        "有出生日期，请删去，或由另一人说明理由后放行。",
        "holds a date of birth; take it out, or a second person lets it pass with a reason.",
    ),
    "health": (
        True,
        "把健康或残疾状况与具体的人写在一起，只写补助类别，或由另一人说明理由后放行。",
        "names a person's health or disability; write the kind of payment only, "
        "or a second person gives a reason.",
    ),
}


_WHERE_EN = {
    "文件名": "The file's name",
    "摘要": "The summary",
    "公开摘要": "The public summary",
    "更正理由": "The reason of the correction",
    "键名": "A key",
    "名称": "The title",
    "坐落": "The location",
    "用途": "The use",
    "租金": "The rent",
    "对方": "The other side",
}


def scan(text: str, where: str, *, named: bool = False) -> list[Hit]:
    """Everything in `text` that may not be published, in the order of the text; overlapping hits once.

    `where` is put before each sentence ("摘要，第3行"). `named` says that a person's name stands beside
    the text (in the next column), so that a word of health alone is a hit. Nothing is raised.
    """
    if len(text) > _LONGEST_KEPT:
        return _hits(text, where, named=named)
    return [] if _is_clean(text, named=named) else _hits(text, where, named=named)


@lru_cache(maxsize=4096)
def _is_clean(text: str, *, named: bool) -> bool:
    """Whether nothing is found in `text`: days, numbers of accounts and the usual purposes come in every sheet."""
    return not _hits(text, "", named=named)


def _hits(text: str, where: str, *, named: bool) -> list[Hit]:
    folded = _folded(text)
    found: list[tuple[int, int, str]] = []
    taken = bytearray(len(folded))
    for start, end, kind in _finds(folded, named=named):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append((start, end, kind))
    return [_hit(kind, where, folded, start, end) for start, end, kind in sorted(found)]


def masked(text: str) -> str:
    """`text` with every number that may never be shown masked ("王某370…11"): what a page may repeat of what was sent."""
    for hit in reversed(scan(text, "")):
        if not hit.overrulable:
            text = text[: hit.start] + hit.shown + text[hit.end :]
    return text


def require_no_numbers(text: str) -> None:
    """Raises Invalid `redaction.*` with the first identity or account number in `text`: nobody can let one pass."""
    for hit in scan(text, ""):
        if not hit.overrulable:
            raise Invalid(f"redaction.{hit.kind}", f"{hit.zh}（{hit.shown}）", f"{hit.en} ({hit.shown})")


def scan_document(tree: object, name: str) -> list[Hit]:
    """The same for a document: its file name, and every string, key and long number of a JSON-like tree.

    Each hit's `where` is the path to it ("lines[3].summary"), or "文件名" for the name.
    """
    stem = name.rpartition(".")[0] or name
    return scan(stem, "文件名") + list(_walk(tree, "", set(), named=False))


def _walk(node: object, path: str, clean: set[str], *, named: bool) -> Iterator[Hit]:
    """`clean`: the keys in which nothing was found; the lines of a sheet all have the same ones."""
    if isinstance(node, str):
        yield from scan(node, path, named=named)
    elif isinstance(node, int) and not isinstance(node, bool) and abs(node) >= 10**14:
        yield from scan(str(abs(node)), path)
    elif isinstance(node, dict):
        beside = any(isinstance(v, str) and _ONLY_A_NAME.fullmatch(v.strip()) for v in node.values())
        for key, value in node.items():
            name = str(key)
            if name not in clean:
                found = scan(name, f"{path}.{name}" if path else "键名")
                yield from found
                if not found:
                    clean.add(name)
            yield from _walk(value, f"{path}.{key}".lstrip("."), clean, named=beside)
    elif isinstance(node, list | tuple):
        for i, value in enumerate(node):
            yield from _walk(value, f"{path}[{i}]", clean, named=named)


def _hit(kind: str, where: str, text: str, start: int, end: int) -> Hit:
    overrulable, zh, en = _KINDS[kind]
    shown = _mask(text[start:end])
    return Hit(
        kind, where, shown, overrulable, f"{where}{zh}", f"{_WHERE_EN.get(where, where)} {en}", start, end
    )


def _mask(text: str) -> str:
    if len(text) > 7:
        return f"{text[:3]}…{text[-2:]}"
    return text[:1] + "…"


def _folded(text: str) -> str:
    """Character for character: full-width to half-width, any digits to ASCII, look-alikes of X to X."""
    return text if text.isascii() else text.translate(_FOLDS)


class _Folds(dict[int, str]):
    """What `str.translate` asks for each character, kept once it was looked up."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _fold(chr(code))
        return found


_FOLDS = _Folds()


def _fold(c: str) -> str:
    if c.isascii():
        return c
    if c in "×ХхΧχ✕":
        return "X"
    digit = unicodedata.digit(c, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", c)
    return plain if len(plain) == 1 else c


def _finds(text: str, *, named: bool) -> Iterator[tuple[int, int, str]]:
    if _SEVEN_DIGITS.match(text):
        yield from _long_numbers(text)
    for pattern, kind in ((_PLATE, "plate"), (_BIRTH, "birth"), (_ADDRESS, "address"), (_GRADED, "health")):
        for match in pattern.finditer(text):
            yield *match.span(), kind
    for match in (_HEALTH if named else _NAMED_HEALTH).finditer(text):
        yield *match.span(), "health"


def _long_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Identity, account and telephone numbers."""
    hashes = [m.span() for m in _TOKEN.finditer(text) if _is_digest(m[0])]
    for start, end, kind in _numbers(text):
        if not any(s <= start and end <= e for s, e in hashes):
            yield start, end, kind
    for match in _BESIDE_ACCOUNT.finditer(text):
        yield *match.span(1), "account"
    for pattern, kind in ((_MOBILE, "phone"), (_LANDLINE, "phone"), (_BESIDE_PHONE, "phone")):
        for match in pattern.finditer(text):
            if not any(s <= match.start() < e for s, e in hashes):
                yield *match.span(), kind


def _is_digest(token: str) -> bool:
    """A hash, a signature or a proof: a long token of which a quarter is letters, or hex of a digest's very length."""
    letters = sum(c.isalpha() for c in token)
    return letters * 4 >= len(token) or (letters >= 4 and _HEX_DIGEST.fullmatch(token) is not None)


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    for chain in _CHAIN.finditer(text):
        groups = [m.span() for m in re.finditer(r"\d+(?:[xX](?![A-Za-z]))?|[xX]", chain[0])]
        groups = [(s + chain.start(), e + chain.start()) for s, e in groups]
        for start, end in groups:
            if kind := _one_run(text, start, end):
                yield start, end, kind
        for i in range(len(groups)):
            yield from _windows(text, groups[i : i + 19])


def _one_run(text: str, start: int, end: int) -> str | None:
    """A run of digits without a separator inside."""
    digits = text[start:end].upper()
    beside_letter = (start > 0 and _is_letter(text[start - 1])) or (end < len(text) and _is_letter(text[end]))
    if len(digits) > 19:
        windows = [digits[i : i + 18] for i in range(len(digits) - 17)]
        if any(map(_is_certain, windows)):
            return "identity"
        return "identity_like" if any(_shape(window) == 4 for window in windows) else None
    if len(digits) < 15:
        return None
    if beside_letter:
        likely = (len(digits) in {15, 18} and _is_identity_shaped(digits)) or (
            len(digits) >= 16 and digits[:2] == "62"
        )
        return _named_kind(digits) if likely else None
    if len(digits) == 18 and _is_credit_code(digits):
        return None
    return _named_kind(digits)


def _is_letter(c: str) -> bool:
    return c.isascii() and (c.isalpha() or c == "_")


def _named_kind(digits: str) -> str:
    if len(digits) == 18 and _is_certain(digits):
        return "identity"
    if len(digits) == 15 or digits.endswith("X") or (len(digits) == 18 and _is_identity_shaped(digits)):
        return "identity_like"
    return "account"


def _is_certain(digits: str) -> bool:
    return (
        digits[:17].isdecimal()
        and _shape(digits) == 4
        and identity_check_character(digits[:17]) == digits[17]
    )


def _shape(digits: str) -> int:
    """How many of four parts fit an identity number: province, century, month, day."""
    if len(digits) == 15:
        province, century, month, day = digits[:2], "19", digits[8:10], digits[10:12]
    else:
        province, century, month, day = digits[:2], digits[6:8], digits[10:12], digits[12:14]
    return (
        (province in PROVINCES)
        + (century in {"18", "19", "20"})
        + ("01" <= month <= "12")
        + ("01" <= day <= "31")
    )


def _is_identity_shaped(digits: str) -> bool:
    """One wrong digit spoils at most one of the four parts."""
    return _shape(digits) >= 3


def _is_credit_code(digits: str) -> bool:
    """An enterprise's credit code that happens to be digits only: public, and no birth date fits inside."""
    if digits[:2] not in {"91", "92", "93"} or _is_identity_shaped(digits):
        return False
    try:
        check_credit_code(digits)
    except Invalid:
        return False
    return True


def _windows(text: str, groups: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Numbers written in several groups, beginning with the first of `groups`."""
    digits = ""
    sizes: list[int] = []
    for start, end in groups:
        digits += text[start:end].upper()
        sizes.append(end - start)
        if len(digits) > 19:
            return
        if len(sizes) > 1 and (kind := _grouped_kind(digits, sizes)):
            yield groups[0][0], end, kind


def _grouped_kind(digits: str, sizes: list[int]) -> str | None:
    if len(digits) == 18 and (sizes == [6, 8, 4] or _is_identity_shaped(digits)):
        return _named_kind(digits)
    if len(digits) == 15 and (sizes == [6, 6, 3] or _shape(digits) == 4):
        return "identity_like"
    if len(digits) >= 16 and "X" not in digits:
        by_fours = sizes[:4] == [4, 4, 4, 4]
        if digits[:2] == "62" or (by_fours and len(digits) >= 17):
            return "account"
    return None
