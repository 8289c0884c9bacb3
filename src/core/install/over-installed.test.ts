import { describe, expect, test } from "bun:test";
import { parseYaml, printYaml } from "../../lib/yaml.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { changedFields } from "./changed-fields.ts";
import { installedConfig, installObjects } from "./install-objects.ts";
import { type InstallPlan, kindRule, USUAL_KINDS } from "./install-plan.ts";
import { type Installed, readInstalled, WRITTEN } from "./installed.ts";
import {
  configOver,
  type InstallWishes,
  planOver,
  renamedRights,
  saidOf,
  staleRights,
} from "./over-installed.ts";

const NS = "argocd";
const plan = (more: Partial<InstallPlan> = {}): InstallPlan => ({
  namespace: NS,
  image: "registry.example.com/holdfast:1",
  rights: { is: "all" },
  storage: { size: "5Gi" },
  ...more,
});
const WITHIN = plan({ rights: { is: "namespaces", namespaces: ["till", "shop"], kinds: USUAL_KINDS } });
const READ = plan({ rights: { is: "read" } });
const wishes = (more: Partial<InstallWishes> = {}): InstallWishes => ({
  namespace: NS,
  storage: {},
  ...more,
});
const of = (...plans: InstallPlan[]): KubeObject[] => plans.flatMap((each) => installObjects(each));
const names = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
const planned = (found: readonly KubeObject[], more: Partial<InstallWishes> = {}): InstallPlan =>
  planOver(wishes(more), readInstalled(found, NS), "holdfast:9");

describe("planOver()", () => {
  test.each([
    ["all", plan()],
    ["namespaces", WITHIN],
    ["read", READ],
    [
      "chosen kinds",
      plan({ rights: { is: "namespaces", namespaces: ["a"], kinds: [kindRule("batch/*")!] } }),
    ],
    ["a class and a size", plan({ storage: { size: "7Gi", class: "fast" } })],
  ])("of nothing but what is installed makes the same: %s", (_, installed) => {
    expect(planned(of(installed))).toEqual(installed);
  });

  test("of nothing at all makes the usual", () => {
    expect(planned([])).toEqual(plan({ image: "holdfast:9" }));
  });

  test("takes what is said in the place of what is there, but for the class of a claim", () => {
    const there = of(plan({ ...WITHIN, storage: { size: "7Gi", class: "fast" } }));
    expect(
      planned(there, { image: "x:2", rights: { is: "all" }, storage: { size: "8Gi", class: "slow" } }),
    ).toEqual(plan({ image: "x:2", storage: { size: "8Gi", class: "fast" } }));
    expect(planned(there, { rights: { is: "namespaces", namespaces: ["other"] } }).rights).toEqual({
      is: "namespaces",
      namespaces: ["other"],
      kinds: USUAL_KINDS,
    });
  });

  test("keeps the kinds that were chosen where only namespaces are said", () => {
    const kinds = [kindRule("batch/*")!];
    const there = of(plan({ rights: { is: "namespaces", namespaces: ["a"], kinds } }));
    expect(planned(there, { rights: { is: "namespaces", namespaces: ["a", "b"] } }).rights).toEqual({
      is: "namespaces",
      namespaces: ["a", "b"],
      kinds,
    });
  });

  test("reads nothing of another installation's", () => {
    expect(readInstalled(of(plan({ namespace: "argocd-deliver" }), plan({ namespace: "b" })), NS)).toEqual(
      {},
    );
  });

  test("counts the largest of several sizes: a binding that is there gives what it gives", () => {
    expect(planned(of(WITHIN, plan())).rights).toEqual({ is: "all" });
    expect(planned(of(WITHIN, READ)).rights).toEqual(WITHIN.rights);
  });
});

