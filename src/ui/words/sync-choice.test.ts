import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { AS_WRITTEN, bodyOf, flagsOf, isOn, reviewedOf, type SyncChoice, switched } from "./sync-choice.ts";

const app = (syncOptions: string[] = [], more: object = {}): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name: "web" },
  spec: {
    ...{ project: "default", destination: {}, source: { repoURL: "https://git.example.com/shop.git" } },
    syncPolicy: { syncOptions },
    ...more,
  },
});
const choice = (more: Partial<SyncChoice>): SyncChoice => ({ ...AS_WRITTEN, ...more });
const SHA = "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81";

describe("bodyOf()", () => {
  const cases: {
    name: string;
    choice: SyncChoice;
    want: Record<string, unknown>;
    flags: string[] | undefined;
  }[] = [
    { name: "nothing where all is as written", choice: AS_WRITTEN, want: {}, flags: [] },
    {
      name: "prune, rehearsal and approval",
      choice: choice({ prune: "delete", mode: "dry-run", confirm: 3 }),
      want: { prune: true, dryRun: true, confirmPrune: 3 },
      flags: ["--prune", "--confirm", "3", "--dry-run"],
    },
    {
      name: "force with hooks",
      choice: choice({ force: "recreate" }),
      want: { strategy: { hook: { force: true } } },
      flags: ["--force"],
    },
    {
      name: "no hooks, without force",
      choice: choice({ strategy: "apply" }),
      want: { strategy: { apply: { force: false } } },
      flags: ["--strategy", "apply"],
    },
    {
      name: "options beside the application's own, which they stand in for",
      choice: choice({ options: { Replace: "true" } }),
      want: { syncOptions: { items: ["CreateNamespace=true", "Replace=true"] } },
      flags: ["--replace"],
    },
    {
      name: "an option that no flag has",
      choice: choice({ options: { PruneLast: "true" } }),
      want: { syncOptions: { items: ["CreateNamespace=true", "PruneLast=true"] } },
      flags: undefined,
    },
    {
      name: "objects, tries and a revision",
      choice: choice({ only: ["apps/Deployment/shop/web", "/Namespace//shop"], retries: 0, revision: "v2" }),
      want: {
        retryStrategy: { limit: 0 },
        resources: [
          { group: "apps", kind: "Deployment", namespace: "shop", name: "web" },
          { group: "", kind: "Namespace", namespace: "", name: "shop" },
        ],
        revision: "v2",
      },
      flags: [
        ...["--revision", "v2", "--retry-limit", "0"],
        ...["--resource", "apps:Deployment:shop/web", "--resource", ":Namespace:shop"],
      ],
    },
  ];
  test.each(cases)("$name", ({ choice, want, flags }) => {
    expect(bodyOf(app(["CreateNamespace=true"]), choice)).toEqual(want);
    expect(flagsOf(choice)).toEqual(flags as string[]);
  });

  test("names the commits that were looked at, of one source and of several", () => {
    expect(bodyOf(app(), choice({ revision: "main" }), [SHA])).toEqual({ revision: SHA });
    const sources = [{ repoURL: "a" }, { repoURL: "b" }];
    expect(bodyOf(app([], { sources }), AS_WRITTEN, [SHA, "1.2.3"])).toEqual({
      revisions: [SHA, "1.2.3"],
      sourcePositions: [1, 2],
    });
    // One that does not belong to the sources names nothing.
    expect(bodyOf(app([], { sources }), AS_WRITTEN, [SHA])).toEqual({});
  });
});

describe("switched()", () => {
  test("is back to no choice where the application says so itself", () => {
    const own = app(["PruneLast=true", "Validate=false"]);
    expect(isOn(own, AS_WRITTEN, "PruneLast")).toBe(true);
    expect(isOn(own, AS_WRITTEN, "Validate")).toBe(false);
    expect(isOn(app(), AS_WRITTEN, "Validate")).toBe(true);
    const off = switched(own, AS_WRITTEN, "PruneLast");
    expect(off.options).toEqual({ PruneLast: "false" });
    expect(switched(own, off, "PruneLast").options).toEqual({});
  });
});

describe("reviewedOf()", () => {
  test("is another one once spec, commit or what runs is, and not for what only moves", () => {
    const at = (status: object, more: object = {}): string =>
      reviewedOf({ ...app([], more), status } as unknown as Application);
    const sync = { status: "OutOfSync", revision: SHA };
    expect(at({ sync, health: { status: "Degraded" } })).toBe(at({ sync, health: { status: "Healthy" } }));
    expect(at({ sync })).not.toBe(at({ sync: { ...sync, revision: "b".repeat(40) } }));
    expect(at({ sync })).not.toBe(at({ sync }, { project: "other" }));
    expect(at({ sync })).not.toBe(at({ sync, operationState: { startedAt: "now", phase: "Running" } }));
  });
});
