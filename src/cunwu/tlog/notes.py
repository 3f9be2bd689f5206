"""Signed notes and their keys, c2sp.org/signed-note; timestamped cosignatures, c2sp.org/tlog-cosignature.

A note is a text, an empty line, and one line per signature:

    — NAME BASE64(4 bytes of key id, then the signature)

Public keys are written `NAME+KEYID+BASE64(algorithm byte, then the key)`, private ones the same after
`PRIVATE+KEY+`. Signatures by unknown keys are ignored; one by a known key that does not verify refuses the
whole note. Base64 is read strictly, so that a note has one spelling only.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cunwu.errors import Invalid

MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1_000_000
_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_ED25519_BYTES = 64
_TIME_BYTES = 8
_MARK = "— "
_PRIVATE = "PRIVATE+KEY+"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_ANSWERS_KEPT = 16
"""The proofs of a whole site are checked under one checkpoint: its signatures need be reckoned once."""


class NoteError(Invalid):
    """A note, a signature or a key is malformed, or no trusted key has signed."""


class Algorithm(IntEnum):
    """The signature types of signed-note that this log uses."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its id, and the signature (with a time in front for
    cosignatures)."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, newline included."""
        return f"{_MARK}{self.name} {b64encode(self.key_id + self.signature).decode()}\n"

    @property
    def key(self) -> str:
        """What identifies the key: its name and id."""
        return f"{self.name}+{self.key_id.hex()}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """The signature in one line, newline included. Raises `NoteError`."""
        if not line.startswith(_MARK) or not line.endswith("\n"):
            raise _malformed(
                "签名行应以“— ”开头、以换行结尾", "a signature line starts with “— ” and ends in a newline"
            )
        name, _, encoded = line[len(_MARK) : -1].partition(" ")
        _require_name(name)
        data = decode_base64(encoded)
        if len(data) <= _KEY_ID_BYTES:
            raise _malformed("签名太短", "the signature is too short")
        return cls(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name."""

    name: str
    algorithm: Algorithm
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, algorithm byte and public key (signed-note)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key).digest()[
            :_KEY_ID_BYTES
        ]

    @property
    def key(self) -> str:
        """What identifies the key: its name and id."""
        return f"{self.name}+{self.key_id.hex()}"

    @property
    def vkey(self) -> str:
        """The key as text: `NAME+KEYID+BASE64`."""
        return f"{self.key}+{b64encode(bytes([self.algorithm]) + self.public_key).decode()}"

    @property
    def fingerprint(self) -> str:
        """The first 16 bytes of SHA-256 over the public key, as eight groups of four hex digits, for
        paper."""
        digest = sha256(self.public_key).hexdigest()[:32]
        return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key written as `NAME+KEYID+BASE64`, spaces around it ignored. Raises `NoteError`."""
        name, key_id, algorithm, key = _parse_key(vkey.strip())
        verifier = cls(name, algorithm, key)
        if verifier.key_id != key_id:
            raise _malformed(
                "公钥的编号与内容不符，可能抄错了", "the id of the key does not match it; it may be miscopied"
            )
        return verifier

    def verify(self, text: str, signature: bytes) -> datetime | None:
        """Check `signature` over `text`; the time of a cosignature, None for a plain signature.

        Raises `NoteError` if it is not by this key over this text.
        """
        time = None
        message = text.encode()
        if self.algorithm is Algorithm.COSIGNATURE:
            seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
            message = _cosigned(text, seconds)
            signature = signature[_TIME_BYTES:]
            time = _as_time(seconds)
        if len(signature) != _ED25519_BYTES:
            raise self._not_ours()
        if not _has_signed(self.public_key, message, signature):
            raise self._not_ours()
        return time

    def _not_ours(self) -> NoteError:
        return NoteError(
            "signature_wrong",
            f"“{self.key}”的签名对不上：内容被改过，或不是这把密钥签的；请勿采信",
            f"the signature of {self.key} is wrong: the text was changed or another key signed it; do not "
            "trust it",
        )


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under a name. Its text form never appears in `repr`."""

    name: str
    algorithm: Algorithm
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, self.algorithm, public.public_bytes_raw())

    @property
    def skey(self) -> str:
        """The private key as text, to be kept in a file that only its owner can read."""
        encoded = b64encode(bytes([self.algorithm]) + self.seed).decode()
        return f"{_PRIVATE}{self.verifier.key}+{encoded}"

    @classmethod
    def generate(cls, name: str, algorithm: Algorithm = Algorithm.ED25519) -> Self:
        """A new key from the system's random source. Raises `NoteError` for a name with spaces or a plus."""
        _require_name(name)
        return cls(name, algorithm, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, skey: str) -> Self:
        """The key written by `skey`, spaces around it ignored. Raises `NoteError`, never quoting the key."""
        text = skey.strip()
        if not text.startswith(_PRIVATE):
            raise _malformed("私钥应以“PRIVATE+KEY+”开头", "a private key starts with PRIVATE+KEY+")
        name, key_id, algorithm, key = _parse_key(text[len(_PRIVATE) :])
        signer = cls(name, algorithm, key)
        if signer.verifier.key_id != key_id:
            raise _malformed("私钥的编号与内容不符", "the id of the private key does not match it")
        return signer

    def sign(self, text: str, now: datetime | None = None) -> Signature:
        """Sign `text`; a cosignature states `now` (aware) in whole seconds, a plain signature has no time."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        if self.algorithm is Algorithm.COSIGNATURE:
            if now is None:
                raise ValueError("a cosignature states its time")
            seconds = int(now.timestamp())
            signature = seconds.to_bytes(_TIME_BYTES, "big") + key.sign(_cosigned(text, seconds))
        else:
            signature = key.sign(text.encode())
        return Signature(self.name, self.verifier.key_id, signature)


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that was checked, by which key, and when it says it was made (cosignatures only)."""

    verifier: Verifier
    signature: Signature
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """A text, the signatures on it that were checked, and those by keys that we do not know."""

    text: str
    verified: tuple[Verified, ...]
    unverified: tuple[Signature, ...]