describe("saidOf()", () => {
  const said = (found: readonly KubeObject[], more: Partial<InstallWishes> = {}): string =>
    saidOf(wishes(more), readInstalled(found, NS), planned(found, more)).join("\n");

  test("says in words what it may before and afterwards", () => {
    expect(said([])).toBe("Rights: everything, in the whole cluster.");
    expect(said(of(WITHIN), { image: "x:2" })).toBe(
      "Rights stay: the usual kinds in shop, till. --rights says otherwise.",
    );
    expect(said(of(WITHIN), { image: "x:2", rights: { is: "all" } })).toBe(
      "Rights change: from the usual kinds in shop, till, to everything, in the whole cluster.",
    );
    expect(said(of(plan()), { image: "x:2", rights: { is: "read" } })).toBe(
      "Rights change: from everything, in the whole cluster, to it compares in the whole cluster, and writes nothing.",
    );
  });

  test("knows the kinds of before as a server gives them back: its rules begin with the verbs", () => {
    const given = of(WITHIN).map((object) => {
      const rules = object["rules"] as { verbs: unknown }[] | undefined;
      return rules === undefined
        ? object
        : { ...object, rules: rules.map(({ verbs, ...rest }) => ({ verbs, ...rest })) };
    });
    expect(said(given, { rights: { is: "namespaces", namespaces: ["shop"] } })).toContain(
      "Rights change: from the usual kinds in shop, till, to the usual kinds in shop.",
    );
    expect(planned(given).rights).toEqual(WITHIN.rights);
  });

  test("names the image that stays, and a class that cannot be another", () => {
    expect(said(of(plan()))).toContain("Image stays: registry.example.com/holdfast:1.");
    const fast = of(plan({ storage: { size: "5Gi", class: "fast" } }));
    expect(said(fast, { storage: { class: "slow" } })).toContain("stays of class fast");
    expect(said(fast, { storage: { class: "fast" } })).not.toContain("class");
  });
});

describe("staleRights()", () => {
  const cases: { name: string; found: KubeObject[]; now: InstallPlan; want: string[] }[] = [
    {
      name: "of all, where it is namespaces now: what gives everything goes",
      ...{ found: of(plan()), now: WITHIN },
      want: ["ClusterRoleBinding /holdfast-argocd", "ClusterRole /holdfast-argocd"],
    },
    {
      name: "of a namespace that is no more among them",
      found: of(WITHIN),
      now: plan({ rights: { is: "namespaces", namespaces: ["till"], kinds: USUAL_KINDS } }),
      want: ["RoleBinding shop/holdfast-argocd-deliver"],
    },
    {
      name: "of namespaces, where it is read now",
      ...{ found: of(WITHIN), now: READ },
      want: [
        "RoleBinding till/holdfast-argocd-deliver",
        "RoleBinding shop/holdfast-argocd-deliver",
        "ClusterRole /holdfast-argocd-deliver",
      ],
    },
    {
      name: "of namespaces, where it is all now",
      ...{ found: of(WITHIN), now: plan() },
      want: [
        "RoleBinding argocd/holdfast",
        "ClusterRoleBinding /holdfast-argocd-home",
        "RoleBinding till/holdfast-argocd-deliver",
        "RoleBinding shop/holdfast-argocd-deliver",
        "Role argocd/holdfast",
        "ClusterRole /holdfast-argocd-home",
        "ClusterRole /holdfast-argocd-deliver",
      ],
    },
    { name: "of the same: none", found: of(READ), now: READ, want: [] },
    { name: "of another installation: none", found: of(plan({ namespace: "b" })), now: WITHIN, want: [] },
  ];
  test.each(cases)("$name", ({ found, now, want }) => {
    expect(names(staleRights(found, now))).toEqual(want);
  });

  test("a role that somebody else's binding names too stays", () => {
    const [role] = of(plan()).filter(({ kind }) => kind === "ClusterRole");
    const theirs = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "theirs" },
      roleRef: { kind: "ClusterRole", name: role?.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: "holdfast", namespace: "elsewhere" }],
    };
    expect(names(staleRights([...of(plan()), theirs], WITHIN))).toEqual([
      "ClusterRoleBinding /holdfast-argocd",
    ]);
  });
});

describe("two installations", () => {
  const sizes = (namespace: string): InstallPlan[] => [
    plan({ namespace }),
    plan({ namespace, rights: WITHIN.rights }),
    plan({ namespace, rights: { is: "read" } }),
  ];
  const wide = (namespace: string): Set<string> =>
    new Set(names(of(...sizes(namespace)).filter(({ kind }) => /^(Cluster)?Role/.test(kind))));

  test("have no name in common, whatever their namespaces are called", () => {
    const namespaces = [
      "a",
      "a-deliver",
      "a-home",
      "a-view",
      "a-deliver-deliver",
      "a-deliver-home",
      "deliver",
    ];
    for (const one of namespaces)
      for (const other of namespaces)
        if (one !== other) expect([one, other, ...wide(one).intersection(wide(other))]).toEqual([one, other]);
  });

  const LATER = plan({ namespace: "argocd-deliver" });
  /** As it was called before there was a colon. */
  const former = (): KubeObject[] =>
    of(LATER).map((object) => JSON.parse(JSON.stringify(object).replaceAll("-deliver:all", "-deliver")));
  const upgraded = (found: readonly KubeObject[]): InstallPlan =>
    planOver(wishes({ namespace: LATER.namespace }), readInstalled(found, LATER.namespace), "holdfast:9");

  test("of the name of before keep their rights, and the name goes with the next renewal", () => {
    expect(upgraded(former())).toEqual(LATER);
    const gone = ["ClusterRoleBinding /holdfast-argocd-deliver", "ClusterRole /holdfast-argocd-deliver"];
    expect(names(renamedRights(former(), LATER))).toEqual(gone);
    expect(names(staleRights(former(), LATER))).toEqual(gone);
    expect(renamedRights(of(LATER), LATER)).toEqual([]);
    expect(renamedRights(of(WITHIN, READ), plan())).toEqual([]);
  });

  test("that met lose nothing of each other's: the role of the one stays for its bindings", () => {
    const met = [...of(WITHIN), ...former()];
    expect(names(renamedRights(met, LATER))).toEqual(["ClusterRoleBinding /holdfast-argocd-deliver"]);
    expect(names(staleRights(met, WITHIN))).toEqual([]);
  });
});

