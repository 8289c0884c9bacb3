/** Objects that differ, in one scroll: only what is in sight is drawn, and what is the same is folded. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { HalfLine, kindOf, UnifiedLine, Visible } from "../components/diff-line.tsx";
import { Rows } from "../components/rows.tsx";
import { type AskedPart, type DiffFile, type DiffRow, fileName } from "../words/diff-rows.ts";

/** Pixels; the styles have the same. */
const ROW = 24;
/** Characters that a line may be wide. */
const WIDEST = 2_200;
/** Lines that a gap gives at a time. */
const SOME = 20;

export const CHANGE_WORDS = {
  create: "create",
  change: "update",
  prune: "not in Git",
  unknown: "cannot be compared",
  none: "the same",
} as const;

export interface OfFiles {
  viewed: ReadonlySet<string>;
  onToggle(file: DiffFile, state: "open" | "closed"): void;
  onViewed(file: DiffFile, is: "viewed" | "not-viewed"): void;
  onLoad(file: DiffFile, part: AskedPart): void;
  /** Its fields that are left to others. */
  onLeft(file: DiffFile): void;
}

export function DiffRows({
  rows,
  longest,
  at,
  ...of
}: { rows: readonly DiffRow[]; longest: number; at: number | undefined } & OfFiles) {
  // Beside each other both sides are in sight, each as far as it has room; below each other whole lines are.
  const isSplit = rows.some(({ is }) => is === "pair");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is to be reached by keys
    <section class="lines" aria-label="Lines" tabIndex={0}>
      <div style={{ width: isSplit ? "100%" : `max(100%, ${Math.min(longest, WIDEST) + 14}ch)` }}>
        <Rows items={rows} rowHeight={ROW} keyOf={({ key }) => key} shown={at} role="presentation">
          {(row, index) => (
            <div
              class="diff-row"
              data-is={row.is === "line" ? kindOf(row.line) : row.is}
              data-at={index === at}
            >
              <Row row={row} of={of} />
            </div>
          )}
        </Rows>
      </div>
    </section>
  );
}

function Row({ row, of }: { row: DiffRow; of: OfFiles }): ComponentChildren {
  switch (row.is) {
    case "line":
      return <UnifiedLine line={row.line} />;
    case "pair":
      return (
        <>
          <HalfLine line={row.left} side="before" />
          <HalfLine line={row.right} side="after" />
        </>
      );
    case "gap":
      return <Gap row={row} onLoad={of.onLoad} />;
    case "rest":
      return <Rest row={row} onLoad={of.onLoad} />;
    case "note":
      return (
        <span class="dim">
          <Visible text={row.text} />
        </span>
      );
    case "left":
      return (
        <button
          type="button"
          class="plain"
          aria-expanded={row.state === "open"}
          onClick={() => of.onLeft(row.file)}
        >
          <span aria-hidden="true">{row.state === "open" ? "▾" : "▸"}</span>{" "}
          {row.file.left.length === 1
            ? "1 field is left to others"
            : `${row.file.left.length} fields are left to others`}
        </button>
      );
    case "file":
      return <Head file={row.file} state={row.state} of={of} />;
  }
}

function Head({ file, state, of }: { file: DiffFile; state: "open" | "closed"; of: OfFiles }) {
  const name = fileName(file);
  return (
    <>
      <button
        type="button"
        class="plain"
        title={name}
        aria-expanded={state === "open"}
        onClick={() => of.onToggle(file, state)}
      >
        <span aria-hidden="true">{state === "open" ? "▾" : "▸"}</span> <b>{CHANGE_WORDS[file.change]}</b>{" "}
        <span class="mono">
          <Visible text={name} />
        </span>{" "}
        <Counts file={file} />
      </button>
      <label class="viewed">
        <input
          type="checkbox"
          checked={of.viewed.has(file.id)}
          aria-label={`Viewed ${name}`}
          onChange={(event) => of.onViewed(file, event.currentTarget.checked ? "viewed" : "not-viewed")}
        />
        viewed
      </label>
    </>
  );
}

export function Counts({ file: { added, removed } }: { file: Pick<DiffFile, "added" | "removed"> }) {
  return (
    <span class="counts">
      +{added} −{removed}
    </span>
  );
}

function Gap({
  row: { file, from, to },
  onLoad,
}: {
  row: Extract<DiffRow, { is: "gap" }>;
  onLoad: OfFiles["onLoad"];
}) {
  const lines = to - from;
  const load = (first: number, last: number): void => onLoad(file, { is: "lines", from: first, to: last });
  return (
    <>
      {lines > SOME && from > 0 && (
        <button
          type="button"
          class="plain"
          aria-label={`${SOME} lines more below the change above`}
          onClick={() => load(from, from + SOME)}
        >
          ↓
        </button>
      )}
      {lines > SOME && to < file.total && (
        <button
          type="button"
          class="plain"
          aria-label={`${SOME} lines more above the change below`}
          onClick={() => load(to - SOME, to)}
        >
          ↑
        </button>
      )}
      <button type="button" class="link" title="Show them" onClick={() => load(from, to)}>
        {lines === 1 ? "1 line is the same" : `${lines} lines are the same`}
      </button>
    </>
  );
}

/** Comes by itself once it is in sight. */
function Rest({
  row: { file, from },
  onLoad,
}: {
  row: Extract<DiffRow, { is: "rest" }>;
  onLoad: OfFiles["onLoad"];
}) {
  useEffect(() => onLoad(file, { is: "changes", from }), [file.id, from]);
  return <span class="dim">More changes…</span>;
}
