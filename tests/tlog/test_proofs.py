"""Checkpoints, proof files and commitments: what is accepted, and that one changed bit is not."""

from __future__ import annotations

from hashlib import sha256

import pytest

from cunwu.errors import Refused
from cunwu.tlog.checkpoints import (
    Checkpoint,
    CheckpointError,
    format_checkpoint,
    open_checkpoint,
    parse_checkpoint,
    parse_size,
    sign_checkpoint,
)
from cunwu.tlog.commitment import CommitmentError, commit, new_salt
from cunwu.tlog.notes import NoteError, Signer, format_note, sign_note
from cunwu.tlog.proofs import Proof, ProofFormatError, check_proof, format_proof, parse_proof
from cunwu.tlog.tree import ProofError, inclusion_proof, leaf_hash, root_hash

ENTRIES = [b"entry %d" % number for number in range(3)]


@pytest.fixture
def proof(signer, witness_signer, moment):
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    text = format_checkpoint(Checkpoint(signer.name, 3, root_hash(leaves)))
    note = format_note(text, [signer.sign(text), witness_signer.sign(text, moment)])
    hashes = inclusion_proof(
        3, 1, lambda level, index: root_hash(leaves[index << level : (index + 1) << level])
    )
    return format_proof(Proof(1, tuple(hashes), note))


def test_a_proof_says_what_and_who(proof, signer, witness_signer, moment):
    checked = check_proof(ENTRIES[1], proof, signer.verifier, [witness_signer.verifier])
    assert (checked.index, checked.checkpoint.size, checked.leaf) == (1, 3, leaf_hash(ENTRIES[1]))
    assert [(witness.name, witness.time) for witness in checked.witnesses] == [(witness_signer.name, moment)]
    assert check_proof(ENTRIES[1], proof, signer.verifier).witnesses == ()


def test_every_flipped_bit_of_a_proof_is_refused_or_loses_the_witness(proof, signer, witness_signer):
    """A flip in the witness's name makes a signature by somebody unknown, which the format tells us to
    ignore."""
    for bit in range(8 * len(proof)):
        flipped = bytearray(proof)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            checked = check_proof(ENTRIES[1], bytes(flipped), signer.verifier, [witness_signer.verifier])
        except Refused:
            continue
        assert checked.witnesses == ()
        assert bit // 8 > proof.index(b"\xe2\x80\x94 witness")


def test_every_flipped_bit_of_a_checkpoint_is_refused(signer):
    note = sign_checkpoint(Checkpoint(signer.name, 7, bytes(range(32))), signer)
    for bit in range(8 * len(note)):
        flipped = bytearray(note)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Refused):
            open_checkpoint(bytes(flipped), signer.verifier)


def test_another_entry_is_not_proven(proof, signer):
    with pytest.raises(ProofError):
        check_proof(ENTRIES[2], proof, signer.verifier)


def test_another_log_is_not_believed(proof, signer):
    with pytest.raises(NoteError):
        check_proof(ENTRIES[1], proof, Signer.generate(signer.name).verifier)


def test_extra_data_is_kept_and_vouches_for_nothing(proof, signer):
    parsed = parse_proof(proof)
    with_extra = format_proof(Proof(parsed.index, parsed.hashes, parsed.checkpoint, b"a note"))
    assert parse_proof(with_extra).extra == b"a note"
    assert check_proof(ENTRIES[1], with_extra, signer.verifier).index == 1


def test_the_layout_is_that_of_the_specification(vectors):
    lines = vectors("c2sp_examples.json")["tlog_proof_example_format_only"].split("\n")
    proof = Proof(
        73894, tuple(bytes([number]) * 32 for number in range(5)), "\n".join(lines[9:]).encode(), b"extra!"
    )
    ours = format_proof(proof).decode().split("\n")
    assert [line.split(" ")[0] for line in ours[:3]] == [line.split(" ")[0] for line in lines[:3]]
    assert [len(line) for line in ours[3:]] == [len(line) for line in lines[3:]]
    assert parse_proof(format_proof(proof)) == proof


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        b"c2sp.org/tlog-proof@v1\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 0",
        b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx",
        b"c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 00\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 1\n\xff\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 1\n"
        + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64
        + b"\nx",
    ],
)
def test_a_malformed_proof_is_refused(data):
    with pytest.raises((ProofFormatError, NoteError, CheckpointError)):
        parse_proof(data)


def test_the_c2sp_checkpoint_is_read(vectors):
    text = vectors("c2sp_examples.json")["checkpoint_example"].rpartition("\n\n")[0] + "\n"
    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert format_checkpoint(checkpoint) == text
    assert parse_checkpoint(f"{text}an extension line\n") == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n1\nAAAA\n",
        "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(CheckpointError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1 ", "1.0", "00", "²", "٣", "9223372036854775808", "1" * 5000]
)
def test_a_size_is_plain_digits(text):
    with pytest.raises(CheckpointError):
        parse_size(text)


def test_a_checkpoint_with_a_witness_but_without_its_log_is_refused(signer, witness_signer, moment):
    text = format_checkpoint(Checkpoint(signer.name, 0, bytes(32)))
    with pytest.raises(CheckpointError) as refused:
        open_checkpoint(sign_note(text, [witness_signer], moment), signer.verifier, [witness_signer.verifier])
    assert refused.value.code == "log_signature_missing"


def test_a_checkpoint_of_another_origin_is_refused_though_our_key_signed_it(signer):
    with pytest.raises(CheckpointError) as refused:
        open_checkpoint(sign_checkpoint(Checkpoint("else.example", 0, bytes(32)), signer), signer.verifier)
    assert refused.value.code == "origin_differs"


def test_a_commitment_is_a_salted_hash():
    salt = bytes(range(32))
    assert commit(b"sheet", salt) == sha256(b"cunwu/commitment/1\n" + salt + b"sheet").hexdigest()
    assert commit(b"sheet", new_salt()) != commit(b"sheet", new_salt())


def test_a_salt_of_another_length_is_refused_so_that_no_byte_moves_into_the_document():
    with pytest.raises(CommitmentError):
        commit(b"heet", bytes(32) + b"s")
