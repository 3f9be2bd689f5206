"""Identity numbers and credit codes; the examples are made here, none belongs to anybody."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from cunwu.errors import Invalid
from cunwu.org import identifiers as ids

DIGITS = st.text("0123456789", min_size=1, max_size=1)


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    area = draw(st.sampled_from(sorted(ids.PROVINCES))) + draw(st.from_regex(r"[0-9]{4}", fullmatch=True))
    born = draw(st.dates(date(1900, 1, 1), date(2026, 1, 1)))
    seventeen = f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return seventeen + ids.identity_check_character(seventeen)


@st.composite
def credit_codes(draw: st.DrawFn, departments: str = "".join(sorted(ids.CREDIT_DEPARTMENTS))) -> str:
    head = draw(st.sampled_from(departments)) + draw(st.sampled_from("1239"))
    area = draw(st.from_regex(r"[0-9]{6}", fullmatch=True))
    inner = draw(st.text(ids.CREDIT_ALPHABET, min_size=8, max_size=8))
    seventeen = head + area + inner + ids.organization_check_character(inner)
    return seventeen + ids.credit_check_character(seventeen)


def code_of(refusal: pytest.ExceptionInfo[Invalid]) -> str:
    return refusal.value.code


@given(identity_numbers())
def test_a_sound_number_is_taken_as_it_is_and_by_the_other_library_too(number: str) -> None:
    assert ids.check_identity_number(number) == number
    assert ric.calc_check_digit(number) == number[17]


@given(identity_numbers(), st.integers(0, 17), DIGITS)
def test_one_wrong_digit_is_always_found(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    if wrong == number:
        return
    with pytest.raises(Invalid) as refusal:
        ids.check_identity_number(wrong)
    assert code_of(refusal).startswith("identity.")
    assert wrong not in refusal.value.zh + refusal.value.en


@given(identity_numbers())
def test_width_spaces_hyphens_and_a_small_x_are_forgiven(number: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number.lower())
    assert ids.check_identity_number(wide) == number
    assert ids.check_identity_number(f" {number[:6]}-{number[6:14]} {number[14:]}") == number


@given(identity_numbers().filter(lambda n: n[6:8] == "19"))
def test_an_old_number_is_upgraded(number: str) -> None:
    old = number[:6] + number[8:17]
    assert ids.upgrade_identity_number(old) == number
    assert ids.check_identity_number(old) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "identity.length"),
        ("37070419800101001", "identity.length"),
        ("X70704198001010017", "identity.length"),
        ("99070419800101001X", "identity.area"),
        ("370704198002300017", "identity.date"),
        ("370704180001010017", "identity.date"),
        ("370704198001010011", "identity.check"),
    ],
)
def test_each_fault_has_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.check_identity_number(text)
    assert code_of(refusal) == code


def test_nobody_is_born_after_today() -> None:
    number = "37070420260901001"
    number += ids.identity_check_character(number)
    assert ids.check_identity_number(number, today=date(2026, 9, 1)) == number
    with pytest.raises(Invalid):
        ids.check_identity_number(number, today=date(2026, 8, 31))


@given(identity_numbers())
def test_the_mask_keeps_three_and_two(number: str) -> None:
    assert ids.mask_identity_number(number) == number[:3] + "*" * 13 + number[-2:]


def test_a_short_text_is_masked_whole() -> None:
    assert ids.mask_identity_number("12345") == "*****"


@given(credit_codes("1239"))
def test_codes_that_begin_with_digits_agree_with_the_other_library(code: str) -> None:
    assert ids.check_credit_code(code) == code
    assert uscc.is_valid(code)


@given(credit_codes("ANY"))
def test_codes_that_begin_with_a_letter_are_codes_where_the_other_library_refuses_them(code: str) -> None:
    assert ids.check_credit_code(code) == code
    with pytest.raises(ValidationError):
        uscc.validate(code)


@given(credit_codes(), st.integers(0, 17), st.sampled_from(ids.CREDIT_ALPHABET))
def test_one_wrong_character_is_always_found(code: str, place: int, character: str) -> None:
    wrong = code[:place] + character + code[place + 1 :]
    if wrong != code:
        with pytest.raises(Invalid):
            ids.check_credit_code(wrong)


@given(credit_codes())
def test_small_letters_and_spaces_are_forgiven(code: str) -> None:
    assert ids.check_credit_code(f" {code[:8].lower()} {code[8:].lower()} ") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("N2370704MA3C1XXX0", "credit_code.length"),
        ("N2370704MA3C1XXXOK", "credit_code.alphabet"),
        ("B2370704MA3C1XXX0K", "credit_code.department"),
        ("N237070AMA3C1XXX0K", "credit_code.area"),
        ("N2370704MA3C1XXX0K", "credit_code.check"),
    ],
)
def test_each_fault_of_a_code_has_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.check_credit_code(text)
    assert code_of(refusal) == code


def test_the_inner_check_is_checked_as_well() -> None:
    inner = "MA3C1XXX"
    wrong = "0" if ids.organization_check_character(inner) != "0" else "1"
    seventeen = f"N2370704{inner}{wrong}"
    with pytest.raises(Invalid):
        ids.check_credit_code(seventeen + ids.credit_check_character(seventeen))
