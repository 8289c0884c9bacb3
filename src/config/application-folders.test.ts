import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showProblem } from "../core/model/problem.ts";
import { readApplications } from "./application-folders.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-apps-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const app = (name: string, extra = "") =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}}\nspec:\n  source: {repoURL: x, path: p}\n  destination: {name: in-cluster}\n${extra}`;
const PROJECT = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: team}\nspec: {}\n";

function write(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}
function read(...paths: string[]) {
  return readApplications(
    paths.map((path) => join(root, path)),
    { homeNamespace: "argocd", from: root },
  );
}

describe("readApplications()", () => {
  test("reads files and folders below folders, several documents and lists, in a stable order", () => {
    write("apps/b.yaml", `${app("b1")}---\n${app("b2")}---\n${PROJECT}`);
    write(
      "apps/a/deep.yml",
      `apiVersion: v1\nkind: List\nitems:\n- ${app("a").trimEnd().replaceAll("\n", "\n  ")}\n`,
    );
    write(
      "apps/c.json",
      JSON.stringify({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name: "c" },
        spec: { source: { repoURL: "x", path: "p" }, destination: { name: "in-cluster" } },
      }),
    );
    write("one.yaml", app("one"));
    write("apps/README.md", "kind: Application");
    write("apps/.hidden/x.yaml", app("hidden"));
    const { applications, projects, problems, folders } = read("apps", "one.yaml");
    expect(problems).toEqual([]);
    expect(applications.map(({ app, file, line }) => `${app.metadata.name} ${file}:${line}`)).toEqual([
      "a apps/a/deep.yml:4",
      "b1 apps/b.yaml:1",
      "b2 apps/b.yaml:8",
      "c apps/c.json:1",
      "one one.yaml:1",
    ]);
    expect(projects.map(({ project, line }) => `${project.metadata.name}:${line}`)).toEqual(["team:15"]);
    expect(folders).toEqual([
      { path: join(root, "apps"), state: "read", files: 3 },
      { path: join(root, "one.yaml"), state: "read", files: 1 },
    ]);
  });

  test("tells missing from empty", () => {
    mkdirSync(join(root, "empty"));
    const { folders, problems } = read("empty", "gone");
    expect(folders).toEqual([
      { path: join(root, "empty"), state: "read", files: 0 },
      { path: join(root, "gone"), state: "unreadable", files: 0 },
    ]);
    expect(problems.map(showProblem)).toEqual([
      "gone: cannot be read: no such file. What was read from it before is kept",
    ]);
  });

  test("a link that leads nowhere makes its folder unreadable", () => {
    write("apps/a.yaml", app("a"));
    symlinkSync("nowhere.yaml", join(root, "apps/b.yaml"));
    const { folders, applications } = read("apps");
    expect(folders).toMatchObject([{ state: "unreadable", files: 2 }]);
    expect(applications).toHaveLength(1);
  });

  test("files are read through links, folders are not", () => {
    write("data/a.yaml", app("a"));
    mkdirSync(join(root, "apps"));
    symlinkSync("../data/a.yaml", join(root, "apps/a.yaml"));
    symlinkSync("../apps", join(root, "apps/round"));
    expect(read("apps").applications).toHaveLength(1);
  });

  const faulty: [name: string, text: string, want: string][] = [
    [
      "no YAML",
      "a: [\n",
      "apps/x.yaml:2: flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [
      "a wrong field",
      app("x").replace("path: p", "path: 7"),
      "apps/x.yaml:5: Application argocd/x: spec.source.path: must be a string, not the number 7. Put it in quotes",
    ],
    [
      "a project that is not enforced",
      `${PROJECT.replace("{}", "")}\n  syncWindows: [{kind: deny}]\n`,
      "apps/x.yaml:6: AppProject argocd/team: spec.syncWindows: is not enforced yet, so a project that sets it is refused. Remove it, if you can do without that limit",
    ],
  ];
  test.each(faulty)("%s is a fault of its folder, and the other files are read", (_, text, want) => {
    write("apps/x.yaml", text);
    write("apps/good.yaml", app("good"));
    const { applications, problems, folders } = read("apps");
    expect(problems.map(showProblem)).toEqual([want]);
    expect(folders).toMatchObject([{ state: "read" }]);
    expect(applications.map(({ app }) => app.metadata.name)).toEqual(["good"]);
  });

  test("another kind is a warning; a document without a kind says nothing of what its file held", () => {
    write("apps/x.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\njust: text\n");
    const { problems, doubts } = read("apps");
    expect(problems.map(({ severity, line, text }) => `${severity} ${line} ${text}`)).toEqual([
      "warning 1 ConfigMap is neither an Application nor an AppProject and is left out",
      "warning 5 this document is neither an Application nor an AppProject and is left out",
    ]);
    expect(doubts).toEqual([
      { file: "apps/x.yaml", why: "a document in line 5 is no manifest that is known here" },
    ]);
  });

  test("one name in two places is an error that names both, and both are read: whose it is depends on who had it", () => {
    write("apps/a.yaml", app("shop"));
    write("other/b.yaml", `${app("shop")}---\n${app("else")}`);
    const { applications, problems } = read("apps", "other");
    expect(problems.map(showProblem)).toEqual([
      "other/b.yaml:1: Application argocd/shop: this name is taken in apps/a.yaml:1. Rename one of them, or remove it",
    ]);
    expect(applications.map(({ app, file }) => `${app.metadata.name} ${file}`)).toEqual([
      "shop apps/a.yaml",
      "shop other/b.yaml",
      "else other/b.yaml",
    ]);
  });

  test("names of two namespaces are two names, and a file in two configured folders is read once", () => {
    write(
      "apps/a/x.yaml",
      `${app("shop")}---\n${app("shop").replace("{name: shop}", "{name: shop, namespace: team}")}`,
    );
    const { applications, problems } = read("apps", "apps/a");
    expect(problems).toEqual([]);
    expect(applications).toHaveLength(2);
  });

  test("warnings of an application bear file and line", () => {
    write("apps/x.yaml", app("x", "  sorce: {}\n"));
    expect(read("apps").problems).toEqual([
      {
        severity: "warning",
        file: "apps/x.yaml",
        line: 7,
        path: "spec.sorce",
        object: "Application argocd/x",
        text: "this field is not known and has no effect",
        fix: "Did you mean source?",
      },
    ]);
  });
});
