/** Where the home is another cluster, or none. */
import { describe, expect, test } from "bun:test";
import { child } from "../../../test/conformance/served-kinds.ts";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { homeOn, keysOf, made } from "../../../test/lib/served-homes.ts";
import { refOf } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Store } from "../../core/ports/store.ts";
import { nowhere } from "./nowhere.ts";

const APPLICATION = { group: "argoproj.io", version: "v1alpha1", kind: "Application" };

describe("ServedHome: beside a cluster", () => {
  /** A cluster of the config whose own definitions are as they are said to be. */
  function around(said: { is: "known" | "absent" | "unreachable" }) {
    let generation = 1,
      asked = 0;
    const written: string[] = [];
    const cluster: Cluster = {
      ...nowhere(0),
      name: "prod",
      server: "https://kubernetes.default.svc",
      kindsGeneration: () => generation,
      kind: async (gvk) => {
        asked += 1;
        if (said.is === "absent") return { is: "absent" };
        return said.is === "unreachable"
          ? { is: "unreachable", why: "no route to host" }
          : {
              is: "known",
              info: { ...gvk, version: "v1alpha1", resource: "applications", scope: "namespaced", verbs: [] },
            };
      },
      apply: async (object) => {
        written.push(object.metadata.name);
        return { is: "unreachable", why: "this is the cluster's" };
      },
    };
    return {
      cluster,
      written,
      asked: () => asked,
      change: (next: typeof said.is) => {
        said.is = next;
        generation += 1;
      },
    };
  }
  const over = (store: Store, base: Cluster) => {
    const { home } = homeOn(store);
    return { home, cluster: home.over([base])[0] as Cluster };
  };

  test("the home is the cluster of that address, else the one of that name, else one that stands for it", () => {
    const { home } = homeOn(memoryStore());
    const at = (name: string, server: string): Cluster => ({ ...nowhere(0), name, server });
    const other = at("other", "https://other.example.com");
    const named = at("in-cluster", "https://prod.example.com");
    const addressed = at("prod", "https://kubernetes.default.svc/");
    expect(
      home.over([other, named, addressed]).map((one, index) => one === [other, named, addressed][index]),
    ).toEqual([true, true, false]);
    expect(home.over([other, named]).map((one, index) => one === [other, named][index])).toEqual([
      true,
      false,
    ]);
    expect(home.over([other]).map(({ name }) => name)).toEqual(["other", "in-cluster"]);
    // A pass tells by it that the cluster is the same one.
    expect(home.over([addressed])[0]).toBe(home.over([addressed])[0] as Cluster);
  });

  test("one without definitions of its own is asked once, and sees nothing of them", async () => {
    const { cluster: base, written, asked } = around({ is: "absent" });
    const { cluster, home } = over(memoryStore(), base);
    expect(await cluster.kind(APPLICATION)).toMatchObject({ is: "known" });
    await cluster.apply(child("a"), "dry-run");
    expect(asked()).toBe(1);
    await made(cluster, child("a"));
    expect([written, keysOf(home)]).toEqual([[], ["argocd/a"]]);
  });

  test("one that has them is left as it is, until it has them no more", async () => {
    const { cluster: base, written, change } = around({ is: "known" });
    const { cluster, home } = over(memoryStore(), base);
    expect(await cluster.apply(child("a"), "write")).toMatchObject({ is: "unreachable" });
    expect([written, keysOf(home)]).toEqual([["a"], []]);
    change("absent");
    await made(cluster, child("a"));
    expect([written, keysOf(home)]).toEqual([["a"], ["argocd/a"]]);
  });

  test("what was made here stays here when definitions come", async () => {
    const { cluster: base, written, change } = around({ is: "absent" });
    const { cluster, home } = over(memoryStore(), base);
    await made(cluster, child("a"));
    change("known");
    await made(cluster, child("b"));
    expect([written, keysOf(home)]).toEqual([[], ["argocd/a", "argocd/b"]]);
  });

  test("where it cannot be told whose they are, nothing is read as gone and nothing is written", async () => {
    const { cluster: base, written } = around({ is: "unreachable" });
    const { cluster, home } = over(memoryStore(), base);
    expect(await cluster.read(refOf(child("a")), "argoproj.io/v1alpha1")).toMatchObject({
      is: "unreachable",
    });
    expect(await cluster.apply(child("a"), "write")).toMatchObject({ is: "unreachable" });
    expect(await cluster.kind(APPLICATION)).toMatchObject({ is: "unreachable" });
    expect([written, keysOf(home)]).toEqual([[], []]);
  });

  test("where there is no cluster, nothing but Applications can be there, and whoever asks is told what to do", async () => {
    const { cluster } = homeOn(memoryStore());
    expect(await cluster.kind({ group: "apps", version: "v1", kind: "Deployment" })).toMatchObject({
      is: "unreachable",
      why: expect.stringContaining("there is no cluster with the server https://kubernetes.default.svc"),
    });
    // What an application had on a cluster that left the config must not look gone.
    const deployments = { group: "apps", version: "v1", kind: "Deployment" };
    expect(await endingOf(cluster.follow("argocd/root", [APPLICATION, deployments], ["argocd"]))).toThrow(
      "cluster in-cluster: cannot connect to it: there is no cluster with the server",
    );
    expect((await cluster.follow("argocd/root", [APPLICATION], ["argocd"])).failed.size).toBe(0);
  });
});
