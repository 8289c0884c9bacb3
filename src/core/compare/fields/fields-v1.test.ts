import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { membersOf } from "../../../../test/lib/members-of.ts";
import type { FieldsV1 } from "../../model/kube-object.ts";
import { claimOn, type ElementPath, isEmptySet, unionFields, withoutFields } from "./fields-v1.ts";

/** Sets of places, built from lists of paths: the plain model that the FieldsV1 functions are held against. */
const element = fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', 'v:"y"');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });
const text = (path: ElementPath): string => JSON.stringify(path);
const asSet = (root: FieldsV1): string[] => membersOf(root).map(text).sort();
const unique = (all: readonly ElementPath[]): string[] => [...new Set(all.map(text))].sort();

function fromPaths(all: readonly ElementPath[]): FieldsV1 {
  const members = new Set(all.map(text));
  const build = (prefix: string[]): FieldsV1 => {
    const children = new Set(
      all
        .filter((path) => path.length > prefix.length && text(path.slice(0, prefix.length)) === text(prefix))
        .map((path) => path[prefix.length] as string),
    );
    const node: FieldsV1 = members.has(text(prefix)) && children.size > 0 ? { ".": {} } : {};
    for (const child of children) node[child] = build([...prefix, child]);
    return node;
  };
  return build([]);
}

describe("FieldsV1 as a set", () => {
  test("members of a set are the places it was built from", () => {
    fc.assert(fc.property(paths, (all) => expect(asSet(fromPaths(all))).toEqual(unique(all))));
  });
  test("a union holds exactly the places of both", () => {
    fc.assert(
      fc.property(paths, paths, (a, b) =>
        expect(asSet(unionFields(fromPaths(a), fromPaths(b)))).toEqual(unique([...a, ...b])),
      ),
    );
  });
  test("a place taken out goes with all below it, and nothing else does", () => {
    fc.assert(
      fc.property(paths, path, (all, gone) => {
        const left = all.filter((one) => text(one.slice(0, gone.length)) !== text(gone));
        expect(asSet(withoutFields(fromPaths(all), gone))).toEqual(unique(left));
      }),
    );
  });
  test("taking out what is not in it changes nothing at all", () => {
    fc.assert(
      fc.property(paths, path, (all, gone) => {
        const root = fromPaths(all);
        const has = all.some((one) => text(one.slice(0, gone.length)) === text(gone));
        expect(withoutFields(root, gone) === root).toBe(!has);
      }),
    );
  });
  test("no node is left that would claim a place by being empty", () => {
    fc.assert(
      fc.property(paths, (all) => expect(isEmptySet(all.reduce(withoutFields, fromPaths(all)))).toBe(true)),
    );
  });
});

describe("claimOn()", () => {
  const object = {
    spec: {
      replicas: 3,
      containers: [{ name: "web", image: "x", args: ["a"], ports: [{ containerPort: 80, protocol: "TCP" }] }],
      finalizers: ["a", "b"],
    },
  };
  const fields: FieldsV1 = {
    "f:spec": {
      "f:replicas": {},
      "f:containers": {
        'k:{"name":"web"}': {
          ".": {},
          "f:image": {},
          "f:args": {},
          "f:ports": {
            ".": {},
            'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} },
          },
        },
      },
      "f:finalizers": { 'v:"b"': {} },
    },
  };
  const cases: {
    name: string;
    at: (string | number)[];
    is: ReturnType<typeof claimOn>["is"];
    path?: string[];
  }[] = [
    { name: "a field", at: ["spec", "replicas"], is: "owned", path: ["f:spec", "f:replicas"] },
    {
      name: "a field of a keyed item, by its index as text",
      at: ["spec", "containers", "0", "image"],
      is: "owned",
      path: ["f:spec", "f:containers", 'k:{"name":"web"}', "f:image"],
    },
    { name: "an item of an atomic list", at: ["spec", "containers", 0, "args", 0], is: "inside-atomic" },
    { name: "a field that is not claimed", at: ["spec", "paused"], is: "not-owned" },
    {
      name: "an item of a set",
      at: ["spec", "finalizers", 1],
      is: "owned",
      path: ["f:spec", "f:finalizers", 'v:"b"'],
    },
    { name: "an item of a set that is not claimed", at: ["spec", "finalizers", 0], is: "not-owned" },
    { name: "a map that leads to claims", at: ["spec"], is: "owned", path: ["f:spec"] },
  ];
  test.each(cases)("$name: $is", ({ at, is, path }) => {
    const claim = claimOn(fields, object, at);
    expect(claim.is).toBe(is);
    if (path !== undefined) expect(claim).toEqual({ is: "owned", path });
  });
});
