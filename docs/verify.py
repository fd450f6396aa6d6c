#!/usr/bin/env python3
"""A second verifier of Estafet ledgers, written to be read.

It shares no code with `estafet verify`; both are held to docs/FORMAT.md and must give the same verdict. It needs
Python 3.9 or newer and two packages: `pip install cryptography blake3`.

    python3 docs/verify.py DIR|FILE [--vkey V].. [--receipt FILE].. [--since FILE] [--json]

DIR is a data directory, FILE a bundle (FORMAT section 7) or evidence of a fork. Exit 0: intact; 3: not, and the
report names the first bad entry and the check that found it; 2: usage, or a path that cannot be read; 10: another
format version. With --each, paths are read from stdin, one a line, and each is answered by a line of JSON; behind a tab
each may have receipts of its own.

What it does NOT check: the domain rules (who may say what, docs/DOMAIN.md). They are replayed by `estafet verify`
only; here the check `rules` covers what FORMAT itself demands of a statement and is otherwise reported as skipped. So
the subjects of an entry are taken as they stand: that they are the right ones for what it says is a rule, too.

The text in quotation marks above a function is the sentence of FORMAT that the function checks.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import struct
import sys

from blake3 import blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

# The checks, in the order of FORMAT section 9.
CHECKS = ["entries", "chain", "tree", "checkpoint", "witnesses", "signatures", "links", "rules", "details", "index",
          "access"]
RULES_SKIPPED = "the domain rules are replayed by estafet only; each statement is whole, from its speaker, its jti new"
NO_HEAD = 1 << 64
# The format of directories that this program reads, and bytes of a commit header in it.
FORMAT, COMMIT_HEADER = 2, 64


class Bad(Exception):
    """Something that is not as FORMAT says: found by a check, in a file, resting on an entry (or on none)."""

    def __init__(self, check, detail, seq=None, file=""):
        super().__init__(detail)
        self.check, self.detail, self.seq, self.file = check, detail, seq, file


class Unreadable(Exception):
    """Text that is not what it should be; who reads it knows which check that concerns."""


class OtherVersion(Exception):
    """The ledger is of another format, or judged by other rules, than this program reads."""


# --- Hashes and encodings ---------------------------------------------------------------------------------------


def crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC32C_TABLE = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC32C_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def sha256(data):
    return hashlib.sha256(data).digest()


def derive_key(context, data):
    return blake3(data, derive_key_context=context).digest()


# "link(n) = BLAKE3.derive_key("estafet 2026-11 chain v1", entry bytes n)"
def link_of(entry):
    return derive_key("estafet 2026-11 chain v1", entry)


# "entry 0 has prev = BLAKE3.derive_key("estafet 2026-11 genesis v1", origin)"
def genesis(origin):
    return derive_key("estafet 2026-11 genesis v1", origin.encode())


def encode64(data):
    return base64.b64encode(data).decode()


def encode64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode64(text):
    """Standard base64 with padding, in its one spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Unreadable("no base64") from error
    if encode64(data) != text:
        raise Unreadable("base64 with spare bits")
    return data


# "base64url without padding and with zero spare bits"
def decode64url(text):
    if not re.fullmatch("[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Unreadable("no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode64url(data) != text:
        raise Unreadable("base64url with spare bits")
    return data


def hash_of(text):
    """32 bytes in standard base64."""
    data = decode64(text) if isinstance(text, str) else b""
    if len(data) != 32:
        raise Unreadable("no hash")
    return data


# "no duplicate JSON keys, UTF-8 only, depth <= 32, integers within +-(2^53-1), no number with `.`, `e` or `-0`"
def strict_json(data):
    def no_key_twice(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    def integer(text):
        if text == "-0" or len(text) > 17 or abs(int(text)) > 2**53 - 1:
            raise ValueError("no plain integer")
        return int(text)

    def refused(text):
        raise ValueError("a number that is no integer: " + text)

    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=no_key_twice, parse_int=integer, parse_float=refused,
                           parse_constant=refused)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Unreadable("no strict JSON: %s" % error) from error
    if depth(value) > 32:
        raise Unreadable("nested deeper than 32")
    return value


def depth(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max((depth(one) for one in inside), default=0)


# "RFC 8785 form": no white space, keys sorted by UTF-16, the shortest escapes. Numbers are integers already.
def canonical(value):
    def ordered(value):
        if isinstance(value, dict):
            return {name: ordered(value[name]) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))}
        return [ordered(one) for one in value] if isinstance(value, list) else value

    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":"))


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return is_integer(value) and value >= 0


def members(value, must, may=()):
    """An object that has every member of `must`, and no others than those of `must` and `may`."""
    if not isinstance(value, dict) or not set(must) <= set(value) <= set(must) | set(may):
        raise Unreadable("a member is missing, or one does not belong there")
    return value


def number_of(value):
    if not is_number(value):
        raise Unreadable("no number")
    return value


def text_of(value):
    if not isinstance(value, str):
        raise Unreadable("no text")
    return value


def list_of(value, each):
    if not isinstance(value, list):
        raise Unreadable("no list")
    return [each(one) for one in value]


# --- Section 5: the tree and its proofs -------------------------------------------------------------------------


# "leaf = SHA256(0x00 || entry), node = SHA256(0x01 || left || right), empty root = SHA256("")"
def leaf_hash(entry):
    return sha256(b"\0" + entry)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


# "Split at the largest power of two below n." (RFC 6962 section 2.1)
def root_of(leaves):
    """The root over leaf hashes: neighbours are paired, level by level; one without a neighbour moves up."""
    if not leaves:
        return sha256(b"")
    while len(leaves) > 1:
        paired = [node_hash(leaves[n], leaves[n + 1]) for n in range(0, len(leaves) - 1, 2)]
        leaves = paired + leaves[len(leaves) - len(leaves) % 2:]
    return leaves[0]


def root_from_inclusion(index, size, leaf, proof):
    """RFC 9162 section 2.1.3.2; None for a proof of the wrong length."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def roots_from_consistency(old_size, old_root, new_size, proof):
    """RFC 9162 section 2.1.4.2: the roots of both trees as the proof gives them; None where it has no such form."""
    if old_size == 0 or old_size >= new_size:
        return None
    rest = list(proof)
    if old_size & (old_size - 1):  # else the old tree is one whole subtree, and its root begins the proof
        if not rest:
            return None
        old_root = rest.pop(0)
    if not rest:
        return None
    node, last, old, new = old_size - 1, new_size - 1, old_root, old_root
    while node & 1:
        node, last = node >> 1, last >> 1
    for sibling in rest:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def extends(old, new, proof):
    """Whether the tree of checkpoint `new` begins with the tree of checkpoint `old`."""
    if old.size == new.size:
        return not proof and old.root == new.root
    if old.size == 0:
        return not proof and old.root == sha256(b"")
    return roots_from_consistency(old.size, old.root, new.size, proof) == (old.root, new.root)


# --- Section 5: checkpoints -------------------------------------------------------------------------------------


class Checkpoint:
    """A signed note: its text, its signature lines (name, blob), and what the text says."""

    def __init__(self, note, extended=False):
        # "Signed note: text, empty line, signature lines `U+2014 SP name SP base64(keyid[4] || sig) LF`"; "A note is
        # UTF-8 without control characters but line feeds."
        place = note.rfind("\n\n")
        if place < 0 or not note.endswith("\n") or place + 2 >= len(note) or re.search("[\0-\x09\x0b-\x1f]", note):
            raise Unreadable("no signed note")
        self.note, self.text, self.lines = note, note[:place + 1], []
        for line in note[place + 2:-1].split("\n"):
            match = re.fullmatch("\u2014 ([^ ]+) (.+)", line)
            blob = decode64(match.group(2)) if match else b""
            if len(blob) < 5:
                raise Unreadable("no signature line")
            self.lines.append((match.group(1), blob))
        # "Checkpoint text = `origin LF size LF base64(root) LF`, no extension lines"
        parts = self.text.split("\n")
        lines = len(parts) >= 4 and all(parts[3:-1]) if extended else len(parts) == 4
        if not lines or not parts[0] or not re.fullmatch("0|[1-9][0-9]{0,19}", parts[1]):
            raise Unreadable("no checkpoint")
        self.origin, self.size, self.root = parts[0], int(parts[1]), hash_of(parts[2])
        if self.size >= 1 << 64:
            raise Unreadable("no checkpoint")


def checkpoint_in(text, extended=False):
    if not isinstance(text, str):
        raise Unreadable("no signed checkpoint")
    return Checkpoint(text, extended)


# "vkey = `<name>+<8 hex of key id>+<base64(type || key)>`"; "key id = first 4 bytes of SHA256(name || 0x0A || type ||
# public key); type 0x01 Ed25519 over the text"
class Vkey:
    kind = 1

    def __init__(self, text):
        parts = text.split("+", 2) if isinstance(text, str) else []
        if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
            raise Unreadable("no verifier key")
        self.name, typed = parts[0], decode64(parts[2])
        if len(typed) != 33 or typed[0] != self.kind or not is_ed25519_point(typed[1:]) or is_small_order(typed[1:]):
            raise Unreadable("no Ed25519 verifier key")
        self.key, self.id, self.text = typed[1:], sha256(self.name.encode() + b"\n" + typed)[:4], text
        if self.id.hex() != parts[1]:
            raise Unreadable("a verifier key with another key id")

    def lines(self, checkpoint):
        """The signatures that are said to be by this key."""
        return [blob[4:] for name, blob in checkpoint.lines if name == self.name and blob[:4] == self.id]

    def signed(self, checkpoint):
        """Whether a line is by this key. A line by it that does not verify refuses the note as a whole."""
        lines = self.lines(checkpoint)
        return bool(lines) and all(verify_ed25519(self.key, checkpoint.text.encode(), line) for line in lines)


# "Cosignature (type 0x04, Ed25519): message = `cosignature/v1 LF time <posix seconds> LF` + checkpoint text; blob after
# key id = u64 big-endian time || signature"
class CosignerVkey(Vkey):
    kind = 4

    def signed(self, checkpoint):
        """Whether a line is by this witness. A line by it that does not verify is Unreadable."""
        lines = self.lines(checkpoint)
        for line in lines:
            time = int.from_bytes(line[:8], "big")
            message = "cosignature/v1\ntime %d\n%s" % (time, checkpoint.text)
            if len(line) != 72 or time >= 1 << 63 or not verify_ed25519(self.key, message.encode(), line[8:]):
                raise Unreadable("size %d, %s: the signature does not verify" % (checkpoint.size, self.name))
        return bool(lines)


# --- Section 1: signatures --------------------------------------------------------------------------------------

P25519 = 2**255 - 19
D25519 = -121665 * pow(121666, -1, P25519) % P25519
# "small-order keys and small-order R refused, in every encoding": y of the points of order 1, 2, 4 and 8, with the
# two that are also written as y + p; the sign bit is left out of the comparison.
ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = {0, 1, ORDER_8, P25519 - ORDER_8, P25519 - 1, P25519, P25519 + 1}


def is_small_order(point):
    return int.from_bytes(point, "little") & (1 << 255) - 1 in SMALL_ORDER


def is_ed25519_point(point, written_plainly=False):
    """Whether 32 bytes decode to a point (RFC 8032 section 5.1.3); plainly: y below p, no minus zero."""
    y, sign = int.from_bytes(point, "little") & (1 << 255) - 1, point[31] >> 7
    square = (y * y - 1) * pow(D25519 * y * y + 1, -1, P25519) % P25519
    if square and pow(square, (P25519 - 1) // 2, P25519) != 1:
        return False
    return not written_plainly or (y < P25519 and (square or not sign))


# "Ed25519: strict; small-order keys and small-order R refused"
def verify_ed25519(key, message, signature):
    if len(signature) != 64 or is_small_order(key) or is_small_order(signature[:32]):
        return False
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# "`ES256` (raw r||s, either s)"
def verify_es256(key, message, signature):
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


class StatementKey:
    """A registered key: "the registered key pins" the algorithm; "`kid` = RFC 7638 SHA-256 thumbprint"."""

    def __init__(self, jwk):
        if not isinstance(jwk, dict) or not all(isinstance(value, str) for value in jwk.values()):
            raise Unreadable("no JWK")
        x = decode64url(jwk.get("x", ""))
        if set(jwk) == {"crv", "kty", "x"} and (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519"):
            # "a key is written as RFC 8032 writes its point, so one key has one thumbprint"
            if len(x) != 32 or not is_ed25519_point(x, written_plainly=True) or is_small_order(x):
                raise Unreadable("no Ed25519 key, or a weak one")
            self.alg, self.key = "Ed25519", x
        elif set(jwk) == {"crv", "kty", "x", "y"} and (jwk["kty"], jwk["crv"]) == ("EC", "P-256"):
            y = decode64url(jwk["y"])
            point = (int.from_bytes(x, "big"), int.from_bytes(y, "big"))
            try:
                self.key = ec.EllipticCurvePublicNumbers(*point, ec.SECP256R1()).public_key()
            except ValueError as error:
                raise Unreadable("no point of P-256") from error
            if len(x) != 32 or len(y) != 32:
                raise Unreadable("coordinates have 32 bytes")
            self.alg = "ES256"
        else:
            raise Unreadable("no Ed25519 or P-256 key")
        self.kid = encode64url(sha256(canonical(jwk).encode()))

    def verify(self, alg, message, signature):
        if alg != self.alg:
            return False
        return (verify_ed25519 if alg == "Ed25519" else verify_es256)(self.key, message, signature)


# --- Section 2: entries -----------------------------------------------------------------------------------------

VISIBLE = r'[!#-\[\]-~]'
ENTRY = re.compile(
    r'\{"seq":(?P<seq>0|[1-9][0-9]*),"at":"(?P<at>[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z)","prev":"(?P<prev>[A-Za-z0-9_-]{43})",'
    r'"links":\{\},'
    r'(?:"jwt":"(?P<jwt>[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)"'
    r'|"by":\{(?:"agency":"(?P<agency>%s+)","via":"(?P<via>%s+)"|"ledger":"(?P<voice>%s+)")\},'
    r'"statement":(?P<statement>\{.*\}))\}' % (VISIBLE, VISIBLE, VISIBLE), re.DOTALL)
LINKS = re.compile(r'\{"seq":[0-9]+,"at":"[^"]*","prev":"[^"]*","links":\{((?:"%s+":\[[0-9,-]*\],?)*)\},' % VISIBLE)
LINK = re.compile(r'"(%s+)":\[([1-9][0-9]*),(-1|0|[1-9][0-9]*),(-1|0|[1-9][0-9]*)\]' % VISIBLE)


class Entry:
    """An entry's bytes and what they say."""

    def __init__(self, data):
        # "Bytes that would not be written again exactly so are no entry": the form allows one spelling only.
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable("no UTF-8") from error
        links = LINKS.match(text)
        # subjects may hold any visible character: they are taken out before the rest is compared with the form
        plain = text[:links.start(1)] + text[links.end(1):] if links else text
        match = ENTRY.fullmatch(plain)
        if not links or not match or len(data) > 65535:
            raise Unreadable("no entry")
        self.bytes, self.seq, self.at = data, int(match["seq"]), match["at"]
        self.prev, self.jwt, self.statement = decode64url(match["prev"]), match["jwt"], match["statement"]
        self.agency, self.via, self.voice = match["agency"], match["via"], match["voice"]
        self.links = read_links(links.group(1))
        if self.seq >= 1 << 64 or not is_instant(self.at):
            raise Unreadable("no number or instant of an entry")
        if self.statement is not None and not is_one_object(self.statement):
            raise Unreadable("no JSON object without white space")


