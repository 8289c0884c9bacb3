/** The Pods that an object's log is of, and their containers as they are now. */
import { useEffect, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { type Container, containersOf, whyNotPlaced } from "../words/containers.ts";
import { type KubeEvent, type LastEvent, lastEvent } from "../words/last-event.ts";
import { idOf, type TreeNode } from "./outline.ts";
import { argoPathOf } from "./paths.ts";

export interface LogPod {
  namespace: string;
  name: string;
  /** As its manifest has it, else the tree; "" where neither says. */
  uid: string;
  containers: readonly Container[];
  /** Why it is on no node; "" where it is, or nobody says. */
  notPlaced: string;
  /** The last warning about it, else the last thing that happened to it, while it is not all there. */
  lastEvent: LastEvent | undefined;
}

export interface LogPods {
  pods: readonly LogPod[];
  /** There are more of them than are looked at. */
  more: number;
}

/** As many as the daemon reads at once. */
export const MOST_PODS = 10;
/** A container that waits is looked for so often. */
const AGAIN_MS = 5_000;

export function usePods(app: Application, id: string): Answer<LogPods> {
  const [looks, setLooks] = useState(0);
  const answer = useAsked(
    (signal) => podsOf(app, id, signal),
    [keyOf(app), id, app.status?.reconciledAt, looks],
  );
  const [last, setLast] = useState<Answer<LogPods>>(answer);
  if (answer.is !== "asking" && answer !== last) setLast(answer);
  const known = answer.is === "asking" ? last : answer;
  const isWaiting = known.is === "answered" && known.value.pods.some((pod) => !isThere(pod));
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => setLooks((before) => before + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, [isWaiting]);
  return known;
}

async function podsOf(app: Application, id: string, signal: AbortSignal): Promise<LogPods> {
  const { nodes } = await ask<{ nodes: TreeNode[] }>("GET", argoPathOf(app, "resource-tree"), { signal });
  const meant = podsUnder(nodes, id);
  const pods = await Promise.all(meant.slice(0, MOST_PODS).map((node) => podOf(app, node, signal)));
  return { pods, more: Math.max(0, meant.length - MOST_PODS) };
}

/** What is itself a Pod, or descends from it. No call within a call: what somebody wrote may go round. */
function podsUnder(nodes: readonly TreeNode[], id: string): TreeNode[] {
  const below = new Map<string, TreeNode[]>();
  for (const node of nodes)
    for (const { uid } of node.parentRefs ?? []) below.set(uid, [...(below.get(uid) ?? []), node]);
  const found = new Set<TreeNode>(nodes.filter((node) => idOf(node) === id));
  for (const { uid } of found) for (const child of below.get(uid ?? "") ?? []) found.add(child);
  return [...found].filter(({ kind, group, uid }) => kind === "Pod" && group === "" && uid !== undefined);
}

async function podOf(
  app: Application,
  { namespace, name, uid = "" }: TreeNode,
  signal: AbortSignal,
): Promise<LogPod> {
  const query = new URLSearchParams({ group: "", kind: "Pod", namespace, resourceName: name });
  const manifest = await ask<{ manifest: string }>("GET", `${argoPathOf(app, "resource")}&${query}`, {
    signal,
  })
    // A Pod that nobody can read any more has a log all the same, or the log says why not.
    .then(({ manifest: text }): unknown => JSON.parse(text))
    .catch(() => undefined);
  const pod = {
    ...{ namespace, name, uid: uidOf(manifest) ?? uid },
    ...{ containers: containersOf(manifest), notPlaced: whyNotPlaced(manifest) },
    lastEvent: undefined,
  };
  return isThere(pod)
    ? pod
    : { ...pod, lastEvent: await lastEventOf(app, pod, signal).catch(() => undefined) };
}

/** The tree may be of a moment before. */
function uidOf(manifest: unknown): string | undefined {
  const metadata = isMapping(manifest) ? manifest["metadata"] : undefined;
  const uid = isMapping(metadata) ? metadata["uid"] : undefined;
  return typeof uid === "string" ? uid : undefined;
}

async function lastEventOf(
  app: Application,
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<LogPod["lastEvent"]> {
  const query = new URLSearchParams({ resourceNamespace: namespace, resourceName: name });
  const { items } = await ask<{ items: KubeEvent[] | null }>("GET", `${argoPathOf(app, "events")}&${query}`, {
    signal,
  });
  return lastEvent(items ?? []);
}

/** Each of its containers runs, or has done what it was for. */
function isThere({ containers, notPlaced }: Pick<LogPod, "containers" | "notPlaced">): boolean {
  return notPlaced === "" && containers.every(({ state }) => state.is !== "waiting");
}
