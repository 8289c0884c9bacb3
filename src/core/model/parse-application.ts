import { defined } from "../../lib/defined.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import { showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { nearest } from "../../lib/nearest.ts";
import { namesUser, tellsSecret } from "../../lib/url-userinfo.ts";
import {
  ANNOTATION,
  type Application,
  type ApplicationSpec,
  hasOption,
  RESOURCES_FINALIZER,
  type Source,
} from "./application.ts";
import { APPLICATION } from "./application-shape.ts";
import { unknownAnnotations } from "./known-annotations.ts";
import { isPauseUnclear } from "./paused.ts";
import type { Parsed, Problem } from "./problem.ts";
import { checkShape, nameType } from "./shape.ts";
import { namedTools } from "./source.ts";
import { contradictions, unknownOption } from "./sync-options.ts";

type Report = (severity: Problem["severity"], path: string, text: string, fix?: string) => void;

const API_VERSION = "argoproj.io/v1alpha1";
const LONGEST_RELEASE_NAME = 53;
/** Argo CD's own: those around hooks it writes itself. */
const FINALIZERS: readonly string[] = [
  ...["", "/foreground", "/background"].map((how) => `${RESOURCES_FINALIZER}${how}`),
  ...["pre", "post"].flatMap((when) =>
    ["", "/cleanup"].map((what) => `${when}-delete-finalizer.argocd.argoproj.io${what}`),
  ),
];

/**
 * An Application as a user wrote it. Fields that we do not know are kept, with a warning in spec, and never refused.
 *
 * @param homeNamespace for an application that names no namespace
 * @returns problems with paths, without file and line: the caller knows where the value was read
 */
export function parseApplication(
  value: unknown,
  { homeNamespace }: { homeNamespace: string },
): Parsed<Application> {
  return parseManifest<Application>(
    value,
    "Application",
    homeNamespace,
    (problems) => checkShape(value, APPLICATION, [], (problem) => problems.push(problem)),
    (app, report) => {
      app.spec.project ||= "default";
      checkSpec(app.spec, report);
      checkAnnotations(app.metadata.annotations ?? {}, report);
      checkFinalizers(app.metadata.finalizers ?? [], report);
    },
  );
}

/** Warnings about an application that was parsed: fields and options that are not known. Cheap. */
export function applicationWarnings(app: Application): Problem[] {
  const found: Problem[] = [];
  const report: Report = (severity, path, text, fix) =>
    found.push({ severity, path, text, ...defined({ fix }) });
  checkShape(app, APPLICATION, [], (problem) => found.push(problem));
  checkSyncOptions(app.spec, report);
  checkAnnotations(app.metadata.annotations ?? {}, report);
  checkFinalizers(app.metadata.finalizers ?? [], report);
  return found.filter(({ severity }) => severity === "warning");
}

/** What Application and AppProject have in common. `rules` sees only values of the right shape. */
export function parseManifest<T extends { metadata: { name: string; namespace: string } }>(
  value: unknown,
  kind: string,
  homeNamespace: string,
  shape: (problems: Problem[]) => unknown,
  rules: (manifest: T, report: Report) => void,
  apiVersion: string = API_VERSION,
): Parsed<T> {
  if (!isMapping(value))
    return {
      ok: false,
      problems: [{ severity: "error", text: `must be an ${kind}, not ${nameType(value)}` }],
    };
  const found: Problem[] = [];
  const report: Report = (severity, path, text, fix) =>
    found.push({ severity, path, text, ...defined({ fix }) });
  if (value["apiVersion"] !== apiVersion) report("error", "apiVersion", `must be ${apiVersion}`);
  if (value["kind"] !== kind) report("error", "kind", `must be ${kind}`);
  const checked = shape(found) as T;
  const isSound = () => found.every(({ severity }) => severity === "warning");
  if (isSound()) {
    checked.metadata.namespace ||= homeNamespace;
    checkName("metadata.name", checked.metadata.name, report);
    checkName("metadata.namespace", checked.metadata.namespace, report);
    rules(checked, report);
  }
  const metadata = isMapping(value["metadata"]) ? value["metadata"] : {};
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
  const namespace =
    typeof metadata["namespace"] === "string" && metadata["namespace"] !== ""
      ? metadata["namespace"]
      : homeNamespace;
  const problems = found.map((problem) =>
    name === "" ? problem : { ...problem, object: `${kind} ${namespace}/${name}` },
  );
  if (isSound()) return { ok: true, value: checked, warnings: problems };
  const [first, ...others] = [
    ...problems.filter(({ severity }) => severity === "error"),
    ...problems.filter(({ severity }) => severity === "warning"),
  ];
  return { ok: false, problems: [first as Problem, ...others] };
}

