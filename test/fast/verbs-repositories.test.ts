/** What `doctor` says of repositories that were added to the daemon whose data folder the config names. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RepositoryFolder } from "../../src/config/repository-folder.ts";
import { newKept } from "../../src/core/argocd/kept-repository.ts";
import { doctor } from "../../src/verbs/doctor.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";

let server: GitServer, cwd: string;
beforeAll(async () => {
  server = await startGitServer({ auth: { basic: { username: "ci", password: "canary-5ec4" } } });
  await server.createRepo("shop", { "a.yaml": "{}" });
  cwd = mkdtempSync(join(tmpdir(), "holdfast-doctor-"));
  mkdirSync(join(cwd, "apps"));
  writeFileSync(
    join(cwd, "holdfast.yaml"),
    `data: ${join(cwd, "data")}\napplications: [apps]\nclusters: []\n`,
  );
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "a", namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: server.urlOf("shop"), path: ".", targetRevision: "main" },
      destination: { name: "c", namespace: "a" },
    },
  };
  writeFileSync(join(cwd, "apps", "a.yaml"), JSON.stringify(app));
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function asked(): Promise<string[]> {
  const env = { PATH: process.env["PATH"] };
  const { execPath, argv, execArgv } = process;
  const checks = await doctor(
    {
      ...{ env, cwd, embedded: {}, packageRoot: undefined, stderr: () => undefined },
      build: { version: "0.0.0", commit: "", buildDate: "" },
      self: { env, execPath, argv, execArgv },
    },
    { signal: new AbortController().signal },
  );
  expect(JSON.stringify(checks)).not.toContain("canary-5ec4");
  return checks.flatMap(({ name, state, text }) => (name === "repository" ? [`${state} ${text}`] : []));
}

test("it is asked with the credentials that were added, and a file that cannot be used is named", async () => {
  expect((await asked())[0]).toStartWith(`failed ${server.urlOf("shop")}`);
  const data = { url: server.url, username: "ci", password: "canary-5ec4" };
  const creds = newKept("repo-creds", data, { shown: "x", at: "2026-11-29T10:00:00Z" });
  if (!creds.ok) throw new Error("these are good");
  const folder = join(cwd, "data", "repositories");
  new RepositoryFolder(folder, "repositories").write(creds.value);
  writeFileSync(join(folder, "half.json"), '{ "kind": "Secret", "data": { "password": "canary-5ec4');
  const [broken, answers] = await asked();
  expect(answers).toStartWith(`ok ${server.urlOf("shop")} answers`);
  expect(broken).toContain("failed repositories/half.json: it is not one YAML or JSON document");
});
