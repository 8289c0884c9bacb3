import type { Application } from "../../core/model/application.ts";
import { hasOption, IN_CLUSTER } from "../../core/model/application.ts";
import type { ApplicationPreview } from "../../core/model/application-preview.ts";
import { defined } from "../../lib/defined.ts";
import { appPath, ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { manifestsInFile } from "../manifests-in-file.ts";
import { asManifest, printJson, printYamlDocuments } from "../print-object.ts";
import { plainText } from "../terminal/plain-text.ts";
import { unlessValid, validation } from "../validation.ts";
import { healthOf, nameOf, syncOf } from "../words/app-words.ts";
import { count } from "../words/count.ts";
import { makingNamespace, missingNamespace } from "../words/missing-namespace.ts";

export interface AppCreateOptions {
  file?: string;
  upsert?: boolean;
  appNamespace?: string;
  project?: string;
  repo?: string;
  path?: string;
  revision?: string;
  destServer?: string;
  destName?: string;
  destNamespace?: string;
  syncPolicy?: "automated" | "auto" | "none" | "manual";
  autoPrune?: boolean;
  selfHeal?: boolean;
  syncOption?: string[];
  directoryRecurse?: boolean;
  /** Default: its sources are asked before it is made. */
  validate?: boolean;
  output?: "json" | "yaml";
}

/** From a file of one or more Applications, or from flags. */
export async function appCreate(
  context: CliContext,
  name: string | undefined,
  options: AppCreateOptions,
): Promise<ExitCode> {
  const manifests =
    options.file === undefined
      ? [fromFlags(name, options)]
      : await manifestsInFile(context, options.file, { kind: "Application", otherwise: ELSEWHERE });
  const client = await context.client();
  const made: Application[] = [];
  for (const body of manifests)
    made.push(
      await unlessValid(
        client.send<Application>("POST", "/api/v1/applications", {
          query: { upsert: options.upsert === true ? "true" : undefined, validate: validation(options) },
          body,
        }),
      ),
    );
  if (options.output === "json")
    printJson(
      context,
      made.length === 1 ? made[0] : { apiVersion: "cli/v1", kind: "ApplicationList", items: made },
    );
  else if (options.output === "yaml") printYamlDocuments(context, made.map(asManifest));
  else
    context.print(
      made.map(
        (app) =>
          `${context.out.symbols.done} ${nameOf(app)} is there${app.status === undefined ? "" : ` (${syncOf(app)}, ${healthOf(app)})`}. Look at it with: holdfast app get ${nameOf(app)}`,
      ),
    );
  if (options.validate !== false) for (const app of made) await tellOfFirstLook(context, client, app);
  return EXIT.done;
}

/**
 * What would keep its sync from doing what is expected of it, heard now and not from a sync that did nothing: that its
 * objects are another application's, and, as Argo CD, that no namespace is made unasked.
 */
async function tellOfFirstLook(context: CliContext, client: Client, app: Application): Promise<void> {
  const { destination, syncPolicy } = app.spec;
  let effect: ApplicationPreview["effect"];
  try {
    const { path, query } = appPath(app);
    const looked = await client.get<Application>(path, { ...query, refresh: "normal" });
    for (const line of ownedByOthers(looked)) context.note(line);
    if (!destination.namespace || hasOption(syncPolicy?.syncOptions, "CreateNamespace=true")) return;
    // What was never looked at yet is not previewed.
    const body = asManifest(looked);
    ({ effect } = await client.send<ApplicationPreview>("POST", ownPath(app, "/preview"), { body }));
  } catch (cause) {
    // A nicety, which an account that may create and not update does not get: it is made.
    if (cause instanceof CliError && cause.code !== EXIT.interrupted) return;
    throw cause;
  }
  if (effect.is !== "compared") return;
  const namespace = missingNamespaceAmong(app, effect.objects);
  if (namespace !== undefined)
    context.note(
      `Namespace ${namespace} is not there, and a sync of ${nameOf(app)} does not make it. To have it made: ${makingNamespace(nameOf(app))}`,
    );
}

const MOST_OWNED = 3;

function ownedByOthers(app: Application): string[] {
  const shared = (app.status?.conditions ?? []).filter(({ type }) => type === "SharedResourceWarning");
  if (shared.length === 0) return [];
  const more = shared.length - MOST_OWNED;
  return [
    `${count(shared.length, "object")} of ${nameOf(app)} would not be synced:`,
    ...shared.slice(0, MOST_OWNED).map(({ message }) => `  ${plainText(message)}`),
    ...(more > 0 ? [`  and ${more} more: holdfast app get ${nameOf(app)}`] : []),
  ];
}

function missingNamespaceAmong(app: Application, objects: readonly { why?: string }[]): string | undefined {
  for (const { why } of objects) {
    const namespace = missingNamespace(app, why ?? "");
    if (namespace !== undefined) return namespace;
  }
  return undefined;
}

const ELSEWHERE = "Only Applications are made here: projects live in files that the daemon's config names.";

function fromFlags(name: string | undefined, options: AppCreateOptions): unknown {
  const {
    repo,
    path,
    revision,
    project = "default",
    destServer,
    destName,
    destNamespace,
    syncPolicy,
  } = options;
  if (name === undefined || repo === undefined)
    throw new CliError(
      EXIT.usage,
      name === undefined ? "The application has no name." : `${name} has no repository.`,
      [
        "Give a manifest with --file, or NAME with --repo, --path, --dest-server or --dest-name, and --dest-namespace.",
      ],
    );
  const [namespace, short] = name.includes("/")
    ? (name.split("/", 2) as [string, string])
    : [options.appNamespace, name];
  const isAutomated = syncPolicy === "automated" || syncPolicy === "auto";
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: short, namespace },
    spec: {
      project,
      source: {
        repoURL: repo,
        path,
        targetRevision: revision,
        ...(options.directoryRecurse === true ? { directory: { recurse: true } } : {}),
      },
      destination: {
        server: destServer ?? (destName === undefined ? IN_CLUSTER : undefined),
        name: destName,
        namespace: destNamespace,
      },
      syncPolicy: {
        ...(isAutomated
          ? { automated: { prune: options.autoPrune === true, selfHeal: options.selfHeal === true } }
          : {}),
        ...defined({ syncOptions: options.syncOption }),
      },
    },
  };
}
