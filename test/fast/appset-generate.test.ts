/** `holdfast appset generate` on files alone: the verb with the real engine, and what the command line makes of it. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { showProblem } from "../../src/core/model/problem.ts";
import { appsetGenerate } from "../../src/verbs/appset-generate.ts";
import { cli } from "../lib/cli.ts";
import { run } from "../lib/daemon.ts";

const dir = mkdtempSync(join(tmpdir(), "holdfast-appset-"));
afterAll(() => rmSync(dir, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
}

const around = {
  env: { PATH: process.env["PATH"] },
  cwd: dir,
  embedded: {},
  packageRoot: undefined,
  build: { version: "", commit: "", buildDate: "" },
  self: { env: {}, execPath: "", argv: [], execArgv: [] },
  stderr: () => undefined,
};
async function generate(ask: { file: string; source?: string; clusters?: string }) {
  const made = await appsetGenerate(around, { signal: new AbortController().signal, ...ask });
  return { ...made, problems: made.problems.map(showProblem) };
}

const set = (name: string, spec: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: { name: ${name} }\nspec:\n${spec}`;
const TEMPLATE = `  template:
    metadata: { name: "{{ .name }}-{{ .path.basename }}" }
    spec:
      project: default
      source: { repoURL: "https://git.example.com/x.git", path: "{{ .path.path }}", targetRevision: "{{ .values.rev }}" }
      destination: { name: "{{ .name }}", namespace: '{{ index .metadata.labels "team" | default "none" | lower }}' }
`;
write({
  "repository/apps/web/x.yaml": "",
  "repository/apps/db/x.yaml": "",
  "clusters.yaml": `- { name: west, server: "https://w", labels: { team: A } }
---
apiVersion: v1
kind: Secret
metadata: { name: s, labels: { argocd.argoproj.io/secret-type: cluster, team: B } }
stringData: { name: east, server: "https://e", config: "{}" }
`,
  "sets.yaml": `${set(
    "pairs",
    `  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - matrix:
        generators:
          - git: { repoURL: "https://git.example.com/x.git", directories: [{ path: "apps/*" }] }
          - clusters:
              selector: { matchExpressions: [{ key: team, operator: Exists }] }
              values: { rev: '{{ if eq .path.basename "db" }}stable{{ else }}{{ .name }}{{ end }}' }
${TEMPLATE}`,
  )}`,
  "broken.yaml": `${set("one", "  goTemplate: true\n  generators: [{ list: { elements: [{ a: x }, { a: z, n: 1 }] } }]\n  template: { metadata: { name: 'n-{{ .a }}', labels: { l: '{{ add .n 1 | toString | required }}' } }, spec: { destination: { server: 'https://a' }, source: { repoURL: 'https://a', path: a } } }\n")}---
${set("two", "  generators: [{ list: { elements: [{ a: x }] } }, { clusters: {} }]\n  template: { metadata: { name: 'm-{{a}}' }, spec: { destination: { server: 'https://a' }, source: { repoURL: 'https://a', path: a } } }\n")}---
${set("three", "  generators: [{ list: {} }]\n")}`,
});

describe("appsetGenerate()", () => {
  test("makes a matrix of folders and clusters from files", async () => {
    const { applications, problems } = await generate({
      file: "sets.yaml",
      source: "repository",
      clusters: "clusters.yaml",
    });
    expect(problems).toEqual([]);
    expect(
      applications.map(({ metadata: { name }, spec: { source, destination } }) => [
        name,
        source?.path,
        source?.targetRevision,
        destination.namespace,
      ]),
    ).toEqual([
      ["east-db", "apps/db", "stable", "b"],
      ["west-db", "apps/db", "stable", "a"],
      ["east-web", "apps/web", "east", "b"],
      ["west-web", "apps/web", "west", "a"],
    ]);
  });

  test("says what it would need, and what is wrong where, and makes what it can", async () => {
    const { applications, problems } = await generate({ file: "broken.yaml" });
    expect(applications.map(({ metadata: { name } }) => name)).toEqual(["m-x"]);
    expect(problems).toEqual([
      "broken.yaml:19: ApplicationSet argocd/three: spec.template: this field is required",
      'broken.yaml:7: ApplicationSet argocd/one: spec.template.metadata.labels.l: spec.generators[0].list, set 1 (a "x"): template line 1: function "required" not defined',
      'broken.yaml:7: ApplicationSet argocd/one: spec.template.metadata.labels.l: spec.generators[0].list, set 2 (a "z"): template line 1: function "required" not defined',
      "broken.yaml:13: ApplicationSet argocd/two: spec.generators[1].clusters: which clusters there are: cannot learn it: nobody is asked offline. Name a file of them with --clusters FILE",
    ]);
  });

  test("fetches a repository that no folder stands for, at the revision that is asked for", async () => {
    const work = join(dir, "work");
    const git = async (...argv: string[]): Promise<void> => {
      const ended = await run([
        "git",
        "-C",
        work,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        ...argv,
      ]);
      if (ended.code !== 0) throw new Error(ended.stderr);
    };
    write({ "work/env/a.yaml": "name: a\n" });
    await git("init", "-q", "-b", "main");
    await git("add", "-A");
    await git("commit", "-qm", "one");
    await git("tag", "v1");
    write({ "work/env/b.yaml": "name: b\n" });
    await git("add", "-A");
    await git("commit", "-qm", "two");
    const generator = (revision: string): string =>
      `    - git: { repoURL: "file://${work}", revision: ${revision}, files: [{ path: env/*.yaml }] }\n`;
    const template = (name: string): string =>
      `  template: { metadata: { name: '${name}' }, spec: { destination: { server: 'https://a' }, source: { repoURL: 'https://a', path: a } } }\n`;
    write({
      "git.yaml": `${set("now", `  generators:\n${generator("HEAD")}${template("now-{{name}}")}`)}---
${set("then", `  generators:\n${generator("v1")}${template("then-{{name}}")}`)}---
${set("never", `  generators:\n${generator("v9")}${template("never-{{name}}")}`)}`,
    });
    const { applications, problems } = await generate({ file: "git.yaml" });
    expect(applications.map(({ metadata: { name } }) => name)).toEqual(["now-a", "now-b", "then-a"]);
    expect(problems.map((text) => /argocd\/never: spec\.generators\[0\]\.git: .*v9/.test(text))).toEqual([
      true,
    ]);
  });

  test("a folder that stands for repositories must be there", async () => {
    expect(
      (await generate({ file: "sets.yaml", source: "nowhere", clusters: "clusters.yaml" })).problems.join(),
    ).toContain("there is no such folder");
  });

  test("refuses a file of clusters that names none", async () => {
    write({ "wrong.yaml": "- { name: a }\n" });
    expect(
      (await generate({ file: "sets.yaml", source: "repository", clusters: "wrong.yaml" })).problems.join(),
    ).toContain("wrong.yaml: cannot read the clusters in it: cluster 1 has no server");
  });

  test("says that a file holds no set", async () => {
    write({ "app.yaml": "kind: ConfigMap\n" });
    expect((await generate({ file: "app.yaml" })).problems).toEqual([
      "app.yaml: there is no ApplicationSet in it",
    ]);
  });
});

describe("holdfast appset generate", () => {
  const application = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "web", namespace: "argocd" },
    spec: { project: "default", destination: { server: "https://a" } },
  } as const;
  const appset = (line: string, problems: { severity: "error"; text: string }[] = []) =>
    cli(line.split(" "), {
      verbs: { appsetGenerate: async () => ({ applications: [application], problems }) },
    });

  test("prints applications as YAML, JSON or names, and how many", async () => {
    const yaml = await appset("appset generate a.yaml");
    expect([yaml.stdout.split("\n")[1], yaml.stderr, yaml.code]).toEqual([
      "kind: Application",
      "1 application generated.\n",
      0,
    ]);
    expect((await appset("appset generate a.yaml -o name")).stdout).toBe("argocd/web\n");
    expect(JSON.parse((await appset("appset generate a.yaml -o json")).stdout)).toMatchObject({
      kind: "Applications",
      items: [{ metadata: { name: "web" } }],
    });
  });

  test("ends with 8 where not all could be made, and prints the others", async () => {
    const { stdout, stderr, code } = await appset("appset generate a.yaml -o name", [
      { severity: "error", text: "spec.generators[1]: names no generator" },
    ]);
    expect([stdout, code]).toEqual(["argocd/web\n", 8]);
    expect(stderr).toBe(
      "✗ spec.generators[1]: names no generator\n✗ 1 application generated, not all of them: 1 error.   exit 8\n",
    );
  });
});
