"""Identity numbers of persons and credit codes of organizations, checked by their own arithmetic.

GB 11643-1999 (citizen identity number: six digits of area, eight of birth date, three of sequence, one
check character by ISO 7064 MOD 11-2) and GB 32100-2015 (unified social credit code: department,
category, six digits of area, nine characters of organization code by GB 11714, one check character
modulo 31). No refusal here repeats the number it refuses.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from cunwu.errors import Invalid

# GB/T 2260: provinces; 83 residence permits for Taiwan, 91 permanent residence of foreigners.
PROVINCES = frozenset(
    str(code)
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 83),
        (91, 91),
    )
    for code in range(first, last + 1)
)
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Registering departments; N is agriculture (N1 group, N2 village, N3 town collective), Y everything else.
CREDIT_DEPARTMENTS = frozenset("123456789ANY")
_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ASCII_DIGITS = frozenset("0123456789")


def _normalised(text: str) -> str:
    """Half-width, upper case, without the spaces, hyphens and dots that people put between groups."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in folded if not c.isspace() and c not in "-‐‑‒–—―·.")


def _is_digits(text: str) -> bool:
    return bool(text) and all(c in _ASCII_DIGITS for c in text)


def identity_check_character(first_seventeen: str) -> str:
    """The check character of an identity number (ISO 7064 MOD 11-2), "0" to "9" or "X"."""
    total = sum(int(digit) * (pow(2, 17 - i, 11)) for i, digit in enumerate(first_seventeen))
    return "0123456789X"[(12 - total % 11) % 11]


def upgrade_identity_number(text: str) -> str:
    """A fifteen-digit number of before 1999 as the eighteen-digit one (GB 11643-1999, born in 19xx).

    Raises `Invalid` (`identity.length`) for anything but fifteen digits.
    """
    number = _normalised(text)
    if len(number) != 15 or not _is_digits(number):
        raise Invalid(
            "identity.length", "旧身份证号码应为15位数字。", "An old identity number has fifteen digits."
        )
    seventeen = f"{number[:6]}19{number[6:]}"
    return seventeen + identity_check_character(seventeen)


def check_identity_number(text: str, *, today: date | None = None) -> str:
    """The identity number in its eighteen-character form, or `Invalid` with the reason.

    Full-width characters, spaces and hyphens are forgiven; a fifteen-digit number is upgraded. Checked in
    this order: length and characters (`identity.length`), area (`identity.area`), date of birth
    (`identity.date`, also when it lies after `today`), check character (`identity.check`).
    """
    number = _normalised(text)
    if len(number) == 15:
        number = upgrade_identity_number(number)
    if len(number) != 18 or not _is_digits(number[:17]) or not (_is_digits(number[17]) or number[17] == "X"):
        raise Invalid(
            "identity.length",
            "身份证号码应为18位数字（末位可为X），请对照证件重新录入。",
            "An identity number has eighteen digits (the last may be X); enter it again from the card.",
        )
    if number[:2] not in PROVINCES:
        raise Invalid(
            "identity.area",
            "身份证号码前两位不是任何省级行政区的代码，请对照证件重新录入。",
            "The identity number does not begin with a province's code; please enter it again from the card.",
        )
    _check_birth(number[6:14], today)
    if identity_check_character(number[:17]) != number[17]:
        raise Invalid(
            "identity.check",
            "身份证号码的校验位不符，至少有一位抄错，请对照证件重新录入。",
            "The identity number's check digit does not fit, so a digit is wrong; enter it again from the card.",
        )
    return number


def _check_birth(digits: str, today: date | None) -> None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        born = None
    if born is None or born.year < 1850 or (today is not None and born > today):
        raise Invalid(
            "identity.date",
            "身份证号码中的出生日期不存在或尚未到来，请对照证件重新录入。",
            "The date of birth inside the identity number does not exist or has not come yet; "
            "please enter it again from the card.",
        )


def mask_identity_number(number: str) -> str:
    """The number as it may be shown to the person concerned: first three and last two characters."""
    clean = _normalised(number)
    return f"{clean[:3]}{'*' * max(len(clean) - 5, 0)}{clean[-2:]}" if len(clean) > 5 else "*" * len(clean)


def organization_check_character(first_eight: str) -> str:
    """The check character of an organization code (GB 11714-1997), "0" to "9" or "X"."""
    total = sum(int(c, 36) * w for c, w in zip(first_eight, _CODE_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def credit_check_character(first_seventeen: str) -> str:
    """The check character of a unified social credit code (GB 32100-2015, modulo 31)."""
    total = sum(CREDIT_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first_seventeen))
    return CREDIT_ALPHABET[-total % 31]


def check_credit_code(text: str) -> str:
    """The unified social credit code, normalised, or `Invalid` with the reason.

    Codes that begin with a letter are codes like any other: the collectives registered by the departments
    of agriculture begin with N. Checked in this order: length and alphabet (`credit_code.length`,
    `credit_code.alphabet`: no I, O, S, V, Z), department (`credit_code.department`), area
    (`credit_code.area`), the organization code inside and the whole (`credit_code.check`).
    """
    code = _normalised(text)
    if len(code) != 18:
        raise Invalid(
            "credit_code.length",
            f"统一社会信用代码应为18位，这里有{len(code)}位。",
            f"A unified social credit code has eighteen characters; this one has {len(code)}.",
        )
    strange = sorted(set(code) - set(CREDIT_ALPHABET))
    if strange:
        raise Invalid(
            "credit_code.alphabet",
            f"统一社会信用代码中不会出现“{'、'.join(strange)}”，请检查是否把字母与数字看错（如O与0、I与1）。",
            f"A unified social credit code never contains {', '.join(strange)}; "
            "check for O read as 0 or I as 1.",
        )
    if code[0] not in CREDIT_DEPARTMENTS:
        raise Invalid(
            "credit_code.department",
            f"统一社会信用代码首位“{code[0]}”不是登记管理部门代码，请对照证照重新录入。",
            f"The first character {code[0]} of the credit code names no registering department; "
            "please enter it again from the certificate.",
        )
    if not _is_digits(code[2:8]):
        raise Invalid(
            "credit_code.area",
            "统一社会信用代码第3至8位应为6位数字的行政区划码，请对照证照重新录入。",
            "Characters three to eight of a credit code are six digits of area; "
            "please enter it again from the certificate.",
        )
    inner_fits = organization_check_character(code[8:16]) == code[16]
    if not inner_fits or credit_check_character(code[:17]) != code[17]:
        raise Invalid(
            "credit_code.check",
            "统一社会信用代码的校验位不符，至少有一位抄错，请对照证照重新录入。",
            "The check character of the credit code does not fit, so a character is wrong; "
            "please enter it again from the certificate.",
        )
    return code
