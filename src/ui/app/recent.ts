/** Which applications somebody looked at in this browser last, to go back to one: whoever else signs in has others. */
import { daemon } from "../store/applications.ts";
import { BASE } from "../store/daemon.ts";

const MOST = 5;
/** One origin may hold several daemons, each below a path of its own. */
const keyNow = (): string => `holdfast-recent ${BASE.pathname} ${daemon.peek().asker}`;

/** @returns `namespace/name` of each, the last one first; whether they are still there nobody says */
export function recentKeys(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyNow()) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** @param key `namespace/name` of what is looked at now */
export function lookedAt(key: string): void {
  const others = recentKeys();
  if (others[0] === key) return;
  const keys = [key, ...others.filter((one) => one !== key)].slice(0, MOST);
  try {
    localStorage.setItem(keyNow(), JSON.stringify(keys));
  } catch {
    // A browser that keeps nothing goes without.
  }
}

/** Somebody logs out: what they looked at is nobody's to read there. */
export function forgetRecent(): void {
  try {
    localStorage.removeItem(keyNow());
  } catch {
    // Nothing was kept.
  }
}
