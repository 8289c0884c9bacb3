import { describe, expect, test } from "bun:test";
import { countsOf, matcher, parseQuery } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { has, narrowest, toggled } from "./query.ts";

const NOBODY = { favourites: new Set<string>(), nowMs: Date.parse("2026-11-23T04:30:00Z") };
const app = (
  name: string,
  {
    health = "Healthy",
    sync = "Synced",
    project = "default",
    labels = {} as Record<string, string>,
    annotations = {} as Record<string, string>,
    automated = undefined as object | undefined,
    status = {},
  } = {},
): ListedApplication =>
  ({
    metadata: { name, namespace: "argocd", labels, annotations },
    spec: {
      project,
      source: { repoURL: "https://git.example.com/shop.git", path: name },
      destination: { name: "east", namespace: "shop" },
      ...(automated === undefined ? {} : { syncPolicy: { automated } }),
    },
    status: { sync: { status: sync }, health: { status: health }, ...status },
  }) as unknown as ListedApplication;

const APPS = [
  app("web", { health: "Degraded", project: "pay", labels: { tier: "front" } }),
  app("api", {
    ...{ health: "Missing", sync: "OutOfSync", project: "pay" },
    annotations: { team: "pay", long: "x".repeat(200) },
  }),
  app("db", {
    labels: { tier: "back" },
    automated: {},
    // Of a sync that failed, and nothing is left to do.
    status: {
      conditions: [{ type: "SyncWindowWarning", message: "waits" }],
      operationState: { phase: "Failed", message: "", startedAt: "", operation: {} },
    },
  }),
];
const found = (line: string): string[] =>
  APPS.filter(matcher(parseQuery(line), NOBODY)).map(({ metadata }) => metadata.name);

describe("query", () => {
  test.each([
    ["", ["web", "api", "db"]],
    ["health:degraded", ["web"]],
    ["health:degraded health:missing", ["web", "api"]],
    ["health:degraded health:missing sync:outofsync", ["api"]],
    ["proj:pay", ["web", "api"]],
    ["-project:pay", ["db"]],
    ["label:tier", ["web", "db"]],
    ["label:tier=back", ["db"]],
    ["ns:shop cluster:east", ["web", "api", "db"]],
    ["SHOP WEB", ["web"]],
    ["-web", ["api", "db"]],
    ["/^argocd\\/(web|db)$/m", []],
    ["/argocd.(web|db)/", ["web", "db"]],
    ["-/argocd.(web|db)/", ["api"]],
    ["health:", ["web", "api", "db"]],
    ["constructor:x", []],
    ['"git.example.com/shop"', ["web", "api", "db"]],
    ["is:attention", ["web", "api", "db"]],
    ["health:degraded OR health:healthy", ["web", "db"]],
    // Across facets; more closely than what narrows.
    ["project:pay health:degraded | sync:outofsync", ["web", "api"]],
    ["project:pay OR label:tier=back -web", ["api", "db"]],
    ["web OR", ["web"]],
    ["OR web", ["web"]],
    ["health:degraded | | db", ["web", "db"]],
    ["-health:healthy OR db", ["web", "api", "db"]],
    ["or", []],
    ['"OR"', []],
    ["health:degraded|missing", ["web", "api"]],
    ['project:"a|b"', []],
    ["annotation:team=Pay", ["api"]],
    ["annot:team", ["api"]],
    ["annotation:long", []],
    ["is:failed", ["db"]],
    ["is:conditions", ["db"]],
    ["-is:auto-off", ["db"]],
    ["is:favourite", []],
  ])("%p finds %p", (line, names) => expect(found(line)).toEqual(names));

  test("what is no regular expression is said, and hides nothing", () => {
    const query = parseQuery("/(/ web");
    expect(query.faults).toEqual(["/(/ is no regular expression"]);
    expect(APPS.filter(matcher(query, NOBODY))).toHaveLength(1);
  });

  test("a chip puts its word in and takes it out, whatever else stands there", () => {
    const once = toggled("web  project:pay", "health", "Degraded");
    expect(once).toBe("web project:pay health:degraded");
    expect(has(once, "health", "Degraded")).toBe(true);
    expect(toggled(once, "health", "Degraded")).toBe("web project:pay");
    expect(toggled("", "project", "two words")).toBe('project:"two words"');
    expect(found(toggled("", "project", "two words"))).toEqual([]);
  });

  test("a chip leaves alternatives alone, and joins nothing", () => {
    expect(toggled("web OR health:degraded", "health", "Degraded")).toBe(
      "web OR health:degraded health:degraded",
    );
    expect(toggled("web OR", "sync", "Synced")).toBe("web sync:synced");
    expect(has("web OR health:degraded", "health", "Degraded")).toBe(false);
  });

  test("favourites are those of whoever asks", () => {
    const found = APPS.filter(
      matcher(parseQuery("is:favourite OR db"), {
        ...NOBODY,
        favourites: new Set(["argocd/web", "gone/web"]),
      }),
    );
    expect(found.map(({ metadata }) => metadata.name)).toEqual(["web", "db"]);
  });

  test("what there is of a facet is counted, the many first", () => {
    expect(countsOf(APPS, "project", NOBODY)).toEqual([
      { value: "pay", count: 2 },
      { value: "default", count: 1 },
    ]);
    expect(countsOf(APPS, "label", NOBODY).slice(0, 2)).toEqual([
      { value: "tier", count: 2 },
      { value: "tier=back", count: 1 },
    ]);
  });

  test("says which part hides everything, and how many are found without it", () => {
    expect(narrowest("project:pay label:tier=back", APPS, NOBODY)).toEqual([
      { part: "project:pay", without: "label:tier=back", finds: 1 },
      { part: "label:tier=back", without: "project:pay", finds: 2 },
    ]);
    expect(narrowest("project:pay nowhere OR elsewhere", APPS, NOBODY)).toEqual([
      { part: "nowhere OR elsewhere", without: "project:pay", finds: 2 },
    ]);
  });
});
