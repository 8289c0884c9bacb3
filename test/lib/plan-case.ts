/** A case of test/golden/plan: manifests and live objects as a user writes them, through all that decides a plan. */
import {
  asPlaces,
  IgnoreRules,
  ignoredFields,
  owningApp,
  pairObjects,
  placesOf,
  withoutIgnored,
} from "../../src/core/compare/index.ts";
import { desiredWithinLive } from "../../src/core/compare/judge/desired-within-live.ts";
import { normalise, type Scope } from "../../src/core/manifest/normalise.ts";
import { parseManifests } from "../../src/core/manifest/parse-manifests.ts";
import { parseTrackingId } from "../../src/core/manifest/tracking-id.ts";
import { ANNOTATION, type Application, type ApplicationSpec } from "../../src/core/model/application.ts";
import type { Difference, ObjectRecord } from "../../src/core/model/comparison.ts";
import type { DesiredObject, RenderedDocument } from "../../src/core/model/desired-object.ts";
import type { HomeContents, Unread } from "../../src/core/model/home-contents.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { LiveObject } from "../../src/core/model/live-object.ts";
import type { NamespaceIs } from "../../src/core/model/namespace-metadata.ts";
import {
  groupKind,
  type ObjectRef,
  type RefKey,
  refKey,
  refOf,
  show,
} from "../../src/core/model/object-ref.ts";
import type { SyncRequest } from "../../src/core/model/operation.ts";
import { applicationWarnings } from "../../src/core/model/parse-application.ts";
import type { Plan, Propagation, Refusal, Step, Wave } from "../../src/core/model/plan.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import type { Project } from "../../src/core/model/project.ts";
import { bindApproval } from "../../src/core/plan/approval.ts";
import { DEFAULT_GUARDS, type GuardSettings } from "../../src/core/plan/guard-input.ts";
import { contentsOf, homeOf, isIn, MADE_BY_THE_WAY } from "../../src/core/plan/home-contents.ts";
import { planDeletion, planDeletionHooks } from "../../src/core/plan/plan-deletion.ts";
import { type PlanInput, planSync } from "../../src/core/plan/plan-sync.ts";
import { proofRead, type Unproven } from "../../src/core/plan/proof-read.ts";
import { pruneVerdicts } from "../../src/core/plan/prune-guards.ts";
import { refuseObject } from "../../src/core/policy/refuse-object.ts";
import { syncStatus } from "../../src/core/status/resource-statuses.ts";
import { defined, filled } from "../../src/lib/defined.ts";
import { application, liveObject } from "./core-objects.ts";

/** An object as people name it: `apps/Deployment shop/web`. */
type Named = string;

export interface PlanCase {
  /** What the case shows, in one sentence. */
  about: string;
  /** Of the Application `shop` in the project `default`, whose destination is the namespace `shop`. */
  application?: Partial<ApplicationSpec> & { annotations?: Record<string, string> };
  /** The spec of its project; without one everything is permitted. */
  project?: Project["spec"];
  /** Of the config. */
  config?: {
    budget?: GuardSettings["budget"];
    confirmKinds?: string[];
    namespace?: string;
    installationID?: string;
  };
  /** A sync, by default a person's that prunes. `confirm`: as `--confirm COUNT`. `since`: when it began. `at`: now, if later. */
  sync?: SyncRequest & { by?: "a person" | "itself"; confirm?: number; since?: string; at?: string };
  /** In place of a sync: the application is deleted, by a person or because its file is gone. */
  deletion?: { by?: "a person" | "its file"; propagation?: Propagation; since?: string; at?: string };
  /** Manifests of one file, or files with their manifests or their text. */
  git?: unknown[] | Record<string, unknown[] | string>;
  /** What a second render of the same commit comes to, which is made before anything is deleted. By default the same. */
  "rendered-again"?: PlanCase["git"];
  cluster?: {
    /** Applied by this application. */
    ours?: KubeObject[];
    /** They bear its mark, and nothing is known of who wrote it. */
    unrecorded?: KubeObject[];
    /** They bear the mark of the application `other`. */
    "of-another"?: KubeObject[];
    "of-nobody"?: KubeObject[];
  };
  /** `group/Kind` that the cluster does not know. */
  "unknown-kinds"?: string[];
  /** Why nothing is known of a kind, by `group/Kind`. */
  unseen?: Record<string, string>;
  /** Why a kind cannot be listed, by `group/Kind`, where it is looked into a Namespace or for objects of a definition. */
  unlisted?: Record<string, Unread["because"]>;
  /** `behind`: managedNamespaceMetadata was edited since the last sync. */
  "namespace-is"?: NamespaceIs;
  /** Which file gave an object when it was applied last. */
  from?: Record<Named, string>;
  /** Objects that another application wants by now. */
  "wanted-by-another"?: Named[];
  /** Objects whose owner has let go of them. */
  "let-go"?: Named[];
  /** Objects that are as they should be, and whose fields the server does not count as ours any more. */
  "not-owned"?: Named[];
}

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "Namespace",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "PersistentVolume",
  "storage.k8s.io/StorageClass",
  "networking.k8s.io/IngressClass",
  "apiregistration.k8s.io/APIService",
]);
const CLUSTER = { name: "in-cluster", server: "https://kubernetes.default.svc" };
const STARTED = "2026-01-01T10:00:00Z";
const REVISION = "abc";

