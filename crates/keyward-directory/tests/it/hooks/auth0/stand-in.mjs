// Stands in for Auth0 around a post-login Action: `event` and `api` as its documentation has them, what it drops in
// silence dropped, what it does not have not there. Reads {action, event} and prints what would be issued.

import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

// auth0.com/docs/secure/tokens/json-web-tokens/create-custom-claims
const RESERVED = new Set(
  `acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest
   entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce
   object_id org_id org_name orig origid permissions roles rph s_hash sid sip_callid sip_cseq_num sip_date sip_from_tag
   sip_via_branch sub sub_jwk toe txn typ uuid vot vtm x5t#S256`.split(/\s+/),
);
const MOST_BYTES = 100 * 1024;
const PATIENCE = 20_000;

const { action, event } = JSON.parse(await text(process.stdin));
const issued = { denied: null, accessToken: {}, idToken: {} };

const token = (claims) => ({
  setCustomClaim(name, value) {
    if (!RESERVED.has(name)) claims[name] = structuredClone(value);
    return api;
  },
});
const api = {
  access: {
    deny(reason) {
      if (typeof reason !== 'string') throw new TypeError('deny: the reason is a text');
      issued.denied ??= reason;
      return api;
    },
  },
  accessToken: token(issued.accessToken),
  idToken: token(issued.idToken),
};

const { onExecutePostLogin } = createRequire(import.meta.url)(action);
const late = setTimeout(() => finish({ failed: 'the Action took too long' }), PATIENCE);
try {
  await onExecutePostLogin(event, api);
} catch (error) {
  finish({ failed: String(error) });
}
clearTimeout(late);
if (JSON.stringify([issued.accessToken, issued.idToken]).length > MOST_BYTES) {
  finish({ failed: 'more than 100 kB of claims' });
}
// A sign-in that is denied issues nothing, whatever was set before.
finish(issued.denied === null ? issued : { denied: issued.denied });

function finish(outcome) {
  process.stderr.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
}
