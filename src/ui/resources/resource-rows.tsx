/** A row for each object, of which those in sight are drawn; a press leads to it in its application. */
import { useEffect, useState } from "preact/hooks";
import type { FoundResource } from "../../core/model/found-resource.ts";
import { areKeysOn } from "../app/key-setting.ts";
import { pageAt } from "../application/paths.ts";
import { Rows } from "../components/rows.tsx";
import { State } from "../components/state.tsx";
import { go, hrefOf } from "../store/route.ts";

const ROW_PX = 40;
const HEADS = ["Kind", "Name", "Namespace", "Application", "Cluster", "Sync", "Health"];

export function ResourceRows({
  items,
  total,
  onEnd,
}: {
  items: readonly FoundResource[];
  total: number;
  /** The last of them is in sight, and there are more. */
  onEnd: (() => void) | undefined;
}) {
  const [at, setAt] = useState<{ index: number; by: "keys" | "pointer" }>({ index: 0, by: "pointer" });
  const current = Math.min(at.index, items.length - 1);
  const onKey = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (/^[a-z]$/i.test(event.key) && !areKeysOn.value) return;
    const move = (to: number): void =>
      setAt({ index: Math.max(0, Math.min(items.length - 1, to)), by: "keys" });
    const resource = items[current];
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      j: () => move(current + 1),
      k: () => move(current - 1),
      PageDown: () => move(current + 15),
      PageUp: () => move(current - 15),
      Home: () => move(0),
      End: () => move(items.length - 1),
      Enter: () => resource !== undefined && go(placeOf(resource), "push"),
    };
    // Enter on a link is its own.
    const isOnLink = event.target instanceof Element && event.target.closest("a") !== null;
    const act = isOnLink && event.key === "Enter" ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return (
    <>
      <div
        role="grid"
        class="apps found"
        aria-label="Resources"
        aria-rowcount={total + 1}
        tabIndex={-1}
        onKeyDown={onKey}
      >
        <div role="rowgroup" class="heads">
          <div role="row" class="app head" aria-rowindex={1} tabIndex={-1}>
            {HEADS.map((head) => (
              <span key={head} role="columnheader" class={`cell ${head.toLowerCase()}`} tabIndex={-1}>
                {head}
              </span>
            ))}
          </div>
        </div>
        <Rows
          items={items}
          rowHeight={ROW_PX}
          keyOf={keyOfResource}
          shown={at.by === "keys" ? current : undefined}
        >
          {(resource, index) => (
            <Row
              resource={resource}
              index={index}
              isCurrent={index === current}
              isFocused={index === current && at.by === "keys"}
              onPoint={() => setAt({ index, by: "pointer" })}
            />
          )}
        </Rows>
      </div>
      {onEnd !== undefined && <End key={items.length} onSeen={onEnd} left={total - items.length} />}
    </>
  );
}

function Row({
  resource,
  index,
  isCurrent,
  isFocused,
  onPoint,
}: {
  resource: FoundResource;
  index: number;
  isCurrent: boolean;
  isFocused: boolean;
  onPoint(): void;
}) {
  const { kind, name, namespace, application, cluster, is, of, sync, health, images = [] } = resource;
  return (
    <div
      role="row"
      class="app"
      aria-rowindex={index + 2}
      tabIndex={isCurrent ? 0 : -1}
      ref={(element) => {
        if (isFocused && element !== null && document.activeElement !== element)
          element.focus({ preventScroll: true });
      }}
      onClick={(event) => {
        onPoint();
        if (event.target instanceof Element && event.target.closest("a") !== null) return;
        go(placeOf(resource), "push");
      }}
    >
      <span role="gridcell" class="cell kind">
        {kind}
      </span>
      <span role="gridcell" class="cell name">
        <a href={hrefOf(placeOf(resource))} tabIndex={-1} title={images.join("\n") || undefined}>
          {name}
          {of !== undefined && <span class="dim"> of {`${of.kind} ${of.name}`}</span>}
        </a>
      </span>
      <span role="gridcell" class="cell namespace">
        {namespace}
      </span>
      <span role="gridcell" class="cell application">
        {is === "orphan" ? (
          <span class="dim">no application's</span>
        ) : (
          <a href={hrefOf(pageAt(application))} tabIndex={-1}>
            {application}
          </a>
        )}
      </span>
      <span role="gridcell" class="cell cluster">
        {cluster}
      </span>
      <span role="gridcell" class="cell sync">
        {sync !== undefined && <State word={sync} as="bare" />}
      </span>
      <span role="gridcell" class="cell health">
        {health !== undefined && <State word={health} as="bare" />}
      </span>
    </div>
  );
}

/** Asks for more when it comes in sight, and by a press where nothing scrolls. */
function End({ onSeen, left }: { onSeen(): void; left: number }) {
  const [box, setBox] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (box === null) return;
    const watch = new IntersectionObserver(
      (seen) => {
        if (seen.some(({ isIntersecting }) => isIntersecting)) onSeen();
      },
      { rootMargin: "600px" },
    );
    watch.observe(box);
    return () => watch.disconnect();
  }, [box]);
  return (
    <p ref={setBox}>
      <button type="button" class="link" onClick={onSeen}>
        {left} more
      </button>
    </p>
  );
}

export function keyOfResource({ application, group, kind, namespace, name }: FoundResource): string {
  return `${application} ${group}/${kind}/${namespace}/${name}`;
}

/** In the application's panel; an orphan is in none, so its application alone. */
function placeOf({ is, application, group, kind, namespace, name }: FoundResource): string {
  const page = pageAt(application);
  return is === "orphan"
    ? page
    : `${page}?${new URLSearchParams({ node: `${group}/${kind}/${namespace}/${name}` })}`;
}
