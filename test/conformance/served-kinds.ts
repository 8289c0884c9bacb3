/**
 * What whoever serves Applications and AppProjects must do for the engine: one suite, run on an API server that has their
 * definitions and on the daemon, which serves them itself. It speaks to the `Cluster` port only.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster, LiveChange } from "../../src/core/ports/cluster.ts";
import type { WriteOutcome } from "../../src/core/ports/cluster-objects.ts";
import { endingOf } from "../lib/ending-of.ts";
import { tracked } from "../lib/manifests.ts";

type Done = Extract<WriteOutcome, { is: "done" }>;

/** A child of `parent` in the namespace argocd. */
export function child(
  name: string,
  { parent = "root", ...spec }: { parent?: string; [field: string]: unknown } = {},
): KubeObject {
  return tracked(parent, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd", finalizers: ["resources-finalizer.argocd.argoproj.io"] },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: name, targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      ...spec,
    },
  });
}

/** @param start with the namespace argocd */
export function servedKindsConformance(
  name: string,
  start: () => Promise<{ cluster: Cluster; stop(): Promise<void> }>,
): void {
  describe(`Applications on ${name}`, () => {
    setDefaultTimeout(60_000);
    let under: Awaited<ReturnType<typeof start>>, cluster: Cluster;

    beforeAll(async () => {
      under = await start();
      cluster = under.cluster;
      const { failed } = await cluster.follow(
        "argocd/root",
        ["Application", "AppProject"].map((kind) => ({ group: "argoproj.io", version: "v1alpha1", kind })),
        ["argocd"],
      );
      expect([...failed]).toEqual([]);
    }, 120_000);
    afterAll(() => under?.stop(), 60_000);

    async function must(outcome: Promise<WriteOutcome>): Promise<Done> {
      const answer = await outcome;
      if (answer.is !== "done") throw new Error(JSON.stringify(answer));
      return answer;
    }
    const read = async (object: KubeObject): Promise<KubeObject> => {
      const answer = await cluster.read(refOf(object), object.apiVersion);
      if (answer.is !== "found") throw new Error(JSON.stringify(answer));
      return answer.object;
    };
    const refusal = async (outcome: Promise<{ is: string }>): Promise<unknown> => {
      const answer = (await outcome) as { is: string; status?: number; reason?: string };
      return [answer.is, answer.status, answer.reason];
    };
    const remove = (
      object: KubeObject,
      more: { resourceVersion?: string } = {},
      mode: "dry-run" | "write" = "write",
    ) =>
      cluster.delete(
        refOf(object),
        object.apiVersion,
        { uid: object.metadata.uid ?? "", propagation: "Background", ...more },
        mode,
      );

    test("the kinds are namespaced, at one version", async () => {
      for (const [kind, resource] of [
        ["Application", "applications"],
        ["AppProject", "appprojects"],
      ] as const) {
        const info = { group: "argoproj.io", version: "v1alpha1", kind, resource, scope: "namespaced" };
        for (const version of ["v1alpha1", ""])
          expect(await cluster.kind({ group: "argoproj.io", version, kind })).toMatchObject({
            is: "known",
            info,
          });
        expect(await cluster.kind({ group: "argoproj.io", version: "v1", kind })).toEqual({ is: "absent" });
      }
    });

    test("an apply makes it, says what is ours, and the same again changes nothing", async () => {
      const object = child("apply", { ofTomorrow: { a: [1, { b: null }] } });
      const first = await must(cluster.apply(object, "write"));
      expect(first.object.spec).toEqual(object["spec"]);
      expect(first.live).toMatchObject({ generation: 1, own: { apiVersion: "argoproj.io/v1alpha1" } });
      const second = await must(cluster.apply(object, "write"));
      expect(second.object).toEqual(first.object);
      expect(await read(object)).toEqual(first.object);
    });

    test("a dry run writes nothing, and equals what is there where it would change nothing", async () => {
      const object = child("dry");
      expect((await must(cluster.apply(object, "dry-run"))).live.uid).not.toBe("");
      expect(await cluster.read(refOf(object), object.apiVersion)).toEqual({ is: "absent" });
      const { live } = await must(cluster.apply(object, "write"));
      const dry = await must(cluster.apply(object, "dry-run"));
      expect(dry.live.contentHash).toBe(live.contentHash);
      expect(dry.live.own).toEqual(live.own);
      const other = await must(cluster.apply(child("dry", { project: "shop" }), "dry-run"));
      expect(other.live.contentHash).not.toBe(live.contentHash);
      expect((await read(object)).spec).toEqual(object["spec"]);
    });

    test("what an apply leaves out goes, what others wrote stays, and a list is replaced whole", async () => {
      const { object } = await must(
        cluster.apply(
          child("merge", { info: [{ name: "a", value: "1" }], syncPolicy: { automated: {} } }),
          "write",
        ),
      );
      const ref = refOf(object);
      await must(
        cluster.patch(
          ref,
          object.apiVersion,
          [{ op: "add", path: "/metadata/labels", value: { team: "shop" } }],
          {
            fieldManager: "holdfast-action",
            to: "object",
          },
        ),
      );
      const next = child("merge", { info: [{ name: "b", value: "2" }] });
      const { object: merged, live } = await must(cluster.apply(next, "write"));
      expect(merged.spec).toEqual(next["spec"]);
      expect(merged.metadata.labels).toEqual({ team: "shop" });
      expect(live.managers.map(({ manager }) => manager)).toEqual(["holdfast-action"]);
      expect(live.generation).toBe(2);
    });

    test("an apply takes back what another one set of ours", async () => {
      const { object } = await must(cluster.apply(child("back"), "write"));
      const change = [{ op: "replace", path: "/spec/project", value: "other" } as const];
      const as = { fieldManager: "holdfast-action", to: "object" } as const;
      const edited = await must(cluster.patch(refOf(object), object.apiVersion, change, as));
      expect(edited.live.own?.fieldsHash).not.toBe(object.metadata.uid as string);
      const healed = await must(cluster.apply(child("back"), "write"));
      expect(healed.object.spec).toEqual(object["spec"]);
      expect(healed.live.managers).toEqual([]);
    });

    test("a patch whose test fails changes nothing", async () => {
      const { object } = await must(cluster.apply(child("tested"), "write"));
      const outcome = cluster.patch(refOf(object), object.apiVersion, [
        { op: "test", path: "/metadata/resourceVersion", value: "1" },
        { op: "replace", path: "/spec/project", value: "other" },
      ]);
      expect(["409", "422"]).toContain(String(((await refusal(outcome)) as unknown[])[1]));
      expect(await read(object)).toEqual(object);
    });

    test("create and replace keep their preconditions", async () => {
      const { object } = await must(cluster.create(child("created"), "write"));
      expect(await refusal(cluster.create(child("created"), "write"))).toEqual([
        "refused",
        409,
        "AlreadyExists",
      ]);
      const edited = { ...object, spec: { ...(object["spec"] as object), project: "shop" } };
      const { object: replaced } = await must(cluster.replace(edited, "write"));
      expect(replaced.spec).toMatchObject({ project: "shop" });
      expect(await refusal(cluster.replace(edited, "write"))).toEqual(["refused", 409, "Conflict"]);
    });

    test("a delete is of that object, at that version, and a dry run of one takes nothing", async () => {
      const { object } = await must(cluster.apply(child("judged"), "write"));
      expect(await remove(object, {}, "dry-run")).toEqual({ is: "deleted" });
      const stranger = { ...object, metadata: { ...object.metadata, uid: crypto.randomUUID() } };
      expect(await refusal(remove(stranger))).toEqual(["refused", 409, "Conflict"]);
      expect(await refusal(remove(object, { resourceVersion: "1" }))).toEqual(["refused", 409, "Conflict"]);
      expect(await read(object)).toEqual(object);
      expect(await remove(child("never-there"))).toEqual({ is: "absent" });
    });

    test("one with finalizers stays, marked, until the last of them goes; one without goes at once", async () => {
      const { object } = await must(cluster.apply(child("held"), "write"));
      expect(await remove(object)).toEqual({ is: "deleted" });
      const marked = await read(object);
      expect(marked.metadata.deletionTimestamp).toBeString();
      expect(cluster.get(refKey(refOf(object)))?.object.metadata.deletionTimestamp).toBeString();
      // An apply brings nothing back that is on its way out.
      expect(
        (await must(cluster.apply(child("held"), "write"))).object.metadata.deletionTimestamp,
      ).toBeString();
      await must(
        cluster.patch(refOf(object), object.apiVersion, [{ op: "remove", path: "/metadata/finalizers" }]),
      );
      expect(await cluster.read(refOf(object), object.apiVersion)).toEqual({ is: "absent" });

      const free = child("free");
      const { object: made } = await must(
        cluster.apply({ ...free, metadata: { ...free.metadata, finalizers: [] } }, "write"),
      );
      expect(await remove(made)).toEqual({ is: "deleted" });
      expect(await cluster.read(refOf(made), made.apiVersion)).toEqual({ is: "absent" });
      expect(cluster.get(refKey(refOf(made)))).toBeUndefined();
    });

    test("what was written is in the cache, whole and by its parent, and every change is told", async () => {
      const object = child("told", { parent: "told-parent" });
      const told: LiveChange[] = [];
      const stop = cluster.onChange((change) => {
        if (change.key === refKey(refOf(object))) told.push(change);
      });
      const { object: made } = await must(cluster.apply(object, "write"));
      expect(cluster.trackedBy("told-parent").map(({ ref }) => ref.name)).toEqual(["told"]);
      expect(cluster.get(refKey(refOf(object)))).toMatchObject({
        detail: "full",
        uid: made.metadata.uid as string,
      });
      await must(
        cluster.patch(refOf(made), made.apiVersion, [{ op: "remove", path: "/metadata/finalizers" }]),
      );
      await remove(made);
      stop();
      expect(told[0]).toMatchObject({ change: "added", apps: ["told-parent"], tracked: true });
      expect(told.at(-1)).toMatchObject({ change: "deleted", apps: ["told-parent"], tracked: true });
    });

    test("for() does the same for an errand, which is asked before what is written, and not before a dry run", async () => {
      let asked = 0;
      const errand = cluster.for({ owner: "argocd/root", urgency: "sync", stillMeant: () => void asked++ });
      await must(errand.apply(child("errand"), "dry-run"));
      expect(asked).toBe(0);
      await must(errand.apply(child("errand"), "write"));
      expect(asked).toBe(1);
      const refusing = cluster.for({
        owner: "argocd/root",
        urgency: "sync",
        stillMeant: () => {
          throw new Error("not any more");
        },
      });
      expect(await endingOf(refusing.apply(child("errand", { project: "other" }), "write"))).toThrow(
        "not any more",
      );
      const nobody = cluster.for({
        owner: "argocd/root",
        urgency: "sync",
        as: () => ({ is: "refused", why: "no account is named" }),
      });
      expect(await refusal(nobody.apply(child("errand"), "dry-run"))).toEqual(["refused", 403, "Forbidden"]);
      expect((await read(child("errand"))).spec).toEqual(child("errand")["spec"]);
    });
  });
}
