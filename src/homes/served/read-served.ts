import { ANNOTATION, type Application } from "../../core/model/application.ts";
import type { ApplicationSet } from "../../core/model/application-set.ts";
import { applicationTooLarge } from "../../core/model/application-size.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { parseApplication } from "../../core/model/parse-application.ts";
import { parseApplicationSet } from "../../core/model/parse-application-set.ts";
import { parseProject } from "../../core/model/parse-project.ts";
import type { Parsed, Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import type { Child, UnreadableChild } from "../../core/ports/parents-home.ts";
import { isMapping } from "../../lib/is-mapping.ts";

export type ServedManifest = Application | Project | ApplicationSet;

/** What an object says, held to the rules of a manifest in a file. */
export function readServed(object: KubeObject, homeNamespace: string): Parsed<ServedManifest> {
  const manifest = manifestOf(object);
  if (object.kind === "ApplicationSet") return parseApplicationSet(manifest, { homeNamespace });
  if (object.kind === "AppProject") return parseProject(manifest, { homeNamespace });
  const parsed = parseApplication(manifest, { homeNamespace });
  const tooLarge = parsed.ok ? applicationTooLarge(parsed.value) : undefined;
  return tooLarge === undefined ? parsed : { ok: false, problems: [tooLarge] };
}

export function errorsIn(parsed: Parsed<unknown>): Problem[] {
  return parsed.ok ? [] : parsed.problems.filter(({ severity }) => severity === "error");
}

/** What can be read of an object that says something else than this version understands. */
export function readableOf({ metadata, spec }: KubeObject): Omit<UnreadableChild, keyof Child> {
  const { project, syncPolicy } = isMapping(spec) ? spec : {};
  return {
    finalizers: metadata.finalizers ?? [],
    annotations: Object.fromEntries(ownAnnotations(metadata)),
    project: typeof project === "string" || project === undefined ? project || "default" : undefined,
    syncOptions: optionsIn(syncPolicy),
  };
}

function optionsIn(syncPolicy: unknown): string[] | undefined {
  if (syncPolicy === undefined || syncPolicy === null) return [];
  const options = isMapping(syncPolicy) ? (syncPolicy["syncOptions"] ?? []) : undefined;
  return Array.isArray(options) && options.every((one) => typeof one === "string") ? options : undefined;
}

/** By which its parent knows it. */
const OF_PARENT: ReadonlySet<string> = new Set([ANNOTATION.trackingId, ANNOTATION.installationId]);

/** As its writer wrote it: without what a server adds, and without a request to sync, which no manifest repeats for ever. */
function manifestOf({ apiVersion, kind, metadata, status: _, operation: __, ...rest }: KubeObject): unknown {
  const { name, namespace, labels, finalizers } = metadata;
  const own = ownAnnotations(metadata);
  const annotations = own.length === 0 ? undefined : Object.fromEntries(own);
  const written = { name, namespace, labels, annotations, finalizers };
  return {
    apiVersion,
    kind,
    metadata: Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)),
    ...rest,
  };
}

function ownAnnotations({ annotations = {} }: KubeObject["metadata"]): [string, string][] {
  return Object.entries(annotations).filter(([key]) => !OF_PARENT.has(key));
}
