/** Differences as `argocd app diff` prints them. */
import type { Application } from "../../../core/model/application.ts";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { printYaml } from "../../../lib/yaml.ts";
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { differences } from "../../commands/app-diff.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Client, Query } from "../../http/client.ts";
import { plainLines } from "../../terminal/plain-text.ts";
import { nameOf } from "../../words/app-words.ts";
import { lineDiff } from "../../words/line-diff.ts";
import type { ArgoContext } from "../argo-context.ts";

export interface Difference {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  /** What is there, and what a sync would leave; undefined: nothing. */
  live: unknown;
  next: unknown;
}

interface ManagedResource {
  group?: string;
  kind: string;
  namespace?: string;
  name: string;
  liveState?: string;
  predictedLiveState?: string;
  targetState?: string;
  hook?: boolean;
}

/**
 * Objects that a sync would change, make or prune; hooks are none.
 * @throws {CliError} invalid where something cannot be compared: then "no differences" could be a lie
 */
export async function differencesOf(client: Client, app: Application): Promise<Difference[]> {
  const items = await differences(client, app);
  const unknown = items.filter(({ change }) => change === "unknown");
  if (unknown.length > 0)
    throw new CliError(
      EXIT.invalid,
      `${nameOf(app)}: ${unknown.map(({ kind, name }) => `${kind}/${name}`).join(", ")} cannot be compared, because the cluster could not be asked.`,
    );
  return items.map(({ group, kind, namespace, name, live, predicted }) => ({
    group,
    kind,
    namespace,
    name,
    live,
    next: predicted,
  }));
}

/**
 * What a sync to other revisions would change: what is there with what the manifests of these say otherwise than those
 * that are wanted now, so that what the server fills in is no difference.
 */
export async function differencesAt(
  client: Client,
  app: Application,
  revisions: Query,
): Promise<Difference[]> {
  const managed = appPath(app, "/managed-resources");
  const rendered = appPath(app, "/manifests");
  const [{ items }, { manifests }] = await Promise.all([
    client.get<{ items: ManagedResource[] | null }>(managed.path, managed.query),
    client.get<{ manifests: string[] | null }>(rendered.path, { ...rendered.query, ...revisions }),
  ]);
  const wanted = new Map(
    (manifests ?? []).map((text): [string, KubeLike] => {
      const object = JSON.parse(text) as KubeLike;
      return [keyOf(partsOf(object)), object];
    }),
  );
  const found: Difference[] = [];
  const known = new Set<string>();
  for (const item of items ?? []) {
    const { group = "", kind, namespace = "", name } = item;
    const key = keyOf({ group, kind, namespace, name });
    known.add(key);
    if (item.hook === true) continue;
    const [live, target, predicted] = [item.liveState, item.targetState, item.predictedLiveState].map(
      stateOf,
    );
    const next = wanted.get(key);
    const after =
      next === undefined
        ? target === undefined
          ? predicted
          : undefined
        : overlaid(predicted ?? live ?? next, target ?? next, next);
    if (canonicalJson(live ?? null) !== canonicalJson(after ?? null))
      found.push({ group, kind, namespace, name, live, next: after });
  }
  for (const [key, object] of wanted)
    if (!known.has(key) && !isHook(object)) found.push({ ...partsOf(object), live: undefined, next: object });
  return found;
}

interface KubeLike {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
}

function isHook({ metadata: { annotations = {} } }: KubeLike): boolean {
  return "argocd.argoproj.io/hook" in annotations || "helm.sh/hook" in annotations;
}

function partsOf({ apiVersion, kind, metadata }: KubeLike) {
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return { group, kind, namespace: metadata.namespace ?? "", name: metadata.name };
}

function keyOf({
  group,
  kind,
  namespace,
  name,
}: {
  group: string;
  kind: string;
  namespace: string;
  name: string;
}) {
  return `${group}/${kind}/${namespace}/${name}`;
}

/** `base` with what `next` says otherwise than `before`; lists are replaced whole. */
function overlaid(base: unknown, before: unknown, next: unknown): unknown {
  if (!isMapping(base) || !isMapping(before) || !isMapping(next))
    return canonicalJson(before ?? null) === canonicalJson(next ?? null) ? base : next;
  const result: Record<string, unknown> = { ...base };
  for (const key of new Set([...Object.keys(before), ...Object.keys(next)])) {
    if (!(key in next)) delete result[key];
    else if (!(key in before)) result[key] = next[key];
    else result[key] = overlaid(base[key], before[key], next[key]);
  }
  return result;
}

function stateOf(text: string | undefined): unknown {
  return text === undefined || text === "" ? undefined : (JSON.parse(text) ?? undefined);
}

export function printDifferences(context: ArgoContext, found: readonly Difference[]): void {
  for (const { group, kind, namespace, name, live, next } of found)
    context.print([
      "",
      `===== ${group}/${kind} ${namespace}/${name} ======`,
      ...lineDiff(linesOf(live), linesOf(next)).map(({ sign, text }) => `${sign}${plainLines(text)}`),
    ]);
}

function linesOf(object: unknown): string[] {
  return object === undefined
    ? []
    : printYaml(JSON.parse(canonicalJson(object)))
        .replace(/\n$/, "")
        .split("\n");
}
