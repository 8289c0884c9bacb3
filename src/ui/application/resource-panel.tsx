/** One object of an application, beside it or on the whole page: what it is, how it stands, what happened to it, what it says. */
import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { useChosenInSight } from "../components/in-sight.ts";
import { later } from "../components/later.tsx";
import { type PlannedObject, PlannedObjects } from "../components/planned.tsx";
import { State } from "../components/state.tsx";
import { ask } from "../store/daemon.ts";
import { openTerminals } from "../store/held-open.ts";
import { useDenied } from "../store/rights.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import { DeleteResource } from "./delete-resource.tsx";
import { OF_ONE_OBJECT } from "./log-query.ts";
import { idOf, infoWords } from "./outline.ts";
import { PanelEdge, panelWidth } from "./panel-edge.tsx";
import { ourPathOf } from "./paths.ts";
import { ResourceActions } from "./resource-actions.tsx";
import { ResourceEvents } from "./resource-events.tsx";
import { Gone, useMissed } from "./resource-gone.tsx";
import { DesiredManifest, LiveManifest, Written } from "./resource-manifest.tsx";
import { Neighbour, neighboursOf, toObject } from "./resource-neighbours.tsx";
import { ResourceSummary } from "./resource-summary.tsx";
import { ResumeButton } from "./resume-button.tsx";
import { useTree } from "./use-tree.ts";

const LogView = later(() => import("./log-view.tsx")).part(({ LogView }) => LogView);
const TerminalView = later(() => import("../terminal/terminal-view.tsx")).part(
  ({ TerminalView }) => TerminalView,
);
const LiveEdit = later(() => import("./live-edit.tsx")).part(({ LiveEdit }) => LiveEdit);

const LEFT = { ...OF_ONE_OBJECT, node: undefined, tab: undefined, full: undefined };

const TABS = ["summary", "diff", "desired", "live", "events", "logs", "terminal"] as const;
type Tab = (typeof TABS)[number];
const TAB_WORDS: Readonly<Record<Tab, string>> = {
  summary: "Summary",
  diff: "Diff",
  desired: "Desired",
  live: "Live",
  events: "Events",
  logs: "Logs",
  terminal: "Terminal",
};
const WITH_LOGS = new Set([
  "Pod",
  "ReplicaSet",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "Rollout",
]);