export function planOfCase(given: PlanCase): unknown {
  const app = applicationOf(given);
  const { parsed, desired, problems } = wantedOf(given);
  const { tracked, all, records } = liveOf(given);
  if (given.deletion !== undefined) return deletionOf(given, app, desired, { tracked, all, records });

  const us = { app: "shop", installationId: given.config?.installationID };
  const unknownKinds = new Set(given["unknown-kinds"]);
  const pairs = pairObjects({
    desired,
    tracked,
    liveOf: ({ ref, key }) => {
      if (unknownKinds.has(groupKind(ref))) return { is: "no-such-kind" };
      const why = given.unseen?.[groupKind(ref)];
      if (why !== undefined) return { is: "unknown", why };
      const live = all.get(key);
      return live === undefined ? { is: "absent" } : { is: "found", live };
    },
    records,
    us,
    syncOptions: app.spec.syncPolicy?.syncOptions ?? [],
    letGo: keysOf(given["let-go"], desired, all),
    unplaced: new Set(
      desired.flatMap(({ ref, object }) =>
        unknownKinds.has(groupKind(ref)) ? [`${object.apiVersion} ${object.kind}`] : [],
      ),
    ),
  });
  const rules = new IgnoreRules(app.spec.ignoreDifferences, []);
  const differences = pairs.map((pair): Difference => {
    if (pair.is !== "both") return pair;
    const { key, desired: want, live } = pair;
    const is = isAsWanted(want, live, rules) && owningApp(live, us).is === "us" ? "same" : "changed";
    return { is, key, desired: want, live };
  });
  const { by = "a person", confirm, since = STARTED, at = since, ...request } = given.sync ?? {};
  const hooks = desired.filter(({ role }) => role.is === "hook");
  const input: PlanInput = {
    app,
    desired,
    differences,
    request: { prune: true, ...request },
    asked: by === "a person" ? "by-person" : "automatically",
    startedAt: since,
    now: Date.parse(at),
    revision: REVISION,
    reown: keysOf(given["not-owned"], desired, all),
    guards: guardsOf(given),
    contents: contentsIn(given, all),
    leftOut: parsed.leftOut,
    denied: new Map([
      ...deniedOf(given, [...desired, ...tracked]),
      ...[...keysOf(given["wanted-by-another"], desired, all)].map((key): [RefKey, string] => [
        key,
        "application argocd/other wants it now",
      ]),
    ]),
    ...defined({ unproven: unprovenOf(given, { desired, parsed }) }),
    namespaceIs: given["namespace-is"] ?? "as-left",
    hooks: {
      live: new Map(hooks.flatMap(({ key }) => (all.has(key) ? [[key, all.get(key) as LiveObject]] : []))),
      foreign: new Map(
        hooks.flatMap(({ key }): [RefKey, string][] => {
          const live = all.get(key);
          const owner = live === undefined ? undefined : owningApp(live, us);
          return owner?.is === "other" ? [[key, owner.name]] : [];
        }),
      ),
    },
    ...defined({ destinationNamespace: namespaceOf(app, all) }),
  };
  const approval =
    confirm === undefined ? undefined : bindApproval(confirm, pruneVerdicts(input).candidates, REVISION);
  const plan = planSync({ ...input, ...defined({ approval }) });
  const warnings = [...applicationWarnings(app), ...problems];
  return {
    before: syncStatus(
      { differences, problems: [] },
      app.spec.syncPolicy?.syncOptions,
      given["namespace-is"],
    ),
    ...filled({ warnings: warnings.map(showProblem) }),
    ...shownPlan(plan),
  };
}

