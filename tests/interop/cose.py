"""Checks the receipts of a server with somebody else's library, scitt-cose (RFC 9942): every one must be
accepted, and none that was altered.

    cose.py <URL> <vkey>

Prints what was checked, as JSON; anything that does not hold ends it with a traceback.
"""

import json
import random
import sys
import urllib.request
from base64 import b64decode, urlsafe_b64decode

import cbor2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from scitt_cose import receipt as scitt

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url, accept):
    with OPENER.open(urllib.request.Request(url, headers={"Accept": accept})) as answer:
        return answer.headers["Content-Type"], answer.read()


def pem(key):
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Log:
    def __init__(self, url, vkey):
        name, key_id, key = vkey.split("+", 2)
        self.url, self.kid = url, bytes.fromhex(key_id)
        self.key = pem(Ed25519PublicKey.from_public_bytes(b64decode(key)[1:]))
        self.other = pem(Ed25519PrivateKey.generate().public_key())
        self.size = json.loads(get(f"{url}/v1/audit", "application/json")[1])["size"]
        self.entries = [self.json(n, self.size)["entry"] for n in range(self.size)]
        self.entries = [urlsafe_b64decode(entry + "=" * (-len(entry) % 4)) for entry in self.entries]

    def json(self, seq, size):
        return json.loads(get(f"{self.url}/v1/events/{seq}/proof?size={size}", "application/json")[1])

    def receipt(self, seq, size=None):
        query = "" if size is None else f"?size={size}"
        media, receipt = get(f"{self.url}/v1/events/{seq}/proof{query}", "application/cose")
        assert media == 'application/cose; cose-type="cose-sign1"', media
        return receipt

    def verify(self, receipt, entry, key=None):
        return scitt.verify_receipt(receipt, leaf_entry_hex=entry.hex(), log_public_key_pem=key or self.key)


def accepted(log, seq, size=None):
    """One receipt: accepted, in the one deterministic spelling, of the root the JSON form tells."""
    receipt = log.receipt(seq, size)
    size = size or log.size
    found = log.verify(receipt, log.entries[seq])
    assert found.ok, (seq, size, found.errors)
    assert (found.tree_size, found.leaf_index) == (size, seq), found
    assert found.protected_header_ext == {scitt.HDR_KID: log.kid}, found
    told = log.json(seq, size)
    assert found.root == b64decode(told["root"]).hex(), (found, told)
    message = cbor2.loads(receipt)
    assert cbor2.dumps(message, canonical=True) == receipt, receipt.hex()
    protected = cbor2.loads(message.value[0])
    assert dict(protected) == {1: -8, 4: log.kid, 395: 1}, protected
    assert cbor2.dumps(protected, canonical=True) == message.value[0]
    (proof,) = message.value[1][396][-1]
    assert cbor2.dumps(cbor2.loads(proof), canonical=True) == proof
    assert cbor2.loads(proof)[2] == type(cbor2.loads(proof)[2])(b64decode(h) for h in told["proof"])
    return receipt


def turns(size, index):
    """On which side the path's hashes stand, from the leaf up (RFC 9162 section 2.1.3.2)."""
    found = []
    while size > 1:
        half = 1 << (size - 1).bit_length() - 1
        found.append(index < half)
        size, index = (half, index) if index < half else (size - half, index - half)
    return found


def parts(receipt):
    protected, unprotected, payload, signature = cbor2.loads(receipt).value
    return protected, unprotected, payload, signature, list(cbor2.loads(unprotected[396][-1][0]))


def same_claim(old, new):
    """Whether only tree size or index differ, and lead along the same path to the same root: RFC 9942
    signs the root alone, so that these are nothing a receipt shows."""
    try:
        old, new = parts(old), parts(new)
        (size, index, path), (new_size, new_index, new_path) = old[4], new[4]
        same = (old[0], old[2], old[3], path) == (new[0], new[2], new[3], new_path)
        return same and index < size and new_index < new_size and turns(size, index) == turns(new_size, new_index)
    except Exception:
        return False


