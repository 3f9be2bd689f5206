"""A witness: somebody else's machine that cosigns a log's checkpoints, c2sp.org/tlog-witness.

A witness keeps, for each log that it was told to watch, the last checkpoint that it cosigned, and signs a new
one only with a proof that it continues the old. It sees sizes and hashes, never an entry. Its folder:

    witness.key     the private key, readable by its owner only
    witness.vkey    the public key, to be given to everyone
    logs            the keys of the logs it watches, one vkey per line; lines with # are comments. Of a log whose key
                    changed both may stand here; either signature is accepted until the old line is taken out.
    state/…         the last cosigned checkpoint of each log

    cunwu witness init DIR --name witness.example/audit --log LOG_VKEY
    cunwu witness serve DIR --port 8765
    cunwu witness follow DIR HANDOVER_FILE
    cunwu witness key DIR
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from cunwu.errors import NotFound, NotReady, Refused
from cunwu.tlog.checkpoints import (
    Checkpoint,
    CheckpointError,
    open_checkpoint,
    parse_checkpoint,
    parse_size,
    signing_key,
)
from cunwu.tlog.files import write_files
from cunwu.tlog.handover import open_handover
from cunwu.tlog.notes import (
    Algorithm,
    NoteError,
    Signer,
    Verifier,
    decode_base64,
    format_note,
    open_note,
    split_note,
)
from cunwu.tlog.tree import EMPTY_ROOT, HASH_BYTES, ProofError, check_consistency

SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
MAX_PROOF_LINES = 63
MAX_BODY_BYTES = 65_536
_SECONDS_PER_REQUEST = 10
_KEY, _VKEY, _LOGS, _STATE = "witness.key", "witness.vkey", "logs", "state"

Answer = tuple[int, str, bytes]
"""Status, content type and body of an HTTP answer."""


@dataclass(frozen=True, slots=True)
class _Request:
    old: int
    proof: tuple[bytes, ...]
    note: bytes
    checkpoint: Checkpoint


class Witness:
    """A witness with its key, the logs it watches and its state, in the folder `path`."""

    def __init__(self, path: Path) -> None:
        """Open the folder. Raises `NotFound` if it is no witness's, `NoteError` if a key in it is
        malformed."""
        if not (path / _KEY).is_file():
            raise NotFound(
                "no_witness_here",
                f"“{path}”中没有见证人的密钥，请先运行cunwu witness init",
                f"there is no witness's key in {path}; run cunwu witness init first",
            )
        self.path = path
        self._signer = Signer.parse((path / _KEY).read_text())
        self._logs: dict[str, list[Verifier]] = {}
        for log in _read_logs(path / _LOGS):
            self._logs.setdefault(log.name, []).append(log)
        self._lock = threading.Lock()

    @classmethod
    def create(cls, path: Path, name: str, logs: Sequence[Verifier]) -> Self:
        """Make a witness called `name` with a new key, watching `logs`.

        Raises `NotReady` if the folder has a key already, `NoteError` if the name has spaces or a plus.
        """
        signer = Signer.generate(name, Algorithm.COSIGNATURE)
        path.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path / _KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise NotReady(
                "witness_exists",
                f"“{path}”中已有见证人的密钥，不会覆盖；请另选文件夹",
                f"{path} holds a witness's key already, which is never overwritten; choose another folder",
            ) from None
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{signer.skey}\n")
            file.flush()
            os.fsync(file.fileno())
        vkeys = "".join(f"{log.vkey}\n" for log in logs)
        write_files(path, {_VKEY: f"{signer.verifier.vkey}\n".encode(), _LOGS: vkeys.encode()})
        return cls(path)

    @property
    def verifier(self) -> Verifier:
        """The witness's public key."""
        return self._signer.verifier

    def add_checkpoint(self, body: bytes, now: datetime) -> Answer:
        """Answer one add-checkpoint request at `now` (aware), as tlog-witness lays down:

        400 malformed, or old size above the checkpoint's; 404 a log not watched; 403 not signed by that log;
        409 the old size is not that of the last cosigned checkpoint (whose size is the answer), or the same
        size has another root; 422 not proven; 200 with the cosignature line. The new state is on disk before
        the answer, and comparing and writing happen under one lock, across threads and processes.
        """
        try:
            request = _parse_request(body)
        except Refused as refused:
            return _text(400, refused)
        keys = self._logs.get(request.checkpoint.origin)
        if keys is None:
            return 404, TEXT_TYPE, b"this log is not watched here\n"
        try:
            log = signing_key(request.note, keys)
            open_checkpoint(request.note, log)
        except Refused as refused:
            return _text(403, refused)
        if request.old > request.checkpoint.size:
            return 400, TEXT_TYPE, b"the old size is above the size of the checkpoint\n"
        with self._exclusive():
            return self._compare_and_sign(request, log, now)

    def seen(self, origin: str) -> Checkpoint:
        """The last checkpoint cosigned for the watched log `origin`; size 0 before the first.

        Raises `NoteError` if the state on disk is not signed by this witness, which signs only what the log has signed
        (with a key that may have been replaced since).
        """
        try:
            note = (self.path / _state_path(origin)).read_bytes()
        except FileNotFoundError:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        try:
            checkpoint = parse_checkpoint(open_note(note, [self.verifier]).text)
        except Refused:
            checkpoint = None
        if checkpoint is None or checkpoint.origin != origin:
            raise NoteError(
                "witness_state_unsigned",
                f"见证人保存的“{origin}”检查点没有自己的签名，状态文件被动过，请停止使用并追查",
                f"the checkpoint of {origin} kept by the witness lacks its own signature: the state was "
                "changed; "
                "stop and find out by whom",
            )
        return checkpoint

    def follow(self, handover: bytes) -> None:
        """Watch the log under the key that a watched one hands over to (`handover.open_handover`), in its place.

        The file `logs` is written anew with its comments; a witness that is serving takes it up when it starts again.
        Raises `NoteError` if the note does not hold, `NotFound` if its earlier key is not watched here.
        """
        found = open_handover(handover)
        lines = (self.path / _LOGS).read_text(encoding="utf-8").splitlines()
        if found.earlier.vkey not in lines:
            raise NotFound(
                "witness_watches_another",
                f"声明中的旧公钥“{found.earlier.key}”不在本见证人的名单里，没有更换；请核对声明",
                f"the earlier key {found.earlier.key} of the handover is not watched here, so nothing was changed; check it",
            )
        followed = [found.key.vkey if line == found.earlier.vkey else line for line in lines]
        write_files(self.path, {_LOGS: "".join(f"{line}\n" for line in followed).encode()})

    def _compare_and_sign(self, request: _Request, log: Verifier, now: datetime) -> Answer:
        seen, new = self.seen(log.name), request.checkpoint
        if request.old != seen.size:
            return 409, SIZE_TYPE, f"{seen.size}\n".encode()
        if new.size == seen.size and new.root != seen.root:
            return 409, TEXT_TYPE, b"another root was cosigned for this size\n"
        try:
            _require_continuation(seen, new, request.proof)
        except ProofError as refused:
            return _text(422, refused)
        text, signatures = split_note(request.note)
        cosignature = self._signer.sign(text, now)
        by_log = [signature for signature in signatures if signature.key == log.key]
        write_files(self.path, {_state_path(log.name): format_note(text, [*by_log, cosignature])})
        return 200, TEXT_TYPE, cosignature.line.encode()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._lock, (self.path / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def make_server(witness: Witness, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """An HTTP server for `witness`, bound but not running: POST /add-checkpoint, GET /key.

    Port 0 takes a free one (`server_address`). It speaks plain HTTP: a reverse proxy adds TLS.
    """

    class Handler(_Handler):
        answer = staticmethod(witness.add_checkpoint)
        vkey = witness.verifier.vkey

    return ThreadingHTTPServer((host, port), Handler)


def serve(witness: Witness, host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve `witness` until interrupted."""
    with make_server(witness, host, port) as server:
        server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[bytes, datetime], Answer]
    vkey: str
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS_PER_REQUEST
    server_version = "cunwu-witness"
    sys_version = ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._send((404, TEXT_TYPE, b"POST /add-checkpoint is the only call here\n"))
        elif not (length.isascii() and length.isdigit()):
            self._send((411, TEXT_TYPE, b"a Content-Length is needed\n"))
        elif len(length) > 9 or int(length) > MAX_BODY_BYTES:
            self._send((413, TEXT_TYPE, b"the request is too large\n"))
        else:
            body = self.rfile.read(int(length))
            self._send(type(self).answer(body, datetime.now(UTC)))

    def do_GET(self) -> None:
        if self.path == "/key":
            self._send((200, TEXT_TYPE, f"{self.vkey}\n".encode()))
        else:
            self._send((404, TEXT_TYPE, b"GET /key is the only page here\n"))

    def _send(self, reply: Answer) -> None:
        status, content_type, body = reply
        self.close_connection = self.close_connection or status in {404, 411, 413}
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def run(argv: Sequence[str]) -> int:
    """`cunwu witness init|serve|follow|key`; returns the exit code: 0, 1 refused, 2 usage."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.action == "init":
            logs = [Verifier.parse(vkey) for vkey in arguments.log]
            witness = Witness.create(arguments.folder, arguments.name, logs)
        else:
            witness = Witness(arguments.folder)
        if arguments.action == "follow":
            witness.follow(arguments.handover.read_bytes())
        print(witness.verifier.vkey)
        print(f"指纹 fingerprint: {witness.verifier.fingerprint}", file=sys.stderr)
        if arguments.action == "serve":
            print(f"http://{arguments.host}:{arguments.port}/add-checkpoint", file=sys.stderr, flush=True)
            serve(witness, arguments.host, arguments.port)
    except Refused as refused:
        print(refused.sentence("zh"), refused.sentence("en"), sep="\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cunwu witness",
        description="见证人：只看日志的条数和哈希，替村民盯住它没有被改写 / cosign a log's checkpoints",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    init = actions.add_parser("init", help="建立见证人：生成密钥 / make a witness and its key")
    init.add_argument("folder", type=Path)
    init.add_argument(
        "--name", required=True, help="名称，如 witness.example/shenjiju / a name like a URL without scheme"
    )
    init.add_argument(
        "--log", action="append", default=[], help="要见证的日志的公钥，可多次 / vkey of a log, repeatable"
    )
    server = actions.add_parser("serve", help="开始见证 / answer add-checkpoint requests")
    server.add_argument("folder", type=Path)
    server.add_argument(
        "--host", default="127.0.0.1", help="监听地址，默认只限本机 / default: this machine only"
    )
    server.add_argument("--port", type=int, default=8765)
    follow = actions.add_parser(
        "follow", help="日志换了密钥，改看新钥 / watch a log under the key that its old key names"
    )
    follow.add_argument("folder", type=Path)
    follow.add_argument("handover", type=Path, help="换钥声明 / the note from the log's page, log/handover")
    key = actions.add_parser("key", help="显示公钥和指纹 / print the public key and its fingerprint")
    key.add_argument("folder", type=Path)
    return parser


def _parse_request(body: bytes) -> _Request:
    """One add-checkpoint body. Raises a `Refused` if malformed."""
    head, gap, note = body.partition(b"\n\n")
    lines = head.split(b"\n")
    if not gap or not lines[0].startswith(b"old ") or not head.isascii():
        raise CheckpointError(
            "request_malformed",
            "请求应为：old和条数、证明各行、一个空行、检查点",
            "a request is: “old” and a size, the lines of a proof, an empty line, a checkpoint",
        )
    old = parse_size(lines[0][4:].decode())
    proof = tuple(decode_base64(line.decode()) for line in lines[1:])
    if len(proof) > MAX_PROOF_LINES or any(len(node) != HASH_BYTES for node in proof):
        raise CheckpointError(
            "request_malformed",
            f"证明至多{MAX_PROOF_LINES}行，每行一个32字节的哈希",
            f"a proof has at most {MAX_PROOF_LINES} lines, each one hash of 32 bytes",
        )
    text, _ = split_note(note)
    return _Request(old, proof, note, parse_checkpoint(text))


def _require_continuation(seen: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """The first checkpoint of a log is taken as it comes, with an empty proof; later ones must be proven."""
    if seen.size:
        check_consistency(seen.size, seen.root, new.size, new.root, proof)
    elif proof:
        raise ProofError(
            "consistency_not_proven",
            "首次见证时证明应为空，因为此前没有可比对的检查点",
            "before the first cosignature the proof is empty, since there is nothing to compare with",
        )


def _state_path(origin: str) -> str:
    return f"{_STATE}/{sha256(origin.encode()).hexdigest()}"


def _read_logs(path: Path) -> list[Verifier]:
    lines = path.read_text().splitlines() if path.is_file() else []
    return [Verifier.parse(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _text(status: int, refused: Refused) -> Answer:
    return status, TEXT_TYPE, f"{refused.en}\n".encode()
