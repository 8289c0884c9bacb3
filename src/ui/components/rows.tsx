/** A long list of rows, of which those in sight are drawn. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { evenPlaces, unevenPlaces } from "./row-places.ts";

interface RowsProps<T> {
  items: readonly T[];
  /** Pixels, of all of them or of each; a function that stays the same as long as its answers do. */
  rowHeight: number | ((item: T) => number);
  keyOf(item: T): string;
  /** Depends on nothing else that changes while it is the same function, but for signals. */
  children(item: T, at: number): ComponentChildren;
  /** The item to be in sight, by its place. */
  shown?: number | undefined;
  /** What it is of a table around it; `presentation`: there is none. */
  role?: "rowgroup" | "presentation";
}

/** Above and below what is in sight, so that a turn of the wheel finds something. */
const BEYOND = 8;

/** Scrolls with the page. It is as high as all rows would be. */
export function Rows<T>({ items, rowHeight, keyOf, children, shown, role = "rowgroup" }: RowsProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const places = useMemo(
    () =>
      typeof rowHeight === "number"
        ? evenPlaces(items.length, rowHeight)
        : unevenPlaces(items.map((item) => rowHeight(item))),
    [typeof rowHeight === "number" ? items.length : items, rowHeight],
  );
  const [window, setWindow] = useState(() => ({ from: 0, to: places.rowAt(innerHeight) + 1 + BEYOND }));
  useEffect(() => {
    const look = (): void => {
      const top = box.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, places.rowAt(-top) - BEYOND);
      const to = places.rowAt(innerHeight - top) + 1 + BEYOND;
      setWindow((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [places]);
  useEffect(() => {
    if (shown === undefined || box.current === null) return;
    const top = box.current.getBoundingClientRect().top + places.topOf(shown);
    // Below the bar that stays, and above the edge.
    if (top < 100) scrollBy(0, top - 100);
    else if (top + places.heightOf(shown) > innerHeight)
      scrollBy(0, top + places.heightOf(shown) - innerHeight);
  }, [shown]);
  const from = Math.min(window.from, items.length);
  // Where it is only scrolled, what draws them is the same: a row that stays in sight is not looked at again.
  const last = useRef<{ by: typeof children; rows: ReadonlyMap<T, Drawn> }>(undefined);
  const before = last.current?.by === children ? last.current.rows : undefined;
  const drawn = items.slice(from, window.to).map((item, nth): readonly [T, Drawn] => {
    const [at, known] = [from + nth, before?.get(item)];
    const [top, height] = [places.topOf(at), places.heightOf(at)];
    const node = () => <Slot key={keyOf(item)} {...{ top, height }} draw={() => children(item, at)} />;
    const isSame = known?.at === at && known.top === top && known.height === height;
    return [item, isSame ? known : { at, top, height, node: node() }];
  });
  last.current = { by: children, rows: new Map(drawn) };
  return (
    <div ref={box} class="rows" role={role} style={{ height: `${places.height}px` }}>
      {drawn.map(([, { node }]) => node)}
    </div>
  );
}

interface Drawn {
  at: number;
  top: number;
  height: number;
  node: VNode;
}

/** A component of its own, so that it is drawn anew when a signal changes that the row reads, though nobody else is. */
function Slot({ top, height, draw }: { top: number; height: number; draw(): ComponentChildren }) {
  return (
    <div
      class="slot"
      role="presentation"
      // Each has its own place: one that moves has nothing else laid out anew.
      style={{ height: `${height}px`, transform: `translateY(${top}px)` }}
    >
      {draw()}
    </div>
  );
}
