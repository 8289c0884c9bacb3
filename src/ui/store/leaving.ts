/**
 * Whether a browser that is not signed in may be sent to the one provider by itself: not after somebody logged out, in any tab,
 * and not a second time after it came back from there without a login. Then it waits for a click.
 */
import { BASE } from "./daemon.ts";

/** One origin may hold several daemons, each below a path of its own. */
const LEFT = `holdfast-left ${BASE.pathname}`;
const TRIED = `holdfast-tried ${BASE.pathname}`;

/** Somebody logged out: what is still drawn in other tabs is theirs, and is not left in sight. */
export function leave(): void {
  localStorage.setItem(LEFT, "yes");
}

export function hasLeft(): boolean {
  return localStorage.getItem(LEFT) !== null;
}

/** This tab is sent to a provider now. */
export function tried(): void {
  sessionStorage.setItem(TRIED, "yes");
}

export function waitsForClick(): boolean {
  return hasLeft() || sessionStorage.getItem(TRIED) !== null;
}

/** Somebody is signed in. */
export function came(): void {
  localStorage.removeItem(LEFT);
  sessionStorage.removeItem(TRIED);
}
