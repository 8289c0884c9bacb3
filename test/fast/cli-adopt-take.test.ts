/** What `adopt --take` says and does, beside a daemon in memory. */
import { expect, test } from "bun:test";
import type { AdoptedApplication, TakeableApplication } from "../../src/core/model/adoption-report.ts";
import { type Application, keyOfApp } from "../../src/core/model/application.ts";
import type { Project } from "../../src/core/model/project.ts";
import { type SeenApplication, seenIn } from "../../src/core/model/seen-application.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type CliRun, cli } from "../lib/cli.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const AUTOMATED = { automated: { prune: true, selfHeal: true } };
const SYNCED: NonNullable<Application["status"]> = {
  sync: { status: "Synced", comparedTo: { destination: {} }, revision: "c0ffee1" },
  health: { status: "Healthy" },
  resources: [],
};

/** A daemon that says of everything what the look says. */
function daemon(): FakeControl {
  const control = fakeControl();
  control.refresh = async (key, how) => {
    control.calls.push(`refresh ${key} ${how}`);
    const app = control.application(key);
    return app === undefined ? { is: "absent" } : { is: "found", value: { ...app, status: SYNCED } };
  };
  return control;
}

interface Estate {
  projects?: readonly Project[];
  apps: readonly Application[];
  looked?: (app: Application) => Partial<Extract<AdoptedApplication, { holdfast: unknown }>>;
  takeable?: (app: Application) => Partial<TakeableApplication>;
}

async function take(
  control: FakeControl,
  line: string,
  { apps, looked, takeable, projects = [] }: Estate,
): Promise<CliRun> {
  const api = startFakeApi(control);
  try {
    return await cli(["adopt", "-y", ...line.split(" ")], {
      server: api.url,
      verbs: {
        takeable: async () =>
          apps.map((app) => ({
            application: keyOfApp(app),
            letsGo: { is: "yes" as const, by: "its mark" },
            manifest: app,
            ...takeable?.(app),
          })),
        belongings: async () => ({ projects, clusters: [] }),
        adopt: async () => ({
          context: "",
          namespace: "argocd",
          read: { projects: 1, repositories: 1, clusters: 0 },
          problems: [],
          notHonoured: [],
          applications: apps.map((app): AdoptedApplication => {
            const verdict = { sync: "Synced", health: "Healthy", revisions: ["c0ffee1"] };
            return {
              is: "equal",
              application: keyOfApp(app),
              argoCD: verdict,
              holdfast: verdict,
              differences: [],
              notes: [],
              unknown: [],
              seen: seenIn(SYNCED),
              byLabel: 0,
              ...looked?.(app),
            };
          }),
        }),
      },
    });
  } finally {
    await api.stop();
  }
}
const app = (name: string, spec: Partial<Application["spec"]> = {}): Application => {
  const made = fakeApp("argocd", name);
  return { ...made, spec: { ...made.spec, ...spec } };
};
/** What the daemon has, with how it is synced. */
const inDaemon = (control: FakeControl): Record<string, unknown> =>
  Object.fromEntries(
    control.applications().map(({ metadata, spec }) => [metadata.name, spec.syncPolicy ?? {}]),
  );

test("one that the daemon refuses stays with Argo CD, and of each of the others it is said what was done", async () => {
  const control = daemon();
  const apps = [app("a"), app("b"), app("bad", { project: "nowhere" }), app("d")];
  const { code, stdout, stderr } = await take(control, "--take --all", { apps });
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^\S+ argocd\/a is Holdfast's now \(Synced\)\./),
    expect.stringMatching(/^\S+ argocd\/b is Holdfast's now \(Synced\)\./),
    expect.stringMatching(/^\S+ argocd\/bad stays with Argo CD: .*there is no project "nowhere"/),
    expect.stringMatching(/^\S+ argocd\/d is Holdfast's now \(Synced\)\./),
    "",
  ]);
  expect(stderr).toContain("3 of 4 applications are Holdfast's; argocd/bad stays with Argo CD.");
  expect(`${stdout}${stderr}`).not.toContain("othing was");
  expect(code).toBe(7);
  expect(inDaemon(control)).toEqual({ a: AUTOMATED, b: AUTOMATED, d: AUTOMATED });
});

