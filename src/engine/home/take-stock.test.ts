import { describe, expect, test } from "bun:test";
import { application } from "../../../test/lib/core-objects.ts";
import { type AppKey, type Application, appKey, keyOfApp } from "../../core/model/application.ts";
import type { FolderReading } from "../../core/model/folder-reading.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { NOTHING_KNOWN, type Stock, type StockInput, type StockState, takeStock } from "./take-stock.ts";

const named = (name: string, project = "default"): Application => application({ project }, { name });
const project = (name: string): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name, namespace: "argocd" },
  spec: {},
});
const key = (name: string) => appKey("argocd", name);
const error: Problem = { severity: "error", file: "apps/x.yaml", text: "is no YAML" };
const FOR_MS = 30_000;

function reading(names: string[], more: Partial<FolderReading> = {}): FolderReading {
  return {
    applications: names.map((name) => ({ app: named(name), file: `apps/${name}.yaml`, line: 1 })),
    projects: [{ project: project("team"), file: "apps/team.yaml", line: 1 }],
    problems: [],
    folders: [{ path: "/apps", state: "read", files: names.length + 1 }],
    ...more,
  };
}

/** One reading after another, each at its time; what leaves is forgotten. */
class Registry {
  #state: StockState = NOTHING_KNOWN;
  made: Application[] = [];
  madeProjects: Project[] = [];
  served: StockInput["served"] = { applications: [], projects: [] };
  removal: StockInput["removal"] = { missingForMs: FOR_MS, percent: 20, count: 5 };
  approved = new Set<string>();
  along = new Map<string, AppKey[]>();
  going = new Map<AppKey, Application>();

  read(now: number, next: FolderReading): Stock {
    const stock = takeStock({
      reading: next,
      made: this.made,
      madeProjects: this.madeProjects,
      served: this.served,
      previous: this.#state,
      now,
      removal: this.removal,
      approved: this.approved,
      going: this.going,
      along: (key) => this.along.get(key) ?? [],
    });
    const apps = new Map([...stock.state.apps].filter(([name]) => !stock.leaving.includes(name)));
    this.#state = { ...stock.state, apps };
    return stock;
  }

