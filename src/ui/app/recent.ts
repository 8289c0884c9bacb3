/** Which applications were looked at in this browser last, for whoever goes back to one. */
import { BASE } from "../store/daemon.ts";

const MOST = 5;
/** One origin may hold several daemons, each below a path of its own. */
const KEY = `holdfast-recent ${BASE.pathname}`;

/** @returns `namespace/name` of each, the last one first; whether they are still there nobody says */
export function recentKeys(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
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
    localStorage.setItem(KEY, JSON.stringify(keys));
  } catch {
    // A browser that keeps nothing goes without.
  }
}
