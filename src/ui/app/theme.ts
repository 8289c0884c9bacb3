/** Light or dark: as the system says, or as somebody chose in this browser. */
import { signal } from "@preact/signals";
import { BASE } from "../store/daemon.ts";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly { is: Theme; word: string }[] = [
  { is: "system", word: "System" },
  { is: "light", word: "Light" },
  { is: "dark", word: "Dark" },
];

/** One origin may hold several daemons, each below a path of its own. */
const KEY = `holdfast-theme ${BASE.pathname}`;

export const theme = signal<Theme>(read());

export function setTheme(next: Theme): void {
  theme.value = next;
  localStorage.setItem(KEY, next);
  show();
}

/** Onto the page. */
export function show(): void {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

function read(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}