def format_note(text: str, signatures: Iterable[Signature]) -> bytes:
    """A note from its text (ending in a newline) and signatures that were made already."""
    return f"{text}\n{''.join(signature.line for signature in signatures)}".encode()


def sign_note(text: str, signers: Sequence[Signer], now: datetime | None = None) -> bytes:
    """A note with `text` signed by each of `signers`. Raises `NoteError` if the text cannot stand in a
    note."""
    _require_text(text)
    return format_note(text, [signer.sign(text, now) for signer in signers])


def open_note(note: bytes, verifiers: Sequence[Verifier]) -> Note:
    """Read a note and check it. Raises `NoteError` if it is malformed, if a signature of one of `verifiers`
    is wrong, or if none of them has signed. A second signature by the same key is checked too, and
    dropped."""
    text, signatures = split_note(note)
    known: dict[str, Verifier] = {}
    for verifier in verifiers:
        if known.setdefault(verifier.key, verifier) != verifier:
            raise _malformed(
                f"两把不同的密钥同为“{verifier.key}”", f"two different keys are both called {verifier.key}"
            )
    verified: dict[str, Verified] = {}
    unverified = []
    for signature in signatures:
        key = known.get(signature.key)
        if key is None:
            unverified.append(signature)
        else:
            time = key.verify(text, signature.signature)
            verified.setdefault(key.key, Verified(key, signature, time))
    if not verified:
        raise NoteError(
            "no_trusted_signature",
            "没有一个可信密钥在上面签名：请核对公钥是否为纸上指纹所示的那一把",
            "no trusted key has signed this; check that the public key is the one whose fingerprint is on "
            "the paper",
        )
    return Note(text, tuple(verified.values()), tuple(unverified))


def split_note(note: bytes) -> tuple[str, list[Signature]]:
    """The text and the signature lines, none of them checked. Raises `NoteError` if malformed."""
    if len(note) > MAX_NOTE_BYTES:
        raise _malformed(f"超过{MAX_NOTE_BYTES}字节", f"it is over {MAX_NOTE_BYTES} bytes")
    try:
        content = note.decode()
    except UnicodeDecodeError:
        raise _malformed("不是UTF-8文本", "it is not UTF-8 text") from None
    _require_printable(content)
    text, gap, lines = content.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise _malformed(
            "应为正文、一个空行、若干签名行", "it should be a text, an empty line, and signature lines"
        )
    signature_lines = lines[:-1].split("\n")
    if len(signature_lines) > MAX_SIGNATURES:
        raise _malformed(f"签名超过{MAX_SIGNATURES}个", f"it has over {MAX_SIGNATURES} signatures")
    return text + "\n", [Signature.parse(line + "\n") for line in signature_lines]


def decode_base64(text: str) -> bytes:
    """The bytes that `text` encodes (RFC 4648 section 4). Raises `NoteError` for any but the one right
    spelling."""
    try:
        data = binascii.a2b_base64(text)
    except (binascii.Error, ValueError):
        data = b""
    if not text or binascii.b2a_base64(data, newline=False).decode() != text:
        raise _malformed("一段Base64编码不规范", "a piece of Base64 is not in its canonical form")
    return data


def key_fingerprint(vkey: str) -> str:
    """The fingerprint of the public key `vkey`, as the paper on the notice board bears it.

    The first 16 bytes of SHA-256 over the Ed25519 public key, as eight groups of four hex digits.
    """
    return Verifier.parse(vkey).fingerprint


@lru_cache(_ANSWERS_KEPT)
def _has_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the key's Ed25519 signature over this very message: always the same answer to the same bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _parse_key(text: str) -> tuple[str, bytes, Algorithm, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    _require_name(name)
    data = decode_base64(encoded)
    if len(data) != 1 + _KEY_BYTES or data[0] not in set(Algorithm):
        raise _malformed("不是Ed25519密钥", "it is no Ed25519 key")
    if len(key_id) != 2 * _KEY_ID_BYTES or key_id.strip("0123456789abcdef"):
        raise _malformed("密钥编号应为8位十六进制", "a key id has 8 hex digits")
    return name, bytes.fromhex(key_id), Algorithm(data[0]), data[1:]


def _cosigned(text: str, seconds: int) -> bytes:
    """What a cosignature signs (tlog-cosignature, “Ed25519 signed message”)."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _as_time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise _malformed("见证签名的时间超出范围", "the time of a cosignature is out of range") from None


def _require_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name) or not _is_text(name):
        raise _malformed(
            "密钥名称不得为空，不得含空格或加号", "a key's name is not empty and has no spaces and no plus"
        )


def _is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON may carry half a surrogate pair, which is no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_text(text: str) -> None:
    if not text.endswith("\n") or not _is_text(text):
        raise _malformed("正文应以换行结尾", "the text ends in a newline")
    _require_printable(text)


def _require_printable(text: str) -> None:
    if _CONTROL.search(text):
        raise _malformed("含有控制字符", "it contains a control character")


def _malformed(zh: str, en: str) -> NoteError:
    return NoteError(
        "note_malformed",
        f"签名文本或密钥格式不对：{zh}；请重新取得原件",
        f"a signed note or a key is malformed: {en}; fetch the original again",
    )
