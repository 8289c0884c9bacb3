import { describe, expect, test } from "bun:test";
import type { Application, Destination } from "../model/application.ts";
import type { Project } from "../model/project.ts";
import { checkApplication } from "./check-application.ts";

const project = (destinations: Destination[]): Project =>
  ({ metadata: { name: "shop" }, spec: { sourceRepos: ["*"], destinations } }) as unknown as Project;
const app = (destination: Destination): Application =>
  ({
    metadata: { namespace: "argocd", name: "web" },
    spec: { project: "shop", destination, source: { repoURL: "https://git.example.com/shop" } },
  }) as unknown as Application;
const cluster = (name: string) => ({ name, server: `https://${name}` });

describe("an application whose cluster nobody knows", () => {
  const said = (of: Project | undefined, names: string[]) =>
    checkApplication(app({ name: "nowhere", namespace: "web" }), {
      ...{ project: of, cluster: undefined, clusters: names.map(cluster), homeNamespace: "argocd" },
    })[0]?.message;

  test("is told those that its project may deploy to, and no others", () => {
    const only = project([{ name: "edge-*", namespace: "web" }]);
    expect(said(only, ["secret", "edge-2", "edge-1"])).toBe(
      "there are no clusters with the name nowhere. Project shop may deploy to edge-1, edge-2: name one of these, or add it to clusters in the config",
    );
  });
  test("is told the one that was meant, where it is one of these", () => {
    const only = project([{ name: "edge-*", server: "https://edge-*", namespace: "web" }]);
    const of = (destination: Destination): string | undefined =>
      checkApplication(app({ ...destination, namespace: "web" }), {
        ...{ project: only, cluster: undefined, homeNamespace: "argocd" },
        clusters: ["edge-eu", "edge-us", "secret"].map(cluster),
      })[0]?.message;
    expect(of({ name: "egde-eu" })).toBe(
      "there are no clusters with the name egde-eu. Did you mean edge-eu? Project shop may deploy to edge-eu, edge-us: name one of these, or add it to clusters in the config",
    );
    expect(of({ server: "https://edge-uss" })).toContain("Did you mean https://edge-us?");
    // What it may not use is told to nobody, however near it is.
    expect(of({ name: "secre" })).not.toContain("secret");
  });
  test("is told ten of many", () => {
    const names = Array.from({ length: 12 }, (_, at) => `edge-${String(at).padStart(2, "0")}`);
    expect(said(project([{ name: "*", namespace: "*" }]), names)).toContain("edge-09 and 2 more: name one");
  });
  test("is told to add it where there is none for it", () => {
    for (const [of, names] of [
      [project([]), ["edge"]],
      [undefined, ["edge"]],
      [project([{ name: "*", namespace: "*" }]), []],
    ] as const)
      expect(said(of, [...names])).toBe(
        "there are no clusters with the name nowhere. Add it to clusters in the config",
      );
  });
});
