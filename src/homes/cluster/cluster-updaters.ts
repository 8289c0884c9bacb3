/** The ImageUpdaters of a cluster: seen by a watch; of each its status is written, and nothing else. */
import {
  type ImageUpdater,
  parseImageUpdater,
  UPDATER_GROUP,
  UPDATER_KIND,
  UPDATER_VERSION,
} from "../../core/images/image-updater.ts";
import {
  type ImageUpdaterStatus,
  keepingTimes,
  statusOfLook,
  statusOfUnreadable,
  statusWhile,
  type UpdaterLook,
} from "../../core/images/updater-status.ts";
import { FIELD_MANAGER } from "../../core/model/field-manager.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import { refOf } from "../../core/model/object-ref.ts";
import { type Parsed, type Problem, showProblem } from "../../core/model/problem.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ObjectWatch } from "../../core/ports/object-watch.ts";
import { defined } from "../../lib/defined.ts";
import { endedWithin } from "../../lib/ended-within.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { manifestOf } from "./application-record.ts";
import { STATUS_PAUSES, type StatusPauses, StatusWriter } from "./status-writer.ts";
import { isUpdaterNews, updaterSteps } from "./updater-patches.ts";

const STOP_WITHIN_MS = 2_000;
/** Who may not write it today may not in a minute either. */
const AGAIN_AFTER_MS = 600_000;

type UpdaterKey = `${string}/${string}`;
type Followed = Pick<Cluster, "watch" | "for">;

export interface ClusterUpdatersOptions {
  namespace: string;
  /** Globs of further namespaces whose Applications count. */
  namespaces: readonly string[];
  log: Log;
  clock: Pick<Clock, "now">;
  pauses?: StatusPauses;
}

interface Read {
  /** As the server has it. */
  object: KubeObject;
  read: Parsed<ImageUpdater>;
}

export class ClusterUpdaters {
  readonly #read = new Map<UpdaterKey, Read>();
  /** What was written of images by each of them last, until it is said: what comes after says nothing of it. */
  readonly #updates = new Map<UpdaterKey, Pick<ImageUpdaterStatus, "lastUpdatedAt" | "recentUpdates">>();
  /** Those that are being looked at, with what was said of them before; undefined: what stands there. */
  readonly #looking = new Map<UpdaterKey, ImageUpdaterStatus | undefined>();
  /** As it was told last. */
  readonly #told = new Map<UpdaterKey, ImageUpdaterStatus>();
  readonly #writer: StatusWriter<UpdaterKey, ImageUpdaterStatus>;
  #of: Followed | undefined;
  #watch: ObjectWatch | undefined;
  #all: readonly ImageUpdater[] = [];
  #said = "";

