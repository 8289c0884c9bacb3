/** What Kubernetes tells of one object, the newest first. */
import type { Application } from "../../core/model/application.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { argoPathOf } from "./paths.ts";

interface KubeEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string;
  eventTime?: string;
  metadata?: { uid?: string; name?: string };
}

export function ResourceEvents({
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
    [keyOf(app), namespace, name, app.status?.reconciledAt],
  );
  return (
    <>
      <Asked answer={answer} waiting="Asking the cluster">
        {({ items }) =>
          (items ?? []).length === 0 ? (
            <p class="dim">No events. The cluster keeps them for about an hour.</p>
          ) : (
            <ul class="plan">
              {(items ?? []).map((event) => (
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
          )
        }
      </Asked>
      <AsCli words={["app", "events", keyOf(app)]} />
    </>
  );
}
