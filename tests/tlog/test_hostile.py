"""Whatever arrives as a note, key, checkpoint, proof, bundle, tile or request: a value or a sentence, never a traceback."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cunwu.tlog.checkpoints import Checkpoint, format_checkpoint, parse_checkpoint, parse_size
from cunwu.tlog.commitment import commit
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.notes import (
    Algorithm,
    Signature,
    Signer,
    Verifier,
    format_note,
    open_note,
    sign_note,
    split_note,
)
from cunwu.tlog.proofs import Proof, format_proof, parse_proof
from cunwu.tlog.tiles import Tile, decode_bundle, encode_bundle
from cunwu.tlog.verify import read_bundle, verify
from cunwu.tlog.witness import MAX_BODY_BYTES, Witness, make_server
from hostile import answer, contents, few, many, texts

LOG = Signer("log.example/county", Algorithm.ED25519, bytes(range(32)))
OTHER = Signer("witness.example/audit", Algorithm.COSIGNATURE, bytes(range(32, 64)))
NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)
TEXT = format_checkpoint(Checkpoint(LOG.name, 300, bytes(32)))
NOTE = format_note(TEXT, [LOG.sign(TEXT), OTHER.sign(TEXT, NOW)])
PROOF = format_proof(Proof(2, (bytes(32), bytes(range(32))), NOTE, b"more"))
ENTRY = json.dumps({"commitment": commit(b"{}", bytes(32)), "kind": "publication"}).encode()
BUNDLE = json.dumps(
    {
        "format": "cunwu-bundle/1",
        "document": b64encode(b"{}").decode(),
        "salt": bytes(32).hex(),
        "entry": b64encode(ENTRY).decode(),
        "proof": PROOF.decode(),
        "key": LOG.verifier.vkey,
    }
).encode()
REQUEST = b"old 0\n\n" + NOTE
PATHS = (Tile(0, 1_234_067, 8).path, Tile(-1, 0).path, Tile(63, 999).path)


@many
@given(contents(NOTE))
def test_a_note_is_opened_or_refused(note: bytes) -> None:
    opened = answer(lambda: split_note(note))
    if opened is not None:
        text, signatures = opened
        assert format_note(text, signatures) == note
    answer(lambda: open_note(note, [LOG.verifier, OTHER.verifier]))


@many
@given(texts(NOTE.decode().splitlines(keepends=True)[-1]))
def test_a_signature_line_has_one_spelling(line: str) -> None:
    signature = answer(lambda: Signature.parse(line))
    assert signature is None or signature.line == line


@many
@given(texts(LOG.verifier.vkey, OTHER.verifier.vkey))
@example("\ud800+abcdef01+" + LOG.verifier.vkey.split("+", 2)[2])
def test_a_public_key_has_one_spelling(vkey: str) -> None:
    key = answer(lambda: Verifier.parse(vkey))
    assert key is None or key.vkey == vkey.strip()


@many
@given(texts(LOG.skey))
def test_a_private_key_is_read_or_refused_and_never_repeated(skey: str) -> None:
    key = answer(lambda: Signer.parse(skey))
    assert key is None or key.skey == skey.strip()


@many
@given(texts(TEXT))
def test_a_checkpoint_is_read_or_refused(text: str) -> None:
    answer(lambda: parse_checkpoint(text))


@given(
    st.builds(Checkpoint, st.just(LOG.name), st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
)
def test_a_checkpoint_comes_back(checkpoint: Checkpoint) -> None:
    text = format_checkpoint(checkpoint)
    assert parse_checkpoint(text) == checkpoint
    assert parse_checkpoint(open_note(sign_note(text, [LOG]), [LOG.verifier]).text) == checkpoint


@many
@given(texts("0", "9223372036854775807"))
def test_a_size_has_one_spelling(text: str) -> None:
    size = answer(lambda: parse_size(text))
    assert size is None or str(size) == text


@many
@given(contents(PROOF))
def test_a_proof_has_one_spelling(data: bytes) -> None:
    proof = answer(lambda: parse_proof(data))
    assert proof is None or format_proof(proof) == data


@many
@given(contents(BUNDLE))
@example(BUNDLE.replace(b"c2sp.org", b"\\ud800"))
@example(BUNDLE.replace(b"log.example/county+", b"\\ud800+"))
@example(BUNDLE.replace(b64encode(ENTRY), "é".encode()))
@example(BUNDLE.replace(b'"{', b"[" * 100_000))
def test_a_bundle_is_a_report_or_refused(data: bytes) -> None:
    bundle = answer(lambda: read_bundle(data))
    if bundle is not None:
        report = verify(bundle, [OTHER.verifier])
        assert not report.verified
        json.dumps(report.as_json()).encode()


@many
@given(texts(*PATHS))
def test_a_tile_has_one_path(path: str) -> None:
    tile = answer(lambda: Tile.parse(path))
    assert tile is None or tile.path == path


@many
@given(contents(encode_bundle([b"one", b"", b"three" * 100])))
def test_a_bundle_of_entries_has_one_spelling(data: bytes) -> None:
    entries = answer(lambda: decode_bundle(data))
    assert entries is None or encode_bundle(entries) == data


@few
@given(data=contents(REQUEST, REQUEST.replace(b"old 0\n", b"old 7\n" + b64encode(bytes(32)) + b"\n")))
def test_a_witness_answers_anything_and_signs_nothing_but_the_logs_own(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    witness = Witness.create(tmp_path_factory.mktemp("witness") / "w", OTHER.name, [LOG.verifier])
    status, _, body = witness.add_checkpoint(data, NOW)
    assert status in {200, 400, 403, 404, 409, 422}
    assert body.decode()
    if status == 200:
        assert answer(lambda: open_note(data.partition(b"\n\n")[2], [LOG.verifier])) is not None


@pytest.fixture
def address(tmp_path: Path) -> Callable[[bytes, dict[str, str]], int]:
    """A witness that listens; sends it a body under headers of ours and gives the status."""
    witness = Witness.create(tmp_path / "w", OTHER.name, [LOG.verifier])
    server = make_server(witness)
    Thread(target=server.serve_forever, daemon=True).start()

    def send(body: bytes, headers: dict[str, str]) -> int:
        connection = HTTPConnection(*server.server_address, timeout=5)  # type: ignore[misc]
        connection.putrequest("POST", "/add-checkpoint")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        if body:
            connection.send(body)
        status = connection.getresponse().status
        connection.close()
        return status

    yield send
    server.shutdown()
    server.server_close()


@few
@given(
    length=st.sampled_from(
        ["", "-1", "1e3", "0x10", "٣", "9" * 30, "0", str(MAX_BODY_BYTES + 1), "5", "+5", " 5 "]
    )
)
def test_a_strange_length_is_answered(address: Callable[[bytes, dict[str, str]], int], length: str) -> None:
    headers = {"Content-Length": length.encode().decode("latin-1")}
    assert address(b"hello", headers) in {400, 411, 413}


def test_a_log_whose_files_hold_anything_is_damaged_and_never_a_traceback(tmp_path: Path) -> None:
    log = LogDirectory.create(tmp_path / "log", LOG.name, LOG)
    log.append([b"entry %d" % number for number in range(300)])
    files = [path for path in (tmp_path / "log").rglob("*") if path.is_file() and path.name != ".lock"]
    for path in files:
        sound = path.read_bytes()
        for data in (b"", b"\0", sound[:-1], sound + b"x", sound[::-1], b"\xff" * len(sound)):
            path.write_bytes(data)
            answer(lambda: LogDirectory(tmp_path / "log", LOG.name, LOG).check())
        path.write_bytes(sound)
    assert LogDirectory(tmp_path / "log", LOG.name, LOG).check() == []
