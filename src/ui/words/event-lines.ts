/** What the cluster tells of an application's objects, merged by time with what was done to it here. */
import { KIND_WORDS, type Known, timelineOf } from "./timeline.ts";

/** An Event of Kubernetes, as far as it is shown. Times are RFC 3339. */
export interface ClusterEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  series?: { count?: number; lastObservedTime?: string } | null;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  metadata?: { uid?: string; name?: string; namespace?: string; creationTimestamp?: string };
  involvedObject?: { apiVersion?: string; kind?: string; namespace?: string; name?: string };
  source?: { component?: string };
  reportingComponent?: string;
}

export const SOURCES = ["warning", "normal", "holdfast"] as const;
export type From = (typeof SOURCES)[number];
export const SOURCE_WORDS: Readonly<Record<From, string>> = {
  warning: "Warnings",
  normal: "Normal",
  holdfast: "Holdfast",
};

export interface EventLine {
  key: string;
  /** RFC 3339; "" where nobody says. */
  at: string;
  from: From;
  reason: string;
  message: string;
  /** How often it happened. */
  times: number;
  /** `Pod shop/web-1`; "" where it is of the application. */
  object: string;
  /** `group/Kind/namespace/name`, of whoever has one. */
  node?: string;
  /** Who tells it. */
  by: string;
}

/** The newest first. */
export function eventLines(events: readonly ClusterEvent[], known: Known): EventLine[] {
  const ours = timelineOf(known).map(
    ({ key, at, kind, what, state, words, by, why, times }): EventLine => ({
      ...{ key, at, from: "holdfast", times: times?.count ?? 1, object: "", by },
      reason: state === undefined ? what : `${what}: ${state}`,
      message: [words, why].filter((part) => part !== "").join(" · ") || KIND_WORDS[kind],
    }),
  );
  return [...events.map(clusterLine), ...ours].sort((a, b) => msOf(b.at) - msOf(a.at));
}

function msOf(at: string): number {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms;
}

function clusterLine(event: ClusterEvent, place: number): EventLine {
  const {
    metadata = {},
    involvedObject: of = {},
    series,
    count,
    type = "",
    reason = "",
    message = "",
  } = event;
  const [first, second] = (of.apiVersion ?? "").split("/");
  const group = second === undefined ? "" : (first ?? "");
  const { kind = "", namespace = "", name = "" } = of;
  return {
    // One that has neither is told apart by its place.
    key: metadata.uid ?? `${metadata.namespace}/${metadata.name}/${place}`,
    at:
      series?.lastObservedTime ||
      event.lastTimestamp ||
      event.eventTime ||
      event.firstTimestamp ||
      metadata.creationTimestamp ||
      "",
    from: type === "Warning" ? "warning" : "normal",
    ...{ reason, message, times: series?.count ?? count ?? 1 },
    object: [kind, namespace === "" ? name : `${namespace}/${name}`].filter((part) => part !== "").join(" "),
    ...(kind === "" || name === "" || of.apiVersion === undefined
      ? {}
      : { node: [group, kind, namespace, name].join("/") }),
    by: event.reportingComponent || (event.source?.component ?? ""),
  };
}

/** Lines from these, in which each word stands somewhere, in whatever case. */
export function eventsFound(
  lines: readonly EventLine[],
  { from, words }: { from: readonly From[]; words: string },
): EventLine[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return lines.filter((line) => {
    if (!from.includes(line.from)) return false;
    const text = [line.reason, line.message, line.object, line.by].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** Of an address: unknown words are none; nothing is all of them. */
export function sourcesIn(text: string | null): readonly From[] {
  const asked = SOURCES.filter((one) => (text ?? "").split(",").includes(one));
  return asked.length === 0 ? SOURCES : asked;
}
