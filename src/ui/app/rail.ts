/** Whether the rail at the left shows words beside its shapes: as there is room, or as somebody chose in this browser. */
import { computed, effect, signal } from "@preact/signals";
import { BASE } from "../store/daemon.ts";

type Rail = "icons" | "words";

/** One origin may hold several daemons, each below a path of its own. */
const KEY = `holdfast-rail ${BASE.pathname}`;
/** From so wide on the words take nothing from a list. */
const wide = matchMedia("(min-width: 1360px)");

const isWide = signal(wide.matches);
const chosen = signal<Rail | undefined>(read());
export const rail = computed((): Rail => chosen.value ?? (isWide.value ? "words" : "icons"));

export function turnRail(): void {
  chosen.value = rail.value === "words" ? "icons" : "words";
  localStorage.setItem(KEY, chosen.value);
}

/** Onto the page, from now on. */
export function showRail(): void {
  wide.addEventListener("change", () => {
    isWide.value = wide.matches;
  });
  effect(() => {
    document.documentElement.dataset.rail = rail.value;
  });
}

function read(): Rail | undefined {
  const kept = localStorage.getItem(KEY);
  return kept === "icons" || kept === "words" ? kept : undefined;
}
