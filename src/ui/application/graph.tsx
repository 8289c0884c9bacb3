/** The objects as a graph of owners: what is in sight is drawn, and the rest once somebody comes there. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { go, place, withQuery } from "../store/route.ts";
import { lookOf } from "../words/states.ts";
import { BOX, edgesOf, inSight, layoutOf, type Placed, stepFrom, type Window } from "./graph-layout.ts";
import { ObjectTree } from "./object-tree.tsx";
import { type Item, type TreeNode, treeOf } from "./outline.ts";

const ZOOMS = [0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.5] as const;
const PLAIN = ZOOMS.indexOf(1);
/** Below it nobody reads words, and the shapes stand alone. */
const READABLE = 0.55;
/** Drawn beyond what is in sight, so that a turn of the wheel finds something; pixels of the screen. */
const BEYOND = 150;

export function Graph({ app }: { app: Application }) {
  return (
    <ObjectTree app={app}>
      {(resources, nodes) => <Drawing app={app} resources={resources} nodes={nodes} />}
    </ObjectTree>
  );
}

function Drawing({
  app,
  resources,
  nodes,
}: {
  app: Application;
  resources: readonly ResourceStatus[];
  nodes: readonly TreeNode[];
}) {
  const layout = useMemo(() => layoutOf(treeOf(resources, nodes)), [resources, nodes]);
  const open = place.value.query.get("node");
  const [at, setAt] = useState(open ?? "");
  const [step, setStep] = useState<number>(PLAIN);
  const zoom = ZOOMS[step] ?? 1;
  const box = useRef<HTMLDivElement>(null);
  const toFocus = useRef<string | undefined>(undefined);
  const [window, setWindow] = useState<Window>({ left: 0, top: 0, right: 0, bottom: 0 });
  const isEmpty = layout.placed.length === 0;
  useLayoutEffect(() => {
    const view = box.current;
    if (view === null) return;
    const look = (): void => setWindow(windowOf(view, zoom));
    look();
    view.addEventListener("scroll", look, { passive: true });
    const sized = new ResizeObserver(look);
    sized.observe(view);
    return () => {
      view.removeEventListener("scroll", look);
      sized.disconnect();
    };
  }, [zoom, isEmpty]);
  const current = layout.byId.get(at) ?? layout.placed[0];
  // What is open is in sight from the beginning.
  useEffect(() => {
    const chosen = open === null ? undefined : layout.byId.get(open);
    if (box.current !== null && chosen !== undefined) bring(box.current, chosen, zoom);
  }, [open, isEmpty]);
  useEffect(() => {
    if (toFocus.current === undefined) return;
    const node = box.current?.querySelector(`[data-id="${CSS.escape(toFocus.current)}"]`);
    // What was drawn before may still have its turn: then it is not there yet.
    if (!(node instanceof HTMLElement)) return;
    toFocus.current = undefined;
    node.focus({ preventScroll: true });
  });
  if (current === undefined) return <p class="dim">No resources are known yet.</p>;
  const drawn = inSight(layout, window, new Set([current.item.id, ...(open === null ? [] : [open])]));
  const rescale = (to: number): void => {
    const [view, next] = [box.current, ZOOMS[to]];
    if (view === null || next === undefined) return;
    // What is in the middle stays there.
    const [x, y] = [view.scrollLeft + view.clientWidth / 2, view.scrollTop + view.clientHeight / 2];
    setStep(to);
    requestAnimationFrame(() =>
      view.scrollTo((x * next) / zoom - view.clientWidth / 2, (y * next) / zoom - view.clientHeight / 2),
    );
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const to = stepFrom(layout, current, event.key);
    if (to !== undefined && box.current !== null) {
      bring(box.current, to, zoom);
      toFocus.current = to.item.id;
      setAt(to.item.id);
      // Where it stays the same nothing else would draw it anew.
      setWindow(windowOf(box.current, zoom));
    } else if (event.key === "Enter" || event.key === " ") show(current.item);
    else if (event.key === "+" || event.key === "=") rescale(step + 1);
    else if (event.key === "-") rescale(step - 1);
    else if (event.key === "0") rescale(PLAIN);
    else return;
    event.preventDefault();
  };
  const name = `Graph of ${app.metadata.name}`;
  return (
    <>
      <div class="graph-tools" role="toolbar" aria-label="Zoom">
        <button
          type="button"
          aria-label="Zoom out"
          aria-disabled={step === 0}
          onClick={() => rescale(step - 1)}
        >
          −
        </button>
        <button type="button" title="Back to 100 %" onClick={() => rescale(PLAIN)}>
          {Math.round(zoom * 100)} %
        </button>
        <button
          type="button"
          aria-label="Zoom in"
          aria-disabled={step === ZOOMS.length - 1}
          onClick={() => rescale(step + 1)}
        >
          +
        </button>
        <span class="dim">
          {layout.placed.length} {layout.placed.length === 1 ? "object" : "objects"}, each right of its owner
        </span>
      </div>
      <div ref={box} class="graph" onPointerDown={drag}>
        <div
          role="tree"
          aria-label={name}
          class="drawing"
          data-far={zoom < READABLE}
          style={{ width: `${layout.width * zoom}px`, height: `${layout.height * zoom}px` }}
          onKeyDown={onKey}
          onClick={({ target }) => {
            const id = target instanceof Element && target.closest(".node")?.getAttribute("data-id");
            const one = typeof id === "string" ? layout.byId.get(id) : undefined;
            if (one !== undefined) show(one.item);
          }}
        >
          <div role="presentation" class="scaled" style={{ transform: `scale(${zoom})` }}>
            <svg aria-hidden="true" width={layout.width} height={layout.height}>
              <path d={edgesOf(layout, window)} />
            </svg>
            {drawn.map((one) => (
              <Node
                key={one.item.id}
                one={one}
                isCurrent={one === current}
                isOpen={one.item.id === open}
                onFocus={() => setAt(one.item.id)}
              />
            ))}
          </div>
        </div>
      </div>
    </>
  );
}