  forget(name: string): void {
    this.#state = {
      ...this.#state,
      apps: new Map([...this.#state.apps].filter(([each]) => each !== key(name))),
    };
  }
}

/** As a parent's apply leaves it: marked. */
function child(app: Application, parent = "root"): StockInput["served"]["applications"][number] {
  const { name, namespace = "argocd", annotations } = app.metadata;
  const id = `${parent}:argoproj.io/Application:${namespace}/${name}`;
  return {
    value: {
      ...app,
      metadata: { ...app.metadata, annotations: { ...annotations, "argocd.argoproj.io/tracking-id": id } },
    },
    ref: { group: "argoproj.io", kind: "Application", namespace, name },
    parent: appKey("argocd", parent),
  };
}

const namesOf = ({ state }: Stock): string[] =>
  [...state.apps.values()].map(({ value }) => value.metadata.name).sort();

function knowing(...names: string[]): Registry {
  const registry = new Registry();
  registry.read(0, reading(names));
  return registry;
}

describe("takeStock()", () => {
  test("joins what the files hold with what the API made, each with its origin", () => {
    const registry = new Registry();
    registry.made = [named("made")];
    const { state, problems } = registry.read(0, reading(["a"]));
    expect([...state.apps].map(([name, { origin }]) => [name, origin])).toEqual([
      [key("made"), { from: "api" }],
      [key("a"), { from: "file", file: "apps/a.yaml", line: 1 }],
    ]);
    expect(problems).toEqual([]);
  });

  test("a project that was made through the API is one beside those of files, and the first of its name", () => {
    const registry = new Registry();
    registry.madeProjects = [project("made"), { ...project("team"), spec: { description: "made" } }];
    const { state, problems } = registry.read(0, reading([]));
    expect([...state.projects].map(([name, { origin }]) => [name, origin.from])).toEqual([
      ["made", "api"],
      ["team", "api"],
    ]);
    expect(problems).toMatchObject([{ file: "apps/team.yaml", object: "AppProject team" }]);
    registry.madeProjects = [];
    const after = registry.read(1, reading([])).state.projects;
    expect([...after].map(([name, { origin }]) => [name, origin.from])).toEqual([["team", "file"]]);
  });

  test("equal names in two namespaces are two applications", () => {
    const other = application({}, { name: "a", namespace: "team" });
    const { state } = new Registry().read(
      0,
      reading([], {
        applications: [
          { app: named("a"), file: "1", line: 1 },
          { app: other, file: "2", line: 1 },
        ],
      }),
    );
    expect([...state.apps.keys()]).toEqual([key("a"), keyOfApp(other)]);
  });

  test("what is missing leaves when it is still missing after the time, and says until then that it will", () => {
    const registry = knowing("a", "b");
    const first = registry.read(1_000, reading(["b"]));
    expect([namesOf(first), first.leaving, first.lookAgainInMs]).toEqual([["a", "b"], [], FOR_MS]);
    expect(first.notes.get(key("a"))).toBe(
      "it is not in apps/a.yaml any more; it leaves when that is still so after 30 s, and its objects stay",
    );
    const early = registry.read(30_999, reading(["b"]));
    expect([early.leaving, early.lookAgainInMs]).toEqual([[], 1]);
    expect(registry.read(31_000, reading(["b"])).leaving).toEqual([key("a")]);
    expect(namesOf(registry.read(31_001, reading(["b"])))).toEqual(["b"]);
  });

  test("what came back in between starts anew", () => {
    const registry = knowing("a", "b");
    registry.read(0, reading(["b"]));
    registry.read(20_000, reading(["a", "b"]));
    expect(registry.read(40_000, reading(["b"])).leaving).toEqual([]);
    expect(registry.read(70_000, reading(["b"])).leaving).toEqual([key("a")]);
  });

  test("a project that is missing stays as long, and other readings of it too", () => {
    const registry = knowing("a");
    const without = reading(["a"], { projects: [] });
    expect([...registry.read(0, without).state.projects.keys()]).toEqual(["team"]);
    expect([...registry.read(29_999, without).state.projects.keys()]).toEqual(["team"]);
    expect([...registry.read(30_000, without).state.projects.keys()]).toEqual([]);
  });

  test("a project's name stays with who had it, too: a newcomer loosens no limits", () => {
    const registry = knowing("a");
    const loose: Project = { ...project("team"), spec: { sourceRepos: ["*"] } };
    const both = reading(["a"], {
      projects: [
        { project: loose, file: "apps/0.yaml", line: 1 },
        { project: project("team"), file: "apps/team.yaml", line: 1 },
      ],
    });
    const stock = registry.read(0, both);
    expect(stock.state.projects.get("team")?.value).toEqual(project("team"));
    expect(stock.problems.map(({ object, file, text }) => `${object} ${file} ${text}`)).toEqual([
      "AppProject team apps/0.yaml this name is taken in apps/team.yaml:1, which was first",
    ]);
    const alone = reading(["a"], { projects: [{ project: loose, file: "apps/0.yaml", line: 1 }] });
    expect(registry.read(1, alone).state.projects.get("team")?.value).toEqual(project("team"));
    expect(registry.read(30_001, alone).state.projects.get("team")?.value).toEqual(loose);
  });

  test("a folder that was always empty is complete", () => {
    const empty = { folders: [{ path: "/apps", state: "read" as const, files: 0 }] };
    expect(new Registry().read(0, reading([], empty)).incomplete).toEqual([]);
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
  ])("from $what nothing is missing, however long it lasts", ({ more, why }) => {
    const registry = knowing("a", "b");
    for (const now of [0, 31_000, 1e9]) {
      const stock = registry.read(now, reading(["b"], { projects: [], ...more }));
      expect([namesOf(stock), [...stock.state.projects.keys()], stock.leaving]).toEqual([
        ["a", "b"],
        ["team"],
        [],
      ]);
      expect(stock.incomplete.join()).toMatch(why);
    }
  });

  test("an incomplete reading in between neither counts nor starts the time anew", () => {
    const registry = knowing("a", "b");
    registry.read(0, reading(["b"]));
    expect(registry.read(31_000, reading(["b"], { problems: [error] })).leaving).toEqual([]);
    expect(registry.read(32_000, reading(["b"])).leaving).toEqual([key("a")]);
  });

  test("what an incomplete reading does hold is taken up, changed or new", () => {
    const registry = knowing("a", "b");
    const changed = named("a", "changed");
    const stock = registry.read(
      0,
      reading([], {
        applications: [
          { app: changed, file: "apps/a.yaml", line: 4 },
          { app: named("new"), file: "apps/new.yaml", line: 1 },
        ],
        problems: [error],
      }),
    );
    expect(namesOf(stock)).toEqual(["a", "b", "new"]);
    expect(stock.state.apps.get(key("a"))).toEqual({
      value: changed,
      origin: { from: "file", file: "apps/a.yaml", line: 4 },
    });
  });

  test("a file in doubt keeps what it held; of other files the missing ones leave", () => {
    const registry = knowing("a", "b", "c");
    const doubtful = reading(["c"], { doubts: [{ file: "apps/a.yaml", why: "the file is empty" }] });
    registry.read(0, doubtful);
    const { leaving, problems, notes } = registry.read(30_000, doubtful);
    expect(leaving).toEqual([key("b")]);
    expect(problems).toEqual([
      {
        severity: "warning",
        file: "apps/a.yaml",
        text: "the file is empty, so argocd/a, which it held before, stays as it was",
        fix: "To delete what it held, remove the file",
      },
    ]);
    expect(notes.get(key("a"))).toBe(
      "it is not in apps/a.yaml any more, but the file is empty, so it stays as it was",
    );
  });

  test("a file in doubt that held nothing is nobody's business", () => {
    const { problems } = knowing("a").read(
      0,
      reading(["a"], { doubts: [{ file: "apps/notes.yaml", why: "the file holds no document" }] }),
    );
    expect(problems).toEqual([]);
  });

  test("a file that was renamed in one step is no double and no deletion, whatever else changed in it", () => {
    const registry = knowing("a", "b");
    const moved = (app: Application) =>
      reading(["b"], {
        applications: [
          { app, file: "apps/renamed.yaml", line: 1 },
          { app: named("b"), file: "apps/b.yaml", line: 1 },
        ],
      });
    const same = registry.read(0, moved(named("a")));
    expect([same.problems, same.leaving]).toEqual([[], []]);
    expect(same.state.apps.get(key("a"))?.origin).toMatchObject({ file: "apps/renamed.yaml" });

    const other = knowing("a", "b");
    const edited = moved(named("a", "changed"));
    expect(other.read(0, edited).state.apps.get(key("a"))?.value).toEqual(named("a"));
    const later = other.read(30_000, edited);
    expect([later.leaving, later.problems]).toEqual([[], []]);
    expect(later.state.apps.get(key("a"))?.value).toEqual(named("a", "changed"));
  });

  test("a newcomer does not take over from a file in doubt, however long", () => {
    const registry = knowing("a");
    const next = reading([], {
      applications: [{ app: named("a", "changed"), file: "apps/0.yaml", line: 1 }],
      doubts: [{ file: "apps/a.yaml", why: "the file is empty" }],
    });
    for (const now of [0, 30_000, 1e9]) {
      const stock = registry.read(now, next);
      expect(stock.state.apps.get(key("a"))?.value).toEqual(named("a"));
      expect(stock.leaving).toEqual([]);
    }
  });

  test("many at once wait for a person, who says which; one by one they are many too", () => {
    const all = Array.from({ length: 10 }, (_, at) => `app-${at}`);
    const registry = knowing(...all);
    for (let gone = 1; gone <= 6; gone++) registry.read(gone, reading(all.slice(gone)));
    const stock = registry.read(40_000, reading(all.slice(6)));
    expect(stock.leaving).toEqual([]);
    expect(stock.blocked).toEqual(all.slice(0, 6).map(key));
    expect(stock.problems).toEqual([
      {
        severity: "error",
        text: "6 applications are missing from the folders, more than 5 and more than 20 % of all, so none of them is deleted: argocd/app-0, argocd/app-1, argocd/app-2, argocd/app-3, argocd/app-4 and 1 more",
        fix: "Put their files back, or approve of it with holdfast admin approve-removal",
      },
    ]);
    registry.approved = new Set(stock.blocked);
    expect(registry.read(40_001, reading(all.slice(6))).leaving).toEqual(stock.blocked);
  });

  test("one that would take many along waits like many, and a person approves of all", () => {
    const all = Array.from({ length: 10 }, (_, at) => `app-${at}`);
    const registry = knowing(...all);
    registry.along.set(key("app-0"), [key("x"), key("y"), key("app-9"), key("z")]);
    registry.read(0, reading(all.slice(1)));
    expect(registry.read(40_000, reading(all.slice(1))).leaving).toEqual([key("app-0")]);
    registry.along.set(key("app-1"), [key("v"), key("w")]);
    registry.read(50_000, reading(all.slice(2)));
    const along = Array.from({ length: 200 }, (_, at) => key(`child-${at}`));
    registry.along.set(key("app-1"), along);
    const stock = registry.read(90_000, reading(all.slice(2)));
    expect(stock.leaving).toEqual([]);
    expect(stock.blocked).toEqual([key("app-1"), ...along].sort());
    expect(stock.notes.get(key("app-1"))).toContain(
      ", and with it would go 200 that it renders: so many at once",
    );
    expect(stock.problems.map(({ text }) => text)).toEqual([
      "1 application is missing from the folders, and would take 200 along, more than 5 and more than 20 % of all, so none of them is deleted: argocd/app-1, argocd/child-0, argocd/child-1, argocd/child-10, argocd/child-100 and 196 more",
    ]);
    registry.approved = new Set(stock.blocked);
    expect(registry.read(90_001, reading(all.slice(2))).leaving).toEqual([key("app-1")]);
  });

  test("what it would take along counts among all, of which many is a share", () => {
    const registry = knowing("a", "b");
    registry.along.set(
      key("a"),
      Array.from({ length: 5 }, (_, at) => key(`a-${at}`)),
    );
    registry.along.set(
      key("b"),
      Array.from({ length: 25 }, (_, at) => key(`b-${at}`)),
    );
    registry.read(0, reading(["b"]));
    expect(registry.read(40_000, reading(["b"])).leaving).toEqual([key("a")]);
  });

  test("what goes already counts with what it still takes along", () => {
    const registry = knowing("b");
    registry.along.set(key("a"), [key("c"), key("d"), key("e")]);
    registry.along.set(key("b"), [key("f"), key("g")]);
    registry.going.set(key("a"), named("a"));
    registry.read(0, reading([]));
    const stock = registry.read(40_000, reading([]));
    expect([stock.leaving, stock.blocked]).toEqual([[], [key("b"), key("f"), key("g")]]);
  });

  test("a folder that left the config counts for no budget", () => {
    const all = Array.from({ length: 10 }, (_, at) => `app-${at}`);
    const registry = new Registry();
    const inFolder = (folder: string): FolderReading => ({
      ...reading(all),
      applications: all.map((name) => ({ app: named(name), file: `${name}.yaml`, line: 1, folder })),
    });
    registry.read(0, inFolder("/other"));
    registry.read(0, reading([]));
    expect(registry.read(30_000, reading([])).leaving.length).toBe(10);
  });

  test("an application of the API that is gone is gone, however the folders are", () => {
    const registry = new Registry();
    registry.made = [named("made")];
    registry.read(0, reading(["a"]));
    registry.made = [];
    expect(namesOf(registry.read(1, reading([], { problems: [error] })))).toEqual(["a"]);
  });

  test("a warning keeps nothing", () => {
    const warned = reading(["b"], {
      problems: [{ severity: "warning", file: "apps/x.yaml", text: "an unknown field" }],
    });
    const registry = knowing("a", "b");
    registry.read(0, warned);
    expect(registry.read(30_000, warned).leaving).toEqual([key("a")]);
  });
});

describe("what parents render", () => {
  const by = { from: "parent" as const, parent: appKey("argocd", "root") };
  const serving = (...apps: Application[]): StockInput["served"] => ({
    applications: apps.map((app) => child(app)),
    projects: [],
  });
  const originOf = ({ state }: Stock, name: string) => state.apps.get(key(name))?.origin.from;

  test("are applications and projects beside the others", () => {
    const registry = new Registry();
    registry.served = {
      ...serving(named("kid")),
      projects: [
        {
          value: project("of-kids"),
          ref: { group: "argoproj.io", kind: "AppProject", namespace: "argocd", name: "of-kids" },
          parent: by.parent,
        },
      ],
    };
    const { state, problems } = registry.read(0, reading(["a"]));
    expect([...state.apps].map(([name, { origin }]) => [name, origin.from])).toEqual([
      [key("kid"), "parent"],
      [key("a"), "file"],
    ]);
    expect(state.projects.get("of-kids")?.origin).toEqual(by);
    expect(problems).toEqual([]);
  });

  test("a project goes with its object, and is not waited for as one of a file is", () => {
    const registry = new Registry();
    registry.served = {
      applications: [],
      projects: [
        {
          value: project("of-kids"),
          ref: { group: "argoproj.io", kind: "AppProject", namespace: "argocd", name: "of-kids" },
        },
      ],
    };
    registry.read(0, reading([]));
    registry.served = { applications: [], projects: [] };
    expect([...registry.read(1, reading([])).state.projects.keys()]).toEqual(["team"]);
  });

  test("a child that another file's name stands for is refused, with both places", () => {
    const registry = knowing("a");
    registry.served = serving(named("a", "other"));
    const stock = registry.read(1, reading(["a"]));
    expect(originOf(stock, "a")).toBe("file");
    expect(stock.problems).toMatchObject([
      {
        severity: "error",
        object: "Application argocd/a",
        text: "application argocd/root renders it, and its name is taken in apps/a.yaml:1, which was first",
      },
    ]);
  });

  test("a file that comes to a child's name is refused, with both places", () => {
    const registry = new Registry();
    registry.served = serving(named("a", "other"));
    registry.read(0, reading([]));
    const stock = registry.read(1, reading(["a"]));
    expect(originOf(stock, "a")).toBe("parent");
    expect(stock.problems).toMatchObject([
      { file: "apps/a.yaml", text: "this name is taken: application argocd/root renders it" },
    ]);
  });

  test("a child that says the same as a file is no error, and has the name at once when the file goes", () => {
    const registry = knowing("a", "b");
    registry.served = serving(named("a"));
    const beside = registry.read(1, reading(["a", "b"]));
    expect([originOf(beside, "a"), beside.problems]).toEqual(["file", []]);
    const moved = registry.read(2, reading(["b"]));
    expect([originOf(moved, "a"), moved.leaving, [...moved.notes]]).toEqual(["parent", [], []]);
  });

  test("a child that says something else has the name when the file was gone for long enough", () => {
    const registry = knowing("a", "b");
    registry.served = serving(named("a", "other"));
    expect(originOf(registry.read(1, reading(["b"])), "a")).toBe("file");
    expect(originOf(registry.read(1 + FOR_MS, reading(["b"])), "a")).toBe("parent");
  });

  test("a child of the name of one that was made through the API is refused, with both places", () => {
    const registry = new Registry();
    registry.made = [named("a", "other")];
    registry.served = serving(named("a"));
    const stock = registry.read(0, reading([]));
    expect(originOf(stock, "a")).toBe("api");
    expect(stock.problems).toMatchObject([
      {
        text: "application argocd/root renders it, and its name is taken by one that was made through the API, which was first",
      },
    ]);
  });

  test("count for nothing where many files are missing at once", () => {
    const registry = new Registry();
    registry.removal = { missingForMs: FOR_MS, percent: 20, count: 0 };
    registry.served = serving(...["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9"].map((n) => named(n)));
    registry.read(0, reading(["a"]));
    registry.read(1, reading([], { folders: [{ path: "/apps", state: "read", files: 1 }] }));
    const stock = registry.read(
      1 + FOR_MS,
      reading([], { folders: [{ path: "/apps", state: "read", files: 1 }] }),
    );
    expect([stock.leaving, stock.blocked]).toEqual([[], [key("a")]]);
  });
});

describe("a folder that lost all its files at once", () => {
  const AT = "/apps",
    MORE = "/more";
  const place = (name: string, folder: string) => ({
    ...{ app: named(name, "team"), file: `${folder}/${name}.yaml`, line: 1, folder },
  });
  const team = { project: project("team"), file: `${AT}/team.yaml`, line: 1, folder: AT };
  /** What each of both folders holds. */
  const both = (at: readonly string[], more: readonly string[], projects = [team]): FolderReading => ({
    applications: [...at.map((name) => place(name, AT)), ...more.map((name) => place(name, MORE))],
    projects: at.length === 0 ? [] : projects,
    problems: [],
    folders: [
      { path: AT, state: "read", files: at.length },
      { path: MORE, state: "read", files: more.length },
    ],
  });
  const known = (...args: Parameters<typeof both>): Registry => {
    const registry = new Registry();
    registry.read(0, both(...args));
    return registry;
  };

  test("is said to wait for a person, by each that it held", () => {
    const stock = known(["a", "b"], ["c", "d"]).read(1, both([], ["d"]));
    expect([stock.blocked, stock.incomplete, stock.emptied]).toEqual([
      [key("a"), key("b")],
      ["/apps is suddenly empty"],
      ["/apps is suddenly empty"],
    ]);
    expect(stock.notes.get(key("a"))).toBe(
      "it is not in /apps/a.yaml any more, but /apps is suddenly empty, so it stays as it was: put the file back, or say that it may leave (holdfast admin approve-removal)",
    );
    expect(stock.notes.get(key("c"))).toBe(
      "it is not in /more/c.yaml any more, but /apps is suddenly empty, so it stays as it was",
    );
    expect(stock.problems).toEqual([]);
  });

  test("lets all go that a person approved of, when they are missing for long enough, and is no trouble from then on", () => {
    const registry = known(["a", "b"], ["c"]);
    registry.approved = new Set(registry.read(1, both([], ["c"])).blocked);
    const approved = registry.read(50_000, both([], ["c"]));
    expect([approved.incomplete, approved.blocked, approved.leaving]).toEqual([[], [], []]);
    const later = registry.read(80_000, both([], ["c"]));
    expect([later.leaving, [...later.state.projects.keys()]]).toEqual([[key("a"), key("b")], []]);
    registry.approved = new Set();
    expect(registry.read(90_000, both([], ["c"])).incomplete).toEqual([]);
  });

  test("lets none go of which one is not approved, and takes back none whose file is there again", () => {
    const registry = known(["a", "b"], ["c"]);
    registry.approved = new Set([key("a")]);
    for (const now of [1, 31_000, 1e9]) {
      const stock = registry.read(now, both([], ["c"]));
      expect([stock.leaving, stock.blocked]).toEqual([[], [key("b")]]);
    }
    registry.approved = new Set([key("a"), key("b")]);
    registry.read(2e9, both([], ["c"]));
    const again = registry.read(2e9 + 29_000, both(["a"], ["c"]));
    expect([again.leaving, again.notes.has(key("a"))]).toEqual([[], false]);
    expect(registry.read(2e9 + 60_000, both(["a"], ["c"])).leaving).toEqual([key("b")]);
  });

  test("keeps what other trouble keeps, whoever approved", () => {
    const registry = known(["a"], ["c"]);
    registry.approved = new Set([key("a")]);
    for (const now of [1, 1e9])
      expect(registry.read(now, { ...both([], ["c"]), problems: [error] }).leaving).toEqual([]);
    const away = both([], ["c"]);
    const [, more] = away.folders;
    const unread = { ...away, folders: [{ path: AT, state: "unreadable" as const, files: 0 }, more!] };
    const other = known(["a"], ["c"]);
    other.approved = new Set([key("a")]);
    for (const now of [1, 1e9]) {
      const stock = other.read(now, unread);
      expect([stock.leaving, stock.blocked, stock.emptied]).toEqual([[], [], []]);
    }
  });

  test("is no trouble once a person deleted what it held, but for a project that is used", () => {
    const registry = known(["a"], ["c"]);
    registry.read(1, both([], ["c"]));
    // As a deletion by a person leaves it.
    registry.forget("a");
    const used = registry.read(2, both([], ["c"]));
    expect([used.emptied, used.blocked, [...used.state.projects.keys()]]).toEqual([
      ["/apps is suddenly empty"],
      [],
      ["team"],
    ]);
    expect(registry.read(3, both([], [])).emptied).toEqual([
      "/apps is suddenly empty",
      "/more is suddenly empty",
    ]);
    registry.forget("c");
    expect(registry.read(4, both([], [])).incomplete).toEqual([]);
    expect([...registry.read(40_000, both([], [])).state.projects.keys()]).toEqual([]);
  });

  test("whose applications moved to another one lost none", () => {
    expect(known(["a"], ["c"], []).read(1, both([], ["a", "c"])).incomplete).toEqual([]);
  });

  test("holds what was remembered without its folder", () => {
    const stock = knowing("a").read(1, { ...reading([]), folders: [{ path: AT, state: "read", files: 0 }] });
    expect(stock.blocked).toEqual([key("a")]);
  });
});
