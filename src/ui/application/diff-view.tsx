/** All that a sync would change, in one scroll: only what is in sight is drawn, and what is the same is folded. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Rows } from "../components/rows.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { planWords } from "../words/deployment-words.ts";
import {
  type DiffItem,
  type DiffRow,
  type FileDiff,
  fileDiff,
  LONG,
  rowCount,
  rowsOf,
} from "../words/diff-rows.ts";
import { ourPathOf } from "./paths.ts";

/** Pixels; the styles have the same. */
const ROW = 24;
/** Characters beyond which a line is cut. */
const WIDEST = 2_000;
/** Milliseconds after which what is computed lets the page breathe. */
const SLICE_MS = 30;
const WORDS = {
  create: "create",
  change: "update",
  prune: "not in Git",
  unknown: "cannot be compared",
  none: "the same",
} as const;

export function DiffView({ app }: { app: Application }) {
  const answer = useAsked(
    (signal) => ask<{ items: DiffItem[] }>("GET", ourPathOf(app, "diff"), { signal }),
    [keyOf(app), app.status?.reconciledAt],
  );
  return (
    <Asked answer={answer} waiting="Comparing">
      {({ items }) =>
        items.length === 0 ? (
          <p>
            No differences: it is as Git says.{" "}
            {app.status?.reconciledAt !== undefined && (
              <span class="dim">
                Compared <Ago at={app.status.reconciledAt} />.
              </span>
            )}
          </p>
        ) : (
          <Files items={items} />
        )
      }
    </Asked>
  );
}

function Files({ items }: { items: readonly DiffItem[] }) {
  const files = useFileDiffs(items);
  const [chosen, setChosen] = useState<ReadonlyMap<string, "open" | "closed">>(new Map());
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number>();
  const closed = useMemo(
    () =>
      new Set(
        files.flatMap((file) => {
          const begins = items.length > 1 && rowCount(file) > LONG ? "closed" : "open";
          return (chosen.get(file.name) ?? begins) === "closed" ? [file.name] : [];
        }),
      ),
    [files, chosen],
  );
  const { rows, changes, longest } = useMemo(
    () => rowsOf(files, closed, unfolded),
    [files, closed, unfolded],
  );
  const go = (by: 1 | -1): void => {
    const next =
      by === 1 ? changes.find((one) => one > (at ?? -1)) : changes.findLast((one) => one < (at ?? 0));
    if (next !== undefined) setAt(next);
  };
  const toggle = (name: string, state: "open" | "closed"): void =>
    setChosen(new Map(chosen).set(name, state === "open" ? "closed" : "open"));
  return (
    <section
      class="differences"
      aria-label="Differences"
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "n") go(1);
        else if (event.key === "p") go(-1);
        else return;
        event.preventDefault();
      }}
    >
      <div class="row">
        <p class="sum">
          {capital(planWords(items, "kept"))}.{" "}
          {files.length < items.length && (
            <span class="dim" role="status">
              {files.length} of {items.length} compared…
            </span>
          )}
        </p>
        <button type="button" onClick={() => go(-1)}>
          Previous change
        </button>
        <button type="button" onClick={() => go(1)}>
          Next change
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is to be reached by keys */}
      <section class="lines" aria-label="Lines" tabIndex={0}>
        <div style={{ width: `max(100%, ${Math.min(longest, WIDEST) + 6}ch)` }}>
          <Rows
            items={rows}
            rowHeight={ROW}
            keyOf={({ key, is }) => `${is} ${key}`}
            shown={at}
            role="presentation"
          >
            {(row, index) => (
              <div class="diff-row" data-is={kindOf(row)} data-at={index === at}>
                <Row
                  row={row}
                  files={files}
                  onToggle={toggle}
                  onUnfold={(key) => setUnfolded(new Set(unfolded).add(key))}
                />
              </div>
            )}
          </Rows>
        </div>
      </section>
    </section>
  );
}

function kindOf(row: DiffRow): string {
  return row.is === "line" ? row.line.is : row.is;
}

const SIGNS = { same: " ", gone: "-", new: "+" } as const;

function Row({
  row,
  files,
  onToggle,
  onUnfold,
}: {
  row: DiffRow;
  files: readonly FileDiff[];
  onToggle(name: string, state: "open" | "closed"): void;
  onUnfold(key: string): void;
}) {
  if (row.is === "line")
    return (
      <span>
        <span class="sign">{SIGNS[row.line.is]}</span>
        {row.line.text.slice(0, WIDEST)}
        {row.line.text.length > WIDEST && "…"}
      </span>
    );
  if (row.is === "left-out")
    return (
      <span>
        <button type="button" class="link" onClick={() => onUnfold(row.key)}>
          {row.lines === 1 ? "1 line is the same" : `${row.lines} lines are the same`}
        </button>
      </span>
    );
  if (row.is === "owner")
    return (
      <span class="dim">
        {row.words} {row.time !== "" && <Ago at={row.time} />}
      </span>
    );
  const file = files[row.file];
  if (file === undefined) return null;
  return (
    <span>
      <button
        type="button"
        class="plain"
        aria-expanded={row.state === "open"}
        onClick={() => onToggle(file.name, row.state)}
      >
        <span aria-hidden="true">{row.state === "open" ? "▾" : "▸"}</span> <b>{WORDS[file.change]}</b>{" "}
        <span class="mono">{file.name}</span>{" "}
        <span class="dim">
          +{file.added} −{file.removed}
        </span>
      </button>
    </span>
  );
}

/** One object after the other, so that the first is there before the last is compared. */
function useFileDiffs(items: readonly DiffItem[]): readonly FileDiff[] {
  const first = useMemo(() => slice(items, 0), [items]);
  const [rest, setRest] = useState<{ of: readonly DiffItem[]; files: readonly FileDiff[] }>({
    of: items,
    files: [],
  });
  const files = rest.of === items && rest.files.length > first.length ? rest.files : first;
  useEffect(() => {
    let known = first;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const go = (): void => {
      if (known.length >= items.length) return;
      known = [...known, ...slice(items, known.length)];
      setRest({ of: items, files: known });
      timer = setTimeout(go);
    };
    timer = setTimeout(go);
    return () => clearTimeout(timer);
  }, [items]);
  return files;
}

/** At least one. */
function slice(items: readonly DiffItem[], from: number): FileDiff[] {
  const until = performance.now() + SLICE_MS;
  const done: FileDiff[] = [];
  for (const item of items.slice(from)) {
    done.push(fileDiff(item));
    if (performance.now() > until) break;
  }
  return done;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
