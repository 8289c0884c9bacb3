import { describe, expect, test } from "bun:test";
import { application } from "../../../test/lib/core-objects.ts";
import { type Application, appKey } from "../../core/model/application.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { type FolderReading, type RegistryState, register } from "./registry.ts";

const named = (name: string): Application => application({}, { name });
const project = (name: string): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name, namespace: "argocd" },
  spec: {},
});
const error: Problem = { severity: "error", file: "apps/x.yaml", text: "is no YAML" };

function reading(names: string[], more: Partial<FolderReading> = {}): FolderReading {
  return {
    applications: names.map((name) => ({ app: named(name), file: `apps/${name}.yaml`, line: 1 })),
    projects: [],
    problems: [],
    folders: [{ path: "/apps", state: "read", files: Math.max(1, names.length) }],
    ...more,
  };
}

const namesOf = ({ apps }: RegistryState): string[] =>
  [...apps.values()].map(({ app }) => app.metadata.name).sort();
const before = register(
  reading(["a", "b"], { projects: [{ project: project("team"), file: "apps/team.yaml", line: 1 }] }),
  [],
  undefined,
  new Map(),
);
const filesBefore = new Map([["/apps", 3]]);

describe("register()", () => {
  test("joins what the files hold with what the API made, each with its origin", () => {
    const state = register(reading(["a"]), [named("made")], undefined, new Map());
    expect([...state.apps].map(([key, { origin }]) => [key, origin])).toEqual([
      [appKey("argocd", "a"), { from: "file", file: "apps/a.yaml", line: 1 }],
      [appKey("argocd", "made"), { from: "api" }],
    ]);
    expect(state.problems).toEqual([]);
  });

  test("one name from both is an error that names the file, and the API's, which was first, is used", () => {
    const made = application({ project: "of the API" }, { name: "a" });
    const state = register(reading(["a"]), [made], undefined, new Map());
    expect(state.apps.get(appKey("argocd", "a"))).toEqual({ app: made, origin: { from: "api" } });
    expect(state.problems).toEqual([
      expect.objectContaining({
        severity: "error",
        file: "apps/a.yaml",
        line: 1,
        object: "Application argocd/a",
        fix: expect.stringContaining("Delete the API's one"),
      }),
    ]);
  });

  test("that name says nothing about the other files: what left them has left", () => {
    const state = register(reading(["a"]), [named("a")], before, filesBefore);
    expect([namesOf(state), state.incomplete]).toEqual([["a"], []]);
  });

  test("equal names in two namespaces are two applications", () => {
    const state = register(
      reading([], {
        applications: [
          { app: named("a"), file: "1", line: 1 },
          { app: application({}, { name: "a", namespace: "team" }), file: "2", line: 1 },
        ],
      }),
      [],
      undefined,
      new Map(),
    );
    expect([...state.apps.keys()]).toEqual([appKey("argocd", "a"), appKey("team", "a")]);
  });

  test("from a complete reading what is missing is gone, projects too", () => {
    const state = register(reading(["b"]), [], before, filesBefore);
    expect([namesOf(state), [...state.projects.keys()], state.incomplete]).toEqual([["b"], [], []]);
  });

  test("a folder that was always empty is complete", () => {
    expect(
      register(
        reading([], { folders: [{ path: "/apps", state: "read", files: 0 }] }),
        [],
        undefined,
        new Map(),
      ).incomplete,
    ).toEqual([]);
  });

  test.each<{ what: string; more: Partial<FolderReading>; why: RegExp }>([
    {
      what: "a folder that cannot be read",
      more: { folders: [{ path: "/apps", state: "unreadable", files: 0 }] },
      why: /\/apps cannot be read/,
    },
    {
      what: "a folder that is suddenly empty",
      more: { folders: [{ path: "/apps", state: "read", files: 0 }] },
      why: /\/apps is suddenly empty/,
    },
    {
      what: "one of two folders that is suddenly empty",
      more: {
        folders: [
          { path: "/apps", state: "read", files: 0 },
          { path: "/more", state: "read", files: 7 },
        ],
      },
      why: /\/apps is suddenly empty/,
    },
    { what: "a file that does not parse", more: { problems: [error] }, why: /apps\/x\.yaml/ },
    {
      what: "a file without a name that has errors",
      more: { problems: [{ severity: "error", text: "went wrong" }] },
      why: /./,
    },
  ])("from $what nothing is missing: applications and projects stay as they were", ({ more, why }) => {
    const state = register(reading(["b"], more), [], before, filesBefore);
    expect([namesOf(state), [...state.projects.keys()]]).toEqual([["a", "b"], ["team"]]);
    expect(state.incomplete.join()).toMatch(why);
  });

  test("what an incomplete reading does hold is taken up, changed or new", () => {
    const changed = application({ project: "changed" }, { name: "a" });
    const state = register(
      reading(["new"], {
        applications: [
          { app: changed, file: "apps/a.yaml", line: 4 },
          { app: named("new"), file: "apps/new.yaml", line: 1 },
        ],
        problems: [error],
      }),
      [],
      before,
      filesBefore,
    );
    expect(namesOf(state)).toEqual(["a", "b", "new"]);
    expect(state.apps.get(appKey("argocd", "a"))).toEqual({
      app: changed,
      origin: { from: "file", file: "apps/a.yaml", line: 4 },
    });
  });

  test("an application of the API that is gone is gone, however the folders are", () => {
    const known = register(reading(["a"]), [named("made")], undefined, new Map());
    expect(namesOf(register(reading([], { problems: [error] }), [], known, filesBefore))).toEqual(["a"]);
  });

  test("a warning keeps nothing", () => {
    expect(
      namesOf(
        register(
          reading(["b"], {
            problems: [{ severity: "warning", file: "apps/x.yaml", text: "an unknown field" }],
          }),
          [],
          before,
          filesBefore,
        ),
      ),
    ).toEqual(["b"]);
  });
});
