/** All applications: an answer, what finds some of them, and a row for each, the worst first. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { matcher, parseQuery } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { BulkBar, ListedSyncReview, OneApplication } from "../app/pages.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { pageOf } from "../application/paths.ts";
import { later } from "../components/later.tsx";
import { usePhone } from "../components/phone.ts";
import { applications, known, minute } from "../store/applications.ts";
import { favourites } from "../store/favourites.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { whyStale } from "../store/stale.ts";
import { isRunning, keyOf, sentences, syncOf } from "../words/app-words.ts";
import { ApplicationRows } from "./application-rows.tsx";
import { shownColumns } from "./columns.ts";
import { ListTools } from "./display-menu.tsx";
import { Answer, Empty, NothingFound, NotYet } from "./list-states.tsx";
import { asBefore, favouritesFirst, parseSort, sorted } from "./order.ts";
import { QueryBar } from "./query-bar.tsx";

/** Whoever likes them; the list waits for none of it. */
const ApplicationTiles = later(() => import("./application-tiles.tsx")).part(
  ({ ApplicationTiles }) => ApplicationTiles,
);

export function ApplicationsPage() {
  const line = place.value.query.get("q") ?? "";
  const sort = parseSort(place.value.query.get("sort"));
  const opened = place.value.query.get("open");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [review, setReview] = useState<ListedApplication>();
  // Under a pointer no row moves.
  const [isPointedAt, setPointedAt] = useState(false);
  const before = useRef<readonly string[]>([]);
  const apps = applications.value;
  const query = useMemo(() => parseQuery(line), [line]);
  const stars = favourites.value;
  const nowMs = minute.value;
  const found = useMemo(
    () => apps.filter(matcher(query, { favourites: stars, nowMs })),
    [apps, query, stars, nowMs],
  );
  const isPinned = place.value.query.get("top") === "favourites";
  const wanted = useMemo(() => {
    const inOrder = sorted(found, sort, nowMs);
    return isPinned ? favouritesFirst(inOrder, stars) : inOrder;
  }, [found, sort.by, sort.order, isPinned, stars, nowMs]);
  const columnsText = place.value.query.get("cols");
  const columns = useMemo(() => shownColumns(columnsText), [columnsText]);
  const isCompact = place.value.query.get("rows") === "compact";
  const rowHeight = usePhone() ? phoneRowHeight : isCompact ? 32 : 40;
  const { apps: shown, moved } = isPointedAt ? asBefore(before.current, wanted) : { apps: wanted, moved: 0 };
  before.current = shown.map(keyOf);
  useEffect(() => {
    before.current = [];
  }, [line, sort.by, sort.order, isPinned]);
  // What is gone is selected no more, whatever is made by its name.
  useEffect(() => {
    if ([...selected].some((key) => known.peek()?.has(key) === false))
      setSelected(new Set([...selected].filter((key) => known.peek()?.has(key))));
  }, [apps]);
  // What was done to them is told also when none is left.
  const hasSelected = useRef(false);
  hasSelected.current ||= selected.size > 0;
  const pane = opened === null ? undefined : known.value?.get(opened);
  const chosen = shown.filter((app) => selected.has(keyOf(app)));
  const beyond =
    apps.length === found.length ? 0 : apps.filter((app) => selected.has(keyOf(app))).length - chosen.length;
  if (known.value === undefined) return <NotYet />;
  const areTiles = place.value.query.get("as") === "tiles";
  const list = {
    ...{ apps: shown, selected, opened },
    ...{ onSelect: setSelected, onPointed: setPointedAt, onReview: setReview },
  };
  return (
    <div class={pane === undefined ? "split" : "split with-pane"}>
      <div class="list">
        <Answer apps={apps} />
        <p class="new">
          {whyStale() === undefined ? (
            <a class="button" href={hrefOf("/new/application")}>
              New application
            </a>
          ) : (
            <button type="button" aria-disabled={true} title={whyStale()}>
              New application
            </button>
          )}
        </p>
        {apps.length === 0 ? (
          <Empty />
        ) : (
          <QueryBar apps={apps} found={found.length} line={line} faults={query.faults}>
            {moved > 0 && (
              <button type="button" class="moved" onClick={() => setPointedAt(false)}>
                {moved === 1 ? "1 change" : `${moved} changes`}: apply
              </button>
            )}
            <ListTools columns={areTiles ? [] : columns} />
          </QueryBar>
        )}
        {found.some((app) => syncOf(app) === "OutOfSync") && (
          <p class="differing">
            <a href={hrefOf(`/fleet/diff${line === "" ? "" : `?q=${encodeURIComponent(line)}`}`)}>
              What differs of those that are out of sync
            </a>
          </p>
        )}
        {hasSelected.current && (
          <BulkBar
            chosen={chosen}
            beyond={beyond}
            shown={shown.length}
            onSelectAll={() => setSelected(new Set(shown.map(keyOf)))}
            onClear={() => setSelected(new Set())}
          />
        )}
        {apps.length > 0 && shown.length === 0 && <NothingFound apps={apps} line={line} />}
        {shown.length > 0 &&
          (areTiles ? (
            <ApplicationTiles {...list} />
          ) : (
            <ApplicationRows {...list} sort={sort} columns={columns} rowHeight={rowHeight} />
          ))}
      </div>
      {pane !== undefined && (
        <aside class="pane" aria-label={pane.metadata.name}>
          <CloseKey of={pane} />
          <p class="row">
            <a href={hrefOf(pageOf(pane))}>Open as a page</a>
            <button type="button" class="plain" aria-label="Close" onClick={() => closePane(pane)}>
              ×
            </button>
          </p>
          <OneApplication key={keyOf(pane)} of={keyOf(pane)} at="pane" />
        </aside>
      )}
      {review !== undefined && <ListedSyncReview app={review} onClose={() => setReview(undefined)} />}
    </div>
  );
}

/** Pixels: on a phone the cause stands below the name, in up to two lines, and what is well needs no line more. */
function phoneRowHeight(app: ListedApplication): number {
  return sentences(app).length === 0 && !isRunning(app) ? 40 : 60;
}

/** Whoever was in it is back in the list, on its row. */
function closePane(app: ListedApplication): void {
  const wasIn = document.activeElement?.closest(".pane") != null;
  go(withQuery({ open: undefined, view: undefined, node: undefined, tab: undefined }), "push");
  if (wasIn) document.getElementById(`app-${app.metadata.namespace}-${app.metadata.name}`)?.focus();
}

/** Before what the pane has: an object that is open in it is closed first. */
function CloseKey({ of }: { of: ListedApplication }) {
  useShortcuts({ close: () => closePane(of) });
  return null;
}
