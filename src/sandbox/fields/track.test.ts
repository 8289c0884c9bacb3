import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json, JsonObject, KubeJson } from "../json.ts";
import builtin from "../schema/builtin.json";
import { BuiltinTypes, type StructType } from "../schema/type.ts";
import { compareFields } from "./compare.ts";
import {
  difference,
  fromFieldsV1,
  intersection,
  isEmpty,
  pathsOf,
  setOf,
  toFieldsV1,
  union,
  withoutBranches,
} from "./field-set.ts";
import { mergeValues } from "./merge.ts";
import { removeFields } from "./remove.ts";
import { toFieldSet } from "./to-field-set.ts";
import { keepTimes, trackApply, type Versions, type Writer } from "./track.ts";

const types = new BuiltinTypes(builtin);
const deploymentType = types.struct("Deployment");
const versions: Versions = {
  at: (apiVersion) =>
    apiVersion === "apps/v1" ? { type: deploymentType, convert: (object) => object } : undefined,
};
const writer = (manager: string): Writer => ({
  manager,
  apiVersion: "apps/v1",
  subresource: "",
  time: "2026-01-01T00:00:00Z",
  ignored: setOf(),
  claims: "tracked",
});
const empty: KubeJson = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "" } };

/** Deployments as people write them: labels, a few containers with variables and ports, a node selector. */
const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
const container = fc.record(
  {
    name: fc.constant(""),
    image: fc.constantFrom("x:1", "x:2"),
    env: names.map((all) => all.map((name) => ({ name, value: name }))),
    args: fc.array(fc.constantFrom("1", "2"), { maxLength: 2 }),
  },
  { requiredKeys: ["name", "image"] },
);
const deployment = fc
  .record({
    labels: names.map((all) => Object.fromEntries(all.map((name) => [name, name]))),
    replicas: fc.nat({ max: 3 }),
    containers: fc
      .tuple(names, container, container)
      .map(([all, one, two]) => all.map((name, index) => ({ ...(index % 2 === 0 ? one : two), name }))),
    nodeSelector: fc.dictionary(fc.constantFrom("os", "arch"), fc.constantFrom("1", "2")),
  })
  .map(
    ({ labels, replicas, containers, nodeSelector }): KubeJson => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "x", labels },
      spec: {
        replicas,
        template: { spec: { containers: containers as unknown as Json[], nodeSelector } },
      } as JsonObject,
    }),
  );

const apply = (
  live: KubeJson | undefined,
  config: KubeJson,
  manager: string,
  conflicts: "refuse" | "force" = "force",
): KubeJson => {
  const { object, managedFields } = trackApply(live, config, empty, writer(manager), conflicts, versions);
  return { ...object, metadata: { ...object.metadata, managedFields } };
};
const plain = (object: KubeJson): KubeJson => ({
  ...object,
  metadata: { ...object.metadata, managedFields: undefined },
});
const setAt = (object: KubeJson, type: StructType) => pathsOf(toFieldSet(plain(object) as Json, type));

describe("trackApply()", () => {
  test("applying the same again changes nothing", () => {
    fc.assert(
      fc.property(deployment, (config) => {
        const once = apply(undefined, config, "one");
        expect(apply(once, config, "one")).toEqual(once);
      }),
    );
  });

  test("what left the manifest and nobody else wants is gone: the result is what a fresh apply would have made", () => {
    fc.assert(
      fc.property(deployment, deployment, (first, second) => {
        const after = apply(apply(undefined, first, "one"), second, "one");
        const sets = (object: KubeJson) =>
          setAt(object, deploymentType)
            .filter((path) => !path.endsWith("}"))
            .sort();
        // Empty maps and lists may stay behind as nothing at all.
        const fresh = sets(apply(undefined, second, "one"));
        expect(sets(after).filter((path) => !fresh.includes(path))).toEqual([]);
      }),
    );
  });

  test("fields of another applier stay, whatever we leave out", () => {
    fc.assert(
      fc.property(deployment, deployment, deployment, (theirs, first, second) => {
        const shared = apply(apply(undefined, theirs, "two"), first, "one");
        const stillTheirs = claims(shared, "two");
        const after = apply(shared, second, "one");
        const lost = claims(shared, "two").filter((path) => !claims(after, "two").includes(path));
        const forced = compareFields(plain(shared) as Json, plain(after) as Json, deploymentType);
        const changed = pathsOf(union(union(forced.added, forced.modified), forced.removed));
        expect(lost.filter((path) => !changed.includes(path))).toEqual([]);
        expect(stillTheirs.length).toBeGreaterThanOrEqual(lost.length);
      }),
    );
  });

  test("without force nothing is taken: it is refused, or everybody keeps what was theirs", () => {
    fc.assert(
      fc.property(deployment, deployment, (theirs, ours) => {
        const live = apply(undefined, theirs, "two");
        let after: KubeJson;
        try {
          after = apply(live, ours, "one", "refuse");
        } catch (cause) {
          expect(String(cause)).toContain("conflict");
          return;
        }
        expect(claims(after, "two")).toEqual(claims(live, "two"));
      }),
    );
  });
});

