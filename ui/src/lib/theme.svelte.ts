// Light, dark, or as the system has it. The only thing this window stores in the webview.

export type Theme = "system" | "light" | "dark";
export const themes: Theme[] = ["system", "light", "dark"];

function stored(): Theme {
  const value = localStorage.getItem("theme");
  return themes.find((theme) => theme === value) ?? "system";
}

let chosen = $state<Theme>(stored());

function show(): void {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
show();

export const theme = {
  get chosen(): Theme {
    return chosen;
  },
  choose(next: Theme): void {
    chosen = next;
    localStorage.setItem("theme", next);
    show();
  },
};
