import type { Asker } from "../core/access/asker.ts";
import { type Application, keyOfApp, sourcesOf } from "../core/model/application.ts";
import { type ObjectRef, show } from "../core/model/object-ref.ts";
import type { TraceAnswer, TracedObject, WritingRun } from "../core/model/trace-answer.ts";
import type { SyncRun } from "../core/ports/journal.ts";
import type { ResourceNode } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { pauses } from "../lib/in-steps.ts";
import { nearest } from "../lib/nearest.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { ApiContext } from "./context.ts";
import { may, type Routes } from "./routes.ts";
import { REF } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { type FieldsOf, list, optional, text, told, whole } from "./terms/wire.ts";

/** The newest, of one application or of all: what was done before them is not looked for. */
const MOST_RUNS = 200;
/** Reasons of one kind that are told. */
const MOST_TOLD = 3;
const NAME = { most: 253, expected: "up to 253 characters" };

/** What is absent fits anything. */
const QUERY = {
  kind: text({ ...NAME, says: "Of the object: `Pod`, `pods`, in whatever case." }),
  name: text(NAME),
  group: optional(text({ ...NAME, empty: "kept", says: '"" is the core group.' })),
  namespace: optional(text(NAME)),
  cluster: optional(text({ ...NAME, says: "Its name or its address." })),
};
type Asked = FieldsOf<typeof QUERY>;
const TRACE = {
  id: "traceObject",
  says: "Which application an object is of, where Git writes it, and which run wrote it.",
  asks: may("applications", "get"),
  query: QUERY,
  answers: json(
    told({
      items: list(
        told({
          application: text(),
          project: text(),
          cluster: text(),
          chain: list(told(REF), { says: "Up to the application's own object, by owner references." }),
          sync: optional(text({ says: "Of the application's own object, as what follows." })),
          health: optional(text()),
          written: optional(
            told({ repository: text(), file: text(), line: whole() }, "Where Git writes it."),
          ),
          revision: optional(text({ says: "That Git's side of it is at now." })),
          run: optional(
            told(
              {
                id: whole(),
                cause: text(),
                phase: text(),
                startedAt: text(),
                finishedAt: optional(text()),
                by: optional(text({ says: "Who asked for it; absent: nobody did." })),
                revision: optional(text()),
                did: text({ says: "What it did to the object." }),
              },
              "The last one on record that wrote it.",
            ),
          ),
        }),
      ),
      reasons: list(text(), { says: "Where there are none: why that may be, the nearest first." }),
    }),
  ),
} as const;

/**
 * `GET /api/holdfast/v1/trace?kind=Pod&name=web-x[&group=][&namespace=][&cluster=]`: which application an object is of, where
 * Git writes it, and which run wrote it. From memory: no cluster and no repository is asked.
 */
export function traceRoutes(routes: Routes, context: ApiContext): void {
  routes.get("/api/holdfast/v1/trace", TRACE, async (c, who, { query }) =>
    c.json(await trace(context, who, query)),
  );
}

async function trace(context: ApiContext, who: Asker, asked: Asked): Promise<TraceAnswer> {
  const { control } = context;
  const clusters = control.clusters(who);
  const entry = clusters.find(({ name, server }) => asked.cluster === name || asked.cluster === server);
  const isThere = ({ spec: { destination } }: Application): boolean =>
    asked.cluster === undefined ||
    [destination.name, destination.server].some(
      (text) => text !== undefined && [asked.cluster, entry?.name, entry?.server].includes(text),
    );
  const all = control.applications(who);
  const apps = all.filter(isThere);
  const pause = pauses();
  const items: TracedObject[] = [];
  const look = async (some: readonly Application[]): Promise<void> => {
    for (const app of some) {
      await pause();
      items.push(...tracedIn(context, who, app, asked));
    }
  };
  const own = apps.filter((app) => objectsOf(app).some((ref) => isMeant(ref, asked)));
  await look(own);
  // Owner references stay within a namespace, or lead to what has none.
  const isNear = ({ namespace }: ObjectRef): boolean =>
    asked.namespace === undefined || namespace === "" || namespace === asked.namespace;
  if (items.length === 0) await look(apps.filter((app) => objectsOf(app).some(isNear)));
  return { items, reasons: items.length > 0 ? [] : reasonsOf(context, who, asked, { all, apps }) };
}

