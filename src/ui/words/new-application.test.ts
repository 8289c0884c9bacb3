import { describe, expect, test } from "bun:test";
import { parseApplication } from "../../core/model/parse-application.ts";
import { createCommand, type Draft, EMPTY, manifestOf, whereItLives } from "./new-application.ts";

const draft = (more: Partial<Draft> = {}): Draft => ({
  ...EMPTY,
  ...{ name: "web", repoURL: "https://git.example.com/shop.git", cluster: "east", ...more },
});

describe("a new application", () => {
  test.each([
    { what: "the least", of: draft() },
    { what: "all", of: draft({ path: "web", revision: "v1", namespace: "shop", syncs: "by-itself" }) },
  ])("$what is an Application that is read without a problem", ({ of }) => {
    expect(parseApplication(manifestOf(of), { homeNamespace: "argocd" })).toMatchObject({ ok: true });
  });

  test("syncs by itself, and makes a namespace, where somebody says so alone", () => {
    expect(manifestOf(draft()).spec).toEqual({
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: ".", targetRevision: "HEAD" },
      destination: { name: "east" },
    });
    expect(manifestOf(draft({ namespace: "shop", syncs: "by-itself" })).spec.syncPolicy).toEqual({
      automated: { prune: true, selfHeal: true },
      syncOptions: ["CreateNamespace=true"],
    });
    expect(manifestOf(draft({ namespace: "shop", makesNamespace: "no" })).spec.syncPolicy).toBeUndefined();
  });

  test("is on a cluster by its address or its name, and of a chart in place of a folder", () => {
    const { spec } = manifestOf(draft({ cluster: "https://k8s.example.com", chart: "web", revision: "1.x" }));
    expect(spec).toMatchObject({
      source: { chart: "web", targetRevision: "1.x" },
      destination: { server: "https://k8s.example.com" },
    });
    expect(spec.source).not.toHaveProperty("path");
    expect(createCommand(draft({ chart: "web" }))).toBeUndefined();
    expect(createCommand(draft({ cluster: "https://k8s.example.com" }))?.join(" ")).toContain(
      "--dest-server https://k8s.example.com",
    );
  });

  test("the command says the same", () => {
    expect(createCommand(draft({ path: "web", namespace: "shop", syncs: "by-itself" }))?.join(" ")).toBe(
      "app create web --project default --repo https://git.example.com/shop.git --path web --dest-name east " +
        "--dest-namespace shop --sync-policy automated --auto-prune --self-heal --sync-option CreateNamespace=true",
    );
  });
});

test("what is made is said to live where the home has it", () => {
  expect(whereItLives({ in: "files", namespace: "argocd" })).toStartWith("It lives in the daemon's store. ");
  const inCluster = whereItLives({ in: "cluster", namespace: "cd" });
  expect(inCluster).toStartWith("It becomes a custom resource in the cluster, in namespace cd ");
  expect(inCluster).not.toContain("store");
});