function shownPlan({ waves, onFailure, refusals, impossible = [], intended }: Plan): object {
  const isOneWave = waves.length < 2 && onFailure.length === 0 && !hasHooks(waves);
  return {
    waves: waves.map((wave, at) =>
      shownWave(wave, isOneWave || !isWaitedFor(wave, waves[at + 1]) ? "steps" : "steps and gate"),
    ),
    ...filled({
      onFailure: onFailure.map((wave) => shownWave(wave, "steps and gate")),
      refusals: grouped(refusals),
      impossible: impossible.map(({ ref, text }) => `${show(ref)}: ${text}`),
    }),
    intended: intended.length,
  };
}

/** Hooks are waited for in the last wave, too; everything else only before the next one. */
function isWaitedFor({ gate }: Wave, next: Wave | undefined): boolean {
  return next !== undefined || gate.some(({ until }) => until === "completed");
}

function hasHooks(waves: readonly Wave[]): boolean {
  return waves.some(({ steps }) => steps.some((step) => step.do === "hook"));
}

function shownWave({ phase, wave, steps, gate }: Wave, how: "steps" | "steps and gate"): object {
  return {
    wave: `${phase} ${wave}`,
    steps: steps.map(words),
    ...(how === "steps" ? {} : filled({ until: gate.map(({ until, ref }) => `${show(ref)} ${until}`) })),
  };
}

/** One line a sentence, with the objects that it is about. */
function grouped(refusals: readonly Refusal[]): object[] {
  const byText = new Map<string, { guard: string; objects: string[]; why: string }>();
  for (const { guard, ref, text } of refusals) {
    const known = byText.get(text);
    if (known === undefined) byText.set(text, { guard, objects: [show(ref)], why: text });
    else known.objects.push(show(ref));
  }
  // A sentence about one object names it.
  return [...byText.values()].map(({ objects, ...refusal }) =>
    objects.length === 1 ? refusal : { ...refusal, objects },
  );
}

const METHOD = {
  "server-side": "apply",
  "server-side-or-recreate": "apply, or make anew,",
  replace: "replace",
  "replace-or-recreate": "replace, or make anew,",
} as const;

function words(step: Step): string {
  switch (step.do) {
    case "create-namespace": {
      const { labels, annotations } = step;
      const set = [...Object.entries(labels), ...Object.entries(annotations)].map(
        ([key, value]) => `${key}=${value}`,
      );
      return `create Namespace ${step.namespace}${set.length === 0 ? "" : `, or set ${set.join(" ")}`}`;
    }
    case "prune":
      return `prune ${show(step.ref)} (${step.propagation.toLowerCase()})`;
    case "apply":
      return `${METHOD[step.how]} ${show(step.desired.ref)}${step.missingKind === "ask-later" ? ", when its kind is there" : ""}`;
    case "hook": {
      const how =
        step.live === undefined
          ? ""
          : step.run === "over"
            ? " over what is there"
            : ", its last run goes first";
      const after = step.deletePolicies.filter((policy) => policy !== "BeforeHookCreation");
      return `run ${step.type} hook ${show(step.desired.ref)}${how}${after.length === 0 ? "" : `, deleted on ${after.join(", ")}`}`;
    }
  }
}

function deletionOf(
  given: PlanCase,
  app: Application,
  desired: readonly DesiredObject[],
  { tracked, all, records }: ReturnType<typeof liveOf>,
): unknown {
  const { by = "a person", propagation = "Foreground", since = STARTED, at = since } = given.deletion ?? {};
  const wanted = keysOf(given["wanted-by-another"], desired, all);
  const { waves, kept, waiting } = planDeletion({
    app,
    tracked,
    records,
    us: { app: "shop", installationId: given.config?.installationID },
    asked: by === "a person" ? "by-person" : "by-file",
    startedAt: since,
    now: Date.parse(at),
    propagation,
    contents: contentsIn(given, all),
    guards: guardsOf(given),
    denied: new Map([
      ...deniedOf(given, tracked),
      ...[...wanted].map((key): [RefKey, string] => [key, "application argocd/other wants it now"]),
    ]),
  });
  const { before, after } = planDeletionHooks(desired);
  const hooks = (waves: readonly Wave[]) => waves.map(({ steps }) => steps.map(words));
  return {
    ...filled({ before: hooks(before) }),
    waves: waves.map(deletionWave),
    ...filled({ after: hooks(after), stays: grouped(kept), waits: grouped(waiting) }),
  };
}

