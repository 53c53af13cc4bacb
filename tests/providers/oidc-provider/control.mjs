// What a test asks of the provider beside OpenID: what happened so far, and to misbehave.
//
//   GET  /test/counts     what happened
//   POST /test/fault      the token endpoint's next answers: {times, after, answer} or {chance, seed, after, answer}.
//                         `after`: of refreshes only, and done first, so that the link has rotated; else a request
//                         is not seen at all. `answer`: {status, headers, body}; without one, the connection breaks.
//   POST /test/revoke     ends every family, as an administrator does
const FONTS = /@import url\(https:[^)]*\);?/g;

export class Control {
  #store;
  #fault = null;
  #counts = {
    token_requests: 0,
    sign_ins: 0,
    refreshes: 0,
    /** Good answers for a tenant, by tenant; `none` is an answer that names none. */
    issued: {},
    /** Refusals of the token endpoint, by their code. */
    refused: {},
    faults: 0,
  };

  constructor(store) {
    this.#store = store;
  }

  /** Follows what the provider does, and stands between it and the network. */
  watch(provider, tenants) {
    provider.use(async (ctx, next) => {
      await next();
      // The sign-in page's fonts: a test asks nothing of the internet.
      if (typeof ctx.body === "string" && ctx.type === "text/html") ctx.body = ctx.body.replace(FONTS, "");
      if (ctx.path === "/token" && ctx.status === 200 && isRefresh(ctx) && this.#strikes(true)) {
        ctx.respond = false;
        this.#misbehave(ctx.res);
      }
    });
    provider.on("grant.success", (ctx) => {
      this.#counts[isRefresh(ctx) ? "refreshes" : "sign_ins"] += 1;
      count(this.#counts.issued, tenants.get(ctx.oidc.entities.AccessToken?.aud) ?? "none");
    });
    provider.on("grant.error", (ctx, error) => {
      count(this.#counts.refused, error.error);
      // The library found the reuse itself, and has revoked the family; the store found all others.
      if (ctx.oidc.entities.RefreshToken?.consumed) this.#store.counts.families_revoked_for_reuse += 1;
    });
    // A client that dies halfway through a request is no fault of the provider's, and not worth Koa's word.
    provider.silent = true;
    provider.on("server_error", (_ctx, error) => process.stderr.write(`oidc-provider: ${error.stack}\n`));
  }

  /** Answers in the provider's place where the request is ours, or a fault's; says whether it did. */
  answer(request, response) {
    const path = request.url.split("?")[0];
    if (path === "/test/counts") {
      json(response, { ...this.#counts, ...this.#store.counts });
    } else if (path === "/test/fault") {
      body(request).then((text) => {
        const fault = JSON.parse(text);
        this.#fault = fault && { ...fault, random: seeded(fault.seed ?? 1) };
        json(response, {});
      });
    } else if (path === "/test/revoke") {
      this.#store.revokeAll();
      json(response, {});
    } else if (path === "/token" && request.method === "POST") {
      this.#counts.token_requests += 1;
      if (!this.#strikes(false)) return false;
      request.resume().on("end", () => this.#misbehave(response));
    } else {
      return false;
    }
    return true;
  }

  /** Whether the fault strikes now: before the request is seen, or after it is done. */
  #strikes(after) {
    const fault = this.#fault;
    if (!fault || (fault.after ?? false) !== after) return false;
    if (fault.chance !== undefined) return fault.random() < fault.chance;
    if (fault.times <= 0) return false;
    fault.times -= 1;
    return true;
  }

  #misbehave(response) {
    this.#counts.faults += 1;
    const { answer } = this.#fault;
    if (!answer) {
      response.socket.destroy();
      return;
    }
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? "");
  }
}

function isRefresh(ctx) {
  return ctx.oidc.params.grant_type === "refresh_token";
}

function count(counts, name) {
  counts[name] = (counts[name] ?? 0) + 1;
}

function json(response, value) {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function body(request) {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  return text;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
