"""One key of a log followed by another: a note in which the old key names the new one, and both have signed.

    cunwu/handover/1
    ORIGIN
    VKEY OF THE EARLIER KEY
    VKEY OF THE KEY THAT FOLLOWS
    SIZE OF THE LOG

So a paper that bears the fingerprint of an earlier key still leads to today's key, step by step, without asking anybody.
A key that was lost or taken hands nothing over: there the chain ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cunwu.tlog.checkpoints import parse_size
from cunwu.tlog.notes import NoteError, Signer, Verifier, open_note, sign_note, split_note

FORMAT = "cunwu/handover/1"


@dataclass(frozen=True, slots=True)
class Handover:
    """`earlier` says that `key` signs the log after it, which had `size` entries then."""

    earlier: Verifier
    key: Verifier
    size: int


def write_handover(earlier: Signer, key: Signer, size: int) -> bytes:
    """The note, signed by both; the same keys and size give the same bytes."""
    lines = [FORMAT, earlier.name, earlier.verifier.vkey, key.verifier.vkey, str(size)]
    return sign_note("".join(f"{line}\n" for line in lines), [earlier, key])


def open_handover(note: bytes) -> Handover:
    """Read and check a note: both keys that it names have signed it, and both are the log's by their name.

    Raises `NoteError`, and `CheckpointError` for a size that is no count.
    """
    text, _ = split_note(note)
    lines = text.split("\n")
    if len(lines) != 6 or lines[0] != FORMAT:
        raise _malformed()
    earlier, key = Verifier.parse(lines[2]), Verifier.parse(lines[3])
    signed = {each.verifier for each in open_note(note, [earlier, key]).verified}
    if signed != {earlier, key} or len(signed) != 2 or {earlier.name, key.name} != {lines[1]}:
        raise _malformed()
    return Handover(earlier, key, parse_size(lines[4]))


def predecessors(key: Verifier, notes: Sequence[bytes]) -> list[Verifier]:
    """The keys that lead to `key` by `notes` (oldest first), newest first, without `key` itself; [] if none does.

    Raises `NoteError` for a note that is malformed, not signed by both, or leads to another key.
    """
    found: list[Verifier] = []
    for note in reversed(notes):
        handover = open_handover(note)
        if handover.key != key:
            raise _malformed()
        key = handover.earlier
        found.append(key)
    return found


def _malformed() -> NoteError:
    return NoteError(
        "handover_malformed",
        "换钥声明不成立：格式不对、没有新旧两把密钥的签名，或者不通向这把公钥；请勿采信",
        "the handover of a log's key does not hold: it is malformed, lacks the signature of one of the two keys, or does "
        "not lead to this key; do not trust it",
    )
