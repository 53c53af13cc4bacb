// The corpus through jose and fast-jwt, each set up as its documentation shows it.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createVerifier, TokenError } from 'fast-jwt'
import * as jose from 'jose'

class Refused extends Error {}

async function checkJose(token, trusted, audience) {
  await jose.jwtVerify(token, jose.createLocalJWKSet(trusted.jwks), {
    issuer: trusted.issuer,
    audience,
    algorithms: trusted.algorithms,
    typ: 'at+jwt',
    clockTolerance: 30,
    requiredClaims: ['exp', 'iat', 'sub'],
  })
}

async function checkFastJwt(token, trusted, audience) {
  // What its documentation leaves to get-jwks: the key of this name.
  const key = async ({ header }) => {
    const keys = trusted.jwks.keys.filter((jwk) => jwk?.use !== 'enc')
    const found = header.kid === undefined && keys.length === 1 ? keys[0] : keys.find((jwk) => jwk?.kid === header.kid)
    if (!found) throw new Refused('no such key')
    return createPublicKey({ key: found, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  }
  const verify = createVerifier({
    key,
    algorithms: trusted.algorithms,
    allowedIss: trusted.issuer,
    allowedAud: audience,
    checkTyp: 'at+jwt',
    clockTolerance: 30_000,
    requiredClaims: ['exp', 'iat', 'sub', 'iss', 'aud'],
  })
  await verify(token)
}

const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
const peers = [
  { name: 'jose', check: checkJose, errors: [jose.errors.JOSEError, Refused] },
  { name: 'fast-jwt', check: checkFastJwt, errors: [TokenError, Refused] },
]

// The issuer to check against: the only one, or the one that the token names.
function trustedBy(profile, token) {
  if (profile.trusted.length === 1) return profile.trusted[0]
  let named
  try {
    named = JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).iss
  } catch {
    throw new Refused('no issuer')
  }
  const found = profile.trusted.find((trusted) => trusted.issuer === named)
  if (!found) throw new Refused('another issuer')
  return found
}

async function outcome(corpus, vector, { check, errors }) {
  const token = typeof vector.token === 'string' ? vector.token : vector.token.repeat.repeat(vector.token.times)
  try {
    const trusted = trustedBy(corpus.profiles[vector.profile], token)
    const audience = trusted.tenant_audience?.replace('{tenant}', vector.tenant) ?? trusted.audiences[0]
    await check(token, trusted, audience)
    return 'accepted'
  } catch (error) {
    return errors.some((known) => error instanceof known) ? 'refused' : 'crashed'
  }
}

const corpus = JSON.parse(readFileSync(process.argv[2]))
const run = []
for (const peer of peers) {
  const outcomes = {}
  for (const vector of corpus.vectors) outcomes[vector.id] = await outcome(corpus, vector, peer)
  run.push({ name: peer.name, version: version(peer.name), from: 'npm', outcomes })
}
console.log(JSON.stringify(run))
