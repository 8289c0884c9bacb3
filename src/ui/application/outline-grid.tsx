/** The outline, as a grid that keys move in: arrows up and down, left and right fold, Enter opens. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { areKeysOn } from "../app/key-setting.ts";
import { later } from "../components/later.tsx";
import { Rows } from "../components/rows.tsx";
import { go, place, withQuery } from "../store/route.ts";
import type { ShownHost } from "../words/node-room-words.ts";
import type { Origin } from "../words/origin-words.ts";
import { objectMatcher, parseObjectQuery } from "./object-query.ts";
import { ObjectTree } from "./object-tree.tsx";
import { areOrphansShown } from "./orphans-box.tsx";
import { type TreeNode, treeOf } from "./outline.ts";
import {
  COLUMNS,
  type Column,
  type Order,
  type OutlineLine,
  outlineOf,
  readGrouping,
  readOrder,
  turnedOrder,
  withMaker,
} from "./outline-lines.ts";
import { COLUMN_WORDS, OutlineRow, rowPixels } from "./outline-row.tsx";
import { OutlineTools } from "./outline-tools.tsx";
import { type ShownMaker, useMaker } from "./use-maker.ts";

const Pods = later(() => import("./pods.tsx")).part(({ Pods }) => Pods);

export function Outline({ app, origin }: { app: Application; origin: Origin }) {
  return (
    <ObjectTree app={app}>
      {(resources, nodes, orphans, hosts) => (
        <Resources
          app={app}
          origin={origin}
          resources={resources}
          nodes={nodes}
          orphans={orphans}
          hosts={hosts}
        />
      )}
    </ObjectTree>
  );
}

function Resources({
  app,
  origin,
  resources,
  nodes,
  orphans,
  hosts,
}: {
  app: Application;
  origin: Origin;
  resources: readonly ResourceStatus[];
  nodes: readonly TreeNode[];
  orphans: readonly TreeNode[];
  hosts: readonly ShownHost[];
}) {
  const { query } = place.value;
  const line = query.get("find") ?? "";
  const isPods = query.get("group") === "pods";
  const grouping = readGrouping(query.get("group"));
  const order = readOrder(query.get("order"));
  const isWithOrphans = areOrphansShown();
  const [folds, setFolds] = useState<ReadonlyMap<string, "open" | "closed">>(new Map());
  const roots = useMemo(
    () => treeOf(resources, nodes, isWithOrphans ? orphans : []),
    [resources, nodes, isWithOrphans && orphans],
  );
  const parsed = useMemo(() => parseObjectQuery(line), [line]);
  const outline = useMemo(() => {
    const matches = parsed.terms.length === 0 ? undefined : objectMatcher(parsed);
    return outlineOf(roots, { grouping, order, matches, folds });
  }, [roots, grouping, query.get("order"), parsed, folds]);
  const maker = useMaker(app, origin);
  // It is none of what is looked for, and none of a kind or a node.
  const isWithMaker = grouping === "tree" && parsed.terms.length === 0;
  const lines = useMemo(
    () => withMaker(outline.lines, isWithMaker ? maker?.item : undefined),
    [outline, maker, isWithMaker],
  );
  if (outline.objects === 0) return <p class="dim">No resources are known yet.</p>;
  const columns = columnsOf(query.get("columns"), resources, outline.lines);
  return (
    <>
      <OutlineTools
        roots={roots}
        line={line}
        faults={parsed.faults}
        outline={outline}
        view={isPods ? "pods" : grouping}
        columns={columns}
        orphans={orphans.length}
      />
      {isPods ? (
        <Pods app={app} roots={roots} hosts={hosts} matches={objectMatcher(parsed)} />
      ) : outline.lines.length === 0 ? (
        <p>
          Nothing is like that: all {outline.objects} objects are hidden.{" "}
          <button type="button" class="link" onClick={() => go(withQuery({ find: undefined }), "push")}>
            Show all
          </button>
        </p>
      ) : (
        <Grid
          app={app}
          lines={lines}
          maker={maker}
          columns={columns}
          order={order}
          onFold={(id, to) => setFolds(new Map([...folds, [id, to]]))}
        />
      )}
    </>
  );
}

/** What somebody chose, or what says anything here: waves where there are several, restarts where there were any. */
function columnsOf(
  chosen: string | null,
  resources: readonly ResourceStatus[],
  lines: readonly OutlineLine[],
): readonly Column[] {
  if (chosen !== null) {
    const words = chosen.split(",");
    return COLUMNS.filter((one) => one === "name" || words.includes(one));
  }
  const says: Partial<Record<Column, boolean>> = {
    wave: resources.some(({ syncWave = 0 }) => syncWave !== 0),
    images: lines.some(({ item }) => item.images.length > 0),
    restarts: lines.some(({ restarts = 0 }) => restarts > 0),
  };
  return COLUMNS.filter((one) => says[one] ?? true);
}

/** Within which letters that follow each other are one word. */
const TYPING_MS = 800;

