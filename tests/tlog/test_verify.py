"""The stand-alone verifier: what it accepts, what it refuses, and what it says that it has not checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode

import pytest

from cunwu.tlog.command import run
from cunwu.tlog.commitment import commit
from cunwu.tlog.notes import Signer
from cunwu.tlog.verify import FAILED, OPEN, PASSED, Bundle, BundleError, read_bundle, verify

DOCUMENT = '{"title":"2026年9月财务公开表"}'.encode()
SALT = bytes(range(32))


@pytest.fixture
def entry():
    return json.dumps(
        {"commitment": commit(DOCUMENT, SALT), "kind": "publication"}, separators=(",", ":")
    ).encode()


@pytest.fixture
def log(make_log, entry, witness_signer, moment):
    log = make_log(300)
    log.append([entry])
    log.add_cosignature(
        witness_signer.sign(log.signed_checkpoint().note.text, moment).line, witness_signer.verifier
    )
    return log


@pytest.fixture
def bundle(log, entry, signer):
    return Bundle(entry, log.prove(300), signer.verifier, DOCUMENT, SALT)


@pytest.fixture
def content(bundle):
    return {
        "format": "cunwu-bundle/1",
        "document": b64encode(bundle.document).decode(),
        "salt": bundle.salt.hex(),
        "entry": b64encode(bundle.entry).decode(),
        "proof": bundle.proof.decode(),
        "key": bundle.key.vkey,
    }


@pytest.fixture
def files(tmp_path, bundle, content):
    paths = {name: tmp_path / name for name in ("bundle", "document", "entry", "proof", "key")}
    paths["bundle"].write_text(json.dumps(content))
    paths["document"].write_bytes(bundle.document)
    paths["entry"].write_bytes(bundle.entry)
    paths["proof"].write_bytes(bundle.proof)
    paths["key"].write_text(bundle.key.vkey + "\n")
    return {name: str(path) for name, path in paths.items()}


def results(report):
    return {line.code: line.result for line in report.lines}


def test_everything_given_everything_checked(bundle, witness_signer):
    report = verify(bundle, [witness_signer.verifier], key_trusted=True)
    assert report.verified
    assert results(report) == {
        "commitment": PASSED,
        "checkpoint": PASSED,
        "inclusion": PASSED,
        "witness": PASSED,
        "key": PASSED,
        "truth": OPEN,
        "superseded": OPEN,
    }


def test_what_was_not_checked_is_said(bundle):
    report = verify(Bundle(bundle.entry, bundle.proof, bundle.key))
    assert report.verified
    assert [code for code, result in results(report).items() if result == OPEN] == [
        "commitment",
        "witness",
        "key",
        "truth",
        "superseded",
    ]
    assert any(
        bundle.key.fingerprint in line.zh and bundle.key.fingerprint in line.en for line in report.lines
    )


def test_a_changed_document_salt_entry_or_key_is_refused(bundle, signer):
    other_key = Signer.generate(signer.name).verifier
    for changed, code in (
        (Bundle(bundle.entry, bundle.proof, bundle.key, DOCUMENT + b" ", SALT), "commitment"),
        (Bundle(bundle.entry, bundle.proof, bundle.key, DOCUMENT, bytes(32)), "commitment"),
        (Bundle(bundle.entry, bundle.proof, bundle.key, DOCUMENT, SALT[:-1]), "commitment"),
        (Bundle(bundle.entry + b" ", bundle.proof, bundle.key, DOCUMENT, SALT), "log"),
        (Bundle(bundle.entry, bundle.proof, other_key, DOCUMENT, SALT), "log"),
        (Bundle(bundle.entry, bundle.proof[:-9], bundle.key, DOCUMENT, SALT), "log"),
    ):
        report = verify(changed)
        assert not report.verified
        assert [line.code for line in report.lines if line.result == FAILED] == [code]


def test_a_witness_asked_for_must_have_signed(bundle, witness_signer, signer):
    missing = Signer.generate("w.example", witness_signer.algorithm).verifier
    report = verify(bundle, [witness_signer.verifier, missing])
    assert not report.verified
    assert [line.result for line in report.lines if line.code == "witness"] == [PASSED, FAILED]


@pytest.mark.parametrize(
    "entry", [b"no json", b"[]", b'{"commitment":1,"commitment":1}', b'{"x":1}', b"[" * 60_000]
)
def test_an_entry_without_a_clear_commitment_is_refused(entry, make_log, signer):
    log = make_log(0)
    log.append([entry])
    report = verify(Bundle(entry, log.prove(0), signer.verifier, DOCUMENT, SALT))
    assert results(report)["commitment"] == FAILED
    assert results(report)["inclusion"] == PASSED
    assert not report.verified


def test_bundle_and_back(bundle, content):
    assert read_bundle(json.dumps(content).encode()) == bundle


@pytest.mark.parametrize(
    "change",
    [
        {"format": "cunwu-bundle/2"}, {"extra": "x"}, {"salt": "xy"}, {"document": "!"}, {"proof": 3}, {"format": None},
    ],
)  # fmt: skip
def test_a_malformed_bundle_is_refused(change, content):
    with pytest.raises(BundleError):
        read_bundle(json.dumps(content | change).encode())
    with pytest.raises(BundleError):
        read_bundle(b"\xff")
    with pytest.raises(BundleError):
        read_bundle(json.dumps({name: content[name] for name in list(content)[1:]}).encode())


def test_exit_codes(files, signer, witness_signer, tmp_path, capsys):
    parts = ["--entry", files["entry"], "--proof", files["proof"]]
    vkey, fingerprint = signer.verifier.vkey, signer.verifier.fingerprint
    other = Signer.generate(signer.name).verifier
    accepted = [
        ["--bundle", files["bundle"]],
        ["--bundle", files["bundle"], "--key", vkey],
        ["--bundle", files["bundle"], "--key", files["key"], "--witness", witness_signer.verifier.vkey],
        ["--bundle", files["bundle"], "--fingerprint", fingerprint.upper().replace(" ", "")],
        ["--key", files["key"], *parts],
        [
            "--key",
            vkey,
            *parts,
            "--document",
            files["document"],
            "--salt",
            SALT.hex(),
            "--lang",
            "en",
            "--json",
        ],
    ]
    refused = [
        ["--bundle", files["bundle"], "--key", other.vkey],
        ["--bundle", files["bundle"], "--fingerprint", other.fingerprint],
        ["--bundle", files["entry"]],
        ["--key", other.vkey, *parts],
        ["--key", vkey, *parts, "--document", files["entry"], "--salt", SALT.hex()],
        ["--key", vkey, *parts, "--document", files["document"], "--salt", "zz", "--json"],
    ]
    usage = [
        [], parts, ["--bundle", files["bundle"], *parts], ["--key", vkey, *parts, "--salt", "00"],
        ["--bundle", str(tmp_path / "absent")], ["--key", "no-such-file", *parts],
    ]  # fmt: skip
    assert [run(["verify", *arguments]) for arguments in accepted] == [0] * len(accepted)
    assert [run(["verify", *arguments]) for arguments in refused] == [1] * len(refused)
    for arguments in usage:
        with pytest.raises(SystemExit, match="2"):
            run(["verify", *arguments])
    capsys.readouterr()


def test_the_warning_stands_unless_the_key_came_from_elsewhere(files, signer, capsys):
    for lang, words in (
        ("zh", "请与纸上的指纹比对"),
        ("en", "key taken from the bundle: compare its fingerprint"),
    ):
        run(["verify", "--bundle", files["bundle"], "--lang", lang])
        assert words in capsys.readouterr().out
        run(["verify", "--bundle", files["bundle"], "--lang", lang, "--key", signer.verifier.vkey])
        assert words not in capsys.readouterr().out


def test_json_names_what_was_proven(files, signer, witness_signer, capsys):
    run(["verify", "--bundle", files["bundle"], "--witness", witness_signer.verifier.vkey, "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (report["verified"], report["origin"], report["index"], report["size"]) == (
        True,
        signer.name,
        300,
        301,
    )
    assert report["witnesses"] == [{"name": witness_signer.name, "time": "2026-10-08T02:00:00+00:00"}]
    assert {line["result"] for line in report["lines"]} == {PASSED, OPEN}


def test_checking_a_folder(log, signer, capsys):
    arguments = ["check", str(log.path), "--key", str(log.path / "key")]
    assert run(arguments) == 0
    assert run([*arguments, "--at-least", "400"]) == 1
    (log.path / "tile/0/000").unlink()
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faults"][0]["path"] == "tile/0/000"
    assert run([*arguments, "--lang", "en"]) == 1
    assert "tile/0/000: " in capsys.readouterr().out


def test_as_a_program_without_django(files):
    """Run as a resident would, on a Chinese Windows console too, and nothing of Django is loaded."""
    command = "import sys; from cunwu.tlog.command import run; code = run(sys.argv[1:]); "
    command += "sys.exit(99 if 'django' in sys.modules else code)"
    done = subprocess.run(
        [sys.executable, "-c", command, "verify", "--bundle", files["bundle"]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "核验通过" in done.stdout
    for encoding in ("gbk", "utf-8"):
        environment = os.environ | {"PYTHONIOENCODING": encoding}
        program = [sys.executable, "-m", "cunwu.tlog", "verify", "--bundle", files["bundle"]]
        done = subprocess.run(program, capture_output=True, check=False, env=environment)
        assert "√ 存证在日志中" in done.stdout.decode(encoding), done.stderr
    done = subprocess.run([sys.executable, "-m", "cunwu.tlog"], capture_output=True, text=True, check=False)
    assert done.returncode == 2


def test_the_example_in_the_package_docstring_runs():
    import doctest

    import cunwu.tlog

    assert doctest.testmod(cunwu.tlog).failed == 0