/** What is deleted, and what of the wave is waited for besides: it holds up the waves behind it. */
function deletionWave({ steps, gate }: Wave): string[] {
  const going = new Set(steps.flatMap((step) => (step.do === "prune" ? [step.key] : [])));
  const awaited = gate.filter(({ key }) => !going.has(key));
  return [...steps.map(words), ...awaited.map(({ ref }) => `wait for ${show(ref)}`)];
}

function applicationOf({ application: { annotations, ...spec } = {} }: PlanCase): Application {
  return application(spec, defined({ annotations }));
}

function wantedOf({ git = [], config, "unknown-kinds": unknownKinds = [] }: PlanCase) {
  const files = Array.isArray(git) ? { "app.yaml": git } : git;
  const documents = Object.entries(files).flatMap(([file, content]): RenderedDocument[] =>
    typeof content === "string"
      ? [{ file, line: 1, text: content, onParseError: "warn" }]
      : content.map((manifest, at) => ({ file, line: at + 1, text: JSON.stringify(manifest) })),
  );
  const parsed = parseManifests([{ source: 0, documents }], { validate: "repair" });
  const errors = parsed.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`the case is broken: ${JSON.stringify(errors)}`);
  const { desired, problems, repeated } = normalise(parsed.manifests, {
    app: "shop",
    destinationNamespace: "shop",
    scopeOf: ({ group, kind }): Scope => {
      const name = groupKind({ group, kind });
      return unknownKinds.includes(name) ? "unknown" : CLUSTER_SCOPED.has(name) ? "cluster" : "namespaced";
    },
    ...defined({ installationId: config?.installationID }),
  });
  return { parsed, desired, problems: [...parsed.problems, ...problems, ...repeated] };
}

function unprovenOf(
  given: PlanCase,
  { desired, parsed }: Pick<ReturnType<typeof wantedOf>, "desired" | "parsed">,
): Unproven | undefined {
  const git = given["rendered-again"];
  if (git === undefined) return undefined;
  const again = wantedOf({ ...given, git });
  const proof = proofRead(
    { desired, leftOut: parsed.leftOut, renderKey: REVISION },
    { desired: again.desired, leftOut: again.parsed.leftOut, renderKey: REVISION },
  );
  return proof.is === "same" ? undefined : proof;
}

function liveOf({ cluster = {}, from = {} }: PlanCase) {
  const all = new Map<RefKey, LiveObject>();
  const records = new Map<RefKey, ObjectRecord>();
  const tracked: LiveObject[] = [];
  const add = (written: KubeObject, owner: string | undefined): LiveObject => {
    const object = inItsNamespace(written);
    const ref = refOf(object);
    const mark = object.metadata.annotations?.[ANNOTATION.trackingId];
    const tracking =
      mark !== undefined ? parseTrackingId(mark) : owner === undefined ? undefined : { app: owner, ref };
    const key = refKey(ref);
    const live: LiveObject = {
      ...liveObject({}, { ref, key, uid: object.metadata.uid ?? `uid of ${key}` }),
      apiVersion: object.apiVersion,
      object,
      owners: (object.metadata.ownerReferences ?? []).map(({ uid }) => uid),
      tracking,
      installationId: object.metadata.annotations?.[ANNOTATION.installationId],
    };
    all.set(live.key, live);
    if (tracking?.app === "shop") tracked.push(live);
    return live;
  };
  for (const object of cluster.ours ?? []) {
    const { key, uid, ref } = add(object, "shop");
    const file = from[show(ref)];
    records.set(key, { key, uid, ...(file === undefined ? {} : { from: { source: 0, file } }) });
  }
  for (const object of cluster.unrecorded ?? []) add(object, "shop");
  for (const object of cluster["of-another"] ?? []) add(object, "other");
  for (const object of cluster["of-nobody"] ?? []) add(object, undefined);
  return { all, tracked, records };
}

