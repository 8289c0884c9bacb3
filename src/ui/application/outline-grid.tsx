/** The outline, as a grid that keys move in: arrows up and down, left and right fold, Enter opens. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { go, place, withQuery } from "../store/route.ts";
import { ObjectTree } from "./object-tree.tsx";
import { type OutlineLine, outlineOf, type TreeNode } from "./outline.ts";

export function Outline({ app }: { app: Application }) {
  return (
    <ObjectTree app={app}>
      {(resources, nodes) => <Grid app={app} resources={resources} nodes={nodes} />}
    </ObjectTree>
  );
}

const AT_ONCE = 150;

function Grid({
  app,
  resources,
  nodes,
}: {
  app: Application;
  resources: readonly ResourceStatus[];
  nodes: readonly TreeNode[];
}) {
  const [folds, setFolds] = useState<ReadonlyMap<string, "open" | "closed">>(new Map());
  const [at, setAt] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const lines = useMemo(() => outlineOf(resources, nodes, folds), [resources, nodes, folds]);
  // Of very many, those that nobody came to yet are not drawn.
  const [most, setMost] = useState(AT_ONCE);
  const current = Math.min(at, lines.length - 1);
  if (lines.length === 0) return <p class="dim">No resources are known yet.</p>;
  const fold = (line: OutlineLine, to: "open" | "closed"): void => {
    setFolds(new Map([...folds, [line.id, to]]));
  };
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(lines.length - 1, to));
    setAt(next);
    if (next >= most) setMost(next + AT_ONCE);
    // Drawn by then, where it was not yet.
    requestAnimationFrame(() => {
      const row = body.current?.children[next];
      if (row instanceof HTMLElement) row.focus();
    });
  };
  const onKey = (event: KeyboardEvent): void => {
    const line = lines[current];
    if (line === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      Home: () => move(0),
      End: () => move(lines.length - 1),
      ArrowRight: () => (line.inside > 0 && !line.isOpen ? fold(line, "open") : move(current + 1)),
      ArrowLeft() {
        if (line.isOpen) return fold(line, "closed");
        const above = lines.slice(0, current).findLastIndex(({ level }) => level < line.level);
        if (above >= 0) move(above);
      },
      Enter: () => go(withQuery({ node: line.id, tab: undefined }), "push"),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  const open = place.value.query.get("node");
  return (
    <div class="table outline">
      <table
        role="treegrid"
        aria-rowcount={lines.length + 1}
        aria-label={`Resources of ${app.metadata.name}`}
        onKeyDown={onKey}
      >
        <thead>
          <tr>
            {["Resource", "Sync", "Health", "Age"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {lines.slice(0, most).map((line, index) => (
            <tr
              key={line.id}
              aria-level={line.level}
              aria-expanded={line.inside === 0 ? undefined : line.isOpen}
              aria-selected={line.id === open}
              data-level={Math.min(line.level, 6)}
              tabIndex={index === current ? 0 : -1}
              onFocus={() => setAt(index)}
            >
              <td class="what">
                {line.inside === 0 ? (
                  <span class="fold" />
                ) : (
                  <button
                    type="button"
                    class="fold"
                    tabIndex={-1}
                    // The row says whether it is open, and keys fold it.
                    aria-hidden="true"
                    onClick={() => fold(line, line.isOpen ? "closed" : "open")}
                  >
                    {line.isOpen ? "▾" : "▸"}
                  </button>
                )}
                <span class="kind">{line.kind}</span>{" "}
                <a
                  href={`?${new URLSearchParams({ node: line.id })}`}
                  tabIndex={-1}
                  onClick={(event) => {
                    if (event.metaKey || event.ctrlKey) return;
                    event.preventDefault();
                    go(withQuery({ node: line.id, tab: undefined }), "push");
                  }}
                >
                  {line.namespace !== "" && line.namespace !== app.spec.destination.namespace && (
                    <span class="dim">{line.namespace}/</span>
                  )}
                  {line.name}
                </a>
                {line.info !== "" && <span class="dim"> {line.info}</span>}
                {line.inside > 0 && !line.isOpen && <span class="dim"> +{line.inside}</span>}
              </td>
              <td>
                {line.sync !== undefined && <State word={line.sync} as="bare" />}
                {line.remark !== "" && <span class="why">{line.remark}</span>}
              </td>
              <td>
                {line.health !== undefined && <State word={line.health.status} as="bare" />}
                {line.health?.message !== undefined && line.health.status !== "Healthy" && (
                  <span class="why">{line.health.message}</span>
                )}
              </td>
              <td class="word dim">{line.createdAt !== undefined && <Ago at={line.createdAt} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > most && (
        <p>
          <button type="button" onClick={() => setMost(most + AT_ONCE * 5)}>
            Show more: {lines.length - most} lines are below
          </button>
        </p>
      )}
    </div>
  );
}
