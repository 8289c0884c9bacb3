/** What Kubernetes tells of one object, the newest first. */
import type { Application } from "../../core/model/application.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { hrefOf, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import { argoPathOf } from "./paths.ts";
import { objectFlags } from "./resource-manifest.tsx";

interface KubeEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string;
  eventTime?: string;
  metadata?: { uid?: string; name?: string };
  involvedObject?: { kind?: string };
}

/** @param id `group/Kind/namespace/name` */
export function ResourceEvents({ app, id }: { app: Application; id: string }) {
  const [, kind = "", namespace = "", name = ""] = id.split("/");
  const answer = useAsked(
    (signal) =>
      ask<{ items: KubeEvent[] | null }>(
        "GET",
        `${argoPathOf(app, "events")}&${new URLSearchParams({ resourceNamespace: namespace, resourceName: name })}`,
        { signal },
      ),
    [keyOf(app), namespace, name, app.status?.reconciledAt],
  );
  return (
    <>
      <Asked answer={answer} waiting="Asking the cluster">
        {({ items }) => {
          // They are asked for by name, which objects of several kinds have.
          const own = (items ?? []).filter(({ involvedObject }) => (involvedObject?.kind ?? kind) === kind);
          return own.length === 0 ? (
            <p class="dim">
              No events of it. The cluster keeps them for about an hour.{" "}
              <a href={hrefOf(withQuery({ view: "events", node: undefined, tab: undefined }))}>
                Events of {app.metadata.name} and all its objects
              </a>
            </p>
          ) : (
            <ul class="plan">
              {own.map((event) => (
                <li key={event.metadata?.uid ?? event.metadata?.name}>
                  <b data-tone={event.type === "Warning" ? "bad" : undefined}>{event.reason}</b>{" "}
                  {event.message}{" "}
                  <span class="dim">
                    {(event.count ?? 1) > 1 ? `${event.count}× · ` : ""}
                    <Ago at={event.lastTimestamp ?? event.eventTime ?? ""} />
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Asked>
      <AsCli words={["app", "events", keyOf(app), ...objectFlags(id)]} />
    </>
  );
}
