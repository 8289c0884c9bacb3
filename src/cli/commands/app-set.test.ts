import { describe, expect, test } from "bun:test";
import type { ApplicationSpec } from "../../core/model/application.ts";
import { changedSpec, type SpecChanges } from "./app-set.ts";

const destination = { server: "https://kubernetes.default.svc", namespace: "shop" };
const web = { repoURL: "https://git.example.com/shop.git", path: "web", targetRevision: "main" };
const SPEC: ApplicationSpec & { ofTomorrow: unknown } = {
  project: "default",
  source: { ...web, helm: { releaseName: "web" } },
  destination,
  syncPolicy: {
    automated: { prune: true, enabled: false },
    retry: { limit: 3 },
    syncOptions: ["CreateNamespace=true", "Prune=false"],
  },
  ofTomorrow: { a: 1 },
};

describe("changedSpec()", () => {
  const cases: { name: string; changes: SpecChanges; want: object }[] = [
    {
      name: "sets fields of the source and keeps the others",
      changes: { revision: "v2", path: "shop" },
      want: { source: { ...web, path: "shop", targetRevision: "v2", helm: { releaseName: "web" } } },
    },
    {
      name: "sets values of a chart, one of a name in place of the one before",
      changes: { parameter: ["a=1", "b=x=y"], helmSet: ["a=2,c={1,2}"], helmSetString: ["n=007"] },
      want: {
        source: {
          ...web,
          helm: {
            releaseName: "web",
            parameters: [
              { name: "a", value: "2" },
              { name: "b", value: "x=y" },
              { name: "c", value: "{1,2}" },
              { name: "n", value: "007", forceString: true },
            ],
          },
        },
      },
    },
    {
      name: "turns a cluster by its address into one by its name",
      changes: { destName: "prod" },
      want: { destination: { name: "prod", namespace: "shop" } },
    },
    {
      name: "sets the namespace alone",
      changes: { destNamespace: "other" },
      want: { destination: { ...destination, namespace: "other" } },
    },
    {
      name: "switches automated syncs on that were switched off",
      changes: { syncPolicy: "automated", selfHeal: true },
      want: { syncPolicy: { ...SPEC.syncPolicy, automated: { prune: true, selfHeal: true } } },
    },
    {
      name: "leaves them off where only one of their fields is set",
      changes: { autoPrune: false },
      want: { syncPolicy: { ...SPEC.syncPolicy, automated: { prune: false, enabled: false } } },
    },
    {
      name: "takes them out and keeps the rest of the policy",
      changes: { syncPolicy: "none" },
      want: { syncPolicy: { retry: { limit: 3 }, syncOptions: SPEC.syncPolicy?.syncOptions } },
    },
    {
      name: "puts an option in place of the one of its name, and takes another out",
      changes: { syncOption: ["Prune=true", "!CreateNamespace=true"] },
      want: { syncPolicy: { ...SPEC.syncPolicy, syncOptions: ["Prune=true"] } },
    },
  ];
  test.each(cases)("$name", ({ changes, want }) => {
    const before = structuredClone(SPEC);
    expect(changedSpec(SPEC, changes)).toEqual({ ...SPEC, ...want } as ApplicationSpec);
    expect(SPEC).toEqual(before);
  });

  const refused: [name: string, spec: ApplicationSpec, changes: SpecChanges, says: string][] = [
    ["nothing", SPEC, { sourcePosition: 1 }, "Nothing is to be set."],
    [
      "a second source that is not there",
      SPEC,
      { revision: "v2", sourcePosition: 2 },
      "There is no source 2.",
    ],
    [
      "one of two sources without saying which",
      { ...SPEC, sources: [web, web] },
      { revision: "v2" },
      "Which of",
    ],
    [
      "how automated syncs are done where there are none",
      { project: "default", destination },
      { selfHeal: true },
      "which are off",
    ],
  ];
  test.each(refused)("refuses %s", (_, spec, changes, says) => {
    expect(() => changedSpec(spec, changes)).toThrow(says);
  });

  test("sets one of several sources", () => {
    const spec = { ...SPEC, sources: [web, web] };
    const { sources } = changedSpec(spec, { revision: "v2", sourcePosition: 2 });
    expect(sources).toEqual([web, { ...web, targetRevision: "v2" }]);
  });
});

describe("values of a chart", () => {
  const plain: ApplicationSpec = { project: "default", source: web, destination };
  test("are refused of what is no chart, and of a word that is none", () => {
    expect(() => changedSpec(plain, { parameter: ["a=1"] }, ["Kustomize"])).toThrow("Helm applications only");
    expect(() => changedSpec(plain, { parameter: ["a"] }, ["Helm"])).toThrow("write name=value");
  });
  test("are set of a folder that was found to be one, of the source that is meant", () => {
    expect(changedSpec(plain, { parameter: ["a=1"] }, ["Helm"]).source?.helm?.parameters).toEqual([
      { name: "a", value: "1" },
    ]);
    const two: ApplicationSpec = { project: "default", sources: [web, web], destination };
    const set = changedSpec(two, { parameter: ["a=1"], sourcePosition: 2 }, ["Directory", "Helm"]);
    expect(set.sources?.map(({ helm }) => helm?.parameters?.length)).toEqual([undefined, 1]);
    expect(() => changedSpec(two, { parameter: ["a=1"] })).toThrow("Which of its sources");
  });
});
