import { describe, expect, test } from "bun:test";
import type { FieldsV1 } from "../../model/kube-object.ts";
import { valuesAt } from "./values-at.ts";

describe("valuesAt()", () => {
  const container = {
    name: "web",
    image: "nginx:1",
    command: ["run", "fast"],
    resources: { limits: { cpu: "1" } },
  };
  const object = {
    metadata: { labels: { app: "a", team: "b" }, finalizers: ["x/y", "z"] },
    spec: { selector: { app: "a" }, containers: [{ name: "side" }, container] },
  };
  const cases: { name: string; fields: FieldsV1; want: unknown[] }[] = [
    {
      name: "of a map, what is ours of it",
      fields: { "f:metadata": { "f:labels": { ".": {}, "f:app": {} } } },
      want: ["a"],
    },
    { name: "of an atomic map, all of it", fields: { "f:spec": { "f:selector": {} } }, want: [{ app: "a" }] },
    {
      name: "of an item of a keyed list, its place and what is ours of it",
      fields: {
        "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {}, "f:command": {} } } },
      },
      want: [1, "nginx:1", ["run", "fast"]],
    },
    {
      name: "of a list that is a set, the item and its place",
      fields: { "f:metadata": { "f:finalizers": { ".": {}, 'v:"z"': {} } } },
      want: [1, "z"],
    },
    {
      name: "of what is not there, nothing",
      fields: {
        "f:data": { "f:a": {} },
        "f:spec": { "f:containers": { 'k:{"name":"gone"}': { "f:image": {} } } },
      },
      want: [undefined, -1, undefined],
    },
  ];
  test.each(cases)("$name", ({ fields, want }) => expect(valuesAt(fields, object)).toEqual(want));
});