# "`links`: each subject, at most 256, sorted bytewise, with [ordinal .., seq .. or -1, seq .. or -1]"
def read_links(text):
    links, place = {}, 0
    while place < len(text):
        match = LINK.match(text, place)
        if not match:
            raise Unreadable("no link")
        subject, numbers = match.group(1), [int(number) for number in match.groups()[1:]]
        if (links and subject <= next(reversed(links))) or max(numbers) >= 1 << 63:
            raise Unreadable("subjects that are not sorted, or numbers too large")
        links[subject], place = numbers, match.end()
        if place < len(text) and (text[place] != "," or place + 1 == len(text)):
            raise Unreadable("no comma between links")
        place += 1
    if len(links) > 256:
        raise Unreadable("more than 256 subjects")
    return links


# "`at`: UTC, 27 characters, six digits of fraction"
def is_instant(text):
    try:
        datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return len(text) == 27 and text[17:19] < "60"


# "A statement of the last two forms nests at most 64 levels and ends the entry." Whether it is JSON is asked later.
def is_one_object(text):
    outside = re.sub(r'"(?:[^"\\\x00-\x1f]|\\.)*"', "", text, flags=re.DOTALL)
    if not re.fullmatch(r"[][{},:+.0-9a-zE-]*", outside):
        return False
    opened = []
    for place, character in enumerate(outside):
        if character in "{[":
            opened.append("}" if character == "{" else "]")
            if len(opened) > 64:
                return False
        elif character in "}]":
            if not opened or opened.pop() != character or (not opened and place + 1 < len(outside)):
                return False
    return not opened


# --- Section 3: ledger.toml, head, segments ---------------------------------------------------------------------


class Directory:
    """What is found of a data directory, check by check. `bad` is everything that is wrong, as it is met."""

    def __init__(self, path):
        self.path, self.bad = path, []
        self.origin = self.zone = self.format = None
        self.slots = []  # [(link, checkpoint)], the one that counts first
        self.head_size = NO_HEAD
        self.entries, self.files = [], []  # sound and in order, and the segment each stands in
        self.link, self.broken = None, False
        self.torn_bytes = 0

    def found(self, check, file, detail, seq=None):
        self.bad.append(Bad(check, detail, seq, file))

    def read(self, name):
        """A file's bytes; None where there is none."""
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None


# "ledger.toml: `format = 2`, `origin = ".."`, `zone = ".."`, three lines in that order"
def check_manifest(directory):
    data = directory.read("ledger.toml")
    if data is None:
        return directory.found("entries", "ledger.toml", "it is missing")
    plain = rb'([!#-*,-\[\]-~]{1,255})'
    match = re.fullmatch(rb'format = (0|[1-9][0-9]{0,9})\norigin = "%s"\nzone = "%s"\n' % (plain, plain), data)
    if not match or int(match.group(1)) >= 1 << 32:
        return directory.found("entries", "ledger.toml", "not the three lines of a ledger")
    directory.format = int(match.group(1))
    directory.origin, directory.zone = match.group(2).decode(), match.group(3).decode()
    other = origin_of_the_rest(directory)
    if other is not None and other != directory.origin:
        directory.origin = directory.zone = directory.format = None
        directory.found("entries", "ledger.toml", "head and log are of the ledger %s" % other)


def origin_of_the_rest(directory):
    """The origin that head and the first segment agree on: then it is ledger.toml that is wrong, not they."""
    slots = [slot for slot in read_slots(directory.read("head") or b"") if isinstance(slot, dict)]
    header = read_segment_header((directory.read("log/%020d.seg" % 0) or b"")[:128])
    if not slots or header is None:
        return None
    try:
        origin = checkpoint_in(max(slots, key=lambda slot: slot["counter"])["note"]).origin
    except Unreadable:
        return None
    return origin if header["origin"] == blake3(origin.encode()).digest() else None


# "head, 8,192 bytes, two slots of 4,096 written in turn: magic `45 48 00 FF`, u32 note length, u64 counter, link (32),
# the checkpoint as a signed note, zeros, crc32c of the first 4,092 bytes (last 4 bytes)"
def read_slots(data):
    """Each slot: a dict, None for zeros, or "torn"."""
    if len(data) != 8192:
        return ["torn", "torn"]
    return [read_slot(data[:4096]), read_slot(data[4096:])]


def read_slot(slot):
    if slot == bytes(4096):
        return None
    magic, length, counter, link = struct.unpack_from("<4sIQ32s", slot)
    if magic != b"\x45\x48\x00\xff" or length > 4096 - 52 or slot[48 + length:4092].strip(b"\0"):
        return "torn"
    if struct.pack("<I", crc32c(slot[:4092])) != slot[4092:]:
        return "torn"
    try:
        return {"counter": counter, "link": link, "note": slot[48:48 + length].decode("utf-8")}
    except UnicodeDecodeError:
        return "torn"


# "The valid slot with the higher counter counts; a slot that is neither valid nor all zeros is .. damage."
def check_head(directory):
    data = directory.read("head")
    if data is None:
        return directory.found("entries", "head", "it is missing")
    slots = read_slots(data)
    for number, slot in enumerate(slots):
        if slot == "torn":
            directory.found("checkpoint", "head", "slot %d is neither valid nor zeros" % number)
    valid = sorted((slot for slot in slots if isinstance(slot, dict)), key=lambda slot: slot["counter"], reverse=True)
    if not valid:
        directory.found("checkpoint", "head", "no valid slot")
    for slot in valid:
        try:
            checkpoint = checkpoint_in(slot["note"])
        except Unreadable:
            checkpoint = None
        if checkpoint is None or directory.origin not in (None, checkpoint.origin):
            directory.found("tree", "head", "a slot without a checkpoint of this ledger")
        else:
            directory.slots.append((slot["link"], checkpoint))
    if directory.slots:
        directory.head_size = directory.slots[0][1].size


# "Segment header, 128 bytes, little endian: magic .. (8), version u32 = 2, flags u32 = 0, first seq u64, prev link (32),
# BLAKE3 of origin (32), zeros (32), crc32c u32 of the first 120 + zero u32"
def read_segment_header(data):
    """None for anything else; the version is for the caller to judge."""
    if len(data) < 128:
        return None
    magic, version, flags, first, prev, origin, zeros, crc, zero = struct.unpack_from("<8sIIQ32s32s32sII", data)
    sound = magic == b"\x45\x53\x54\x41\x00\xff\x53\x31" and flags == 0 and zeros == bytes(32) and zero == 0
    if not sound or crc != crc32c(data[:120]):
        return None
    return {"version": version, "first": first, "prev": prev, "origin": origin}


