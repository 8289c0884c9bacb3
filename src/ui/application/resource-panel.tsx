/** One object of an application: how it stands, what differs, what it is, what happened to it, what it says. */
import type { ComponentChildren } from "preact";
import type { Application } from "../../core/model/application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { later } from "../components/later.tsx";
import { type PlannedObject, PlannedObjects } from "../components/planned.tsx";
import { Scrolled } from "../components/scrolled.tsx";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { useDenied } from "../store/rights.ts";
import { go, place, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import { yamlText } from "../words/yaml-text.ts";
import { LiveEdit } from "./live-edit.tsx";
import { LOG_QUERY } from "./log-query.ts";
import { ObjectTree } from "./object-tree.tsx";
import { idOf, infoWords } from "./outline.ts";
import { argoPathOf, ourPathOf } from "./paths.ts";

interface Difference extends PlannedObject {
  group: string;
  version: string;
  live?: unknown;
}

const LogView = later(() => import("./log-view.tsx")).part(({ LogView }) => LogView);

/** What of the address is of what is shown in the panel. */
const LEFT = Object.fromEntries(["tab", "edit", ...LOG_QUERY].map((name) => [name, undefined]));

const TABS = ["diff", "live", "events", "logs"] as const;
type Tab = (typeof TABS)[number];
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
  const tabs = TABS.filter((tab) => tab !== "logs" || WITH_LOGS.has(kind)).filter(
    (tab) => state !== undefined || (tab !== "diff" && tab !== "live"),
  );
  const asked = place.value.query.get("tab") as Tab | null;
  const tab = asked !== null && tabs.includes(asked) ? asked : (tabs[0] ?? "events");
  const close = (): void => go(withQuery({ node: undefined, ...LEFT }), "push");
  const denied = useDenied(keyOf(app), id);
  const isEditing = tab === "live" && place.value.query.get("edit") === "yes" && denied.edit === undefined;
  return (
    <aside
      class="sheet"
      aria-label={`${kind} ${name}`}
      onKeyDown={(event) => {
        // What is being written is not thrown away by a key.
        if (event.key !== "Escape" || (event.target as Element).closest(".live-edit") !== null) return;
        event.stopPropagation();
        close();
      }}
    >
      <header>
        <h2>
          <span class="dim">{kind}</span> {name}
        </h2>
        <button type="button" class="plain" aria-label="Close" onClick={close}>
          ×
        </button>
      </header>
      {state === undefined ? (
        <Descendant app={app} id={id} place={<PlaceOf group={group} namespace={namespace} />} />
      ) : (
        <Standing
          {...{ sync: state.status, health: state.health }}
          place={<PlaceOf group={group} namespace={namespace} />}
        />
      )}
      <div role="tablist" class="tabs" aria-label="About it">
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={one === tab}
            aria-disabled={one === "logs" && noLogs !== undefined}
            title={one === "logs" ? noLogs : undefined}
            onClick={() =>
              (one !== "logs" || noLogs === undefined) &&
              go(withQuery({ tab: one, edit: undefined }), "replace")
            }
          >
            {one === "diff" ? "Diff" : one === "live" ? "Live" : one === "events" ? "Events" : "Logs"}
          </button>
        ))}
      </div>
      <div role="tabpanel" class="content">
        {tab === "logs" ? (
          <LogView app={app} of={{ group, kind, namespace, name }} />
        ) : tab === "events" ? (
          <Events app={app} of={{ namespace, name }} />
        ) : isEditing ? (
          <LiveEdit app={app} id={id} onClose={() => go(withQuery({ edit: undefined }), "replace")} />
        ) : (
          <>
            {tab === "live" && (
              <div class="actions">
                <button
                  type="button"
                  aria-disabled={denied.edit !== undefined}
                  title={denied.edit}
                  onClick={() => denied.edit === undefined && go(withQuery({ edit: "yes" }), "push")}
                >
                  Edit
                </button>
              </div>
            )}
            <Compared app={app} id={id} show={tab} />
          </>
        )}
      </div>
    </aside>
  );
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
  info?: string;
  place: ComponentChildren;
}) {
  return (
    <>
      <p class="facts">
        {sync !== undefined && <State word={sync} />}
        {health !== undefined && <State word={health.status} />}
        {where}
        {info !== undefined && info !== "" && <span>{info}</span>}
      </p>
      {health?.message !== undefined && health.message !== "" && (
        <p class="words" data-tone={health.status === "Degraded" ? "bad" : "unknown"}>
          {health.message}
        </p>
      )}
    </>
  );
}

/** What came of something that Git wants: the application's status does not have it, the tree does. */
function Descendant({ app, id, place: where }: { app: Application; id: string; place: ComponentChildren }) {
  return (
    <ObjectTree app={app}>
      {(_, nodes, orphans) => {
        const node = [...nodes, ...orphans].find((one) => idOf(one) === id);
        return node === undefined ? (
          <p class="dim">It is not there any more.</p>
        ) : (
          <Standing health={node.health} info={infoWords(node.info ?? [])} place={where} />
        );
      }}
    </ObjectTree>
  );
}

function Compared({ app, id, show }: { app: Application; id: string; show: "diff" | "live" }) {
  const answer = useAsked(
    (signal) => ask<{ items: Difference[] }>("GET", `${ourPathOf(app, "diff")}?all=true`, { signal }),
    [keyOf(app), id, app.status?.reconciledAt],
  );
  return (
    <Asked answer={answer} waiting="Comparing">
      {({ items }): ComponentChildren => {
        const item = items.find((one) => idOf(one) === id);
        if (item === undefined) return <p>It is not there any more.</p>;
        if (show === "live")
          return item.live === undefined ? (
            <p>It is not on the cluster.</p>
          ) : (
            <Scrolled as="manifest" label="Manifest">
              {yamlText(withoutManaged(item.live))}
            </Scrolled>
          );
        if (item.change === "none") return <p>No differences: it is as Git says.</p>;
        return <PlannedObjects items={[item]} prunes="not in Git" />;
      }}
    </Asked>
  );
}

/** Who set which field is told beside what differs; as it stands there nobody reads it. */
function withoutManaged(object: unknown): unknown {
  if (typeof object !== "object" || object === null || !("metadata" in object)) return object;
  const { managedFields: _, ...metadata } = object.metadata as Record<string, unknown>;
  return { ...object, metadata };
}

interface KubeEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string;
  eventTime?: string;
  metadata?: { uid?: string; name?: string };
}

function Events({
  app,
  of: { namespace, name },
}: {
  app: Application;
  of: { namespace: string; name: string };
}) {
  const answer = useAsked(
    (signal) =>
      ask<{ items: KubeEvent[] | null }>(
        "GET",
        `${argoPathOf(app, "events")}&${new URLSearchParams({ resourceNamespace: namespace, resourceName: name })}`,
        { signal },
      ),
    [keyOf(app), namespace, name],
  );
  return (
    <Asked answer={answer} waiting="Asking the cluster">
      {({ items }) =>
        (items ?? []).length === 0 ? (
          <p class="dim">No events. The cluster keeps them for about an hour.</p>
        ) : (
          <ul class="plan">
            {(items ?? []).map((event) => (
              <li key={event.metadata?.uid ?? event.metadata?.name}>
                <b data-tone={event.type === "Warning" ? "bad" : undefined}>{event.reason}</b> {event.message}{" "}
                <span class="dim">
                  {(event.count ?? 1) > 1 ? `${event.count}× · ` : ""}
                  <Ago at={event.lastTimestamp ?? event.eventTime ?? ""} />
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Asked>
  );
}
