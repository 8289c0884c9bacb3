/** The ApplicationSets of a cluster, and the Applications that they own: seen by watches, written by patches. */
import { parentOf } from "../../core/manifest/parent-of.ts";
import { type Application, keyOfApp } from "../../core/model/application.ts";
import { type ApplicationSet, keyOfSet, type SetKey } from "../../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import { Failure } from "../../core/model/failure.ts";
import { FIELD_MANAGER } from "../../core/model/field-manager.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import { type ObjectRef, refOf } from "../../core/model/object-ref.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { RecordAnswer } from "../../core/ports/custom-resources.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ObjectWatch } from "../../core/ports/object-watch.ts";
import type {
  ChildrenReading,
  KnownSet,
  SetChild,
  SetOrigin,
  SetsHome,
  SetsReading,
  WrittenOver,
} from "../../core/ports/sets-home.ts";
import { waitsForItsEnd } from "../../core/sets/after-its-end.ts";
import { overtaken } from "../../core/sets/overtaken.ts";
import { defined } from "../../lib/defined.ts";
import { endedWithin } from "../../lib/ended-within.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { DefinitionLook } from "./definition-look.ts";
import { deleteWhole, putRecord, recordAnswer } from "./edit-records.ts";
import { Releases } from "./releases.ts";
import { SetChildren } from "./set-children.ts";
import { childSteps, disownSteps, holdSteps, isSetNews, setSteps } from "./set-patches.ts";
import {
  brokenSince,
  problemsOf,
  type SetRecord,
  setRecord,
  statusIn,
  withSetProblems,
} from "./set-record.ts";
import type { StandingApplications } from "./standing-applications.ts";
import { STATUS_PAUSES, type StatusPauses, StatusWriter } from "./status-writer.ts";
import { whyBlind } from "./why-blind.ts";
import { releasePatch } from "./write-back.ts";

const VERSION = "argoproj.io/v1alpha1";
const DEFINITION_VERSION = "apiextensions.k8s.io/v1";
const DEFINITION: ObjectRef = {
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  namespace: "",
  name: "applicationsets.argoproj.io",
};
const STOP_WITHIN_MS = 2_000;

export interface ClusterSetsOptions {
  /** Of the cluster, as the config names it. */
  cluster: string;
  /** Home namespace. */
  namespace: string;
  /** Globs of further namespaces whose ApplicationSets count. */
  namespaces: readonly string[];
  applications: StandingApplications;
  log: Log;
  clock: Pick<Clock, "now">;
  pauses?: StatusPauses;
}

export class ClusterSets implements SetsHome {
  readonly #options: ClusterSetsOptions;
  readonly #records = new Map<SetKey, SetRecord>();
  /** As they could be read last, for those that cannot be read now. */
  readonly #readable = new Map<SetKey, { uid: string; set: ApplicationSet }>();
  readonly #known = new Map<SetKey, KnownSet>();
  readonly #children: SetChildren;
  /** Since when each of those that cannot be read is told to be so. */
  readonly #brokenSince = new Map<SetKey, string>();
  readonly #writer: StatusWriter<SetKey, ApplicationSetStatus>;
  readonly #releases: Releases<SetKey>;
  readonly #holds: Releases<SetKey>;
  readonly #definition: DefinitionLook;
  readonly #listeners = new Set<() => void>();
  readonly #end: () => void;
  #of: Cluster | undefined;
  #watch: ObjectWatch | undefined;
  /** Why nothing could be concluded, as it was said last. */
  #said: string | undefined;
  /** Why applications could not be, as they said last. */
  #applicationsSaid: string | undefined;
  #telling: ReturnType<typeof setImmediate> | undefined;

