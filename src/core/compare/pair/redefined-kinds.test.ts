import { describe, expect, test } from "bun:test";
import { crd } from "../../../../test/lib/manifests.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { kindVersionOf, redefinedKinds } from "./redefined-kinds.ts";

type Change = (version: { name: string; schema: unknown }, at: number) => unknown;

const gauges = (change: Change = (version) => version): KubeObject => {
  const definition = crd({ group: "example.com", kind: "Gauge", plural: "gauges", versions: ["v1", "v2"] });
  const spec = definition["spec"] as { versions: Parameters<Change>[0][] };
  return { ...definition, spec: { ...spec, versions: spec.versions.map(change) } };
};
const otherSchema: Change = (version, at) => (at === 1 ? { ...version, schema: { other: true } } : version);

describe("redefinedKinds()", () => {
  const cases: { name: string; desired: KubeObject; want: string[] }[] = [
    { name: "nothing where the schemas are the same", desired: gauges(), want: [] },
    {
      name: "the version whose schema is another",
      desired: gauges(otherSchema),
      want: ["example.com/Gauge v2"],
    },
    {
      name: "not a version that is not there yet: nothing was said of it",
      desired: gauges((version, at) => (at === 1 ? { ...version, name: "v3" } : version)),
      want: [],
    },
    {
      name: "not what is served otherwise",
      desired: gauges((version) => ({ ...version, served: false })),
      want: [],
    },
  ];
  test.each(cases)("$name", ({ desired, want }) => {
    expect(redefinedKinds(desired, gauges())).toEqual(want);
  });

  test("speaks of definitions alone, and as objects of the kind do", () => {
    const object = { apiVersion: "example.com/v2", kind: "Gauge", metadata: { name: "a" } };
    expect(redefinedKinds(object, { ...object, spec: 1 } as KubeObject)).toEqual([]);
    expect(redefinedKinds(gauges(otherSchema), gauges())).toContain(kindVersionOf(object));
  });
});
