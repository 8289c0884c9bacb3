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
  /** Default `apps/NAME`. */
  path?: string;
  /** Values of a chart; default: it is none. */
  values?: Record<string, unknown>;
  destination: { name: string; namespace: string };
  /** As `CreateNamespace=true`; default none. */
  syncOptions?: readonly string[];
}

function manifestOf({ name, repo, path, values, destination, syncOptions = [] }: Placed): string {
  const source = {
    ...{ repoURL: repo, path: path ?? `apps/${name}`, targetRevision: "main" },
    ...(values === undefined ? {} : { helm: { valuesObject: values } }),
  };
  return [
    "apiVersion: argoproj.io/v1alpha1",
    "kind: Application",
    `metadata: { name: ${name} }`,
    "spec:",
    "  project: default",
    `  source: ${JSON.stringify(source)}`,
    `  destination: { name: ${destination.name}, namespace: ${destination.namespace} }`,
    `  syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ${JSON.stringify(syncOptions)} }`,
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
  object: {
    metadata: { name: string; namespace?: string; resourceVersion: string };
    data?: Record<string, string>;
    /** What a Deployment of these benches has of it. */
    spec?: { template?: { spec: { containers: { resources?: { requests?: { cpu?: string } } }[] } } };
  };
}

/** A watch until each of so many has been seen as it is waited for. */
export interface Seeing {
  at: Promise<number>;
  seen(): number;
  wanted: number;
  stop(): void;
}

/** @param keyOf what is one of those that are waited for and as it is waited for; undefined where the event shows none */
export async function whenEach(
  api: Pick<RawApi, "open">,
  path: string,
  wanted: number,
  keyOf: (event: WatchEvent) => string | undefined,
): Promise<Seeing> {
  const seen = new Set<string>();
  const watch = await watchUntil(api, path, (event) => {
    const key = event.type === "DELETED" ? undefined : keyOf(event);
    if (key !== undefined) seen.add(key);
    return seen.size >= wanted;
  });
  return { ...watch, wanted, seen: () => seen.size };
}

/** All of several watches. */
export function whenAllSeen(each: readonly Seeing[]): Seeing {
  const at = Promise.all(each.map((one) => one.at)).then((moments) => Math.max(...moments));
  at.catch(() => undefined);
  return {
    at,
    wanted: each.reduce((sum, { wanted }) => sum + wanted, 0),
    seen: () => each.reduce((sum, one) => sum + one.seen(), 0),
    stop() {
      for (const one of each) one.stop();
    },
  };
}

/** Tells the daemon of a commit, as a Git server does. */
export async function push(url: string, repo: string): Promise<void> {
  const answer = await fetch(`${url}/api/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-github-event": "push" },
    body: JSON.stringify({ repository: { clone_url: repo, html_url: repo } }),
  });
  if (!answer.ok) throw new Error(`the push was not taken: HTTP ${answer.status}`);
}

/** A repository is asked once in so long, however often it announces something without a proof. */
export const BETWEEN_PUSHES_MS = 11_000;

/** Each target applied, so many requests at once. @returns milliseconds @throws {Error} at the first refusal */
export async function applyEach(
  targets: readonly { api: RawApi; path: string; body: unknown }[],
  inFlight: number,
  run: "dry-run" | "for-real",
): Promise<number> {
  const begun = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let target = targets[next++]; target !== undefined; target = targets[next++])
      await target.api.must(
        "PATCH",
        `${target.path}?fieldManager=holdfast&force=true${run === "dry-run" ? "&dryRun=All" : ""}`,
        target.body,
        "application/apply-patch+yaml",
      );
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return performance.now() - begun;
}

export const trackedBy = (app: string, id: string): Record<string, string> => ({
  "argocd.argoproj.io/tracking-id": `${app}:${id}`,
});

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
