/** docs/recipes.md is held to the program: its configs load, its Secret is one, and its policy says what the page says. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { parseRepositorySecret } from "../../src/core/argocd/repository-secret.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { rbacCan } from "../../src/verbs/rbac.ts";
import { docsPage, writeFiles } from "../lib/docs-page.ts";

const page = docsPage(join(import.meta.dir, "../../docs/recipes.md"));
const folder = mkdtempSync(join(tmpdir(), "recipes-"));
const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{ name: shop, cluster: { server: "https://10.0.0.7:6443" } }]
users: [{ name: shop, user: { token: a-token } }]
contexts: [{ name: shop, context: { cluster: shop, user: shop } }]
current-context: shop
`;
beforeAll(() => {
  writeFiles(page, folder);
  writeFileSync(join(folder, "shop.kubeconfig"), KUBECONFIG);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("docs/recipes.md", () => {
  test.each(["holdfast.yaml", "clusters.yaml"])("%s loads", (file) => {
    const loaded = loadConfig(join(folder, file), {
      env: { HOLDFAST_TOKEN: "a-token-of-some-length" },
      validateCron: cronProblem,
    });
    expect(loaded.ok ? loaded.warnings : loaded.problems).toEqual([]);
  });

  test.each([
    { action: "sync", object: "shop/web", may: "yes" },
    { action: "get", object: "shop/web", may: "yes" },
    { action: "delete", object: "shop/web", may: "no" },
    { action: "sync", object: "till/web", may: "no" },
  ])("the pipeline may $action $object: $may", ({ action, object, may }) => {
    const config = Bun.YAML.parse(readFileSync(join(folder, "holdfast.yaml"), "utf8")) as {
      rbac: { policy: string };
    };
    const answer = rbacCan({
      policy: { file: "policy.csv", text: config.rbac.policy },
      projects: [],
      who: { is: "named", name: "pipeline", groups: [] },
      action,
      resource: "applications",
      object,
    });
    expect(answer.is).toBe(may as typeof answer.is);
  });

  test("the Secret lends its login to what is below its address", () => {
    const secret = Bun.YAML.parse(readFileSync(join(folder, "git-login.yaml"), "utf8")) as KubeObject & {
      stringData: Record<string, string>;
    };
    // As the API server keeps what was written under stringData.
    const data = Object.fromEntries(
      Object.entries(secret.stringData).map(([key, text]) => [key, btoa(text)]),
    );
    const parsed = parseRepositorySecret({ ...secret, data } as KubeObject, "repo-creds", "Secret git-login");
    expect(parsed).toMatchObject({
      ok: true,
      value: { entry: { url: "https://git.example.com/team", username: "ci" }, credentials: "own" },
    });
  });
});
