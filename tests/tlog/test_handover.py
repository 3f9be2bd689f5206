"""One key follows another: papers with the old fingerprint lead to the new key, and nobody else can lead there."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.errors import NotFound, NotReady, Refused
from cunwu.tlog.check import check_log
from cunwu.tlog.commitment import commit
from cunwu.tlog.directory import LogDirectory, replace_key
from cunwu.tlog.files import KEY_FILE
from cunwu.tlog.handover import open_handover, predecessors, write_handover
from cunwu.tlog.notes import Algorithm, NoteError, Signer, sign_note, split_note
from cunwu.tlog.verify import Bundle, verify
from cunwu.tlog.witness import Witness

ORIGIN = "log.example/county"
FIRST, SECOND, THIRD, THIEF = (Signer(ORIGIN, Algorithm.ED25519, bytes([at] * 32)) for at in range(4))
SALT = bytes(range(32))


@pytest.fixture
def handed_over(tmp_path):
    """A log of three entries, whose key was followed by another, and one entry since."""
    log = LogDirectory.create(tmp_path / "log", ORIGIN, FIRST)
    log.append([b"one", b'{"commitment":"%s"}' % commit(b"{}", SALT).encode(), b"three"])
    replace_key(log.path, FIRST.verifier, SECOND)
    again = LogDirectory(log.path, ORIGIN, SECOND)
    again.append([b"four"])
    return again, write_handover(FIRST, SECOND, 3)


def codes(report):
    return {(line.code, line.result) for line in report.lines}


def test_the_tree_goes_on_under_the_new_key(handed_over):
    log, _ = handed_over
    assert log.size == 4
    assert check_log(log.path, SECOND.verifier) == []
    assert check_log(log.path, FIRST.verifier) != []


def test_who_still_holds_the_old_key_writes_no_second_history(tmp_path):
    stale = LogDirectory.create(tmp_path / "log", ORIGIN, FIRST)
    stale.append([b"one"])
    replace_key(stale.path, FIRST.verifier, SECOND)
    with pytest.raises(NotReady) as refused:
        stale.append([b"another"])
    assert refused.value.code == "log_key_changed"
    assert LogDirectory(stale.path, ORIGIN, SECOND).size == 1


def test_cosignatures_stay_and_a_repeated_change_is_one(tmp_path, witness_signer, moment):
    log = LogDirectory.create(tmp_path / "log", ORIGIN, FIRST)
    log.append([b"one"])
    line = witness_signer.sign(log.signed_checkpoint().note.text, moment).line
    log.add_cosignature(line, witness_signer.verifier)
    replace_key(log.path, FIRST.verifier, SECOND)
    once = (log.path / "checkpoint").read_bytes()
    replace_key(log.path, FIRST.verifier, SECOND)
    assert (log.path / "checkpoint").read_bytes() == once
    changed = LogDirectory(log.path, ORIGIN, SECOND).signed_checkpoint([witness_signer.verifier])
    assert [each.time for each in changed.cosignatures] == [moment]
    assert changed.note.unverified == ()


def test_a_folder_that_neither_key_signed_is_left_alone(tmp_path):
    log = LogDirectory.create(tmp_path / "log", ORIGIN, THIEF)
    before = (log.path / "checkpoint").read_bytes(), (log.path / KEY_FILE).read_bytes()
    with pytest.raises(NoteError):
        replace_key(log.path, FIRST.verifier, SECOND)
    assert ((log.path / "checkpoint").read_bytes(), (log.path / KEY_FILE).read_bytes()) == before


def test_a_paper_from_before_leads_to_the_new_key(handed_over):
    log, note = handed_over
    bundle = Bundle(log.entry(1), log.prove(1), SECOND.verifier, b"{}", SALT, (note,))
    assert bundle.earlier_keys() == [FIRST.verifier]
    report = verify(bundle)
    assert report.verified
    assert ("handover", "passed") in codes(report)
    assert any(FIRST.verifier.fingerprint in line.zh for line in report.lines)


def test_a_chain_of_two(handed_over):
    _, note = handed_over
    notes = [note, write_handover(SECOND, THIRD, 9)]
    assert predecessors(THIRD.verifier, notes) == [SECOND.verifier, FIRST.verifier]
    for wrong in (notes[::-1], notes[:1], [note, note]):
        with pytest.raises(NoteError):
            predecessors(THIRD.verifier, wrong)


def forged():
    """What somebody without the first key can make, each to lead papers of the first key to their own."""
    text, real = split_note(write_handover(FIRST, SECOND, 3))
    own_text, own = split_note(write_handover(SECOND, THIEF, 3))
    other_log = Signer("log.example/other", Algorithm.ED25519, THIEF.seed)
    return {
        "the old key named, not signing": sign_note(text.replace(SECOND.verifier.vkey, THIEF.verifier.vkey), [THIEF]),
        "a signature taken from another note": (own_text.replace(SECOND.verifier.vkey, FIRST.verifier.vkey)
                                                + "\n" + "".join(each.line for each in [*real, *own])).encode(),
        "another log's key": sign_note(text.replace(SECOND.verifier.vkey, other_log.verifier.vkey), [FIRST, other_log]),
        "only the old key signed": sign_note(text.replace(SECOND.verifier.vkey, THIEF.verifier.vkey), [FIRST]),
        "itself": sign_note(text.replace(SECOND.verifier.vkey, FIRST.verifier.vkey), [FIRST]),
        "a checkpoint": sign_note(f"{ORIGIN}\n3\nAAAA\n", [FIRST, THIEF]),
        "another format": sign_note(text.replace("handover/1", "handover/2"), [FIRST, SECOND]),
    }  # fmt: skip


@pytest.mark.parametrize("how", list(forged()))
def test_a_handover_that_was_made_up_is_refused(handed_over, how):
    log, _ = handed_over
    note = forged()[how]
    with pytest.raises(Refused):
        open_handover(note)
    report = verify(Bundle(log.entry(1), log.prove(1), SECOND.verifier, handovers=(note,)))
    assert not report.verified
    assert ("handover", "failed") in codes(report)


@given(st.integers(0, 400), st.integers(0, 255))
def test_no_byte_of_a_handover_can_be_another(at, byte):
    note = write_handover(FIRST, SECOND, 3)
    at %= len(note)
    changed = note[:at] + bytes([byte]) + note[at + 1 :]
    if changed != note:
        with pytest.raises(Refused):
            open_handover(changed)


def test_a_witness_follows_and_goes_on_where_it_was(tmp_path, moment):
    log = LogDirectory.create(tmp_path / "log", ORIGIN, FIRST)
    log.append([b"one"])
    witness = Witness.create(tmp_path / "witness", "witness.example/audit", [FIRST.verifier])
    lines = (witness.path / "logs").read_text()
    (witness.path / "logs").write_text(f"# the county\n{lines}")

    def ask(witness, old):
        hashes, note = log.prove_consistency(old)
        body = "\n".join([f"old {old}", *(b64encode(each).decode() for each in hashes), "", ""]).encode()
        return witness.add_checkpoint(body + note, moment)[0]

    assert ask(witness, 0) == 200
    replace_key(log.path, FIRST.verifier, SECOND)
    log = LogDirectory(log.path, ORIGIN, SECOND)
    log.append([b"two"])
    assert ask(witness, 1) == 403

    witness.follow(write_handover(FIRST, SECOND, 1))
    assert (witness.path / "logs").read_text().startswith("# the county\n")
    witness = Witness(witness.path)
    assert witness.seen(ORIGIN).size == 1
    assert ask(witness, 1) == 200
    with pytest.raises(NotFound) as refused:
        witness.follow(write_handover(FIRST, THIEF, 1))
    assert refused.value.code == "witness_watches_another"


def test_a_witness_may_be_told_both_keys(tmp_path, moment):
    log = LogDirectory.create(tmp_path / "log", ORIGIN, SECOND)
    witness = Witness.create(tmp_path / "witness", "witness.example/audit", [FIRST.verifier, SECOND.verifier])
    assert witness.add_checkpoint(b"old 0\n\n" + log.prove_consistency(0)[1], moment)[0] == 200
