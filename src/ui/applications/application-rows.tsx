/** A row for each application, of which those in sight are drawn. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { isWebUrl } from "../../core/model/page-words.ts";
import { areKeysOn } from "../app/key-setting.ts";
import { handlersByKey } from "../app/shortcuts.ts";
import { pageOf } from "../application/paths.ts";
import { askRefresh } from "../application/refresh.ts";
import { Icon } from "../components/icon.tsx";
import { note } from "../components/notes.tsx";
import { Rows } from "../components/rows.tsx";
import { SelectBox } from "../components/select-box.tsx";
import { Star } from "../components/star.tsx";
import { areNamespacesSeveral, minute } from "../store/applications.ts";
import { toggleFavourite } from "../store/favourites.ts";
import { go, hrefOf, withQuery } from "../store/route.ts";
import { keyOf, standing } from "../words/app-words.ts";
import { Cell } from "./application-cell.tsx";
import { type ListColumn, lengthsOf, trackOf } from "./columns.ts";
import { lookAt } from "./look-at.ts";
import { type Sort, type SortBy, sortWord } from "./order.ts";
import { whenLive } from "./plan-link.tsx";

export interface ListProps {
  apps: readonly ListedApplication[];
  selected: ReadonlySet<string>;
  opened: string | null;
  onSelect(selected: ReadonlySet<string>): void;
  /** Whether somebody points at them, or has them under the keys: then none moves. */
  onPointed(is: boolean): void;
  onReview(app: ListedApplication): void;
}

interface RowsProps extends ListProps {
  sort: Sort;
  columns: readonly ListColumn[];
  /** Pixels; of each its own on a phone. */
  rowHeight: number | ((app: ListedApplication) => number);
}

const NAME = { by: "name", head: "Application", name: "name", room: "always" } as const;