/** What is in the Namespaces and definitions of the case: whatever it has in its cluster. */
function contentsIn(
  given: PlanCase,
  all: ReadonlyMap<RefKey, LiveObject>,
): ReadonlyMap<RefKey, HomeContents> {
  const { config, unlisted = {} } = given;
  const lives = [...all.values()];
  const denied = new Set(deniedOf(given, lives).map(([key]) => key));
  return new Map(
    lives.flatMap((live): [RefKey, HomeContents][] => {
      const home = homeOf(live);
      if (home === undefined) return [];
      const objects = lives.filter(
        ({ ref }) => isIn(ref, home) && !(groupKind(ref) in unlisted) && !MADE_BY_THE_WAY.has(groupKind(ref)),
      );
      const unread = Object.entries(unlisted).map(([kind, because]) => ({
        because,
        why: `${kind} cannot be listed`,
      }));
      const us = { app: "shop", installationId: config?.installationID };
      const ours = new Set(lives.filter((one) => owningApp(one, us).is === "us").map(({ uid }) => uid));
      const maySee = (ref: ObjectRef) => !denied.has(refKey(ref));
      return [[live.key, contentsOf({ objects, unread }, { us, ours, maySee })]];
    }),
  );
}

/** Namespaced objects of the cluster that name no namespace are in the destination's, so that a case is short. */
function inItsNamespace(object: KubeObject): KubeObject {
  if (CLUSTER_SCOPED.has(groupKind(object)) || object.metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace: "shop" } };
}

/** The server's part, as far as a case needs it: whether all that Git wants of it is there. */
function isAsWanted({ ref, object }: DesiredObject, live: LiveObject, rules: IgnoreRules): boolean {
  const meant = rules.of(ref);
  const found = (of: KubeObject) =>
    new Map(
      meant.expressions.flatMap(({ text, plain }) =>
        plain === undefined ? [] : [[text, asPlaces(placesOf(plain, of), of)] as const],
      ),
    );
  const ignored = ignoredFields(meant, object, live.object, {
    desired: found(object),
    live: found(live.object),
  });
  const {
    [ANNOTATION.trackingId]: _,
    [ANNOTATION.installationId]: __,
    ...annotations
  } = object.metadata.annotations ?? {};
  const unmarked: KubeObject = { ...object, metadata: { ...object.metadata, annotations } };
  return desiredWithinLive(withoutIgnored(unmarked, live.object, ignored).object, live.object);
}

function deniedOf(
  { project }: PlanCase,
  objects: readonly Pick<LiveObject, "ref" | "key">[],
): [RefKey, string][] {
  if (project === undefined) return [];
  const limits: Project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace: "argocd" },
    spec: project,
  };
  return objects.flatMap(({ key, ref }) => {
    const why = refuseObject(limits, ref, ref.namespace === "" ? "cluster" : "namespaced", CLUSTER);
    return why === undefined ? [] : [[key, why] as [RefKey, string]];
  });
}

function guardsOf({ config = {} }: PlanCase): GuardSettings {
  const {
    budget = DEFAULT_GUARDS.budget,
    confirmKinds = DEFAULT_GUARDS.confirmKinds,
    namespace = "argocd",
  } = config;
  return { ...DEFAULT_GUARDS, budget, confirmKinds, protectedNamespaces: new Set([namespace]) };
}

function namespaceOf(
  { spec }: Application,
  all: ReadonlyMap<RefKey, LiveObject>,
): PlanInput["destinationNamespace"] {
  const name = spec.destination.namespace ?? "";
  return all.get(refKey({ group: "", kind: "Namespace", namespace: "", name })) ?? "absent";
}

/** @throws where nothing has that name: a slip in a case would make it say less than it seems to */
function keysOf(
  names: readonly Named[] = [],
  desired: readonly DesiredObject[],
  all: ReadonlyMap<RefKey, LiveObject>,
): Set<RefKey> {
  const known = new Map(
    [...desired, ...all.values()].map(({ ref, key }): [Named, RefKey] => [show(ref), key]),
  );
  return new Set(
    names.map((name) => {
      const key = known.get(name);
      if (key === undefined) throw new Error(`the case names ${name}, which it does not have`);
      return key;
    }),
  );
}
