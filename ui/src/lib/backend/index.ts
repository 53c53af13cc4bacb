// The one door to the shell: nothing outside this folder imports @tauri-apps.
import { getCurrentWebviewWindow } from "@tauri-apps/api/webviewWindow";
import { VIEW_EVENT, type KeywardError, type WindowView } from "./generated";

export * from "./generated";

/** Hears every new view of this window. */
export function onView(hear: (view: WindowView) => void): Promise<() => void> {
  return getCurrentWebviewWindow().listen<WindowView>(VIEW_EVENT, (event) => hear(event.payload));
}

/** What a rejected command said: an error of ours, or a fault that is shown as one. */
export function asError(thrown: unknown): KeywardError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown) {
    return thrown as KeywardError;
  }
  return { code: "internal", message: thrown instanceof Error ? thrown.message : String(thrown) };
}