export function ApplicationRows({
  apps,
  sort,
  columns,
  rowHeight,
  selected,
  opened,
  onSelect,
  onPointed,
  onReview,
}: RowsProps) {
  const [at, setAt] = useState<{ index: number; by: "keys" | "pointer" }>({ index: 0, by: "pointer" });
  const current = Math.min(at.index, apps.length - 1);
  /** Where a range begins: what was selected or pressed last, wherever it stands by now. */
  const anchor = useRef<string | undefined>(undefined);
  const select = (index: number, how: "one" | "range"): void => {
    const next = new Set(selected);
    const first = apps.findIndex((app) => keyOf(app) === anchor.current);
    const begin = first < 0 ? current : first;
    const [from, to] = how === "range" ? [Math.min(begin, index), Math.max(begin, index)] : [index, index];
    if (how === "one") anchor.current = keyOf(apps[index] as ListedApplication);
    const isIn = how === "one" && next.has(keyOf(apps[index] as ListedApplication));
    for (const app of apps.slice(from, to + 1))
      if (isIn) next.delete(keyOf(app));
      else next.add(keyOf(app));
    onSelect(next);
  };
  // Once for each key: a row that is only drawn anew takes the focus from nobody.
  const isAskedFor = useRef(false);
  // The same for all drawings: a row that is as it was is not drawn again.
  const point = (index: number): void => {
    const app = apps[index];
    anchor.current = app && keyOf(app);
    setAt({ index, by: "pointer" });
  };
  const review = (app: ListedApplication): void => whenLive(() => onReview(app));
  const latest = useRef({ select, point, review });
  latest.current = { select, point, review };
  const acts = useMemo(
    (): RowActs => ({
      point: (index) => latest.current.point(index),
      select: (index, how) => latest.current.select(index, how),
      review: (app) => latest.current.review(app),
    }),
    [],
  );
  const namespaces = areNamespacesSeveral.value ? "shown" : "one";
  const lengths = useMemo(() => lengthsOf(apps, namespaces), [apps, namespaces]);
  const onKey = (event: KeyboardEvent): void => {
    const app = apps[current];
    if (/^[a-z]$/i.test(event.key) && !areKeysOn.value) return;
    if (app === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    const move = (to: number): void => {
      isAskedFor.current = true;
      setAt({ index: Math.max(0, Math.min(apps.length - 1, to)), by: "keys" });
    };
    const keys: Readonly<Record<string, (key: string) => void>> = {
      ArrowDown: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      PageDown: () => move(current + 15),
      PageUp: () => move(current - 15),
      Home: () => move(0),
      End: () => move(apps.length - 1),
      ...handlersByKey({
        down: () => move(current + 1),
        up: () => move(current - 1),
        open: () => go(pageOf(app), "push"),
        beside: () => go(withQuery({ open: keyOf(app) }), "push"),
        select: () => select(current, "one"),
        range: () => select(current, "range"),
        diff: () => lookAt(app, "diff", opened),
        history: () => lookAt(app, "history", opened),
        star: () => toggleFavourite(app),
        sync: () => review(app),
        refresh: () => whenLive(() => void askRefresh(app, "normal").catch(toldOf)),
        "hard-refresh": () => whenLive(() => void askRefresh(app, "hard").catch(toldOf)),
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
    <div
      role="grid"
      id="apps"
      class="apps"
      aria-label="Applications"
      aria-rowcount={apps.length + 1}
      aria-multiselectable="true"
      style={{
        "--columns": trackOf(columns, lengths),
        "--columns-narrow": trackOf(
          columns.filter(({ room }) => room === "always"),
          lengths,
        ),
        // As high as its slot is; one by one where each has a height of its own.
        "--row": typeof rowHeight === "number" ? `${rowHeight}px` : "100%",
        "--row-lines": typeof rowHeight === "number" && rowHeight < 40 ? 1 : 2,
      }}
      tabIndex={-1}
      onKeyDown={onKey}
      onPointerEnter={() => onPointed(true)}
      onPointerLeave={({ currentTarget }) => onPointed(isFocusedByKeys(currentTarget))}
      onFocusIn={({ currentTarget }) => {
        if (isFocusedByKeys(currentTarget)) onPointed(true);
      }}
      onFocusOut={({ currentTarget, relatedTarget }) => {
        const stays = relatedTarget instanceof Node && currentTarget.contains(relatedTarget);
        // A row that is drawn anew loses the focus to nothing for a moment.
        if (!stays && relatedTarget !== null && !currentTarget.matches(":hover")) onPointed(false);
      }}
    >
      <div role="rowgroup" class="heads">
        <div role="row" class="app head" aria-rowindex={1} tabIndex={-1}>
          <span role="columnheader" class="cell select" tabIndex={-1}>
            <AllBox apps={apps} selected={selected} onSelect={onSelect} />
          </span>
          <span role="columnheader" class="cell starred" tabIndex={-1}>
            <span class="hidden-text">Favourite</span>
          </span>
          {[NAME, ...columns].map(({ by, head, name, room }) => (
            <span
              key={name}
              role="columnheader"
              class={`cell ${name} ${room}`}
              tabIndex={-1}
              aria-sort={by !== sort.by ? undefined : sort.order === "rising" ? "ascending" : "descending"}
            >
              <button
                type="button"
                class="plain"
                onClick={() => go(withQuery({ sort: sortWord(turned(sort, by)) }), "push")}
              >
                {head}
                {by === sort.by ? (sort.order === "rising" ? " ↑" : " ↓") : ""}
              </button>
            </span>
          ))}
        </div>
      </div>
      <Rows items={apps} rowHeight={rowHeight} keyOf={keyOf} shown={at.by === "keys" ? current : undefined}>
        {(app, index) => (
          <Row
            app={app}
            columns={columns}
            index={index}
            isCurrent={index === current}
            focus={index === current ? isAskedFor : undefined}
            isSelected={selected.has(keyOf(app))}
            isOpen={keyOf(app) === opened}
            acts={acts}
          />
        )}
      </Rows>
    </div>
  );
}

/** A row that was clicked has the focus too, and nobody reads there any more. */
function isFocusedByKeys(grid: HTMLElement): boolean {
  return grid.querySelector(":focus-visible") !== null;
}

/** Selects all that are listed, or none where all are. */
function AllBox({ apps, selected, onSelect }: Pick<RowsProps, "apps" | "selected" | "onSelect">) {
  const among = selected.size === 0 ? 0 : apps.filter((app) => selected.has(keyOf(app))).length;
  const all = among === apps.length;
  return (
    <SelectBox
      label={all ? "Select none" : `Select all ${apps.length}`}
      is={all ? "selected" : among > 0 ? "in part" : "not selected"}
      onSelect={() => {
        const keys = new Set(apps.map(keyOf));
        onSelect(
          all ? new Set([...selected].filter((key) => !keys.has(key))) : new Set([...selected, ...keys]),
        );
      }}
    />
  );
}

function toldOf(cause: Error): void {
  note("bad", cause.message);
}

/** The same column once more is the other way. */
function turned(sort: Sort, by: SortBy): Sort {
  return { by, order: sort.by === by && sort.order === "rising" ? "falling" : "rising" };
}

interface RowProps {
  app: ListedApplication;
  columns: readonly ListColumn[];
  index: number;
  isCurrent: boolean;
  /** Whether it is to have the focus, where it is the current one. */
  focus: { current: boolean } | undefined;
  isSelected: boolean;
  isOpen: boolean;
  acts: RowActs;
}

interface RowActs {
  point(index: number): void;
  select(index: number, how: "one" | "range"): void;
  review(app: ListedApplication): void;
}

/** Where people reach what it delivers; the rest stands in its head. */
function Served({ app }: { app: ListedApplication }) {
  const [url, ...more] = (app.status?.summary?.externalURLs ?? []).filter(isWebUrl);
  if (url === undefined) return null;
  return (
    <a
      class="served"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      tabIndex={-1}
      title={more.length === 0 ? url : `${url} and ${more.length} more`}
      aria-label={`Open what ${app.metadata.name} serves`}
    >
      <Icon of="away" />
    </a>
  );
}

function Row({ app, columns, index, isCurrent, focus, isSelected, isOpen, acts }: RowProps) {
  const { namespace, name } = app.metadata;
  return (
    <div
      role="row"
      id={`app-${namespace}-${name}`}
      class="app"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-current={isOpen ? "true" : undefined}
      data-standing={standing(app, minute.value)}
      tabIndex={isCurrent ? 0 : -1}
      ref={(element) => {
        if (focus?.current !== true || element === null) return;
        focus.current = false;
        element.focus({ preventScroll: true });
      }}
      onMouseDown={(event) => {
        // A range of rows is meant, and none of their words.
        if (event.shiftKey) event.preventDefault();
      }}
      onClick={(event) => {
        const isInControl =
          event.target instanceof Element && event.target.closest("a, button, input, label") !== null;
        if (!isInControl && (event.shiftKey || event.ctrlKey || event.metaKey)) {
          acts.select(index, event.shiftKey ? "range" : "one");
          return acts.point(index);
        }
        acts.point(index);
        if (isInControl) return;
        go(withQuery({ open: keyOf(app), view: undefined, node: undefined, tab: undefined }), "push");
      }}
    >
      <span role="gridcell" class="cell select">
        <SelectBox
          label={`Select ${name}`}
          is={isSelected ? "selected" : "not selected"}
          tabIndex={-1}
          onSelect={(how) => {
            acts.select(index, how);
            acts.point(index);
          }}
        />
      </span>
      <span role="gridcell" class="cell starred">
        <Star app={app} tabIndex={-1} />
      </span>
      <span role="gridcell" class="cell name">
        <a
          href={hrefOf(pageOf(app))}
          tabIndex={-1}
          title={`${namespace}/${name}, project ${app.spec.project}\nIts page. Beside its name it opens beside the list.`}
        >
          {areNamespacesSeveral.value && <span class="dim">{namespace}/</span>}
          {name}
        </a>
        <Served app={app} />
      </span>
      {columns.map(({ name: column, room }) => (
        <Cell key={column} app={app} column={column} room={room} onReview={acts.review} />
      ))}
    </div>
  );
}