export function ResourcePanel({
  app,
  id,
  noLogs,
}: {
  app: Application;
  id: string;
  /** Why logs are not for whoever looks. */
  noLogs: string | undefined;
}) {
  const [group = "", kind = "", namespace = "", name = ""] = id.split("/");
  const state = app.status?.resources?.find((one) => idOf({ group: "", namespace: "", ...one }) === id);
  const tree = useTree(app);
  const node = tree?.nodes.find((one) => idOf(one) === id);
  const isGone = tree !== undefined && state === undefined && node === undefined;
  // In Git and not in the cluster: to ask it for that would be answered with an error.
  const isMissing = state?.health?.status === "Missing" && node?.uid === undefined;
  const missedAt = useMissed(isGone, node !== undefined || state !== undefined);
  const tabs = TABS.filter(
    (tab) =>
      (tab !== "logs" || WITH_LOGS.has(kind)) &&
      (tab !== "terminal" || (kind === "Pod" && group === "")) &&
      (state !== undefined || (tab !== "diff" && tab !== "desired")) &&
      (!isGone || tab === "events" || tab === "logs" || tab === "terminal"),
  );
  const { query } = place.value;
  const asked = query.get("tab") as Tab | null;
  const first = state !== undefined && state.status === "OutOfSync" ? "diff" : "summary";
  const tab =
    asked !== null && tabs.includes(asked) ? asked : tabs.includes(first) ? first : (tabs[0] ?? "events");
  const line = useChosenInSight<HTMLDivElement>(tab);
  const isFull = query.get("full") === "yes";
  const close = (): void => go(withQuery(LEFT), "push");
  const denied = useDenied(keyOf(app), id);
  const isEditing = tab === "live" && query.get("edit") === "yes" && denied.edit === undefined;
  /** Its tab opens all the same, and says so in its body: a title alone is found by nobody who has no pointer. */
  const whyNot = (one: Tab): string | undefined =>
    one === "logs" ? noLogs : one === "terminal" ? denied.terminal : undefined;
  const [isDeleting, setDeleting] = useState(false);
  const neighbours = neighboursOf(tree, id);
  const width = panelWidth.value;
  /** What is being written, or typed into, is not thrown away by a key. */
  const isHeld = (): boolean => isEditing || openTerminals.value > 0;
  const lead = (to: string | undefined): void => {
    if (to !== undefined && !isHeld()) go(toObject(to), "replace");
  };
  useShortcuts({
    previous: () => lead(neighbours.previous),
    next: () => lead(neighbours.next),
    close() {
      const menu = document.querySelector<HTMLElement>("[data-is-open]");
      if (menu !== null) menu.hidePopover();
      else if (!isHeld()) close();
    },
  });
  return (
    <aside
      class="sheet"
      aria-label={`${kind} ${name}`}
      data-full={isFull ? "yes" : undefined}
      style={isFull || width === undefined ? undefined : { width: `min(${width}px, 100vw)` }}
    >
      {!isFull && <PanelEdge />}
      <header>
        <h2>
          <span class="dim">{kind}</span> {name}
        </h2>
        <div class="actions">
          <Neighbour to={neighbours.previous} word="Previous" sign="[" />
          <Neighbour to={neighbours.next} word="Next" sign="]" />
          {!isGone && (
            <ResourceActions
              app={app}
              id={id}
              noDelete={denied.deleteObject}
              onDelete={() => setDeleting(true)}
            />
          )}
          <a class="button" href={hrefOf(withQuery({ full: isFull ? undefined : "yes" }))}>
            {isFull ? "Beside" : "Full page"}
          </a>
          <button type="button" class="plain" aria-label="Close" onClick={close}>
            ×
          </button>
        </div>
      </header>
      {isGone ? (
        <Gone app={app} id={id} missedAt={missedAt} />
      ) : (
        <Standing
          {...{ sync: state?.status, health: state?.health ?? node?.health }}
          info={infoWords(node?.info ?? [])}
          place={<PlaceOf group={group} namespace={namespace} />}
        />
      )}
      {!isGone && isSuspended(state?.health ?? node?.health) && (
        <p class="row">
          <ResumeButton app={app} id={id} />
        </p>
      )}
      <div ref={line} role="tablist" class="tabs" aria-label="About it">
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={one === tab}
            data-is={whyNot(one) === undefined ? undefined : "off"}
            onClick={() => go(withQuery({ ...OF_ONE_OBJECT, tab: one }), "replace")}
          >
            {TAB_WORDS[one]}
          </button>
        ))}
      </div>
      <div role="tabpanel" class="content">
        {whyNot(tab) !== undefined ? (
          <p>
            No {TAB_WORDS[tab].toLowerCase()} here: {whyNot(tab)}.
          </p>
        ) : tab === "logs" ? (
          <LogView app={app} of={{ group, kind, namespace, name }} />
        ) : tab === "terminal" ? (
          <TerminalView app={app} of={{ namespace, name }} />
        ) : tab === "events" ? (
          <ResourceEvents app={app} id={id} />
        ) : (tab === "summary" || tab === "live") && isMissing ? (
          <Missing app={app} id={id} />
        ) : tab === "summary" ? (
          <ResourceSummary app={app} id={id} tree={tree} />
        ) : tab === "desired" ? (
          <DesiredManifest app={app} id={id} />
        ) : tab === "diff" ? (
          <Compared app={app} id={id} />
        ) : isEditing ? (
          <LiveEdit app={app} id={id} onClose={() => go(withQuery({ edit: undefined }), "replace")} />
        ) : (
          <LiveManifest app={app} id={id}>
            <button
              type="button"
              aria-disabled={denied.edit !== undefined}
              title={denied.edit}
              onClick={() => denied.edit === undefined && go(withQuery({ edit: "yes" }), "push")}
            >
              Edit
            </button>
          </LiveManifest>
        )}
      </div>
      {isDeleting && <DeleteResource app={app} id={id} tree={tree} onClose={() => setDeleting(false)} />}
    </aside>
  );
}

function Missing({ app, id }: { app: Application; id: string }) {
  return (
    <>
      <Written app={app} id={id} />
      <p>It is not in the cluster: a sync creates it. Diff and Desired have what it would be.</p>
    </>
  );
}

/** A CronJob is healthy while it is suspended, and says that it is. */
function isSuspended(health: { status?: string; message?: string } | undefined): boolean {
  return health?.status === "Suspended" || /\bsuspended\b/i.test(health?.message ?? "");
}

function PlaceOf({ group, namespace }: { group: string; namespace: string }) {
  return (
    <span class="dim">
      {group === "" ? "" : `${group} · `}
      {namespace === "" ? "cluster-wide" : namespace}
    </span>
  );
}

/** In words and shapes, and why where something says so. */
function Standing({
  sync,
  health,
  info,
  place: where,
}: {
  sync?: string | undefined;
  health?: { status: string; message?: string } | undefined;
  info: string;
  place: ComponentChildren;
}) {
  return (
    <>
      <p class="facts">
        {sync !== undefined && <State word={sync} />}
        {health !== undefined && <State word={health.status} />}
        {where}
        {info !== "" && <span>{info}</span>}
      </p>
      {health?.message !== undefined && health.message !== "" && (
        <p
          class="words"
          data-tone={
            health.status === "Degraded" ? "bad" : health.status === "Missing" ? "missing" : "unknown"
          }
        >
          {health.message}
        </p>
      )}
    </>
  );
}

function Compared({ app, id }: { app: Application; id: string }) {
  const answer = useAsked(
    (signal) =>
      ask<{ items: (PlannedObject & { group: string })[] }>("GET", `${ourPathOf(app, "diff")}?all=true`, {
        signal,
      }),
    [keyOf(app), id, app.status?.reconciledAt],
  );
  return (
    <Asked answer={answer} waiting="Comparing">
      {({ items }): ComponentChildren => {
        const item = items.find((one) => idOf(one) === id);
        if (item === undefined) return <p>Git does not have it, and the cluster has it no more.</p>;
        if (item.change === "none") return <p>No differences: it is as Git says.</p>;
        return (
          <Fragment key={id}>
            <PlannedObjects items={[item]} prunes="not in Git" />
          </Fragment>
        );
      }}
    </Asked>
  );
}
