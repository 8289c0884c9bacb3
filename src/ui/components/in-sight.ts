/** Tabs in one line that is longer than a narrow window. */
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** For the line of tabs: the one that is chosen is in sight. @param chosen which it is */
export function useChosenInSight<E extends HTMLElement>(chosen: unknown): RefObject<E | null> {
  const line = useRef<E | null>(null);
  useLayoutEffect(() => {
    const box = line.current;
    const one = box?.querySelector("[aria-selected=true], [aria-current]");
    if (box == null || one == null) return;
    const [outer, inner] = [box.getBoundingClientRect(), one.getBoundingClientRect()];
    box.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
  }, [chosen]);
  return line;
}