# "log/<first seq, 20 digits>.seg"; "`.tmp` files are ignored"
def segment_names(directory):
    try:
        names = sorted(os.listdir(os.path.join(directory.path, "log")))
    except FileNotFoundError:
        directory.found("entries", "log", "it is missing", 0)
        return []
    segments = [name for name in names if re.fullmatch(r"[0-9]{20}\.seg", name) and int(name[:20]) < 1 << 64]
    for name in names:
        if name not in segments and not name.endswith(".tmp"):
            directory.found("entries", "log/" + name, "no file of the log")
    return segments


class Position:
    """Where a walk stands: number, link and instant that the next entry must continue."""

    def __init__(self, seq, link, at=""):
        self.seq, self.link, self.at = seq, link, at


def check_segments(directory):
    names, position = segment_names(directory), None
    if directory.origin is not None:
        position = Position(0, genesis(directory.origin))
    for name in names:
        data = directory.read("log/" + name) or b""
        start = check_segment_header(directory, name, data, position)
        if start is not None:
            position = walk_segment(directory, name, data, start, name == names[-1])
    if directory.format not in (None, FORMAT):
        directory.found("entries", "ledger.toml", "a format that the segments do not have")
    if directory.slots and not directory.broken:
        if len(directory.entries) < directory.head_size:
            file = "log/" + names[-1] if names else "log"
            directory.found("entries", file, "the log ends before head's size", len(directory.entries))


def check_segment_header(directory, name, data, expected):
    """Checks that a segment belongs here and continues the one before; gives where its walk begins."""
    file, first, header = "log/" + name, int(name[:20]), read_segment_header(data[:128])
    wrong = None
    if header is None:
        wrong = ("entries", "no segment header")
    elif header["version"] != FORMAT:
        # "A version other than 2: exit 10 if header and ledger.toml agree on it, else corruption."
        if header["version"] == directory.format:
            raise OtherVersion("format %s; this program reads %d" % (header["version"], FORMAT))
        wrong = ("entries", "another version")
    elif header["first"] != first:
        wrong = ("chain", "the header is of another segment")
    elif directory.origin is not None and header["origin"] != blake3(directory.origin.encode()).digest():
        wrong = ("entries", "a segment of another ledger")
    if wrong:
        directory.found(wrong[0], file, wrong[1], first)
        directory.broken = True
        # its entries can still be walked where the segment before ended soundly
        return expected if expected is not None and expected.seq == first else None
    fits = expected is None or (expected.seq, expected.link) == (first, header["prev"])
    if not fits and not directory.broken:
        directory.found("chain", file, "the segment does not continue the one before", expected.seq)
        directory.broken = True
    return expected if expected is not None and fits else Position(first, header["prev"])