test("a take that is cut off says what the daemon has of each, as it is seen then", async () => {
  for (const [at, seen] of [
    ["trial", "it is not in the daemon"],
    ["refresh", "the daemon has it without automation, and writes nothing for it"],
    ["whole", "the daemon has it, as it is written"],
  ] as const) {
    const control = daemon();
    const { create, refresh, update } = control;
    const lost = (key: string, name: typeof at): void => {
      if (key === "argocd/b" && name === at) throw new Error("the disk is full");
    };
    control.create = async (made, how) => {
      lost(keyOfApp(made), "trial");
      return create(made, how);
    };
    control.refresh = async (key, how) => {
      lost(key, "refresh");
      return refresh(key, how);
    };
    control.update = async (made, actor) => {
      const written = await update(made, actor);
      lost(keyOfApp(made), "whole");
      return written;
    };
    const { code, stdout, stderr } = await take(control, "--take --all", {
      apps: [app("a"), app("b"), app("c")],
    });
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^\S+ argocd\/a is Holdfast's now/),
      expect.stringMatching(new RegExp(`^\\S+ argocd/b was cut off: ${seen}`)),
      expect.stringMatching(/^\S+ argocd\/c was not begun/),
      "",
    ]);
    expect(stderr).toContain("1 of 3 applications");
    expect(code).toBe(10);
  }
});

test("what a person changes in a taken application is no take that was cut off", async () => {
  const control = daemon();
  const apps = [app("shop")];
  expect((await take(control, "--take shop", { apps })).code).toBe(0);
  const [taken] = control.applications() as [Application];
  control.put({ ...taken, spec: { ...taken.spec, syncPolicy: {} } });
  const again = await take(control, "--take shop", { apps });
  expect(again.stdout).toContain(
    "argocd/shop is Holdfast's already, and is written otherwise than Argo CD has it",
  );
  expect(again.code).toBe(0);
  expect(inDaemon(control)).toEqual({ shop: {} });
});

test("a take that was cut off goes on, also where the application was edited meanwhile", async () => {
  for (const edited of [{}, { revisionHistoryLimit: 3 }]) {
    const control = daemon();
    const { update } = control;
    control.update = async () => {
      throw new Error("the disk is full");
    };
    expect((await take(control, "--take shop", { apps: [app("shop")] })).code).toBe(10);
    expect(inDaemon(control)).toEqual({ shop: {} });
    control.update = update;
    expect((await take(control, "--take shop", { apps: [app("shop", edited)] })).code).toBe(0);
    expect(control.applications()[0]?.spec).toEqual(app("shop", edited).spec);
  }
});

test("an application of the same name that somebody made by hand is not taken for one of Argo CD's", async () => {
  const control = daemon();
  control.put(app("shop", { syncPolicy: {} }));
  const { code, stdout } = await take(control, "--take shop", { apps: [app("shop")] });
  expect(stdout).toContain("argocd/shop stays with Argo CD: the daemon has another application of this name");
  expect(code).toBe(7);
  expect(inDaemon(control)).toEqual({ shop: {} });
});

