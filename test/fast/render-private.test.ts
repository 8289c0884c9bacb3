/** A repository that wants a login, rendered without a daemon: whoever asks is told how to give it here. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showProblem } from "../../src/core/model/problem.ts";
import { appsetGenerate } from "../../src/verbs/appset-generate.ts";
import { render } from "../../src/verbs/render.ts";
import type { Surroundings } from "../../src/verbs/surroundings.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap } from "../lib/manifests.ts";

setDefaultTimeout(60_000);

const PASSWORD = "canary-5ec3-password";
const { signal } = new AbortController();
let git: GitServer, folder: string, around: Surroundings;
beforeAll(async () => {
  git = await startGitServer({ auth: { basic: { username: "ci", password: PASSWORD } } });
  await git.createRepo("shop", { "a.yaml": JSON.stringify(configMap("x", "a")) });
  folder = mkdtempSync(join(tmpdir(), "holdfast-render-private-"));
  const url = git.urlOf("shop");
  const destination = { server: "https://kubernetes.default.svc", namespace: "x" };
  const source = { repoURL: url, path: ".", targetRevision: "main" };
  writeFileSync(
    join(folder, "app.yaml"),
    JSON.stringify({
      ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "shop" } },
      spec: { project: "default", source, destination },
    }),
  );
  writeFileSync(
    join(folder, "set.yaml"),
    JSON.stringify({
      ...{ apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet", metadata: { name: "shops" } },
      spec: {
        generators: [{ git: { repoURL: url, revision: "main", directories: [{ path: "*" }] } }],
        template: { metadata: { name: "x" }, spec: { project: "default", source, destination } },
      },
    }),
  );
  writeFileSync(
    join(folder, "with.yaml"),
    `data: ./data\nrepositories: [{ url: "${url}", username: ci, password: ${PASSWORD} }]\napplications: []\n`,
  );
  around = {
    ...{ env: { PATH: process.env["PATH"] ?? "" }, cwd: folder, embedded: {}, packageRoot: undefined },
    build: { version: "test", commit: "", buildDate: "" },
    self: { env: {}, execPath: process.execPath, argv: ["bun", "src/main.ts"], execArgv: [] },
    stderr: () => undefined,
  };
});
afterAll(async () => {
  await git?.close();
  rmSync(folder, { recursive: true, force: true });
});

const WAYS = [/--config FILE/, /--source FOLDER/, /holdfast repo add/, /holdfast app manifests APP/];

test("render says that a daemon's repositories are not known here, and each way to give the login", async () => {
  const cause = await render(around, { app: "app.yaml", signal }).catch((caught: Error) => caught);
  if (!(cause instanceof Error)) throw new Error("it was rendered");
  expect(cause).toMatchObject({ code: "git-auth" });
  for (const way of WAYS) expect(cause.message).toMatch(way);
});

test("a set's generator says the same", async () => {
  const { problems } = await appsetGenerate(around, { file: "set.yaml", signal });
  const said = problems.map(showProblem).join("\n");
  for (const way of WAYS) expect(said).toMatch(way);
});

test("with its login in a config it is rendered", async () => {
  const { documents } = await render(around, { app: "app.yaml", config: "with.yaml", signal });
  expect(documents).toMatchObject([{ kind: "ConfigMap", metadata: { name: "a" } }]);
});
