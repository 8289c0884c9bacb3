/** Applications made, changed and deleted. */
import { type Application, type ApplicationSpec, IN_CLUSTER } from "../../../core/model/application.ts";
import { defined } from "../../../lib/defined.ts";
import { equalJson } from "../../../lib/equal-json.ts";
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Client } from "../../http/client.ts";
import { isUnseen } from "../../http/refusal.ts";
import { manifestsInFile } from "../../manifests-in-file.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { readInput } from "../../read-input.ts";
import { positionOf } from "../../revisions-for.ts";
import { oneApp } from "../../select-apps.ts";
import { withSource } from "../../source-flags.ts";
import { unlessValid, validation } from "../../validation.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { changedSpec, type SpecFlags } from "../flags/spec-flags.ts";
import { type UnsetFlags, unsetSource } from "../flags/unset-flags.ts";
import { selection } from "./app-get.ts";

export interface CreateOptions extends SpecFlags {
  file?: string;
  name?: string;
  upsert?: true;
  appNamespace?: string;
  label?: string[];
  annotations?: string[];
  setFinalizer?: true;
  validate?: boolean;
  valuesLiteralFile?: string;
  output?: "json" | "yaml";
}

export async function appCreate(
  context: ArgoContext,
  named: string | undefined,
  options: CreateOptions,
): Promise<number> {
  const client = await context.client();
  const flags = await withLiteral(context, options);
  const bodies =
    options.file === undefined
      ? [fromFlags(named ?? options.name, flags)]
      : (await fromFile(context, options.file)).map((body) => overlaid(body, named ?? options.name, flags));
  for (const body of bodies) {
    const { name, namespace } = body.metadata;
    const before = await client
      .get<Application>(`/api/v1/applications/${encodeURIComponent(name)}`, { appNamespace: namespace })
      .catch((cause: unknown) => {
        if (isUnseen(cause)) return undefined;
        throw cause;
      });
    if (before !== undefined && options.upsert !== true && !equalJson(marksOf(before), marksOf(body)))
      throw new CliError(
        EXIT.conflict,
        `An application '${name}' exists already with other labels, annotations or finalizers.`,
        ["Replace it with --upsert."],
      );
    const after = await unlessValid(
      client.send<Application>("POST", "/api/v1/applications", {
        query: { upsert: options.upsert === true ? "true" : undefined, validate: validation(options) },
        body,
      }),
    );
    if (options.output === "json") printJson(context, after);
    else if (options.output === "yaml") printYamlDocuments(context, [after]);
    else {
      const what =
        before === undefined ? "created" : equalJson(wish(before), wish(after)) ? "unchanged" : "updated";
      context.print(`application '${name}' ${what}`);
    }
  }
  return ARGO_EXIT.done;
}

function wish({ metadata, spec }: Application) {
  return { ...marksOf({ metadata }), spec };
}

function marksOf({ metadata }: { metadata: object }): Record<string, unknown> {
  const { labels = {}, annotations = {}, finalizers = [] } = metadata as Record<string, unknown>;
  return { labels, annotations, finalizers };
}

interface Body {
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  spec: ApplicationSpec;
  [field: string]: unknown;
}

async function fromFile(context: ArgoContext, file: string): Promise<Body[]> {
  if (/^https?:\/\//i.test(file))
    throw new CliError(EXIT.usage, `${file} is not fetched from here.`, [
      `Fetch it yourself: curl -fsS ${file} | argocd app create -f -`,
    ]);
  return (await manifestsInFile(context, file, {
    kind: "Application",
    otherwise:
      "Only Applications are made here: a project by argocd proj create -f, a set by argocd appset create.",
  })) as Body[];
}

/** Flags beside a file change what it says, as there. */
function overlaid(body: Body, name: string | undefined, flags: CreateOptions): Body {
  if (typeof body.metadata?.name !== "string" || body.spec === undefined) return body;
  if (name !== undefined && name !== body.metadata.name)
    throw new CliError(
      EXIT.usage,
      `app name '${name}' does not match app spec metadata.name '${body.metadata.name}'`,
    );
  return {
    ...body,
    metadata: { ...body.metadata, ...marks(body.metadata, flags) },
    spec: changedSpec({ ...body.spec, destination: body.spec.destination ?? {} }, flags),
  };
}

function fromFlags(name: string | undefined, flags: CreateOptions): Body {
  if (name === undefined || flags.repo === undefined)
    throw new CliError(
      EXIT.usage,
      name === undefined ? "The application has no name." : `${name} has no repository.`,
      ["Give NAME with --repo, --path and --dest-namespace, or a manifest with -f."],
    );
  const [namespace, short] = name.includes("/")
    ? (name.split("/", 2) as [string, string])
    : [flags.appNamespace, name];
  const empty = { project: "default", source: { repoURL: "" }, destination: {} };
  const spec = changedSpec(empty, flags);
  if (spec.destination.server === undefined && spec.destination.name === undefined)
    spec.destination.server = IN_CLUSTER;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: short, ...defined({ namespace }), ...marks({}, flags) },
    spec,
  };
}

