/** What `validate` and `doctor` say of addresses in kustomizations: of folders, of checkouts, and of the sources of Applications. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { showProblem } from "../../src/core/model/problem.ts";
import { doctor } from "../../src/verbs/doctor.ts";
import type { Surroundings } from "../../src/verbs/surroundings.ts";
import { validate } from "../../src/verbs/validate.ts";
import { type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";

let server: GitServer, charts: ChartRepository, cwd: string;

beforeAll(async () => {
  server = await startGitServer();
  charts = startChartRepository();
  charts.publish(chart("web", "1.0.0"));
  await server.createRepo("parts", { "kustomization.yaml": "" });
});
afterAll(async () => {
  await server.close();
  await charts.stop();
});
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "holdfast-kustomizations-"));
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

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
}

const config = (remoteBases: readonly string[]) => ({
  "holdfast.yaml": `data: ${join(cwd, "data")}\napplications: [apps]\nremoteBases: ${JSON.stringify(remoteBases)}\nclusters: []\nrepositories: [{ url: "${charts.url}", type: helm }]\n`,
});

function application(name: string, ...sources: object[]): Record<string, string> {
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: { project: "default", sources, destination: { name: "c", namespace: "a" } },
  };
  return { [`apps/${name}.yaml`]: JSON.stringify(app) };
}

const judged = async (...named: string[]) => {
  const { files, passedOver } = await validate(around(), named, {});
  return {
    files: files.map(({ file, kind }) => `${kind} ${file}`),
    said: files.flatMap(({ problems }) => problems.map(showProblem)),
    passedOver,
  };
};
const NO =
  "cannot be fetched: neither remoteBases nor repositories in the config names it. Add it to remoteBases in the config, or copy it into the repository";
const NEAR =
  "cannot be fetched: its host is in a network of its own, and no entry of repositories in the config names it. Add an entry with its address to repositories in the config, or put the chart into the charts folder";

test("validate looks into the kustomizations of a folder, and names the file, the field and the address of each", async () => {
  write({
    ...config(["https://good.example/**", "https://files.example/raw/x/map"]),
    "k/app/kustomization.yaml": [
      "resources: [../base, map.yaml, https://good.example/a/b//c?ref=v1, https://bad.example/a/b//c?ref=v1]",
      "patches: [{path: https://bad.example/patch.yaml}, {patch: 'https: //bad.example'}]",
      "configMapGenerator: [{name: x, files: [a=https://bad.example/a.txt, b.txt]}]",
      "helmCharts:",
      "- {name: web, version: 1.0.0, repo: https://charts.example/stable}",
      "- {name: web, version: 1.0.0, repo: http://10.0.0.1/stable, releaseName: b}",
      "- {name: lies, repo: http://10.0.0.1/stable}",
      "generators: [charts.yaml, gen]\n",
    ].join("\n"),
    "k/app/map.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n",
    "k/app/b.txt": "b",
    "k/app/charts.yaml":
      "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: db\nrepo: oci://127.0.0.1:5000/charts\n",
    "k/app/gen/kustomization.yaml": "resources: [one.yaml]\n",
    "k/app/gen/one.yaml":
      "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [https://bad.example/generated.txt]\n",
    "k/app/charts/lies/Chart.yaml": "name: lies\nversion: 1.0.0\n",
    "k/base/kustomization.yml": "components: [git@bad.example:a/b.git//c]\nresources: [file:///etc]\n",
    // A file or a repository: what is permitted as one of them may be asked.
    "k/plain/kustomization.yaml": "resources: [../base, https://files.example/raw/x/map]\n",
  });
  const { files, said, passedOver } = await judged("k");
  expect(said).toEqual([
    `k/app/charts.yaml: HelmChartInflationGenerator: oci://127.0.0.1:5000/charts ${NEAR}`,
    "k/app/gen/one.yaml: ConfigMapGenerator.files[0] names https://bad.example/generated.txt, which looks like an address and cannot be fetched: it is none that this field may name. Name a repository as https://host/path//folder?ref=TAG where a folder may stand, a file by its https address, or copy it into the repository",
    `k/app/kustomization.yaml: helmCharts[1]: http://10.0.0.1/stable ${NEAR}`,
    `k/app/kustomization.yaml: resources[3]: https://bad.example/a/b ${NO}`,
    `k/app/kustomization.yaml: patches[0].path: https://bad.example/patch.yaml ${NO}`,
    `k/app/kustomization.yaml: configMapGenerator[0].files[0]: https://bad.example/a.txt ${NO}`,
    `k/base/kustomization.yml: components[0]: git@bad.example:a/b.git ${NO}`,
    "k/base/kustomization.yml: resources[0] names file:///etc, which cannot be fetched: it is a place on the daemon's own machine. Name a repository as https://host/path//folder?ref=TAG, or copy it into this one",
  ]);
  expect(files).toEqual([
    "Kustomization k/app/charts.yaml",
    "Kustomization k/app/gen/one.yaml",
    "Kustomization k/app/kustomization.yaml",
    "Kustomization k/base/kustomization.yml",
    "Kustomization k/plain/kustomization.yaml",
  ]);
  // The gen kustomization, map.yaml and Chart.yaml.
  expect(passedOver).toBe(3);
});

test("validate looks into a source's kustomization where its Application stands in a checkout of that repository", async () => {
  Bun.spawnSync(["git", "init", "-q", cwd]);
  Bun.spawnSync(["git", "-C", cwd, "remote", "add", "origin", "git@git.example:team/shop.git"]);
  const shop = { repoURL: "https://git.example/team/shop", targetRevision: "main" };
  write({
    ...config([]),
    ...application("a", { ...shop, path: "k/app", kustomize: { components: ["../part"] } }),
    ...application("b", { ...shop, repoURL: "https://git.example/team/other", path: "k/strange" }),
    ...application("c", { ...shop, path: "k/plain", directory: {} }, { ...shop, ref: "values" }),
    "k/app/kustomization.yaml": "resources: [https://bad.example/a/b//c?ref=v1]\n",
    "k/part/kustomization.yaml": "kind: Component\nresources: [https://bad.example/part.yaml]\n",
    "k/strange/kustomization.yaml": "resources: [https://bad.example/strange.yaml]\n",
    "k/plain/kustomization.yaml": "resources: [https://bad.example/plain.yaml]\n",
  });
  const { files, said } = await judged("apps");
  expect(said).toEqual([
    `k/app/kustomization.yaml: resources[0]: https://bad.example/a/b ${NO}`,
    `k/part/kustomization.yaml: resources[0]: https://bad.example/part.yaml ${NO}`,
  ]);
  expect(files).toEqual([
    "Application apps/a.yaml",
    "Application apps/b.yaml",
    "Application apps/c.yaml",
    "Kustomization k/app/kustomization.yaml",
    "Kustomization k/part/kustomization.yaml",
  ]);
});

test("a file that is called as a kustomization is judged as one, and what cannot be read is said and hides nothing", async () => {
  write({
    ...config([]),
    "k/a/kustomization.yaml": "namePrefix: a-\n",
    "k/b/Kustomization": "resources: [https://bad.example/b.yaml, ../../../../outside]\n",
    "k/c/kustomization.yaml": "resources: [ {\n",
    "k/d/kustomization.yaml": "helmCharts: [{name: 7}]\n",
    "k/e/kustomization.yaml": "resources: [../f]\n",
    "k/f/kustomization.yaml": "resources: [../e]\n",
    "k/notes.yaml": "a: 1\n",
  });
  symlinkSync("/etc", join(cwd, "k/e/link"));
  expect(await judged("k/a/kustomization.yaml", "k/b/Kustomization")).toEqual({
    files: ["Kustomization k/a/kustomization.yaml", "Kustomization k/b/Kustomization"],
    said: [`k/b/Kustomization: resources[0]: https://bad.example/b.yaml ${NO}`],
    passedOver: 0,
  });
  const all = await judged("k");
  expect(all.said.filter((one) => one.startsWith("k/b/"))).toHaveLength(1);
  expect(all.said.join("\n")).toMatch(/k\/c\/kustomization\.yaml:\d+: it was not looked into: /);
  expect(all.said.join("\n")).toContain(
    "k/d/kustomization.yaml: it was not looked into: helmCharts[0].name is no text",
  );
});

test("validate says nothing of addresses where there is no config to say what may be asked", async () => {
  write({ "k/kustomization.yaml": "resources: [https://bad.example/a.yaml]\n" });
  expect((await judged("k", "k/kustomization.yaml")).said).toEqual([
    "k: there is no Application, AppProject or ApplicationSet in it",
  ]);
});

const checks = async (): Promise<string[]> =>
  (await doctor(around(), { signal: new AbortController().signal })).flatMap(({ name, state, text }) =>
    ["base", "file", "chart", "repository"].includes(name) ? [`${state} ${name} ${text}`] : [],
  );

test("doctor asks what the kustomizations of sources name, each once, by the commit that the source follows", async () => {
  const shop = server.urlOf("shop");
  const parts = server.urlOf("parts");
  await server.createRepo("shop", {
    "app/kustomization.yaml": `resources: ["${parts}?ref=main", "../base"]\nhelmCharts: [{name: web, version: ">=1.0.0", repo: ${charts.url}}, {name: gone, repo: ${charts.url}}]\n`,
    "base/kustomization.yaml": `resources: ["${parts}?ref=main", "${parts}?ref=gone", "https://localhost/x.yaml"]\n`,
    "broken/kustomization.yaml": "resources: [ {\n",
  });
  await server.commit(
    "shop",
    { "later/kustomization.yaml": `resources: ["${parts}?ref=later"]\n` },
    "later",
    { branch: "next" },
  );
  write({
    ...config([`${server.url}/**`]),
    ...application("a", { repoURL: shop, path: "app" }, { repoURL: shop, path: "app", targetRevision: "" }),
    ...application(
      "b",
      { repoURL: shop, path: "broken" },
      { repoURL: shop, path: "later", targetRevision: "next" },
    ),
    ...application("c", { repoURL: shop, path: "app", targetRevision: "nowhere" }),
    ...application("d", { repoURL: server.urlOf("absent"), path: "app" }),
  });
  const head = (await server.git("parts", "rev-parse", "main")).slice(0, 7);
  const found = await checks();
  expect(found.filter((one) => one.includes("absent.git"))).toHaveLength(1);
  const bases = found.filter((one) => !one.includes(" repository "));
  expect(bases).toEqual([
    expect.stringMatching(
      /^warning base broken\/kustomization\.yaml:\d+ of \S+shop\.git: it was not looked into: /,
    ),
    `ok chart ${charts.url} answers (web >=1.0.0 is 1.0.0)`,
    expect.stringContaining(`failed chart app/kustomization.yaml of ${shop}: helmCharts[1] names `),
    `ok base ${parts} answers (main is ${head})`,
    expect.stringContaining(
      `failed base base/kustomization.yaml of ${shop}: resources[1] names ${parts}: cannot resolve revision "gone"`,
    ),
    `failed file base/kustomization.yaml of ${shop}: resources[2] names https://localhost/x.yaml: cannot fetch it: neither remoteBases nor repositories in the config names it`,
    expect.stringContaining(`failed base later/kustomization.yaml of ${shop}: resources[0] names ${parts}: `),
  ]);
  expect(found.filter((one) => one.startsWith("failed repository"))).toEqual([
    expect.stringContaining("absent"),
    expect.stringContaining('cannot resolve revision "nowhere"'),
  ]);
});
