/** `holdfast render` and `holdfast validate` on ApplicationSets, without a daemon or a cluster. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readApplications } from "../../src/config/application-folders.ts";
import { defaultConfig } from "../../src/config/load-config.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import { render } from "../../src/verbs/render.ts";
import { setChecks } from "../../src/verbs/set-checks.ts";
import { validate } from "../../src/verbs/validate.ts";
import { cli } from "../lib/cli.ts";
import { run } from "../lib/daemon.ts";
import { endingOf } from "../lib/ending-of.ts";

const dir = mkdtempSync(join(tmpdir(), "holdfast-verbs-sets-"));
afterAll(() => rmSync(dir, { recursive: true }));

const around = {
  env: { PATH: process.env["PATH"] },
  cwd: dir,
  embedded: {},
  packageRoot: undefined,
  build: { version: "", commit: "", buildDate: "" },
  self: { env: {}, execPath: "", argv: [], execArgv: [] },
  stderr: () => undefined,
};
const signal = new AbortController().signal;

const set = (
  name: string,
  generators: unknown[],
  more: { name?: string; path?: string; extra?: object } = {},
) =>
  JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name },
    spec: {
      goTemplate: true,
      goTemplateOptions: ["missingkey=error"],
      generators,
      template: {
        metadata: { name: more.name ?? `${name}-{{ .name }}` },
        spec: {
          project: "default",
          source: { repoURL: "https://git.example.com/x.git", path: more.path ?? "apps/{{ .name }}" },
          destination: { server: "https://kubernetes.default.svc", namespace: "{{ .name }}" },
        },
      },
      ...more.extra,
    },
  });
const list = (...names: string[]) => ({ list: { elements: names.map((name) => ({ name })) } });
const folders = {
  git: { repoURL: "https://git.example.com/x.git", revision: "HEAD", directories: [{ path: "apps/*" }] },
};
const application = (name: string, path: string) =>
  JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/x.git", path },
      destination: { server: "https://kubernetes.default.svc", namespace: name },
    },
  });
const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;

const FILES: Record<string, string> = {
  "repository/apps/web/web.yaml": map("web"),
  "repository/apps/db/db.yaml": map("db"),
  "repository/broken/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x\n",
  "clusters.yaml":
    "- { name: web, server: 'https://w', labels: { tier: x } }\n- { name: db, server: 'https://d', labels: { tier: x } }\n",
  "list.yaml": set("list", [list("web", "db")]),
  "clusters-set.yaml": set("regions", [{ clusters: { selector: { matchLabels: { tier: "x" } } } }]),
  "folders.yaml": set("folders", [folders], {
    name: "f-{{ .path.basename }}",
    path: "{{ .path.path }}",
  }).replaceAll("{{ .name }}", "{{ .path.basename }}"),
  "mixed.yaml": `${application("plain", "apps/web")}\n---\n${set("list", [list("db")])}\n`,
  "in-list.yaml": `{ "apiVersion": "v1", "kind": "List", "items": [${set("list", [list("db")])}] }`,
  "several.yaml": `${set("one", [list("web")])}\n---\n${set("two", [list("db")])}\n`,
  "wrong-path.yaml": set("list", [list("web", "nowhere", "db")]),
  "wrong-manifest.yaml": set("list", [list("web")], { path: "broken" }),
  "wrong-template.yaml": set("list", [list("web")], { name: "{{ .other }}" }),
  "wrong-name.yaml": set("list", [list("web", "Not A Name")]),
  "empty.yaml": set("none", [{ list: { elements: [] } }]),
  "asks.yaml": set("asks", [
    { matrix: { generators: [list("web"), { pullRequest: { github: { owner: "x", repo: "y" } } }] } },
  ]),
  "neither.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n",
};
for (const [name, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

describe("render of ApplicationSets", () => {
  const rendered = async (
    app: string,
    more: { source?: string; clusters?: string } = { source: "repository" },
  ) => {
    const { documents, problems, applications } = await render(around, { app, signal, ...more });
    return {
      maps: documents.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      owners: documents.map(({ metadata }) => metadata.annotations?.["argocd.argoproj.io/tracking-id"]),
      problems: problems.map(showProblem),
      applications,
    };
  };

  test("renders each application that a set makes, as its own", async () => {
    expect(await rendered("list.yaml")).toEqual({
      maps: ["web/web", "db/db"],
      owners: ["list-web:/ConfigMap:web/web", "list-db:/ConfigMap:db/db"],
      problems: [],
      applications: 2,
    });
  });

  test("folders of the source, and clusters of a file", async () => {
    expect((await rendered("folders.yaml")).maps.sort()).toEqual(["db/db", "web/web"]);
    const { maps } = await rendered("clusters-set.yaml", { source: "repository", clusters: "clusters.yaml" });
    expect(maps.sort()).toEqual(["db/db", "web/web"]);
  });

  test("several sets of a file, one in a list, and an Application beside one", async () => {
    expect((await rendered("in-list.yaml")).maps).toEqual(["db/db"]);
    expect((await rendered("several.yaml")).maps).toEqual(["web/web", "db/db"]);
    expect(await rendered("mixed.yaml")).toMatchObject({
      maps: ["plain/web", "db/db"],
      problems: [],
      applications: 2,
    });
  });

  test("one application that cannot be rendered keeps no other from it, and is named", async () => {
    const path = await rendered("wrong-path.yaml");
    expect(path.maps).toEqual(["web/web", "db/db"]);
    expect(path.problems).toEqual([
      expect.stringMatching(/^Application argocd\/list-nowhere: .*apps\/nowhere/),
    ]);
    const { problems } = await rendered("wrong-manifest.yaml");
    expect(problems[0]).toContain("Application argocd/list-web");
  });

  test("what cannot be generated is an error with the set, and the others are rendered", async () => {
    const wrong = await rendered("wrong-name.yaml");
    expect(wrong.maps).toEqual(["web/web"]);
    expect(wrong.problems).toEqual([expect.stringContaining("ApplicationSet argocd/list")]);
    expect((await rendered("clusters-set.yaml")).problems).toEqual([
      expect.stringContaining("--clusters FILE"),
    ]);
  });

  test("a file with neither is said to be that, one that is not there is no file", async () => {
    expect(await rendered("neither.yaml")).toEqual({
      maps: [],
      owners: [],
      problems: [expect.stringContaining("or of ApplicationSets")],
      applications: 0,
    });
    expect(await endingOf(render(around, { app: "nowhere.yaml", signal }))).toThrow(
      "nowhere.yaml: cannot read it",
    );
  });
});

describe("validate of ApplicationSets", () => {
  const judged = async (files: string[], more: { source?: string; clusters?: string } = {}) =>
    (await validate(around, files, more)).files.map(({ sets, problems }) => ({
      sets,
      problems: problems.map(showProblem),
    }));

  test("says what each makes where that is known here", async () => {
    expect(await judged(["list.yaml", "several.yaml", "empty.yaml"])).toEqual([
      { sets: [{ name: "argocd/list", makes: ["argocd/list-web", "argocd/list-db"] }], problems: [] },
      {
        sets: [
          { name: "argocd/one", makes: ["argocd/one-web"] },
          { name: "argocd/two", makes: ["argocd/two-db"] },
        ],
        problems: [],
      },
      { sets: [{ name: "argocd/none", makes: [] }], problems: [] },
    ]);
  });

  test("and where it is not, what would tell; nobody is asked", async () => {
    expect(await judged(["clusters-set.yaml", "folders.yaml", "asks.yaml"])).toEqual([
      { sets: [{ name: "argocd/regions", unknown: expect.stringContaining("--clusters") }], problems: [] },
      { sets: [{ name: "argocd/folders", unknown: expect.stringContaining("--source") }], problems: [] },
      {
        sets: [{ name: "argocd/asks", unknown: "pullRequest asks others, and here nobody is asked" }],
        problems: [],
      },
    ]);
    const told = await judged(["clusters-set.yaml", "folders.yaml"], {
      source: "repository",
      clusters: "clusters.yaml",
    });
    expect(told.map(({ sets }) => sets)).toEqual([
      [{ name: "argocd/regions", makes: ["argocd/regions-db", "argocd/regions-web"] }],
      [{ name: "argocd/folders", makes: ["argocd/f-db", "argocd/f-web"] }],
    ]);
  });

  test("what is wrong with a template, or with an application that comes of it, is a problem of the file", async () => {
    const [template, name] = await judged(["wrong-template.yaml", "wrong-name.yaml"]);
    expect(template).toEqual({
      sets: [{ name: "argocd/list", makes: [] }],
      problems: [expect.stringMatching(/^wrong-template\.yaml:1: .*other/)],
    });
    expect(name).toEqual({
      sets: [{ name: "argocd/list", makes: ["argocd/list-web"] }],
      problems: [expect.stringMatching(/^wrong-name\.yaml:1: .*Not A Name/)],
    });
  });

  test("a folder of Git that is not there is said, and not taken for an empty one", async () => {
    const [one] = await judged(["folders.yaml"], { source: "not-there" });
    expect(one?.problems).toEqual([expect.stringContaining("not-there")]);
  });
});

describe("doctor on ApplicationSets", () => {
  const said = async (files: string[]) => {
    const { applicationSets } = readApplications(
      files.map((file) => join(dir, file)),
      { homeNamespace: "argocd", from: dir },
    );
    const checks = await setChecks(applicationSets, defaultConfig(dir), around, signal);
    return checks.map(({ state, text }) => `${state} ${text}`);
  };

  test("counts them, says what is wrong with those that are known, and asks nobody", async () => {
    expect(await said(["list.yaml"])).toEqual(["ok 1 ApplicationSet: 1 of them makes 2 applications"]);
    expect(await said(["list.yaml", "asks.yaml", "folders.yaml"])).toEqual([
      "ok 3 ApplicationSets: 1 of them makes 2 applications; what 2 of them make, others are asked by the daemon",
    ]);
    expect(await said(["wrong-name.yaml"])).toEqual([
      "ok 1 ApplicationSet: 1 of them makes 1 application",
      expect.stringMatching(/^failed wrong-name\.yaml:1: .*Not A Name/),
    ]);
    expect(await said(["neither.yaml"])).toEqual([]);
  });
});

describe("on the command line", () => {
  const verbs = {
    validate: (files: readonly string[], ask: Parameters<typeof validate>[2]) => validate(around, files, ask),
    render: (ask: Parameters<typeof render>[1]) => render(around, ask),
  };

  test("validate prints what sets make below their file", async () => {
    const { stdout, code } = await cli(["validate", "list.yaml", "asks.yaml"], { verbs });
    expect(stdout).toBe(`✓ list.yaml   ApplicationSet   valid
  argocd/list makes 2 applications: argocd/list-web, argocd/list-db
✓ asks.yaml   ApplicationSet   valid
  argocd/asks: what it makes is not known here: pullRequest asks others, and here nobody is asked
`);
    expect(code).toBe(0);
    expect((await cli(["validate", "wrong-name.yaml"], { verbs })).code).toBe(8);
  });

  test("render says how many applications there were; with an error nothing is printed, and it ends with 8", async () => {
    const source = ["--source", "repository"];
    const good = await cli(["render", "-f", "list.yaml", ...source], { verbs });
    expect([good.code, good.stderr]).toEqual([0, "2 objects of 2 applications rendered.\n"]);
    const bad = await cli(["render", "-f", "wrong-path.yaml", ...source], { verbs });
    expect([bad.code, bad.stdout]).toEqual([8, ""]);
  });

  test("the program itself takes both", async () => {
    const argv = [
      "render",
      "-f",
      "clusters-set.yaml",
      "--source",
      "repository",
      "--clusters",
      "clusters.yaml",
    ];
    const rendered = await run([process.execPath, join(import.meta.dir, "../../src/main.ts"), ...argv], {
      cwd: dir,
    });
    expect([rendered.code, rendered.stderr]).toEqual([0, "2 objects of 2 applications rendered.\n"]);
  });
});
