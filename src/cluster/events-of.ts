import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { type ObjectRef, show } from "../core/model/object-ref.ts";
import { defined } from "../lib/defined.ts";
import type { ApiClient } from "./api-client.ts";
import { NO_LIST, pageOf } from "./list-pages.ts";
import { query } from "./paths.ts";

const MOST_EVENTS = 500;

/** When an Event last happened, as text that sorts by time; every client fills another field. */
function lastTime(event: KubeObject): string {
  const series = event.series as { lastObservedTime?: string } | null | undefined;
  const times = [
    series?.lastObservedTime,
    event.lastTimestamp,
    event.eventTime,
    event.firstTimestamp,
    event.metadata.creationTimestamp,
  ];
  return (times.find((time) => typeof time === "string" && time !== "") as string | undefined) ?? "";
}

/**
 * Events about one object, newest first. Events of cluster-scoped objects live in namespace `default`.
 * @throws {Failure} cluster-unreachable, forbidden
 */
export async function eventsOf(
  client: ApiClient,
  ref: ObjectRef,
  uid: string | undefined,
): Promise<KubeObject[]> {
  const about = { name: ref.name, kind: ref.kind, ...defined({ uid }) };
  const fieldSelector = Object.entries(about)
    .map(([field, value]) => `involvedObject.${field}=${value}`)
    .join(",");
  const path = `/api/v1/namespaces/${encodeURIComponent(ref.namespace || "default")}/events${query({ fieldSelector, limit: MOST_EVENTS })}`;
  const answer = await client.ask({
    verb: "list",
    kind: "/Event",
    method: "GET",
    path,
    afterCut: "again",
    turn: { owner: "events", urgency: "list" },
  });
  if (answer.is === "unreachable")
    throw new Failure("cluster-unreachable", show(ref), "backoff", {
      cannot: "list its events",
      why: answer.why,
    });
  if (answer.is === "status") {
    const code = answer.status.code === 403 ? "forbidden" : "cluster-unreachable";
    throw new Failure(code, show(ref), "backoff", {
      cannot: "list its events",
      why: answer.status.message,
      ...(code === "forbidden" ? { fix: "Grant list on events" } : {}),
    });
  }
  const page = pageOf(answer.body);
  if (page === undefined)
    throw new Failure("cluster-unreachable", show(ref), "backoff", {
      cannot: "list its events",
      why: NO_LIST,
    });
  return (page.items ?? [])
    .map((event) => ({ ...event, apiVersion: "v1", kind: "Event" }))
    .sort((a, b) => lastTime(b).localeCompare(lastTime(a)));
}
