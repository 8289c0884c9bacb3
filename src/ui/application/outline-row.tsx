/** One line of the outline: what it is, how it stands and why. */
import { useEffect, useRef } from "preact/hooks";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { hrefOf } from "../store/route.ts";
import { madeWords } from "../words/maker.ts";
import type { Item } from "./outline.ts";
import type { Column, OutlineLine } from "./outline-lines.ts";
import type { ShownMaker } from "./use-maker.ts";

/** `is`: its class. `width` as a grid has it. */
export const COLUMN_WORDS: Readonly<Record<Column, { head: string; is: string; width: string }>> = {
  name: { head: "Resource", is: "what", width: "minmax(220px, 2.2fr)" },
  sync: { head: "Sync", is: "sync", width: "96px" },
  health: { head: "Health", is: "health", width: "minmax(104px, 1.5fr)" },
  wave: { head: "Wave", is: "wave", width: "44px" },
  age: { head: "Age", is: "age", width: "88px" },
  images: { head: "Images", is: "images", width: "minmax(96px, 0.6fr)" },
  restarts: { head: "Restarts", is: "restarts", width: "64px" },
};

export function rowPixels(): number {
  return matchMedia("(max-width: 720px)").matches ? 54 : 32;
}

export function OutlineRow({
  line,
  index,
  columns,
  usual,
  maker,
  isCurrent,
  isFocused,
  isOpen,
  onPoint,
  onFold,
  onAct,
}: {
  line: OutlineLine;
  index: number;
  columns: readonly Column[];
  /** The namespace that needs no word. */
  usual: string | undefined;
  /** Of the line that stands for it. */
  maker: ShownMaker | undefined;
  isCurrent: boolean;
  /** Keys led here. */
  isFocused: boolean;
  /** It is open beside. */
  isOpen: boolean;
  onPoint(): void;
  onFold(): void;
  onAct(): void;
}) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = row.current?.closest("[role=treegrid]");
    const has = document.activeElement;
    // Whoever types what to look for meanwhile is left where they are.
    if (isFocused && (has === document.body || view?.contains(has) === true))
      row.current?.focus({ preventScroll: true });
  }, [isFocused, line.item.id]);
  const { level, inside } = line;
  return (
    <div
      ref={row}
      role="row"
      class="line"
      aria-rowindex={index + 2}
      aria-level={level}
      aria-expanded={inside === 0 ? undefined : line.isOpen}
      aria-selected={maker === undefined ? isOpen : undefined}
      data-level={Math.min(level, 6)}
      data-found={line.found}
      data-is={line.is}
      tabIndex={isCurrent ? 0 : -1}
      onFocus={onPoint}
      onClick={({ target, metaKey, ctrlKey }) => {
        if (metaKey || ctrlKey || (target instanceof Element && target.closest("button") !== null)) return;
        onAct();
      }}
    >
      {columns.map((column) => (
        <span key={column} role="gridcell" class={`cell ${COLUMN_WORDS[column].is}`}>
          {column === "name" ? (
            <Name line={line} usual={usual} maker={maker} onFold={onFold} />
          ) : (
            <Cell line={line} column={column} />
          )}
        </span>
      ))}
    </div>
  );
}

function Cell({ line: { item, restarts }, column }: { line: OutlineLine; column: Exclude<Column, "name"> }) {
  switch (column) {
    case "sync":
      return (
        <>
          {item.sync !== undefined && <State word={item.sync} as="bare" />}
          {item.remark !== "" && <span class="why">{item.remark}</span>}
        </>
      );
    case "health":
      return <Health of={item} />;
    case "wave":
      return <>{item.wave}</>;
    case "age":
      return item.createdAt === undefined ? null : <Ago at={item.createdAt} />;
    case "images":
      return <Images of={item.images} />;
    case "restarts":
      return <>{restarts === 0 ? "" : restarts}</>;
  }
}

function Name({
  line: { item, is, isOpen, inside },
  usual,
  maker,
  onFold,
}: {
  line: OutlineLine;
  usual: string | undefined;
  maker: ShownMaker | undefined;
  onFold(): void;
}) {
  return (
    <>
      {inside === 0 ? (
        <span class="fold" />
      ) : (
        <button
          type="button"
          class="fold"
          tabIndex={-1}
          // The row says whether it is open, and keys fold it.
          aria-hidden="true"
          onClick={onFold}
        >
          {isOpen ? "▾" : "▸"}
        </button>
      )}
      {is === "heading" ? (
        <b>{item.name}</b>
      ) : (
        <>
          {maker !== undefined && <span class="dim">{madeWords(maker)} </span>}
          <span class="kind">{item.kind}</span>{" "}
          <a
            href={maker === undefined ? `?${new URLSearchParams({ node: item.id })}` : hrefOf(maker.path)}
            title={item.namespace === "" ? item.name : `${item.namespace}/${item.name}`}
            tabIndex={-1}
            onClick={(event) => {
              // The line opens it; with a key held the browser does, elsewhere.
              if (!event.metaKey && !event.ctrlKey) event.preventDefault();
            }}
          >
            {item.namespace !== "" && item.namespace !== usual && <span class="dim">{item.namespace}/</span>}
            {item.name}
          </a>
          {item.info !== "" && <span class="dim"> {item.info}</span>}
        </>
      )}
      {inside > 0 && !isOpen && <span class="dim"> +{inside}</span>}
    </>
  );
}

function Health({ of: { health } }: { of: Pick<Item, "health"> }) {
  if (health === undefined) return null;
  const why = health.status === "Healthy" ? "" : (health.message ?? "");
  return (
    <>
      <State word={health.status} as="bare" />
      {why !== "" && (
        <span class="why" title={why}>
          {why}
        </span>
      )}
    </>
  );
}

/** Of where it comes from the last step says enough. */
function Images({ of: images }: { of: readonly string[] }) {
  const [first] = images;
  if (first === undefined) return null;
  return (
    <span title={images.join("\n")}>
      {first.replace(/^.*\//, "").replace(/@sha256:(.{7}).*$/, "@$1")}
      {images.length > 1 && <span class="dim"> +{images.length - 1}</span>}
    </span>
  );
}
