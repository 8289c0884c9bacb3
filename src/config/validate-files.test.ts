import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
function exitCodeOf(validated: readonly Validated[]): 0 | 2 | 8 {
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
      [
        "other.yaml:1: ConfigMap is neither an Application nor an AppProject and is left out. Move it to a folder that an application renders",
      ],
    ],
  ];
  test.each(cases)("%s is %s and ends with %d", (file, is, exitCode, problems) => {
    const validated = validateFiles([file], {
      homeNamespace: "argocd",
      from,
      env: {},
      validateCron: () => undefined,
    });
    expect(validated.map((one) => ({ ...one, problems: one.problems.map(showProblem) }))).toEqual([
      { file, is, problems },
    ]);
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
    expect(validated.map(({ file, problems }) => [file, ...problems.map(showProblem)])).toEqual([
      ["apps/a.yaml"],
      ["empty", "empty: there is no Application and no AppProject in it"],
    ]);
    expect(exitCodeOf(validated)).toBe(0);
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
