/** Whoever points at a link, touches it or comes to it by keys is about to follow it: what it leads to is loaded then. */
import { BASE } from "../store/daemon.ts";

/** A moment before it is clicked, each of them. */
const SIGNS = ["pointerover", "pointerdown", "focusin"] as const;

/** @param load what is drawn at a path of ours; asked again and again */
export function followIntent(load: (path: string) => void): void {
  for (const sign of SIGNS)
    document.addEventListener(
      sign,
      ({ target }) => {
        const path = target instanceof Element ? pathBehind(target, sign) : undefined;
        if (path !== undefined) load(path);
      },
      { passive: true },
    );
}

/** A row that has the focus is opened by Enter, as its link is. */
function pathBehind(target: Element, sign: (typeof SIGNS)[number]): string | undefined {
  const row = sign === "focusin" && target.role === "row" ? target.querySelector("a[href]") : null;
  const link = target.closest("a[href]") ?? row;
  if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return undefined;
  const { pathname } = link;
  return pathname.startsWith(BASE.pathname) ? `/${pathname.slice(BASE.pathname.length)}` : undefined;
}