def walk_segment(directory, name, data, position, is_last):
    """Every byte is a header's, a body's, or must be zero. Takes the entries of sound commits."""
    file, end = "log/" + name, 128
    while True:
        # "Commit: starts on a 512-byte boundary"
        start = -(-end // 512) * 512
        offset = first_nonzero(data, end)
        if offset is None:
            return position  # "Zeros may end any segment"
        try:
            if not start <= offset < start + COMMIT_HEADER:
                # "Every byte outside headers and bodies up to the end of the last commit is zero."
                start = offset - offset % 512 - 512
                raise Bad("entries", "byte %d: outside of commits, and not zero" % offset, position.seq)
            entries, length = read_commit(data, start, position)
        except Bad as bad:
            later = has_later_commit(data, start + 512)
            report_bad_commit(directory, file, bad, is_last and not later, position, len(data.rstrip(b"\0")) - end)
            return position
        take_commit(directory, file, entries)
        position = Position(entries[-1].seq + 1, link_of(entries[-1].bytes), entries[-1].at)
        if not directory.broken:
            directory.link = position.link
        end = start + COMMIT_HEADER + length


def first_nonzero(data, start):
    for place in range(start, len(data), 4096):
        rest = data[place:place + 4096].lstrip(b"\0")
        if rest:
            return min(place + 4096, len(data)) - len(rest)
    return None


# "header 64 bytes: magic `45 43 00 FF`, count u32, first seq u64, body length u32, crc32c of body u32, zero u32, MAC (32),
# crc32c of the first 60 bytes u32, all little endian; body = (u32 length, entry bytes)*; at most 16 MiB". The MAC shows
# the ledger which commits beyond head are its own; who verifies has no key for it.
def read_commit_header(data, start):
    header = data[start:start + COMMIT_HEADER]
    if len(header) < COMMIT_HEADER:
        return None
    magic, count, first, length, body_crc, zero, _mac, crc = struct.unpack("<4sIQIII32sI", header)
    sound = magic == b"\x45\x43\x00\xff" and zero == 0 and 0 < count and length <= 16 << 20
    return (count, first, length, body_crc) if sound and crc == crc32c(header[:60]) else None


def read_commit(data, start, position):
    """The entries of a commit and the length of its body. A commit counts whole or not at all."""
    header = read_commit_header(data, start)
    if header is None:
        raise Bad("entries", "no commit header", position.seq)
    count, first, length, body_crc = header
    body = data[start + COMMIT_HEADER:start + COMMIT_HEADER + length]
    if len(body) < length:
        raise Bad("entries", "a commit that is cut off", position.seq)
    if crc32c(body) != body_crc:
        raise Bad("entries", "a commit with another checksum", first_damaged(body, position))
    if first != position.seq:
        raise Bad("entries", "a commit that does not follow the one before", position.seq)
    records = split_records(body)
    if records is None or len(records) != count:
        raise Bad("entries", "a commit whose records do not add up", position.seq)
    entries, next_one = [], Position(position.seq, position.link, position.at)
    for record in records:
        try:
            entry = Entry(record)
        except Unreadable as why:
            raise Bad("entries", str(why), position.seq) from why
        if entry.seq != next_one.seq:
            raise Bad("entries", "an entry with another number", position.seq)
        # "`prev` = link of the entry before"
        if entry.prev != next_one.link:
            raise Bad("chain", "an entry that does not carry the link of the one before", position.seq)
        # "`at`: .. never decreasing"
        if entry.at < next_one.at:
            raise Bad("entries", "an entry earlier than the one before", position.seq)
        entries.append(entry)
        next_one = Position(entry.seq + 1, link_of(record), entry.at)
    return entries, length


def split_records(body):
    """None where what is left is no record."""
    records, place = [], 0
    while place < len(body):
        length = int.from_bytes(body[place:place + 4], "little")
        record = body[place + 4:place + 4 + length]
        if len(body) < place + 4 or not 1 <= length <= 65535 or len(record) < length:
            return None
        records.append(record)
        place += 4 + length
    return records


def first_damaged(body, position):
    """The entry of a commit that its checksum does not fit: the first that does not decode or follow, or the one
    before where it is only its link that the next does not carry."""
    seq, link, place = position.seq, position.link, 0
    while place < len(body):
        length = int.from_bytes(body[place:place + 4], "little")
        record = body[place + 4:place + 4 + length]
        try:
            if len(body) < place + 4 or not 1 <= length <= 65535 or len(record) < length:
                return seq
            entry = Entry(record)
        except Unreadable:
            return seq
        if entry.seq != seq:
            return seq
        if entry.prev != link:
            break
        seq, link, place = seq + 1, link_of(record), place + 4 + length
    return max(seq - 1, position.seq)


def has_later_commit(data, start):
    """Whether a sound commit header stands at a boundary from here on: then what is bad before it is no torn tail."""
    place = data.find(b"\x45\x43\x00\xff", start)
    while place >= 0:
        if place % 512 == 0 and read_commit_header(data, place):
            return True
        place = data.find(b"\x45\x43\x00\xff", place + 1)
    return False


# "A bad commit may be cut only if it is the last thing, no later valid commit header follows, and it lies at or beyond
# head's size"; such a tail is reported as torn and is no damage.
def report_bad_commit(directory, file, bad, is_last_thing, position, length):
    if is_last_thing and position.seq >= directory.head_size:
        directory.torn_bytes = length
        return
    directory.found(bad.check, file, bad.detail, bad.seq)
    directory.broken = True


def take_commit(directory, file, entries):
    for entry in entries:
        # head's "link (32)" is that of the last entry its checkpoint covers
        for link, checkpoint in directory.slots:
            if not directory.broken and checkpoint.size == entry.seq + 1 and link != link_of(entry.bytes):
                directory.found("tree", "head", "the link in head is not that of entry %d" % entry.seq)
        if entry.seq == 0:
            check_manifest_agrees(directory, entry)
        if entry.seq == len(directory.entries):  # what stands behind a gap rests on what is missing
            directory.entries.append(entry)
            directory.files.append(file)


# "ledger.toml .. must agree with entry 0"
def check_manifest_agrees(directory, entry):
    opened = opened_by(entry)
    if opened is None or directory.origin is None:
        return
    if (opened.get("origin"), opened.get("zone")) != (directory.origin, directory.zone):
        directory.found("entries", "ledger.toml", "entry 0 says otherwise")


def opened_by(entry):
    """The data of `ledger.opened`."""
    try:
        said = strict_json((entry.statement or "").encode())
    except Unreadable:
        return None
    data = said.get("data")
    return data if said.get("type") == "ledger.opened" and isinstance(data, dict) else None


# "A program that does not know the number opens nothing and ends with exit code 10." (DOMAIN section 5)
def check_rules(entries):
    """The rule set that `ledger.opened` names; absent is 1."""
    statement = entries[0].statement or "" if entries and entries[0].seq == 0 else ""
    if '"type":"ledger.opened"' in statement:
        for named in re.findall(r'"rules":([^,}]*)', statement):
            if named not in ("1", "null"):
                raise OtherVersion("the entries are judged by rule set %s; this program knows rule set 1" % named[:60])


# --- Section 9: tree and checkpoint signature -------------------------------------------------------------------


class Trust:
    """Whose signature under a checkpoint counts: a key that was given and those that follow it, else every key that the
    log names: entry 0 the first, each rotation the next, vouched for by the one before."""

    def __init__(self, given, entries):
        self.given, self.chain, self.bad = given, [], []
        for entry in entries:
            if entry.seq == 0:
                self.begin(entry)
            elif entry.voice == "rotate":
                self.follow(entry)
        at = next((place for place, key in enumerate(self.chain) if key.text in {one.text for one in given}), None)
        self.keys = given + self.chain[at:] if at is not None else given or self.chain

    def begin(self, entry):
        try:
            self.chain = [Vkey((opened_by(entry) or {}).get("vkey"))]
        except Unreadable:
            self.bad.append(("rules", "entry 0 must be ledger.opened and name the ledger's key", entry.seq))

    # "`ledger.key_rotated`: .. signature (base64, by the key before, over `estafet key rotation LF origin LF old vkey LF
    # new vkey LF`)"
    def follow(self, entry):
        try:
            said = strict_json(entry.statement.encode())
            data = said.get("data") if isinstance(said, dict) and said.get("type") == "ledger.key_rotated" else None
            if not self.chain or not isinstance(data, dict):
                raise Unreadable("no rotation of a key")
            old, new = self.chain[-1], Vkey(data.get("vkey"))
            text = "estafet key rotation\n%s\n%s\n%s\n" % (old.name, old.text, new.text)
            signature = decode64(text_of(data.get("signature")))
            if new.name != old.name or not verify_ed25519(old.key, text.encode(), signature):
                raise Unreadable("the key before does not vouch for the next")
            self.chain.append(new)
        except Unreadable as why:
            self.bad.append(("checkpoint", str(why), entry.seq))

    def whose(self):
        return "any --vkey" if self.given else "a key that the log names"

    def signed(self, checkpoint):
        """Whether one of them signed it. A line by any of them that does not verify refuses the note as a whole."""
        # "Without --vkey it says 'self-consistent only'."
        lines = [key.lines(checkpoint) for key in self.keys]
        return any(lines) and all(verify_ed25519(key.key, checkpoint.text.encode(), line)
                                  for key, found in zip(self.keys, lines) for line in found)


def check_checkpoints(directory, trust):
    """The root of the entries at the size of each checkpoint in head, and the signature of each."""
    leaves = [leaf_hash(entry.bytes) for entry in directory.entries]
    for _, checkpoint in directory.slots:
        if not trust.signed(checkpoint):
            directory.found("checkpoint", "head", "the checkpoint of size %d is not signed by %s" % (
                checkpoint.size, trust.whose()))
        if checkpoint.size <= len(leaves) and root_of(leaves[:checkpoint.size]) != checkpoint.root:
            directory.found("tree", "head", "size %d: the entries have another root" % checkpoint.size)
    return leaves


class Witnesses:
    """The witnesses and the quorum that the log names, and the notes with lines of witnesses. `cosigned/` holds "each
    its checkpoint with the line of one witness, and the one that was published last with all of them"."""

    def __init__(self, notes):
        self.notes, self.keys, self.retired, self.quorums = notes, {}, {}, [(-1, 0)]

    def take(self, entry, said):
        """What an entry says of witnesses and policy; each counts for checkpoints that hold the entry."""
        if said.type == "witness.registered" and isinstance(said.data.get("name"), str):
            self.keys[said.data["name"]] = (entry.seq, CosignerVkey(said.data.get("vkey")))
            self.retired.pop(said.data["name"], None)
        elif said.type == "witness.retired" and isinstance(said.data.get("name"), str):
            self.retired[said.data["name"]] = entry.seq
        elif said.type in ("ledger.opened", "policy.changed"):
            policy = said.data.get("policy") if said.type == "ledger.opened" else said.data
            quorum = policy.get("witness_quorum") if isinstance(policy, dict) else None
            if is_integer(quorum):
                self.quorums.append((entry.seq, quorum))

    def counting(self, size):
        """Witnesses registered by an entry of a checkpoint, and retired by none of it."""
        return [key for name, (seq, key) in self.keys.items() if seq < size and not self.retired.get(name, size) < size]

    def quorum(self, size):
        return [quorum for seq, quorum in self.quorums if seq < size][-1]

    def judge(self, held, root_at, origin, trusted):
        """(what is wrong, as (file, detail), and what is told: (ok or skipped, detail)), by the roots of a log of `held`
        entries."""
        # the largest size that each of those who are trusted has signed, by key: a name may be another's in the log
        bad, signed, reached = [], {}, {}
        for file, note in self.notes:
            try:
                checkpoint = checkpoint_in(note)
                if origin not in (None, checkpoint.origin):
                    raise Unreadable("a checkpoint of another log")
                counting = {key.name for key in self.counting(checkpoint.size) if key.signed(checkpoint)}
                by_trusted = [place for place, key in enumerate(trusted) if key.signed(checkpoint)]
                names = counting or by_trusted
                if names and checkpoint.size > held:
                    raise Unreadable("a witness has signed %d entries; the log holds fewer" % checkpoint.size)
                if names and root_at(checkpoint.size) != checkpoint.root:
                    raise Unreadable("a witness has signed another root at size %d" % checkpoint.size)
            except Unreadable as why:
                bad.append((file, str(why)))
                continue
            for place in by_trusted:
                reached[place] = max(reached.get(place, 0), checkpoint.size)
            if counting:
                signed[checkpoint.size] = signed.get(checkpoint.size, set()) | counting
        bad.extend(("cosigned", "nothing here is cosigned by %s" % key.name) for place, key in enumerate(trusted) if place not in reached)
        return bad, self.told(signed, min(reached.values()) if trusted and len(reached) == len(trusted) else None)

    def told(self, signed, by_all):
        if by_all is not None:
            return "ok", "size %d is cosigned by every witness that was given" % by_all
        met = [size for size in sorted(signed) if len(signed[size]) >= self.quorum(size)]
        if met:
            names = ", ".join(sorted(signed[met[-1]]))
            return "ok", "size %d is cosigned by %s, a quorum of %d" % (met[-1], names, self.quorum(met[-1]))
        if signed:
            return "skipped", "size %d is cosigned by fewer than policy asks for" % max(signed)
        return "skipped", "no cosignature of a registered witness is here" if self.keys else "no witness is registered"


def read_cosigned(directory):
    try:
        names = sorted(os.listdir(os.path.join(directory.path, "cosigned")))
    except FileNotFoundError:
        return []
    names = ["cosigned/" + name for name in names if name == "published" or re.fullmatch("[0-9A-Fa-f]{64}", name)]
    found = [(name, directory.read(name)) for name in names]
    return [(name, data.decode("utf-8", "replace")) for name, data in found if data is not None]


# --- Section 1: statements --------------------------------------------------------------------------------------

ID = re.compile("[a-z0-9][a-z0-9._-]{0,127}")


class Statement:
    """What an entry says: who, under which jti, and which digests it commits to."""

    def __init__(self, entry):
        self.signed = entry.jwt is not None
        said = self.read_jwt(entry.jwt) if self.signed else self.read_attested(entry)
        after, corrects = said.get("after") or {}, said.get("corrects")
        if not isinstance(said["jti"], str) or not re.fullmatch("[ -~]{1,128}", said["jti"]):
            raise Unreadable("no jti")
        if not isinstance(said["type"], str) or not isinstance(said["data"], dict):
            raise Unreadable("no type and data")
        if not isinstance(after, dict) or not all(is_integer(n) and n >= 0 for n in after.values()):
            raise Unreadable("no ordinals after")
        if corrects not in (None, {}) and (not is_integer(corrects) or corrects < 0):
            raise Unreadable("no entry to correct")
        self.jti, self.type, self.data = said["jti"], said["type"], said["data"]
        self.digests = read_digests(said["details"]) if "details" in said else []
        if self.type == "key.registered":
            key = StatementKey(self.data.get("jwk"))
            if key.kid != self.data.get("kid"):
                raise Unreadable("a key with another thumbprint")
        if self.type == "witness.registered" and CosignerVkey(self.data.get("vkey")).name != self.data.get("name"):
            raise Unreadable("a witness's key under another name")

    def read_jwt(self, jwt):
        parts = jwt.split(".")
        if len(jwt) > 40000 or len(parts) != 3:
            raise Unreadable("no JWT, or a long one")
        header, claims = (strict_json(decode64url(part)) for part in parts[:2])
        self.message, self.signature = jwt[:jwt.rindex(".")].encode(), decode64url(parts[2])
        if not isinstance(claims, dict) or not isinstance(header, dict):
            raise Unreadable("no header and claims")
        # "Claims: exactly `iss`, `aud`, `jti`, `iat`, `type`, `data`, and optionally `details`, `_sd_alg`, `after`,
        # `corrects`"
        must = {"iss", "aud", "jti", "iat", "type", "data"}
        if not must <= set(claims) <= must | {"details", "_sd_alg", "after", "corrects"}:
            raise Unreadable("other claims")
        if not isinstance(claims["iss"], str) or not ID.fullmatch(claims["iss"]):
            raise Unreadable("iss is no agency")
        if not isinstance(claims["aud"], str) or not is_integer(claims["iat"]):
            raise Unreadable("aud is no string, or iat no integer")
        # "`"_sd_alg":"sha-256"` at top level (absent = sha-256)"
        if claims.get("_sd_alg", "sha-256") != "sha-256":
            raise Unreadable("another hash of details")
        # "Header: exactly `alg`, `kid`, `typ`"; "`alg` = `Ed25519` (`EdDSA` accepted for an Ed25519 key) or `ES256`"
        self.alg = "Ed25519" if header.get("alg") == "EdDSA" else header.get("alg")
        self.kid = header.get("kid") if isinstance(header.get("kid"), str) else ""
        if set(header) != {"alg", "kid", "typ"} or header["typ"] != "estafet+jwt":
            raise Unreadable("another header")
        if self.alg not in ("Ed25519", "ES256") or not re.fullmatch("[A-Za-z0-9_-]{43}", self.kid):
            raise Unreadable("an alg or kid that is not taken")
        if len(self.signature) != 64:
            raise Unreadable("a signature has 64 bytes")
        self.speaker, self.audience = claims["iss"], claims["aud"]
        return claims

    def read_attested(self, entry):
        # "{after?, corrects?, data, details?, jti, type} in RFC 8785 form"
        said = strict_json(entry.statement.encode())
        must = {"jti", "type", "data"}
        if not isinstance(said, dict) or not must <= set(said) <= must | {"details", "after", "corrects"}:
            raise Unreadable("other members")
        empty = [name for name in ("after", "corrects") if name in said and said[name] in (None, {})]
        if empty or canonical(said) != entry.statement or len(entry.statement.encode()) > 40000:
            raise Unreadable("not in RFC 8785 form, or too long")
        if entry.voice is not None:
            # "by":{"ledger":"init|clock|index|rotate|token"}
            if entry.voice not in ("init", "clock", "index", "rotate", "token"):
                raise Unreadable("no voice of the ledger")
            self.speaker = "ledger:"  # no agency's id has a colon
        else:
            token = entry.via[6:] if entry.via.startswith("token:") else None
            if not ID.fullmatch(entry.agency) or not (entry.via == "import" or token and ID.fullmatch(token)):
                raise Unreadable("no speaker")
            self.speaker = entry.agency
        return said


# "`details` = `{"_sd":[<digest>,...]}` and nothing else"; "no digest .. twice"; 1 to 64 of them
def read_digests(details):
    digests = details.get("_sd") if isinstance(details, dict) and len(details) == 1 else None
    if not isinstance(digests, list) or not all(isinstance(digest, str) for digest in digests):
        raise Unreadable("details are {\"_sd\":[..]} and nothing else")
    digests = [decode64url(digest) for digest in digests]
    if not 1 <= len(digests) <= 64 or len(set(digests)) < len(digests) or any(len(one) != 32 for one in digests):
        raise Unreadable("1 to 64 different SHA-256 digests")
    return digests


class Statements:
    """Statements in the order of the log: what each must be, given those before it."""

    def __init__(self, origin):
        self.origin = origin
        self.keys = {}     # kid -> StatementKey, registered by some entry before
        self.owners = {}   # (agency, kid) -> whether it counts
        self.jtis = set()
        self.indexes = []  # (seq, size, root) of ledger.index
        self.rules_hold = True

    def check(self, entry, said, why):
        """Yields (check, detail) for what is wrong. `said` is None where the entry cannot be read, for the reason `why`."""
        if said is None:
            if entry.jwt is not None:
                yield "signatures", why
            if self.rules_hold:
                yield from self.broke("no statement: " + why)
            return
        if said.signed:
            # "checked .. with the key that some entry before registers under the thumbprint in the header"
            key = self.keys.get(said.kid)
            if key is None or not key.verify(said.alg, said.message, said.signature):
                yield "signatures", "no entry before registers the key" if key is None else "the signature does not hold"
        if self.rules_hold:
            for detail in self.rules(entry, said):
                yield from self.broke(detail)
                break
        self.take(entry, said)

    def broke(self, detail):
        """What follows rests on a statement that should not stand: it is not judged."""
        self.rules_hold = False
        yield "rules", detail

    def rules(self, entry, said):
        """What FORMAT demands of a statement beside its form. The domain's rules are not here."""
        # "Same speaker and `jti`, for ever"
        if (said.speaker, said.jti) in self.jtis:
            yield "the jti stands in an entry before"
        # "Entry 0 is `ledger.opened`"
        if (entry.seq == 0) != (said.type == "ledger.opened"):
            yield "entry 0, and no other, is ledger.opened"
        # "entry 1 the registrar's `agency.registered`"
        if entry.seq == 1 and (said.type, entry.voice) != ("agency.registered", "init"):
            yield "entry 1 registers the registrar"
        # "the ledger's own (`jti` = `<voice>-<seq>`)"
        if entry.voice is not None and said.jti != "%s-%d" % (entry.voice, entry.seq):
            yield "the ledger's jti names its voice and its seq"
        if said.signed:
            # "`aud` (one string: the ledger's origin)"
            if self.origin is not None and said.audience != self.origin:
                yield "signed for another ledger"
            # "whether that key counts for the agency at that seq": registered for it, and not revoked before
            if not self.owners.get((said.speaker, said.kid)):
                yield "the key is not registered for the agency, or is revoked"

    def take(self, entry, said):
        self.jtis.add((said.speaker, said.jti))
        owner = (said.data.get("agency"), said.data.get("kid"))
        if said.type == "key.registered":
            key = StatementKey(said.data["jwk"])
            self.keys[key.kid] = key
            self.owners.setdefault(owner, True)
        elif said.type == "key.revoked" and all(isinstance(name, str) for name in owner):
            self.owners[owner] = False
        elif said.type == "ledger.index" and entry.voice == "index":
            self.indexes.append((entry.seq, said.data.get("size"), said.data.get("root")))


def read_statement(entry):
    """(what it says, None), or (None, why it says nothing)."""
    try:
        return Statement(entry), None
    except Unreadable as why:
        return None, str(why)


# --- Section 2: links -------------------------------------------------------------------------------------------


class Histories:
    """Each subject's entries so far, in order."""

    def __init__(self):
        self.of = {}

    # "[ordinal o = 1, 2, 3.., seq of ordinal o-1 or -1, seq of ordinal o AND (o-1) or -1]"
    def check(self, entry):
        """The first subject whose place is not what it must be."""
        wrong = None
        for subject, found in entry.links.items():
            seqs = self.of.setdefault(subject, [])
            ordinal = len(seqs) + 1
            skip = ordinal & (ordinal - 1)
            must = [ordinal, seqs[-1] if seqs else -1, seqs[skip - 1] if skip else -1]
            if found != must and wrong is None:
                wrong = "%s must stand at %s" % (subject, must)
            seqs.append(entry.seq)
        return wrong


# --- Section 8: details -----------------------------------------------------------------------------------------


# draft-irtf-cfrg-xchacha section 2.2: a key and 16 bytes of nonce give the key of ChaCha20 for the other 8 bytes
def hchacha20(key, nonce):
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))

    def rotate(value, bits):
        return (value << bits | value >> 32 - bits) & 0xFFFFFFFF

    def quarter_round(a, b, c, d):
        for into, other, turned, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[into] = (state[into] + state[other]) & 0xFFFFFFFF
            state[turned] = rotate(state[turned] ^ state[into], bits)

    for _ in range(10):
        for column in range(4):
            quarter_round(column, column + 4, column + 8, column + 12)
        for column in range(4):
            quarter_round(column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12)
    return struct.pack("<8I", *state[:4], *state[12:])


