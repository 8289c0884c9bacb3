import { describe, expect, test } from "bun:test";
import type { ApplicationSpec } from "../../../core/model/application.ts";
import { changedSource, imageName, withSource } from "../../source-flags.ts";
import { withOpts } from "./global-flags.ts";
import { changedSpec } from "./spec-flags.ts";
import { unsetSource } from "./unset-flags.ts";

const source = { repoURL: "https://git.example.com/shop.git", path: "web" };

describe("sources", () => {
  test("a parameter takes the place of one of its name, and a chart's alone", () => {
    const helm = { parameters: [{ name: "tag", value: "1", forceString: true }] };
    expect(changedSource({ ...source, helm }, { parameter: ["tag=2", "a=b=c"] }).helm?.parameters).toEqual([
      { name: "tag", value: "2" },
      { name: "a", value: "b=c" },
    ]);
    expect(() => changedSource(source, { parameter: ["tag=2"] }, "Kustomize")).toThrow(
      "Helm applications only",
    );
    expect(changedSource(source, { parameter: ["tag=2"] }, "Helm").helm).toEqual({
      parameters: [{ name: "tag", value: "2" }],
    });
  });

  test("values of --helm-set are split at commas, but not in braces or behind a backslash", () => {
    const { helm } = changedSource(source, { helmSet: ["a=1,b={x,y}", "c=p\\,q"], helmSetString: ["d=1"] });
    expect(helm?.parameters).toEqual([
      { name: "a", value: "1" },
      { name: "b", value: "{x,y}" },
      { name: "c", value: "p\\,q" },
      { name: "d", value: "1", forceString: true },
    ]);
  });

  test("values as a text take the place of an object of values, which would win", () => {
    const helm = { valuesObject: { a: 1 }, releaseName: "web" };
    expect(changedSource({ ...source, helm }, { valuesLiteral: "a: 2\n" }).helm).toEqual({
      releaseName: "web",
      values: "a: 2\n",
    });
  });

  test.each([
    ["web=registry:5000/web:2", "web"],
    ["registry:5000/team/web:2", "registry:5000/team/web"],
    ["registry:5000/team/web", "registry:5000/team/web"],
    ["web@sha256:abc", "web"],
  ])("the image %s is called %s", (image, name) => expect(imageName(image)).toBe(name));

  test("an image takes the place of the one of its name", () => {
    const kustomize = { images: ["web=r/web:1", "db:1"] };
    const changed = changedSource({ ...source, kustomize }, { kustomizeImage: ["web=r/web:2"] });
    expect(changed.kustomize?.images).toEqual(["web=r/web:2", "db:1"]);
    expect(unsetSource(changed, { kustomizeImage: ["web"] }).kustomize?.images).toEqual(["db:1"]);
    expect(unsetSource(changed, { kustomizeImage: ["web", "db"] }).kustomize).toBeUndefined();
  });

  test("of several sources one is named, or nothing is changed", () => {
    const spec = { project: "default", sources: [source, { ...source, path: "db" }], destination: {} };
    const bump = (one: typeof source) => ({ ...one, targetRevision: "v2" });
    expect(withSource(spec, 2, bump as never).sources?.map(({ targetRevision }) => targetRevision)).toEqual([
      undefined,
      "v2",
    ]);
    expect(() => withSource(spec, undefined, bump as never)).toThrow("Which of its sources");
    expect(() => withSource(spec, 3, bump as never)).toThrow("Which of its sources");
    expect(withSource(spec, undefined, (one) => ({ ...one }))).toBe(spec);
  });
});

describe("specs", () => {
  const spec: ApplicationSpec = {
    project: "default",
    source,
    destination: { server: "https://a", namespace: "shop" },
    syncPolicy: { automated: { prune: true, enabled: false }, syncOptions: ["CreateNamespace=true"] },
  };
  test("a cluster by name takes the place of one by address", () => {
    expect(changedSpec(spec, { destName: "prod" }).destination).toEqual({ name: "prod", namespace: "shop" });
    expect(() => changedSpec(spec, { destName: "a", destServer: "b" })).toThrow("two ways");
  });
  test("automation is switched on, off and kept", () => {
    expect(changedSpec(spec, { syncPolicy: "automated" }).syncPolicy?.automated).toEqual({ prune: true });
    expect(changedSpec(spec, { syncPolicy: "none" }).syncPolicy).toEqual({
      syncOptions: ["CreateNamespace=true"],
    });
    expect(changedSpec(spec, { revision: "v2" }).syncPolicy).toEqual(spec.syncPolicy!);
    expect(() => changedSpec(spec, { syncPolicy: "none", autoPrune: true })).toThrow("which are off");
  });
  test("an option takes the place of one of its name, and ! takes it out", () => {
    expect(changedSpec(spec, { syncOption: ["CreateNamespace=false"] }).syncPolicy?.syncOptions).toEqual([
      "CreateNamespace=false",
    ]);
    expect(changedSpec(spec, { syncOption: ["!CreateNamespace=true"] }).syncPolicy?.syncOptions).toEqual([]);
  });
});

test("ARGOCD_OPTS gives the flags that count everywhere, and no others", () => {
  expect(
    withOpts(["app", "list"], `--grpc-web --server a.example.com --header 'X-A: b "c"' --prune`),
  ).toEqual(["--server", "a.example.com", "--header", 'X-A: b "c"', "app", "list"]);
  expect(withOpts(["app"], "--insecure=true --core")).toEqual(["--insecure=true", "--core", "app"]);
  expect(withOpts(["app"], undefined)).toEqual(["app"]);
});