test("a daemon that says the same word of other objects, or at another commit, gets nothing, and it is said where", async () => {
  const behind = (name: string): SeenApplication => ({
    sync: "OutOfSync",
    revisions: ["c0ffee1"],
    objects: [{ object: `ConfigMap shop/${name}`, sync: "OutOfSync" }],
  });
  const at = (status: object): FakeControl => {
    const control = daemon();
    control.refresh = async (key) => {
      const found = control.application(key) as Application;
      return { is: "found", value: { ...found, status: { ...SYNCED, ...status } as typeof SYNCED } };
    };
    control.managedResources = async () => ({ is: "found", value: [] });
    return control;
  };
  const b = { version: "v1", kind: "ConfigMap", namespace: "shop", name: "b", status: "OutOfSync" };
  const others = at({ sync: { ...SYNCED.sync, status: "OutOfSync" }, resources: [b] });
  const estate = { apps: [app("shop")], looked: () => ({ is: "equal" as const, seen: behind("a") }) };
  const apart = await take(others, "--take shop", estate);
  expect(apart.stdout).toContain("ConfigMap shop/a: the look had it, and the daemon does not");
  expect(apart.stdout).toContain("ConfigMap shop/b: the daemon has it, and the look did not");
  expect([apart.code, inDaemon(others)]).toEqual([7, {}]);

  const later = at({ sync: { ...SYNCED.sync, revision: "c0ffee2" } });
  const pushed = await take(later, "--take shop", { apps: [app("shop")] });
  expect(pushed.stdout).toContain("the look compared with c0ffee1, and the daemon with c0ffee2");
  expect([pushed.code, inDaemon(later)]).toEqual([7, {}]);
});

test("a health that users' own checks tell a moment later is waited for", async () => {
  const control = daemon();
  const { refresh } = control;
  let looks = 0;
  const job = { version: "v1", kind: "ConfigMap", namespace: "shop", name: "a", status: "Synced" as const };
  control.refresh = async (key, how) => {
    const found = await refresh(key, how);
    if (found.is === "absent") return found;
    const health = { status: looks++ === 0 ? ("Unknown" as const) : ("Healthy" as const) };
    return { is: "found", value: { ...found.value, status: { ...SYNCED, resources: [{ ...job, health }] } } };
  };
  const seen = {
    sync: "Synced",
    revisions: ["c0ffee1"],
    objects: [{ object: "ConfigMap shop/a", sync: "Synced", health: "Healthy" }],
  };
  const { code } = await take(control, "--take shop", { apps: [app("shop")], looked: () => ({ seen }) });
  expect([code, inDaemon(control)]).toEqual([0, { shop: AUTOMATED }]);
});

test("an application of which something is not known is not taken without a word", async () => {
  const control = daemon();
  const apps = ["a", "b", "c"].map((name) => app(name));
  const looked = ({ metadata }: Application) => ({
    unknown: metadata.name === "b" ? [] : ["argocd-cm cannot be read"],
  });
  const refused = await take(control, "--take a b c", { apps, looked });
  expect(refused.stderr).toContain("argocd-cm cannot be read. It concerns argocd/a, argocd/c");
  expect(refused.stderr).toContain("--despite-problems");
  expect([refused.code, inDaemon(control)]).toEqual([7, {}]);
  // Of all, those stay.
  const rest = await take(control, "--take --all", { apps, looked });
  expect(rest.stdout).toContain("argocd/b is Holdfast's now");
  expect(rest.stderr).toContain("1 of 3 applications are Holdfast's; argocd/a, argocd/c stay with Argo CD.");
  expect([rest.code, Object.keys(inDaemon(control))]).toEqual([7, ["b"]]);
  expect((await take(control, "--take --all --despite-problems", { apps, looked })).code).toBe(0);
  expect(Object.keys(inDaemon(control))).toEqual(["a", "b", "c"]);
});

test("a project that the daemon does not have comes before its applications; one that it has otherwise stays", async () => {
  const project = (name: string, repository: string): Project => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: "argocd" },
    spec: { sourceRepos: [repository] },
  });
  const control = daemon();
  control.put(app("theirs"));
  const projects = [
    project("team", "*"),
    project("default", "https://git.example.com/*"),
    project("unused", "*"),
  ];
  const apps = [app("a", { project: "team" }), app("b")];
  const { code, stdout } = await take(control, "--take --all", { apps, projects });
  expect(stdout).toContain("AppProject team is in the daemon now");
  // Somebody else's application rests on the one that permits everything.
  expect(stdout).toContain(
    "AppProject default: the daemon's permits otherwise than Argo CD's, and stays as it is",
  );
  expect(control.calls.filter((call) => call.includes(" project "))).toEqual([
    expect.stringMatching(/^create project team /),
  ]);
  expect(code).toBe(0);

  const fresh = daemon();
  await take(fresh, "--take --all", { apps, projects });
  expect(fresh.calls.filter((call) => call.includes(" project "))).toHaveLength(2);
  // All that rests on it was taken too.
  fresh.calls.length = 0;
  await take(fresh, "--take --all", { apps, projects: [project("default", "https://git.example.com/*")] });
  expect(fresh.calls.filter((call) => call.includes(" project "))).toHaveLength(1);
});

