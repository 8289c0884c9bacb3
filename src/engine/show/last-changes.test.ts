import { describe, expect, test } from "bun:test";
import type { Project } from "../../core/model/project.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { LastChanges } from "./last-changes.ts";

const repoURL = "https://git.example.com/shop.git";
const project = (name: string): Project =>
  ({
    metadata: { name, namespace: "argocd" },
    spec: { sourceRepos: ["*"], destinations: [] },
  }) as unknown as Project;
const of = (name: string): ManagedApplication =>
  ({
    spec: { app: { metadata: { name: "web" }, spec: { project: name } } },
  }) as unknown as ManagedApplication;

describe("LastChanges.placeOf()", () => {
  const repositories = [
    { url: repoURL, project: "pay", username: "pay" },
    { url: "https://git.example.com" },
  ];
  const all = new Map(["pay", "web", "shop"].map((name) => [name, project(name)]));
  const changes = new LastChanges(
    { settings: () => ({ repositories }), clock: {}, git: {}, log: {} } as never,
    { all },
    () => undefined,
  );

  test("is another one where a project reaches the repository by its own entry: its commits are nobody else's", () => {
    const [pay, web, shop] = ["pay", "web", "shop"].map((name) => changes.placeOf(of(name), { repoURL }));
    expect(web?.name).toBe(shop?.name as string);
    expect(pay?.name).not.toBe(web?.name as string);
    expect(pay?.access).toMatchObject({ username: "pay", scope: "pay" });
    expect(web?.access.username).toBeUndefined();
  });

  test("is none of a chart, and of a project that is not there", () => {
    expect(changes.placeOf(of("web"), { repoURL, chart: "db" })).toBeUndefined();
    expect(changes.placeOf(of("gone"), { repoURL })).toBeUndefined();
  });
});
