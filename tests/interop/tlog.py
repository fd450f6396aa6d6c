"""Checks a log with other people's clients, aics-tlog and tlog-scales: its checkpoint, every tile and
entry, inclusion and consistency proofs, and the proof files a server gives.

    tlog.py <URL or folder> <origin> <vkey> <older size>...

Prints what was checked, as JSON; anything that does not hold ends it with a traceback.
"""

import contextlib
import io
import json
import sys
import urllib.request
from argparse import Namespace
from base64 import b64decode, b64encode

from aics_tlog import checkpoint, hashing, note, remote, tiles, tree, verified
from tlog_scales import backend, cli, signing
from tlog_scales import tiles as scales_tiles
from tlog_scales.reader import TilesReader

EVERY = 1000


def chosen(size, some=400):
    """Every entry of a short log; of a long one its ends, the ends of tiles, and some between."""
    if size <= EVERY:
        return range(size)
    ends = {0, 1, 255, 256, 257, 65535, 65536, size // 256 * 256 - 1, size // 256 * 256, size - 1}
    return sorted({n for n in ends if 0 <= n < size} | set(range(0, size, size // some)))


def with_aics(place, origin, vkey, older):
    http = place.startswith("http://")
    reader = remote.HttpTileReader(place, proxies={}) if http else tiles.FileSystemTileReader(place)
    raw = reader.read_checkpoint() if http else open(f"{place}/checkpoint", "rb").read()
    found, signed = checkpoint.checkpoint_from_note(raw)
    told = checkpoint.verify_checkpoint(signed, note.parse_vkey(vkey), expected_origin=origin)
    assert told.ok and told.log_ok, told
    size, root = found.size, found.root
    report = verified.audit_tiles(reader, size, root)
    trusted = verified.VerifiedTileReader(reader, size, root)
    proofs = 0
    # it hashes the whole tree again for each proof
    for n in chosen(size, some=10):
        leaf = trusted.entry(n)
        assert leaf.startswith(b'{"seq":%d,' % n), leaf
        proof = tiles.inclusion_proof_from_tiles(trusted, n, size)
        assert tree.verify_leaf_inclusion(leaf, n, size, proof, root), n
        assert not tree.verify_leaf_inclusion(leaf + b" ", n, size, proof, root), n
        proofs += 1
    roots = {}
    for old in older:
        old_root = tiles.tree_root_from_tiles(trusted, old, tile_size=size)
        proof = tiles.consistency_proof_from_tiles(trusted, old, size)
        assert tree.verify_consistency(old, size, old_root, root, proof), old
        verified.audit_tiles(reader, old, old_root)
        roots[str(old)] = b64encode(old_root).decode()
    files = 0
    for n in chosen(size) if http else []:
        files += proof_file(place, n, vkey, size, trusted)
    return {"size": size, "root": b64encode(root).decode(), "tiles": report.tiles, "bundles": report.bundles,
            "proofs": proofs, "files": files, "roots": roots}


def proof_file(place, n, vkey, size, trusted):
    """A proof as the server writes it holds, and tlog-scales writes the same bytes from tiles."""
    request = urllib.request.Request(f"{place}/v1/events/{n}/proof", headers={"Accept": "text/plain"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        text = answer.read().decode()
    head, _, signed = text.partition("\n\n")
    first, index, *hashes = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1" and index == f"index {n}", head
    found, parsed = checkpoint.checkpoint_from_note(signed)
    assert checkpoint.verify_checkpoint(parsed, note.parse_vkey(vkey)).ok and found.size == size
    leaf = hashing.leaf_hash(trusted.entry(n))
    assert tree.verify_inclusion(leaf, n, size, [b64decode(line, validate=True) for line in hashes], found.root)
    if n < 3 or n >= size - 3:
        written = io.StringIO()
        with contextlib.redirect_stdout(written):
            cli.cmd_gen_proof(Namespace(location=place, leaf_index=n))
        assert written.getvalue() == text, written.getvalue()
    return 1


def with_scales(place, vkey, older):
    reader = TilesReader(backend.make_backend(place))
    found = reader.get_checkpoint()
    found.verify(signing.Vkey.from_string(vkey))
    assert reader.calculate_root_hash() == found.root_hash
    leaves = 0
    for n in chosen(found.size):
        leaf = reader.get_entry(n)
        reader.get_inclusion_proof(n, found.size).check(scales_tiles.leaf_hash(leaf), found.root_hash)
        leaves += 1
    for old in older:
        reader.get_consistency_proof(old, found.size).check(reader.mth(0, old), found.root_hash)
    return {"leaves": leaves}


if __name__ == "__main__":
    place, origin, vkey, *older = sys.argv[1:]
    older = [int(size) for size in older]
    print(json.dumps(with_aics(place, origin, vkey, older) | with_scales(place, vkey, older)))
