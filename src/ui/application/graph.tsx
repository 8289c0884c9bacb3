/** The objects as a graph of owners: what is in sight is drawn, and the rest once somebody comes there. */
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { go, place, withQuery } from "../store/route.ts";
import type { Origin } from "../words/origin-words.ts";
import { GraphEdges } from "./graph-edges.tsx";
import { drawnOf, type Fold, firstPreset, type Preset, readPreset, withOpenedAtTop } from "./graph-fold.ts";
import { belowMaker, inSight, layoutOf, type Placed, stepFrom, type Window } from "./graph-layout.ts";
import { GraphMap } from "./graph-map.tsx";
import { Node, stateOf } from "./graph-node.tsx";
import { GraphTools } from "./graph-tools.tsx";
import { BEYOND, bring, drag, isSameWindow, windowOf } from "./graph-view.ts";
import { networkOf, podTreeOf } from "./network.ts";
import { NetworkEdges, WaysLegend } from "./network-edges.tsx";
import { edgesBy, gapsOf, reachedWords, type WayEdge, waysOf, waysThrough } from "./network-ways.ts";
import { ObjectTree } from "./object-tree.tsx";
import { areOrphansShown } from "./orphans-box.tsx";
import { type Item, type TreeNode, treeOf } from "./outline.ts";
import { useMaker } from "./use-maker.ts";

const ZOOMS = [0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.5] as const;
const PLAIN = ZOOMS.indexOf(1);
/** Below it there is room for a name alone, in letters that are as large on the screen as above it. */
const READABLE = 0.55;
/** Pixels of the screen. */
const FAR_LETTERS = 11;

const NOTHING = "No resources are known yet.";
/** Why nothing is drawn. */
const EMPTY: Readonly<Record<Preset, string>> = {
  ...{ ownership: NOTHING, whole: NOTHING },
  problems: "Everything is well: nothing is left to draw.",
  network: "It has no Services, Ingresses, Gateways or routes.",
  pods: "It has no Pods.",
};

export function Graph({ app, origin }: { app: Application; origin: Origin }) {
  return (
    <ObjectTree app={app}>
      {(resources, nodes, orphans) => (
        <Drawing app={app} origin={origin} resources={resources} nodes={nodes} orphans={orphans} />
      )}
    </ObjectTree>
  );
}

