import type { ApplicationSpec } from "../core/model/application.ts";
import type { Operation, SyncRequest, SyncResource } from "../core/model/operation.ts";
import type { Problem } from "../core/model/problem.ts";
import { type AskedRevisions, revisionsBySource } from "../core/model/source-positions.ts";
import { unknownOption } from "../core/model/sync-options.ts";
import { parseDurationMs } from "../lib/duration.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { nearest } from "../lib/nearest.ts";
import { invalid } from "./api-error.ts";

/** What Argo CD's body may hold, and ours. */
const FIELDS: readonly string[] = [
  "appNamespace",
  "confirmPrune",
  "dryRun",
  "infos",
  "manifests",
  "name",
  "project",
  "prune",
  "resources",
  "retryStrategy",
  "revision",
  "revisions",
  "sourcePositions",
  "strategy",
  "syncOptions",
];

export interface SyncAsk {
  operation: Operation & { sync: SyncRequest };
  /** Which of them is of which source, the application tells. */
  revisions: AskedRevisions;
  appNamespace: string | undefined;
  project: string | undefined;
}

/**
 * Argo CD's body of a sync: `{revision, revisions, sourcePositions, prune, dryRun, strategy, resources, syncOptions: {items},
 * retryStrategy, infos, appNamespace, project}`, and our `confirmPrune`. Fields that we do not know are ignored as there;
 * `manifests`, which we cannot obey, is refused, and so is what reads like a slip: `dryrun` would be a sync.
 * @throws {ApiError} 400 with all problems
 */
export function syncRequest(body: unknown): SyncAsk {
  const problems: Problem[] = [];
  const wrong = (path: string, text: string): undefined =>
    void problems.push({ severity: "error", path, text });
  const fields = isMapping(body) ? body : {};
  if (!isMapping(body)) wrong("the body", "send an object");
  for (const name of Object.keys(fields).filter((one) => !FIELDS.includes(one))) {
    const meant = nearest(name, FIELDS);
    if (meant !== undefined) wrong(name, `is not known. Did you mean ${meant}?`);
  }

  const read = <T>(name: string, expected: string, is: (value: unknown) => value is T): T | undefined => {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    return is(value) ? value : wrong(name, `expected ${expected}`);
  };
  if (fields.manifests !== undefined) wrong("manifests", "is not supported: a sync applies what Git holds");
  // Argo CD's clients send it wrapped, people write it plain.
  const options = isMapping(fields.syncOptions) ? fields.syncOptions.items : fields.syncOptions;
  if (options !== undefined && options !== null && !isTexts(options))
    wrong("syncOptions.items", "expected a list of texts");
  for (const [index, option] of (isTexts(options) ? options : []).entries()) {
    const unknown = unknownOption(option, "application");
    if (unknown !== undefined) wrong(`syncOptions.items[${index}]`, `${unknown.text}. ${unknown.fix}`);
  }

  const sync: SyncRequest = defined({
    prune: read("prune", "true or false", isBoolean),
    dryRun: read("dryRun", "true or false", isBoolean),
    confirmPrune: read("confirmPrune", "a whole number", isCount),
    resources: read("resources", "a list of {group, kind, namespace, name}", isResources),
    syncStrategy: read("strategy", "{apply: {force}} or {hook: {force}}", isStrategy),
    syncOptions: isTexts(options) ? options : undefined,
  });
  const operation = {
    sync,
    ...defined({
      retry: read(
        "retryStrategy",
        "{limit, backoff}, with durations such as 5s and a factor from 1",
        isRetry,
      ),
      info: read("infos", "a list of {name, value}", isInfos),
    }),
  };
  const ask = {
    operation,
    revisions: {
      revision: read("revision", "a text", isText) || undefined,
      revisions: read("revisions", "a list of texts", isTexts),
      positions: read("sourcePositions", "a list of whole numbers", isPositions)?.map(Number),
    },
    appNamespace: read("appNamespace", "a text", isText),
    project: read("project", "a text", isText),
  };
  if (problems.length > 0) throw invalid(problems);
  return ask;
}

/** @throws {ApiError} 400 where they are not this application's */
export function ofSources(
  spec: ApplicationSpec,
  asked: AskedRevisions,
): Pick<SyncRequest, "revision" | "revisions"> {
  const found = revisionsBySource(spec, asked);
  if (!found.ok) throw invalid([{ severity: "error", path: found.field, text: found.why }]);
  if (found.revisions.every((revision) => revision === "")) return {};
  const { revision } = asked;
  return revision === undefined ? { revisions: found.revisions } : { revision };
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
/** Whole numbers of 64 bits are texts in protobuf's JSON. */
const isPositions = (value: unknown): value is (number | string)[] =>
  Array.isArray(value) &&
  value.every((item) => Number.isInteger(item) || (isText(item) && /^\d{1,9}$/.test(item)));
const isOptional = (value: unknown, is: (value: unknown) => boolean): boolean =>
  value === undefined || is(value);

const isResources = (value: unknown): value is SyncResource[] =>
  Array.isArray(value) &&
  value.every(
    (item) =>
      isMapping(item) &&
      isText(item.kind) &&
      isText(item.name) &&
      isOptional(item.group, isText) &&
      isOptional(item.namespace, isText) &&
      isOptional(item.exclude, isBoolean),
  );

const isForce = (value: unknown): boolean =>
  value === null || (isMapping(value) && isOptional(value.force, isBoolean));
const isStrategy = (value: unknown): value is NonNullable<SyncRequest["syncStrategy"]> =>
  isMapping(value) &&
  Object.keys(value).every((name) => name === "apply" || name === "hook") &&
  isOptional(value.apply, isForce) &&
  isOptional(value.hook, isForce);

/** As `spec.syncPolicy.retry` takes it; empty is none. */
const isDuration = (value: unknown): boolean =>
  isText(value) && (value === "" || parseDurationMs(value) !== undefined);
const isRetry = (value: unknown): value is NonNullable<Operation["retry"]> =>
  isMapping(value) &&
  isOptional(value.limit, Number.isInteger) &&
  isOptional(
    value.backoff,
    (backoff) =>
      isMapping(backoff) &&
      isOptional(backoff.duration, isDuration) &&
      isOptional(backoff.maxDuration, isDuration) &&
      isOptional(backoff.factor, (factor) => Number.isFinite(factor) && Number(factor) >= 1),
  );

const isInfos = (value: unknown): value is { name: string; value: string }[] =>
  Array.isArray(value) && value.every((item) => isMapping(item) && isText(item.name) && isText(item.value));