function Grid({
  app,
  lines,
  maker,
  columns,
  order,
  onFold,
}: {
  app: Application;
  lines: readonly OutlineLine[];
  maker: ShownMaker | undefined;
  columns: readonly Column[];
  order: Order | undefined;
  onFold(id: string, to: "open" | "closed"): void;
}) {
  const open = place.value.query.get("node");
  const [at, setAt] = useState<{ id: string | null; by: "keys" | "pointer" }>({ id: open, by: "pointer" });
  const typed = useRef({ text: "", at: 0 });
  const grid = useRef<HTMLDivElement>(null);
  const height = useRowPixels();
  // Where it is not there any more the first one has its turn.
  const current = Math.max(
    0,
    lines.findIndex(({ item }) => item.id === at.id),
  );
  const fold = (line: OutlineLine): void => onFold(line.item.id, line.isOpen ? "closed" : "open");
  const act = (line: OutlineLine): void => {
    if (line.is === "heading") fold(line);
    else if (line.is === "object") go(withQuery({ node: line.item.id, tab: undefined }), "push");
    else if (maker !== undefined) go(maker.path, "push");
  };
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(lines.length - 1, to));
    const line = lines[next];
    if (line === undefined) return;
    // A row that is not drawn yet cannot have the focus, and the one before may go: the next key finds the grid meanwhile.
    if (grid.current?.querySelector(`[aria-rowindex="${next + 2}"]`) === null)
      grid.current.focus({ preventScroll: true });
    setAt({ id: line.item.id, by: "keys" });
  };
  const type = (letter: string): void => {
    const now = performance.now();
    const text = `${now - typed.current.at < TYPING_MS ? typed.current.text : ""}${letter.toLowerCase()}`;
    typed.current = { text, at: now };
    // One letter leads on from where one is, a word may mean where one is.
    const from = current + (text.length === 1 ? 1 : 0);
    const turned = [...lines.slice(from), ...lines.slice(0, from)];
    const found = turned.find(({ item }) => item.name.toLowerCase().startsWith(text));
    if (found !== undefined) setAt({ id: found.item.id, by: "keys" });
  };
  const onKey = (event: KeyboardEvent): void => {
    const line = lines[current];
    const isInButton = event.target instanceof Element && event.target.closest("button") !== null;
    if (line === undefined || isInButton || event.metaKey || event.ctrlKey || event.altKey) return;
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      PageDown: () => move(current + 15),
      PageUp: () => move(current - 15),
      Home: () => move(0),
      End: () => move(lines.length - 1),
      ArrowRight: () => (line.inside > 0 && !line.isOpen ? fold(line) : move(current + 1)),
      ArrowLeft() {
        if (line.isOpen) return fold(line);
        const above = lines.slice(0, current).findLastIndex(({ level }) => level < line.level);
        if (above >= 0) move(above);
      },
      Enter: () => act(line),
    };
    // Letters are the page's where single keys act on it.
    const isTyped = !areKeysOn.value && event.key.length === 1 && event.key !== " " && !event.isComposing;
    const then = keys[event.key] ?? (isTyped ? () => type(event.key) : undefined);
    if (then === undefined) return;
    event.preventDefault();
    then();
  };
  return (
    <div
      role="treegrid"
      class="outline"
      ref={grid}
      tabIndex={-1}
      style={{ "--columns": columns.map((one) => COLUMN_WORDS[one].width).join(" ") }}
      aria-rowcount={lines.length + 1}
      aria-label={`Resources of ${app.metadata.name}`}
      onKeyDown={onKey}
    >
      <div role="rowgroup" class="heads">
        <div role="row" class="line head" aria-rowindex={1}>
          {columns.map((one) => (
            <span
              key={one}
              role="columnheader"
              class={`cell ${COLUMN_WORDS[one].is}`}
              aria-sort={order?.by !== one ? undefined : order.way === "rising" ? "ascending" : "descending"}
            >
              <button
                type="button"
                class="plain"
                onClick={() => go(withQuery({ order: turnedOrder(order, one) }), "push")}
              >
                {COLUMN_WORDS[one].head}
                {order?.by === one ? (order.way === "rising" ? " ↑" : " ↓") : ""}
              </button>
            </span>
          ))}
        </div>
      </div>
      <Rows
        items={lines}
        rowHeight={height}
        keyOf={({ item }) => item.id}
        shown={at.by === "keys" ? current : undefined}
      >
        {(line, index) => (
          <OutlineRow
            line={line}
            index={index}
            columns={columns}
            usual={line.is === "maker" ? app.metadata.namespace : app.spec.destination.namespace}
            maker={line.is === "maker" ? maker : undefined}
            isCurrent={index === current}
            isFocused={index === current && at.by === "keys"}
            isOpen={line.item.id === open}
            onPoint={() => setAt({ id: line.item.id, by: "pointer" })}
            onFold={() => fold(line)}
            onAct={() => act(line)}
          />
        )}
      </Rows>
    </div>
  );
}

/** Two lines for each on a phone. */
function useRowPixels(): number {
  const [height, setHeight] = useState(rowPixels);
  useEffect(() => {
    const look = (): void => setHeight(rowPixels());
    addEventListener("resize", look);
    return () => removeEventListener("resize", look);
  }, []);
  return height;
}
