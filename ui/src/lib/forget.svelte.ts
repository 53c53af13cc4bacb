// Forgetting an account or deleting one secret: asked, done, and what was found when the keychain was looked into again.
import { asError, type Forgotten, type KeywardError } from "./backend";

/** What goes, whose it is and where; `run` makes it go. */
export type Wish = {
  what: "account" | "secret";
  who: string;
  where: string;
  run: () => Promise<Forgotten>;
  /** Whether it lies in the keychain. */
  kept: boolean;
};

export type Forgetting =
  | { step: "asking"; wish: Wish; error: KeywardError | null }
  | { step: "working"; wish: Wish }
  | { step: "done"; wish: Wish; found: Forgotten };

let now = $state.raw<Forgetting | null>(null);

export const forget = {
  get now(): Forgetting | null {
    return now;
  },
  ask(wish: Wish): void {
    now = { step: "asking", wish, error: null };
  },
  close(): void {
    if (now?.step !== "working") now = null;
  },
  async confirm(): Promise<void> {
    if (now?.step !== "asking") return;
    const { wish } = now;
    now = { step: "working", wish };
    try {
      now = { step: "done", wish, found: await wish.run() };
    } catch (thrown) {
      now = { step: "asking", wish, error: asError(thrown) };
    }
  },
};
