"""Tile paths, bundles, and which files a growing log writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.tlog.tiles import (
    ENTRIES,
    RightEdge,
    Tile,
    TileError,
    decode_bundle,
    encode_bundle,
    new_tiles,
    subtree_hash,
    subtree_levels,
)
from cunwu.tlog.tree import leaf_hash, root_hash, tree_hash


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 1234067, 8), "tile/0/x001/x234/067.p/8"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(ENTRIES, 1000), "tile/entries/x001/000"),
        (Tile(ENTRIES, 3, 1), "tile/entries/003.p/1"),
    ],
)
def test_path_and_back(tile, path):
    assert tile.path == path
    assert Tile.parse(path) == tile


def test_indexes_are_spelt_as_go_spells_them(vectors):
    """Go's paths name a tile height too, which C2SP fixes at 8: what is left is the same."""
    for case in vectors("golang_sumdb_vectors.json")["tile_paths"]:
        if case["valid"]:
            groups = case["path"].split("/", 3)[3].split(".p/")[0]
            assert Tile(0, case["N"]).path == f"tile/0/{groups}"
            assert Tile.parse(f"tile/0/{groups}").index == case["N"]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/x000/001",
        "tile/0/1",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/08",
        "tile/0/123/456",
        "tile/0/x123",
        "tile/data/001",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/٠٠١",
    ],
)
def test_any_other_spelling_is_refused(path):
    with pytest.raises(TileError):
        Tile.parse(path)


@given(st.builds(Tile, st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256)))
def test_every_tile_has_one_path(tile):
    assert Tile.parse(tile.path) == tile


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundle_and_back(entries):
    assert decode_bundle(encode_bundle(entries)) == entries


def test_a_bundle_is_lengths_and_entries():
    assert encode_bundle([b"", b"ab"]) == b"\x00\x00\x00\x02ab"
    assert decode_bundle(encode_bundle([b"x" * 65_535])) == [b"x" * 65_535]


def test_an_entry_too_long_is_refused():
    with pytest.raises(TileError) as refused:
        encode_bundle([b"x" * 65_536])
    assert refused.value.code == "entry_too_long"


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=5), st.data())
def test_a_bundle_cut_off_within_an_entry_is_refused(entries, data):
    whole = encode_bundle(entries)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    ends = [len(encode_bundle(entries[:count])) for count in range(len(entries))]
    if len(cut) in ends:
        assert decode_bundle(cut) == entries[: ends.index(len(cut))]
    else:
        with pytest.raises(TileError) as refused:
            decode_bundle(cut)
        assert refused.value.code == "bundle_cut_off"


def test_seventy_thousand_leaves_have_the_tiles_that_the_specification_lists():
    tiles = list(new_tiles(0, 70_000))
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert sum(tile.level == ENTRIES for tile in tiles) == 274
    assert {(tile.level, tile.width) for tile in tiles if tile.width < 256} == {
        (-1, 112),
        (0, 112),
        (1, 17),
        (2, 1),
    }
    assert [tile.path for tile in new_tiles(0, 256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert list(new_tiles(70_000, 70_000)) == []


def test_one_more_leaf_writes_its_tile_only_until_the_tile_is_full():
    assert [tile.path for tile in new_tiles(254, 255)] == ["tile/entries/000.p/255", "tile/0/000.p/255"]
    assert [tile.path for tile in new_tiles(256, 257)] == ["tile/entries/001.p/1", "tile/0/001.p/1"]


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_the_edge_grows_to_the_same_root_and_the_same_tiles_whatever_the_steps(steps):
    leaves = [leaf_hash(b"%d" % number) for number in range(sum(steps))]
    stored = {}
    size = 0
    for step in steps:
        edge = RightEdge(size, stored.__getitem__)
        stored |= dict(edge.add(leaves[size : size + step]))
        stored |= dict(edge.partial_tiles())
        size += step
        assert edge.size == size
        assert edge.root() == root_hash(leaves[:size])
    assert set(stored) >= {tile for tile in new_tiles(0, size) if tile.level != ENTRIES}
    levels = {(tile.level, tile.index, tile.width): subtree_levels(hashes) for tile, hashes in stored.items()}
    root = tree_hash(size, lambda *node: subtree_hash(size, lambda *tile: levels[tile], *node))
    assert root == root_hash(leaves)