# the draft's own test vector (section 2.2.1)
assert hchacha20(bytes(range(32)), bytes.fromhex("000000090000004a0000000031415927")).hex() == (
    "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")


# "XChaCha20-Poly1305, the digest as associated data"
def decrypt(key, nonce, ciphertext, digest):
    try:
        return ChaCha20Poly1305(hchacha20(key, nonce[:16])).decrypt(bytes(4) + nonce[16:], ciphertext, digest)
    except InvalidTag as error:
        raise Unreadable("it does not open with its key") from error


# "each is base64url(JSON array [salt string of >= 22 characters, name, value])"; "no `_sd` or `...` anywhere else"; "A
# name has 1 to 200 characters; a value that is an object of exactly `state` and `by` is refused"; "8 KiB a detail"
def read_disclosure(text):
    parts = strict_json(decode64url(text))
    if not isinstance(parts, list) or len(parts) != 3 or len(decode64url(text)) > 8192:
        raise Unreadable("a disclosure is [salt, name, value], of at most 8 KiB")
    salt, name, value = parts
    if not isinstance(salt, str) or len(salt) < 22 or not isinstance(name, str) or not 1 <= len(name) <= 200:
        raise Unreadable("a salt has 22 characters, a name 1 to 200")
    if name in ("_sd", "...") or holds_reserved(value) or isinstance(value, dict) and set(value) == {"state", "by"}:
        raise Unreadable("a detail that would read as another thing")
    return name


def holds_reserved(value):
    if isinstance(value, dict):
        return any(name in ("_sd", "...") or holds_reserved(one) for name, one in value.items())
    return isinstance(value, list) and any(holds_reserved(one) for one in value)


class Details:
    """details/records and details/keys."""

    def __init__(self, directory):
        self.directory, self.records, self.gaps, self.key_files = directory, {}, [], {}
        self.scan(directory.read("details/records") or b"")

    # "details/records, records one behind the other: u32 length of the ciphertext with its tag (16 to 16,384), digest
    # (32), slot u64, nonce (24), ciphertext, crc32c of all before it"
    def scan(self, data):
        place, in_gap = 0, False
        while place < len(data):
            record = self.record_at(data, place)
            if record is None:
                if not in_gap:
                    self.gaps.append(place)
                place, in_gap = place + 1, True
                continue
            digest, length = record[0], record[1]
            self.records[digest] = (place,) + record[2:]  # the last of a digest counts
            place, in_gap = place + length, False

    def record_at(self, data, place):
        length = int.from_bytes(data[place:place + 4], "little")
        if not 16 <= length <= 16384 or place + 72 + length > len(data):
            return None
        body, crc = data[place:place + 68 + length], data[place + 68 + length:place + 72 + length]
        if crc != struct.pack("<I", crc32c(body)):
            return None
        digest, slot, nonce = struct.unpack_from("<32sQ24s", body, 4)
        return digest, 72 + length, slot, nonce, body[68:]

    # "details/keys/<n>: slots 4,096 n to 4,096 n + 4,095 of 40 bytes: key (32), crc32c of key and state, state u32 (0
    # free, all 40 bytes zero; 1 used; 2 destroyed, the key zeros)"
    # "A backup has the slots of all of them one behind the other in details-keys, 40 bytes each"
    def key(self, slot):
        number, place = slot // 4096, slot % 4096 * 40
        if number not in self.key_files:
            self.key_files[number] = self.directory.read("details/keys/%d" % number)
        if self.key_files[number] is None:
            number, place = "backup", slot * 40
            if number not in self.key_files:
                self.key_files[number] = self.directory.read("details-keys") or b""
        data = self.key_files[number][place:place + 40]
        key, crc, state = struct.unpack("<32sII", data) if len(data) == 40 else (b"", 0, 0)
        if crc != crc32c(key + struct.pack("<I", state)) or state not in (1, 2) or state == 2 and key != bytes(32):
            raise Unreadable("slot %d holds no key" % slot)
        return None if state == 2 else key

    # "Each digest must have its detail, which must open": its name; nothing where it is not kept, or its key destroyed
    def check(self, digest):
        if digest not in self.records:
            return None
        _, slot, nonce, ciphertext = self.records[digest]
        key = self.key(slot)
        if key is None:
            return None
        try:
            text = decrypt(key, nonce, ciphertext, digest).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable("no text") from error
        name = read_disclosure(text)
        if sha256(text.encode()) != digest:
            raise Unreadable("a disclosure of another digest")
        return name

    def inner_gaps(self):
        """Bytes that are no record, before one that is. At the end they may be a record just being written."""
        last = max((record[0] for record in self.records.values()), default=0)
        return [place for place in self.gaps if place < last]


class Erasures:
    """What entries erased, and what is not kept."""

    def __init__(self):
        self.fields, self.lacking, self.told, self.missing = {}, [], [], False

    def note(self, entry, said):
        if said is None or said.type != "details.erased":
            return
        seq, fields = said.data.get("seq"), said.data.get("fields")
        if is_integer(seq) and isinstance(fields, list):
            self.fields.setdefault(seq, {}).update((field, entry.seq) for field in fields if isinstance(field, str))

    # "no more of its digests may be without their detail than it has erased fields (which digest had which name nobody
    # can tell any more)"
    def unexplained(self):
        for seq, file, count, known in self.lacking:
            gone = {field: by for field, by in sorted(self.fields.get(seq, {}).items()) if field not in known}
            self.told += [{"seq": seq, "field": field, "by": by} for field, by in gone.items()]
            if count > len(gone):
                self.missing = True
                yield seq, file, "%d of its details are not kept" % (count - len(gone))
            elif count < len(gone):
                yield seq, file, "%d erased details that it never had" % (len(gone) - count)


def check_details(directory, details, erasures, entry, file, said):
    """Each digest of an entry against its detail; how many are sound."""
    erasures.note(entry, said)
    try:
        digests = digests_of(entry, said)
    except Unreadable as why:
        directory.found("details", file, "a detail: %s" % why, entry.seq)
        return 0
    known, lacking = set(), 0
    for digest in digests:
        try:
            name = details.check(digest)
        except Unreadable as why:
            directory.found("details", file, "a detail: %s" % why, entry.seq)
            continue
        if name is None:
            lacking += 1
        else:
            known.add(name)
    if lacking:
        erasures.lacking.append((entry.seq, file, lacking, known))
    return len(known)


