import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showProblem } from "../core/model/problem.ts";
import { readApplication } from "./read-application.ts";

const app = (spec: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: web }\nspec:\n  project: default\n${spec}  destination: { server: "https://kubernetes.default.svc" }\n`;
const good = app('  source: { repoURL: "https://git.example.com/x.git", path: app }\n');

describe("readApplication()", () => {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-read-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const read = (text: string): { name: string | undefined; says: unknown[] } => {
    writeFileSync(join(dir, "app.yaml"), text);
    const parsed = readApplication(join(dir, "app.yaml"), "app.yaml", "argocd");
    return {
      name: parsed.ok ? parsed.value.metadata.name : undefined,
      says: (parsed.ok ? parsed.warnings : parsed.problems).map(showProblem),
    };
  };

  const cases: { name: string; text: string; is: { name: string | undefined; says: unknown[] } }[] = [
    { name: "takes the Application", text: good, is: { name: "web", says: [] } },
    {
      name: "finds it among other objects",
      text: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n---\n${good}`,
      is: { name: "web", says: [] },
    },
    {
      name: "takes the first of several, and says so",
      text: `${good}---\n${good}`,
      is: {
        name: "web",
        says: [expect.stringMatching(/^app\.yaml:9: another Application in the same file is left out/)],
      },
    },
    {
      name: "takes the last of a key that stands twice, and says so",
      text: good.replace("kind: Application", "kind: Application\nkind: Application"),
      is: {
        name: "web",
        says: [
          "app.yaml:3: the key kind stands twice in one mapping: the last one counts. Remove the other one",
        ],
      },
    },
    {
      name: "names file and line of a wrong field",
      text: app(
        '  source: { repoURL: "https://git.example.com/x.git", path: app, helm: { valueFiles: x } }\n',
      ),
      is: {
        name: undefined,
        says: [
          expect.stringMatching(
            /^app\.yaml:6: .*spec\.source\.helm\.valueFiles: must be a list, not a string/,
          ),
        ],
      },
    },
    {
      name: "names the line where YAML is broken",
      text: "kind: [\n",
      is: { name: undefined, says: [expect.stringMatching(/^app\.yaml:2: /)] },
    },
    {
      name: "says what it wants where there is none",
      text: "kind: ConfigMap\n",
      is: {
        name: undefined,
        says: [
          "app.yaml: there is no Application in it. Name the file of the Application, or of ApplicationSets; its manifests come from its source",
        ],
      },
    },
  ];
  test.each(cases)("$name", ({ text, is }) => {
    expect(read(text)).toEqual(is);
  });

  test("a file that is not there is a failure with the reason", () => {
    expect(() => readApplication(join(dir, "nothing.yaml"), "nothing.yaml", "argocd")).toThrow(
      "nothing.yaml: cannot read it: no such file",
    );
  });
});