function objectsOf({ status }: Application): ObjectRef[] {
  return (status?.resources ?? []).map(({ group = "", kind, namespace = "", name }) => ({
    ...{ group, kind, namespace, name },
  }));
}

/** Kinds are typed as manifests write them, or by their plural, which is made by rule for all that Kubernetes serves. */
function isKind(kind: string, typed: string): boolean {
  const plurals = [kind, `${kind}s`, `${kind}es`, kind.replace(/y$/, "ies")];
  return plurals.some((word) => sameWord(word, typed));
}

const sameWord = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function isMeant(ref: ObjectRef, { kind, name, group, namespace }: Asked): boolean {
  return (
    isKind(ref.kind, kind) &&
    ref.name === name &&
    (group === undefined || sameWord(ref.group, group)) &&
    (namespace === undefined || ref.namespace === namespace)
  );
}

function tracedIn(context: ApiContext, who: Asker, app: Application, asked: Asked): TracedObject[] {
  const { control } = context;
  const key = keyOfApp(app);
  const tree = control.resourceTree(who, key);
  const nodes = tree.is === "found" ? tree.value : [];
  const found = nodes.filter(({ ref }) => isMeant(ref, asked));
  const chains = found.map((node) => chainOf(node, nodes));
  // What Git wants and what is watched by nobody yet: it has no tree.
  const others = objectsOf(app).filter(
    (ref) => isMeant(ref, asked) && !found.some((node) => sameObject(node.ref, ref)),
  );
  return [...chains, ...others.map((ref): [ObjectRef] => [ref])].map((chain) =>
    traced(context, who, app, chain),
  );
}

function chainOf(node: ResourceNode, nodes: readonly ResourceNode[]): [ObjectRef, ...ObjectRef[]] {
  const chain: [ObjectRef, ...ObjectRef[]] = [node.ref];
  const seen = new Set<ResourceNode>([node]);
  for (let at: ResourceNode | undefined = node; at !== undefined; ) {
    const [parent]: ResourceNode["parents"] = at.parents;
    at = parent === undefined ? undefined : nodes.find(({ uid }) => uid === parent.uid);
    if (at === undefined || seen.has(at)) break;
    seen.add(at);
    chain.push(at.ref);
  }
  return chain;
}

