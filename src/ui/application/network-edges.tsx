/** The lines of the network: each way of requests in its own colour and pattern, with its letter and words beside it. */
import { useMemo } from "preact/hooks";
import type { GraphLayout, Window } from "./graph-layout.ts";
import { entryWords, MOST_WAYS, type Way, type WayEdge, wayLabels, wayPaths } from "./network-ways.ts";

/** Pixels of the drawing: another path has all in sight painted anew. */
const STEP = 512;

export function NetworkEdges({
  layout,
  edges,
  ways,
  window,
  lit,
}: {
  layout: GraphLayout;
  edges: readonly WayEdge[];
  ways: readonly Way[];
  window: Window;
  /** Places of the ways that somebody looks at; undefined: at none, or at all. */
  lit: readonly number[] | undefined;
}) {
  const [left, top] = [window.left, window.top].map((at) => Math.floor(at / STEP) * STEP) as [number, number];
  const [right, bottom] = [window.right, window.bottom].map((at) => Math.ceil(at / STEP) * STEP) as [
    number,
    number,
  ];
  const { paths, labels } = useMemo(() => {
    const seen = { left, top, right, bottom };
    return { paths: wayPaths(layout, edges, seen), labels: wayLabels(layout, edges, { ways, window: seen }) };
  }, [layout, edges, ways, left, top, right, bottom]);
  const isOff = (of: readonly number[]): boolean => lit !== undefined && !of.some((way) => lit.includes(way));
  return (
    // The boxes say in words what leads to them.
    <svg class="way-lines" aria-hidden="true" width={layout.width} height={layout.height}>
      {[...paths].map(([way, d]) => (
        <path
          key={way ?? "none"}
          d={d}
          stroke={strokeOf(way === undefined ? undefined : ways[way])}
          stroke-dasharray={way === undefined ? undefined : ways[way]?.dash}
          data-way={isOff(way === undefined ? [] : [way]) ? "off" : undefined}
        />
      ))}
      {labels.map(({ x, y, text, ways: of }) => (
        <text key={`${x} ${y}`} x={x} y={y} data-way={isOff(of) ? "off" : undefined}>
          {text}
        </text>
      ))}
    </svg>
  );
}

/** Those of no way have the colour of all lines. */
function strokeOf(way: Way | undefined): string | undefined {
  return way && `var(--way-${way.hue + 1})`;
}

/** The letter of a way in its colour, where it begins: for eyes, as the box says it in words. */
export function WayMark({ of }: { of: Way }) {
  return <b class="way-mark" data-letter={of.letter} style={{ "--way": strokeOf(of) ?? "" }} />;
}

/** Of so many is said what their lines look like; the others have their letter beside them all the same. */
const MOST_SAID = 12;

/** What the lines mean, above them. @param entries how many let requests in */
export function WaysLegend({ ways, entries }: { ways: readonly Way[]; entries: number }) {
  if (ways.length === 0) return null;
  return (
    <ul class="way-legend" aria-label="Ways in">
      {ways.slice(0, MOST_SAID).map((way) => (
        <li key={way.entry.id} title={`${entryWords(way)} in ${way.entry.namespace}`}>
          <svg aria-hidden="true" class="way-lines" width="36" height="12">
            <path d="M0 6H36" stroke={strokeOf(way)} stroke-dasharray={way.dash} />
          </svg>{" "}
          <b class="way-mark" style={{ "--way": strokeOf(way) ?? "" }}>
            {way.letter}
          </b>{" "}
          <span class="dim">{way.entry.kind}</span> {way.entry.name}
        </li>
      ))}
      {ways.length > MOST_SAID && <li class="dim">and {ways.length - MOST_SAID} more</li>}
      {entries > MOST_WAYS && (
        <li class="dim">
          Of {entries} ways in the first {MOST_WAYS} have lines of their own.
        </li>
      )}
    </ul>
  );
}
