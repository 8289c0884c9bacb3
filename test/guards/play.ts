/** Plays one case against the real engine: a first sync, what others do, a commit that drops some, and what is asked then. */

import { observe } from "../../src/cluster/observe.ts";
import { trackingId } from "../../src/core/manifest/tracking-id.ts";
import { ANNOTATION, type Application, appKey } from "../../src/core/model/application.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { gvkOf, type KubeObject } from "../../src/core/model/kube-object.ts";
import { type RefKey, refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { SyncRequest } from "../../src/core/model/operation.ts";
import { selectorOf } from "../../src/core/plan/selection.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Settings } from "../../src/engine/settings.ts";
import { revisionNamesOf } from "../../src/engine/target/tips.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { noArtifacts } from "../fakes/no-artifacts.ts";
import { noJq } from "../fakes/no-jq.ts";
import { HOME, isQuiet, SERVER, SETTINGS } from "../lib/engine-rig.ts";
import { configMap } from "../lib/manifests.ts";
import { silent } from "../lib/render-host.ts";
import { distinct, type GuardCase, manifestOf, NAMESPACE, type Slot } from "./cases.ts";
import { type Deed, GuardedCluster } from "./cluster.ts";
import { allowed, candidates, type Standing } from "./oracle.ts";

export interface Played {
  /** What broke a rule, for people; undefined where nothing did. */
  fault: string | undefined;
  /** How many objects were deleted, and how many the oracle would have let go. */
  deleted: number;
  allowed: number;
}

const YEAR_MS = 365 * 86_400_000;
/** `after`: as somebody's clock that is a little ahead has it, because what is to be deleted comes with the next commit. */
const APPROVED_IN_MS = { no: undefined, before: -60_000, after: 30_000, ahead: YEAR_MS } as const;

/** An engine that never rests ends a run all the same. No case needs a second, but a machine may have none to give. */
const RESTS_WITHIN_MS = 5 * 60_000;

const OURS = appKey(HOME, "shop"),
  OTHER = appKey(HOME, "other");

export async function play(given: GuardCase): Promise<Played> {
  const of = { ...given, slots: distinct(given.slots) };
  const world = new World(of);
  try {
    return await world.play();
  } finally {
    await world.engine.stop();
  }
}

class World {
  readonly cluster = new GuardedCluster();
  readonly engine: Engine;
  readonly #store = memoryStore();
  #commit: 1 | 2 = 1;
  #fault: GuardCase["fault"] = "none";
  readonly #manifests: { slot: Slot; object: KubeObject; key: RefKey; file: string }[];

  constructor(private readonly of: GuardCase) {
    this.#manifests = of.slots.map((slot, at) => {
      const object = manifestOf(slot, at);
      return { slot, object, key: refKey(refOf(object)), file: `o${at}.yaml` };
    });
    const { cluster } = this;
    // One object: another one would be another config.
    const settings: Settings = {
      ...SETTINGS,
      prune: {
        ...SETTINGS.prune,
        budgetPercent: of.budget.percent,
        budgetObjects: of.budget.count,
        ...(of.confirmKinds === "none" ? { confirmKinds: [] } : {}),
      },
    };
    const clusters = [cluster];
    this.engine = new Engine({
      store: this.#store,
      git: {
        resolve: async () => {
          if (this.#fault === "git")
            throw new Failure("git-unreachable", "the repository", "backoff", {
              cannot: "fetch",
              why: "it does not answer",
            });
          return { commit: String(this.#commit).repeat(40) as CommitSha, ref: "refs/heads/main" };
        },
        tree: async (_, commit) => ({
          commit,
          oid: async () => commit,
          entry: async () => undefined,
          list: async () => [],
          read: () => Promise.reject(new Error("nobody reads")),
        }),
        info: () => Promise.reject(new Error("nobody asks")),
        infoHere: () => Promise.reject(new Error("nobody asks")),
        refs: () => Promise.reject(new Error("nobody asks")),
        history: () => Promise.reject(new Error("nobody asks")),
        mergeBase: () => Promise.reject(new Error("nobody asks")),
        noteHeard: () => undefined,
        lastHeard: () => undefined,
        onRequest: () => undefined,
        stop: async () => undefined,
      },
      artifacts: noArtifacts,
      renderers: {
        values: () => Promise.reject(new Error("nobody asks")),
        render: async ({ app, sources }) => {
          const isOurs = app.metadata.name === "shop";
          const commit = Number(revisionNamesOf({ tips: sources })[0]?.charAt(0));
          if (isOurs && commit === 2 && this.#fault === "render")
            throw new Failure("render", "o.yaml", "after-edit", { cannot: "render", why: "it is broken" });
          const documents = this.#manifests.flatMap(({ slot, object, file }) => {
            if (!isOurs) return slot.otherWants ? [{ text: JSON.stringify(object), file, line: 1 }] : [];
            const state = commit === 1 ? (slot.before === "wanted" ? "wanted" : "dropped") : slot.after;
            if (state === "left-out")
              return [{ text: "just: notes\n", file, line: 1, onParseError: "warn" as const }];
            return state === "wanted" ? [{ text: JSON.stringify(object), file, line: 1 }] : [];
          });
          return {
            key: `${app.metadata.name} ${JSON.stringify(documents)}`,
            documents: [{ source: 0, documents }],
            sourceTypes: ["Directory"],
            problems: [],
            inputs: "unknown",
            charts: [],
            bases: [],
            from: "renderer",
          };
        },
      },
      jq: noJq,
      clock: systemClock,
      log: silent,
      clusters: () => clusters,
      settings: () => settings,
      readFolders: () => undefined,
      observe: { reconciled() {}, synced() {}, fought() {}, changed() {}, left() {} },
    });
  }

  async play(): Promise<Played> {
    const { of, cluster, engine } = this;
    for (const { slot, object } of this.#manifests)
      if (slot.before === "planted" || slot.before === "foreign")
        cluster.put(marked(object, slot.before === "planted" ? "shop" : "elsewhere"), "new");
    this.#place("before");
    engine.start();
    await this.#atRest();
    await engine.control.sync(OURS, { operation: { sync: {} }, actor: "user:test" });
    await this.#atRest();
    // From here on its policy is the case's; Git has not changed, so nothing may go.
    const first = cluster.deeds.filter(({ verb }) => verb === "delete");
    this.#place("after");
    await this.#atRest();
    const early = cluster.deeds.filter(({ verb }) => verb === "delete");
    if (first.length + early.length > 0)
      return { fault: `deleted before Git let go of anything: ${say(early)}`, deleted: 0, allowed: 0 };
    for (const one of this.#manifests) this.#meddle(one);
    for (const [at, { slot, object }] of this.#manifests.entries()) this.#fill(slot, object, at);
    await this.#atRest();

    const standing = this.#manifests.map((one) => this.#standing(one));
    const may = allowed(of, standing);
    const from = cluster.deeds.length;
    this.#commit = 2;
    this.#fault = of.fault;
    if (of.fault === "cluster-away") cluster.goAway();
    if (of.fault === "kind-unseen") cluster.unsee("PersistentVolumeClaim");
    await this.#ask(standing);
    const deletes = cluster.deeds.slice(from).filter(({ verb }) => verb === "delete");
    const wrong = deletes.filter(({ uid = "" }) => !may.has(uid));
    const found = { deleted: deletes.length, allowed: may.size };
    if (wrong.length > 0) return { fault: `deleted what must stay: ${say(wrong)}`, ...found };
    const lost = deletes.filter((deed) => !this.#isKept(deed));
    if (lost.length > 0) return { fault: `deleted and not kept for an undo: ${say(lost)}`, ...found };
    // Once more: what was done is done.
    if (of.fault !== "none") return { fault: undefined, ...found };
    const done = cluster.deeds.length;
    const left = this.#manifests.map((one) => this.#standing(one));
    await this.#ask(left);
    const again = cluster.deeds.slice(done);
    // What the first one wrote, and an automated sync that followed it, count for the budget by now.
    const since = allowed(of, left).difference(may);
    const more = again.filter(({ verb, uid = "" }) => verb !== "delete" || !since.has(uid));
    const fault = more.length === 0 ? undefined : `written though nothing had changed: ${say(more)}`;
    return { fault, ...found };
  }

  /** As it was when it was deleted, with the run that did it. */
  #isKept({ uid, gone }: Deed): boolean {
    const kept = this.#store.keptObjects(OURS).find((one) => one.uid === uid);
    const { annotations } = gone?.metadata ?? {};
    return (
      this.#store.runs({ limit: 100 }).some(({ id, app }) => id === kept?.run && app === OURS) &&
      kept?.content?.object.metadata.name === gone?.metadata.name &&
      Bun.deepEquals(kept?.content?.object.metadata.annotations, annotations)
    );
  }

  async #ask(standing: readonly Standing[]): Promise<void> {
    const { asked } = this.of;
    const { control } = this.engine;
    await control.refresh(OTHER, "normal");
    if (asked.by === "commit") await control.refresh(OURS, "normal");
    else {
      const selected = this.#manifests
        .filter(
          ({ slot }) => asked.named === "all" || (asked.named === "planted" && slot.before === "planted"),
        )
        .map(({ object }) => selectorOf(refOf(object)));
      const count = candidates(this.of, standing).length;
      const sync: SyncRequest = {
        prune: asked.prune,
        ...(selected.length === 0 ? {} : { resources: selected }),
        ...(asked.confirm === "none" ? {} : { confirmPrune: asked.confirm === "right" ? count : count + 1 }),
        ...(asked.mode === "dry-run" ? { dryRun: true } : {}),
        ...(this.of.appOption === "none" ? {} : { syncOptions: [this.of.appOption] }),
      };
      await control.sync(OURS, { operation: { sync, retry: { limit: 0 } }, actor: "user:test" });
    }
    await this.#atRest();
  }

  #place(when: "before" | "after"): void {
    const { automated, allowEmpty, appOption, approved, denied } = this.of;
    const app = (name: string, more: Partial<Application["spec"]>, annotations = {}): Application => ({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: HOME, annotations },
      spec: {
        project: "default",
        source: { repoURL: `https://git.invalid/${name}`, path: ".", targetRevision: "main" },
        destination: { server: SERVER, namespace: NAMESPACE },
        ...more,
      },
    });
    const policy: NonNullable<Application["spec"]["syncPolicy"]> = {
      ...(automated === "off" ? {} : { automated: { prune: automated === "prune", allowEmpty } }),
      ...(appOption === "none" ? {} : { syncOptions: [appOption] }),
      retry: { limit: 0 },
    };
    const at = APPROVED_IN_MS[approved];
    const annotations =
      at === undefined ? {} : { [ANNOTATION.deletionApproved]: new Date(Date.now() + at).toISOString() };
    const limits =
      denied === "none" || when === "before"
        ? {}
        : denied === "ConfigMap"
          ? { namespaceResourceBlacklist: [{ group: "", kind: denied }] }
          : { clusterResourceBlacklist: [{ group: "", kind: denied }] };
    const shop = when === "before" ? app("shop", {}) : app("shop", { syncPolicy: policy }, annotations);
    this.engine.foldersRead({
      applications: [shop, app("other", {})].map((one) => ({
        app: one,
        file: `${one.metadata.name}.yaml`,
        line: 1,
      })),
      projects: [
        {
          project: {
            apiVersion: "argoproj.io/v1alpha1",
            kind: "AppProject",
            metadata: { name: "default", namespace: HOME },
            spec: {
              sourceRepos: ["*"],
              destinations: [{ server: "*", namespace: "*" }],
              clusterResourceWhitelist: [{ group: "*", kind: "*" }],
              ...limits,
            },
          },
          file: "projects.yaml",
          line: 1,
        },
      ],
      problems: [],
      folders: [{ path: "apps", state: "read", files: 2 }],
    });
  }

  #meddle({ slot, key }: { slot: Slot; key: RefKey }): void {
    const { cluster } = this;
    const live = cluster.object(key);
    if (live === undefined) return;
    switch (slot.meddling) {
      case "none":
        return;
      case "replaced":
        cluster.takeAway(key);
        return cluster.put(live, "new");
      case "taken":
        return cluster.put(marked(live, "elsewhere"));
      case "unmarked": {
        const { [ANNOTATION.trackingId]: _, ...annotations } = live.metadata.annotations ?? {};
        return cluster.put({ ...live, metadata: { ...live.metadata, annotations } });
      }
      case "going":
        return cluster.put({
          ...live,
          metadata: { ...live.metadata, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a/b"] },
        });
      case "gone":
        return cluster.takeAway(key);
    }
  }

  #fill({ kind, holds }: Slot, { metadata }: KubeObject, at: number): void {
    if (holds === "nothing" || (kind !== "Namespace" && kind !== "CustomResourceDefinition")) return;
    const name = kind === "Namespace" ? metadata.name : `Kind${at}`;
    if (holds === "unreadable") {
      const unread = [{ because: "unreachable" as const, why: "the test took it away" }];
      return void this.cluster.inside.set(name, { objects: [], unread });
    }
    const isCommon = holds === "what-every-one-has";
    if (isCommon && kind !== "Namespace") return;
    const inside: KubeObject = {
      ...configMap(metadata.name, isCommon ? "kube-root-ca.crt" : "tenant"),
    };
    inside.metadata.uid = `tenant of ${name}`;
    const whose = holds === "ours" ? marked(inside, "shop") : inside;
    const objects = [observe(whose, gvkOf(whose), "by-tracking")];
    this.cluster.inside.set(name, { objects, unread: [] });
  }

  #standing({ slot, key }: { slot: Slot; key: RefKey }): Standing {
    const live = this.cluster.object(key);
    const id = live?.metadata.annotations?.[ANNOTATION.trackingId] ?? "";
    return {
      slot,
      live,
      bears: id.startsWith("shop:") ? "ours" : id === "" ? "none" : "other",
      isRecorded:
        this.cluster.applied.has(live?.metadata.uid ?? "") ||
        (slot.before === "wanted" && id.startsWith("shop:")),
    };
  }

  /** Nobody waits or is looked at, and no operation runs. */
  async #atRest(): Promise<void> {
    const deadline = systemClock.monotonic() + RESTS_WITHIN_MS;
    for (let quiet = 0; quiet < 3; ) {
      const isAtRest = this.engine.depth === 0 && this.engine.control.applications().every(isQuiet);
      quiet = isAtRest ? quiet + 1 : 0;
      if (systemClock.monotonic() > deadline)
        throw new Error(
          `no rest: ${this.engine.depth} ${JSON.stringify(this.engine.control.applications())}`,
        );
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function marked(object: KubeObject, app: string): KubeObject {
  const annotations = {
    ...object.metadata.annotations,
    [ANNOTATION.trackingId]: trackingId(app, refOf(object), NAMESPACE),
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function say(deeds: readonly Deed[]): string {
  return deeds.map(({ verb, key, uid = "" }) => `${verb} ${key} ${uid}`.trim()).join(", ");
}
