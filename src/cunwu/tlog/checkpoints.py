"""What a log signs: its origin, its size and its root, c2sp.org/tlog-checkpoint."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cunwu.errors import Invalid
from cunwu.tlog.notes import Note, Signer, Verifier, decode_base64, open_note, sign_note
from cunwu.tlog.tree import HASH_BYTES

MAX_SIZE = 2**63 - 1


class CheckpointError(Invalid):
    """A checkpoint is malformed, of another log, or not signed by the log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: `origin` names it, `size` counts its entries, `root` is the hash over all of
    them."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness, by the name and vkey that the reader trusts, and when it says that it saw the checkpoint."""

    name: str
    vkey: str
    time: datetime


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint signed by its log, the cosignatures by witnesses that the reader trusts, and the note."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]
    note: Note


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The text of a checkpoint: three lines, no extension lines."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in `text`; extension lines are allowed and ignored. Raises `CheckpointError`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise _malformed("应至少有三行非空内容", "it has at least three lines and no empty one")
    root = decode_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise _malformed("根哈希应为32字节", "the root has 32 bytes")
    return Checkpoint(lines[0], parse_size(lines[1]), root)


def parse_size(text: str) -> int:
    """A count written in ASCII digits without leading zeroes, at most 2**63 - 1. Raises `CheckpointError`."""
    if (
        not (text.isascii() and text.isdigit() and len(text) <= 19)
        or str(int(text)) != text
        or int(text) > MAX_SIZE
    ):
        raise _malformed("数目应为不带前导零的十进制数", "a count is a decimal number without leading zeroes")
    return int(text)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The signed note. The same checkpoint and key give the same bytes (Ed25519 has no randomness)."""
    return sign_note(format_checkpoint(checkpoint), [signer])


def signing_key(note: bytes, keys: Sequence[Verifier]) -> Verifier:
    """The first of a log's `keys` that has signed the note. Raises `NoteError` if none has, or if a signature is wrong."""
    signed = {each.verifier for each in open_note(note, keys).verified}
    return next(key for key in keys if key in signed)


def open_checkpoint(note: bytes, log: Verifier, witnesses: Sequence[Verifier] = ()) -> SignedCheckpoint:
    """Read and check a signed checkpoint of `log`, whose key is named after its origin.

    Raises `NoteError` if a signature is wrong or none is known, `CheckpointError` if the text is malformed,
    names another origin, or carries a witness's signature but not the log's.
    """
    opened = open_note(note, [log, *witnesses])
    if all(verified.verifier != log for verified in opened.verified):
        raise CheckpointError(
            "log_signature_missing",
            f"检查点上没有日志“{log.name}”自己的签名，请勿采信",
            f"the checkpoint lacks the signature of the log {log.name} itself; do not trust it",
        )
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin != log.name:
        raise CheckpointError(
            "origin_differs",
            f"这是日志“{checkpoint.origin}”的检查点，不是“{log.name}”的，请取对应的一份",
            f"this is a checkpoint of {checkpoint.origin}, not of {log.name}; fetch the right one",
        )
    cosignatures = tuple(
        Cosignature(verified.verifier.name, verified.verifier.vkey, verified.time)
        for verified in opened.verified
        if verified.time is not None
    )
    return SignedCheckpoint(checkpoint, cosignatures, opened)


def _malformed(zh: str, en: str) -> CheckpointError:
    return CheckpointError(
        "checkpoint_malformed",
        f"检查点格式不对：{zh}；请重新取得原件",
        f"the checkpoint is malformed: {en}; fetch the original again",
    )
