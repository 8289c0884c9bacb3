/** What both stages of the fleet's bench share: what an application is, and rows of the table. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RawApi } from "../test/lib/raw-api.ts";
import { percentile } from "./rig.ts";

export interface Row {
  what: string;
  /** As the issue wishes it; empty where it wishes nothing. */
  wished: string;
  ours: string;
  floor: string;
  within: "yes" | "no" | "";
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
export const millis = (ms: number): string =>
  Number.isFinite(ms) ? `${Math.round(ms)} ms` : "more than 1 s";
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
export const countsOf = (requests: Record<string, number>): string =>
  Object.keys(requests).length === 0
    ? "no request"
    : Object.entries(requests)
        .map(([verb, count]) => `${count} ${verb}`)
        .join(", ");
export const isWithin = (held: boolean): "yes" | "no" => (held ? "yes" : "no");

export const nameOf = (at: number): string => `app-${String(at).padStart(5, "0")}`;

export interface Placed {
  name: string;
  repo: string;
  destination: { name: string; namespace: string };
}

function manifestOf({ name, repo, destination }: Placed): string {
  return [
    "apiVersion: argoproj.io/v1alpha1",
    "kind: Application",
    `metadata: { name: ${name} }`,
    "spec:",
    "  project: default",
    `  source: { repoURL: "${repo}", path: apps/${name}, targetRevision: main }`,
    `  destination: { name: ${destination.name}, namespace: ${destination.namespace} }`,
    "  syncPolicy: { automated: { prune: true, selfHeal: true } }",
    "",
  ].join("\n");
}

/** Applications in one file. */
const IN_ONE_FILE = 100;

/** Puts the files where the daemon reads them, each of them whole in one step. */
export function placeApplications(dir: string, placed: readonly Placed[]): void {
  const aside = join(dir, "aside");
  mkdirSync(aside, { recursive: true });
  for (let at = 0; at * IN_ONE_FILE < placed.length; at++) {
    const file = `apps-${String(at).padStart(3, "0")}.yaml`;
    const some = placed.slice(at * IN_ONE_FILE, (at + 1) * IN_ONE_FILE);
    writeFileSync(join(aside, file), some.map(manifestOf).join("---\n"));
    renameSync(join(aside, file), join(dir, "apps", file));
  }
}

/** Reads a watch line by line until `isDone` says so. @returns when that was; `performance.now()` */
export async function watchUntil(
  api: Pick<RawApi, "open">,
  path: string,
  isDone: (event: WatchEvent) => boolean,
): Promise<{ at: Promise<number>; stop(): void }> {
  const abort = new AbortController();
  const response = await api.open(path, abort.signal);
  if (!response.ok || response.body === null) throw new Error(`${path}: HTTP ${response.status}`);
  const { body } = response;
  const at = (async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of body as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const event = JSON.parse(text.slice(0, end)) as WatchEvent;
        text = text.slice(end + 1);
        if (isDone(event)) return performance.now();
      }
    }
    throw new Error(`${path}: the watch ended`);
  })();
  // Whoever stops it early asks for no moment.
  at.catch(() => undefined);
  return { at, stop: () => abort.abort() };
}

export interface WatchEvent {
  type: string;
  object: { metadata: { name: string; resourceVersion: string }; data?: Record<string, string> };
}

export interface Times {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  edits: number;
}

export function timesOf(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    ...{ p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) },
    ...{ maxMs: sorted.at(-1) ?? 0, edits: sorted.length },
  };
}

/** Another value than Git's in a ConfigMap, from right before the edit to the event that shows Git's again; milliseconds. */
export async function editedUntilHealed(
  api: RawApi,
  collection: string,
  name: string,
  wanted: string,
): Promise<number> {
  // The object's own version may be older than what the server remembers of changes.
  const { metadata } = await api.must("GET", `${collection}?limit=1`);
  let edited = false;
  const healed = await watchUntil(
    api,
    `${collection}?watch=1&fieldSelector=metadata.name=${name}&resourceVersion=${metadata["resourceVersion"]}`,
    ({ object }) => {
      if (object.data?.["value"] === "edited") edited = true;
      return edited && object.data?.["value"] === wanted;
    },
  );
  const begun = performance.now();
  await api.must(
    "PATCH",
    `${collection}/${name}`,
    { data: { value: "edited" } },
    "application/merge-patch+json",
  );
  const took = (await healed.at) - begun;
  healed.stop();
  return took;
}