describe("configOver()", () => {
  const mapOf = (one: InstallPlan): KubeObject => of(one).find(({ kind }) => kind === "ConfigMap")!;
  const text = (map: KubeObject): string => (map["data"] as Record<string, string>)["holdfast.yaml"] ?? "";
  const value = (map: KubeObject): unknown => parseYaml(text(map)).documents[0]?.value;
  /** As it is in the cluster of a plan, once somebody had it say otherwise. */
  const there = (one: InstallPlan, config: string, noted: "noted" | "not noted"): Installed =>
    readInstalled(
      of(one).map((object) =>
        object.kind !== "ConfigMap"
          ? object
          : {
              ...object,
              metadata: {
                ...object.metadata,
                resourceVersion: "7",
                ...(noted === "noted" ? { annotations: { [WRITTEN]: printYaml(installedConfig(one)) } } : {}),
              },
              data: { "holdfast.yaml": config },
            },
      ),
      NS,
    );
  const edited = (one: InstallPlan): string =>
    printYaml({ ...installedConfig(one), accounts: [{ name: "ann" }], rbac: { policy: "p" } });

  test.each(["noted", "not noted"] as const)(
    "keeps what somebody changed, whose last text is %s",
    (noted) => {
      const { map, said } = configOver(mapOf(plan()), there(plan(), edited(plan()), noted), plan());
      expect(text(map)).toBe(edited(plan()));
      expect(said[0]).toContain("stays as it is in: accounts, rbac.");
      expect(said).toContain("+ accounts:");
      // What was read is what is written over.
      expect(map.metadata.resourceVersion).toBe("7");
    },
  );

  test.each(["noted", "not noted"] as const)(
    "of smaller rights names their namespaces beside what somebody changed: %s",
    (noted) => {
      const { map } = configOver(mapOf(WITHIN), there(plan(), edited(plan()), noted), WITHIN);
      expect(value(map)).toEqual({
        ...installedConfig(WITHIN),
        accounts: [{ name: "ann" }],
        rbac: { policy: "p" },
      });
    },
  );

  test("of a first installation is the usual, with a note of it", () => {
    const { map, said } = configOver(mapOf(plan()), {}, plan());
    expect(said).toEqual([]);
    expect(map.metadata.annotations?.[WRITTEN]).toBe(text(map));
    expect(map.metadata.resourceVersion).toBeUndefined();
  });

  test("a note that is no config counts as none", () => {
    const installed = there(plan(), edited(plan()), "noted");
    const spoilt = { ...installed, config: { ...installed.config!, last: "- [" } };
    expect(text(configOver(mapOf(plan()), spoilt, plan()).map)).toBe(edited(plan()));
  });
});

test("changedFields() names what is another, and shows no long text", () => {
  const before = {
    ...{ apiVersion: "v1", kind: "X" },
    metadata: { name: "x", resourceVersion: "1", generation: 1 },
    spec: { replicas: 1, list: [{ image: "a" }], gone: 1, text: "a\nb" },
    status: { ready: 1 },
  };
  const after = {
    ...before,
    metadata: { name: "x", resourceVersion: "2", generation: 2 },
    spec: { replicas: 2, list: [{ image: "b" }], text: "secret\nc" },
    status: { ready: 2 },
  };
  expect(changedFields(before, after)).toEqual([
    "spec.replicas: 1 -> 2",
    "spec.list[0].image: a -> b",
    "spec.gone",
    "spec.text",
  ]);
  expect(changedFields(before, { ...before, status: {} })).toEqual([]);
});
