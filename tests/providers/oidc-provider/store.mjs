// Where the provider keeps what it issued: in memory, all of it, for as long as it runs. (The library's own
// memory forgets the oldest thousand, which a storm would take for revocations.)
import { errors } from "oidc-provider";

const OF_A_GRANT = new Set(["AccessToken", "AuthorizationCode", "RefreshToken"]);

export class Store {
  #grace;
  /** What is kept, by model and id. */
  #kept = new Map();
  /** What belongs to a grant: a family of refresh tokens, with their access tokens. */
  #families = new Map();
  /** The latest link that each family spent, by how many rotations it took to get there. */
  #latest = new Map();
  /** What happened to refresh tokens. */
  counts = { spent: 0, spent_again_in_grace: 0, families_revoked_for_reuse: 0 };

  constructor(grace) {
    this.#grace = grace;
  }

  /** What the library calls for one of its models. */
  adapter(model) {
    const key = (id) => `${model} ${id}`;
    return {
      upsert: async (id, payload) => {
        this.#kept.set(key(id), payload);
        if (OF_A_GRANT.has(model) && payload.grantId) this.#family(payload.grantId).add(key(id));
      },
      find: async (id) => this.#found(this.#kept.get(key(id))),
      findByUid: async (uid) => {
        for (const [kept, payload] of this.#kept) {
          if (kept.startsWith(`${model} `) && payload.uid === uid) return payload;
        }
        return undefined;
      },
      consume: async (id) => this.#spend(model, this.#kept.get(key(id))),
      destroy: async (id) => {
        this.#kept.delete(key(id));
      },
      revokeByGrantId: async (grant) => this.#drop(grant),
    };
  }

  /** Ends every session and every family, as an administrator does. */
  revokeAll() {
    for (const grant of [...this.#families.keys()]) this.revoke(grant);
  }

  /** Ends one family. */
  revoke(grant) {
    this.#drop(grant);
    this.#kept.delete(`Grant ${grant}`);
  }

  #family(grant) {
    if (!this.#families.has(grant)) this.#families.set(grant, new Set());
    return this.#families.get(grant);
  }

  #drop(grant) {
    for (const key of this.#families.get(grant) ?? []) this.#kept.delete(key);
    this.#families.delete(grant);
  }

  /** What the library sees. Within the grace, a spent refresh token looks unspent. */
  #found(payload) {
    if (!payload?.consumed || !this.#inGrace(payload)) return payload;
    const { consumed: _, ...unspent } = payload;
    return unspent;
  }

  /** Whether a spent token is still answered: soon enough, and no link behind it was used. */
  #inGrace(payload) {
    const soon = Date.now() - payload.spentAt < this.#grace;
    return soon && (payload.rotations ?? 0) === this.#latest.get(payload.grantId);
  }

  /** Spends a code or a refresh token. Of two requests at once with one token, the second is a reuse too. */
  #spend(model, payload) {
    const now = Date.now();
    if (model === "RefreshToken") {
      this.counts.spent += 1;
      if (payload?.consumed && this.#inGrace(payload)) {
        this.counts.spent_again_in_grace += 1;
        return;
      }
      if (!payload || payload.consumed) {
        if (payload) this.revoke(payload.grantId);
        this.counts.families_revoked_for_reuse += 1;
        throw new errors.InvalidGrant("refresh token already used");
      }
      payload.spentAt = now;
      this.#latest.set(payload.grantId, payload.rotations ?? 0);
    }
    payload.consumed = Math.floor(now / 1000);
  }
}
