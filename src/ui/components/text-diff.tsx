/** Two texts beside each other line by line: what goes, what comes, and a little around it. */
import { useMemo, useState } from "preact/hooks";
import { hunksOf } from "../../lib/hunks.ts";
import { plainDiff } from "../../lib/line-diff.ts";
import { type DiffLine, type DiffRow, rowsOf } from "../words/diff-rows.ts";
import { SignedLine } from "./diff-line.tsx";

/** More is drawn when somebody asks for it. */
const FEW = 400;
const NONE: ReadonlySet<string> = new Set();

/** @param before absent: there is nothing yet @param after absent: it goes */
export function TextDiff({ before, after }: { before: string | undefined; after: string | undefined }) {
  const [most, setMost] = useState(FEW);
  const [isWhole, setWhole] = useState(false);
  const rows = useMemo(() => rowsIn(before, after, isWhole ? "all" : "near"), [before, after, isWhole]);
  const rest = rows.length - most;
  return (
    <div class="text-diff">
      {rows.slice(0, most).map((row) =>
        row.is === "gap" ? (
          <div key={row.key} class="left-out">
            <button type="button" class="link" title="Show all lines" onClick={() => setWhole(true)}>
              {row.to - row.from === 1 ? "1 line is the same" : `${row.to - row.from} lines are the same`}
            </button>
          </div>
        ) : (
          row.is === "line" && <Line key={row.key} line={row.line} />
        ),
      )}
      {rest > 0 && (
        <button type="button" class="link" onClick={() => setMost(most + FEW * 10)}>
          {rest} more lines
        </button>
      )}
    </div>
  );
}

export function Line({ line }: { line: DiffLine }) {
  if (line.sign === "-")
    return (
      <del>
        <SignedLine line={line} room="wraps" />
      </del>
    );
  if (line.sign === "+")
    return (
      <ins>
        <SignedLine line={line} room="wraps" />
      </ins>
    );
  return (
    <div class="same">
      <SignedLine line={line} room="wraps" />
    </div>
  );
}

const SIGNS = { same: " ", gone: "-", new: "+" } as const;

/** As the diff of an application has them; all of it is here. */
function rowsIn(before: string | undefined, after: string | undefined, which: "near" | "all"): DiffRow[] {
  const lines = plainDiff(before, after);
  const hunks = which === "all" ? [{ from: 0, to: lines.length, before: 1, after: 1 }] : hunksOf(lines);
  const file = {
    ...{ group: "", kind: "", namespace: "", name: "", change: "change" as const, id: "" },
    ...{ added: 0, removed: 0, total: lines.length, near: lines.length, setters: [], left: [] },
    hunks: hunks.map(({ from, to, before, after }) => ({
      ...{ at: from, before, after },
      lines: lines.slice(from, to).map(({ is, text }) => `${SIGNS[is]}${text}`),
    })),
  };
  return rowsOf([file], NONE, "unified").rows.filter(({ is }) => is !== "file");
}
