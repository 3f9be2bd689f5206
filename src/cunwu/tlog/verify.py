"""A published document checked: what was proven, and what was not. No input or output.

A bundle is one JSON object: `format` "cunwu-bundle/1", `document` and `entry` in base64, `salt` in hex,
`proof` (tlog-proof text) and `key` (vkey); where the log's key has changed also `handovers`, the notes by which
earlier keys lead to this one, oldest first (`tlog.handover`). The key in a bundle proves nothing by itself, since whoever forges
a bundle puts a key of their own into it: it must be compared with the fingerprint on the paper, or given from
elsewhere.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from cunwu.errors import Invalid, Refused
from cunwu.tlog.commitment import commit
from cunwu.tlog.handover import predecessors
from cunwu.tlog.notes import Verifier, key_fingerprint
from cunwu.tlog.proofs import CheckedProof, check_proof

BUNDLE_FORMAT = "cunwu-bundle/1"
_BUNDLE_KEYS = frozenset({"format", "document", "salt", "entry", "proof", "key"})
_HANDOVERS = "handovers"
PASSED, FAILED, OPEN = "passed", "failed", "not checked"

__all__ = ["Bundle", "Line", "Report", "key_fingerprint", "read_bundle", "read_salt", "verify"]


class BundleError(Invalid):
    """A bundle, an entry or an argument cannot be read."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is to be verified. `document` and `salt` (32 bytes) are None if only the entry is at hand; `handovers` lead
    from earlier keys to `key`."""

    entry: bytes
    proof: bytes
    key: Verifier
    document: bytes | None = None
    salt: bytes | None = None
    handovers: tuple[bytes, ...] = ()

    def earlier_keys(self) -> list[Verifier]:
        """The keys that lead to `key`, newest first. Raises `NoteError` for a handover that does not hold."""
        return predecessors(self.key, self.handovers)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: `result` is `passed`, `failed` or `not checked`; `zh` and `en` are one sentence each."""

    code: str
    result: str
    zh: str
    en: str


@dataclass(slots=True)
class Report:
    """What was checked, in order, and what was not."""

    lines: list[Line] = field(default_factory=list)
    proof: CheckedProof | None = None

    @property
    def verified(self) -> bool:
        """Nothing failed, and the entry is in the log."""
        return self.proof is not None and all(line.result != FAILED for line in self.lines)

    def add(self, code: str, result: str, zh: str, en: str) -> None:
        """Add one line."""
        self.lines.append(Line(code, result, zh, en))

    def as_json(self) -> dict[str, object]:
        """The report for machines (`--json`)."""
        body: dict[str, object] = {
            "verified": self.verified,
            "lines": [
                {"code": line.code, "result": line.result, "zh": line.zh, "en": line.en}
                for line in self.lines
            ],
        }
        if self.proof:
            checkpoint = self.proof.checkpoint
            body |= {"origin": checkpoint.origin, "index": self.proof.index, "size": checkpoint.size}
            body["leaf"] = self.proof.leaf.hex()
            body["witnesses"] = [{"name": w.name, "time": w.time.isoformat()} for w in self.proof.witnesses]
        return body


def verify(bundle: Bundle, witnesses: Sequence[Verifier] = (), *, key_trusted: bool = False) -> Report:
    """Check `bundle`: the document against the commitment in the entry, the entry against the log, the log's
    signature, and that each of `witnesses` has cosigned. `key_trusted` says that the key came from elsewhere.

    Wrong input never raises here: it is a line of the report.
    """
    report = Report()
    _check_commitment(bundle, report)
    _check_log(bundle, witnesses, report)
    _check_key(bundle, report, key_trusted=key_trusted)
    report.add(
        "truth",
        OPEN,
        "内容是否属实不在核验之列：这里只证明它在当时公开过、此后未被改动；账目真假靠监督和提问",
        "whether the figures are true is not checked: this shows only that they were published then and not "
        "changed",
    )
    report.add(
        "superseded",
        OPEN,
        "此后是否另有更正未核验：请在村务公开网页上查看",
        "whether a later publication corrects this one is not checked: look at the village's page",
    )
    return report


