"""Merkle hashes and proofs against other people's vectors, and against the definition at every small size."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.tlog.tree import (
    EMPTY_ROOT,
    ProofError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_hash,
    tree_hash,
)

SIZES = 100
LEAVES = [leaf_hash(b"leaf %d" % number) for number in range(300)]


def definition(leaves):
    """MTH as RFC 6962 section 2.1 writes it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(definition(leaves[:split]), definition(leaves[split:]))


def read(level, index):
    return definition(LEAVES[index << level : (index + 1) << level])


ROOTS = [definition(LEAVES[:size]) for size in range(SIZES + 1)]


def test_tree_of_eight_has_the_published_hashes(vectors):
    tree = vectors("rfc6962_tree8_vectors.json")
    leaves = [leaf_hash(bytes.fromhex(data)) for data in tree["leaf_inputs_hex"]]
    assert [leaf.hex() for leaf in leaves] == tree["node_hashes_hex_by_level"][0]
    for size, root in enumerate(tree["root_hashes_hex_by_size"]):
        assert root_hash(leaves[:size]).hex() == root
    for level, nodes in enumerate(tree["node_hashes_hex_by_level"]):
        for index, node in enumerate(nodes):
            assert root_hash(leaves[index << level : (index + 1) << level]).hex() == node


def test_inclusion_verdicts_are_those_of_the_98_vectors(vectors):
    cases = vectors("transparency-dev/inclusion.json")
    assert len(cases) == 98
    for case in cases:
        proof = [b64decode(node) for node in case["proof"] or []]
        check = (
            b64decode(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            proof,
            b64decode(case["root"]),
        )
        if case["wantErr"]:
            with pytest.raises(ProofError):
                check_inclusion(*check)
        else:
            check_inclusion(*check)


def test_consistency_verdicts_are_those_of_the_98_vectors(vectors):
    cases = vectors("transparency-dev/consistency.json")
    assert len(cases) == 98
    for case in cases:
        proof = [b64decode(node) for node in case["proof"] or []]
        roots = b64decode(case["root1"]), b64decode(case["root2"])
        check = (case["size1"], roots[0], case["size2"], roots[1], proof)
        if case["wantErr"]:
            with pytest.raises(ProofError):
                check_consistency(*check)
        else:
            check_consistency(*check)


def test_from_nothing_to_nothing_is_consistent():
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])


def test_roots_are_those_of_the_definition_at_every_size():
    for size in range(SIZES + 1):
        assert root_hash(LEAVES[:size]) == ROOTS[size]
        assert tree_hash(size, read) == ROOTS[size]


def test_every_inclusion_is_proven_at_every_size():
    for size in range(1, SIZES + 1):
        for index in range(size):
            proof = inclusion_proof(size, index, read)
            check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
            with pytest.raises(ProofError):
                check_inclusion(LEAVES[index + 1], index, size, proof, ROOTS[size])


def test_every_growth_is_proven_at_every_size():
    for new in range(1, SIZES + 1):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, read)
            check_consistency(old, ROOTS[old], new, ROOTS[new], proof)
            with pytest.raises(ProofError):
                check_consistency(old, ROOTS[old - 1], new, ROOTS[new], proof)


@given(size=st.integers(1, 300), data=st.data())
def test_an_inclusion_proof_changed_in_any_bit_or_length_is_refused(size, data):
    index = data.draw(st.integers(0, size - 1))
    root = definition(LEAVES[:size])
    proof = inclusion_proof(size, index, read)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        changed = (int.from_bytes(proof[at], "big") ^ (1 << bit)).to_bytes(32, "big")
        for wrong in ([*proof[:at], changed, *proof[at + 1 :]], proof[:at] + proof[at + 1 :]):
            with pytest.raises(ProofError):
                check_inclusion(LEAVES[index], index, size, wrong, root)
    with pytest.raises(ProofError):
        check_inclusion(LEAVES[index], index, size, [*proof, LEAVES[0]], root)


@given(old=st.integers(1, 299), data=st.data())
def test_a_consistency_proof_changed_in_any_bit_or_length_is_refused(old, data):
    new = data.draw(st.integers(old + 1, 300))
    roots = definition(LEAVES[:old]), definition(LEAVES[:new])
    proof = consistency_proof(old, new, read)
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = (int.from_bytes(proof[at], "big") ^ (1 << bit)).to_bytes(32, "big")
    for wrong in (
        [*proof[:at], changed, *proof[at + 1 :]],
        proof[:at] + proof[at + 1 :],
        [*proof, LEAVES[0]],
    ):
        with pytest.raises(ProofError):
            check_consistency(old, roots[0], new, roots[1], wrong)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_what_is_not_in_the_tree_is_not_proven(index, size):
    with pytest.raises(ProofError, match=f"共有{size}条") as refused:
        inclusion_proof(size, index, read)
    assert refused.value.code == "no_such_leaf"


@pytest.mark.parametrize(("old", "new"), [(5, 4), (-1, 4)])
def test_a_larger_tree_does_not_lead_to_a_smaller(old, new):
    with pytest.raises(ProofError):
        consistency_proof(old, new, read)
    with pytest.raises(ProofError):
        check_consistency(old, ROOTS[0], new, ROOTS[4], [])
