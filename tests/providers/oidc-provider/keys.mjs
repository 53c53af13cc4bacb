// A signing key of the kind that an algorithm takes, made at each start.
import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

const KINDS = {
  RS256: ["rsa", { modulusLength: 2048 }],
  PS256: ["rsa", { modulusLength: 2048 }],
  ES256: ["ec", { namedCurve: "P-256" }],
  EdDSA: ["ed25519", {}],
};

/** The private key, as a JWK. */
export async function signingKey(algorithm) {
  const kind = KINDS[algorithm];
  if (!kind) throw new Error(`${algorithm} is none of ${Object.keys(KINDS).join(", ")}`);
  const { privateKey } = await promisify(generateKeyPair)(...kind);
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: algorithm, kid: algorithm };
}
