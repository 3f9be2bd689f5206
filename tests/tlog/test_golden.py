"""What was true on the first day stays true: see golden/README.md."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cunwu.tlog.checkpoints import Checkpoint, sign_checkpoint
from cunwu.tlog.commitment import commit
from cunwu.tlog.notes import Verifier
from cunwu.tlog.proofs import check_proof
from cunwu.tlog.tiles import RightEdge
from cunwu.tlog.tree import leaf_hash, root_hash

GOLDEN = Path(__file__).with_name("golden")
ROOTS = json.loads((GOLDEN / "roots.json").read_text())


def entry(number):
    return b"cunwu golden entry %d" % number


@pytest.mark.parametrize("size", [int(size) for size in ROOTS])
def test_roots(size):
    leaves = [leaf_hash(entry(number)) for number in range(size)]
    assert root_hash(leaves).hex() == ROOTS[str(size)]
    edge = RightEdge(0, {}.__getitem__)
    for _ in edge.add(leaves):
        pass
    assert edge.root().hex() == ROOTS[str(size)]


def test_checkpoint_proof_and_fingerprint(signer, witness_signer):
    facts = json.loads((GOLDEN / "facts.json").read_text(encoding="utf-8"))
    assert facts["vkey"] == signer.verifier.vkey
    assert facts["witness_vkey"] == witness_signer.verifier.vkey
    assert facts["fingerprint"] == Verifier.parse(facts["vkey"]).fingerprint
    checkpoint = Checkpoint(signer.name, 300, bytes.fromhex(ROOTS["300"]))
    assert sign_checkpoint(checkpoint, signer).decode() == facts["checkpoint"]
    assert commit("公开内容".encode(), bytes(range(32))) == facts["commitment"]
    witness = Verifier.parse(facts["witness_vkey"])
    checked = check_proof(entry(257), (GOLDEN / "257.tlog-proof").read_bytes(), signer.verifier, [witness])
    assert (checked.index, checked.checkpoint) == (257, checkpoint)
    assert [cosigned.time.isoformat() for cosigned in checked.witnesses] == ["2026-10-08T02:00:00+00:00"]