  constructor(private readonly options: ClusterUpdatersOptions) {
    const { log, pauses = STATUS_PAUSES } = options;
    this.#writer = new StatusWriter({
      what: "an ImageUpdater",
      isNews: isUpdaterNews,
      steps: updaterSteps,
      known: (key) => this.#read.get(key)?.object,
      finish: (key, status) => keepingTimes(status, this.#read.get(key)?.object["status"]),
      patch: (object, steps) => this.#patch(object, steps),
      log,
      pauses: { ...pauses, again: { ...pauses.again, mostMs: AGAIN_AFTER_MS } },
    });
  }

  /** What was seen of the one before counts until this one has shown what it has. */
  follow(cluster: Followed | undefined): void {
    if (cluster === this.#of) return;
    this.#watch?.stop();
    this.#watch = undefined;
    this.#of = cluster;
    if (cluster === undefined) return;
    const { namespace, namespaces } = this.options;
    const isWide = namespaces.some((glob) => /[*?[{]/.test(glob));
    const look = (): void => this.#look();
    this.#watch = cluster.watch(
      { ...parseApiVersion(UPDATER_VERSION), kind: UPDATER_KIND },
      { namespaces: isWide ? [] : [...new Set([namespace, ...namespaces])] },
      { changed: look, gone: look, became: look },
    );
  }

  async stop(): Promise<void> {
    // A cluster that does not answer holds no stop up: what it was not told is told with the first look after the start.
    await endedWithin(this.#writer.stop(), STOP_WITHIN_MS);
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** The very same list for as long as none of them is another. */
  get all(): readonly ImageUpdater[] {
    return this.#all;
  }

  /** A look at what these ask for begins. @returns ends it: where it found nothing to say, what was said before stands */
  looking(updaters: ReadonlySet<ImageUpdater>): () => void {
    for (const [key, { read }] of this.#read) {
      if (!read.ok || !updaters.has(read.value)) continue;
      this.#looking.set(key, this.#told.get(key));
      this.#showWhile(key, "looking");
    }
    return () => {
      for (const key of [...this.#looking.keys()]) this.#showWhile(key, "idle");
      this.#looking.clear();
    };
  }

  /** Of those that were edited, replaced or deleted meanwhile nothing is said: the next look is of what they are now. */
  lookedBy(looks: ReadonlyMap<ImageUpdater, UpdaterLook>): void {
    for (const [key, { object, read }] of this.#read) {
      const look = read.ok ? looks.get(read.value) : undefined;
      if (look === undefined) continue;
      const { lastUpdatedAt, recentUpdates, ...status } = statusOfLook(look, object.metadata.generation);
      if (recentUpdates !== undefined)
        this.#updates.set(key, { ...defined({ lastUpdatedAt }), recentUpdates });
      const told = { ...status, ...this.#updates.get(key) };
      this.#looking.delete(key);
      this.#told.set(key, told);
      this.#writer.show(key, told);
    }
  }

  #showWhile(key: UpdaterKey, is: "looking" | "idle"): void {
    const object = this.#read.get(key)?.object;
    if (object === undefined) return;
    const before = this.#looking.get(key) ?? (object["status"] as { conditions?: unknown } | undefined);
    const at = timestamp(this.options.clock.now());
    this.#writer.show(key, statusWhile(is, before, object.metadata.generation, at));
  }

  #look(): void {
    const state = this.#watch?.state();
    // A cluster without the kind has none; one that does not show them has those that were seen last.
    if (state?.is === "absent") {
      for (const key of [...this.#read.keys()]) this.#forget(key);
      this.#all = [];
      return this.#say([]);
    }
    if (state?.is === "unseen")
      return this.#say([
        {
          severity: "warning",
          object: "ImageUpdaters",
          text: `they are not seen: ${state.why}`,
          fix: "Let the daemon's account list and watch imageupdaters.argocd-image-updater.argoproj.io",
        },
      ]);
    if (state?.is !== "shown") return;
    const problems: Problem[] = [];
    const before = new Map(this.#read);
    this.#read.clear();
    for (const object of this.#watch?.objects() ?? []) this.#take(object, before, problems);
    for (const key of before.keys()) if (!this.#read.has(key)) this.#forget(key);
    const all = [...this.#read.values()].flatMap(({ read }) => (read.ok ? read.value : []));
    const isSame = all.length === this.#all.length && all.every((one) => this.#all.includes(one));
    if (!isSame) this.#all = all;
    this.#say(problems);
  }

  #take(object: KubeObject, before: ReadonlyMap<string, Read>, problems: Problem[]): void {
    const { name, namespace = "", uid, resourceVersion, deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined || !this.#isMeant(namespace)) return;
    const key: UpdaterKey = `${namespace}/${name}`;
    const known = before.get(key);
    if (known !== undefined && known.object.metadata.uid !== uid) this.#forget(key);
    const isSeen = known?.object.metadata.resourceVersion === resourceVersion;
    const read = isSeen && known !== undefined ? known.read : this.#parse(object);
    problems.push(...(read.ok ? read.warnings : read.problems));
    // The same one for as long as nobody edits it: our own writes are no reason to begin anew.
    const isSame =
      known?.object.metadata.uid === uid &&
      known?.read.ok === true &&
      read.ok &&
      equalJson(known.read.value.spec, read.value.spec);
    this.#read.set(key, { object, read: isSame ? known.read : read });
    if (read.ok || isSeen) return;
    const at = timestamp(this.options.clock.now());
    this.#looking.delete(key);
    this.#told.delete(key);
    this.#writer.show(key, statusOfUnreadable(read.problems, object.metadata.generation, at));
  }

  #parse(object: KubeObject): Parsed<ImageUpdater> {
    return parseImageUpdater(
      { ...manifestOf(object), apiVersion: UPDATER_VERSION, kind: UPDATER_KIND },
      { homeNamespace: this.options.namespace },
    );
  }

  /** It is gone, or another one. */
  #forget(key: UpdaterKey): void {
    this.#read.delete(key);
    this.#updates.delete(key);
    this.#looking.delete(key);
    this.#told.delete(key);
    this.#writer.forget(key);
  }

  /** @throws {Error} where there is no cluster, or nothing is to be written to it now */
  async #patch(object: KubeObject, steps: readonly JsonPatchOp[]): Promise<WriteOutcome> {
    const { name, namespace } = object.metadata;
    if (this.#of === undefined) throw new Error("there is no cluster in which it lives");
    const objects = this.#of.for({ owner: `${namespace}/${name}`, urgency: "sync" });
    const as = { fieldManager: FIELD_MANAGER, to: "status" } as const;
    const answer = await objects.patch(refOf(object), UPDATER_VERSION, steps, as);
    if (answer.is === "done") this.#watch?.wrote(answer.object);
    if (answer.is !== "refused" || answer.status !== 403) return answer;
    const fix = `Let the daemon's account patch imageupdaters/status of ${UPDATER_GROUP}`;
    return { ...answer, message: `${answer.message}. ${fix}` };
  }

  #isMeant(namespace: string): boolean {
    const { namespace: home, namespaces } = this.options;
    return namespace === home || namespaces.some((glob) => matchesGlob(glob, namespace, ANYWHERE));
  }

  #say(problems: readonly Problem[]): void {
    const said = problems.map(showProblem);
    const text = said.join("\n");
    if (text !== this.#said && text !== "")
      this.options.log.warn("ImageUpdaters are not all as they can be used", { problems: said });
    this.#said = text;
  }
}