function Drawing({
  app,
  origin,
  resources,
  nodes,
  orphans,
}: {
  app: Application;
  origin: Origin;
  resources: readonly ResourceStatus[];
  nodes: readonly TreeNode[];
  orphans: readonly TreeNode[];
}) {
  const open = place.value.query.get("node");
  const asked = place.value.query.get("preset");
  const isWithOrphans = areOrphansShown();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const tree = useMemo(
    () => treeOf(resources, nodes, isWithOrphans ? orphans : []),
    [resources, nodes, isWithOrphans && orphans],
  );
  const preset = useMemo(() => (asked === null ? firstPreset(tree) : readPreset(asked)), [tree, asked]);
  const network = useMemo(() => (preset === "network" ? networkOf(tree) : undefined), [tree, preset]);
  const shown = useMemo(
    () =>
      drawnOf(network?.roots ?? (preset === "pods" ? podTreeOf(tree) : tree), preset, {
        opened,
        shown: open,
      }),
    [tree, network, preset, opened, open],
  );
  const maker = useMaker(app, origin);
  const ways = useMemo(() => (network === undefined ? [] : waysOf(network)), [network]);
  const layout = useMemo(() => {
    const gaps = network === undefined ? undefined : gapsOf(network, ways);
    const placed = withOpenedAtTop(layoutOf(shown.roots, gaps), shown.folds);
    // It makes objects, and sends no requests to them.
    const isAbove = maker !== undefined && preset !== "network" && placed.placed.length > 0;
    return isAbove ? belowMaker(placed, maker.item) : placed;
  }, [shown, maker]);
  const traffic = useMemo(
    () => network && trafficOf(edgesBy(network.links, { ways, layout, ...shown })),
    [network, ways, layout],
  );
  const [pointed, setPointed] = useState<string | undefined>();
  const [focused, setFocused] = useState<string | undefined>();
  const looked = pointed ?? focused;
  const lit = looked === undefined ? undefined : traffic?.through.get(looked);
  const isLit = lit !== undefined && lit.length > 0;
  // Only where there are ways: boxes that go by under a pointer at rest would have all of it drawn anew.
  const noticing =
    traffic === undefined
      ? {}
      : {
          onPointerOver: ({ target }: Event) => setPointed(nodeAt(target)),
          onPointerLeave: () => setPointed(undefined),
          onFocusIn: ({ target }: Event) => setFocused(nodeAt(target)),
          onFocusOut: () => setFocused(undefined),
        };
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
    const look = (): void =>
      setWindow((before) => {
        const now = windowOf(view, zoom);
        return isSameWindow(before, now) ? before : now;
      });
    look();
    view.addEventListener("scroll", look, { passive: true });
    const sized = new ResizeObserver(look);
    sized.observe(view);
    return () => {
      view.removeEventListener("scroll", look);
      sized.disconnect();
    };
  }, [zoom, isEmpty]);
  const made = useMemo(() => new Map<Placed, { is: readonly boolean[]; node: VNode }>(), [layout]);
  const current = layout.byId.get(at) ?? layout.placed[0];
  // What two turns of a wheel show needs no map.
  const [wide, high] = [(window.right - window.left) * 2, (window.bottom - window.top) * 2];
  const isLarge = wide > 0 && (layout.width > wide || layout.height > high);
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
  if (current === undefined && tree.length === 0) return <p class="dim">No resources are known yet.</p>;
  // One that is as it was is not looked at again, while others scroll by.
  const nodeOnce = (one: Placed, is: readonly boolean[], make: () => VNode): VNode => {
    const before = made.get(one);
    if (before?.is.every((part, nth) => part === is[nth]) === true) return before.node;
    const node = make();
    made.set(one, { is, node });
    return node;
  };
  const always = [current?.item.id, open].filter((id) => typeof id === "string");
  const drawn = inSight(layout, window, new Set(always));
  const act = ({ id }: Item, to?: Fold["is"]): void => {
    if (id === maker?.item.id) return go(maker.path, "push");
    const fold = shown.folds.get(id);
    if (fold === undefined) return show(id);
    if (fold.is === to) return;
    // What is open beside would keep it open.
    if (fold.is === "open" && open !== null) go(withQuery({ node: undefined, tab: undefined }), "push");
    setOpened(
      fold.is === "open" ? new Set([...opened].filter((one) => one !== id)) : new Set([...opened, id]),
    );
  };
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
    if (event.metaKey || event.ctrlKey || event.altKey || current === undefined) return;
    const fold = shown.folds.get(current.item.id)?.is;
    const to = stepFrom(layout, current, event.key);
    // As trees have it: to the right opens first, and to the left closes first.
    if (fold === "closed" && event.key === "ArrowRight") act(current.item, "open");
    else if (fold === "open" && event.key === "ArrowLeft") act(current.item, "closed");
    else if (to !== undefined && box.current !== null) {
      bring(box.current, to, zoom);
      toFocus.current = to.item.id;
      setAt(to.item.id);
      // Where it stays the same nothing else would draw it anew.
      setWindow(windowOf(box.current, zoom));
    } else if (event.key === "Enter" || event.key === " ") act(current.item);
    else if (event.key === "+" || event.key === "=") rescale(step + 1);
    else if (event.key === "-") rescale(step - 1);
    else if (event.key === "0") rescale(PLAIN);
    else return;
    event.preventDefault();
  };
  const name = `Graph of ${app.metadata.name}`;
  return (
    <>
      <GraphTools
        preset={preset}
        orphans={orphans.length}
        drawn={shown}
        percent={Math.round(zoom * 100)}
        onZoom={{
          out: step === 0 ? undefined : () => rescale(step - 1),
          plain: () => rescale(PLAIN),
          in: step === ZOOMS.length - 1 ? undefined : () => rescale(step + 1),
        }}
      />
      {isEmpty && <p class="dim">{EMPTY[preset]}</p>}
      <WaysLegend ways={ways} entries={network?.entries.length ?? 0} />
      {network?.isCut === true && (
        <p class="dim">More lead to each other than are drawn: the lines of the first 5,000 are.</p>
      )}
      {!isEmpty && (
        <div class="graph-frame">
          <div ref={box} class="graph" onPointerDown={drag}>
            <div
              role="tree"
              aria-label={name}
              class="drawing"
              data-far={zoom < READABLE}
              style={{ width: `${layout.width * zoom}px`, height: `${layout.height * zoom}px` }}
              onKeyDown={onKey}
              {...noticing}
              onClick={({ target }) => {
                const id = nodeAt(target);
                const one = id === undefined ? undefined : layout.byId.get(id);
                if (one !== undefined) act(one.item);
              }}
            >
              <div
                role="presentation"
                class="scaled"
                style={{ transform: `scale(${zoom})`, "--far": `${FAR_LETTERS / zoom}px` }}
              >
                {traffic === undefined ? (
                  <GraphEdges layout={layout} window={window} />
                ) : (
                  <NetworkEdges
                    {...{ layout, ways, window }}
                    edges={traffic.edges}
                    lit={isLit ? lit : undefined}
                  />
                )}
                {drawn.map((one) => {
                  const on = traffic?.through.get(one.item.id) ?? [];
                  const isOn = isLit && on.some((way) => lit.includes(way));
                  return nodeOnce(one, [one === current, one.item.id === open, isLit, isOn], () => (
                    <Node
                      key={one.item.id}
                      one={one}
                      fold={shown.folds.get(one.item.id)}
                      maker={one.item === maker?.item ? maker : undefined}
                      isCurrent={one === current}
                      isOpen={one.item.id === open}
                      way={
                        traffic && {
                          is: !isLit ? "as-all" : isOn ? "on" : "off",
                          begins: ways.find(({ entry }) => entry.id === one.item.id),
                          words: reachedWords(one.item.id, {
                            ...{ on, ways },
                            coming: traffic.coming.get(one.item.id) ?? [],
                          }),
                        }
                      }
                      onFocus={() => setAt(one.item.id)}
                    />
                  ));
                })}
              </div>
            </div>
          </div>
          {isLarge && (
            <GraphMap
              layout={layout}
              window={{
                left: window.left + BEYOND / zoom,
                top: window.top + BEYOND / zoom,
                right: window.right - BEYOND / zoom,
                bottom: window.bottom - BEYOND / zoom,
              }}
              stateOf={({ item }) => stateOf(item)}
              onGo={(x, y) => {
                const view = box.current;
                view?.scrollTo(x * zoom - view.clientWidth / 2, y * zoom - view.clientHeight / 2);
              }}
            />
          )}
        </div>
      )}
    </>
  );
}

function trafficOf(edges: readonly WayEdge[]) {
  return { edges, through: waysThrough(edges), coming: Map.groupBy(edges, ({ to }) => to) };
}

/** The id of the box that something is in. */
function nodeAt(target: EventTarget | null): string | undefined {
  const node = target instanceof Element ? target.closest(".node") : null;
  return node?.getAttribute("data-id") ?? undefined;
}

function show(id: string): void {
  go(withQuery({ node: id, tab: undefined }), "push");
}