test("what the daemon has from elsewhere is not taken, and it is said from where", async () => {
  for (const [origin, words] of [
    [{ from: "cluster", cluster: "in-cluster" }, "there is nothing to take"],
    [{ from: "file", file: "a.yaml", line: 1 }, "it from a file, so that it is Holdfast's already"],
    [{ from: "parent" }, "from another application that renders it"],
  ] as const) {
    const control = daemon();
    control.put(app("shop"), origin);
    const { code, stdout } = await take(control, "--take shop", { apps: [app("shop")] });
    expect(stdout).toContain(words);
    expect([code, control.calls.filter((call) => /^(create|update|remove)/.test(call))]).toEqual([7, []]);
  }
});

test("of all, those that Argo CD holds stay; of those that are named none is begun then; one reason is said once", async () => {
  const control = daemon();
  const apps = ["a", "b", "c", "d"].map((name) => app(name));
  const takeable = ({ metadata: { name } }: Application): Partial<TakeableApplication> =>
    name === "d" ? {} : { letsGo: { is: "no", why: "Argo CD still works on it", fix: `mark ${name}` } };
  const named = await take(control, "--take a b c d", { apps, takeable });
  expect(named.stderr).toContain(
    "argocd/a, argocd/b, argocd/c: Argo CD still works on it. So for argocd/a: mark a",
  );
  expect(named.stderr).not.toContain("mark b");
  expect([named.code, inDaemon(control)]).toEqual([7, {}]);
  const all = await take(control, "--take --all", { apps, takeable });
  expect(all.stdout).toContain("3 applications stay with Argo CD:");
  expect([all.code, Object.keys(inDaemon(control))]).toEqual([7, ["d"]]);
  const none = await take(control, "--take --all", { apps: apps.slice(0, 2), takeable });
  expect(none.stderr).toContain("Nothing was done, and nothing was written.");
});

test("what Argo CD takes up again, or somebody edits, while it is looked at stays there, and the daemon lets go of it", async () => {
  const held = { letsGo: { is: "no" as const, why: "Argo CD works on it again", fix: "mark it" } };
  for (const [later, words] of [
    [held, "Argo CD works on it again"],
    [{ manifest: app("shop", { revisionHistoryLimit: 3 }) }, "it was edited while it was looked at"],
  ] as const) {
    const control = daemon();
    let asked = 0;
    const takeable = (): Partial<TakeableApplication> => (asked++ === 0 ? {} : later);
    const { code, stdout } = await take(control, "--take shop", { apps: [app("shop")], takeable });
    expect(stdout).toContain(`argocd/shop stays with Argo CD: ${words}`);
    expect([code, inDaemon(control)]).toEqual([7, {}]);
    expect(control.calls.filter((call) => call.startsWith("update"))).toEqual([]);
  }
});

test("one whose take was cut off and that the daemon refuses now is let go of", async () => {
  const control = daemon();
  const shop = app("shop", { syncPolicy: {} });
  control.put({ ...shop, metadata: { ...shop.metadata, annotations: { "holdfast.dev/adoption": "begun" } } });
  control.create = async () => ({ is: "conflict", why: "its project is going" });
  const { code, stdout } = await take(control, "--take shop", { apps: [app("shop")] });
  expect(stdout).toContain("argocd/shop stays with Argo CD: Its project is going");
  expect([code, inDaemon(control)]).toEqual([7, {}]);
});
