// Tells the shell that the person acts in this window, so that its access is renewed ahead of time.
import { commands } from "./backend";
import { session } from "./session.svelte";

const EVERY_MS = 30_000;
const ACTS = ["pointerdown", "pointermove", "wheel", "keydown", "focus"] as const;

/** Listens for acts until the answer is called: the first is told at once, then one every 30 seconds at most. */
export function watchUse(): () => void {
  let told: number | null = null;

  function act(): void {
    if (!session.signedIn) return;
    // The calendar's clock, not the page's: it has gone on while the computer slept.
    const now = Date.now();
    if (told !== null && Math.abs(now - told) < EVERY_MS) return;
    told = now;
    // A hint: where it does not arrive, the next act gives it again.
    commands.inUse().catch(() => (told = null));
  }

  for (const name of ACTS) addEventListener(name, act, { capture: true, passive: true });
  return () => {
    for (const name of ACTS) removeEventListener(name, act, { capture: true });
  };
}
