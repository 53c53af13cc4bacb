// Keys as this system names and reports them.

export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The name on the key that makes a shortcut. */
export const mod = isMac ? "⌘" : "Ctrl";

/** Whether the key that makes a shortcut is held, alone. */
export function hasMod(event: KeyboardEvent | MouseEvent): boolean {
  return (isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey;
}

/** Whether the person is typing text, so that plain letters are not commands. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"))
  );
}

/** Whether something floats over the window and owns the keys. */
export function isCovered(): boolean {
  return document.querySelector("[data-floating]") !== null;
}
