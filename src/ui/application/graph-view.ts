/** The window through which the graph is seen: what of the drawing is in sight, and how it is moved. */
import { BOX, type Placed, type Window } from "./graph-layout.ts";

/** Drawn beyond what is in sight, so that a turn of the wheel finds something; pixels of the screen. */
export const BEYOND = 150;
/** Pixels of the screen: what is drawn is another thing each time so much is scrolled, and no sooner. */
const STEP = 64;

/** What of the drawing is in sight, and somewhat beyond. */
export function windowOf(view: HTMLElement, zoom: number): Window {
  const [left, top] = [view.scrollLeft, view.scrollTop].map((at) => Math.round(at / STEP) * STEP) as [
    number,
    number,
  ];
  return {
    left: (left - BEYOND) / zoom,
    top: (top - BEYOND) / zoom,
    right: (left + view.clientWidth + BEYOND) / zoom,
    bottom: (top + view.clientHeight + BEYOND) / zoom,
  };
}

export function isSameWindow(one: Window, other: Window): boolean {
  return (
    one.left === other.left &&
    one.top === other.top &&
    one.right === other.right &&
    one.bottom === other.bottom
  );
}

/** Scrolls no further than it must. */
export function bring(view: HTMLElement, { x, y }: Placed, zoom: number): void {
  const near = (from: number, size: number, seen: number, length: number): number =>
    from < seen ? from : from + size > seen + length ? from + size - length : seen;
  view.scrollTo(
    near(x * zoom - 16, BOX.width * zoom + 32, view.scrollLeft, view.clientWidth),
    near(y * zoom - 16, BOX.height * zoom + 32, view.scrollTop, view.clientHeight),
  );
}

/** The ground is drawn along by a mouse; fingers and wheels scroll it as anything. */
export function drag(event: PointerEvent & { currentTarget: HTMLElement }): void {
  const view = event.currentTarget;
  if (event.pointerType !== "mouse" || event.button !== 0) return;
  if (event.target instanceof Element && event.target.closest(".node") !== null) return;
  // The scrollbars are its own.
  if (event.offsetX < 0 || event.target === view) return;
  const [x, y] = [event.clientX + view.scrollLeft, event.clientY + view.scrollTop];
  const move = (to: PointerEvent): void => view.scrollTo(x - to.clientX, y - to.clientY);
  const end = (): void => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}