function checkName(path: string, name: string, report: Report): void {
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) {
    report("error", path, "is no valid name", "Use lower-case letters, digits, dashes and dots, at most 253");
  }
}

function checkSpec(spec: ApplicationSpec & { sourceHydrator?: unknown }, report: Report): void {
  if (spec.sourceHydrator !== undefined)
    report("error", "spec.sourceHydrator", "is not supported yet", "Use spec.source");
  const several = spec.sources ?? [];
  if (several.length > 0) {
    several.forEach((source, index) => checkSource(source, `spec.sources[${index}]`, report));
    if (spec.source !== undefined)
      report("warning", "spec.source", "is not read, because spec.sources is there", "Remove one of them");
  } else if (spec.source !== undefined) checkSource(spec.source, "spec.source", report);
  else if (spec.sourceHydrator === undefined)
    report("error", "spec.source", "an application needs a source, or sources");
  checkRefs(several, report);

  const { server = "", name = "" } = spec.destination;
  if (server !== "" && name !== "")
    report("error", "spec.destination", "can't have both name and server defined", "Remove one of them");
  if (server === "" && name === "")
    report("error", "spec.destination", "needs a server or the name of a cluster");

  checkSyncOptions(spec, report);
  const backoff = spec.syncPolicy?.retry?.backoff;
  for (const field of ["duration", "maxDuration"] as const) {
    const text = backoff?.[field];
    if (text !== undefined && text !== "" && parseDurationMs(text) === undefined) {
      report(
        "error",
        `spec.syncPolicy.retry.backoff.${field}`,
        "is no duration",
        "Write it like 5s, 1m30s or 2h",
      );
    }
  }
  if (backoff?.factor !== undefined && backoff.factor < 1)
    report("error", "spec.syncPolicy.retry.backoff.factor", "must be 1 or more");
  if (spec.revisionHistoryLimit !== undefined && spec.revisionHistoryLimit < 0)
    report("error", "spec.revisionHistoryLimit", "must be 0 or more");
  for (const [index, { jsonPointers = [] }] of (spec.ignoreDifferences ?? []).entries()) {
    for (const [at, pointer] of jsonPointers.entries()) {
      if (!pointer.startsWith("/"))
        report(
          "error",
          `spec.ignoreDifferences[${index}].jsonPointers[${at}]`,
          "a JSON pointer begins with /",
          `Write /${pointer.replace(/^\./, "").replaceAll(".", "/")}`,
        );
    }
  }
}

function checkSyncOptions(spec: ApplicationSpec, report: Report): void {
  for (const [index, option] of (spec.syncPolicy?.syncOptions ?? []).entries()) {
    const unknown = unknownOption(option, "application");
    if (unknown !== undefined)
      report("warning", `spec.syncPolicy.syncOptions[${index}]`, unknown.text, unknown.fix);
  }
  const { managedNamespaceMetadata, syncOptions } = spec.syncPolicy ?? {};
  for (const { text, fix } of contradictions(syncOptions ?? [], "application"))
    report("warning", "spec.syncPolicy.syncOptions", text, fix);
  if (managedNamespaceMetadata !== undefined && !hasOption(syncOptions, "CreateNamespace=true"))
    report(
      "warning",
      "spec.syncPolicy.managedNamespaceMetadata",
      "has no effect without the sync option CreateNamespace=true",
      "Add the option, or remove it",
    );
}

