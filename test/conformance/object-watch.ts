/** Whole objects of one kind as records: the `watch` of a Cluster, on the sandbox and on a real control plane. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { GroupVersionKind, KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { ObjectWatch } from "../../src/core/ports/object-watch.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, crd } from "../lib/manifests.ts";
import { type RawApi, rawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";
import type { ClusterUnderTest } from "./cluster.ts";

const CONFIG_MAP: GroupVersionKind = { group: "", version: "v1", kind: "ConfigMap" };
const MERGE = "application/merge-patch+json";

interface Heard {
  watch: ObjectWatch;
  /** `changed a`, `gone a`, `is shown`. */
  said: string[];
}

export function objectWatchConformance(name: string, start: () => Promise<ClusterUnderTest>): void {
  describe(`Cluster.watch on ${name}`, () => {
    setDefaultTimeout(60_000);
    let under: ClusterUnderTest, proxy: ApiProxy, cluster: Cluster, raw: RawApi;
    const watches: ObjectWatch[] = [];
    let namespaces = 0;

    beforeAll(async () => {
      under = await start();
      raw = await rawApi(under.kubeconfig);
      proxy = await startApiProxy(under.kubeconfig);
      cluster = await connectCluster({
        name: "records",
        server: "https://records",
        kubeconfig: { file: proxy.kubeconfig },
        log: recordingLog(),
        timings: { firstPauseMs: 40 },
      });
    }, 120_000);
    afterAll(async () => {
      for (const watch of watches) watch.stop();
      await cluster?.stop();
      await proxy?.stop();
      await under?.stop();
    }, 60_000);

    async function freshNamespace(): Promise<string> {
      const namespace = `records-${++namespaces}`;
      await raw.makeNamespace(namespace);
      return namespace;
    }
    function watch(gvk: GroupVersionKind, where: Parameters<Cluster["watch"]>[1]): Heard {
      const said: string[] = [];
      const watched = cluster.watch(gvk, where, {
        changed: ({ metadata }) => said.push(`changed ${metadata.name}`),
        gone: ({ metadata }) => said.push(`gone ${metadata.name}`),
        became: ({ is }) => said.push(`is ${is}`),
      });
      watches.push(watched);
      return { watch: watched, said };
    }
    const shown = ({ watch: of }: Heard): Promise<boolean> =>
      eventually("everything is shown", () => of.state().is === "shown");
    const heard = ({ said }: Heard, what: string): Promise<boolean> =>
      eventually(what, () => said.includes(what));
    const path = (namespace: string, called = ""): string =>
      `/api/v1/namespaces/${namespace}/configmaps${called === "" ? "" : `/${called}`}`;
    const make = (
      namespace: string,
      called: string,
      labels: Record<string, string> = {},
    ): Promise<unknown> => {
      const made = configMap(namespace, called);
      return raw.must("POST", path(namespace), {
        ...made,
        metadata: { ...made.metadata, labels, annotations: { note: "whole" } },
      });
    };

    test("what is there is told before it says that all is shown, and what comes, changes and goes after it", async () => {
      const namespace = await freshNamespace();
      await make(namespace, "first");
      const seen = watch(CONFIG_MAP, { namespaces: [namespace] });
      expect(seen.watch.state()).toEqual({ is: "starting" });
      expect(seen.said).toEqual([]);
      await shown(seen);
      expect(seen.said.filter((line) => !line.includes("kube-root-ca"))).toEqual([
        "changed first",
        "is shown",
      ]);
      expect(seen.watch.get(namespace, "first")).toMatchObject({
        metadata: { annotations: { note: "whole" } },
        data: expect.anything(),
      });
      await make(namespace, "second");
      await heard(seen, "changed second");
      await raw.must("PATCH", path(namespace, "second"), { data: { of: "another" } }, MERGE);
      await eventually("the change", () => {
        const data = seen.watch.get(namespace, "second")?.["data"] as Record<string, string> | undefined;
        return data?.["of"] === "another";
      });
      await raw.must("DELETE", path(namespace, "first"));
      await heard(seen, "gone first");
      expect(seen.watch.get(namespace, "first")).toBeUndefined();
    });

    test("only what is selected, and only where it was asked for", async () => {
      const [here, elsewhere] = [await freshNamespace(), await freshNamespace()];
      await make(here, "meant", { "argocd.argoproj.io/secret-type": "cluster" });
      await make(here, "other");
      await make(elsewhere, "meant-elsewhere", { "argocd.argoproj.io/secret-type": "cluster" });
      const seen = watch(CONFIG_MAP, {
        namespaces: [here],
        labelSelector: "argocd.argoproj.io/secret-type",
      });
      await shown(seen);
      expect([...seen.watch.objects()].map(({ metadata }) => metadata.name)).toEqual(["meant"]);
      await raw.must("PATCH", path(here, "meant"), { metadata: { labels: null } }, MERGE);
      await heard(seen, "gone meant");
      await raw.must(
        "PATCH",
        path(here, "other"),
        { metadata: { labels: { "argocd.argoproj.io/secret-type": "x" } } },
        MERGE,
      );
      await heard(seen, "changed other");
    });

    test("one name alone, from before it is there until after it is made again", async () => {
      const namespace = await freshNamespace();
      await make(namespace, "meant-too");
      const seen = watch(CONFIG_MAP, { namespaces: [namespace], name: "meant" });
      await shown(seen);
      expect([...seen.watch.objects()]).toEqual([]);
      await make(namespace, "meant");
      await heard(seen, "changed meant");
      await raw.must("DELETE", path(namespace, "meant"));
      await heard(seen, "gone meant");
      await make(namespace, "other");
      await make(namespace, "meant");
      await eventually("it is there again", () => seen.watch.get(namespace, "meant") !== undefined);
      expect(seen.said.filter((line) => !line.endsWith(" meant"))).toEqual(["is shown"]);
    });

    test.each([
      { then: "the watch goes on", forgets: 0 },
      { then: "the server has forgotten the place, and all is listed", forgets: 1 },
    ])(
      "an object that is deleted and made again while the watch is cut is gone once: $then",
      async ({ forgets }) => {
        const namespace = await freshNamespace();
        await make(namespace, "twin");
        await make(namespace, "leaves");
        const seen = watch(CONFIG_MAP, { namespaces: [namespace] });
        await shown(seen);
        const before = seen.watch.get(namespace, "twin")?.metadata.uid;
        seen.said.length = 0;
        // One that is on its way to the server would not be cut.
        await eventually("it watches", () =>
          proxy.watching().some((each) => each.startsWith(path(namespace))),
        );
        const fault = proxy.inject((request) => request.path.startsWith(path(namespace)), {
          do: "answer",
          status: 503,
          body: { kind: "Status", status: "Failure", code: 503, message: "away" },
        });
        proxy.cutWatches();
        await eventually("the fault is seen", () => seen.watch.state().is === "unseen");
        await raw.must("DELETE", path(namespace, "twin"));
        await raw.must("DELETE", path(namespace, "leaves"));
        await make(namespace, "twin");
        // Nothing is concluded from what is not seen.
        expect(seen.watch.get(namespace, "leaves")).toBeDefined();
        if (forgets > 0)
          proxy.inject(
            (request) => request.isWatch && request.path.startsWith(path(namespace)),
            {
              do: "answer",
              status: 410,
              body: { kind: "Status", status: "Failure", code: 410, reason: "Expired" },
            },
            forgets,
          );
        fault();
        await heard(seen, "gone leaves");
        await eventually("the other twin", () => {
          const now = seen.watch.get(namespace, "twin")?.metadata.uid;
          return now !== undefined && now !== before;
        });
        await shown(seen);
        expect(seen.said.filter((line) => line.endsWith("twin"))).toEqual(["gone twin", "changed twin"]);
      },
    );

    test("an answer to a write of our own is seen at once, and one that comes late brings nothing back", async () => {
      const namespace = await freshNamespace();
      await make(namespace, "written");
      const seen = watch(CONFIG_MAP, { namespaces: [namespace] });
      await shown(seen);
      const old = seen.watch.get(namespace, "written") as KubeObject;
      const now = await raw.must("PATCH", path(namespace, "written"), { data: { a: "now" } }, MERGE);
      seen.watch.wrote(now);
      expect(seen.watch.get(namespace, "written")?.["data"]).toMatchObject({ a: "now" });
      seen.watch.wrote(old);
      expect(seen.watch.get(namespace, "written")?.["data"]).toMatchObject({ a: "now" });
      await raw.must("DELETE", path(namespace, "written"));
      await heard(seen, "gone written");
      seen.watch.wrote(now);
      expect(seen.watch.get(namespace, "written")).toBeUndefined();
    });

    test("a kind whose definition comes later is shown then, and with its definition all of it goes", async () => {
      const namespace = await freshNamespace();
      const group = "records.example.com";
      const seen = watch({ group, version: "v1", kind: "Record" }, { namespaces: [namespace] });
      await heard(seen, "is absent");
      const definition = crd({ group, kind: "Record", plural: "records" });
      await raw.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
      await shown(seen);
      await raw.must("POST", `/apis/${group}/v1/namespaces/${namespace}/records`, {
        apiVersion: `${group}/v1`,
        kind: "Record",
        metadata: { name: "one", namespace },
      });
      await heard(seen, "changed one");
      await raw.must(
        "DELETE",
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`,
      );
      await heard(seen, "gone one");
      await eventually("it is absent", () => seen.watch.state().is === "absent");
    });

    test("one that was stopped tells nothing", async () => {
      const namespace = await freshNamespace();
      const seen = watch(CONFIG_MAP, { namespaces: [namespace] });
      const witness = watch(CONFIG_MAP, { namespaces: [namespace] });
      await shown(seen);
      seen.watch.stop();
      seen.said.length = 0;
      await make(namespace, "after");
      await heard(witness, "changed after");
      expect(seen.said).toEqual([]);
    });
  });
}