def rebuilt(receipt, change):
    """The receipt with its parts changed, and well-formed."""
    protected, _, payload, signature, proof = parts(receipt)
    made = {"tag": 18, "protected": dict(cbor2.loads(protected)), "payload": payload, "signature": signature,
            "size": proof[0], "index": proof[1], "path": list(proof[2]), "vdp": 396, "kind": -1}
    change(made)
    inclusion = cbor2.dumps([made["size"], made["index"], made["path"]])
    unprotected = {made["vdp"]: {made["kind"]: [inclusion]}}
    value = [cbor2.dumps(made["protected"], canonical=True), unprotected, made["payload"], made["signature"]]
    return cbor2.dumps(cbor2.CBORTag(made["tag"], value))


def altered(receipt, seq, size, root, others):
    """Receipts made of this one, each altered in one way."""
    for at in range(len(receipt)):
        for bit in (0x01, 0x80):
            yield receipt[:at] + bytes([receipt[at] ^ bit]) + receipt[at + 1:]
    for cut in range(0, len(receipt), 7):
        yield receipt[:cut]
        yield receipt[:cut] + receipt[cut + 1:]
    yield receipt + b"\x00"
    yield receipt[1:]
    ways = [
        lambda r: r["protected"].update({1: -7}),
        lambda r: r["protected"].update({1: -19}),
        lambda r: r["protected"].update({395: 2}),
        lambda r: r["protected"].pop(395),
        lambda r: r["protected"].pop(4),
        lambda r: r["protected"].update({4: b"\0\0\0\0"}),
        lambda r: r["protected"].update({2: [4]}),
        lambda r: r.update(tag=17),
        lambda r: r.update(vdp=395),
        lambda r: r.update(kind=-2),
        lambda r: r.update(payload=root),
        lambda r: r.update(payload=b""),
        lambda r: r.update(signature=b""),
        lambda r: r.update(signature=bytes(64)),
        lambda r: r.update(path=r["path"][:-1]),
        lambda r: r.update(path=r["path"] + [bytes(32)]),
        lambda r: r.update(path=r["path"][::-1]),
        lambda r: r.update(path=[]),
        lambda r: r.update(path=[r["path"][0][:31]] + r["path"][1:]),
        lambda r: r.update(index=-1),
        lambda r: r.update(index=size),
        lambda r: r.update(size=0),
        lambda r: r.update(size=2**63),
    ]
    ways += [lambda r, n=n: r.update(index=n) for n in range(size) if n != seq]
    ways += [lambda r, n=n: r.update(size=n) for n in range(seq + 1, 2 * size) if n != size]
    for other in others:
        ways.append(lambda r, other=other: r.update(signature=parts(other)[3]))
        ways.append(lambda r, other=other: r.update(path=list(parts(other)[4][2])))
    for way in ways:
        yield rebuilt(receipt, way)


def main(url, vkey):
    log = Log(url, vkey)
    count = {"size": log.size, "accepted": 0, "refused": 0, "unbound": 0}
    for seq in range(log.size):
        accepted(log, seq)
        count["accepted"] += 1
    pick = random.Random(9942)
    sizes = [1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, log.size - 1]
    pairs = {(seq, size) for size in sizes for seq in (0, size // 2, size - 1)}
    while len(pairs) < 320:
        size = pick.randint(1, log.size)
        pairs.add((pick.randrange(size), size))
    for seq, size in sorted(pairs):
        accepted(log, seq, size)
        count["accepted"] += 1
    for seq, size in [(1, 2), (17, 20), (0, 7), (256, 300), (299, 300), (100, log.size)]:
        receipt, entry = accepted(log, seq, size), log.entries[seq]
        assert rebuilt(receipt, lambda r: None) == receipt
        root = b64decode(log.json(seq, size)["root"])
        others = [log.receipt(seq, size + 1), log.receipt(seq - 1 if seq else 1, size)] if size < log.size else []
        for bad in altered(receipt, seq, size, root, others):
            if bad == receipt:
                continue
            if same_claim(receipt, bad):
                count["unbound"] += 1
                continue
            assert not log.verify(bad, entry).ok, bad.hex()
            count["refused"] += 1
        # of another entry, and by another key
        for other in (log.entries[seq - 1], entry + b" ", entry[:-1], b""):
            assert not log.verify(receipt, other).ok
            count["refused"] += 1
        assert not log.verify(receipt, entry, log.other).ok
        # an entry says its number itself, also where a receipt could be told another
        assert entry.startswith(b'{"seq":%d,' % seq), entry
        count["refused"] += 1
    print(json.dumps(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
