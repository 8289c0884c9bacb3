/** Whatever an application's operations write, they write as the service account that its project names. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Project, ServiceAccountRule } from "../../src/core/model/project.ts";
import { AUTOMATED, appOf, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { hookJob } from "../lib/hook-objects.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

interface Asked {
  user: string | undefined;
  method: string;
  path: string;
}

let world: World, rig: Rig;
const asked: Asked[] = [];
let refuses: (request: Asked) => string | undefined = () => undefined;
beforeAll(async () => {
  world = await startWorld({
    refuses(request) {
      asked.push(request);
      return refuses(request);
    },
  });
  rig = await startRig(world, { settings: { impersonation: "on" } });
});
afterAll(async () => {
  await rig?.stop();
  await world?.stop();
});
beforeEach(async () => {
  await rig.untilIdle();
  refuses = () => undefined;
});

function put(name: string, ...destinationServiceAccounts: ServiceAccountRule[]): void {
  const project: Project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: "argocd" },
    spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], destinationServiceAccounts },
  };
  rig.folder.projects = [
    ...rig.folder.projects.filter(({ project }) => project.metadata.name !== name),
    { project, file: `${name}.yaml`, line: 1 },
  ];
  rig.read();
}
const deployer = (defaultServiceAccount = "deployer"): ServiceAccountRule => ({
  server: "*",
  namespace: "*",
  defaultServiceAccount,
});
/** Of one namespace: who wrote. The sandbox's own helpers act as nobody, so only requests since `from` count. */
const writers = (namespace: string, from = 0): string[] => [
  ...new Set(
    asked
      .slice(from)
      .filter(({ method, path }) => method !== "GET" && path.includes(`/namespaces/${namespace}/`))
      .map(({ user, method }) => `${method} ${user ?? "itself"}`),
  ),
];
const result = (name: string): string =>
  [
    rig.app(name).status?.operationState?.message ?? "",
    ...(rig.app(name).status?.operationState?.syncResult?.resources ?? []).map(
      ({ message }) => message ?? "",
    ),
  ].join("\n");
const SPEC = (project: string) => ({ project, syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } });
const AS = (namespace: string) => `system:serviceaccount:${namespace}:deployer`;