function claims(object: KubeJson, manager: string): string[] {
  const entries = object.metadata["managedFields"] as {
    manager: string;
    fieldsV1: Parameters<typeof fromFieldsV1>[0];
  }[];
  return entries
    .filter((entry) => entry.manager === manager)
    .flatMap((entry) => pathsOf(fromFieldsV1(entry.fieldsV1)));
}

test("who changes nothing keeps the time of the change before, in whatever order its entry is written", () => {
  const entry = {
    manager: "a",
    operation: "Apply",
    time: "2026-01-01T00:00:00Z",
    fieldsV1: { "f:a": {}, "f:b": {} },
  };
  const again = {
    fieldsV1: { "f:b": {}, "f:a": {} },
    time: "2026-01-02T00:00:00Z",
    operation: "Apply",
    manager: "a",
  };
  expect(keepTimes([entry], [again])).toEqual([entry]);
  const more = { ...again, fieldsV1: { ...again.fieldsV1, "f:c": {} } };
  expect(keepTimes([entry], [more])).toEqual([more]);
});

describe("field sets", () => {
  const path = fc.array(fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', "v:1"), {
    minLength: 1,
    maxLength: 4,
  });
  const set = fc.array(path, { maxLength: 6 }).map((paths) => setOf(...paths));

  test("FieldsV1 keeps a set as it is", () => {
    fc.assert(
      fc.property(set, (one) => expect(pathsOf(fromFieldsV1(toFieldsV1(one)))).toEqual(pathsOf(one))),
    );
  });

  test("union, intersection and difference are those of sets of paths", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [new Set(pathsOf(a)), new Set(pathsOf(b))];
        expect(new Set(pathsOf(union(a, b)))).toEqual(left.union(right));
        expect(new Set(pathsOf(intersection(a, b)))).toEqual(left.intersection(right));
        expect(new Set(pathsOf(difference(a, b)))).toEqual(left.difference(right));
      }),
    );
  });

  test("a branch that is taken away takes everything below it along", () => {
    expect(pathsOf(withoutBranches(setOf(["f:a"], ["f:a", "f:b"], ["f:c"]), setOf(["f:a"])))).toEqual([".c"]);
  });
});

describe("values", () => {
  test("nothing is added, changed or removed between equal values", () => {
    fc.assert(
      fc.property(deployment, (one) => {
        const { added, modified, removed } = compareFields(one, structuredClone(one), deploymentType);
        expect([added, modified, removed].every(isEmpty)).toBe(true);
      }),
    );
  });

  test("a merge has everything of what was laid over", () => {
    fc.assert(
      fc.property(deployment, deployment, (live, config) => {
        const merged = mergeValues(live, config, deploymentType) ?? null;
        const { modified, removed } = compareFields(config, merged, deploymentType);
        expect([...pathsOf(modified), ...pathsOf(removed)]).toEqual([]);
      }),
    );
  });

  const order: { live: string[]; config: string[]; want: string[] }[] = [
    { live: ["a", "b", "c"], config: ["b"], want: ["a", "b", "c"] },
    { live: ["a", "b"], config: ["c"], want: ["a", "b", "c"] },
    { live: ["a", "b", "c"], config: ["c", "a"], want: ["b", "c", "a"] },
    { live: ["a", "x", "b"], config: ["b", "a"], want: ["x", "b", "a"] },
    { live: [], config: ["b", "a"], want: ["b", "a"] },
  ];
  test.each(order)("items of $config laid over $live stand as $want", ({ live, config, want }) => {
    const of = (all: string[]): Json => ({
      spec: { template: { spec: { containers: all.map((name) => ({ name })) } } },
    });
    const merged = mergeValues(of(live), of(config), deploymentType) as {
      spec: { template: { spec: { containers: { name: string }[] } } };
    };
    expect(merged.spec.template.spec.containers.map(({ name }) => name)).toEqual(want);
  });

  test("what is emptied by a removal is gone", () => {
    const value = { metadata: { name: "x", labels: { a: "1" } } };
    expect(removeFields(value, setOf(["f:metadata", "f:labels", "f:a"]), deploymentType)).toEqual({
      metadata: { name: "x" },
    });
  });
});
