/** Pods as small squares beside others of their node or their owner: its state's shape and what its name ends with. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { go, place, withQuery } from "../store/route.ts";
import type { ShownHost } from "../words/node-room-words.ts";
import { lookOf } from "../words/states.ts";
import { NodeRoom, roomWords } from "./node-room.tsx";
import type { Item } from "./outline.ts";
import {
  POD_GROUPINGS,
  type PodGrouping,
  podGroupsOf,
  podState,
  readPodGrouping,
  shortName,
} from "./pod-groups.ts";

const WORDS: Readonly<Record<PodGrouping, string>> = {
  node: "By node",
  owner: "By owner",
  top: "By first owner",
};
/** Of one group; what is not well is among the first. */
const AT_ONCE = 200;

export function Pods({
  app,
  roots,
  hosts,
  matches,
}: {
  app: Application;
  roots: readonly Item[];
  hosts: readonly ShownHost[];
  matches(item: Item): boolean;
}) {
  const { query } = place.value;
  const by = readPodGrouping(query.get("pods"));
  const open = query.get("node");
  const groups = useMemo(
    () =>
      podGroupsOf(roots, by, matches).map((group) => ({
        ...group,
        host:
          by === "node" && group.is === "group" ? hosts.find(({ name }) => name === group.name) : undefined,
      })),
    [roots, by, hosts, query.get("find")],
  );
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState(open ?? "");
  const box = useRef<HTMLDivElement>(null);
  const all = groups.flatMap(({ pods }) => pods);
  // One of them is reached by Tab, and leads to the others.
  const current = all.some(({ id }) => id === at) ? at : all[0]?.id;
  const show = (id: string): void => go(withQuery({ node: id, tab: undefined }), "push");
  const onKey = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey || !(event.target instanceof HTMLElement)) return;
    const id = event.target.dataset.id;
    if (id === undefined) return;
    if (event.key === "Enter" || event.key === " ") show(id);
    else {
      const to = stepFrom(box.current, event.target, event.key);
      if (to === undefined) return;
      to.focus();
    }
    event.preventDefault();
  };
  return (
    <>
      <fieldset class="chip-group">
        <legend class="hidden-text">How Pods are put together</legend>
        {POD_GROUPINGS.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={one === by}
            onClick={() => go(withQuery({ pods: one === "node" ? undefined : one }), "push")}
          >
            {WORDS[one]}
          </button>
        ))}
      </fieldset>
      {all.length === 0 ? (
        <p class="dim">No Pods are like that, or it has none.</p>
      ) : (
        <div
          ref={box}
          role="listbox"
          tabIndex={-1}
          class="pods"
          aria-label={`Pods of ${app.metadata.name}`}
          onKeyDown={onKey}
        >
          {groups.map(({ id, name, is, pods, says, host }) => (
            <div
              key={id}
              role="group"
              class="pod-group"
              data-is={is}
              aria-label={[`${name}: ${says}`, ...(host === undefined ? [] : [roomWords(host)])].join("; ")}
            >
              <p aria-hidden="true">
                <b>{name}</b> <span class="dim">{says}</span>
              </p>
              {host !== undefined && <NodeRoom host={host} />}
              {pods.slice(0, whole.has(id) ? undefined : AT_ONCE).map((pod) => (
                <Pod
                  key={pod.id}
                  pod={pod}
                  isCurrent={pod.id === current}
                  isOpen={pod.id === open}
                  onFocus={() => setAt(pod.id)}
                  onAct={() => show(pod.id)}
                />
              ))}
            </div>
          ))}
        </div>
      )}
      {groups
        .filter(({ id, pods }) => pods.length > AT_ONCE && !whole.has(id))
        .map(({ id, name, pods }) => (
          <p key={id}>
            <button type="button" class="link" onClick={() => setWhole(new Set([...whole, id]))}>
              {name}: show {pods.length - AT_ONCE} more
            </button>
          </p>
        ))}
    </>
  );
}

function Pod({
  pod,
  isCurrent,
  isOpen,
  onFocus,
  onAct,
}: {
  pod: Item;
  isCurrent: boolean;
  isOpen: boolean;
  onFocus(): void;
  onAct(): void;
}) {
  const state = podState(pod);
  const { tone, shape } = lookOf(state);
  const why = state === "Healthy" ? undefined : pod.health?.message;
  const words = [`${pod.name}, ${state}`, pod.info, why].filter((one) => one !== undefined && one !== "");
  return (
    <div
      role="option"
      class="pod"
      data-id={pod.id}
      data-tone={tone}
      aria-label={words.join(", ")}
      aria-selected={isOpen}
      title={words.join("\n")}
      tabIndex={isCurrent ? 0 : -1}
      onFocus={onFocus}
      onClick={onAct}
      // Keys are the list's.
      onKeyDown={() => undefined}
    >
      <svg aria-hidden="true">
        <use href={`#shape-${shape}`} />
      </svg>
      <span>{shortName(pod.name)}</span>
    </div>
  );
}

/** Left and right along all of them, up and down to the nearest of the line above or below. */
function stepFrom(box: HTMLElement | null, from: HTMLElement, key: string): HTMLElement | undefined {
  const all = [...(box?.querySelectorAll<HTMLElement>("[role=option]") ?? [])];
  const at = all.indexOf(from);
  switch (key) {
    case "ArrowRight":
      return all[at + 1] ?? from;
    case "ArrowLeft":
      return all[at - 1] ?? from;
    case "Home":
      return all[0];
    case "End":
      return all.at(-1);
    case "ArrowDown":
      return nearest(all.slice(at + 1), from) ?? from;
    case "ArrowUp":
      return nearest(all.slice(0, at).reverse(), from) ?? from;
    default:
      return undefined;
  }
}

/** @param others from the nearest line on */
function nearest(others: readonly HTMLElement[], from: HTMLElement): HTMLElement | undefined {
  const { top, left } = from.getBoundingClientRect();
  const first = others.find((one) => one.getBoundingClientRect().top !== top);
  const lineTop = first?.getBoundingClientRect().top;
  const line = others.filter((one) => one.getBoundingClientRect().top === lineTop);
  const off = (one: HTMLElement): number => Math.abs(one.getBoundingClientRect().left - left);
  return line.reduce<HTMLElement | undefined>(
    (best, one) => (best === undefined || off(one) < off(best) ? one : best),
    undefined,
  );
}
