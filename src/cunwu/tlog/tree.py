"""Merkle tree hashes and proofs, RFC 6962 section 2.1 and RFC 9162 section 2.1. No input or output.

`prove` functions read complete subtrees through a function `read(level, index)`, which returns the hash over
the leaves from `index * 2**level` up to, not including, `(index + 1) * 2**level`. So they work from memory
and from tiles alike. `check` functions need nothing but the proof. Sizes and indexes are counts of leaves,
from zero; hashes are 32 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from cunwu.errors import Invalid

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

ReadHash = Callable[[int, int], bytes]


class ProofError(Invalid):
    """A proof does not lead to the root that it was checked against, or was asked for what cannot be
    proven."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry: SHA-256 over 0x00 and the entry (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 over 0x01 and the two hashes below it (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def root_hash(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over all `leaf_hashes` in order; SHA-256 of nothing for an empty tree. Keeps one hash per
    level."""
    pending: list[bytes] = []
    for count, leaf in enumerate(leaf_hashes):
        node, complete = leaf, count
        while complete & 1:
            node = node_hash(pending.pop(), node)
            complete >>= 1
        pending.append(node)
    return _fold(pending) if pending else EMPTY_ROOT


def tree_hash(size: int, read: ReadHash) -> bytes:
    """The root of the tree of `size` leaves, from its complete subtrees."""
    return _range_hash(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(size: int, index: int, read: ReadHash) -> list[bytes]:
    """The hashes, from the leaf's sibling upwards, that prove leaf `index` in the tree of `size` leaves.

    RFC 6962 section 2.1.1. Raises `ProofError` if there is no such leaf.
    """
    _require_index(index, size)
    low, high = 0, size
    proof = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_hash(middle, high, read))
            high = middle
        else:
            proof.append(_range_hash(low, middle, read))
            low = middle
    proof.reverse()
    return proof


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the entry with leaf hash `leaf` is number `index` of the tree of `size` leaves and `root`.

    RFC 9162 section 2.1.3.2. Raises `ProofError` if it is not proven.
    """
    _require_index(index, size)
    _require_hashes(leaf, root, *proof)
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise _wrong_inclusion(index, size)
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            node, last = _climb(node, last)
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or result != root:
        raise _wrong_inclusion(index, size)


def consistency_proof(old: int, new: int, read: ReadHash) -> list[bytes]:
    """The hashes that prove that the tree of `new` leaves begins with the tree of `old` leaves.

    RFC 6962 section 2.1.2. Empty if `old` is zero or equal to `new`. Raises `ProofError` if `old` is larger.
    """
    if not 0 <= old <= new:
        raise _wrong_sizes(old, new)
    if old in {0, new}:
        return []
    low, high = 0, new
    proof = []
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_hash(middle, high, read))
            high = middle
        else:
            proof.append(_range_hash(low, middle, read))
            low = middle
    if low > 0:
        proof.append(_range_hash(low, high, read))
    proof.reverse()
    return proof


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new` leaves and `new_root` begins with that of `old` leaves and `old_root`.

    RFC 9162 section 2.1.4.2. Raises `ProofError` if it is not proven. From zero to more leaves is refused,
    since every tree begins with the empty one and nothing would be checked: who meets a log for the first
    time decides that by themselves. From zero to zero is accepted if both roots are that of the empty tree.
    """
    if not 0 <= old <= new or (old == 0 < new):
        raise _wrong_sizes(old, new)
    if old == new:
        if proof or old_root != new_root or (old == 0 and old_root != EMPTY_ROOT):
            raise _wrong_consistency(old, new)
        return
    _require_hashes(old_root, new_root, *proof)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise _wrong_consistency(old, new)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise _wrong_consistency(old, new)
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            node, last = _climb(node, last)
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise _wrong_consistency(old, new)


def _split(count: int) -> int:
    """The largest power of two smaller than `count` (RFC 6962 section 2.1: where a tree is divided)."""
    return 1 << ((count - 1).bit_length() - 1)


def _climb(node: int, last: int) -> tuple[int, int]:
    """Skip the levels at which the last node of an incomplete tree has no sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _range_hash(low: int, high: int, read: ReadHash) -> bytes:
    """The hash over leaves `low` to `high`, where `low` is aligned to the subtree that begins there."""
    level = (high - low).bit_length() - 1
    if high - low == 1 << level:
        return read(level, low >> level)
    pieces = []
    while low < high:
        level = (high - low).bit_length() - 1
        pieces.append(read(level, low >> level))
        low += 1 << level
    return _fold(pieces)


def _fold(pieces: list[bytes]) -> bytes:
    result = pieces[-1]
    for piece in reversed(pieces[:-1]):
        result = node_hash(piece, result)
    return result


def _require_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise ProofError(
            "no_such_leaf",
            f"日志共有{size}条存证，没有第{index}条（从0起数），请核对序号",
            f"the log has {size} entries and none at index {index} (counted from 0); check the index",
        )


def _require_hashes(*hashes: bytes) -> None:
    if set(map(len, hashes)) != {HASH_BYTES}:
        raise ProofError(
            "hash_length",
            f"证明中的哈希应各为{HASH_BYTES}字节，请重新取得证明",
            f"the hashes of a proof have {HASH_BYTES} bytes each; fetch the proof again",
        )


def _wrong_inclusion(index: int, size: int) -> ProofError:
    return ProofError(
        "inclusion_not_proven",
        f"证明对不上：无法由此证明第{index}条存证在共{size}条的日志中，请重新取得存证和证明",
        f"the proof does not show entry {index} in the log of {size} entries; fetch entry and proof again",
    )


def _wrong_consistency(old: int, new: int) -> ProofError:
    return ProofError(
        "consistency_not_proven",
        f"证明对不上：无法由此证明共{new}条的日志是由共{old}条的日志续写而成，请保留两份检查点并追查",
        f"the proof does not show that the log of {new} entries continues that of {old}; keep both "
        "checkpoints",
    )


def _wrong_sizes(old: int, new: int) -> ProofError:
    return ProofError(
        "sizes_not_comparable",
        f"从{old}条到{new}条无法证明前后一致：旧的须多于零条，且不多于新的",
        f"no consistency can be proven from {old} to {new} entries: the old size must be above 0 and not "
        "above the new",
    )
