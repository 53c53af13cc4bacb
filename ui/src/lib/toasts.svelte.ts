// Short messages about what was done. They say it once and go; nothing that matters lives only here.

export type Toast = { id: number; text: string; tone: "done" | "problem" };

const LASTS_MS = 6000;
let next = 0;
let shown = $state.raw<Toast[]>([]);

export const toasts = {
  get shown(): Toast[] {
    return shown;
  },
  say(text: string, tone: Toast["tone"] = "done"): void {
    const toast = { id: next++, text, tone };
    shown = [...shown.slice(-2), toast];
    setTimeout(() => toasts.drop(toast.id), LASTS_MS);
  },
  drop(id: number): void {
    shown = shown.filter((toast) => toast.id !== id);
  },
};
