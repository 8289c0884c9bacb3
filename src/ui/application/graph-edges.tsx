/** The lines of the graph, in one path: those that what is in sight and somewhat beyond has. */
import { useMemo } from "preact/hooks";
import { edgesOf, type GraphLayout, type Window } from "./graph-layout.ts";

/** Pixels of the drawing: another path has all in sight painted anew, so it is another one more seldom than boxes come and go. */
const STEP = 512;

/** The boxes say by themselves what owns them; these are for eyes. */
export function GraphEdges({ layout, window }: { layout: GraphLayout; window: Window }) {
  const [left, top] = [window.left, window.top].map((at) => Math.floor(at / STEP) * STEP) as [number, number];
  const [right, bottom] = [window.right, window.bottom].map((at) => Math.ceil(at / STEP) * STEP) as [
    number,
    number,
  ];
  return useMemo(
    () => (
      <svg aria-hidden="true" width={layout.width} height={layout.height}>
        <path d={edgesOf(layout, { left, top, right, bottom })} />
      </svg>
    ),
    [layout, left, top, right, bottom],
  );
}
