/** What a stranger types first, on the compiled binary: doctor, validate and render, where all is well and where nothing is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitFiles } from "../../src/git/commit-files.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { BINARY, type Ran, run } from "../lib/daemon.ts";

const dir = mkdtempSync(join(tmpdir(), "holdfast-offline-"));
const repository = join(dir, "repository");
let sandbox: Sandbox;

const holdfast = (...words: string[]): Promise<Ran> =>
  run([BINARY, ...words], { cwd: dir, env: { PATH: process.env.PATH ?? "" } });
const app = (name: string, more = ""): string => `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name} }
spec:
  project: default
  source: { repoURL: ${repository}, path: app${more} }
  destination: { server: "https://kubernetes.default.svc", namespace: ${name} }
`;

beforeAll(async () => {
  sandbox = await startSandbox({ listen: "127.0.0.1:0" });
  const commit = await commitFiles().commitAll(
    repository,
    {
      "app/config.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { mode: 0644 }\n",
    },
    "Settings",
  );
  expect(commit).toHaveLength(40);
  const files: Record<string, string> = {
    kubeconfig: sandbox.kubeconfig,
    "holdfast.yaml":
      'clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ./kubeconfig }]\napplications: [./apps]\n',
    "apps/web.yaml": app("web"),
    "bad/holdfast.yaml":
      'poll: often\nclusters: [{ name: gone, server: "https://gone", kubeconfig: ./nothing }]\napplicatons: [./apps]\n',
    "worse/holdfast.yaml":
      'clusters: [{ name: gone, server: "https://gone", kubeconfig: ./nothing }]\napplications: [./apps]\nplugins: [./plugins]\n',
    "worse/apps/one.yaml": app("one", ", targetRevison: main"),
    "charts/holdfast.yaml": "applications: [./apps]\n",
    "charts/apps/chart.yaml": app("chart", ", targetRevision: 1.2.3")
      .replace(repository, "https://charts.invalid")
      .replace("path: app", "chart: nginx"),
    "worse/apps/two.yaml": app("one"),
    "worse/apps/three.yaml": `${app("three")}  syncPolicy: { automated: { prune: 7 } }\n`,
    "jq/app.yaml": `${app("jq")}  ignoreDifferences:
  - { kind: "*", jqPathExpressions: [".spec | to_entries", ".a["] }
`,
    "jq/holdfast.yaml": 'ignoreDifferences: [{ kind: "*", jqPathExpressions: ["nothing(1)"] }]\n',
    "worse/plugins/empty.ts": "export default {};\n",
  };
  for (const [path, text] of Object.entries(files)) await Bun.write(join(dir, path), text);
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe("holdfast doctor", () => {
  const checks = async (...words: string[]): Promise<{ code: number; says: string[] }> => {
    const { code, stdout } = await holdfast("doctor", "-o", "json", ...words);
    return {
      code,
      says: (JSON.parse(stdout) as { items: { name: string; state: string; text: string }[] }).items.map(
        ({ name, state, text }) => `${state} ${name}: ${text}`,
      ),
    };
  };

  test("where all is well names everything that it looked at, and ends with 0", async () => {
    const { code, says } = await checks();
    expect(code, says.join("\n")).toBe(0);
    expect(says).toEqual(
      expect.arrayContaining([
        `ok config: ${dir}/holdfast.yaml`,
        `ok data: ${dir}/data (made at the first start)`,
        `ok applications: 1 application, 0 projects in ${dir}/apps`,
        expect.stringMatching(/^ok repository: .* answers \(HEAD is [0-9a-f]{7}\)$/),
        expect.stringMatching(/^ok cluster: in-cluster answers \(v1\./),
      ]),
    );
    expect(says.filter((line) => line.startsWith("failed"))).toEqual([]);
  });

  test("where nothing is names everything that stands in the way, and ends with 1", async () => {
    const { code, says } = await checks("--config", "worse/holdfast.yaml");
    expect(code).toBe(1);
    expect(says.filter((line) => !line.startsWith("ok")).sort()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^failed applications: worse\/apps\/two\.yaml:2: .*this name is taken in worse\/apps\/one\.yaml:2$/,
        ),
        expect.stringMatching(
          /^failed applications: worse\/apps\/three\.yaml:9: .*syncPolicy\.automated\.prune: /,
        ),
        expect.stringMatching(/^failed cluster: gone: .*nothing/),
        expect.stringMatching(/^failed plugins: .*worse\/plugins\/empty\.ts: kind: /),
        expect.stringMatching(
          /^warning applications: worse\/apps\/one\.yaml:7: .*targetRevison: this field is not known/,
        ),
      ]),
    );
  });

  test("asks a chart repository for its chart, and for no Git", async () => {
    const { code, says } = await checks("--config", "charts/holdfast.yaml");
    expect(code).toBe(1);
    expect(says.filter((line) => line.includes("charts.invalid"))).toEqual([
      expect.stringMatching(
        /^failed repository: https:\/\/charts\.invalid: cannot read from it: its host was not found/,
      ),
    ]);
  });

  test("without a config says where it looked", async () => {
    const { code, stdout } = await run([BINARY, "doctor"], { cwd: join(dir, "repository"), env: {} });
    expect([code, stdout]).toEqual([
      2,
      expect.stringContaining(
        "there is no config: neither holdfast.yaml nor config/holdfast.yaml is here, nor is there /etc/holdfast/holdfast.yaml",
      ),
    ]);
  });
});

describe("holdfast validate", () => {
  test("of a good config says so", async () => {
    expect(await holdfast("validate")).toEqual({
      code: 0,
      stdout: expect.stringMatching(/holdfast\.yaml {3}config {3}valid\n$/),
      stderr:
        "1 file checked, all of them valid.\nNo repository and no cluster was asked: holdfast doctor asks them.\n",
    });
  });

  test("of a bad config lists every problem with line, reason and fix, and ends with 2; so does serve", async () => {
    const problems = [
      /holdfast\.yaml:1: poll: is neither a duration nor a pattern/,
      /holdfast\.yaml:3: applicatons: is no setting\. Did you mean applications\?/,
    ];
    const { code, stdout } = await holdfast("validate", "bad/holdfast.yaml");
    expect(code).toBe(2);
    for (const problem of problems) expect(stdout).toMatch(problem);
    const served = await holdfast("serve", "--config", "bad/holdfast.yaml");
    expect(served.code).toBe(2);
    for (const problem of problems) expect(served.stderr).toMatch(problem);
  });

  test("of folders tells every file, and ends with 8 where a manifest is wrong", async () => {
    const { code, stdout } = await holdfast("validate", "apps", "worse/apps");
    expect([
      code,
      [...stdout.matchAll(/^. (\S+\.yaml) .*(?:valid|error)/gm)].map(([, file]) => file),
    ]).toEqual([8, ["apps/web.yaml", "worse/apps/one.yaml", "worse/apps/three.yaml", "worse/apps/two.yaml"]]);
  });
});

describe("holdfast validate and jq", () => {
  test("an expression that is none is an error with jq's reason, in manifests and in a config", async () => {
    const broken = await holdfast("validate", "jq/app.yaml", "jq/holdfast.yaml");
    expect(broken.code).toBe(2);
    expect(broken.stdout).toContain(
      "jq/app.yaml:2: spec.ignoreDifferences[0].jqPathExpressions[1]: .a[ is no jq expression: syntax error, unexpected end of file at column 3",
    );
    expect(broken.stdout).toContain(
      "config ignoreDifferences[0].jqPathExpressions[0]: nothing(1) is no jq expression: nothing/1 is not defined at column 1",
    );
    expect(broken.stdout).not.toContain("to_entries");
  });
});

describe("holdfast render", () => {
  const cases: { name: string; words: string[]; code: number; says: RegExp }[] = [
    {
      name: "reads the repository where no folder is named",
      words: ["-f", "apps/web.yaml"],
      code: 0,
      says: /mode: 420/,
    },
    {
      name: "reads a local folder in its place",
      words: ["-f", "apps/web.yaml", "--source", "repository"],
      code: 0,
      says: /name: settings/,
    },
    {
      name: "a folder that is not the repository's root",
      words: ["-f", "apps/web.yaml", "--source", "repository/app"],
      code: 8,
      says: /name the folder in which the source's path begins/,
    },
    {
      name: "a field that is wrong, with file and line",
      words: ["-f", "worse/apps/three.yaml"],
      code: 8,
      says: /worse\/apps\/three\.yaml:9: .*syncPolicy\.automated\.prune: /,
    },
    {
      name: "a file that is not there",
      words: ["-f", "nothing.yaml"],
      code: 2,
      says: /nothing\.yaml: cannot read it: no such file/,
    },
    {
      name: "a file without an Application",
      words: ["-f", "repository/app/config.yaml"],
      code: 8,
      says: /there is no Application in it/,
    },
    {
      name: "a named config that is not valid",
      words: ["-f", "apps/web.yaml", "--config", "bad/holdfast.yaml"],
      code: 2,
      says: /bad\/holdfast\.yaml: cannot read it: .*poll: /,
    },
  ];
  test.each(cases)("$name: ends with $code", async ({ words, code, says }) => {
    const ran = await holdfast("render", ...words);
    expect({ code: ran.code, text: ran.stdout + ran.stderr }).toEqual({
      code,
      text: expect.stringMatching(says),
    });
  });
});
