import { describe, expect, test } from "bun:test";
import type { KustomizeSource } from "../../../src/core/model/application.ts";
import { editKustomization } from "./edit-kustomization.ts";
import { setImages } from "./set-images.ts";

/** Expected values are what `kustomize edit` 5.8.1 writes. */
describe("setImages()", () => {
  const before = [
    { name: "nginx", newName: "reg/nginx", newTag: "1" },
    { name: "zed", digest: "sha256:aaa" },
  ];
  test.each([
    ["nginx:2", { name: "nginx", newTag: "2" }],
    ["nginx=other", { name: "nginx", newName: "other" }],
    ["nginx=other:3", { name: "nginx", newName: "other", newTag: "3" }],
    ["nginx=*:4", { name: "nginx", newName: "reg/nginx", newTag: "4" }],
    ["nginx=other:*", { name: "nginx", newName: "other", newTag: "1" }],
    ["zed=*@*", { name: "zed", digest: "sha256:aaa" }],
    ["redis=host:5000/redis", { name: "redis", newName: "host:5000/redis" }],
    ["redis=host:5000/redis:7", { name: "redis", newName: "host:5000/redis", newTag: "7" }],
    ["host:5000/redis:7", { name: "host:5000/redis", newTag: "7" }],
    ["redis@sha256:bbb", { name: "redis", digest: "sha256:bbb" }],
    ["redis:1@sha256:ccc", { name: "redis", newTag: "1", digest: "sha256:ccc" }],
    ["new=*:2", { name: "new", newTag: "2" }],
  ])("%p", (text, expected) => {
    const images = setImages(before, [text]);
    expect(images.find(({ name }) => name === expected.name)).toEqual(expected);
    expect(images.map(({ name }) => String(name))).toEqual(images.map(({ name }) => String(name)).sort());
    expect(images).toHaveLength(expected.name === "nginx" || expected.name === "zed" ? 2 : 3);
  });

  test.each(["redis", "host:5000/redis", "=x", "a=b=c", "nginx="])("%p is no image", (text) => {
    expect(() => setImages([], [text])).toThrow(`${text} is no image`);
  });
});

describe("editKustomization()", () => {
  const edit = (before: Record<string, unknown>, source: KustomizeSource) =>
    editKustomization(before, source, { env: { APP: "shop" }, components: [] });
  test.each<{
    name: string;
    before: Record<string, unknown>;
    source: KustomizeSource;
    after: Record<string, unknown>;
  }>([
    {
      name: "a label joins those that select",
      before: { commonLabels: { a: "1" } },
      source: { commonLabels: { b: "$APP" } },
      after: { commonLabels: { a: "1", b: "shop" } },
    },
    {
      name: "a forced label wins",
      before: { commonLabels: { a: "1" } },
      source: { commonLabels: { a: "2" }, forceCommonLabels: true },
      after: { commonLabels: { a: "2" } },
    },
    {
      name: "a label without selector joins the entry of its sort",
      before: { labels: [{ pairs: { a: "1" } }] },
      source: { commonLabels: { b: "2" }, labelWithoutSelector: true },
      after: { labels: [{ pairs: { a: "1", b: "2" } }] },
    },
    {
      name: "or makes its own",
      before: { labels: [{ pairs: { a: "1" }, includeSelectors: true }] },
      source: { commonLabels: { a: "2" }, labelWithoutSelector: true },
      after: { labels: [{ pairs: { a: "1" }, includeSelectors: true }, { pairs: { a: "2" } }] },
    },
    {
      name: "templates are another sort",
      before: { labels: [{ pairs: { a: "1" } }] },
      source: { commonLabels: { b: "2" }, labelWithoutSelector: true, labelIncludeTemplates: true },
      after: { labels: [{ pairs: { a: "1" } }, { pairs: { b: "2" }, includeTemplates: true }] },
    },
    {
      name: "annotations keep their dollars",
      before: {},
      source: { commonAnnotations: { a: "$APP" } },
      after: { commonAnnotations: { a: "$APP" } },
    },
    {
      name: "unless they are told not to",
      before: {},
      source: { commonAnnotations: { a: "$APP" }, commonAnnotationsEnvsubst: true },
      after: { commonAnnotations: { a: "shop" } },
    },
    {
      name: "replicas by name",
      before: {
        replicas: [
          { name: "a", count: 1 },
          { name: "b", count: 2 },
        ],
      },
      source: { replicas: [{ name: "a", count: "5" }] },
      after: {
        replicas: [
          { name: "b", count: 2 },
          { name: "a", count: 5 },
        ],
      },
    },
    {
      name: "patches come after the file's",
      before: { patches: [{ path: "x" }] },
      source: { patches: [{ patch: "y" }] },
      after: { patches: [{ path: "x" }, { patch: "y" }] },
    },
  ])("$name", ({ before, source, after }) => {
    const copy = structuredClone(before);
    expect(edit(before, source)).toEqual(after);
    expect(before).toEqual(copy);
  });

  test.each<{ says: string; before: Record<string, unknown>; source: KustomizeSource }>([
    {
      says: "the label a of the source stands in the kustomization already",
      before: { commonLabels: { a: "1" } },
      source: { commonLabels: { a: "2" } },
    },
    {
      says: "the annotation a of the source stands in the kustomization already",
      before: { commonAnnotations: { a: "1" } },
      source: { commonAnnotations: { a: "2" } },
    },
    {
      says: "works only together with labelWithoutSelector",
      before: {},
      source: { commonLabels: { a: "2" }, labelIncludeTemplates: true },
    },
    {
      says: "web has the count many, which is no whole number",
      before: {},
      source: { replicas: [{ name: "web", count: "many" }] },
    },
  ])("refuses: $says", ({ says, before, source }) => {
    expect(() => edit(before, source)).toThrow(says);
  });
});
