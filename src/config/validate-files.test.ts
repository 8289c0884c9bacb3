import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { showProblem } from "../core/model/problem.ts";
import { type Validated, validateFiles } from "./validate-files.ts";

let from: string;
const APP =
  "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source: {repoURL: x, path: p}\n  destination: {name: c}\n";
const FILES: Record<string, string> = {
  "good.yaml": "poll: 10s\n",
  "bad.yaml": "poll: 10s\npol: 1\nlog: {level: x}\n",
  "empty.yaml": "",
  "broken.yaml": "data: [\n",
  "app.yaml": APP,
  "bad-app.yaml": APP.replace("path: p", "path: 7"),
  "broken-app.yaml": `${APP}  x: [\n`,
  "other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
  "apps/a.yaml": APP,
};
beforeAll(() => {
  from = mkdtempSync(join(tmpdir(), "holdfast-validate-"));
  mkdirSync(join(from, "apps"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(from, name), text);
});
afterAll(() => rmSync(from, { recursive: true, force: true }));

/** 2 where a config is wrong, else 8 where a manifest is; warnings are not wrong. */
function exitCodeOf({ validated }: { validated: readonly Validated[] }): 0 | 2 | 8 {
  const wrong = validated.filter(({ problems }) => problems.some(({ severity }) => severity === "error"));
  return wrong.some((one) => one.is === "config") ? 2 : wrong.length > 0 ? 8 : 0;
}

describe("validateFiles()", () => {
  const cases: [file: string, is: "config" | "manifests", exitCode: number, problems: string[]][] = [
    ["good.yaml", "config", 0, []],
    ["empty.yaml", "config", 0, []],
    [
      "bad.yaml",
      "config",
      2,
      [
        "bad.yaml:2: pol: is no setting. Did you mean poll?",
        "bad.yaml:3: log.level: must be debug, info, warn or error",
      ],
    ],
    [
      "broken.yaml",
      "config",
      2,
      ["broken.yaml:2: flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    ["gone.yaml", "config", 2, ["gone.yaml: cannot be read: no such file"]],
    ["app.yaml", "manifests", 0, []],
    [
      "bad-app.yaml",
      "manifests",
      8,
      [
        "bad-app.yaml:5: Application argocd/a: spec.source.path: must be a string, not the number 7. Put it in quotes",
      ],
    ],
    [
      "broken-app.yaml",
      "manifests",
      8,
      ["broken-app.yaml:8: flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    [
      "other.yaml",
      "manifests",
      0,
      ["other.yaml: there is no Application, AppProject or ApplicationSet in it"],
    ],
  ];
  test.each(cases)("%s is %s and ends with %d", (file, is, exitCode, problems) => {
    const validated = validateFiles([file], {
      homeNamespace: "argocd",
      from,
      env: {},
      validateCron: () => undefined,
    });
    expect(
      validated.validated.map((one) => ({
        file: one.file,
        is: one.is,
        problems: one.problems.map(showProblem),
      })),
    ).toEqual([{ file, is, problems }]);
    expect(exitCodeOf(validated)).toBe(exitCode as 0);
  });
  test("of a folder every file is told, and an empty one is no mistake", () => {
    mkdirSync(join(from, "empty"));
    const validated = validateFiles(["apps", "empty"], {
      homeNamespace: "argocd",
      from,
      env: {},
      validateCron: () => undefined,
    });
    expect(validated.validated.map(({ file, problems }) => [file, ...problems.map(showProblem)])).toEqual([
      ["apps/a.yaml"],
      ["empty", "empty: there is no Application, AppProject or ApplicationSet in it"],
    ]);
    expect(exitCodeOf(validated)).toBe(0);
  });

  test("of a repository's folder it tells what is Argo CD's, ApplicationSets too, and passes over the rest", () => {
    const files: Record<string, string> = {
      "repo/apps/web.yaml": APP,
      "repo/apps/web.json": JSON.stringify({ apiVersion: "argoproj.io/v1alpha1", kind: "AppProject" }),
      "repo/apps/broken.yaml": APP.replace("path: p", "path: ["),
      "repo/sets/a.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\n",
      "repo/sets/b.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: b}\nspec: {template: {kind: Application}}\n",
      "repo/sets/chart.yaml":
        'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: "{{ .Release.Name }}"}\n',
      "repo/sets/good.yaml": JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: [
          {
            apiVersion: "argoproj.io/v1alpha1",
            kind: "ApplicationSet",
            metadata: { name: "good" },
            spec: {
              generators: [{ list: { elements: [{ a: "b" }] } }],
              template: { metadata: { name: "{{a}}" } },
            },
          },
        ],
      }),
      "repo/overlay/kustomization.yaml":
        "resources: [../apps]\npatches:\n  - target:\n      kind: Application\n    path: p.yaml\n",
      "repo/other/rollout.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\n",
      "repo/other/vela.yaml": "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: v}\n",
      "repo/other/wave.yaml":
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: w\n  annotations: {argocd.argoproj.io/sync-wave: "1"}\n',
      "repo/chart/values.yaml": "kind: big\nlist: [a\n",
      "repo/chart/templates/deployment.yaml": "apiVersion: apps/v1\n{{- if .x }}\nkind: Deployment\n",
      "repo/chart/templates/app.yaml": APP.replace("{name: a}", "\n  name: {{ .Release.Name }}"),
      "repo/chart/templates/quoted.yaml": APP.replace("{name: a}", '{name: "{{ .Release.Name }}"}'),
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(from, name)), { recursive: true });
      writeFileSync(join(from, name), text);
    }
    const all = validateFiles(["repo"], {
      homeNamespace: "argocd",
      from,
      env: {},
      validateCron: () => undefined,
    });
    expect(
      all.validated.map(({ file, holds, problems }) => [
        file,
        holds.join(),
        ...problems.map(({ severity, text }) => `${severity}: ${text}`),
      ]),
    ).toEqual([
      [
        "repo/apps/broken.yaml",
        "",
        "error: flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
      ["repo/apps/web.json", "AppProject", "error: this field is required", "error: this field is required"],
      ["repo/apps/web.yaml", "Application"],
      [
        "repo/chart/templates/app.yaml",
        "",
        expect.stringMatching(/^warning: this is a template and is left out: /),
      ],
      [
        "repo/chart/templates/quoted.yaml",
        "",
        "warning: this is a template and is left out: its name holds {{",
      ],
      ["repo/sets/a.yaml", "ApplicationSet", "error: this field is required"],
      [
        "repo/sets/b.yaml",
        "ApplicationSet",
        "error: this field is required",
        "warning: this field is not known and has no effect",
      ],
      ["repo/sets/chart.yaml", "", "warning: this is a template and is left out: its name holds {{"],
      ["repo/sets/good.yaml", "ApplicationSet"],
    ]);
    expect(all.passedOver).toBe(6);
  });

  test("of a folder that holds something else alone it says how much that is", () => {
    mkdirSync(join(from, "elsewhere"));
    for (const name of ["a.yaml", "b.yaml"])
      writeFileSync(join(from, "elsewhere", name), FILES["other.yaml"] ?? "");
    const options = { homeNamespace: "argocd", from, env: {}, validateCron: () => undefined };
    expect(validateFiles(["elsewhere"], options)).toMatchObject({
      validated: [{ file: "elsewhere", problems: [{ severity: "warning" }] }],
      passedOver: 2,
    });
    expect(validateFiles(["other.yaml"], options).passedOver).toBe(0);
  });

  test("a wrong config counts more than a wrong manifest", () => {
    expect(
      exitCodeOf(
        validateFiles(["bad-app.yaml", "bad.yaml"], {
          homeNamespace: "argocd",
          from,
          env: {},
          validateCron: () => undefined,
        }),
      ),
    ).toBe(2);
  });
});