def digests_of(entry, said):
    """The digests of an entry, also of one whose statement is not sound otherwise."""
    if said is not None:
        return said.digests
    try:
        text = decode64url(entry.jwt.split(".")[1]) if entry.jwt is not None else entry.statement.encode()
        if b"details" not in text and b"\\" not in text:
            return []  # a name may be written with escapes; without, there are none
        claims = json.loads(text.decode("utf-8"))
    except ValueError as error:
        raise Unreadable("its details cannot be told") from error
    except Unreadable as error:
        raise Unreadable("its details cannot be told") from error
    details = claims.get("details") if isinstance(claims, dict) else None
    return [] if details is None else read_digests(details)


# --- Section 7: index roots -------------------------------------------------------------------------------------


# "r = RFC 6962 root over the lines `subject LF count LF last seq LF` of every subject below t, sorted bytewise"
def index_line(subject, count, last):
    return ("%s\n%d\n%d\n" % (subject, count, last)).encode()


def index_root(histories, size):
    lines = []
    for subject in sorted(histories.of):
        seqs = [seq for seq in histories.of[subject] if seq < size]
        if seqs:
            lines.append(leaf_hash(index_line(subject, len(seqs), seqs[-1])))
    return root_of(lines)


def check_indexes(directory, indexes, histories):
    before = 0
    for seq, size, root in indexes:
        # "t at most its own seq and further than the one before"
        if not is_integer(size) or not before < size <= seq or root != encode64(index_root(histories, size)):
            directory.found("index", directory.files[seq], "the index root is another, or goes no further", seq)
            break
        before = size


# --- Section 8: access log --------------------------------------------------------------------------------------

TOKEN_ROLES = ("recorder", "overseer", "auditor", "operator")


# "access/log, one JSON object a line, `n` from 0, `prev` = BLAKE3.derive_key("estafet 2026-11 access v1", the line before
# without its end; nothing before the first). A torn last line is cut."
def check_access(directory):
    lines = (directory.read("access/log") or b"").split(b"\n")[:-1]
    prev = b""
    for number, line in enumerate(lines):
        try:
            said = json.loads(line.decode("utf-8"))
            json.dumps(said, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError):
            said = None
        must = encode64url(derive_key("estafet 2026-11 access v1", prev))
        if not is_access_line(said) or (said["n"], said["prev"]) != (number, must):
            directory.found("access", "access/log", "line %d does not continue the one before" % (number + 1))
            return number
        prev = line
    return len(lines)


def is_access_line(said):
    """The members of API section 5."""
    def text_or_none(name):
        return said.get(name) is None or isinstance(said[name], str)

    def names(details):
        fields = details.get("fields") if isinstance(details, dict) else None
        return (isinstance(fields, list) and all(isinstance(field, str) for field in fields)
                and is_integer(details.get("seq")) and details["seq"] >= 0)

    return (isinstance(said, dict) and is_integer(said.get("n"))
            and all(isinstance(said.get(name), str) for name in ("prev", "at", "token", "path", "request_id"))
            and is_instant(said["at"]) and said.get("what") in ("read", "refused") and said.get("role") in TOKEN_ROLES
            and ID.fullmatch(said["token"]) is not None
            and (said.get("agency") is None or isinstance(said["agency"], str) and bool(ID.fullmatch(said["agency"])))
            and text_or_none("cause") and text_or_none("code")
            and isinstance(said.get("details"), list) and all(names(one) for one in said["details"]))


# --- Section 6: receipts, and checkpoints that somebody kept ----------------------------------------------------


class Receipt:
    """One receipt as somebody kept it."""

    def __init__(self, name, said, note):
        if not isinstance(said, dict) or not is_number(said.get("seq")) or not isinstance(said.get("proof"), list):
            raise Unreadable("no receipt")
        if not isinstance(said.get("entry"), str) or not isinstance(said.get("at"), str):
            raise Unreadable("no receipt")
        self.name, self.seq, self.at = name, said["seq"], said["at"]
        self.leaf, self.entry = hash_of(said.get("leaf")), decode64url(said["entry"])
        self.proof, self.checkpoint = [hash_of(one) for one in said["proof"]], checkpoint_in(note)

    # "The client checks that leaf = SHA256(0x00 || entry), that the entry holds what it sent, and the proof."
    def check(self, trust, held):
        """`held` is the leaf that the ledger or bundle has there, or None."""
        if leaf_hash(self.entry) != self.leaf:
            raise Bad("entries", "its leaf is not the hash of its entry", self.seq, self.name)
        try:
            entry = Entry(self.entry)
        except Unreadable as why:
            raise Bad("entries", "its entry does not decode", self.seq, self.name) from why
        if (entry.seq, entry.at) != (self.seq, self.at):
            raise Bad("entries", "its entry has another number or instant", self.seq, self.name)
        self.check_proof(trust)

    def check_proof(self, trust):
        if root_from_inclusion(self.seq, self.checkpoint.size, self.leaf, self.proof) != self.checkpoint.root:
            raise Bad("tree", "its proof does not lead to its checkpoint", self.seq, self.name)
        check_kept_signature(self.checkpoint, trust, self.seq, self.name)


class Proof(Receipt):
    """A proof as text, which says nothing of its entry but the number: the leaf is the one that is held."""

    # "`c2sp.org/tlog-proof@v1 LF index <seq> LF`, the inclusion proof .., one a line, an empty line, the checkpoint"
    def __init__(self, name, text):
        head, _, note = text.partition("\n\n")
        lines = head.split("\n")[1:]
        index = re.fullmatch("index (0|[1-9][0-9]{0,19})", lines[0]) if lines else None
        if index is None or int(index.group(1)) >= 1 << 64:
            raise Unreadable("no proof as text")
        self.name, self.seq = name, int(index.group(1))
        self.proof, self.checkpoint = [hash_of(line) for line in lines[1:]], checkpoint_in(note)

    def check(self, trust, held):
        if held is None:
            raise Bad("tree", "its entry is not held, and it does not bring it", self.seq, self.name)
        self.leaf = held
        self.check_proof(trust)


def check_kept_signature(checkpoint, trust, seq, name):
    if not trust.signed(checkpoint):
        raise Bad("checkpoint", "its checkpoint is not signed by this ledger's key", seq, name)


def read_receipts(name, text):
    """One receipt, "a batch: `{"checkpoint":..,"receipts":[..]}`", or a proof as text."""
    if text.startswith(b"c2sp.org/tlog-proof@v1\n"):
        try:
            return [Proof(name, text.decode("utf-8"))]
        except UnicodeDecodeError as error:
            raise Unreadable("no proof as text") from error
    said = strict_json(text)
    if not isinstance(said, dict):
        raise Unreadable("no receipt")
    if "receipts" not in said:
        return [Receipt(name, said, said.get("checkpoint"))]
    if not isinstance(said["receipts"], list) or not said["receipts"]:
        raise Unreadable("no receipt")
    return [Receipt("%s, number %d" % (name, number), one, said.get("checkpoint"))
            for number, one in enumerate(said["receipts"], 1)]


def kept_receipts(texts, found):
    receipts = []
    for number, text in enumerate(texts, 1):
        try:
            receipts += read_receipts("receipt %d" % number, text)
        except Unreadable as why:
            found("tree", "receipt %d" % number, str(why))
    return receipts


def check_kept(directory, options, trust, leaves):
    """What others kept is what a rewritten log cannot answer to."""
    receipts = kept_receipts(options.receipts, directory.found)
    since = None
    if options.since is not None:
        try:
            since = checkpoint_in(options.since.decode("utf-8", "replace"))
        except Unreadable as why:
            directory.found("checkpoint", "since", str(why))
    for receipt in receipts:
        try:
            receipt.check(trust, leaves[receipt.seq] if receipt.seq < len(leaves) else None)
            if receipt.seq >= len(leaves) or leaves[receipt.seq] != receipt.leaf:
                raise Bad("tree", "the log holds another entry there, or none", receipt.seq, receipt.name)
            check_extended(receipt.checkpoint, leaves, receipt.seq, receipt.name)
        except Bad as bad:
            directory.bad.append(bad)
    if since is not None:
        try:
            check_kept_signature(since, trust, None, "since")
            check_extended(since, leaves, None, "since")
        except Bad as bad:
            directory.bad.append(bad)


def check_extended(checkpoint, leaves, seq, name):
    """The log must begin with the tree of a checkpoint that somebody kept."""
    if checkpoint.size > len(leaves):
        raise Bad("tree", "the log holds fewer entries than it covers: cut or rolled back", seq, name)
    if root_of(leaves[:checkpoint.size]) != checkpoint.root:
        raise Bad("tree", "the log is not the one it was given for", seq, name)


# --- A data directory, in the order of section 9 ----------------------------------------------------------------


def verify_directory(path, options, once_more=True):
    directory = Directory(path)
    check_manifest(directory)
    check_head(directory)
    witnesses = Witnesses(read_cosigned(directory))
    check_segments(directory)                                          # entries, chain
    check_rules(directory.entries)
    trust = Trust(options.vkeys, directory.entries)
    for check, detail, seq in trust.bad:
        directory.found(check, directory.files[seq], detail, seq)
    opened = opened_by(directory.entries[0]) if directory.entries else None
    statements = Statements((opened or {}).get("origin"))
    histories, details, sound, signed, attested = Histories(), Details(directory), 0, 0, 0
    erasures = Erasures()
    # "a mirror keeps no details": mirror.toml says that it is one, and there is no details/
    mirror = directory.read("mirror.toml") is not None and not os.path.exists(os.path.join(path, "details"))
    for entry, file in zip(directory.entries, directory.files):
        said, why = read_statement(entry)
        for check, detail in statements.check(entry, said, why):       # signatures, rules
            directory.found(check, file, detail, entry.seq)
        if said is not None:
            witnesses.take(entry, said)
        wrong = histories.check(entry)                                 # links
        if wrong:
            directory.found("links", file, wrong, entry.seq)
        if not mirror:
            sound += check_details(directory, details, erasures, entry, file, said)  # details
        if entry.seq < directory.head_size:
            signed, attested = signed + (entry.jwt is not None), attested + (entry.agency is not None)
    for seq, file, detail in erasures.unexplained():
        directory.found("details", file, detail, seq)
    if erasures.missing and once_more:  # a server may have erased them meanwhile, by an entry behind those that were read
        return verify_directory(path, options, False)
    for place in details.inner_gaps():
        directory.found("details", "details/records", "byte %d: no record" % place)
    check_indexes(directory, statements.indexes, histories)            # index
    lines = check_access(directory)                                    # access
    leaves = check_checkpoints(directory, trust)                       # tree, checkpoint
    check_kept(directory, options, trust, leaves)
    wrong, (met, cosigned) = witnesses.judge(  # witnesses
        len(leaves), lambda size: root_of(leaves[:size]), (opened or {}).get("origin"), options.cosigners)
    for file, detail in wrong:
        directory.found("witnesses", file, detail)
    # size, root and result are about what the checkpoint covers; what stands behind it is judged, too
    size = min(directory.head_size, len(leaves))
    tail = [one for one in directory.bad if one.file.startswith("log") and one.seq is not None and one.seq >= directory.head_size]
    bad = [one for one in directory.bad if one not in tail]
    unsigned = None
    if len(leaves) > size or tail:
        unsigned = {"from": size, "count": len(leaves) - size, "first_bad": first_of(tail)}
    if directory.slots and not bad:
        trusted = bool(options.vkeys) and trust.signed(directory.slots[0][1])
    else:
        trusted = False
    told = {
        "entries": "%d entries" % size,
        "chain": "ends in %s" % encode64url(directory.link or bytes(32)),
        "tree": "root %s" % encode64(root_of(leaves[:size])),
        "signatures": "%d signed; %d are the operator's word" % (signed, attested),
        "links": "%d subjects" % len(histories.of),
        "details": "%d details; %d erased" % (sound, len(erasures.told)) if sound or erasures.told else None,
        "index": "%d index roots" % len(statements.indexes) if statements.indexes else None,
        "access": "%d lines" % lines if lines else None,
        "witnesses": cosigned if met == "ok" else None, "unwitnessed": cosigned,
    }
    report = write_report(bad, told, options, trusted)
    if unsigned and not bad:
        report["result"] = "unsigned-tail"
    report.update(size=size, root=encode64(root_of(leaves[:size])), attested=attested, signed=signed,
                  unsigned=unsigned, torn_bytes=directory.torn_bytes, erased=erasures.told)
    return report


