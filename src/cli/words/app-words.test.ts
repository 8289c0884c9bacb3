import { describe, expect, test } from "bun:test";
import { policyOf, revisionOf } from "./app-words.ts";
import { app, COMMIT, sync } from "./testdata/shown-app.ts";

describe("revisionOf() and policyOf()", () => {
  test("show branch and short commit, of each source", () => {
    const two = app({ sync: { ...sync("Synced"), revisions: [COMMIT, "v1.2.0"] } });
    two.spec.sources = [
      { repoURL: "a", targetRevision: "" },
      { repoURL: "b", targetRevision: "v1.2.0" },
    ];
    expect([revisionOf(app()), revisionOf(app(), {}), revisionOf(two)]).toEqual([
      "main@9f2e1aa",
      "main",
      "HEAD@9f2e1aa, v1.2.0",
    ]);
  });
  test("use Argo CD's words for policies", () => {
    const policies = [undefined, {}, { prune: true }, { enabled: false }].map((automated) => ({
      ...app(),
      spec: { ...app().spec, syncPolicy: automated === undefined ? {} : { automated } },
    }));
    expect(policies.map(policyOf)).toEqual(["Manual", "Auto", "Auto-Prune", "Manual"]);
  });
});