describe("with sync.impersonation", () => {
  test("applies, dry runs, hooks, prunes and the deletion go as the account, and reads as the daemon's own", async () => {
    const name = "acting";
    await world.makeNamespace(name);
    put(name, deployer());
    const from = asked.length;
    const repository = await world.repository(name, {
      "a.yaml": configMap(name, "a"),
      "b.yaml": configMap(name, "b"),
      "hook.yaml": hookJob(name, "before", "PreSync"),
    });
    rig.place(
      appOf({
        name,
        repository,
        spec: SPEC(name),
        metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
      }),
    );
    await rig.untilSettled(name);
    const sha = await repository.commit({ "b.yaml": null });
    await rig.refresh(name);
    await rig.until(name, (app) => app.status?.sync.revision === sha);
    await rig.untilSettled(name);
    expect(await world.hasConfigMap(name, "b")).toBe(false);
    rig.unplace(name);
    rig.read();
    await rig.untilGone(name);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
    expect(writers(name, from).sort()).toEqual([
      `DELETE ${AS(name)}`,
      `PATCH ${AS(name)}`,
      `POST ${AS(name)}`,
    ]);
    const reads = asked.slice(from).filter(({ method }) => method === "GET");
    expect([reads.length > 0, reads.every(({ user }) => user === undefined)]).toEqual([true, true]);
  });

  test("a project that names nobody for the destination has nothing written, and the sentence says so", async () => {
    const name = "nobody";
    await world.makeNamespace(name);
    put(name, { ...deployer(), namespace: "elsewhere" });
    const from = asked.length;
    const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
    rig.place(appOf({ name, repository, spec: SPEC(name) }));
    await rig.until(name, (app) => app.status?.operationState?.finishedAt !== undefined);
    expect(rig.app(name).status?.operationState?.phase).toBe("Failed");
    expect(result(name)).toContain(`names no service account for server`);
    expect(writers(name, from)).toEqual([]);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });

  test("a project that is edited in the middle of a sync has the next write go as the new account", async () => {
    const name = "edited";
    await world.makeNamespace(name);
    put(name, deployer());
    const [first, second] = [`${AS(name)}`, `system:serviceaccount:ops:other`];
    const paused = Promise.withResolvers<void>();
    const isWrite = ({ method, path }: Asked) => method === "PATCH" && path.endsWith("/configmaps/a");
    // The first wave is written as the first account; the gate behind it is passed under the other project.
    const wave = (at: number) => ({ "argocd.argoproj.io/sync-wave": String(at) });
    let applies = 0;
    refuses = (request) => {
      if (isWrite(request) && ++applies === 2) {
        put(name, deployer("ops:other"));
        paused.resolve();
      }
      return undefined;
    };
    const from = asked.length;
    const repository = await world.repository(name, {
      "a.yaml": configMap(name, "a", {}, wave(0)),
      "b.yaml": configMap(name, "b", {}, wave(1)),
    });
    rig.place(appOf({ name, repository, spec: SPEC(name) }));
    await paused.promise;
    await rig.untilSettled(name);
    const last = (object: string) =>
      asked
        .slice(from)
        .findLast(({ method, path }) => method === "PATCH" && path.endsWith(`/configmaps/${object}`))?.user;
    expect([last("a"), last("b")]).toEqual([first, second]);
  });

  const SAYS: [what: string, name: string, no: (user: string) => string, says: RegExp][] = [
    [
      "an account that lacks a permission is named, with what it lacks",
      "lacking",
      (user) =>
        `configmaps "a" is forbidden: User "${user}" cannot patch resource "configmaps" in API group "" in the namespace "lacking"`,
      /system:serviceaccount:lacking:deployer lacks the verb patch on configmaps in namespace lacking, and it is written as that account by destinationServiceAccounts of project lacking\. Give it a Role/,
    ],
    [
      "a daemon that may not act as the account is told which permission it needs itself",
      "acts-not",
      () =>
        'serviceaccounts "deployer" is forbidden: User "system:serviceaccount:argocd:holdfast" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "acts-not"',
      /the daemon's own account may not act as service account deployer of namespace acts-not.*: give it the verb impersonate on serviceaccounts deployer/,
    ],
    [
      "so is one of whom a server asks for what it does as the account",
      "acts-not-on",
      () =>
        'configmaps "a" is forbidden: User "system:serviceaccount:argocd:holdfast" cannot impersonate-on:serviceaccount:patch resource "configmaps" in API group "" in the namespace "acts-not-on"',
      /the daemon's own account may not act as service account deployer of namespace acts-not-on/,
    ],
  ];
  test.each(SAYS)("%s", async (_, name, no, says) => {
    await world.makeNamespace(name);
    put(name, deployer());
    refuses = ({ user }) => (user === undefined ? undefined : no(user));
    const repository = await world.repository(name, {
      "a.yaml": configMap(name, "a"),
    });
    rig.place(appOf({ name, repository, spec: SPEC(name) }));
    await rig.until(name, () => says.test(result(name)));
    expect(await world.find(configMapPath(name, "a"))).toBeUndefined();
  });
});

describe("without sync.impersonation", () => {
  test("the rules have no force, and that is said", async () => {
    const name = "off";
    await world.makeNamespace(name);
    rig.settings.impersonation = "off";
    try {
      put(name, deployer());
      const from = asked.length;
      const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
      rig.place(appOf({ name, repository, spec: SPEC(name) }));
      await rig.untilSettled(name);
      expect(writers(name, from)).toEqual(["PATCH itself"]);
      expect(rig.control.problems().map(({ text }) => text)).toContainEqual(
        expect.stringContaining(
          `AppProject ${name} names service accounts, and its applications are written as the daemon's own`,
        ),
      );
    } finally {
      rig.settings.impersonation = "on";
    }
  });
});
