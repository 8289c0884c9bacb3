import { describe, expect, test } from "bun:test";
import { type FleetField, type FleetLine, type FleetObject, groupsOf } from "./fleet-groups.ts";

const object = (name: string, fields: FleetField[], more: Partial<FleetObject> = {}): FleetObject => ({
  ...{ group: "apps", kind: "Deployment", namespace: "shop", name, change: "change", fields },
  ...more,
});
const of = (application: string, ...objects: FleetObject[]): FleetLine => ({
  is: "application",
  application,
  objects,
});
const image = (container: string, live: string, desired: string): FleetField => ({
  path: `spec.template.spec.containers[name=${container}].image`,
  live: JSON.stringify(live),
  desired: JSON.stringify(desired),
});
const shown = (lines: FleetLine[]): string[] =>
  groupsOf(lines).map(
    ({ members, words }) => `${members.map(({ application }) => application).join(" ")}: ${words}`,
  );

describe("groupsOf()", () => {
  test("one step of images is one change, however they and their containers are called", () => {
    expect(
      shown([
        of("a/one", object("web", [image("web", "r.io:5000/web:1.4", "r.io:5000/web:1.5")])),
        of("a/two", object("api", [image("api", "r.io/api:1.4", "r.io/api:1.5")])),
        of("a/three", object("api", [image("api", "r.io/api:1.4", "r.io/api:1.6")])),
        of("a/four", object("api", [image("api", "r.io/api:1.4", "other.io/api:1.5")])),
      ]),
    ).toEqual([
      "a/one a/two: Deployment: image 1.4 → 1.5",
      "a/three: Deployment: image 1.4 → 1.6",
      "a/four: Deployment: image r.io/api:1.4 → other.io/api:1.5",
    ]);
  });

  test("an application with two objects that change alike stands once, and with two changes in both", () => {
    const replicas = { path: "spec.replicas", live: "3", desired: "5" };
    const groups = groupsOf([
      of("a/one", object("web", [replicas]), object("api", [replicas]), object("x", [], { change: "prune" })),
    ]);
    expect(groups.map(({ words, members }) => [words, members])).toEqual([
      ["Deployment: not in Git", [{ application: "a/one", objects: ["shop/x"] }]],
      ["Deployment: replicas 3 → 5", [{ application: "a/one", objects: ["shop/web", "shop/api"] }]],
    ]);
  });

  test("values that were cut are equal by their ids alone, and what failed is in no group", () => {
    const cut = (id: string): FleetField => ({ path: "data.file", live: '"same…', desired: '"same…', id });
    expect(
      shown([
        of("a/one", object("c", [cut("1")])),
        of("a/two", object("c", [cut("2")])),
        { is: "failed", application: "a/three", why: "the cluster does not answer" },
        { is: "gone", application: "a/four" },
      ]),
    ).toHaveLength(2);
  });

  test("of many fields three are named, and what is gone or new says so", () => {
    const fields = ["a", "b", "c", "d"].map((name) => ({ path: `data["${name}.x"]`, live: '"1"' }));
    expect(shown([of("a/one", object("c", fields, { kind: "ConfigMap", more: 2 }))])).toEqual([
      'a/one: ConfigMap: data["a.x"] 1 → nothing, data["b.x"] 1 → nothing, data["c.x"] 1 → nothing, and 3 more',
    ]);
  });
});
