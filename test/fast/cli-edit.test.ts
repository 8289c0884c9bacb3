/** `app edit` and `project edit`: what a person types in an editor, shown, asked about, and written through the real API. */
import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { effectsOf } from "../../src/cli/commands/app-edit.ts";
import { runEditor } from "../../src/cli/editing/run-editor.ts";
import type { EditorEnd } from "../../src/cli/host.ts";
import { type AppKey, type Application, appKey } from "../../src/core/model/application.ts";
import type { Project } from "../../src/core/model/project.ts";
import { fakeApp } from "../fakes/fake-control.ts";
import type { CliSetting } from "../lib/cli.ts";
import { appWith, sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();
const key = appKey("edit", "web");
const put = (more: Partial<Application> = {}): Application => {
  const app = { ...appWith("edit", "web", "Synced", "Healthy"), ...more };
  on.control.put({ ...app, spec: { ...app.spec, ofTomorrow: { a: [1] } } as typeof app.spec });
  return on.control.application(key) as Application;
};

const files: string[] = [];
afterEach(() => {
  for (const file of files.splice(0)) rmSync(dirname(file), { recursive: true, force: true });
});
/** A person who types this in place of what is there; undefined removes the file. */
function typing(change: (text: string) => string | undefined, end: EditorEnd = { is: "closed" }) {
  const seen = { file: "", text: "", mode: 0 };
  const edit = async (file: string): Promise<EditorEnd> => {
    files.push(file);
    Object.assign(seen, { file, text: readFileSync(file, "utf8"), mode: statSync(file).mode & 0o777 });
    const next = change(seen.text);
    if (next === undefined) rmSync(file);
    else writeFileSync(file, next);
    return end;
  };
  return { seen, edit };
}
/** The daemon behind somebody who does this in the moment before each write arrives. */
const doingBeforeWrites = (act: () => void) =>
  Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method } = request;
      if (method !== "GET") act();
      const sent = method === "GET" ? {} : { body: await request.text() };
      return fetch(`${on.api.url}${pathname}${search}`, { method, headers: request.headers, ...sent });
    },
  });
const newRevision = (text: string): string => text.replace("targetRevision: main", "targetRevision: v2");
const person = (text: string): Partial<CliSetting> => ({
  terminal: { columns: 100 },
  stdin: { text, isTTY: true },
  env: { NO_COLOR: "1" },
});
const updates = (): string[] => on.control.calls.filter((call) => call.startsWith("update edit/web"));