def first_of(bad):
    """The first thing that is bad: the first of the first check that found something."""
    # files that do not agree with ledger.toml are as they were when it is the one that is damaged
    ordered = sorted(bad, key=lambda one: (CHECKS.index(one.check), one.file != "ledger.toml"))
    first = ordered[0] if ordered else None
    return first and {"seq": first.seq, "file": first.file, "check": first.check, "detail": first.detail}


def write_report(bad, told, options, trusted):
    """Each check in its order, and the first thing that is bad: the first of the first check that found something."""
    told = dict(told)
    told["checkpoint"] = ("signed by the key that was given" if options.vkeys else
                          "self-consistent only: give --vkey with the key the ledger has published")
    skipped = {"entries": "none are carried", "chain": "none are carried", "signatures": "none are carried",
               "links": "none are carried", "witnesses": told.get("unwitnessed", "cosignatures are for who knows the witnesses"),
               "rules": RULES_SKIPPED,
               "details": "no entry commits to details", "index": "no index root is recorded",
               "access": "there is no access log"}
    checks = []
    for check in CHECKS:
        first = next((one for one in bad if one.check == check), None)
        if first is not None:
            place = "" if first.seq is None else " (entry %d)" % first.seq
            checks.append({"check": check, "result": "failed", "detail": "%s%s: %s" % (first.file, place, first.detail)})
        elif told.get(check) is not None:
            checks.append({"check": check, "result": "ok", "detail": told[check]})
        else:
            checks.append({"check": check, "result": "skipped", "detail": skipped[check]})
    return {
        "result": "failed" if bad else "intact", "trusted": trusted, "checks": checks,
        "first_bad": first_of(bad),
    }


# --- Section 7: bundles -----------------------------------------------------------------------------------------


class Bundle:
    """What is found of a bundle. Its entries are some of the log's, each proved to stand in the checkpoint's tree."""

    def __init__(self, said):
        self.said, self.bad, self.entries, self.disclosures = said, [], [], []
        members(said, {"format", "origin", "checkpoint", "entries", "subjects"}, {"complete_below", "since"})
        list_of(said["entries"], lambda one: one)
        list_of(said["subjects"], lambda one: one)
        self.origin, self.checkpoint = text_of(said["origin"]), checkpoint_in(said["checkpoint"])
        # "`complete_below` (= the index's t ..)"; null or left out where nothing is proved
        self.complete_below = said.get("complete_below")
        if self.complete_below is not None and not 1 <= number_of(self.complete_below) <= self.checkpoint.size:
            raise Unreadable("complete_below is no size of this log")
        self.names = {one["name"] for one in said["subjects"]
                      if isinstance(one, dict) and isinstance(one.get("name"), str)}

    def found(self, check, detail, seq=None, file="bundle"):
        self.bad.append(Bad(check, detail, seq, file))


# "entries":[{"seq":..,"entry":"<base64url>","proof":[..],"disclosures":[..]}]
def read_bundle_entry(one):
    members(one, {"seq", "entry", "proof", "disclosures"})
    data, proof = decode64url(text_of(one["entry"])), list_of(one["proof"], hash_of)
    shown, entry = list_of(one["disclosures"], text_of), Entry(data)
    if not is_integer(one["seq"]) or entry.seq != one["seq"]:
        raise Unreadable("it is entry %d" % entry.seq)
    return entry, proof, shown


def check_bundle_entries(bundle):
    """Bytes, chain and tree."""
    before = None
    for place, one in enumerate(bundle.said["entries"]):
        seq = one.get("seq") if isinstance(one, dict) and is_number(one.get("seq")) else None
        try:
            entry, proof, shown = read_bundle_entry(one)
        except Unreadable as why:
            bundle.found("entries", "in place %d: %s" % (place, why), seq)
            continue
        if before is not None and (entry.seq <= before.seq or entry.at < before.at):
            bundle.found("entries", "entries are in their order, each once, and never earlier than the one before", seq)
            continue
        neighbour = before is not None and entry.seq == before.seq + 1
        must = link_of(before.bytes) if neighbour else genesis(bundle.origin) if entry.seq == 0 else entry.prev
        if entry.prev != must:
            bundle.found("chain", "it does not carry the link of the one before", seq)
        if root_from_inclusion(seq, bundle.checkpoint.size, leaf_hash(entry.bytes), proof) != bundle.checkpoint.root:
            bundle.found("tree", "its proof does not lead to the checkpoint", seq)
        bundle.entries.append(entry)
        bundle.disclosures.append(shown)
        before = entry


# "the `k:` subjects of every signer": without its history nobody can tell whether a key was revoked
def check_bundle_statement(bundle, statements, entry, said, why):
    """Signatures and rules."""
    sound = True
    for check, detail in statements.check(entry, said, why):
        bundle.found(check, detail, entry.seq)
        sound = sound and check != "signatures"
    if said is not None and said.signed and sound and "k:%s/%s" % (said.speaker, said.kid) not in bundle.names:
        bundle.found("signatures", "the history of its key is not carried", entry.seq)


# "Contains every entry of each subject, ordinals 1..count below `complete_below`"; later ones are carried as known
def check_bundle_subject(bundle, subject, met):
    """The links of one subject's entries; answers (name, count, last)."""
    try:
        members(subject, {"name", "count", "last"}, {"index"})
        name, count = text_of(subject["name"]), number_of(subject["count"])
        if not is_integer(subject["last"]):
            raise Unreadable("no number")
    except Unreadable as why:
        bundle.found("links", "a subject: %s" % why)
        return None
    if name in met:
        bundle.found("links", "%s is there twice" % name)
        return None
    met.add(name)
    seqs = []
    for entry in bundle.entries:
        if name not in entry.links:
            continue
        ordinal = len(seqs) + 1
        skip = ordinal & (ordinal - 1)
        must = [ordinal, seqs[-1] if seqs else -1, seqs[skip - 1] if skip else -1]
        if entry.links[name] != must:
            bundle.found("links", "%s must stand at %s: an entry is left out" % (name, must), entry.seq)
            return None
        seqs.append(entry.seq)
    below = seqs if bundle.complete_below is None else [seq for seq in seqs if seq < bundle.complete_below]
    if not seqs:
        bundle.found("links", "%s has no entry here" % name)
        return None
    if (len(below), below[-1] if below else -1) != (count, subject["last"]):
        bundle.found("links", "%s has %d entries here, not %d up to %d" % (name, len(below), count, subject["last"]))
        return None
    return name, count, subject["last"]


# "index":{"seq":..,"leaf_index":..,"leaf_count":..,"proof":[..]}: it proves "all about S below t, none omitted"
def check_bundle_index(bundle, subject, line, indexes, places):
    name, count, _ = line
    if "index" not in subject:
        # a subject whose first entry stands behind the index is not in it
        if bundle.complete_below is not None and count > 0:
            bundle.found("index", "%s: complete_below is said without a proof" % name)
        return False
    index = subject["index"]
    seq = index.get("seq") if isinstance(index, dict) and is_number(index.get("seq")) else None
    if bundle.complete_below is None or count == 0:
        bundle.found("index", "%s: a proof where there is nothing to prove" % name)
        return False
    try:
        members(index, {"seq", "leaf_index", "leaf_count", "proof"})
        at, of = number_of(index["leaf_index"]), number_of(index["leaf_count"])
        proof = list_of(index["proof"], hash_of)
        root = next((root for by, size, root in indexes if by == number_of(index["seq"])
                     and is_integer(size) and size == bundle.complete_below <= by), None)
        found = root_from_inclusion(at, of, leaf_hash(index_line(*line)), proof)
        if root is None or found is None or encode64(found) != root:
            raise Unreadable("its line is not proved to stand under the index root of its entry")
    except Unreadable as why:
        bundle.found("index", "%s: %s" % (name, why), seq)
        return False
    places.setdefault(seq, {})[name] = (at, of)
    return True


# "r = RFC 6962 root over the lines .. of every subject below t, sorted bytewise"
def check_bundle_places(bundle, places):
    """The lines under one root stand in the order of their names, and are of one count."""
    for seq in sorted(places):
        lines = sorted(places[seq].items(), key=lambda line: line[0].encode())
        for (_, (at, of)), (name, (next_at, next_of)) in zip(lines, lines[1:]):
            if at >= next_at or of != next_of:
                bundle.found("index", "%s: lines stand in the order of their names, under one count" % name, seq)
                break


def check_bundle_subjects(bundle, indexes):
    """Links and index; how many subjects are without a gap, and how many are proved to be whole."""
    met, places, lines, proved = set(), {}, 0, 0
    for subject in bundle.said["subjects"]:
        line = check_bundle_subject(bundle, subject, met)
        if line:
            lines += 1
            proved += check_bundle_index(bundle, subject, line, indexes, places)
    # "every bundle carries `l:ledger`"
    if "l:ledger" not in met:
        bundle.found("links", "l:ledger is not carried")
    check_bundle_places(bundle, places)
    return lines, proved


# "disclosures the asker may see": each is of a digest of its entry; those not shown are not damage
def check_bundle_details(bundle, entry, said, shown):
    """The names that are shown."""
    names = set()
    try:
        digests = digests_of(entry, said)
        for text in shown:
            name = read_disclosure(text)
            if sha256(text.encode()) not in digests:
                raise Unreadable("it has no digest in the entry")
            digests = [digest for digest in digests if digest != sha256(text.encode())]
            names.add(name)
    except Unreadable as why:
        bundle.found("details", "a disclosure: %s" % why, entry.seq)
    return names


