"""Signed notes, keys and cosignatures, against Go's cases and the C2SP example."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.tlog.notes import (
    Algorithm,
    NoteError,
    Signature,
    Signer,
    Verifier,
    decode_base64,
    key_fingerprint,
    open_note,
    sign_note,
)


def test_go_cases(vectors):
    cases = vectors("golang_sumdb_vectors.json")["open_note_cases"]
    assert len(cases) == 12
    for case in cases:
        verifiers = [Verifier.parse(vkey) for vkey in case["verifiers"]]
        if case["name"] == "duplicate verifier used":
            continue  # Go's rule about its list of keys; ours is the next test
        if case["ok"]:
            note = open_note(case["note"].encode(), verifiers)
            assert (len(note.verified), len(note.unverified)) == (case["n_verified"], case["n_unverified"])
        else:
            with pytest.raises(NoteError):
                open_note(case["note"].encode(), verifiers)


def test_the_same_key_given_twice_is_one_key(vectors):
    case = next(
        c for c in vectors("golang_sumdb_vectors.json")["open_note_cases"] if "duplicate" in c["name"]
    )
    assert (
        len(open_note(case["note"].encode(), [Verifier.parse(vkey) for vkey in case["verifiers"]]).verified)
        == 1
    )


def test_signing_gives_the_bytes_that_go_gives(vectors):
    published = vectors("golang_sumdb_vectors.json")
    signer = Signer.parse(published["signer_key_published_test_key"])
    assert signer.verifier.vkey == published["keys"]["peter"]
    assert sign_note(published["sign"]["text"], [signer]).decode() == published["sign"]["signed"]


def test_the_c2sp_example_verifies(vectors):
    example = vectors("c2sp_examples.json")["signed_note_example"]
    note = open_note(example["note"].encode(), [Verifier.parse(example["vkey"])])
    assert note.text == "This is an example message.\n"


def test_keys_and_back():
    for algorithm in Algorithm:
        signer = Signer.generate("a.example/钥匙", algorithm)
        assert Signer.parse(f" {signer.skey}\n") == signer
        assert Verifier.parse(f"{signer.verifier.vkey}\n") == signer.verifier
        assert signer.skey.split("+", 4)[-1] not in repr(signer)


def test_a_key_miscopied_anywhere_is_refused(signer):
    vkey = signer.verifier.vkey
    for at in range(len(vkey)):
        with pytest.raises(NoteError):
            Verifier.parse(f"{vkey[:at]}{'x' if vkey[at] != 'x' else 'y'}{vkey[at + 1 :]}")
    for skey in (signer.skey[:-1], signer.skey.replace("KEY", "K"), signer.skey.replace("county", "town")):
        with pytest.raises(NoteError) as refused:
            Signer.parse(skey)
        assert skey.split("+", 4)[-1] not in str(refused.value.args)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"])
def test_names_with_spaces_or_plus_are_refused(name):
    with pytest.raises(NoteError):
        Signer.generate(name)


def test_fingerprint_is_eight_groups_of_four_and_depends_on_the_key_alone(signer):
    fingerprint = key_fingerprint(signer.verifier.vkey)
    assert fingerprint == "5647 5aa7 5463 474c 0285 df5d bf2b cab7"
    assert fingerprint == Signer("other.example", Algorithm.COSIGNATURE, signer.seed).verifier.fingerprint


def test_a_cosignature_states_its_time(witness_signer, moment):
    note = sign_note("text\n", [witness_signer], moment)
    assert open_note(note, [witness_signer.verifier]).verified[0].time == moment


def test_a_cosignature_without_a_time_is_our_own_fault(witness_signer):
    with pytest.raises(ValueError, match="time"):
        witness_signer.sign("text\n")


def test_a_cosignature_does_not_pass_for_a_signature(witness_signer, moment):
    as_log = Verifier(witness_signer.name, Algorithm.ED25519, witness_signer.verifier.public_key)
    signature = witness_signer.sign("text\n", moment)
    with pytest.raises(NoteError):
        as_log.verify("text\n", signature.signature)
    with pytest.raises(NoteError):
        as_log.verify("text\n", signature.signature[8:])


def test_a_time_beyond_the_calendar_is_refused(witness_signer, moment):
    signature = witness_signer.sign("text\n", moment).signature
    with pytest.raises(NoteError):
        witness_signer.verifier.verify("text\n", b"\xff" * 8 + signature[8:])


def test_unknown_signatures_are_ignored_and_known_bad_ones_refuse_the_note(signer, witness_signer, moment):
    note = sign_note("text\n", [signer, witness_signer], moment)
    opened = open_note(note, [signer.verifier])
    assert [signature.name for signature in opened.unverified] == [witness_signer.name]
    other = Signer(witness_signer.name, witness_signer.algorithm, bytes(32))
    assert len(open_note(note, [signer.verifier, other.verifier]).verified) == 1
    late = Signature.parse(note.decode().splitlines(keepends=True)[-1])
    moved = Signature(late.name, late.key_id, b"\x00" * 8 + late.signature[8:])
    with pytest.raises(NoteError) as refused:
        open_note(
            note.replace(late.line.encode(), moved.line.encode()), [signer.verifier, witness_signer.verifier]
        )
    assert refused.value.code == "signature_wrong"


def test_a_second_bad_signature_by_a_known_key_refuses_the_note(signer):
    note = sign_note("text\n", [signer])
    bad = Signature(signer.name, signer.verifier.key_id, bytes(64)).line.encode()
    with pytest.raises(NoteError):
        open_note(note + bad, [signer.verifier])


def test_two_keys_under_one_name_and_id_are_refused(signer):
    class Twin(Verifier):
        key_id = signer.verifier.key_id

    twin = Twin(signer.name, Algorithm.ED25519, bytes(32))
    with pytest.raises(NoteError):
        open_note(sign_note("text\n", [signer]), [signer.verifier, twin])


@pytest.mark.parametrize("text", ["no newline", "a\ttab\n", "a\rreturn\n"])
def test_a_text_that_cannot_stand_in_a_note_is_not_signed(text, signer):
    with pytest.raises(NoteError):
        sign_note(text, [signer])


def test_a_note_that_is_not_utf8_or_too_long_is_refused(signer):
    for note in (b"\xff\n\n", sign_note("x" * 1_000_000 + "\n", [signer])):
        with pytest.raises(NoteError) as refused:
            open_note(note, [signer.verifier])
        assert refused.value.code == "note_malformed"


@pytest.mark.parametrize("text", ["", "AA", "AB==", "AA==\n", "AA== ", "A-==", "AAAA=", "é"])
def test_base64_has_one_spelling(text):
    with pytest.raises(NoteError):
        decode_base64(text)


TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=40)


@given(lines=st.lists(TEXTS, min_size=1, max_size=5), seconds=st.integers(0, 2**32))
def test_any_text_with_empty_lines_too_comes_back(lines, seconds):
    text = "\n".join(lines) + "\n"
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    signers = [Signer.generate("a.example"), Signer.generate("b.example", Algorithm.COSIGNATURE)]
    note = open_note(sign_note(text, signers, now), [signer.verifier for signer in signers])
    assert note.text == text
    assert [verified.time for verified in note.verified] == [None, now]
