// npm `@simulacrum/auth0-simulator`: Auth0's shapes. TLS, an issuer that ends in a slash, `audience` at the token
// endpoint. It checks no verifier and never rotates, so it proves shapes, not security.
//
//   node server.mjs '{"folder":"/tmp/somewhere"}'
//
// It takes a free port, prints one line, `{"issuer":…,"ca":…}`, and ends when its standard input does. `folder` is
// where it keeps its certificates; `ca` is the authority that a client must trust.
import { createRequire } from "node:module";
import process from "node:process";

import { certificates } from "./certificates.mjs";

const options = {
  folder: null,
  client_id: "keyward-desktop",
  audience: "https://api.example/{tenant}",
  tenants: ["acme", "globex", "initech"],
  /** The role directory's own audience. */
  directory: "https://roles.example",
  /** What a token is for where no audience is asked for, or one that the client may not have. */
  default_audience: "https://api.example/default",
  access_token_seconds: 86_400,
  people: [
    { id: "auth0|ada", name: "Ada Lindqvist", email: "ada@northwind.example", password: "northwind" },
    { id: "auth0|ben", name: "Ben Okafor", email: "ben@northwind.example", password: "northwind" },
  ],
  ...JSON.parse(process.argv[2] ?? "{}"),
};

// What it says would be taken for the line that the test waits for.
console.log = console.info = console.debug = () => {};
// It looks for its certificates in the person's home, and for its rules from where it was started.
process.env.HOME = options.folder;
process.chdir(import.meta.dirname);
// Its rules know nothing of us but the environment.
process.env.ACCESS_TOKEN_SECONDS = options.access_token_seconds;
const ca = certificates(options.folder);

// Only its CommonJS build can run rules.
const require = createRequire(import.meta.url);
const { simulation } = require("@simulacrum/auth0-simulator");
const { audience: told } = require("./asked.cjs");

const audiences = [options.directory, ...options.tenants.map((tenant) => options.audience.replace("{tenant}", tenant))];
/** What each sign-in asked for, by its nonce. */
const asked = new Map();

/** As Auth0 does: the code is for the audience that the sign-in asked for. The simulator would forget it. */
function remember(request, _response, next) {
  const { nonce, audience } = request.body ?? {};
  asked.set(nonce, audience);
  next();
}

/** As Auth0 does: an audience outside the client's policy is no error, it is ignored. */
function policy(request, _response, next) {
  const { audience, ...rest } = request.body ?? {};
  const [nonce] = Buffer.from(rest.code ?? "", "base64url").toString().split(":");
  const wanted = audience ?? asked.get(nonce);
  const allowed = audiences.includes(wanted);
  request.body = allowed ? { ...rest, audience: wanted } : rest;
  told.run(allowed ? wanted : options.default_audience, next);
}

const { port } = await simulation({
  initialState: { users: options.people },
  options: {
    clientID: options.client_id,
    audience: options.default_audience,
    scope: "openid profile email offline_access",
    rulesDirectory: "rules",
  },
  extend: {
    extendRouter: (router) => router.post("/usernamepassword/login", remember).post("/oauth/token", policy),
  },
}).listen(0, "127.0.0.1");

process.stdout.write(`${JSON.stringify({ issuer: `https://127.0.0.1:${port}/`, ca })}\n`);
process.stdin.on("end", () => process.exit()).resume();