# "since":{"checkpoint":..,"proof":[..]}: the checkpoint extends one that was seen before
def check_bundle_since(bundle, options, trust):
    try:
        old = kept = None
        if "since" in bundle.said:
            since = members(bundle.said["since"], {"checkpoint", "proof"})
            old, proof = checkpoint_in(since["checkpoint"]), list_of(since["proof"], hash_of)
            check_kept_signature(old, trust, None, "since")
            if not extends(old, bundle.checkpoint, proof):
                raise Bad("tree", "the checkpoint is not proved to extend it", None, "since")
        if options.since is not None:
            kept = checkpoint_in(options.since.decode("utf-8", "replace"))
            check_kept_signature(kept, trust, None, "since")
            proved = old is not None and old.text == kept.text
            if not proved and not extends(kept, bundle.checkpoint, []):
                raise Bad("tree", "the bundle does not prove that it extends this checkpoint", None, "since")
    except Unreadable as why:
        bundle.found("checkpoint", "no checkpoint and proof: %s" % why, None, "since")
    except Bad as bad:
        bundle.bad.append(bad)


# "a receipt is held against the bundle's entry of its number, and a checkpoint of its size"
def check_bundle_receipts(bundle, options, trust):
    leaves = {entry.seq: leaf_hash(entry.bytes) for entry in bundle.entries}
    for receipt in kept_receipts(options.receipts, lambda check, file, detail: bundle.found(check, detail, None, file)):
        try:
            receipt.check(trust, leaves.get(receipt.seq))
            if leaves.get(receipt.seq, receipt.leaf) != receipt.leaf:
                raise Bad("tree", "the bundle holds another entry there", receipt.seq, receipt.name)
            kept, now = receipt.checkpoint, bundle.checkpoint
            if kept.size == now.size and kept.root != now.root:
                raise Bad("tree", "two checkpoints of one size: the log was forked", receipt.seq, receipt.name)
        except Bad as bad:
            bundle.bad.append(bad)


def verify_bundle(said, options):
    bundle = Bundle(said)
    check_bundle_entries(bundle)                                       # entries, chain, tree
    check_rules(bundle.entries)
    trust = Trust(options.vkeys, bundle.entries)
    for check, detail, seq in trust.bad:
        bundle.found(check, detail, seq)
    if bundle.checkpoint.origin != bundle.origin or not trust.signed(bundle.checkpoint):
        bundle.found("checkpoint", "not signed for this origin by %s" % trust.whose())
    check_bundle_since(bundle, options, trust)
    statements, erasures, names, signed, attested = Statements(bundle.origin), Erasures(), {}, 0, 0
    witnesses = Witnesses([("bundle", bundle.checkpoint.note)])
    for entry, shown in zip(bundle.entries, bundle.disclosures):
        text, why = read_statement(entry)
        if text is not None and "l:ledger" in entry.links:
            witnesses.take(entry, text)
        check_bundle_statement(bundle, statements, entry, text, why)   # signatures, rules
        erasures.note(entry, text)
        names[entry.seq] = check_bundle_details(bundle, entry, text, shown)
        signed, attested = signed + (entry.jwt is not None), attested + (entry.agency is not None)
    lines, proved = check_bundle_subjects(bundle, statements.indexes)  # links, index
    wrong, (met, cosigned) = witnesses.judge(                          # witnesses
        bundle.checkpoint.size, lambda _: bundle.checkpoint.root, bundle.origin, options.cosigners)
    for file, detail in wrong:
        bundle.found("witnesses", detail, None, file)
    check_bundle_receipts(bundle, options, trust)
    behind = ("entries left out behind the last of a subject cannot be excluded" if bundle.complete_below is None
              else "none is left out below entry %d; behind it, what the server knew" % bundle.complete_below)
    shown = sum(map(len, bundle.disclosures))
    told = {
        "entries": "%d entries" % len(bundle.entries), "chain": "where neighbours are carried",
        "tree": "each entry stands under root %s" % encode64(bundle.checkpoint.root),
        "signatures": "%d signed; %d are the operator's word" % (signed, attested),
        "links": "%d subjects without a gap; %s" % (lines, behind),
        "details": "%d details shown" % shown if shown else None,
        "index": None if bundle.complete_below is None
                 else "%d subjects complete below entry %d" % (proved, bundle.complete_below),
        "witnesses": cosigned if met == "ok" else None, "unwitnessed": cosigned,
    }
    report = write_report(bundle.bad, told, options, bool(options.vkeys) and not bundle.bad)
    erased = [{"seq": seq, "field": field, "by": by} for seq, fields in erasures.fields.items() if seq in names
              for field, by in fields.items() if field not in names[seq]]
    report.update(size=bundle.checkpoint.size, root=encode64(bundle.checkpoint.root), attested=attested, signed=signed,
                  unsigned=None, torn_bytes=0, erased=erased, complete_below=bundle.complete_below)
    return report


# "Evidence of a fork: `{"format":"estafet-evidence/1","a":"<note>","b":"<note>","proof":[..]?}`"
def verify_evidence(said, options):
    """Intact means: the fork is proved. Both notes are signed by keys of one log, and no log has both trees."""
    if not options.vkeys:
        raise Unreadable("evidence is judged by a key: give --vkey")
    members(said, {"format", "a", "b"}, {"proof"})
    # a key that signs extension lines has signed the checkpoint all the same
    old, new = sorted((checkpoint_in(said[name], extended=True) for name in ("a", "b")), key=lambda one: one.size)
    proof = list_of(said["proof"], hash_of) if "proof" in said else []
    bad = []
    # two keys of one name are keys of one log
    by_old, by_new = ({key.name for key in options.vkeys if key.signed(one)} for one in (old, new))
    if old.origin != new.origin or not by_old & by_new:
        bad.append(Bad("checkpoint", "not both are signed for one log by a --vkey of it", None, "evidence"))
    if old.size == new.size:
        forked = old.root != new.root
    else:
        # the proof leads to the newer root, and the root it gives for the older size is another; RFC 9162 leaves
        # that root out where the size is a power of two: here it stands first
        whole = proof and not old.size & (old.size - 1)
        roots = roots_from_consistency(old.size, proof[0] if whole else old.root, new.size, proof[1:] if whole else proof)
        forked = roots is not None and roots[1] == new.root and roots[0] != old.root
    if not forked:
        bad.append(Bad("tree", "the two checkpoints may be of one log: no fork is proved", None, "evidence"))
    report = write_report(bad, {"tree": "no log has both: the key signed a fork"}, options, not bad)
    report.update(size=new.size, root=encode64(new.root), attested=0, signed=0, unsigned=None, torn_bytes=0, erased=[],
                  complete_below=None)
    return report


# --- The command ------------------------------------------------------------------------------------------------


def verify(path, options):
    """The report on a path: a data directory, a bundle, or evidence."""
    if os.path.isdir(path):
        return verify_directory(path, options)
    if os.path.getsize(path) > 256 << 20:
        raise Unreadable("a bundle has at most 256 MiB")
    with open(path, "rb") as file:
        said = strict_json(file.read())
    kind = said.get("format") if isinstance(said, dict) else None
    if kind == "estafet-bundle/1":
        return verify_bundle(said, options)
    if kind == "estafet-evidence/1":
        return verify_evidence(said, options)
    raise Unreadable("neither a data directory nor a bundle nor evidence")


def print_report(report):
    for check in report["checks"]:
        print("%-11s %-8s %s" % (check["check"], check["result"], check["detail"]))
    first = report["first_bad"]
    if first:
        rests = "" if first["seq"] is None else ", entry %d and whatever rests on it" % first["seq"]
        print("first bad   %s%s: %s" % (first["file"], rests, first["detail"]))
    print("entries     %d (%d attested: the operator's word; %d signed)" % (
        report["size"], report["attested"], report["signed"]))
    if report.get("unsigned"):
        tail = report["unsigned"]
        wrong = "; bad there: %(file)s: %(detail)s" % tail["first_bad"] if tail["first_bad"] else ""
        print("unsigned    intact up to entry %d, as signed; %d entries behind it are signed by nobody%s" % (
            tail["from"] - 1, tail["count"], wrong))
    if report.get("torn_bytes"):
        print("torn        %d bytes of a commit that was not finished" % report["torn_bytes"])
    print("root        %s" % report["root"])
    trust = "signed by the key you gave" if report["trusted"] else "self-consistent only"
    print("result      %s, %s; the domain rules were not replayed" % (report["result"], trust))


def kind_of(vkey):
    """The type of a verifier key: a ledger's or a witness's."""
    try:
        return decode64(vkey.split("+", 2)[-1])[0]
    except (Unreadable, IndexError):
        return None


def read_options(arguments):
    parser = argparse.ArgumentParser(description="Checks a data directory, a bundle or evidence of a fork.")
    parser.add_argument("path", nargs="?")
    parser.add_argument("--vkey", action="append", default=[], help="a key the ledger is known by, or one of a witness that must have cosigned")
    parser.add_argument("--receipt", action="append", default=[], help="a receipt that somebody kept, or a batch of them")
    parser.add_argument("--since", help="a checkpoint that somebody kept")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--each", action="store_true", help="read paths from stdin, answer each by a line of JSON")
    options = parser.parse_args(arguments)
    if (options.path is None) != options.each:
        parser.error("give one path, or --each")
    try:
        options.cosigners = [CosignerVkey(text) for text in options.vkey if kind_of(text) == CosignerVkey.kind]
        options.vkeys = [Vkey(text) for text in options.vkey if kind_of(text) != CosignerVkey.kind]
    except Unreadable as why:
        parser.error("--vkey: %s" % why)

    def read(path):
        with open(path, "rb") as file:
            return file.read()

    options.read, options.receipts = read, [read(path) for path in options.receipt]
    options.since = read(options.since) if options.since is not None else None
    return options


def exit_code(report):
    return {"intact": 0, "unsigned-tail": 11}.get(report["result"], 3)


def main(arguments):
    try:
        options = read_options(arguments)
        if options.each:
            for line in sys.stdin:
                print(answer(line.rstrip("\n"), options), flush=True)
            return 0
        report = verify(options.path, options)
    except (OSError, Unreadable) as why:
        print("error: %s" % why, file=sys.stderr)
        return 2
    except OtherVersion as other:
        print("error: %s" % other, file=sys.stderr)
        return 10
    if options.json:
        print(json.dumps(report))
    else:
        print_report(report)
    return exit_code(report)


def answer(line, options):
    """One line of --each: a path, and receipts that are held against it."""
    path, *receipts = line.split("\t")
    kept = options.receipts
    try:
        options.receipts = kept + [options.read(receipt) for receipt in receipts]
        return json.dumps(verify(path, options))
    except (OSError, Unreadable, OtherVersion) as why:
        return json.dumps({"result": "error", "detail": "%s: %s" % (type(why).__name__, why)})
    finally:
        options.receipts = kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