  constructor(options: ClusterSetsOptions) {
    this.#options = options;
    const { applications, log, clock, pauses = STATUS_PAUSES } = options;
    const known = (key: SetKey): KubeObject | undefined => this.#records.get(key)?.object;
    this.#children = new SetChildren({
      applications,
      uidOf: (set) => this.#records.get(set)?.uid,
      changed: () => this.#changed(),
    });
    this.#writer = new StatusWriter({
      what: "an ApplicationSet",
      known,
      isNews: isSetNews,
      steps: setSteps,
      finish: (key, status) => {
        const record = this.#records.get(key);
        if (record === undefined || record.read.ok) {
          this.#brokenSince.delete(key);
          return status;
        }
        // Told again beside something else it is no new trouble.
        const since = this.#brokenSince.get(key) ?? brokenSince(record) ?? timestamp(clock.now());
        this.#brokenSince.set(key, since);
        return withSetProblems(status, record, since);
      },
      patch: (object, steps) => this.#patchBoth(object, steps),
      log,
      pauses,
    });
    const parts = { known, log, again: pauses.again };
    this.#releases = new Releases({
      ...parts,
      trouble: "an ApplicationSet is deleted, and its finalizer cannot be taken away",
      steps: releasePatch,
      patch: (object, steps) => this.#letGoOf(object, steps),
    });
    this.#holds = new Releases({
      ...parts,
      trouble: "an ApplicationSet cannot be made to wait for its applications when it is deleted",
      steps: holdSteps,
      patch: (object, steps) => this.#patch(object, steps),
    });
    this.#definition = new DefinitionLook({
      read: async () =>
        (await this.#of?.read(DEFINITION, DEFINITION_VERSION)) ?? { is: "unreachable", why: "no cluster" },
      changed: () => this.#changed(),
      again: pauses.again,
    });
    this.#end = applications.onChange(() => this.#applicationsChanged());
  }

  // ---------------------------------------------------------------- which cluster

  /** Watches this cluster from now on. What was known of the one before counts until this one has shown what it has. */
  follow(cluster: Cluster | undefined): void {
    if (cluster === this.#of) return;
    this.#watch?.stop();
    this.#watch = undefined;
    this.#definition.anew();
    this.#of = cluster;
    if (cluster !== undefined) {
      const { namespace, namespaces } = this.#options;
      const isWide = namespaces.some((glob) => /[*?[{]/.test(glob));
      this.#watch = cluster.watch(
        { ...parseApiVersion(VERSION), kind: "ApplicationSet" },
        { namespaces: isWide ? [] : [...new Set([namespace, ...namespaces])] },
        {
          changed: (object) => this.#seen(object),
          gone: () => this.#changed(),
          became: () => this.#became(),
        },
      );
    }
    this.#changed();
  }

  async stop(): Promise<void> {
    this.#end();
    this.#children.stop();
    this.#definition.stop();
    this.#releases.stop();
    this.#holds.stop();
    // A cluster that does not answer holds no stop up: what it was not told it is told by the next start.
    await endedWithin(this.#writer.stop(), STOP_WITHIN_MS);
    clearImmediate(this.#telling);
    this.#watch?.stop();
    this.#watch = undefined;
  }

  // ---------------------------------------------------------------- what is there

  sets(): SetsReading {
    const incomplete = this.#incomplete();
    if (incomplete === undefined) this.#letGo();
    const sets: KnownSet[] = [];
    const unreadable = new Set<SetKey>();
    const problems: Problem[] =
      incomplete === undefined ? [] : [{ severity: "warning", object: "ApplicationSets", text: incomplete }];
    for (const record of this.#records.values()) {
      const { key, uid, life, read } = record;
      if (life.is === "left" || life.is === "orphaning" || this.#releases.has(key, uid)) continue;
      problems.push(...problemsOf(record));
      const goingSince = this.#goingSince(record);
      const set = this.#readableOf(record);
      if (set !== undefined) sets.push(this.#knownOf(record, set, goingSince));
      // Its end needs no more of it than could be read before.
      const isEnding = goingSince !== undefined && set !== undefined;
      const isInDoubt = life.is === "going" && goingSince === undefined;
      if ((!read.ok && !isEnding) || isInDoubt) unreadable.add(key);
    }
    return { sets, unreadable, problems, incomplete };
  }

  children(): ChildrenReading {
    // Whose an application is, is known when its set is.
    const incomplete = this.#options.applications.incomplete() ?? this.#incomplete();
    return { children: this.#children.all, incomplete };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async events({ key, uid }: Pick<KnownSet, "key" | "uid">): Promise<KubeObject[]> {
    const [namespace, name] = placeOf(key);
    if (this.#of === undefined)
      throw new Failure("cluster-unreachable", `ApplicationSet ${key}`, "backoff", {
        cannot: "list its events",
        why: `there is no cluster ${this.#options.cluster}`,
      });
    return this.#of.eventsOf({ group: "argoproj.io", kind: "ApplicationSet", namespace, name }, uid);
  }

  #knownOf(
    { key, uid, object, refresh }: SetRecord,
    set: ApplicationSet,
    goingSince: string | undefined,
  ): KnownSet {
    const before = this.#known.get(key);
    const next = { key, uid, set, origin: this.#originOf(object), goingSince, status: undefined, refresh };
    const status = statusIn(object);
    if (before?.set === set && equalJson({ ...before, status: undefined }, next)) {
      // The same one for as long as nobody asks anything else of it: our own writes are no reason to begin anew.
      before.status = status;
      return before;
    }
    const known: KnownSet = { ...next, status };
    this.#known.set(key, known);
    return known;
  }

  #originOf(object: KubeObject): SetOrigin {
    const { namespace, cluster, applications } = this.#options;
    const parent = parentOf(object, namespace);
    return parent !== undefined && applications.get(parent) !== undefined
      ? { from: "parent", parent }
      : { from: "cluster", cluster };
  }

  #goingSince({ key, uid, life }: SetRecord): string | undefined {
    const isMeant = life.is === "going" && this.#definition.judge(`${key} ${uid}`) === "meant";
    return isMeant ? life.since : undefined;
  }

  #readableOf({ key, uid }: Pick<SetRecord, "key" | "uid">): ApplicationSet | undefined {
    const known = this.#readable.get(key);
    return known?.uid === uid ? known.set : undefined;
  }

  #incomplete(): string | undefined {
    const { cluster } = this.#options;
    if (this.#of === undefined)
      return `there is no cluster ${cluster}, in which the ApplicationSets live, so none is known`;
    if (this.#definition.isEnding)
      return `the definition applicationsets.argoproj.io of cluster ${cluster} is being deleted, and every ApplicationSet with it: none is taken as deleted by somebody. Take their finalizers away, and make the definition and them anew`;
    const state = this.#watch?.state();
    // Whoever has no ApplicationSets needs no definition of them.
    return state?.is === "absent" ? undefined : whyBlind(state, "applicationsets", cluster);
  }

  /** What the watch shows whole is all there is. What becomes of the applications of a set that is gone, the cluster does. */
  #letGo(): void {
    for (const { key, uid } of [...this.#records.values()]) {
      if (this.#watch?.get(...placeOf(key)) !== undefined) continue;
      this.#definition.forget(`${key} ${uid}`);
      this.#records.delete(key);
      this.#readable.delete(key);
      this.#known.delete(key);
      this.#forgetWrites(key);
      this.#children.setChanged(key);
    }
  }

  #forgetWrites(key: SetKey): void {
    this.#writer.forget(key);
    this.#releases.forget(key);
    this.#holds.forget(key);
  }

  #isOurs(namespace: string): boolean {
    return (
      namespace === this.#options.namespace ||
      this.#options.namespaces.some((glob) => matchesGlob(glob, namespace, ANYWHERE))
    );
  }

  #seen(object: KubeObject): void {
    if (!this.#isOurs(object.metadata.namespace ?? "")) return;
    const record = setRecord(object);
    const { key, uid, read } = record;
    const before = this.#records.get(key);
    if (before !== undefined && before.uid !== uid) this.#forgetWrites(key);
    this.#records.set(key, record);
    // The same manifest stays the same object: by that others know cheaply that nothing was edited.
    if (read.ok && !equalJson(this.#readableOf(record), read.value))
      this.#readable.set(key, { uid, set: read.value });
    if (before?.uid !== uid) this.#children.setChanged(key);
    this.#hold(record);
    if (!read.ok && record.life.is === "stays") this.#writer.show(key, statusIn(object) ?? {});
    if (before === undefined || !isSameBesideStatus(before, record)) this.#changed();
  }

  /** As its policy, or the order in which its applications go, asks for; and an end of it that is none of ours is let be. */
  #hold({ key, uid, read, object, life }: SetRecord): void {
    if (life.is === "orphaning" && !this.#releases.has(key, uid)) this.#releases.begin(key, uid);
    if (!read.ok || life.is !== "stays" || !waitsForItsEnd(read.value)) return;
    if (holdSteps(object).length === 0) this.#holds.forget(key);
    else if (!this.#holds.has(key, uid)) this.#holds.begin(key, uid);
  }

  #became(): void {
    if (this.#watch?.state().is === "absent") this.#definition.anew();
    const why = this.#incomplete();
    const isListing = this.#watch?.state().is === "starting";
    if (why !== undefined && why !== this.#said && !isListing)
      this.#options.log.warn("ApplicationSets are not seen whole: nothing of their applications is changed", {
        why,
      });
    this.#said = why;
    this.#changed();
  }

  #applicationsChanged(): void {
    const why = this.#options.applications.incomplete();
    if (why === this.#applicationsSaid) return;
    this.#applicationsSaid = why;
    this.#changed();
  }

  /** Many changes in one turn of the event loop are one. */
  #changed(): void {
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      if (this.#incomplete() === undefined) this.#letGo();
      for (const listener of this.#listeners) listener();
    });
  }

  // ---------------------------------------------------------------- what is written

  async putSet(set: ApplicationSet, over: WrittenOver): Promise<RecordAnswer> {
    const { namespace, name } = set.metadata;
    if (!this.#isOurs(namespace))
      return {
        is: "conflict",
        why: `ApplicationSets in namespace ${namespace} are not looked at: name it in homeCluster.namespaces of the config`,
      };
    const there = this.#watch?.get(namespace, name);
    if (there !== undefined && over === "nothing")
      return { is: "conflict", why: `there is an ApplicationSet ${keyOfSet(set)} already` };
    const known = there === undefined ? undefined : setRecord(there).read;
    const late = overtaken(set, over, known?.ok === true ? known.value : undefined);
    if (late !== undefined) return late;
    return putRecord(set, there, this.#objects(set), (object) => this.#watch?.wrote(object));
  }

  /** It waits for us, however it is written: so its applications go in the order that it says, or stay. */
  async deleteSet(key: SetKey): Promise<RecordAnswer> {
    const object = this.#records.get(key)?.object;
    if (object === undefined) return { is: "absent" };
    if (object.metadata.deletionTimestamp !== undefined) return { is: "written" };
    const steps = holdSteps(object);
    if (steps.length > 0) {
      const answer = await this.#patch(object, steps);
      if (answer.is !== "done") return recordAnswer(object, answer);
    }
    return deleteWhole(object, this.#objects(object));
  }

  async make({ key, uid }: KnownSet, app: Application): Promise<RecordAnswer> {
    const { apiVersion, kind, spec } = app;
    const { name, namespace, labels, annotations, finalizers } = app.metadata;
    const [, owner] = placeOf(key);
    const object: KubeObject = {
      apiVersion,
      kind,
      metadata: {
        name,
        namespace,
        ...defined({ labels, annotations, finalizers }),
        ownerReferences: [
          {
            apiVersion: VERSION,
            kind: "ApplicationSet",
            name: owner,
            uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec,
    };
    const answer = await this.#objects(object).create(object, "write");
    if (answer.is === "refused" && answer.status === 409)
      return { is: "conflict", why: `there is an Application ${namespace}/${name} already` };
    if (answer.is === "done") {
      const made = answer.object.metadata.uid;
      await this.#children.untilSeen(keyOfApp(app), (child) => child?.uid === made);
    }
    return answered(object, answer);
  }

  async change(_set: KnownSet, child: SetChild, app: Application): Promise<RecordAnswer> {
    const { applications } = this.#options;
    const object = applications.get(child.key)?.object;
    const now = this.#children.get(child.key);
    if (object === undefined || now === undefined) return { is: "absent" };
    const why = `Application ${child.key} was changed by somebody else just now`;
    if (now !== child || object.metadata.uid !== child.uid) return { is: "conflict", why };
    const steps = childSteps(object, child.app, app);
    if (steps.length === 0) return { is: "written" };
    return answered(object, await this.#patchApplication(object, steps));
  }

  async remove({ key, uid }: SetChild): Promise<RecordAnswer> {
    const object = this.#options.applications.get(key)?.object;
    if (object === undefined) return { is: "absent" };
    if (object.metadata.uid !== uid)
      return { is: "conflict", why: `Application ${key} is another one by now` };
    const answer = await deleteWhole(object, this.#objects(object));
    if (answer.is === "written")
      await this.#children.untilSeen(key, (child) => child?.uid !== uid || child.isGoing);
    return answer;
  }

  show(key: SetKey, status: ApplicationSetStatus): void {
    if (this.#records.has(key)) this.#writer.show(key, status);
  }

  refreshed(key: SetKey, written: string): void {
    if (this.#records.has(key)) this.#writer.refreshed(key, written);
  }

  release(key: SetKey, uid: string): void {
    this.#writer.forget(key);
    this.#releases.begin(key, uid);
    this.#changed();
  }

  /** What is left of its applications is to stay: without a word of ours the cluster would delete it with the set. */
  async #letGoOf(object: KubeObject, steps: readonly JsonPatchOp[]): Promise<WriteOutcome> {
    const record = setRecord(object);
    if (record.life.is !== "orphaning")
      for (const child of this.#children.all.ownedBy(record.key)) {
        const app = this.#options.applications.get(child.key)?.object;
        const disown = app === undefined || child.isGoing ? [] : disownSteps(app, record.uid);
        if (app === undefined || disown.length === 0) continue;
        const answer = await this.#patchApplication(app, disown);
        if (answer.is !== "done" && !(answer.is === "refused" && answer.status === 404)) return answer;
      }
    return this.#patch(object, steps);
  }

  /** The status has a place of its own, and annotations are none of it. A definition without that place has it in the object. */
  async #patchBoth(object: KubeObject, steps: readonly JsonPatchOp[]): Promise<WriteOutcome> {
    const isOfStatus = ({ path }: JsonPatchOp): boolean => path === "/status" || path.startsWith("/status/");
    const status = steps.filter(isOfStatus);
    const others = steps.filter((step) => !isOfStatus(step));
    const same = others.filter(({ path }) => path === "/metadata/uid");
    if (others.length > same.length) {
      const answer = await this.#patch(object, others);
      if (answer.is !== "done" || status.length === 0) return answer;
    }
    const answer = await this.#patch(object, [...same, ...status], "status");
    return answer.is === "refused" && answer.status === 404
      ? this.#patch(object, [...same, ...status])
      : answer;
  }

  async #patch(
    object: KubeObject,
    steps: readonly JsonPatchOp[],
    to: "object" | "status" = "object",
  ): Promise<WriteOutcome> {
    const as = { fieldManager: FIELD_MANAGER, to };
    const answer = await this.#objects(object).patch(refOf(object), VERSION, steps, as);
    if (answer.is === "done") this.#watch?.wrote(answer.object);
    return answer;
  }

  async #patchApplication(object: KubeObject, steps: readonly JsonPatchOp[]): Promise<WriteOutcome> {
    const answer = await this.#objects(object).patch(refOf(object), VERSION, steps);
    if (answer.is === "done") this.#options.applications.wrote(answer.object);
    return answer;
  }

  /** @throws {Error} where there is no cluster */
  #objects({ metadata: { namespace, name } }: Pick<KubeObject, "metadata">): ClusterObjects {
    if (this.#of === undefined) throw new Error(`there is no cluster ${this.#options.cluster}`);
    return this.#of.for({ owner: `${namespace}/${name}`, urgency: "sync" });
  }
}

/** What is wrong with the application is its set's; what a server does not do now it may do later. */
function answered(object: KubeObject, answer: WriteOutcome): RecordAnswer {
  const isOfContent = answer.is === "refused" && [400, 404, 409, 422].includes(answer.status);
  return answer.is !== "refused" || isOfContent
    ? recordAnswer(object, answer)
    : { is: "conflict", why: answer.message };
}

function isSameBesideStatus(a: SetRecord, b: SetRecord): boolean {
  const said = ({ object: _, ...record }: SetRecord): unknown => record;
  return equalJson(said(a), said(b));
}

function placeOf(key: SetKey): [namespace: string, name: string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
}
