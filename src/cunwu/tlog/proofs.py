"""A proof in one small text file that can be checked offline, c2sp.org/tlog-proof."""

from __future__ import annotations

from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass

from cunwu.errors import Invalid
from cunwu.tlog.checkpoints import Checkpoint, Cosignature, open_checkpoint, parse_size
from cunwu.tlog.notes import Verifier, decode_base64
from cunwu.tlog.tree import HASH_BYTES, check_inclusion, leaf_hash

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63


class ProofFormatError(Invalid):
    """A proof file is not in the tlog-proof form."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Entry number `index`, the hashes from its sibling to below the root, the signed checkpoint verbatim.

    `extra` is whatever the maker of the file put there; nothing vouches for it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class CheckedProof:
    """What was proven: this entry, by leaf hash, is number `index` of the log at `checkpoint`; who cosigned
    it."""

    index: int
    leaf: bytes
    checkpoint: Checkpoint
    witnesses: tuple[Cosignature, ...]


def format_proof(proof: Proof) -> bytes:
    """The bytes of the file."""
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(f"extra {b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.index}")
    lines += [b2a_base64(node, newline=False).decode() for node in proof.hashes]
    return "\n".join([*lines, "", ""]).encode() + proof.checkpoint


def parse_proof(data: bytes) -> Proof:
    """The proof in a file; nothing is checked but its form. Raises `ProofFormatError` or `NoteError`."""
    head, gap, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _malformed("头部不是ASCII文本", "its head is not ASCII text") from None
    if not gap or lines.pop(0) != HEADER:
        raise _malformed(f"首行应为{HEADER}", f"its first line is {HEADER}")
    extra = decode_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise _malformed("缺少index一行", "the index line is missing")
    index = parse_size(lines.pop(0)[6:])
    hashes = tuple(decode_base64(line) for line in lines)
    if len(hashes) > MAX_HASHES or any(len(node) != HASH_BYTES for node in hashes):
        raise _malformed("哈希应各为32字节，且不超过63个", "it has at most 63 hashes of 32 bytes each")
    return Proof(index, hashes, checkpoint, extra)


def check_proof(
    entry: bytes, proof: bytes | Proof, log: Verifier, witnesses: Sequence[Verifier] = ()
) -> CheckedProof:
    """Check that `entry` is in `log`, and which of `witnesses` have cosigned the checkpoint.

    Raises `ProofFormatError` or `NoteError` if the file is malformed, `NoteError` or `CheckpointError` if the
    log has not signed it or a known signature is wrong, `ProofError` if the entry is not proven. That no
    witness has signed is no error here: `witnesses` in the result says who did.
    """
    parsed = parse_proof(proof) if isinstance(proof, bytes) else proof
    signed = open_checkpoint(parsed.checkpoint, log, witnesses)
    leaf = leaf_hash(entry)
    check_inclusion(leaf, parsed.index, signed.checkpoint.size, parsed.hashes, signed.checkpoint.root)
    return CheckedProof(parsed.index, leaf, signed.checkpoint, signed.cosignatures)


def _malformed(zh: str, en: str) -> ProofFormatError:
    return ProofFormatError(
        "proof_malformed",
        f"证明文件格式不对：{zh}；请重新下载",
        f"the proof file is malformed: {en}; download it again",
    )
