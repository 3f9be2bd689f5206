"""The stand-alone verifier, for somebody who trusts nobody: `python -m cunwu.tlog`.

    python -m cunwu.tlog verify --bundle FILE [--key VKEY|FILE | --fingerprint "ab12 …"] [--witness VKEY …]
    python -m cunwu.tlog verify --key VKEY|FILE --entry FILE --proof FILE [--document FILE --salt HEX]
    python -m cunwu.tlog check DIR --key VKEY|FILE [--at-least N]

Each line printed says one thing that was checked, or one that was not. Exit code 0 verified, 1 refused, 2
usage.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from cunwu.errors import Refused
from cunwu.tlog.check import check_log
from cunwu.tlog.notes import Verifier
from cunwu.tlog.verify import FAILED, OPEN, PASSED, Bundle, BundleError, read_bundle, read_salt, verify

_MARKS = {PASSED: "√", FAILED: "×", OPEN: "–"}


def run(argv: Sequence[str]) -> int:
    """The commands `verify` and `check`; prints the report and returns 0 verified, 1 refused, 2 usage."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        if arguments.action == "check":
            return _run_check(arguments)
        return _run_verify(arguments, parser)
    except Refused as refused:
        _print_refusal(refused, arguments)
        return 1
    except OSError as failed:
        parser.error(str(failed))


def _run_verify(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    given = Verifier.parse(_text_or_file(arguments.key)) if arguments.key else None
    bundle = _bundle_from(arguments, given, parser)
    keys = [bundle.key, *bundle.earlier_keys()]
    if given and given not in keys:
        raise _key_differs(bundle.key.fingerprint, given.fingerprint)
    fingerprint = "".join(arguments.fingerprint.split()).lower() if arguments.fingerprint else ""
    if fingerprint and fingerprint not in {key.fingerprint.replace(" ", "") for key in keys}:
        raise _key_differs(bundle.key.fingerprint, arguments.fingerprint)
    witnesses = [Verifier.parse(_text_or_file(vkey)) for vkey in arguments.witness]
    report = verify(bundle, witnesses, key_trusted=bool(given or fingerprint))
    if arguments.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        for line in report.lines:
            print(_MARKS[line.result], line.zh if arguments.lang == "zh" else line.en)
        print(_verdict(report.verified, arguments.lang))
    return 0 if report.verified else 1


def _run_check(arguments: argparse.Namespace) -> int:
    key = Verifier.parse(_text_or_file(arguments.key))
    faults = check_log(arguments.folder, key, at_least=arguments.at_least)
    if arguments.json:
        found = [{"path": fault.path, "zh": fault.zh, "en": fault.en} for fault in faults]
        print(json.dumps({"verified": not faults, "faults": found}, ensure_ascii=False, indent=2))
    else:
        for fault in faults:
            print(_MARKS[FAILED], f"{fault.path}: {fault.zh if arguments.lang == 'zh' else fault.en}")
        print(_verdict(not faults, arguments.lang))
    return 1 if faults else 0


def _verdict(verified: bool, lang: str) -> str:
    if lang == "zh":
        return "核验通过（以上“–”各项除外）" if verified else "核验不通过"
    return "verified, except for what is marked –" if verified else "REFUSED"


def _print_refusal(refused: Refused, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps({"verified": False, **refused.as_json()}, ensure_ascii=False, indent=2))
    else:
        print(_MARKS[FAILED], refused.sentence(arguments.lang))
        print(_verdict(False, arguments.lang))


def _bundle_from(
    arguments: argparse.Namespace, key: Verifier | None, parser: argparse.ArgumentParser
) -> Bundle:
    parts = (arguments.entry, arguments.proof, arguments.document, arguments.salt)
    if arguments.bundle:
        if any(parts):
            _usage(parser, "--bundle stands alone: it holds entry, proof, document and salt")
        return read_bundle(arguments.bundle.read_bytes())
    if not (key and arguments.entry and arguments.proof):
        _usage(parser, "give --bundle, or --key with --entry and --proof")
    if bool(arguments.document) != bool(arguments.salt):
        _usage(parser, "--document and --salt go together")
    return Bundle(
        arguments.entry.read_bytes(),
        arguments.proof.read_bytes(),
        key,
        arguments.document.read_bytes() if arguments.document else None,
        read_salt(arguments.salt) if arguments.salt else None,
    )


def _usage(parser: argparse.ArgumentParser, message: str) -> NoReturn:
    parser.error(message)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cunwu.tlog",
        description="核验一份公开件，或核对整本日志 / verify a publication, or check a log",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    check = actions.add_parser("check", help="核对日志文件夹的每个文件 / hash every file of a log's folder")
    check.add_argument("folder", type=Path)
    check.add_argument(
        "--key", required=True, help="日志公钥或其文件 / the log's vkey, or a file that holds it"
    )
    check.add_argument("--at-least", type=int, default=0, help="至少应有的条数 / entries that it must have")
    one = actions.add_parser("verify", help="核验一份公开件 / verify one publication")
    one.add_argument("--bundle", type=Path, help="网页上下载的文件包 / the bundle downloaded from the page")
    one.add_argument("--key", help="日志公钥或其文件 / the log's vkey, or a file that holds it")
    one.add_argument("--fingerprint", help="纸上的公钥指纹 / the key's fingerprint on the paper")
    one.add_argument("--entry", type=Path, help="存证文件 / the entry")
    one.add_argument("--proof", type=Path, help="证明文件（.tlog-proof）/ the proof")
    one.add_argument("--document", type=Path, help="公开的文件 / the document")
    one.add_argument("--salt", help="盐值，十六进制 / the salt in hex")
    one.add_argument(
        "--witness",
        action="append",
        default=[],
        help="必须见证过的见证人公钥，可多次 / vkey that must have cosigned",
    )
    for action in (check, one):
        action.add_argument("--lang", choices=("zh", "en"), default="zh")
        action.add_argument("--json", action="store_true")
    return parser


def _text_or_file(value: str) -> str:
    return value if "+" in value and not Path(value).is_file() else Path(value).read_text(encoding="utf-8")


def _key_differs(found: str, given: str) -> BundleError:
    return BundleError(
        "key_differs",
        f"文件包里的公钥（指纹 {found}）不是给定的那一把（{given}），请勿采信",
        f"the key in the bundle (fingerprint {found}) is not the given one ({given}); do not trust it",
    )
