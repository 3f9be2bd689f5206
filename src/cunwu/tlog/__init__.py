"""The public log of what was published: a Merkle tree in the C2SP formats, pure Python.

A log is a growing list of entries, and a promise about the list: nothing in it is changed or taken out, and
everybody is shown the same one. The promise can be checked because the log signs a *checkpoint*, which is its
name (the origin), the number of entries, and one hash over all of them (the root of a Merkle tree, RFC 6962
section 2.1). Two proofs follow from the tree: that an entry is in it (inclusion), and that a later tree
begins with the earlier one (consistency). A *witness* is somebody else's machine that asks for the second
proof before it adds its own signature, so that the log cannot show one history to the village and another to
the auditor.

    tree.py         hashes and the two proofs; no input, no output    RFC 6962, RFC 9162
    tiles.py        the tree cut into files                           c2sp.org/tlog-tiles
    notes.py        signed texts and keys                             c2sp.org/signed-note
    checkpoints.py  what a log signs                                  c2sp.org/tlog-checkpoint
    proofs.py       a proof that fits in one small text file          c2sp.org/tlog-proof
    commitment.py   how an entry commits to a document without showing it
    files.py        the files of a log, read and written
    reader.py       a log read from its folder, and checked as it is read
    directory.py    the same folder, written by the one who holds the key
    check.py        every file of a log hashed
    handover.py     one key of a log followed by another
    healing.py      a folder made whole again from its entries
    witness.py      somebody else's signature                         c2sp.org/tlog-witness
    cosigning.py    asking for it                                     c2sp.org/tlog-cosignature
    verify.py       a published document checked, and what was not
    command.py      `python -m cunwu.tlog verify|check`, for whoever trusts nobody

The folder is the log: any static web server can serve it, any mirror can copy it, and tools that we did not
write can check it. A complete round, with a key made on the spot:

    >>> import tempfile
    >>> from pathlib import Path
    >>> from cunwu.tlog.directory import LogDirectory
    >>> from cunwu.tlog.notes import Signer
    >>> from cunwu.tlog.proofs import check_proof
    >>> signer = Signer.generate("log.example/county")
    >>> folder = Path(tempfile.mkdtemp()) / "log"
    >>> log = LogDirectory.create(folder, "log.example/county", signer)
    >>> log.append([b"first entry", b"second entry"], at=0).size
    2
    >>> proof = log.prove(1)
    >>> check_proof(b"second entry", proof, signer.verifier).index
    1

What a log proves: that this entry was published under this key and has not been altered or withdrawn unseen.
Not that what the document says is true. Entries are public for ever, so they hold metadata and salted
commitments, never documents and never names.

Nothing here knows Django. Wrong input raises a kind of `cunwu.errors.Refused` with a sentence in Chinese and
in English; a broken assumption of our own raises an ordinary exception and is not caught.
"""