function sameObject(a: ObjectRef, b: ObjectRef): boolean {
  return a.group === b.group && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

function traced(
  { control }: ApiContext,
  who: Asker,
  app: Application,
  chain: TracedObject["chain"],
): TracedObject {
  const key = keyOfApp(app);
  const root = chain[chain.length - 1] as ObjectRef;
  const row = (app.status?.resources ?? []).find(({ group = "", kind, namespace = "", name }) =>
    sameObject({ group, kind, namespace, name }, root),
  );
  const at = control.writtenAt(who, key, root);
  const origin = at.is === "found" ? at.value : undefined;
  const source = origin?.source ?? 0;
  const { destination } = app.spec;
  return {
    application: key,
    project: app.spec.project,
    cluster: destination.name ?? destination.server ?? "",
    chain,
    ...defined({
      sync: row?.status,
      health: row?.health?.status,
      written:
        origin === undefined
          ? undefined
          : {
              repository: withoutUserinfo(sourcesOf(app.spec)[source]?.repoURL ?? ""),
              file: origin.file,
              line: origin.line,
            },
      revision: revisionAt(app.status?.sync, source),
      run: writingRun(control.runs(who, { app: key, limit: MOST_RUNS }), root, source),
    }),
  };
}

function revisionAt(
  said: { revision?: string; revisions?: string[] } | undefined,
  source: number,
): string | undefined {
  return (said?.revisions?.[source] ?? said?.revision) || undefined;
}

/** @param runs the newest first */
function writingRun(runs: readonly SyncRun[], ref: ObjectRef, source: number): WritingRun | undefined {
  for (const { id, cause, state } of runs) {
    const { operation, syncResult, phase, startedAt, finishedAt } = state;
    if (operation.sync?.dryRun === true) continue;
    const result = syncResult?.resources.find(
      (one) => sameObject(one, ref) && one.status === "Synced" && !/^unchanged\b/.test(one.message),
    );
    if (result === undefined) continue;
    const by = operation.initiatedBy?.automated === true ? undefined : operation.initiatedBy?.username;
    const revision = revisionAt(syncResult, source);
    return { id, cause, phase, startedAt, ...defined({ finishedAt, by, revision }), did: result.message };
  }
  return undefined;
}

/** Why no application has it, the nearest first. */
function reasonsOf(
  { control }: ApiContext,
  who: Asker,
  asked: Asked,
  { all, apps }: { all: readonly Application[]; apps: readonly Application[] },
): string[] {
  const isHere = new Set(apps.map(keyOfApp));
  const pruned = prunedBy(
    control.runs(who, { limit: MOST_RUNS }).filter(({ app }) => isHere.has(app)),
    asked,
  );
  const near = ({ spec }: Application): boolean =>
    asked.namespace === undefined || spec.destination.namespace === asked.namespace;
  const orphans = apps.filter(near).flatMap((app) => {
    const found = control.orphanedResources(who, keyOfApp(app));
    const [ref] = found.is === "found" ? found.value.filter((node) => isMeant(node.ref, asked)) : [];
    return ref === undefined
      ? []
      : [
          `It is in the namespace of ${keyOfApp(app)}, and no application's: somebody made it by hand, or another tool did.`,
        ];
  });
  const { namespace: _, cluster: __, group: ___, ...anywhere } = asked;
  const elsewhere = all.flatMap((app) =>
    objectsOf(app)
      .filter((ref) => isMeant(ref, anywhere))
      .map((ref) => `There is ${show(ref)} of ${keyOfApp(app)} on ${clusterOf(app)}.`),
  );
  const names = new Map(
    apps.flatMap((app) =>
      objectsOf(app)
        .filter(
          ({ kind, namespace }) => isKind(kind, asked.kind) && (asked.namespace ?? namespace) === namespace,
        )
        .map((ref) => [ref.name, { ref, key: keyOfApp(app) }] as const),
    ),
  );
  const meant = names.get(nearest(asked.name, names.keys()) ?? "");
  const unseen = apps.filter(({ status }) => status?.resources === undefined).map(keyOfApp);
  const away = control
    .clusters(who)
    .filter(({ connection }) => connection.is === "unreachable")
    .map(({ name }) => name);
  return [
    ...pruned,
    ...orphans.slice(0, 1),
    ...elsewhere.slice(0, MOST_TOLD),
    ...(meant === undefined ? [] : [`The nearest name is ${show(meant.ref)} of ${meant.key}.`]),
    ...(unseen.length === 0 ? [] : [`What these have is not known: ${few(unseen)}.`]),
    ...(away.length === 0
      ? []
      : [`What is there now is not known of clusters that do not answer: ${few(away)}.`]),
  ];
}

function prunedBy(runs: readonly SyncRun[], asked: Asked): string[] {
  const run = runs.find(({ state }) =>
    state.syncResult?.resources.some((one) => one.status === "Pruned" && isMeant(one, asked)),
  );
  return run === undefined
    ? []
    : [`Run ${run.id} of ${run.app} deleted it, ${run.state.finishedAt ?? run.state.startedAt}.`];
}

function clusterOf({ spec: { destination } }: Application): string {
  return destination.name ?? destination.server ?? "";
}

function few(names: readonly string[]): string {
  const more = names.length - MOST_TOLD;
  return `${names.slice(0, MOST_TOLD).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
