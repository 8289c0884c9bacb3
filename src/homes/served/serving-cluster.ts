import { LiveIndex } from "../../cluster/live-index.ts";
import { observe } from "../../cluster/observe.ts";
import { FIELD_MANAGER } from "../../core/model/field-manager.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { parseApiVersion } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, refKey, refOf } from "../../core/model/object-ref.ts";
import type { Cluster, Errand, KindInfo, KindLookup } from "../../core/ports/cluster.ts";
import type { ClusterObjects, Lookup, WriteMode, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { type Answer, isServed, type ServedApi, servedKind } from "./served-api.ts";

/** What is served, as a cluster's live cache holds it. */
export class ServedCache {
  readonly index = new LiveIndex();

  constructor(readonly api: ServedApi) {
    for (const object of api.all()) this.index.put(seen(object), "resync");
    api.onChange((ref, object, before) => {
      if (object !== undefined) this.index.put(seen(object), "event");
      else if (before !== undefined) this.index.deletedByUs(refKey(ref), before.metadata.uid ?? "");
    });
  }
}

/** Who has an object of these kinds: Holdfast, or the cluster, whose own definitions of them come first. */
type Whose = { is: "ours" } | { is: "theirs" } | { is: "unreachable"; why: string };

/**
 * A cluster, and beside what it serves itself Applications and AppProjects, kept here. One that has definitions of these
 * kinds (Argo CD is at home in it) is left as it is, unless there are some here already: what was made here stays here.
 */
export function servingCluster(base: Cluster, { api, index }: ServedCache): Cluster {
  /** What the base said of its own definitions, until it serves other kinds. */
  let said: { generation: number; whose: Whose } | undefined;

  async function whose(kind: string): Promise<Whose> {
    if (index.size().objects > 0) return { is: "ours" };
    if (said?.generation === base.kindsGeneration()) return said.whose;
    const found = await base.kind({ group: "argoproj.io", version: "", kind });
    if (found.is === "unreachable") return { is: "unreachable", why: found.why };
    const answer: Whose = { is: found.is === "known" ? "theirs" : "ours" };
    said = { generation: base.kindsGeneration(), whose: answer };
    return answer;
  }

  return {
    ...base,
    ...objectsOf(base, undefined),
    for: (errand) => objectsOf(base.for(errand), errand),
    async kind(gvk): Promise<KindLookup> {
      if (!isServed(gvk)) return base.kind(gvk);
      const owner = await whose(gvk.kind);
      if (owner.is === "theirs") return base.kind(gvk);
      if (owner.is === "unreachable") return owner;
      const info = servedKind(gvk);
      return info === undefined ? { is: "absent" } : { is: "known", info };
    },
    async follow(owner, kinds, namespaces) {
      const mine = kinds.filter(isServed);
      const answers = await Promise.all(mine.map(async ({ kind }) => whose(kind)));
      const ours = new Set(mine.filter((_, at) => answers[at]?.is === "ours"));
      const { failed } = await base.follow(
        owner,
        kinds.filter((gvk) => !ours.has(gvk)),
        namespaces,
      );
      return { failed };
    },
    get: (key) => index.get(key) ?? base.get(key),
    trackedBy: (app) => [...base.trackedBy(app), ...index.trackedBy(app)],
    onChange(listener) {
      const ends = [base.onChange(listener), index.onChange(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    async eventsOf(ref, uid) {
      const isOurs = isServed(ref) && (await whose(ref.kind)).is === "ours";
      return isOurs ? [] : base.eventsOf(ref, uid);
    },
  };

  function objectsOf(theirs: ClusterObjects, errand: Errand | undefined): ClusterObjects {
    /** Theirs are asked where it is no object of ours. */
    async function either<T>(
      of: { ref: ObjectRef; apiVersion: string },
      ours: (info: KindInfo) => T,
      others: () => Promise<T>,
      absent: T,
    ): Promise<T | { is: "unreachable"; why: string }> {
      if (!isServed(of.ref)) return others();
      const owner = await whose(of.ref.kind);
      if (owner.is === "theirs") return others();
      if (owner.is === "unreachable") return owner;
      const info = servedKind({ kind: of.ref.kind, version: parseApiVersion(of.apiVersion).version });
      return info === undefined ? absent : ours(info);
    }
    const write = (
      object: KubeObject,
      mode: WriteMode,
      ours: () => Answer,
      others: () => Promise<WriteOutcome>,
    ): Promise<WriteOutcome> =>
      either<WriteOutcome>(
        { ref: refOf(object), apiVersion: object.apiVersion },
        () => permitted(errand, mode) ?? told(ours()),
        others,
        unknownVersion(object),
      );
    return {
      read: (ref, apiVersion) =>
        either<Lookup>(
          { ref, apiVersion },
          () => {
            const object = api.get(ref);
            return object === undefined ? { is: "absent" } : { is: "found", live: seen(object), object };
          },
          () => theirs.read(ref, apiVersion),
          { is: "absent" },
        ),
      apply: (object, mode) =>
        write(
          object,
          mode,
          () => api.apply(object, mode),
          () => theirs.apply(object, mode),
        ),
      create: (object, mode) =>
        write(
          object,
          mode,
          () => api.create(object, mode),
          () => theirs.create(object, mode),
        ),
      replace: (object, mode) =>
        write(
          object,
          mode,
          () => api.replace(object, mode),
          () => theirs.replace(object, mode),
        ),
      patch: (ref, apiVersion, patch, as = { fieldManager: FIELD_MANAGER, to: "object" }) =>
        either<WriteOutcome>(
          { ref, apiVersion },
          () => permitted(errand, "write") ?? told(api.patch(ref, patch, as)),
          () => theirs.patch(ref, apiVersion, patch, as),
          unknownVersion({ apiVersion, kind: ref.kind }),
        ),
      delete: (ref, apiVersion, options, mode) =>
        either(
          { ref, apiVersion },
          () => permitted(errand, mode) ?? api.delete(ref, options, mode),
          () => theirs.delete(ref, apiVersion, options, mode),
          { is: "absent" },
        ),
    };
  }
}

type Refused = Extract<WriteOutcome, { is: "refused" }>;

/** As a server that knows accounts: who may write as nobody is refused, dry runs included. @throws what `stillMeant` throws */
function permitted(errand: Errand | undefined, mode: WriteMode): Refused | undefined {
  const acting = errand?.as?.();
  if (acting?.is === "refused") return refused(403, "Forbidden", acting.why);
  if (mode === "write") errand?.stillMeant?.();
  return undefined;
}

function told(answer: Answer): WriteOutcome {
  return answer.is === "refused" ? answer : { ...answer, live: seen(answer.object) };
}

function unknownVersion({ apiVersion, kind }: { apiVersion: string; kind: string }): Refused {
  return refused(404, "NotFound", `the cluster has no kind ${kind} at ${apiVersion}`);
}

function refused(status: number, reason: string, message: string): Refused {
  return { is: "refused", status, reason, message, causes: [] };
}

function seen(object: KubeObject): LiveObject {
  return observe(object, { ...parseApiVersion(object.apiVersion), kind: object.kind }, "whole");
}