function Node({
  one: { item, x, y, level, at, of },
  isCurrent,
  isOpen,
  onFocus,
}: {
  one: Placed;
  isCurrent: boolean;
  isOpen: boolean;
  onFocus(): void;
}) {
  // Health says more; what has none, or is well and not as Git says, shows how it stands to Git.
  const state =
    item.health === undefined || (item.health.status === "Healthy" && item.sync === "OutOfSync")
      ? item.sync
      : item.health.status;
  const { tone, shape } = lookOf(state ?? "");
  const words = [`${item.kind} ${item.name}`, item.sync, item.health?.status, item.remark].filter(Boolean);
  return (
    <div
      role="treeitem"
      class="node"
      data-id={item.id}
      data-tone={state === undefined ? undefined : tone}
      aria-label={words.join(", ")}
      aria-level={level}
      aria-posinset={at}
      aria-setsize={of}
      aria-selected={isOpen}
      title={words.join(", ")}
      tabIndex={isCurrent ? 0 : -1}
      style={{ left: `${x}px`, top: `${y}px`, width: `${BOX.width}px`, height: `${BOX.height}px` }}
      onFocus={onFocus}
    >
      {state !== undefined && (
        <svg aria-hidden="true">
          <use href={`#shape-${shape}`} />
        </svg>
      )}
      <span>
        <small>{item.kind}</small> {item.name}
      </span>
    </div>
  );
}

function show({ id }: Item): void {
  go(withQuery({ node: id, tab: undefined }), "push");
}

function windowOf(view: HTMLElement, zoom: number): Window {
  return {
    left: (view.scrollLeft - BEYOND) / zoom,
    top: (view.scrollTop - BEYOND) / zoom,
    right: (view.scrollLeft + view.clientWidth + BEYOND) / zoom,
    bottom: (view.scrollTop + view.clientHeight + BEYOND) / zoom,
  };
}

/** Scrolls no further than it must. */
function bring(view: HTMLElement, { x, y }: Placed, zoom: number): void {
  const near = (from: number, size: number, seen: number, length: number): number =>
    from < seen ? from : from + size > seen + length ? from + size - length : seen;
  view.scrollTo(
    near(x * zoom - 16, BOX.width * zoom + 32, view.scrollLeft, view.clientWidth),
    near(y * zoom - 16, BOX.height * zoom + 32, view.scrollTop, view.clientHeight),
  );
}

/** The ground is drawn along by a mouse; fingers and wheels scroll it as anything. */
function drag(event: PointerEvent & { currentTarget: HTMLElement }): void {
  const view = event.currentTarget;
  if (event.pointerType !== "mouse" || event.button !== 0) return;
  if (event.target instanceof Element && event.target.closest(".node") !== null) return;
  // The scrollbars are its own.
  if (event.offsetX < 0 || event.target === view) return;
  const [x, y] = [event.clientX + view.scrollLeft, event.clientY + view.scrollTop];
  const move = (to: PointerEvent): void => view.scrollTo(x - to.clientX, y - to.clientY);
  const end = (): void => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}
