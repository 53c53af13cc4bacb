// "Forget this account": asked, done, and what was found when the keychain was looked into again.
import { asError, commands, type Forgotten, type KeywardError } from "./backend";

export type Forgetting =
  | { step: "asking"; who: string; where: string; error: KeywardError | null }
  | { step: "working"; who: string; where: string }
  | { step: "done"; who: string; where: string; found: Forgotten };

let now = $state.raw<Forgetting | null>(null);

export const forget = {
  get now(): Forgetting | null {
    return now;
  },
  ask(who: string, where: string): void {
    now = { step: "asking", who, where, error: null };
  },
  close(): void {
    if (now?.step !== "working") now = null;
  },
  async confirm(): Promise<void> {
    if (now?.step !== "asking") return;
    const { who, where } = now;
    now = { step: "working", who, where };
    try {
      now = { step: "done", who, where, found: await commands.forgetAccount() };
    } catch (thrown) {
      now = { step: "asking", who, where, error: asError(thrown) };
    }
  },
};
