/** In which time zone moments are written out: the browser's own, or the one that every colleague reads alike. */
import { signal } from "@preact/signals";
import { BASE } from "./daemon.ts";

export type Zone = "local" | "UTC";

/** One origin may hold several daemons, each below a path of its own. */
const KEY = `holdfast-zone ${BASE.pathname}`;

export const zone = signal<Zone>(localStorage.getItem(KEY) === "UTC" ? "UTC" : "local");

export function setZone(next: Zone): void {
  zone.value = next;
  if (next === "local") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
}

/** Its IANA name. */
export function zoneName(): string {
  return zone.value === "UTC" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** For `toLocaleString`, which names no zone by itself. */
export function inZone(): { timeZone?: string } {
  return zone.value === "UTC" ? { timeZone: "UTC" } : {};
}
