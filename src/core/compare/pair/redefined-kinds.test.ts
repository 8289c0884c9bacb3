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

  const converting = (conversion: unknown): KubeObject => {
    const definition = gauges();
    return { ...definition, spec: { ...(definition["spec"] as object), conversion } };
  };
  const service = { namespace: "operator", name: "conv", path: "/convert" };
  const byWebhook = (clientConfig: object): KubeObject =>
    converting({ strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig } });
  const all = ["example.com/Gauge v1", "example.com/Gauge v2"];
  test.each<[string, KubeObject, KubeObject, string[]]>([
    ["all versions where nobody is to convert any more", gauges(), byWebhook({ service }), all],
    [
      "all versions where another Service converts",
      byWebhook({ service: { ...service, name: "new" } }),
      byWebhook({ service }),
      all,
    ],
    ["all versions where another address converts", byWebhook({ url: "a" }), byWebhook({ url: "b" }), all],
    [
      "nothing where others filled the conversion in",
      byWebhook({ service }),
      byWebhook({ service: { ...service, port: 443 }, caBundle: "injected" }),
      [],
    ],
    ["nothing where the default was filled in", gauges(), converting({ strategy: "None" }), []],
    ["nothing where it is no mapping", converting(3), converting(null), []],
  ])("%s", (_, desired, live, want) => {
    expect(redefinedKinds(desired, live)).toEqual(want);
  });

  test("speaks of definitions alone, and as objects of the kind do", () => {
    const object = { apiVersion: "example.com/v2", kind: "Gauge", metadata: { name: "a" } };
    expect(redefinedKinds(object, { ...object, spec: 1 } as KubeObject)).toEqual([]);
    expect(redefinedKinds(gauges(otherSchema), gauges())).toContain(kindVersionOf(object));
  });
});
