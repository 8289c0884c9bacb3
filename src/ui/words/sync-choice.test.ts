import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import {
  AS_WRITTEN,
  bodyOf,
  flagsOf,
  isOn,
  plannedOf,
  reviewedOf,
  type SyncChoice,
  switched,
  wrongOf,
} from "./sync-choice.ts";

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
      name: "pauses between tries, why and notes",
      choice: choice({
        ...{ retries: 3, pause: { first: "10s", factor: "2", most: "5m" } },
        ...{ reason: " a fix ", notes: "ticket = OPS-1=2\n\n by=ann" },
      }),
      want: {
        retryStrategy: { limit: 3, backoff: { duration: "10s", factor: 2, maxDuration: "5m" } },
        infos: [
          { name: "reason", value: "a fix" },
          { name: "ticket", value: "OPS-1=2" },
          { name: "by", value: "ann" },
        ],
      },
      flags: [
        ...["--retry-limit", "3", "--retry-backoff-duration", "10s", "--retry-backoff-factor", "2"],
        ...["--retry-backoff-max-duration", "5m"],
        ...["--info", "reason=a fix", "--info", "ticket=OPS-1=2", "--info", "by=ann"],
      ],
    },
    {
      name: "objects, tries and a revision",
      choice: choice({
        only: ["apps/Deployment/shop/web", "/Namespace//shop"],
        retries: 0,
        revisions: ["v2"],
      }),
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
    expect(flagsOf(choice, 1)).toEqual(flags as string[]);
  });

  test("names the commits that were looked at, of one source and of several", () => {
    expect(bodyOf(app(), choice({ revisions: ["main"] }), [SHA])).toEqual({ revision: SHA });
    const sources = [{ repoURL: "a" }, { repoURL: "b" }];
    expect(bodyOf(app([], { sources }), AS_WRITTEN, [SHA, "1.2.3"])).toEqual({
      revisions: [SHA, "1.2.3"],
      sourcePositions: [1, 2],
    });
    // Before anything was looked at: the one that was chosen, by its place.
    const second = choice({ revisions: ["", "v2"] });
    expect(bodyOf(app([], { sources }), second)).toEqual({ revisions: ["v2"], sourcePositions: [2] });
    expect(flagsOf(second, 2)).toEqual(["--revisions", "v2", "--source-positions", "2"]);
    // One that does not belong to the sources names nothing.
    expect(bodyOf(app([], { sources }), AS_WRITTEN, [SHA])).toEqual({});
  });
});

describe("wrongOf()", () => {
  test("names the line or the field that cannot be sent, and how it is written", () => {
    const pause = { first: "", factor: "", most: "" };
    expect(wrongOf(AS_WRITTEN)).toBeUndefined();
    expect(wrongOf(choice({ notes: "a=1\nticket" }))).toBe(
      'The note "ticket" has no name: write name=value, one a line.',
    );
    expect(wrongOf(choice({ notes: "=1" }))).toContain("has no name");
    expect(wrongOf(choice({ retries: 2, pause: { ...pause, most: "5 minutes" } }))).toBe(
      "The pause 5 minutes is no duration: write 30s, 5m or 1h30m.",
    );
    expect(wrongOf(choice({ retries: 2, pause: { ...pause, factor: "0" } }))).toContain("a number from 1");
    // Of no tries there are no pauses.
    expect(wrongOf(choice({ retries: 0, pause: { ...pause, first: "soon" } }))).toBeUndefined();
  });
});

describe("plannedOf()", () => {
  test("is the same plan whatever is noted and however often it is tried", () => {
    const said = choice({ retries: 4, reason: "why", notes: "a=1", prune: "delete" });
    expect(bodyOf(app(), plannedOf(said))).toEqual({ prune: true });
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
