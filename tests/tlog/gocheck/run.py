"""Go's own sumdb packages over an exported log, for any test that has one.

Needs Debian's golang-go and golang-golang-x-mod-dev. Load this file by its path, then:

    program = build(folder_for_the_program)       # once per session; raises GoAbsent with the reason
    done = check(program, log_folder, log_vkey, witnesses=[vkey], olds=[checkpoint_file])
    assert done.returncode == 0, done.stderr
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).with_name("main.go")
GOPATH = Path("/usr/share/gocode")


class GoAbsent(Exception):
    """Go or its sumdb packages are not installed; the message says which Debian package is missing."""


def build(folder: Path) -> Path:
    """Compile the checker into `folder`, offline. Raises `GoAbsent`, and `CalledProcessError` if it fails."""
    go = shutil.which("go")
    if go is None:
        raise GoAbsent("no Go compiler: install Debian's golang-go")
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        raise GoAbsent("no golang.org/x/mod: install Debian's golang-golang-x-mod-dev")
    program = folder / "gocheck"
    offline = {
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOPROXY": "off",
        "GOCACHE": str(folder / "cache"),
    }
    subprocess.run(
        [go, "build", "-o", program, SOURCE], check=True, env=os.environ | offline, capture_output=True
    )
    return program


def check(
    program: Path, log: Path, vkey: str, witnesses: Sequence[str] = (), olds: Sequence[Path] = ()
) -> subprocess.CompletedProcess[str]:
    """Check the log in folder `log`: exit code 0 if Go accepts checkpoint, witnesses, entries and growth."""
    options = [part for key in witnesses for part in ("-witness", key)]
    options += [part for old in olds for part in ("-old", str(old))]
    return subprocess.run([program, log, vkey, *options], check=False, capture_output=True, text=True)