def read_bundle(data: bytes) -> Bundle:
    """The bundle in a JSON file. Raises `BundleError` naming the key that is wrong, or `NoteError` for the
    vkey."""
    content = _read_object(data, "文件包", "the bundle")
    handovers = content.pop(_HANDOVERS, [])
    if content.get("format") != BUNDLE_FORMAT or set(content) != _BUNDLE_KEYS:
        raise _unreadable(
            f"文件包应为{BUNDLE_FORMAT}格式，且恰有{'、'.join(sorted(_BUNDLE_KEYS))}各项",
            f"the bundle should have the format {BUNDLE_FORMAT} and exactly the keys "
            f"{', '.join(sorted(_BUNDLE_KEYS))}",
        )
    text = {name: value for name, value in content.items() if isinstance(value, str)}
    if len(text) != len(content) or not _are_texts(handovers):
        raise _unreadable("文件包各项都应为文本", "every value in the bundle should be a string")
    return Bundle(
        entry=_base64(text["entry"], "entry"),
        proof=_encoded(text["proof"], "proof"),
        key=Verifier.parse(text["key"]),
        document=_base64(text["document"], "document"),
        salt=read_salt(text["salt"]),
        handovers=tuple(_encoded(note, _HANDOVERS) for note in handovers),
    )


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _check_key(bundle: Bundle, report: Report, *, key_trusted: bool) -> None:
    fingerprint = bundle.key.fingerprint
    if key_trusted:
        report.add(
            "key",
            PASSED,
            f"日志公钥与给定的一致，或由给定的那一把换来，指纹 {fingerprint}",
            f"the log's key is the given one, or that one led to it: {fingerprint}",
        )
    else:
        report.add(
            "key",
            OPEN,
            f"公钥取自文件包本身：请与纸上的指纹比对 {fingerprint}",
            f"key taken from the bundle: compare its fingerprint with the paper: {fingerprint}",
        )
    try:
        earlier = bundle.earlier_keys()
    except Refused as refused:
        report.add("handover", FAILED, refused.zh, refused.en)
        return
    for key in earlier:
        report.add(
            "handover",
            PASSED,
            f"日志换过密钥，有旧钥的签名为凭；换钥前印的纸上指纹是 {key.fingerprint}",
            f"the log's key has changed, as the earlier key has signed; papers from before bear {key.fingerprint}",
        )


def _check_commitment(bundle: Bundle, report: Report) -> None:
    if bundle.document is None or bundle.salt is None:
        report.add(
            "commitment",
            OPEN,
            "没有给出文件和盐值，未核对文件内容",
            "no document and salt given: its content is not checked",
        )
        return
    try:
        stated = _read_object(bundle.entry, "存证", "the entry").get("commitment")
        matches = stated == commit(bundle.document, bundle.salt)
    except Refused as refused:
        report.add("commitment", FAILED, refused.zh, refused.en)
        return
    if matches:
        report.add(
            "commitment",
            PASSED,
            "文件与存证中的承诺值一致，一字未改",
            "the document matches the commitment in the entry",
        )
    else:
        report.add(
            "commitment",
            FAILED,
            "文件与存证中的承诺值不一致：文件被改过，或不是这一份",
            "the document does not match the commitment in the entry: it was changed or is another one",
        )


def _check_log(bundle: Bundle, witnesses: Sequence[Verifier], report: Report) -> None:
    try:
        proof = check_proof(bundle.entry, bundle.proof, bundle.key, witnesses)
    except Refused as refused:
        report.add("log", FAILED, refused.zh, refused.en)
        return
    report.proof = proof
    checkpoint = proof.checkpoint
    report.add(
        "checkpoint",
        PASSED,
        f"检查点由日志“{checkpoint.origin}”签名，共{checkpoint.size}条存证",
        f"the checkpoint of {checkpoint.size} entries is signed by the log {checkpoint.origin}",
    )
    report.add(
        "inclusion",
        PASSED,
        f"存证在日志中，第{proof.index}条（从0起数）",
        f"the entry is in the log, at index {proof.index} (counted from 0)",
    )
    for cosigned in proof.witnesses:
        report.add(
            "witness",
            PASSED,
            f"见证人“{cosigned.name}”于{cosigned.time.isoformat()}见证",
            f"the witness {cosigned.name} cosigned at {cosigned.time.isoformat()}",
        )
    signed = {cosigned.vkey for cosigned in proof.witnesses}
    for missing in [witness for witness in witnesses if witness.vkey not in signed]:
        report.add(
            "witness",
            FAILED,
            f"给定的见证人“{missing.name}”没有签名",
            f"the given witness {missing.name} has not signed",
        )
    if not witnesses:
        report.add(
            "witness",
            OPEN,
            "没有给出见证人公钥：日志对不同的人是否出示不同的内容，未核验",
            "no witness's key was given: whether the log shows others something else is not checked",
        )


def _read_object(data: bytes, zh: str, en: str) -> dict[str, object]:
    """A JSON object without repeated keys, of which two readers could take different ones."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = dict(pairs)
        if len(names) != len(pairs):
            raise ValueError
        return names

    try:
        content = json.loads(data.decode(), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise _unreadable(f"{zh}不是JSON对象，或有重复的键", f"{en} is no JSON object, or repeats a key")
    return content


def _base64(text: str, name: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one; letters beyond ASCII are another
        raise _unreadable(f"{name}一项不是Base64", f"{name} is not base64") from None


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise _unreadable(f"{name}一项含有不成字的编码", f"{name} holds half a character") from None


def read_salt(text: str) -> bytes:
    """The salt from hex digits. Raises `BundleError`."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise _unreadable("盐值不是十六进制", "the salt is not hex") from None


def _unreadable(zh: str, en: str) -> BundleError:
    return BundleError(
        "bundle_malformed", f"读不懂：{zh}；请重新下载", f"it cannot be read: {en}; download it again"
    )
