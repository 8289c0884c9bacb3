import { describe, expect, test } from "bun:test";
import { compareManifests } from "./compare-manifests.ts";

const object = (name: string, replicas: number): string =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "shop", name },
    spec: { replicas },
  });

describe("compareManifests()", () => {
  test("has what changed, what is new and what is gone, and nothing that is the same", () => {
    const found = compareManifests(
      [object("web", 1), object("api", 1), object("old", 1)],
      [object("new", 1), object("api", 1), object("web", 2)],
    );
    expect(found.map(({ name, before, after }) => [name, before !== undefined, after !== undefined])).toEqual(
      [
        ["apps/Deployment shop/new", false, true],
        ["apps/Deployment shop/old", true, false],
        ["apps/Deployment shop/web", true, true],
      ],
    );
    expect(found[2]?.after).toContain("replicas: 2");
  });

  test("loses none of several hooks of one beginning, nor of one name in several groups", () => {
    const hook = (image: string): string =>
      JSON.stringify({
        ...{ apiVersion: "batch/v1", kind: "Job", metadata: { generateName: "migrate-" } },
        spec: { image },
      });
    const found = compareManifests([hook("a:1"), hook("b:1")], [hook("a:2"), hook("b:1")]);
    expect(found.map(({ name, before }) => [name, before?.includes("a:1")])).toEqual([
      ["batch/Job migrate-*", true],
    ]);
    const ingress = (apiVersion: string): string =>
      JSON.stringify({ apiVersion, kind: "Ingress", metadata: { namespace: "shop", name: "web" } });
    expect(
      compareManifests([], [ingress("networking.k8s.io/v1"), ingress("traefik.io/v1")]).map(
        ({ name }) => name,
      ),
    ).toEqual(["networking.k8s.io/Ingress shop/web", "traefik.io/Ingress shop/web"]);
  });

  test("names hooks by what their names begin with, and what has no namespace", () => {
    const hook = JSON.stringify({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { generateName: "migrate-" },
    });
    const space = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    expect(compareManifests([], [hook, space]).map(({ name }) => name)).toEqual([
      "Namespace shop",
      "batch/Job migrate-*",
    ]);
  });
});