function marks(
  before: Record<string, unknown>,
  { label, annotations, setFinalizer }: CreateOptions,
): Record<string, unknown> {
  const pairs = (list: readonly string[], flag: string): Record<string, string> =>
    Object.fromEntries(
      list.map((text) => {
        const at = text.indexOf("=");
        if (at < 1) throw new CliError(EXIT.usage, `${flag} ${text}: write key=value.`);
        return [text.slice(0, at), text.slice(at + 1)];
      }),
    );
  return {
    ...(label === undefined
      ? {}
      : { labels: { ...(before["labels"] as object), ...pairs(label, "--label") } }),
    ...(annotations === undefined
      ? {}
      : { annotations: { ...(before["annotations"] as object), ...pairs(annotations, "--annotations") } }),
    ...(setFinalizer === true ? { finalizers: ["resources-finalizer.argocd.argoproj.io"] } : {}),
  };
}

async function withLiteral<T extends SpecFlags & { valuesLiteralFile?: string }>(
  context: ArgoContext,
  flags: T,
): Promise<T> {
  return flags.valuesLiteralFile === undefined
    ? flags
    : { ...flags, valuesLiteral: await readInput(context, flags.valuesLiteralFile) };
}

export interface SetOptions extends SpecFlags {
  appNamespace?: string;
  sourceName?: string;
  valuesLiteralFile?: string;
  validate?: boolean;
}

/** Says nothing where all is well, as there. */
export async function appSet(context: ArgoContext, name: string, options: SetOptions): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const { sourceName, ...flags } = await withLiteral(context, options);
  const position = sourceName === undefined ? flags.sourcePosition : positionOf(app, sourceName);
  const { sourceTypes, sourceType } = app.status ?? {};
  const spec = changedSpec(
    app.spec,
    { ...flags, ...defined({ sourcePosition: position }) },
    sourceTypes ?? [sourceType],
  );
  if (equalJson(spec, app.spec) && !saysAnything(options))
    throw new CliError(EXIT.usage, "Nothing is to be set.", ["See: argocd app set --help"]);
  await replaceSpec(client, app, spec, options);
  return ARGO_EXIT.done;
}

const CHOOSING: ReadonlySet<string> = new Set([
  ...["appNamespace", "sourceName", "sourcePosition", "validate"],
]);

function saysAnything(options: object): boolean {
  return Object.entries(options).some(([flag, value]) => value !== undefined && !CHOOSING.has(flag));
}

export interface UnsetOptions extends UnsetFlags {
  appNamespace?: string;
  sourcePosition?: number;
  sourceName?: string;
}

export async function appUnset(context: ArgoContext, name: string, options: UnsetOptions): Promise<number> {
  const { appNamespace, sourcePosition, sourceName, ...flags } = options;
  const client = await context.client();
  const app = await oneApp(client, name, selection(defined({ appNamespace })));
  const position = sourceName === undefined ? sourcePosition : positionOf(app, sourceName);
  await replaceSpec(
    client,
    app,
    withSource(app.spec, position, (source) => unsetSource(source, flags)),
  );
  return ARGO_EXIT.done;
}

/** Whoever wrote in between is not written over: what was seen is a condition of the write. */
export async function replaceSpec(
  client: Client,
  app: Application,
  spec: ApplicationSpec,
  options: { validate?: boolean } = { validate: false },
): Promise<void> {
  if (equalJson(spec, app.spec)) return;
  const { path, query } = appPath(app);
  const patch = [
    { op: "test", path: "/spec", value: app.spec },
    { op: "replace", path: "/spec", value: spec },
  ];
  await unlessValid(
    client.send<Application>("PATCH", path, {
      query: { ...query, validate: validation(options) },
      body: { patch: JSON.stringify(patch), patchType: "json", ...query },
    }),
  );
}

export interface PatchOptions {
  patch: string;
  type: "json" | "merge";
  appNamespace?: string;
  validate?: boolean;
}

export async function appPatch(
  context: ArgoContext,
  name: string,
  { patch, type, validate, ...options }: PatchOptions,
): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const { path, query } = appPath(app);
  const after = await unlessValid(
    client.send<Application>("PATCH", path, {
      query: { ...query, validate: validation(defined({ validate })) },
      body: { patch, patchType: type, ...query },
    }),
  );
  printYamlDocuments(context, [after]);
  return ARGO_EXIT.done;
}
