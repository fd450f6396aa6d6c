#!/usr/bin/env python3
"""Writes statements.jsonl: October 2024, when one presidential regulation moved 25 functions of
the Indonesian government between ministries.

usage: generate.py DATA_DIR > statements.jsonl

DATA_DIR holds instruments.csv, functions.csv and components.csv. Their marks are kept: V verified
by the source of the row, P partly, U not verified. What is not V is named in `unverified`, or, of an
instrument, has the status unverified. Nothing is made up: names are the ids of the source, and where
the source does not say since when or on which basis a ministry held a function, neither do we.
"""

import csv
import hashlib
import json
import re
import sys
from pathlib import Path

SCHEME = "idn-functions"
REGULATION = "id/perpres/2024/139"
TRANSITION = "id/pmk/2024/90"

# Our id and code of each function. A code that extends another lies inside it.
FUNCTIONS = {
    "F01": ("primary-education", "education.primary"),
    "F02": ("higher-education", "education.higher"),
    "F03": ("culture", "culture"),
    "F04": ("law-administration", "law.administration"),
    "F05": ("human-rights", "law.human-rights"),
    "F06": ("immigration", "law.immigration"),
    "F07": ("corrections", "law.corrections"),
    "F08": ("clemency", "law.clemency"),
    "F09": ("public-works", "public-works"),
    "F10": ("housing", "housing"),
    "F11": ("environment", "environment"),
    "F12": ("forestry", "forestry"),
    "F13": ("coordination-politics-security", "coordination.politics-security"),
    "F14": ("coordination-law-rights", "coordination.law-rights"),
    "F15": ("coordination-human-development", "coordination.human-development"),
    "F16": ("coordination-community", "coordination.human-development.community"),
    "F17": ("tourism", "tourism"),
    "F18": ("creative-economy", "creative-economy"),
    "F19": ("cooperatives", "cooperatives"),
    "F20": ("small-enterprises", "small-enterprises"),
    "F21": ("villages", "villages"),
    "F22": ("transmigration", "transmigration"),
    "F23": ("communications-digital", "communications-digital"),
    "F24": ("hajj", "hajj"),
    "F25": ("coordination-maritime-investment", "coordination.maritime-investment"),
}

# What a function stopped covering on the day: the part of public works that no row hands on, and
# what the coordination of human development gave up to a ministry of its own.
CARVED_OUT = {
    "F09": "public-works.settlement-development",
    "F15": "coordination.human-development.community",
}

DAY = r"(\d{4}-\d{2}-\d{2})"


def slug(instrument):
    """`Perpres 139/2024` -> `id/perpres/2024/139`; None where the source has no number."""
    found = re.fullmatch(r"(UU|Perpres|Keppres|PMK) (\d+)(/P)?/(\d{4})", instrument)
    if not found:
        return None
    rank, number, presidential, year = found.groups()
    return f"id/{rank.lower()}/{year}/{number}{'-p' if presidential else ''}"


def marked(value):
    """`2024-10-21 [P]` -> (`2024-10-21`, `P`); a value without a mark is as sure as its row."""
    found = re.fullmatch(r"(.*?) \[([VPU])\]", value)
    return found.groups() if found else (value, "V")


