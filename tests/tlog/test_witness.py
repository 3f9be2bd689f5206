"""The witness answers as tlog-witness lays down, and never goes back."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import time
from base64 import b64encode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import urlopen

import pytest

from cunwu.errors import NotFound, NotReady
from cunwu.tlog.checkpoints import Checkpoint, sign_checkpoint
from cunwu.tlog.cosigning import WitnessRefused, request_cosignature
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.handover import write_handover
from cunwu.tlog.notes import NoteError, Signer, Verifier, split_note
from cunwu.tlog.proofs import check_proof
from cunwu.tlog.reader import LogRolledBack
from cunwu.tlog.witness import MAX_BODY_BYTES, SIZE_TYPE, Witness, make_server, run


@pytest.fixture
def witness(tmp_path, signer):
    return Witness.create(tmp_path / "witness", "witness.example/audit", [signer.verifier])


def body(old, proof, note):
    return "\n".join([f"old {old}", *(b64encode(node).decode() for node in proof), "", ""]).encode() + note


def grow(log, size):
    log.append([b"entry %d" % number for number in range(log.size, size)], at=log.size)


def ask(witness, log, old, now):
    return witness.add_checkpoint(body(old, *log.prove_consistency(old)), now)


def test_first_and_later_checkpoints_are_cosigned(witness, make_log, signer, moment):
    log = make_log(3)
    for old, size in ((0, 3), (3, 3), (3, 300), (300, 301)):
        grow(log, size)
        status, _, line = ask(witness, log, old, moment)
        assert status == 200
        log.add_cosignature(line.decode(), witness.verifier)
        assert [c.time for c in log.signed_checkpoint([witness.verifier]).cosignatures] == [moment]
        assert witness.seen(signer.name) == log.checkpoint
    assert Witness(witness.path).seen(signer.name).size == 301


def test_an_empty_log_is_cosigned(witness, make_log, moment):
    assert ask(witness, make_log(0), 0, moment)[0] == 200


@pytest.mark.parametrize("wrong", [0, 2, 4])
def test_another_old_size_is_a_conflict_that_names_the_right_one(wrong, witness, make_log, moment):
    log = make_log(3)
    ask(witness, log, 0, moment)
    grow(log, 9)
    assert ask(witness, log, wrong, moment) == (409, SIZE_TYPE, b"3\n")


def test_the_same_size_with_another_root_is_a_conflict(witness, make_log, signer, moment):
    log = make_log(3)
    ask(witness, log, 0, moment)
    forged = sign_checkpoint(Checkpoint(signer.name, 3, bytes(32)), signer)
    status, content_type, _ = witness.add_checkpoint(body(3, [], forged), moment)
    assert status == 409
    assert content_type != SIZE_TYPE
    assert witness.seen(signer.name) == log.checkpoint


def test_what_is_not_proven_is_not_cosigned(witness, make_log, signer, moment):
    log, other = make_log(3), make_log(0, "other")
    ask(witness, log, 0, moment)
    other.append([b"other %d" % number for number in range(9)])
    assert ask(witness, other, 3, moment)[0] == 422
    grow(log, 9)
    proof, note = log.prove_consistency(3)
    assert witness.add_checkpoint(body(3, proof[:-1], note), moment)[0] == 422
    assert witness.add_checkpoint(body(3, [*proof, bytes(32)], note), moment)[0] == 422
    assert witness.seen(signer.name).size == 3


def test_the_first_proof_is_empty_and_an_empty_log_has_the_empty_root(witness, make_log, signer, moment):
    _, note = make_log(3).prove_consistency(0)
    assert witness.add_checkpoint(body(0, [bytes(32)], note), moment)[0] == 422
    strange = sign_checkpoint(Checkpoint(signer.name, 0, bytes(32)), signer)
    assert witness.add_checkpoint(body(0, [], strange), moment)[0] == 409
    assert witness.seen(signer.name).size == 0


def test_a_log_not_watched_is_not_found(witness, moment):
    stranger = Signer.generate("stranger.example")
    note = sign_checkpoint(Checkpoint("stranger.example", 3, bytes(32)), stranger)
    assert witness.add_checkpoint(body(0, [], note), moment)[0] == 404


def test_a_checkpoint_by_another_key_is_forbidden(witness, signer, moment):
    note = sign_checkpoint(Checkpoint(signer.name, 3, bytes(32)), Signer.generate(signer.name))
    assert witness.add_checkpoint(body(0, [], note), moment)[0] == 403


def test_a_size_below_the_old_one_is_a_bad_request(witness, make_log, moment):
    _, note = make_log(3).prove_consistency(0)
    assert witness.add_checkpoint(body(4, [], note), moment)[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        lambda good: good[:0],
        lambda good: good[4:],
        lambda good: good.replace(b"old 0", b"old 00"),
        lambda good: good.replace(b"old 0", b"old x"),
        lambda good: good.replace(b"old 0\n", b"old 0\nAAAA\n"),
        lambda good: good.replace(b"old 0\n", b"old 0\n!\n"),
        lambda good: good.replace(
            b"old 0\n", b"old 0\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64
        ),
        lambda good: good.replace(b"\n3\n", b"\nthree\n"),
        lambda good: good[:-1],
        lambda good: b"\xff" + good,
    ],
)
def test_a_malformed_request_is_a_bad_request(change, witness, make_log, moment):
    good = body(0, *make_log(3).prove_consistency(0))
    assert witness.add_checkpoint(change(good), moment)[0] == 400
    assert witness.add_checkpoint(good, moment)[0] == 200


def test_state_is_on_disk_before_the_answer(witness, make_log, moment, monkeypatch):
    log = make_log(3)

    def full_disk(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("cunwu.tlog.witness.write_files", full_disk)
        with pytest.raises(OSError, match="space"):
            ask(witness, log, 0, moment)
    assert witness.seen(log.verifier.name).size == 0


def test_a_changed_state_stops_the_witness(witness, make_log, signer, moment):
    log = make_log(3)
    ask(witness, log, 0, moment)
    state = next((witness.path / "state").iterdir())
    state.write_bytes((log.path / "checkpoint").read_bytes())
    with pytest.raises(NoteError) as refused:
        ask(witness, log, 3, moment)
    assert refused.value.code == "witness_state_unsigned"


def test_racing_requests_never_roll_the_witness_back(witness, make_log, signer, moment):
    """The race of the specification: each request is right when it starts, and only one may win."""
    log = make_log(1)
    ask(witness, log, 0, moment)
    requests = []
    for size in range(2, 34):
        grow(log, size)
        requests.append(body(1, *log.prove_consistency(1)))
    doors = [Witness(witness.path), witness]
    start = threading.Barrier(len(requests))
    answers = []

    def race(number):
        start.wait()
        answers.append(doors[number % 2].add_checkpoint(requests[number], moment))

    threads = [threading.Thread(target=race, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _, _ in answers) == [200] + [409] * 31
    final = witness.seen(signer.name).size
    assert {reply for status, _, reply in answers if status == 409} == {b"%d\n" % final}


@pytest.fixture
def url(witness):
    with make_server(witness) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_over_http_a_log_gets_its_cosignature_again_and_again(url, witness, make_log, signer):
    log = make_log(2)
    for size in (2, 300, 300, 301):
        grow(log, size)
        stated = request_cosignature(url, log, witness.verifier)
        checked = check_proof(b"entry 1", log.prove(1), signer.verifier, [witness.verifier])
        assert [cosigned.time for cosigned in checked.witnesses] == [stated]


def test_over_http_a_log_put_back_or_replaced_is_found_out(url, witness, make_log):
    log, old, other = make_log(9), make_log(5, "old"), make_log(0, "other")
    request_cosignature(url, log, witness.verifier)
    with pytest.raises(LogRolledBack):
        request_cosignature(url, old, witness.verifier)
    other.append([b"other %d" % number for number in range(20)])
    with pytest.raises(WitnessRefused, match="422"):
        request_cosignature(url, other, witness.verifier)


@contextmanager
def growing(witness, log, *, entries):
    """The witness at an address where, each time it is asked, the log has grown before the answer arrives."""
    left = [b"meanwhile %d" % number for number in range(entries)]

    class Watched(Witness):
        def add_checkpoint(self, body, now):
            answer = super().add_checkpoint(body, now)
            if answer[0] == 200 and left:
                LogDirectory(log.path, log.verifier.name, log._signer).append([left.pop()])
            return answer

    with make_server(Watched(witness.path)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_over_http_a_log_that_grew_meanwhile_is_asked_about_again(witness, make_log):
    log = make_log(3)
    with growing(witness, log, entries=1) as url:
        stated = request_cosignature(url, log, witness.verifier)
    assert (log.size, witness.seen(log.verifier.name).size) == (4, 4)
    assert [each.time for each in log.signed_checkpoint([witness.verifier]).cosignatures] == [stated]


def test_over_http_a_log_that_never_stands_still_is_asked_about_later(witness, make_log):
    log = make_log(3)
    with growing(witness, log, entries=9) as url, pytest.raises(NotReady) as refused:
        request_cosignature(url, log, witness.verifier)
    assert refused.value.code == "log_moving"
    assert log.signed_checkpoint([witness.verifier]).cosignatures == ()
    assert log.check() == []


def test_a_key_that_is_no_witnesss_states_no_time(make_log):
    log, plain = make_log(2), Signer.generate("witness.example/plain")

    class Plain(BaseHTTPRequestHandler):
        """Signs as a log does."""

        def do_POST(self):
            """A plain signature in place of a cosignature."""
            note = self.rfile.read(int(self.headers["Content-Length"])).partition(b"\n\n")[2]
            line = plain.sign(split_note(note)[0]).line.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(line)))
            self.end_headers()
            self.wfile.write(line)

        def log_message(self, *_):
            """Nothing."""

    before = (log.path / "checkpoint").read_bytes()
    with HTTPServer(("127.0.0.1", 0), Plain) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(WitnessRefused) as refused:
            request_cosignature(f"http://127.0.0.1:{server.server_port}", log, plain.verifier)
    assert refused.value.code == "witness_key_kind"
    assert (log.path / "checkpoint").read_bytes() == before


def test_over_http_a_service_with_another_key_is_refused(url, make_log, witness_signer):
    with pytest.raises(WitnessRefused) as refused:
        request_cosignature(url, make_log(1), witness_signer.verifier)
    assert refused.value.code == "witness_key_differs"


def test_a_witness_that_is_away_is_asked_later(make_log, witness_signer):
    log = make_log(1)
    with pytest.raises(NotReady) as refused:
        request_cosignature("http://127.0.0.1:9", log, witness_signer.verifier)
    assert refused.value.code == "witness_unreachable"
    with pytest.raises(WitnessRefused):
        request_cosignature("file:///etc", log, witness_signer.verifier)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/key", {}, 200),
        ("GET", "/", {}, 404),
        ("POST", "/", {"Content-Length": "0"}, 404),
        ("POST", "/add-checkpoint", {"Content-Length": "x"}, 411),
        ("POST", "/add-checkpoint", {"Content-Length": str(MAX_BODY_BYTES + 1)}, 413),
        ("POST", "/add-checkpoint", {"Content-Length": "0"}, 400),
        ("PUT", "/add-checkpoint", {"Content-Length": "0"}, 501),
    ],
)
def test_other_requests_are_answered_too(method, path, headers, status, url, witness):
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    connection.putrequest(method, path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == status
    content = response.read()
    connection.close()
    if path == "/key":
        assert Verifier.parse(content.decode()) == witness.verifier


def test_the_command_makes_a_witness_once_and_shows_its_key(tmp_path, signer, capsys):
    folder = str(tmp_path / "w")
    assert run(["key", folder]) == 1
    assert run(["init", folder, "--name", "w.example", "--log", signer.verifier.vkey]) == 0
    vkey = capsys.readouterr().out.strip()
    assert Verifier.parse(vkey).name == "w.example"
    assert (tmp_path / "w/witness.key").stat().st_mode & 0o077 == 0
    assert run(["init", folder, "--name", "w.example"]) == 1
    assert run(["key", folder]) == 0
    assert capsys.readouterr().out.strip() == vkey
    assert run(["init", str(tmp_path / "x"), "--name", "with space"]) == 1
    with pytest.raises(SystemExit, match="2"):
        run(["dance"])


def test_the_command_follows_a_log_to_the_key_that_its_old_key_names(tmp_path, signer, capsys):
    folder, note = tmp_path / "w", tmp_path / "handover"
    run(["init", str(folder), "--name", "w.example", "--log", signer.verifier.vkey])
    following = Signer.generate(signer.name)
    note.write_bytes(write_handover(signer, following, 3))
    assert run(["follow", str(folder), str(note)]) == 0
    assert (folder / "logs").read_text() == f"{following.verifier.vkey}\n"
    capsys.readouterr()
    assert run(["follow", str(folder), str(note)]) == 1
    assert "nothing was changed" in capsys.readouterr().err
    assert (folder / "logs").read_text() == f"{following.verifier.vkey}\n"


@pytest.fixture
def interruptible():
    """What a shell starts in the background is deaf to interrupts, and so is what it starts in turn."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_command_answers_until_it_is_interrupted(tmp_path, signer, capsys, interruptible):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run(["init", str(tmp_path / "w"), "--name", "w.example", "--log", signer.verifier.vkey])
    answers = []

    def ask_and_interrupt():
        for _ in range(200):
            try:
                with urlopen(f"http://127.0.0.1:{port}/key", timeout=5) as answer:
                    answers.append(answer.read().decode())
                    break
            except OSError:
                time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=ask_and_interrupt).start()
    assert run(["serve", str(tmp_path / "w"), "--port", str(port)]) == 0
    assert answers == [f"{Witness(tmp_path / 'w').verifier.vkey}\n"]
    assert f"http://127.0.0.1:{port}/add-checkpoint" in capsys.readouterr().err


def test_a_folder_that_is_no_witness_is_refused(tmp_path):
    with pytest.raises(NotFound):
        Witness(tmp_path)


def test_a_witness_that_leads_elsewhere_is_not_followed(witness, make_log):
    class Elsewhere(BaseHTTPRequestHandler):
        """Leads to an address that must never be asked."""

        def do_POST(self):
            """A redirect that a browser would follow."""
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Nothing."""

    log = make_log(3)
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(WitnessRefused) as refused:
            request_cosignature(f"http://127.0.0.1:{server.server_port}", log, witness.verifier)
    assert refused.value.details["status"] == 302
