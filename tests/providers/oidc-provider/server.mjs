// npm `oidc-provider` as a provider that rotates, detects reuse and knows a resource (RFC 8707) per tenant.
//
//   node server.mjs '{"algorithm":"ES256","grace_ms":2000}'
//
// It takes a free port, prints one line, `{"issuer":…}`, and ends when its standard input does. What a test
// asks of it beside OpenID stands in control.mjs.
import "./quiet.mjs";

import { createServer } from "node:http";

import Provider, { errors, interactionPolicy } from "oidc-provider";

import { Control } from "./control.mjs";
import { signingKey } from "./keys.mjs";
import { Store } from "./store.mjs";

const options = {
  /** RS256, PS256, ES256 or EdDSA, for ID tokens and access tokens. */
  algorithm: "RS256",
  /** Whether each refresh spends its refresh token. */
  rotate: true,
  /** How long a spent refresh token is answered again, while no successor was used. */
  grace_ms: 0,
  access_token_seconds: 300,
  /** Whether `prompt=none` is answered to a native client. The library's own answer is no. */
  silent: false,
  client_id: "keyward-desktop",
  redirect_uris: ["http://127.0.0.1/callback"],
  /** What an access token is for: each tenant's API. */
  resource: "https://api.example/{tenant}",
  tenants: ["acme", "globex", "initech"],
  /** The role directory's own resource. */
  directory: "https://roles.example",
  /** May be asked for at sign-in, and is refused at the switch. */
  denied: ["hooli"],
  /** Who holds which roles where: `{"ada": {"acme": ["owner"]}}`. Everybody else is a viewer. */
  roles: {},
  ...JSON.parse(process.argv[2] ?? "{}"),
};

const resources = new Map(
  [...options.tenants, ...options.denied].map((tenant) => [
    options.resource.replace("{tenant}", tenant),
    tenant,
  ]),
);
resources.set(options.directory, "none");

const account = (sub) => ({
  accountId: sub,
  claims: () => ({
    sub,
    name: `${sub[0].toUpperCase()}${sub.slice(1)}`,
    email: `${sub}@northwind.example`,
    email_verified: true,
    tenants: options.tenants,
  }),
});

/** A tenant's API, as the library wants it described. */
function resourceServer(ctx, resource) {
  const tenant = resources.get(resource);
  if (!tenant) throw new errors.InvalidTarget();
  if (ctx.oidc.route === "token" && options.denied.includes(tenant)) throw new errors.AccessDenied();
  return {
    scope: "",
    audience: resource,
    accessTokenFormat: "jwt",
    accessTokenTTL: options.access_token_seconds,
    jwt: { sign: { alg: options.algorithm } },
  };
}

function rolesIn(_ctx, token) {
  const tenant = resources.get(token.aud);
  if (!options.tenants.includes(tenant)) return undefined;
  return { tenant, roles: options.roles[token.accountId]?.[tenant] ?? ["viewer"] };
}

function interactions() {
  const policy = interactionPolicy.base();
  if (options.silent) policy.get("consent").checks.remove("native_client_prompt");
  return { policy };
}

const store = new Store(options.grace_ms);
const control = new Control(store);

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  adapter: (model) => store.adapter(model),
  jwks: { keys: [await signingKey(options.algorithm)] },
  cookies: { keys: ["a test's own"] },
  clients: [
    {
      client_id: options.client_id,
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: options.redirect_uris,
      post_logout_redirect_uris: options.redirect_uris,
      id_token_signed_response_alg: options.algorithm,
    },
  ],
  findAccount: (_ctx, sub) => account(sub),
  // Name and address stand in the ID token: a tenant's token is refused at the userinfo endpoint.
  conformIdTokenClaims: false,
  claims: { openid: ["sub", "tenants"], profile: ["name"], email: ["email", "email_verified"] },
  features: {
    devInteractions: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
  },
  interactions: interactions(),
  extraTokenClaims: rolesIn,
  rotateRefreshToken: options.rotate,
  pkce: { required: () => true },
  ttl: {
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? options.access_token_seconds,
    Grant: 14 * 86_400,
    IdToken: options.access_token_seconds,
    Interaction: 3600,
    RefreshToken: 14 * 86_400,
    Session: 14 * 86_400,
  },
});
control.watch(provider, resources);

const openid = provider.callback();
server.on("request", (request, response) => {
  if (!control.answer(request, response)) openid(request, response);
});

process.stdout.write(`${JSON.stringify({ issuer })}\n`);
process.stdin.on("end", () => process.exit()).resume();
