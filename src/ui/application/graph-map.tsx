/** All of the graph, small, beside it: where the window is, and where something is not well. */
import { useMemo } from "preact/hooks";
import { lookOf } from "../words/states.ts";
import { BOX, type GraphLayout, type Placed, type Window } from "./graph-layout.ts";

/** Of these tones a mark is drawn over the others. */
const LOUD = ["missing", "behind", "moving", "bad"] as const;

export function GraphMap({
  layout,
  window,
  stateOf,
  onGo,
}: {
  layout: GraphLayout;
  window: Window;
  stateOf(one: Placed): string | undefined;
  /** @param x and @param y of the drawing, in pixels: what is to be in the middle */
  onGo(x: number, y: number): void;
}) {
  const paths = useMemo(() => {
    const byTone = Map.groupBy(layout.placed, (one) => {
      const { tone } = lookOf(stateOf(one) ?? "");
      return LOUD.find((loud) => loud === tone) ?? "quiet";
    });
    return (["quiet", ...LOUD] as const).map((tone) => ({
      tone,
      d: (byTone.get(tone) ?? []).map(({ x, y }) => `M${x} ${y + BOX.height / 2}h${BOX.width}`).join(""),
    }));
  }, [layout]);
  const { width, height } = layout;
  const [left, top] = [Math.max(0, window.left), Math.max(0, window.top)];
  const go = (event: PointerEvent & { currentTarget: SVGSVGElement }): void => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    onGo(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
  };
  return (
    // Keys, wheels and the scrollbars lead everywhere too: this is for eyes and a pointer.
    <svg
      class="graph-map"
      aria-hidden="true"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      {paths.map(({ tone, d }) => d !== "" && <path key={tone} data-tone={tone} d={d} />)}
      <rect
        x={left}
        y={top}
        width={Math.max(0, Math.min(width, window.right) - left)}
        height={Math.max(0, Math.min(height, window.bottom) - top)}
      />
    </svg>
  );
}
