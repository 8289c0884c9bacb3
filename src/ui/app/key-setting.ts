/** Whether single keys act: who speaks to a computer, or types by mistake, turns them off (WCAG 2.1.4). */
import { signal } from "@preact/signals";
import { BASE } from "../store/daemon.ts";

const KEY = `holdfast-keys ${BASE.pathname}`;

export const areKeysOn = signal(localStorage.getItem(KEY) !== "off");

export function setKeys(to: "on" | "off"): void {
  areKeysOn.value = to === "on";
  if (to === "on") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, to);
}
