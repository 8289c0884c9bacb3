import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { verifying } from "../../src/core/activity/verify-chain.ts";
import type { ActivityQuery } from "../../src/core/model/activity.ts";
import { type Application, appKey } from "../../src/core/model/application.ts";
import type { ObjectRecord } from "../../src/core/model/comparison.ts";
import type { KeptObject } from "../../src/core/model/kept-object.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { type RefKey, refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { TransitionNote, TransitionQuery } from "../../src/core/model/transition.ts";
import type { AuditEntry } from "../../src/core/ports/journal.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { defined } from "../../src/lib/defined.ts";
import { atOnce } from "../../src/lib/in-steps.ts";

const WEB = appKey("argocd", "web");
const API = appKey("team", "api");

function degraded(time: string): TransitionNote {
  return { kind: "health-degraded", at: `2026-11-30T${time}Z`, app: WEB, uid: "1" };
}

export function application(namespace: string, name: string, path = "apps"): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace, name },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/x", path },
      destination: { server: "https://kubernetes.default.svc" },
    },
  };
}

export function record(name: string, uid = "u1"): ObjectRecord {
  return {
    key: refKey({ group: "apps", kind: "Deployment", namespace: "shop", name }),
    uid,
    applied: {
      desiredHash: "d",
      own: { apiVersion: "apps/v1", time: "2026-11-23T04:00:00Z", fieldsHash: "f" },
      resourceVersion: "7",
      generation: 2,
    },
    verdict: { desiredHash: "d", uid, contentHash: "c", answer: "same" },
    repairs: { desiredHash: "d", list: [{ do: "drop-unknown-field", path: ".spec.x", text: "dropped" }] },
    tookOver: true,
  };
}

export function state(phase: OperationState["phase"], message = ""): OperationState {
  return { operation: { sync: { prune: true } }, phase, message, startedAt: "2026-11-23T04:00:00Z" };
}

