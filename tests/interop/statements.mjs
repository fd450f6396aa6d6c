// Statements made by other people's JOSE libraries: jose signs JWTs, @sd-jwt/core issues SD-JWTs with
// disclosures. Prints JSON: keys, statements that must be admitted, statements that must be refused
// with their code.
//
// usage: node statements.mjs ORIGIN AGENCY

import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';

// the libraries stand in a scratch folder of the tests, named by NODE_PATH
const require = createRequire(`${process.env.NODE_PATH}/`);
const { SignJWT, CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } = await import(
  require.resolve('jose')
);
const { SDJwtInstance } = require('@sd-jwt/core');

const [origin, agency] = process.argv.slice(2);
const now = Math.floor(Date.now() / 1000);
const hash = (bytes) => createHash('sha256').update(bytes);

const claims = (other = {}) => ({
  iss: agency,
  aud: origin,
  jti: randomBytes(8).toString('hex'),
  iat: now,
  type: 'approval.given',
  data: { approves: `sha-256:${hash(randomBytes(8)).digest('hex')}` },
  ...other,
});

const keys = [];
const good = [];
const bad = [];
for (const alg of ['Ed25519', 'ES256']) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const jwk = { kty, crv, x, ...(y && { y }) };
  const kid = await calculateJwkThumbprint(jwk);
  keys.push({ kid, jwk });
  const header = { alg, kid, typ: 'estafet+jwt' };
  const sign = (payload, head = header) => new SignJWT(payload).setProtectedHeader(head).sign(privateKey);
  for (let n = 0; n < 4; n += 1) good.push({ jwt: await sign(claims()) });

  const signer = async (text) => {
    const [head, payload] = text.split('.');
    const bytes = (part) => Buffer.from(part, 'base64url');
    const signed = await new CompactSign(bytes(payload))
      .setProtectedHeader(JSON.parse(bytes(head)))
      .sign(privateKey);
    const [signedHead, , signature] = signed.split('.');
    if (signedHead !== head) throw new Error('the header was written otherwise');
    return signature;
  };
  class Issuer extends SDJwtInstance {
    type = 'estafet+jwt';
    validateReservedFields() {}
  }
  const issuer = new Issuer({
    signer,
    signAlg: alg,
    hasher: (data) => hash(data).digest(),
    hashAlg: 'sha-256',
    saltGenerator: () => randomBytes(18).toString('base64url'),
  });
  for (const details of [{ title: 'Persetujuan' }, { reason: 'Banjir Ö', people: ['A', 'B'], n: 3 }]) {
    const frame = { details: { _sd: Object.keys(details) } };
    const issued = await issuer.issue({ ...claims(), details }, frame, { header: { kid, typ: 'estafet+jwt' } });
    const [jwt, ...disclosures] = issued.split('~');
    good.push({ jwt, disclosures: disclosures.filter((part) => part) });
  }
  const refused = [
    ['wrong-audience', claims({ aud: 'ledger.example/another' })],
    ['stale', claims({ iat: now - 700_000 })],
    ['stale', claims({ iat: now + 900 })],
    ['malformed', claims({ iat: now + 0.5 })],
    ['malformed', claims({ jti: undefined })],
    ['unknown-field', claims({ nbf: now })],
    ['unknown-type', claims({ type: 'approval.dreamt' })],
    ['unknown-field', claims({ data: { approves: `sha-256:${'0'.repeat(64)}`, x: 1 } })],
    ['key-not-valid', claims({ iss: 'registrar' })],
  ];
  for (const [code, payload] of refused) bad.push({ code, jwt: await sign(payload) });
  for (const head of [{ alg, kid }, { ...header, typ: 'JWT' }, { ...header, cty: 'json' }, { ...header, jwk }]) {
    bad.push({ code: 'alg-refused', jwt: await sign(claims(), head) });
  }
}
console.log(JSON.stringify({ keys, good, bad }));
