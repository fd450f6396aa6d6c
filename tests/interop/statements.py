"""Statements made by other people's JOSE libraries: joserfc signs JWTs, sd-jwt (OpenWallet) issues
SD-JWTs with disclosures. Prints JSON: keys, statements that must be admitted, statements that must be
refused with their code.

usage: statements.py ORIGIN AGENCY
"""

import hashlib
import json
import secrets
import sys
import time

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer

ORIGIN, AGENCY = sys.argv[1:3]
NOW = int(time.time())


def claims(**other):
    """An approval: any agency may say it, and it changes nothing."""
    digest = hashlib.sha256(secrets.token_bytes(8)).hexdigest()
    base = {
        "iss": AGENCY,
        "aud": ORIGIN,
        "jti": secrets.token_hex(8),
        "iat": NOW,
        "type": "approval.given",
        "data": {"approves": "sha-256:" + digest},
    }
    return {name: value for name, value in (base | other).items() if value is not None}


def sign(key, alg, payload, **header):
    head = {"alg": alg, "kid": key.thumbprint(), "typ": "estafet+jwt"} | header
    head = {name: value for name, value in head.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=["Ed25519", "EdDSA", "ES256"], strict_check_header=False)
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return jws.serialize_compact(head, text.encode(), key, registry=registry)


def issue(key, alg, details):
    payload = claims() | {"details": {SDObj(name): value for name, value in details.items()}}
    header = {"kid": key.thumbprint(), "typ": "estafet+jwt"}
    issuer_key = JWK.from_json(json.dumps(key.as_dict(private=True)))
    issued = SDJWTIssuer(payload, issuer_key, sign_alg=alg, extra_header_parameters=header)
    jwt, *disclosures = issued.sd_jwt_issuance.split("~")
    return jwt, [part for part in disclosures if part]


keys, good, bad = [], [], []
for alg, key in (("Ed25519", OKPKey.generate_key("Ed25519")), ("ES256", ECKey.generate_key("P-256"))):
    keys.append({"kid": key.thumbprint(), "jwk": {n: v for n, v in key.as_dict(private=False).items() if n in ("kty", "crv", "x", "y")}})
    older = "EdDSA" if alg == "Ed25519" else alg
    for name in {alg, older}:
        good += [{"jwt": sign(key, name, claims())} for _ in range(3)]
    for details in ({"title": "Persetujuan"}, {"reason": "Banjir Ö", "people": ["A", "B"], "n": 3}):
        jwt, disclosures = issue(key, older, details)
        good.append({"jwt": jwt, "disclosures": disclosures})
    for code, payload in (
        ("wrong-audience", claims(aud="ledger.example/another")),
        ("stale", claims(iat=NOW - 700_000)),
        ("stale", claims(iat=NOW + 900)),
        ("malformed", claims(iat=NOW + 0.5)),
        ("malformed", claims(iat=None)),
        ("malformed", claims(jti=None)),
        ("malformed", claims(aud=[ORIGIN])),
        ("unknown-field", claims(exp=NOW + 60)),
        ("unknown-type", claims(type="approval.dreamt")),
        ("unknown-field", claims(data={"approves": "sha-256:" + "0" * 64, "x": 1})),
        ("malformed", json.dumps(claims())[:-1] + ',"jti":"twice"}'),
        ("key-not-valid", claims(iss="registrar")),
    ):
        bad.append({"jwt": sign(key, alg, payload), "code": code})
    for code, header in (
        ("alg-refused", {"typ": "JWT"}),
        ("alg-refused", {"crit": ["b64"], "b64": True}),
        ("alg-refused", {"jwk": key.as_dict(private=False)}),
        ("alg-refused", {"typ": None}),
    ):
        bad.append({"jwt": sign(key, alg, claims(), **header), "code": code})
print(json.dumps({"keys": keys, "good": good, "bad": bad}))
