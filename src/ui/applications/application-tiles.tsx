/** A tile for each application, of which those in sight are drawn: the same that the rows say, to be read from further away. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { areKeysOn } from "../app/key-setting.ts";
import { handlersByKey } from "../app/shortcuts.ts";
import { pageOf } from "../application/paths.ts";
import { askRefresh } from "../application/refresh.ts";
import { note } from "../components/notes.tsx";
import { Rows } from "../components/rows.tsx";
import { SelectBox } from "../components/select-box.tsx";
import { Star } from "../components/star.tsx";
import { State } from "../components/state.tsx";
import { Ago, inClock } from "../components/time.tsx";
import { areNamespacesSeveral } from "../store/applications.ts";
import { toggleFavourite } from "../store/favourites.ts";
import { go, hrefOf, withQuery } from "../store/route.ts";
import {
  destinationOf,
  healthOf,
  keyOf,
  lastFailed,
  lastSynced,
  sentences,
  standsAt,
} from "../words/app-words.ts";
import type { ListProps } from "./application-rows.tsx";
import { Cause } from "./cause.tsx";
import { FailedAgo } from "./failed-ago.tsx";
import { lookAt } from "./look-at.ts";
import { isPlan, PlanLink, SyncState, whenLive } from "./plan-link.tsx";
import { tileRows } from "./tile-rows.ts";
import { madeBy, whyOf } from "./why-words.ts";

/** Pixels; the style sheet has them too. */
const HEIGHT = 132;

export function ApplicationTiles({ apps, selected, opened, onSelect, onPointed, onReview }: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(() => innerWidth);
  const [at, setAt] = useState<{ index: number; by: "keys" | "pointer" }>({ index: 0, by: "pointer" });
  const isAskedFor = useRef(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const { rows, beside } = useMemo(() => tileRows(apps, width), [apps, width]);
  const current = Math.min(at.index, apps.length - 1);
  const select = (app: ListedApplication): void => {
    const next = new Set(selected);
    if (!next.delete(keyOf(app))) next.add(keyOf(app));
    onSelect(next);
  };
  const onKey = (event: KeyboardEvent): void => {
    const app = apps[current];
    if (/^[a-z]$/i.test(event.key) && !areKeysOn.value) return;
    if (app === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    const move = (to: number): void => {
      isAskedFor.current = true;
      setAt({ index: Math.max(0, Math.min(apps.length - 1, to)), by: "keys" });
    };
    const told = (cause: Error): void => note("bad", cause.message);
    const keys: Readonly<Record<string, (key: string) => void>> = {
      ArrowRight: () => move(current + 1),
      ArrowLeft: () => move(current - 1),
      ArrowDown: () => move(current + beside),
      ArrowUp: () => move(current - beside),
      Home: () => move(0),
      End: () => move(apps.length - 1),
      ...handlersByKey({
        down: () => move(current + 1),
        up: () => move(current - 1),
        open: () => go(pageOf(app), "push"),
        beside: () => go(withQuery({ open: keyOf(app) }), "push"),
        select: () => select(app),
        diff: () => lookAt(app, "diff", opened),
        history: () => lookAt(app, "history", opened),
        star: () => toggleFavourite(app),
        sync: () => whenLive(() => onReview(app)),
        refresh: () => void askRefresh(app, "normal").catch(told),
        "hard-refresh": () => void askRefresh(app, "hard").catch(told),
      }),
    };
    const isInControl = event.target instanceof Element && event.target.closest("button, input, a") !== null;
    // Enter on what can be pressed is its own.
    const act = isInControl && event.key === "Enter" ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(event.key);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys are of the tile within that has the focus
    <div
      ref={box}
      id="apps"
      class="tile-list"
      onKeyDown={onKey}
      onPointerEnter={() => onPointed(true)}
      onPointerLeave={() => onPointed(false)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: rows, of which those in sight are drawn, lie between it and its tiles */}
      <div role="list" aria-label="Applications">
        <Rows
          items={rows}
          rowHeight={HEIGHT + 12}
          keyOf={([app]) => keyOf(app)}
          shown={at.by === "keys" ? Math.floor(current / beside) : undefined}
          role="presentation"
        >
          {(row, number) => (
            <div class="tiles" role="presentation" style={{ "--beside": String(beside) }}>
              {row.map((app, place) => (
                <Tile
                  key={keyOf(app)}
                  app={app}
                  isSelected={selected.has(keyOf(app))}
                  isOpen={keyOf(app) === opened}
                  isCurrent={number * beside + place === current}
                  focus={number * beside + place === current ? isAskedFor : undefined}
                  onSelect={() => select(app)}
                  onReview={(one) => whenLive(() => onReview(one))}
                  onPoint={() => setAt({ index: number * beside + place, by: "pointer" })}
                />
              ))}
            </div>
          )}
        </Rows>
      </div>
    </div>
  );
}

function Tile({
  app,
  isSelected,
  isOpen,
  isCurrent,
  focus,
  onSelect,
  onPoint,
  onReview,
}: {
  app: ListedApplication;
  isSelected: boolean;
  isOpen: boolean;
  isCurrent: boolean;
  /** Whether it is to have the focus, where it is the current one. */
  focus: { current: boolean } | undefined;
  onSelect(): void;
  onPoint(): void;
  onReview(app: ListedApplication): void;
}) {
  const { namespace, name } = app.metadata;
  const [first] = sentences(app);
  const why = whyOf(app, first);
  const synced = lastSynced(app);
  const failed = lastFailed(app);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useSemanticElements: keys are of the list, which moves among its tiles
    <div
      role="listitem"
      id={`app-${namespace}-${name}`}
      class="tile"
      data-selected={isSelected}
      aria-current={isOpen ? "true" : undefined}
      tabIndex={isCurrent ? 0 : -1}
      ref={(element) => {
        if (focus?.current !== true || element === null) return;
        focus.current = false;
        element.focus({ preventScroll: true });
      }}
      onClick={({ target }) => {
        onPoint();
        if (target instanceof Element && target.closest("a, button, input") !== null) return;
        go(withQuery({ open: keyOf(app), view: undefined, node: undefined, tab: undefined }), "push");
      }}
    >
      <p class="named">
        <SelectBox
          label={`Select ${name}`}
          is={isSelected ? "selected" : "not selected"}
          tabIndex={-1}
          onSelect={onSelect}
        />
        <a
          href={hrefOf(pageOf(app))}
          tabIndex={-1}
          title={`${namespace}/${name}, project ${app.spec.project}`}
        >
          {areNamespacesSeveral.value && <span class="dim">{namespace}/</span>}
          {name}
        </a>
        <Star app={app} tabIndex={-1} />
      </p>
      <p class="states">
        <SyncState app={app} onReview={onReview} />
        <State word={app.status?.hold === undefined ? healthOf(app) : "Held"} as="bare" />
      </p>
      {first !== undefined && isPlan(first) ? (
        <p class="why" data-tone={first.tone}>
          <PlanLink app={app} words={why} onReview={onReview} />
        </p>
      ) : (
        <p class="why" data-tone={first?.tone} title={`${inClock(why)}${madeBy(app)}`}>
          {first !== undefined && <Cause app={app} first={first} why={why} />}
        </p>
      )}
      <p class="dim where">
        <span>{standsAt(app)}</span>
        <span>{destinationOf(app)}</span>
        {failed !== undefined ? (
          <FailedAgo {...failed} by="" before={synced} />
        ) : (
          synced !== undefined && <Ago at={synced.at} />
        )}
      </p>
    </div>
  );
}