class Statements:
    """Numbers, completes and prints."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = {name: self.read(f"{name}.csv") for name in ("instruments", "functions", "components")}

    def read(self, name):
        raw = (self.folder / name).read_bytes()
        self.digests = getattr(self, "digests", {})
        self.digests[name.removesuffix(".csv")] = "sha-256:" + hashlib.sha256(raw).hexdigest()
        return list(csv.DictReader(raw.decode().splitlines()))

    def say(self, type_name, table, row, data, unverified=(), by=None):
        data = {key: value for key, value in data.items() if value not in (None, [])}
        data["source"] = {"digest": self.digests[table], "row": row}
        if unverified:
            data["unverified"] = sorted(set(unverified))
        what = data.get("handoff") or data.get("assignment") or data.get("ref") or data.get("agency")
        what = what or data.get("claim") or data["responsibility"]
        line = {"type": type_name, "jti": f"idn-2024 {type_name} {what}", "data": data}
        if by:  # who says it; the registrar where nobody is named
            line["agency"] = by
        print(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def instruments(out):
    for row in out.rows["instruments"]:
        named = row["reference"]
        names = [named]
        if "," in named:  # one row for several numbers of one year, none of them verified
            year = re.search(r"of (\d{4})", named).group(1)
            names = [f"Perpres {number}/{year}" for number in re.findall(r"\b\d{3}\b", named)]
        for name in names:
            ref = slug(name)
            signed = re.search(DAY, row["date"])
            sure = row["verification"].startswith("V")
            unverified = ["promulgated", "in_force"] if "in-force" in row["verification"] else []
            out.say("instrument.recorded", "instruments", row["id"], {
                "ref": ref,
                "rank": name.split()[0],
                "signed": signed.group(1) if signed else None,
                "status": "verified" if sure else "unverified",
            }, unverified)


def agencies(out):
    seen = {}
    for row in out.rows["functions"]:
        for side in ("from_agency", "to_agency"):
            if row[side]:
                seen.setdefault(row[side], row["id"])
    for agency, row in seen.items():
        kind = "coordinating-ministry" if agency.startswith("kemenko-") else "ministry"
        kind = "body" if agency.startswith("bp-") else kind
        out.say("agency.registered", "functions", row, {
            "agency": agency,
            "name": {"id": agency},
            "kind": kind,
        })
    # the audit of the year's accounts, which the transfer of assets waits for, is the audit board's
    out.say("agency.registered", "components", "C05", {
        "agency": "bpk",
        "name": {"id": "bpk"},
        "kind": "audit-board",
    })


def responsibilities(out):
    for row in out.rows["functions"]:
        responsibility, code = FUNCTIONS[row["id"]]
        out.say("responsibility.defined", "functions", row["id"], {
            "responsibility": responsibility,
            "name": {"id": row["function_id_lang"], "en": row["function_en"]},
            "code": {"scheme": SCHEME, "value": code},
        })


def holders_before(out):
    for row in out.rows["functions"]:
        responsibility, _ = FUNCTIONS[row["id"]]
        out.say("assignment.made", "functions", row["id"], {
            "assignment": f"{responsibility}-before",
            "responsibility": responsibility,
            "agency": row["from_agency"],
            "role": "accountable",
            "valid": {"from": "unknown"},
            "basis": {"unknown": True},
        }, [] if row["verification"].startswith("V") else ["agency"])


def unsure(row):
    """Fields of a move that its row does not verify."""
    mark = row["verification"]
    _, day = marked(row["effective_date"])
    fields = [] if day == "V" else ["effective"]
    if mark.startswith("P:new"):
        fields += ["from"]
    elif not mark.startswith("V"):
        fields += ["from", "to"]
    return fields


def steps(row):
    """What was still to be done after the law had moved the function."""
    found = []
    if row["handover_date"]:
        found.append({"step": "handover", "kind": "authority", "by": row["from_agency"], "due": row["handover_date"]})
    if row["id"] == "F11":
        found.append({"step": "audit", "kind": "audit", "by": "bpk"})
        found.append({"step": "assets", "kind": "asset", "by": row["from_agency"], "after": ["audit"]})
    return found


def moves(out):
    for row in out.rows["functions"]:
        responsibility, _ = FUNCTIONS[row["id"]]
        day, _ = marked(row["effective_date"])
        refs = [slug(marked(row[name])[0]) for name in ("enabling_instrument", "implementing_instrument")]
        basis = [{"ref": ref} for ref in refs if ref] or {"unknown": True}
        if row["kind"] in ("split", "rename"):
            out.say("handoff.proposed", "functions", row["id"], {
                "handoff": f"{responsibility}-2024",
                "responsibilities": [responsibility],
                "from": row["from_agency"],
                "to": row["to_agency"],
                "regime": "by_law",
                "effective": day,
                "steps": steps(row),
                "basis": basis,
            }, unsure(row))
        if row["kind"] == "abolished":  # its holder ends and nobody is named after it
            out.say("agency.closed", "functions", row["id"], {
                "agency": row["from_agency"],
                "how": "dissolved",
                "successors": [],
                "effective": day,
                "basis": basis,
            }, ["effective", "successors"])
        if row["id"] in CARVED_OUT:
            out.say("responsibility.changed", "functions", row["id"], {
                "responsibility": responsibility,
                "carve_outs": [{"code": {"scheme": SCHEME, "value": CARVED_OUT[row["id"]]}}],
                "effective": day,
                "basis": basis,
            }, ["effective"])
        # carve_out: hajj is contested, the statute still names the old holder, so nothing moved


def caretaker(out):
    """Until the audit, somebody answers for the old ministry's budget and assets. The regulation
    says so (C02, C03, C05); which ministry the letter named, the source does not say."""
    out.say("assignment.made", "components", "C02", {
        "assignment": "environment-caretaker",
        "responsibility": "environment",
        "agency": "klhk",
        "role": "caretaker",
        "components": ["budget", "asset"],
        "valid": {"from": "2024-10-21"},
        "ends_when": {"handoff": "environment-2024", "step": "audit"},
        "basis": [{"ref": TRANSITION, "article": "19(1)b"}],
    }, ["agency", "valid"])


def hajj(out):
    """The new body says that the duty is its own; the statute still names the minister (F24). The
    source gives the year alone: the claim is dated with the cabinet, and marked."""
    out.say("claim.raised", "functions", "F24", {
        "claim": "hajj-2024",
        "kind": "authority",
        "about": ["r:hajj"],
        "against": ["kemenag"],
        "on": "2024-10-21",
    }, ["on"], by="bp-haji")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = Statements(Path(sys.argv[1]))
    for part in (instruments, agencies, responsibilities, holders_before, moves, caretaker, hajj):
        part(out)


if __name__ == "__main__":
    main()
