/** What `validate` and `doctor` say of bases, value files and file parameters that Applications name at addresses. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showProblem } from "../../src/core/model/problem.ts";
import { doctor } from "../../src/verbs/doctor.ts";
import type { Surroundings } from "../../src/verbs/surroundings.ts";
import { validate } from "../../src/verbs/validate.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";

let server: GitServer, cwd: string;

beforeAll(async () => {
  server = await startGitServer();
  await server.createRepo("parts", { "kustomization.yaml": "kind: Component\n" });
  await server.createRepo("shop", { "a.yaml": "" });
  server.fail({ do: "status", status: 200, body: "a: 1\n" }, ({ path }) => path === "/values.yaml");
  server.fail({ do: "status", status: 404 }, ({ path }) => path === "/gone.yaml");
});
afterAll(() => server.close());
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "holdfast-addresses-"));
  mkdirSync(join(cwd, "apps"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function around(): Surroundings {
  const env = { PATH: process.env["PATH"] };
  const { execPath, argv, execArgv } = process;
  return {
    env,
    cwd,
    embedded: {},
    packageRoot: undefined,
    build: { version: "0.0.0", commit: "", buildDate: "" },
    self: { env, execPath, argv, execArgv },
    stderr: () => undefined,
  };
}

function place(remoteBases: string, sources: readonly object[]): void {
  writeFileSync(
    join(cwd, "holdfast.yaml"),
    `data: ${join(cwd, "data")}\napplications: [apps]\nremoteBases: ${remoteBases}\nclusters: []\n`,
  );
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "a", namespace: "argocd" },
    spec: { project: "default", sources, destination: { name: "c", namespace: "a" } },
  };
  writeFileSync(join(cwd, "apps", "a.yaml"), JSON.stringify(app));
}

const repoURL = () => server.urlOf("shop");
const helm = (...valueFiles: string[]) => ({ repoURL: repoURL(), path: "h", helm: { valueFiles } });
const kustomize = (...components: string[]) => ({ repoURL: repoURL(), path: "k", kustomize: { components } });

const said = async (): Promise<string[]> =>
  (await validate(around(), ["apps"], {})).files.flatMap(({ problems }) => problems.map(showProblem));
const asked = async (): Promise<string[]> =>
  (await doctor(around(), { signal: new AbortController().signal })).flatMap(({ name, state, text }) =>
    name === "base" || name === "file" ? [`${state} ${text}`] : [],
  );

test("validate names each address that the config does not permit, and where it stands", async () => {
  place('["https://good.example/**"]', [
    helm("values.yaml", "https://good.example/v.yaml", "https://bad.example/v.yaml", "https://$HOST/v.yaml"),
    kustomize("../part", "git@good.example:a/b.git//c?ref=v1", "https://good.example/a/b//c?ref=v1"),
    {
      repoURL: repoURL(),
      path: "h",
      helm: { fileParameters: [{ name: "x", path: "http://inner/x.txt" }] },
    },
  ]);
  const no =
    "cannot be fetched: neither remoteBases nor repositories in the config names it. Add it to remoteBases in the config, or copy it into the repository";
  expect(await said()).toEqual([
    `apps/a.yaml:1: spec.sources[0].helm.valueFiles[2]: https://bad.example/v.yaml ${no}`,
    `apps/a.yaml:1: spec.sources[1].kustomize.components[1]: git@good.example:a/b.git ${no}`,
    `apps/a.yaml:1: spec.sources[2].helm.fileParameters[0].path: http://inner/x.txt ${no}`,
  ]);
});

test("validate says nothing of what may be asked where there is no config to say it", async () => {
  place("[]", [helm("https://bad.example/v.yaml")]);
  expect(await said()).toHaveLength(1);
  rmSync(join(cwd, "holdfast.yaml"));
  expect(await said()).toEqual([]);
});

test("doctor asks each address once, and names those that do not answer or may not be asked", async () => {
  place(`["${server.url}/**"]`, [
    kustomize(`${server.urlOf("parts")}?ref=main`, `${server.urlOf("parts")}?ref=gone`),
    kustomize(`${server.urlOf("parts")}?ref=main`),
    helm(`${server.url}/values.yaml`, `${server.url}/gone.yaml`, "https://localhost/v.yaml"),
  ]);
  const head = (await server.git("parts", "rev-parse", "main")).slice(0, 7);
  const found = await asked();
  expect(found).toHaveLength(5);
  expect(found[0]).toBe(`ok ${server.urlOf("parts")} answers (main is ${head})`);
  expect(found[1]).toContain(`failed ${server.urlOf("parts")}: cannot resolve revision "gone"`);
  expect(found[2]).toBe(`ok ${server.url}/values.yaml answers`);
  expect(found[3]).toContain(`failed ${server.url}/gone.yaml: cannot `);
  expect(found[4]).toContain(
    "failed https://localhost/v.yaml: cannot fetch it: neither remoteBases nor repositories in the config names it",
  );
});
