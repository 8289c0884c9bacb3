/** One box of the graph: what it is, and how it stands. */
import { hrefOf } from "../store/route.ts";
import { madeWords } from "../words/maker.ts";
import { lookOf } from "../words/states.ts";
import type { Fold } from "./graph-fold.ts";
import { BOX, type Placed } from "./graph-layout.ts";
import { WayMark } from "./network-edges.tsx";
import type { Way } from "./network-ways.ts";
import type { Item } from "./outline.ts";
import type { ShownMaker } from "./use-maker.ts";

/** Health says more; what has none, or is well and not as Git says, shows how it stands to Git. */
export function stateOf({ health, sync }: Item): string | undefined {
  return health === undefined || (health.status === "Healthy" && sync === "OutOfSync") ? sync : health.status;
}

export function Node({
  one: { item, x, y, level, at, of },
  fold,
  maker,
  way,
  isCurrent,
  isOpen,
  onFocus,
}: {
  one: Placed;
  fold: Fold | undefined;
  /** It is what made the application. */
  maker: ShownMaker | undefined;
  /** In the network: whether it is on the ways that somebody looks at, the one that begins here, what leads here. */
  way: { is: "on" | "off" | "as-all"; begins: Way | undefined; words: string } | undefined;
  isCurrent: boolean;
  isOpen: boolean;
  onFocus(): void;
}) {
  const state = stateOf(item);
  const { tone, shape } = lookOf(state ?? "");
  const kind = maker === undefined ? item.kind : `${madeWords(maker)} ${item.kind}`;
  const small = fold === undefined ? kind : fold.is === "open" ? "Alike" : "Folded";
  const words = [`${small} ${item.name}`, item.sync, item.health?.status, item.remark, way?.words].filter(
    Boolean,
  );
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
      aria-expanded={fold && fold.is === "open"}
      data-fold={fold?.is}
      data-way={way?.is}
      title={
        fold === undefined
          ? words.join(", ")
          : `${words.join(", ")}: ${fold.is === "open" ? "fold them" : "show each"}`
      }
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
        <small>{small}</small>{" "}
        {maker === undefined ? (
          item.name
        ) : (
          <a
            href={hrefOf(maker.path)}
            tabIndex={-1}
            onClick={(event) => {
              // The box leads there; with a key held the browser does, elsewhere.
              if (event.metaKey || event.ctrlKey) event.stopPropagation();
              else event.preventDefault();
            }}
          >
            {item.name}
          </a>
        )}
      </span>
      {way?.begins !== undefined && <WayMark of={way.begins} />}
    </div>
  );
}
