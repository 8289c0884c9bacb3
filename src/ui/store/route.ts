/** Where the browser is: the path below the base, and the query, which hold all state that a link should. */
import { computed, signal } from "@preact/signals";
import { BASE } from "./daemon.ts";

export interface Place {
  /** Below the base: `/applications/argocd/web`. */
  path: string;
  query: URLSearchParams;
}

const url = signal(location.href);

export const place = computed((): Place => {
  const { pathname, searchParams } = new URL(url.value);
  return { path: `/${pathname.slice(BASE.pathname.length)}`, query: searchParams };
});

/** @param to a path of ours: `/applications?q=web` */
export function hrefOf(to: string): string {
  return `${BASE.pathname}${to.slice(1)}`;
}

/** `push`: a place to come back to. `replace`: the same place, told more exactly. */
export function go(to: string, how: "push" | "replace"): void {
  const next = new URL(hrefOf(to), location.href).href;
  if (next === location.href) return;
  if (how === "push") history.pushState(undefined, "", next);
  else history.replaceState(undefined, "", next);
  url.value = next;
}

/** This place, with that of its query otherwise; undefined takes it out. */
export function withQuery(changes: Readonly<Record<string, string | undefined>>): string {
  const { path, query } = place.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes))
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  const text = next.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** From now on links of ours change the place and load nothing. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    url.value = location.href;
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.hasAttribute("download")) return;
    const to = new URL(link.href, location.href);
    if (to.origin !== location.origin || !to.pathname.startsWith(BASE.pathname) || to.hash !== "") return;
    // What the daemon answers by itself.
    if (/^(api|auth)\//.test(to.pathname.slice(BASE.pathname.length))) return;
    event.preventDefault();
    go(`/${to.pathname.slice(BASE.pathname.length)}${to.search}`, "push");
  });
}
