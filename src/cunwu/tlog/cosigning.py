"""Asking a witness for its cosignature, c2sp.org/tlog-witness (the log's side)."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cunwu.errors import Invalid, NotReady
from cunwu.tlog.checkpoints import parse_size
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.notes import NoteError, Signature, Verifier, split_note
from cunwu.tlog.witness import MAX_BODY_BYTES, SIZE_TYPE

_ATTEMPTS = 4


class _StayThere(HTTPRedirectHandler):
    """A witness answers where it was asked: one that leads elsewhere is refused with its status."""

    def redirect_request(self, *_: object) -> None:
        """Never."""
        return


_OPENER = build_opener(_StayThere)


class WitnessRefused(Invalid):
    """A witness refused to cosign: it knows another history, or does not know this log."""


def request_cosignature(
    url: str, directory: LogDirectory, witness: Verifier, *, timeout_seconds: float = 10.0
) -> datetime:
    """Have the witness at `url` (its submission prefix, http or https) cosign the current checkpoint of
    `directory`; returns the time that the cosignature states.

    Side effects in order: one to four requests; the witness stores the checkpoint; the cosignature is checked
    against the key `witness` and put under the checkpoint. Raises `NotReady` if the witness cannot be reached
    or the log keeps growing meanwhile (ask again later), `WitnessRefused` if it refuses, `NoteError` if the
    answer is not signed by `witness`.
    """
    old = 0
    for _ in range(_ATTEMPTS):
        proof, note = directory.prove_consistency(old)
        status, content_type, answer = _post(url, _body(old, proof, note), timeout_seconds)
        if status == 200:
            signature = _own_signature(answer, witness)
            time = witness.verify(_text(note), signature.signature)
            if time is None:
                raise WitnessRefused(
                    "witness_key_kind",
                    f"“{witness.key}”不是见证人的公钥（类型应为04），请核对",
                    f"{witness.key} is no witness's key (its type should be 04); check it",
                )
            try:
                directory.add_cosignature(signature.line, witness)
            except NoteError:
                continue  # it is right for what was sent, so the log has grown meanwhile
            return time
        if status == 409 and content_type == SIZE_TYPE:
            old = parse_size(answer.removesuffix("\n"))
            directory.refresh(at_least=old)
        else:
            raise WitnessRefused(
                "witness_refused",
                f"见证人“{witness.name}”拒绝签名（{status}：{answer.strip()}），请勿继续发布，"
                "先核对日志是否被改写",
                f"the witness {witness.name} refused ({status}: {answer.strip()}); publish no more before "
                "checking "
                "whether the log was changed",
                status=status,
            )
    raise NotReady(
        "log_moving",
        f"请见证人“{witness.name}”签名期间日志一直在增长，请稍后再试",
        f"the log kept growing while the witness {witness.name} was asked; try again later",
    )


def _text(note: bytes) -> str:
    text, _ = split_note(note)
    return text


def _body(old: int, proof: list[bytes], note: bytes) -> bytes:
    lines = [f"old {old}", *(b64encode(node).decode() for node in proof), "", ""]
    return "\n".join(lines).encode() + note


def _own_signature(answer: str, witness: Verifier) -> Signature:
    for line in answer.splitlines(keepends=True):
        signature = Signature.parse(line)
        if signature.key == witness.key:
            return signature
    raise WitnessRefused(
        "witness_key_differs",
        f"见证服务没有用“{witness.key}”签名，请核对见证人的公钥",
        f"the service did not sign as {witness.key}; check the witness's public key",
    )


def _post(url: str, body: bytes, timeout_seconds: float) -> tuple[int, str, str]:
    if not url.startswith(("http://", "https://")):
        raise WitnessRefused(
            "witness_url",
            f"见证人地址“{url}”应以http://或https://开头",
            f"the address of a witness begins with http:// or https://, unlike {url}",
        )
    request = Request(f"{url.rstrip('/')}/add-checkpoint", body, {"Content-Type": "text/plain"})  # noqa: S310
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as response:
            return (
                response.status,
                response.headers.get("Content-Type", ""),
                _read(response.read(MAX_BODY_BYTES)),
            )
    except HTTPError as answer:
        with answer:
            return answer.code, answer.headers.get("Content-Type", ""), _read(answer.read(MAX_BODY_BYTES))
    except (URLError, HTTPException, OSError) as failed:
        raise NotReady(
            "witness_unreachable",
            f"联系不上见证人{url}（{failed}），检查点暂无其签名，请稍后再请求",
            f"the witness at {url} cannot be reached ({failed}); the checkpoint lacks its signature, ask "
            "again later",
        ) from failed


def _read(body: bytes) -> str:
    return body.decode(errors="replace")