export function kept(name: string, app = WEB, at = "2026-11-23T04:00:00Z"): Omit<KeptObject, "id"> {
  const ref = { group: "", kind: "ConfigMap", namespace: "shop", name };
  const metadata = { name, namespace: "shop" };
  return {
    app,
    appUid: "4b3c",
    run: 7,
    at,
    server: "https://kubernetes.default.svc",
    ref,
    uid: `uid of ${name}`,
    content: { object: { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b" } } },
  };
}

/** What every Store does. `open` gives an empty one. */
export function storeConformance(name: string, open: () => { store: Store; remove(): void }): void {
  describe(`Store: ${name}`, () => {
    let store: Store;
    let remove: () => void;
    beforeEach(() => ({ store, remove } = open()));
    afterEach(() => {
      store.close();
      remove();
    });

    test("gives back an application as it was put, unknown fields included, sorted by key", () => {
      const odd = {
        ...application("team", "api"),
        spec: { ...application("team", "api").spec, madeUp: [1, { a: null }] },
      } as Application;
      store.putApplication(odd);
      store.putApplication(application("argocd", "web"));
      expect(store.applications()).toEqual([application("argocd", "web"), odd]);
    });

    test("replaces an application that is put again and forgets one that is deleted", () => {
      store.putApplication(application("argocd", "web", "old"));
      store.putApplication(application("argocd", "web", "new"));
      expect(store.applications().map((app) => app.spec.source?.path)).toEqual(["new"]);
      store.deleteApplication(WEB);
      store.deleteApplication(WEB);
      expect(store.applications()).toEqual([]);
    });

    test("keeps what it was given, whatever the caller does to it afterwards", () => {
      const app = application("argocd", "web", "as-put");
      store.putApplication(app);
      app.spec.source = { repoURL: "changed" };
      const [first] = store.applications();
      if (first !== undefined) first.spec.project = "changed";
      expect(store.applications()[0]).toEqual(application("argocd", "web", "as-put"));
    });

    test("keeps projects by name, replaces one that is put again, and forgets one that is deleted", () => {
      const project = (name: string, description: string): Project => ({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name, namespace: "argocd" },
        spec: { description },
      });
      for (const [name, says] of [
        ["team", "old"],
        ["apart", "one"],
        ["team", "new"],
      ] as const)
        store.putProject(project(name, says));
      expect(store.projects()).toEqual([project("apart", "one"), project("team", "new")]);
      store.deleteProject("apart");
      store.deleteProject("apart");
      expect(store.projects()).toEqual([project("team", "new")]);
    });

    test("keeps states by key", () => {
      store.putStates([
        { key: WEB, uid: "1" },
        { key: API, uid: "2" },
      ]);
      store.putStates([{ key: WEB, uid: "1", operation: { sync: { dryRun: true } } }]);
      expect(store.states()).toEqual([
        { key: WEB, uid: "1", operation: { sync: { dryRun: true } } },
        { key: API, uid: "2" },
      ]);
      store.deleteState(API);
      expect(store.states().map(({ key }) => key)).toEqual([WEB]);
    });

    test("keeps the records of one application apart from another's", () => {
      store.putRecords(WEB, [record("b"), record("a")]);
      store.putRecords(API, [record("a", "u9")]);
      store.putRecords(WEB, [record("a", "u2")]);
      expect(store.records(WEB)).toEqual([record("a", "u2"), record("b")]);
      expect(store.records(API)).toEqual([record("a", "u9")]);
      expect(store.records(appKey("no", "body"))).toEqual([]);
    });

    test("deletes the records that are named, or all of one application", () => {
      store.putRecords(WEB, [record("a"), record("b"), record("c")]);
      store.putRecords(API, [record("a")]);
      store.deleteRecords(WEB, [record("a").key, "x/Y/z/none" as RefKey]);
      expect(store.records(WEB).map(({ key }) => key)).toEqual([record("b").key, record("c").key]);
      store.deleteRecords(WEB, "all");
      expect([store.records(WEB).length, store.records(API).length]).toEqual([0, 1]);
    });

    test("keeps how something is settled, with what is told of it or not at all", () => {
      const of = { is: "application", name: WEB } as const;
      expect(store.settled(of)).toBeUndefined();
      store.settle(of, { health: "good" }, []);
      expect(() =>
        store.atomically(() => {
          store.settle(of, { health: "degraded" }, [degraded("08:00:00")]);
          throw new Error("stop");
        }),
      ).toThrow("stop");
      expect([store.settled(of), store.transitions({ order: "oldest-first", limit: 10 })]).toEqual([
        { health: "good" },
        [],
      ]);
      store.settle(of, { health: "degraded" }, [degraded("08:00:00")]);
      expect(store.settled(of)).toEqual({ health: "degraded" });
      expect(store.settled({ is: "cluster", name: WEB })).toBeUndefined();
      store.settle(of, undefined, []);
      expect(store.settled(of)).toBeUndefined();
      expect(store.transitions({ order: "oldest-first", limit: 10 }).length).toBe(1);
    });

    test("joins what comes again soon, under a new number, and finds transitions by what is asked", () => {
      const web = { is: "application", name: WEB } as const;
      const recovered = (time: string) => ({ ...degraded(time), kind: "health-recovered" as const });
      store.settle(web, {}, [degraded("08:00:00"), recovered("08:01:00")]);
      store.settle({ is: "cluster", name: "edge" }, {}, [
        { kind: "cluster-unreachable", at: "2026-11-30T08:02:00Z", cluster: "edge", why: "it is away" },
      ]);
      const cursor = store.transitions({ order: "newest-first", limit: 1 })[0]?.seq;
      const [again] = store.settle(web, {}, [degraded("08:03:00")]);
      expect(again).toMatchObject({ count: 2, first: "2026-11-30T08:00:00Z", at: "2026-11-30T08:03:00Z" });
      const told = (query: Partial<TransitionQuery>) =>
        store
          .transitions({ order: "oldest-first", limit: 10, ...query })
          .map(({ kind, count }) => `${kind} ${count}`);
      expect(told({})).toEqual(["health-recovered 1", "cluster-unreachable 1", "health-degraded 2"]);
      expect(told({ beyond: cursor as number })).toEqual(["health-degraded 2"]);
      expect(told({ app: WEB, order: "newest-first" })).toEqual(["health-degraded 2", "health-recovered 1"]);
      expect(told({ app: WEB, order: "newest-first", beyond: again?.seq ?? 0 })).toEqual([
        "health-recovered 1",
      ]);
      expect(told({ cluster: "edge" })).toEqual(["cluster-unreachable 1"]);
      expect(told({ kinds: ["health-recovered"] })).toEqual(["health-recovered 1"]);
      expect(told({ kinds: [] })).toEqual([]);
      expect(told({ since: "2026-11-30T08:02:00Z", until: "2026-11-30T08:03:00Z" })).toEqual([
        "cluster-unreachable 1",
      ]);
      expect(told({ limit: 1 })).toEqual(["health-recovered 1"]);
    });

    test("numbers runs from 1 without gaps over all applications, a rolled back one included", () => {
      const first = store.startRun({ app: WEB, cause: "manual", state: state("Running") });
      expect(() =>
        store.atomically(() => {
          store.startRun({ app: WEB, cause: "manual", state: state("Running") });
          throw new Error("stop");
        }),
      ).toThrow("stop");
      const second = store.startRun({ app: API, cause: "automated", state: state("Running") });
      expect([first, second]).toEqual([1, 2]);
    });

    test("lists runs newest first, of one application, the unfinished ones, up to a limit", () => {
      for (const app of [WEB, API, WEB]) store.startRun({ app, cause: "manual", state: state("Running") });
      store.updateRun(1, state("Succeeded", "done"));
      store.updateRun(99, state("Failed"));
      expect(store.runs({ limit: 10 }).map(({ id }) => id)).toEqual([3, 2, 1]);
      expect(store.runs({ limit: 2 }).map(({ id }) => id)).toEqual([3, 2]);
      expect(store.runs({ app: WEB, limit: 10 }).map(({ id }) => id)).toEqual([3, 1]);
      expect(store.runs({ app: WEB, limit: 10, unfinished: true }).map(({ id }) => id)).toEqual([3]);
      expect(store.runs({ id: 2, limit: 1 }).map(({ id }) => id)).toEqual([2]);
      expect(store.runs({ app: WEB, id: 2, limit: 1 })).toEqual([]);
      expect(store.runs({ id: 9, limit: 1 })).toEqual([]);
      expect(store.runs({ app: WEB, limit: 10 })[1]).toEqual({
        id: 1,
        app: WEB,
        cause: "manual",
        state: state("Succeeded", "done"),
      });
    });

    test("counts a run that is being terminated as unfinished", () => {
      store.startRun({ app: WEB, cause: "manual", state: state("Terminating") });
      expect(store.runs({ limit: 1, unfinished: true }).length).toBe(1);
    });

    test("numbers audit entries from 1 and lists them newest first", () => {
      const entry = (action: string, app?: typeof WEB): AuditEntry => ({
        at: "2026-11-23T04:00:00Z",
        actor: "user:ana",
        action,
        ...defined({ app }),
        details: { n: 1, nested: [true, null] },
      });
      expect([
        store.audit(entry("sync", WEB)),
        store.audit(entry("reload")),
        store.audit(entry("sync", API)),
      ]).toEqual([1, 2, 3]);
      expect(store.audits({ limit: 2 })).toMatchObject([
        { seq: 3, ...entry("sync", API) },
        { seq: 2, ...entry("reload") },
      ]);
      expect(store.audits({ app: WEB, limit: 10 })).toMatchObject([{ seq: 1, ...entry("sync", WEB) }]);
    });

    test("chains audit entries, each to the one before, with what was told of it", () => {
      expect(store.activityHead()).toBeUndefined();
      store.audit({ at: "2026-11-23T04:00:00Z", actor: "daemon", action: "a", details: {} });
      store.audit({
        at: "2026-11-23T04:00:00Z",
        actor: "user:ana",
        who: { kind: "account", name: "ana", via: "s1" },
        from: { address: "192.0.2.7", agent: "curl/8" },
        action: "update",
        app: WEB,
        outcome: { is: "refused", why: "not hers" },
        before: { spec: { project: "shop" } },
        after: { spec: { project: "shop", a: 1 } },
        reason: "because",
        count: 3,
        details: {},
      });
      const [second, first] = store.audits({ limit: 2 });
      expect(first).toMatchObject({ seq: 1, previous: "0".repeat(64), outcome: { is: "done" } });
      expect(second).toEqual({
        seq: 2,
        at: "2026-11-23T04:00:00Z",
        actor: "user:ana",
        who: { kind: "account", name: "ana", via: "s1" },
        from: { address: "192.0.2.7", agent: "curl/8" },
        action: "update",
        app: WEB,
        project: "shop",
        object: { kind: "application", namespace: "argocd", name: "web" },
        outcome: { is: "refused", why: "not hers" },
        before: { spec: { project: "shop" } },
        after: { spec: { project: "shop", a: 1 } },
        reason: "because",
        count: 3,
        details: {},
        previous: first!.hash,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(store.activityHead()).toEqual({ seq: 2, hash: second!.hash });
      expect(store.chain(2, 5)).toMatchObject([{ seq: 2, hash: second!.hash }]);
      expect(atOnce(verifying((from, limit) => store.chain(from, limit)))).toMatchObject({
        is: "whole",
        verified: 2,
      });
    });

    describe("finds entries of the activity", () => {
      const BASE: ActivityQuery = { order: "newest-first", limit: 10 };
      beforeEach(() => {
        const told: Partial<AuditEntry>[] = [
          { actor: "user:ana", action: "sync", app: WEB, project: "shop" },
          { at: "2026-11-24T04:00:00Z", actor: "daemon", outcome: { is: "failed", why: "it hangs" } },
          { actor: "user:ben", action: "delete", outcome: { is: "refused", why: '100% "not" _his' } },
        ];
        for (const some of told)
          store.audit({ at: "2026-11-23T04:00:00Z", actor: "x", action: "y", details: {}, ...some });
      });
      test.each<[string, Partial<ActivityQuery>, number[]]>([
        ["all", {}, [3, 2, 1]],
        ["the oldest first", { order: "oldest-first" }, [1, 2, 3]],
        ["behind one", { beyond: 3, limit: 1 }, [2]],
        ["behind one, the oldest first", { order: "oldest-first", beyond: 1 }, [2, 3]],
        ["since a moment", { since: "2026-11-24T04:00:00Z" }, [2]],
        ["until a moment", { until: "2026-11-24T04:00:00Z" }, [3, 1]],
        ["of somebody", { actor: "user:ana" }, [1]],
        ["of somebody without the word", { actor: "ana" }, [1]],
        ["of an action", { action: "delete" }, [3]],
        ["of an application", { app: WEB }, [1]],
        ["of a project", { project: "shop" }, [1]],
        ["what was done", { outcome: "done" }, [1]],
        ["what was refused", { outcome: "refused" }, [3]],
        ["what failed", { outcome: "failed" }, [2]],
        ["a text", { text: "HANGS" }, [2]],
        ["a text with signs that mean something elsewhere", { text: '% "not" _' }, [3]],
        ["a sign that means any elsewhere", { text: "n_t" }, []],
        ["several conditions", { outcome: "refused", actor: "ana" }, []],
      ])("%s", (_, query, seqs) => {
        expect(store.activity({ ...BASE, ...query }).map(({ seq }) => seq)).toEqual(seqs);
      });
    });

    test("keeps deleted objects by application, the newest first, and forgets those from before a time", () => {
      const first = store.keepObject(kept("a", WEB, "2026-11-23T04:00:00Z"));
      store.keepObject(kept("b", API, "2026-11-24T04:00:00Z"));
      const last = store.keepObject(kept("c", WEB, "2026-11-25T04:00:00Z"));
      expect([first, last]).toEqual([
        { id: 1, fallen: [] },
        { id: 3, fallen: [] },
      ]);
      expect(store.keptObjects(WEB)).toEqual([
        { id: 3, ...kept("c", WEB, "2026-11-25T04:00:00Z") },
        { id: 1, ...kept("a", WEB, "2026-11-23T04:00:00Z") },
      ]);
      const { content: _, ...note } = kept("a", WEB, "2026-11-23T04:00:00Z");
      expect(store.keptNotes(WEB)[1]).toEqual({ id: 1, ...note });
      expect(store.oldestKept()).toBe("2026-11-23T04:00:00Z");
      expect(store.dropKeptBefore("2026-11-24T04:00:00Z")).toEqual([{ id: 1, ...note }]);
      expect(store.oldestKept()).toBe("2026-11-24T04:00:00Z");
      expect(store.keptObjects(WEB).map(({ id }) => id)).toEqual([3]);
      expect(store.keptObjects(API).map(({ id }) => id)).toEqual([2]);
    });

    test("keeps one in place of what was kept of the same object before", () => {
      expect(store.oldestKept()).toBeUndefined();
      const { id } = store.keepObject(kept("a", WEB));
      store.keepObject(kept("b", WEB));
      expect(store.keepObject(kept("a", WEB), id)).toEqual({ id: 3, fallen: [] });
      expect(store.keptObjects(WEB).map((one) => [one.id, one.ref.name])).toEqual([
        [3, "a"],
        [2, "b"],
      ]);
    });

    test("keeps what is served as it was put, by key, and forgets one that is deleted", () => {
      const child = (name: string, revision: string): KubeObject => ({
        ...application("argocd", name),
        metadata: {
          name,
          namespace: "argocd",
          uid: `u-${name}`,
          resourceVersion: revision,
          finalizers: ["f"],
        },
      });
      const keyOf = (name: string): RefKey => refKey(refOf(child(name, "1")));
      store.putServedObject(keyOf("b"), child("b", "1"));
      store.putServedObject(keyOf("a"), child("a", "2"));
      store.putServedObject(keyOf("b"), child("b", "3"));
      expect(store.servedObjects()).toEqual([child("a", "2"), child("b", "3")]);
      store.deleteServedObject(keyOf("a"));
      store.deleteServedObject(keyOf("none"));
      expect(store.servedObjects()).toEqual([child("b", "3")]);
      expect(() =>
        store.atomically(() => {
          store.deleteServedObject(keyOf("b"));
          throw new Error("no");
        }),
      ).toThrow("no");
      expect(store.servedObjects()).toEqual([child("b", "3")]);
    });

    test("finds the names of values by how they begin, whatever signs these are", () => {
      for (const name of ["of b", "of a", "of%", "off", "OF a", "of_a"]) store.putValue(name, "1");
      expect(store.valueNames("of ")).toEqual(["of a", "of b"]);
      expect(store.valueNames("of%")).toEqual(["of%"]);
      expect(store.valueNames("none")).toEqual([]);
    });

    test("keeps, replaces and forgets named values", () => {
      expect(store.value("installation")).toBeUndefined();
      store.putValue("installation", "a");
      store.putValue("installation", "b");
      expect(store.value("installation")).toBe("b");
      store.putValue("installation", undefined);
      expect(store.value("installation")).toBeUndefined();
    });

    test("rolls everything back when the work of a transaction throws, and passes the error on", () => {
      store.putValue("kept", "yes");
      const stop = new Error("stop");
      expect(() =>
        store.atomically(() => {
          store.putApplication(application("argocd", "web"));
          store.putStates([{ key: WEB, uid: "1" }]);
          store.putRecords(WEB, [record("a")]);
          store.audit({ at: "", actor: "daemon", action: "x", details: {} });
          store.putValue("kept", "no");
          throw stop;
        }),
      ).toThrow(stop);
      expect([
        store.applications().length,
        store.states().length,
        store.records(WEB).length,
        store.audits({ limit: 1 }).length,
        store.value("kept"),
      ]).toEqual([0, 0, 0, 0, "yes"]);
    });

    test("undoes only the inner part where the outer work goes on", () => {
      const result = store.atomically(() => {
        store.putValue("outer", "yes");
        expect(() =>
          store.atomically(() => {
            store.putValue("inner", "yes");
            throw new Error("inner");
          }),
        ).toThrow("inner");
        return "went on";
      });
      expect([result, store.value("outer"), store.value("inner")]).toEqual(["went on", "yes", undefined]);
    });

    test("keeps or undoes as a part of it what is written soon", () => {
      expect(() =>
        store.atomically(() => {
          store.soon(() => store.putValue("soon", "lost"));
          throw new Error("outer");
        }),
      ).toThrow("outer");
      store.atomically(() => store.soon(() => store.putValue("kept", "yes")));
      expect([store.value("soon"), store.value("kept")]).toEqual([undefined, "yes"]);
    });

    test("refuses work that waits", () => {
      expect(() =>
        store.atomically(() => {
          store.putValue("waiting", "yes");
          return Promise.resolve();
        }),
      ).toThrow("must not wait");
      expect(store.value("waiting")).toBeUndefined();
    });

    describe("soon", () => {
      test("is read at once, and undone alone where its work throws", () => {
        expect(store.soon(() => store.putValue("first", "yes"))).toBeUndefined();
        expect(() =>
          store.soon(() => {
            store.putValue("second", "yes");
            throw new Error("half");
          }),
        ).toThrow("half");
        expect(() => store.soon(() => Promise.resolve())).toThrow("must not wait");
        expect([store.value("first"), store.value("second")]).toEqual(["yes", undefined]);
        store.flush();
        store.flush();
        expect(store.value("first")).toBe("yes");
      });
    });
  });
}
