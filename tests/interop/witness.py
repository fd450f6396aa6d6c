"""Drives a witness with aics-witness and aics-tlog, which others wrote.

`vkey`: the verifier key of the log that this script makes.
`drive URL VKEY`: that log, its forks and its rollbacks, handed to the witness at URL.
`accept LEDGER LEDGER_VKEY QUORUM VKEY..`: what a ledger publishes, held against a quorum of those witnesses.
`feed LEDGER LEDGER_VKEY URL VKEY`: the checkpoint of a ledger that is served, handed to that witness.
"""

import base64
import json
import sys
import urllib.error
import urllib.request

from aics_tlog import Checkpoint, MerkleTree, format_vkey, parse_checkpoint, parse_note, parse_vkey
from aics_tlog.checkpoint import WitnessPolicy, sign_checkpoint, verify_checkpoint
from aics_tlog.note import vkey_from_ed25519
from aics_witness.feeder import WitnessAhead, WitnessClient, WitnessRejected, merge_cosignatures
from aics_witness.protocol import format_add_checkpoint_request, origin_hash
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "log.example/theirs"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))


def vkey():
    return vkey_from_ed25519(ORIGIN, KEY.public_key().public_bytes_raw())


class Log:
    def __init__(self, size, common=None):
        common = size if common is None else common
        self.tree = MerkleTree()
        self.tree.extend(f"{'event' if n < common else 'other'} {n}".encode() for n in range(size))

    def note(self, size, *extension_lines):
        checkpoint = Checkpoint(ORIGIN, size, self.tree.root(size), extension_lines)
        return sign_checkpoint(checkpoint, KEY, ORIGIN).to_bytes()

    def proof(self, old, new):
        return self.tree.consistency_proof(old, new)


def refused(status, call):
    """What the witness refuses, by status."""
    try:
        call()
    except WitnessAhead as error:
        assert status == 409, error
    except WitnessRejected as error:
        assert error.status == status, (status, error.status, str(error))
    else:
        raise SystemExit(f"cosigned, not refused with {status}")
    return 1


def holds(note, log_vkey, witness_vkey):
    """A quorum of this one witness holds, and is fresh, by their rules."""
    policy = WitnessPolicy(quorum=1, witnesses=(parse_vkey(witness_vkey),), max_age_seconds=60)
    result = verify_checkpoint(parse_note(note), log_vkey, policy=policy)
    assert result.ok, result


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def drive(url, witness_vkey):
    log, fork = Log(300), Log(300, common=50)
    client = lambda: WitnessClient(url, witness_vkey, max_attempts=1)
    cosigned = turned_down = 0
    with client() as feeder:
        for size in (0, 1, 2, 3, 7, 8, 64, 65, 200):
            lines = feeder.submit(log.note(size), log.proof)
            cosigned += 1
        # the same once more, and by a feeder that does not know where the witness stands
        lines = feeder.submit(log.note(200), log.proof)
        cosigned += 1
    with client() as feeder:
        lines = feeder.submit(log.note(255), log.proof)
        cosigned += 1
        note = merge_cosignatures(log.note(255), lines)
        holds(note, vkey(), witness_vkey)
        turned_down += refused(422, lambda: feeder.submit(fork.note(255), fork.proof))
        turned_down += refused(422, lambda: feeder.submit(fork.note(300), fork.proof))
        turned_down += refused(422, lambda: feeder.submit(log.note(300), lambda old, new: log.proof(old, 299)))
        turned_down += refused(409, lambda: feeder.submit(log.note(100), log.proof))
        other = sign_checkpoint(Checkpoint("log.example/unknown", 1, log.tree.root(1)), KEY, "log.example/unknown")
        turned_down += refused(404, lambda: feeder.submit(other.to_bytes(), log.proof))
        stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
        forged = sign_checkpoint(Checkpoint(ORIGIN, 300, log.tree.root(300)), stranger, ORIGIN)
        turned_down += refused(403, lambda: feeder.submit(forged.to_bytes(), log.proof))
        # extension lines are part of what is cosigned
        lines = feeder.submit(log.note(300, "more to say"), log.proof)
        cosigned += 1
    for body in (b"old 300\n", format_add_checkpoint_request(300, [], log.note(300)).replace(b"old 300", b"old 0300")):
        request = urllib.request.Request(url + "/add-checkpoint", data=body, method="POST")
        try:
            urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            assert error.code == 400, error
            turned_down += 1
    newest = get(f"{url}/{origin_hash(ORIGIN)}/checkpoint")
    assert parse_checkpoint(parse_note(newest).text).size == 300, newest
    print(json.dumps({"cosigned": cosigned, "refused": turned_down}))


def feed(ledger, ledger_vkey, url, witness_vkey):
    note = get(ledger + "/checkpoint")

    def proof(old, new):
        shown = json.loads(get(f"{ledger}/v1/audit/consistency?from={old}&to={new}"))
        return [base64.b64decode(node) for node in shown["proof"]]

    with WitnessClient(url, witness_vkey, max_attempts=1) as feeder:
        lines = feeder.submit(note, proof)
    whole = merge_cosignatures(note, lines)
    holds(whole, parse_vkey(ledger_vkey), witness_vkey)
    print(json.dumps({"size": parse_checkpoint(parse_note(whole).text).size}))


def accept(ledger, ledger_vkey, quorum, *witness_vkeys):
    note = parse_note(get(ledger + "/checkpoint"))
    witnesses = tuple(parse_vkey(vkey) for vkey in witness_vkeys)
    policy = WitnessPolicy(quorum=int(quorum), witnesses=witnesses, max_age_seconds=60)
    result = verify_checkpoint(note, parse_vkey(ledger_vkey), policy=policy)
    print(json.dumps({"ok": result.ok, "size": result.size, "witnesses": sorted(result.witnesses), "error": result.error}))


if __name__ == "__main__":
    if sys.argv[1] == "vkey":
        print(format_vkey(vkey()))
    elif sys.argv[1] == "drive":
        drive(*sys.argv[2:])
    elif sys.argv[1] == "accept":
        accept(*sys.argv[2:])
    else:
        feed(*sys.argv[2:])
