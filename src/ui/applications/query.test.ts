import { describe, expect, test } from "bun:test";
import { matcher, parseQuery } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { has, narrowest, toggled } from "./query.ts";

const app = (
  name: string,
  { health = "Healthy", sync = "Synced", project = "default", labels = {} as Record<string, string> } = {},
): ListedApplication =>
  ({
    metadata: { name, namespace: "argocd", labels },
    spec: {
      project,
      source: { repoURL: "https://git.example.com/shop.git", path: name },
      destination: { name: "east", namespace: "shop" },
    },
    status: { sync: { status: sync }, health: { status: health } },
  }) as unknown as ListedApplication;

const APPS = [
  app("web", { health: "Degraded", project: "pay", labels: { tier: "front" } }),
  app("api", { health: "Missing", sync: "OutOfSync", project: "pay" }),
  app("db", { labels: { tier: "back" } }),
];
const found = (line: string): string[] =>
  APPS.filter(matcher(parseQuery(line))).map(({ metadata }) => metadata.name);

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
    ["is:attention", ["web", "api"]],
  ])("%p finds %p", (line, names) => expect(found(line)).toEqual(names));

  test("what is no regular expression is said, and hides nothing", () => {
    const query = parseQuery("/(/ web");
    expect(query.faults).toEqual(["/(/ is no regular expression"]);
    expect(APPS.filter(matcher(query))).toHaveLength(1);
  });

  test("a chip puts its word in and takes it out, whatever else stands there", () => {
    const once = toggled("web  project:pay", "health", "Degraded");
    expect(once).toBe("web project:pay health:degraded");
    expect(has(once, "health", "Degraded")).toBe(true);
    expect(toggled(once, "health", "Degraded")).toBe("web project:pay");
    expect(toggled("", "project", "two words")).toBe('project:"two words"');
    expect(found(toggled("", "project", "two words"))).toEqual([]);
  });

  test("says which word hides everything", () => {
    expect(narrowest("project:pay label:tier=back", APPS)).toEqual(["project:pay", "label:tier=back"]);
    expect(narrowest("project:pay nowhere", APPS)).toEqual(["nowhere"]);
  });
});
