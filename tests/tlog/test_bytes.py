"""Every byte of a log's files turned, one after the other: each is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cunwu.tlog.check import check_log
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.notes import Signer

MakeLog = Callable[[int], LogDirectory]
Bytes = Callable[[Path], dict[str, bytes]]


def test_every_byte_of_every_file_matters(make_log: MakeLog, signer: Signer, folder_bytes: Bytes) -> None:
    """Nine entries, begun with five: tiles and bundles of both sizes, the checkpoint, the key."""
    log = make_log(5)
    log.append([b"entry %d" % number for number in range(5, 9)], at=5)
    unnoticed, turned = [], 0
    for name, data in folder_bytes(log.path).items():
        for at in range(len(data)):
            for mask in (0x01, 0x80):
                changed = bytearray(data)
                changed[at] ^= mask
                (log.path / name).write_bytes(changed)
                turned += 1
                if not check_log(log.path, signer.verifier):
                    unnoticed.append((name, at, mask))
        (log.path / name).write_bytes(data)
    assert check_log(log.path, signer.verifier) == []
    print(f"\n{turned} bytes turned, {len(unnoticed)} unnoticed")
    assert turned > 1500
    assert unnoticed == []