describe("app edit", () => {
  test("shows what the edit changes and what comes of it, asks, and writes", async () => {
    const before = put().spec;
    const { seen, edit } = typing(newRevision);
    const ran = await on.run("app edit edit/web", { edit, ...person("y\n") });
    expect(ran).toEqual({
      code: 0,
      stdout: "✓ edit/web was changed. What comes of it: holdfast app get edit/web\n",
      stderr: `…
   source:
     repoURL: https://git.example.com/shop.git
     path: web
-    targetRevision: main
+    targetRevision: v2
   destination:
     server: https://kubernetes.default.svc
     namespace: shop
…
It is rendered from https://git.example.com/shop.git · web, at v2.
What differs from Git is synced at once, what left Git is deleted, changes in the cluster are undone: its policy is automated.
Write Application edit/web? [y/N] `,
    });
    // What nobody knows stays, what the daemon writes was not shown, and nobody else could read it.
    expect(on.control.application(key)?.spec as unknown).toEqual({
      ...before,
      source: { ...before.source, targetRevision: "v2" },
    });
    expect(seen.text).toStartWith("# Application edit/web, as the daemon keeps it.");
    expect(seen.text).not.toContain("status");
    expect([seen.mode, existsSync(dirname(seen.file))]).toEqual([0o600, false]);
  });

  test("labels, annotations and finalizers, added and taken away; -o json is what was written, alone", async () => {
    put({ metadata: { namespace: "edit", name: "web", labels: { a: "b" }, annotations: { "x.y/z": "1" } } });
    const { edit } = typing((text) =>
      text
        .replace(/ {2}labels:\n {4}a: b\n/, "  finalizers: [resources-finalizer.argocd.argoproj.io]\n")
        .replace('"1"', '"2"'),
    );
    const { stdout, stderr, code } = await on.run("app edit edit/web --yes -o json", { edit });
    expect([code, JSON.parse(stdout).metadata]).toEqual([
      0,
      {
        ...{ namespace: "edit", name: "web", annotations: { "x.y/z": "2" } },
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
    ]);
    expect(stderr).toContain("\nWhen it is deleted, its objects go with it.\n");
  });

  test.each<[string, (text: string) => string | undefined]>([
    ["closed as it was", (text) => text],
    [
      "written otherwise, and meant the same",
      (text) => `# mine\n${text.replace("path: web", 'path: "web"')}`,
    ],
    ["emptied", () => ""],
    ["with nothing but comments left", (text) => `${text.split("\n")[0]}\n\n`],
    ["removed", () => undefined],
  ])("%s: nothing is written, and nothing is kept", async (_, change) => {
    put();
    const count = updates().length;
    const { seen, edit } = typing(change);
    const { code, stdout, stderr } = await on.run("app edit edit/web --yes", { edit });
    expect([code, stdout, stderr.startsWith("Nothing was changed")]).toEqual([0, "", true]);
    expect([updates().length, existsSync(dirname(seen.file))]).toEqual([count, false]);
  });

  /** Nothing is written, and what was typed is still there. */
  async function kept(change: (text: string) => string, setting: Partial<CliSetting>, end?: EditorEnd) {
    const before = JSON.stringify(on.control.application(key)?.spec.source);
    const { seen, edit } = typing(change, end);
    const ran = await on.run("app edit edit/web", { edit, ...setting });
    expect([JSON.stringify(on.control.application(key)?.spec.source), ran.stdout]).toEqual([before, ""]);
    expect(ran.stderr).toContain(
      `What was typed is kept in ${seen.file}. It is written by: holdfast app create -f ${seen.file} --upsert`,
    );
    expect(readFileSync(seen.file, "utf8")).toBe(change(seen.text));
    return ran;
  }

  test.each<[string, (text: string) => string, RegExp]>([
    ["no YAML", (text) => text.replace("spec:", "spec: ["), /^✗ Line \d+: /],
    [
      "of another kind",
      (text) => text.replace("kind: Application", "kind: App"),
      /no application that can be used/,
    ],
    [
      "of a wrong shape",
      (text) => text.replace("project: default", "project: 7"),
      /spec\.project: must be a string/,
    ],
    ["another name", (text) => text.replace("name: web", "name: other"), /Name and namespace .* are fixed\./],
    ["another namespace", (text) => text.replace("namespace: edit", "namespace: b"), /are fixed\./],
    ["several", (text) => `${text}---\n${text}`, /One manifest is edited, and the file holds 2\./],
  ])("%s ends with 8", async (_, change, says) => {
    put();
    const { code, stderr } = await kept(change, {});
    expect([code, says.test(stderr)]).toEqual([8, true]);
  });

  test("what the daemon refuses ends as that does", async () => {
    put();
    const change = (text: string) => text.replace("project: default", "project: nowhere");
    const { code, stderr } = await kept(change, person("y\n"));
    expect([code, stderr.includes('there is no project "nowhere"')]).toEqual([8, true]);
  });

  test("a no, and a question that nobody can answer, write nothing", async () => {
    put();
    expect((await kept(newRevision, person("n\n"))).code).toBe(0);
    expect((await kept(newRevision, {})).code).toBe(2);
  });

  test.each<[EditorEnd, string]>([
    [{ is: "failed", how: "with 1" }, "The editor ended with 1, and nothing was changed."],
    [{ is: "failed", how: "by SIGTERM" }, "The editor ended by SIGTERM, and nothing was changed."],
  ])("an editor that failed: %p", async (end, says) => {
    put();
    const { code, stderr } = await kept(newRevision, person("y\n"), end);
    expect([code, stderr.includes(says)]).toEqual([2, true]);
  });

  test.each<[EditorEnd, string]>([
    [{ is: "none" }, "There is no editor: this is no terminal, and nobody names one."],
    [{ is: "not-started", program: "emac\u001b[0m", why: "it is not there" }, "Cannot start the editor emac"],
  ])("no editor: %p", async (end, says) => {
    put();
    const { seen, edit } = typing((text) => text, end);
    const { code, stderr } = await on.run("app edit edit/web", { edit });
    expect([code, stderr.includes(says), stderr.includes("\u001b[0m")]).toEqual([2, true, false]);
    expect([stderr.includes("kept in"), existsSync(dirname(seen.file))]).toEqual([false, false]);
  });

  test("somebody else's change meanwhile is a conflict, and stays", async () => {
    put();
    const other = fakeApp("edit", "web", {
      metadata: { namespace: "edit", name: "web", labels: { other: "x" } },
    });
    const change = (text: string): string => {
      on.control.put(other);
      return newRevision(text);
    };
    const { code, stderr } = await kept(change, person("y\n"));
    expect([code, stderr.includes("Application edit/web was changed by somebody else meanwhile")]).toEqual([
      7,
      true,
    ]);
    expect(on.control.application(key)).toEqual(other);
  });

  test.each([
    ["labels", { metadata: { namespace: "edit", name: "web", labels: { a: "z" } } }],
    ["a label that was taken away", { metadata: { namespace: "edit", name: "web" } }],
    ["the spec", { spec: { ...fakeApp("edit", "web").spec, project: "other" } }],
  ])("and so is one between the last look and the write: %s", async (_, more) => {
    const other = { ...put(), ...more };
    const between = doingBeforeWrites(() => void on.control.put(other));
    const { code, stderr } = await kept(newRevision, { server: between.url.origin, ...person("y\n") });
    await between.stop(true);
    expect([code, stderr.includes("was changed by somebody else meanwhile")]).toEqual([7, true]);
    expect(on.control.application(key)).toEqual(other);
  });

  test.each([
    [{ from: "file", file: "apps/web.yaml", line: 4 }, "apps/web.yaml:4", "Edit that file, and commit"],
    [
      { from: "parent", parent: "argocd/root" as AppKey },
      "application argocd/root",
      "Edit it where that one is rendered",
    ],
    [
      { from: "parent", set: "argocd/shops" as never },
      "ApplicationSet argocd/shops",
      "Edit the set's template",
    ],
  ] as const)("of one that is written elsewhere no editor is opened: %p", async (origin, where, how) => {
    on.control.put(appWith("edit", "web", "Synced", "Healthy"), origin);
    const { code, stderr } = await on.run("app edit edit/web");
    expect([code, stderr.split("\n", 2)]).toEqual([
      4,
      [`✗ Application edit/web is written in ${where}.`, expect.stringContaining(`  ${how}`)],
    ]);
  });
});

test("effects say where it goes, what it is held to, and whether anything is written by itself", () => {
  const before = fakeApp("a", "b");
  const { syncPolicy: _, ...spec } = before.spec;
  const after = {
    ...before,
    spec: { ...spec, project: "team", destination: { name: "edge", namespace: "x" } },
  };
  expect(effectsOf(before, after)).toEqual([
    "It is held to what project team permits.",
    "It is delivered to namespace x of edge: look at what is in the old place.",
    "Nothing is written to a cluster before a sync: holdfast app diff shows what one would do.",
  ]);
  const paused = {
    ...before,
    metadata: { ...before.metadata, annotations: { "argocd.argoproj.io/skip-reconcile": "true" } },
  };
  expect(effectsOf(before, paused)).toEqual(["It is paused, so that nothing of it is written to a cluster."]);
});

describe("project edit", () => {
  const project: Project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { namespace: "argocd", name: "team" },
    spec: { sourceRepos: ["*"], description: "ours" },
  };
  const stage = (origin: { from: "api" } | { from: "file"; file: string; line: number }) => {
    const { projectInForce, projects } = on.control;
    let now = project;
    const written: unknown[] = [];
    const { putProject } = on.control;
    on.control.projectInForce = () => ({
      is: "found",
      value: { written: now, origin, inForce: now, globals: [], clusters: [], repositories: [] },
    });
    on.control.projects = () => [now];
    on.control.putProject = async (next) => {
      written.push(next.spec);
      return { is: "written", project: next };
    };
    return {
      written,
      set: (next: Project) => void (now = next),
      end: () => void Object.assign(on.control, { projectInForce, projects, putProject }),
    };
  };
  test("is written, with a look at what is there; a change meanwhile is a conflict, a file is named", async () => {
    const api = stage({ from: "api" });
    const { edit } = typing((text) => text.replace("ours", "theirs"));
    expect(await on.run("project edit team --yes", { edit })).toEqual({
      code: 0,
      stdout: "✓ Project team was changed.\n",
      stderr: expect.stringContaining("-  description: ours\n+  description: theirs\n"),
    });
    expect(api.written).toEqual([{ sourceRepos: ["*"], description: "theirs" }]);
    const late = typing((text) => {
      api.set({ ...project, spec: {} });
      return text.replace("ours", "theirs");
    });
    expect((await on.run("project edit team --yes", { edit: late.edit })).code).toBe(7);
    api.end();
    const file = stage({ from: "file", file: "team.yaml", line: 1 });
    expect(await on.run("project edit team")).toEqual(
      expect.objectContaining({ code: 4, stderr: expect.stringContaining("is written in team.yaml:1.") }),
    );
    file.end();
    expect(api.written).toHaveLength(1);
  });

  test.each([
    "project edit team --yes",
    "project set team --description mine",
    "project add-source team https://git.example.com/x",
    "project role create team ops",
  ])("%s: one between the last look and the write is a conflict, and stays", async (line) => {
    const api = stage({ from: "api" });
    const { edit } = typing((text) => text.replace("ours", "theirs"));
    let is: "theirs" | "left" = "theirs";
    const between = doingBeforeWrites(() => {
      if (is === "theirs") api.set({ ...project, spec: { ...project.spec, description: "of another" } });
    });
    const { code, stdout, stderr } = await on.run(line, { edit, server: between.url.origin });
    expect([code, stdout]).toEqual([7, ""]);
    expect(stderr).toContain("Project team was changed by somebody else meanwhile, and nothing was written.");
    expect(api.written).toEqual([]);
    is = "left";
    const again = typing((text) => text.replace("of another", "theirs"));
    expect(await on.run(line, { edit: again.edit, server: between.url.origin })).toMatchObject({ code: 0 });
    expect(api.written).toHaveLength(1);
    await between.stop(true);
    api.end();
  });
});

describe("runEditor()", () => {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-editor-"));
  const script = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const file = join(dir, "a file");

  test("starts the words that were chosen, with the file behind them, and no shell", async () => {
    const path = script("my editor", `printf '%s|' "$@" > '${join(dir, "asked")}'`);
    expect(await runEditor(`"${path}" --wait '$(touch x)'`, file, "none")).toEqual({ is: "closed" });
    expect(readFileSync(join(dir, "asked"), "utf8")).toBe(`--wait|$(touch x)|${file}|`);
  });
  test("says how it failed, and that it is not there or none", async () => {
    expect(await runEditor(script("fails", "exit 3"), file, "none")).toEqual({ is: "failed", how: "with 3" });
    expect(await runEditor(script("dies", "kill -TERM $$"), file, "none")).toEqual({
      is: "failed",
      how: "by SIGTERM",
    });
    const nowhere = join(dir, "nowhere");
    expect(await runEditor(nowhere, file, "none")).toEqual({
      ...{ is: "not-started", program: nowhere, why: "it is not there" },
    });
    expect(await runEditor(undefined, file, "none")).toEqual({ is: "none" });
    expect(await runEditor("  ", file, "none")).toEqual({ is: "none" });
    rmSync(dir, { recursive: true });
  });
});