/** A slip in the finalizer that takes the objects along leaves them all, and nothing tells before they are orphans. */
function checkFinalizers(finalizers: readonly string[], report: Report): void {
  for (const [index, finalizer] of finalizers.entries()) {
    if (FINALIZERS.includes(finalizer)) continue;
    const meant = nearest(finalizer, FINALIZERS);
    if (meant === undefined && !finalizer.includes("argocd.argoproj.io")) continue;
    report(
      "warning",
      `metadata.finalizers[${index}]`,
      `the finalizer ${JSON.stringify(finalizer)} is not known, so no deletion takes objects along for it`,
      meant === undefined ? "Remove it" : `Did you mean ${meant}?`,
    );
  }
}

/** Annotations of the Application itself. What they ask of it as an object of its parent is looked at there. */
function checkAnnotations(annotations: Readonly<Record<string, string>>, report: Report): void {
  const warn = (annotation: string, text: string, fix: string): void =>
    report("warning", showPath(["metadata", "annotations", annotation]), text, fix);
  for (const { annotation, text, fix } of unknownAnnotations(annotations)) warn(annotation, text, fix);
  for (const word of (annotations[ANNOTATION.compareOptions] ?? "").split(",")) {
    const unknown = word.trim() === "" ? undefined : unknownOption(word.trim(), "compare-options");
    if (unknown !== undefined) warn(ANNOTATION.compareOptions, unknown.text, unknown.fix);
  }
  const paused = annotations[ANNOTATION.skipReconcile];
  if (paused !== undefined && isPauseUnclear(paused))
    warn(
      ANNOTATION.skipReconcile,
      `${JSON.stringify(paused)} is neither true nor false, so the application is not paused`,
      "Write true or false",
    );
  const approved = annotations[ANNOTATION.deletionApproved];
  if (approved !== undefined && !Number.isFinite(Date.parse(approved)))
    warn(
      ANNOTATION.deletionApproved,
      `${JSON.stringify(approved)} is no time, so nothing is approved`,
      "Write it as 2026-01-31T10:00:00Z",
    );
}

function checkSource(source: Source, path: string, report: Report): void {
  const { chart = "", ref = "", helm } = source;
  if (tellsSecret(source.repoURL))
    report(
      "error",
      `${path}.repoURL`,
      "holds a password, which everybody would read who may see the application",
      "Name username and password for this address under repositories in the config, and write it here without",
    );
  else if (namesUser(source.repoURL, chart === "" ? "git" : "helm"))
    report(
      "error",
      `${path}.repoURL`,
      "names who asks, for which an address of a registry has no place",
      "Name username and password for this address under repositories in the config, and write it here without",
    );
  if (chart !== "" && (source.path ?? "") !== "")
    report("error", path, "names both a chart and a path", "Remove one of them");
  if (chart === "" && source.path === undefined && ref === "")
    report(
      "error",
      `${path}.path`,
      "a source needs a path, or a chart",
      'Write path: "." for the root of the repository',
    );
  if (chart !== "" && (source.targetRevision ?? "") === "")
    report("error", `${path}.targetRevision`, "is required for a chart");
  const tools = namedTools(source);
  if (tools.length > 1) report("error", path, `names several tools: ${tools.join(", ")}`, "Keep one of them");
  if (helm?.releaseName !== undefined && helm.releaseName.length > LONGEST_RELEASE_NAME)
    report("error", `${path}.helm.releaseName`, `is longer than ${LONGEST_RELEASE_NAME} characters`);
}

function checkRefs(sources: readonly Source[], report: Report): void {
  const names = new Map<string, number>();
  for (const [index, { name = "" }] of sources.entries()) {
    const before = names.get(name);
    if (name !== "" && before !== undefined)
      report(
        "warning",
        `spec.sources[${index}].name`,
        `is also the name of spec.sources[${before}], which is meant where a command names it`,
        "Give it another name",
      );
    else names.set(name, index);
  }
  const seen = new Map<string, number>();
  for (const [index, { ref = "" }] of sources.entries()) {
    if (ref === "") continue;
    const path = `spec.sources[${index}].ref`;
    if (!/^[A-Za-z0-9_-]+$/.test(ref)) report("error", path, "may hold letters, digits, - and _ only");
    const before = seen.get(ref);
    if (before !== undefined)
      report("error", path, `is also the ref of spec.sources[${before}]`, "Give it another name");
    seen.set(ref, index);
  }
}
