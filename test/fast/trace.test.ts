/** `holdfast trace`: whose an object is, over the real API, with a control in memory behind it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Shown } from "../../src/api/admission.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import type { AppKey } from "../../src/core/model/application.ts";
import type { ObjectRef } from "../../src/core/model/object-ref.ts";
import type { ResourceResult } from "../../src/core/model/operation.ts";
import type { SyncRun } from "../../src/core/ports/journal.ts";
import type { ResourceNode } from "../../src/engine/control.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { appWith, destination, now, resources } from "../lib/cli-stage.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const OLDER = "1111111111111111111111111111111111111111";
const deployment: ObjectRef = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const node = (ref: Partial<ObjectRef>, uid: string, parent?: ResourceNode): ResourceNode => ({
  ref: { ...deployment, ...ref },
  ...{
    version: "v1",
    uid,
    resourceVersion: "1",
    createdAt: undefined,
    images: [],
    health: undefined,
    info: [],
  },
  parents: parent === undefined ? [] : [{ ...parent.ref, uid: parent.uid as string }],
});
const web = node({}, "u-1");
const replicas = node({ kind: "ReplicaSet", name: "web-5d4" }, "u-2", web);
const pod = node({ group: "", kind: "Pod", name: "web-5d4-x" }, "u-3", replicas);
/** Owner references that lead back to themselves. */
const loop = node({ kind: "Loop", name: "a" }, "u-8");
const loops = [loop, node({ kind: "Loop", name: "b" }, "u-9", loop)];
loop.parents = [{ ...deployment, uid: "u-9" }];

const result = (more: Partial<ResourceResult>): ResourceResult => ({
  ...{ ...deployment, version: "v1", status: "Synced", message: "configured" },
  ...more,
});
const run = (id: number, rows: ResourceResult[], more: Partial<SyncRun["state"]> = {}): SyncRun => ({
  id,
  app: "payments/web" as AppKey,
  cause: "manual",
  state: {
    operation: { initiatedBy: { username: "ana" } },
    phase: "Succeeded",
    message: "",
    startedAt: "2026-11-23T04:20:00Z",
    finishedAt: "2026-11-23T04:21:08Z",
    syncResult: { revision: COMMIT, resources: rows },
    ...more,
  },
});
/** The newest first. */
const RUNS: SyncRun[] = [
  run(9, [result({ message: "configured" })], { operation: { sync: { dryRun: true } } }),
  run(8, [
    result({ message: "unchanged" }),
    result({ kind: "ConfigMap", group: "", name: "old", status: "Pruned" }),
  ]),
  run(7, [result({ message: "no", status: "SyncFailed" })]),
  run(6, [result({})]),
  run(5, [result({ message: "created" })]),
];

let control: FakeControl;
let api: FakeApi;
beforeAll(() => {
  control = fakeControl();
  control.put(appWith("payments", "web", "OutOfSync", "Progressing", { resources }));
  control.put({
    ...fakeApp("payments", "map"),
    spec: { ...fakeApp("payments", "map").spec, destination: { name: "edge", namespace: "other" } },
    status: {
      sync: { status: "Synced", comparedTo: { destination }, revision: COMMIT },
      health: { status: "Healthy" },
      resources: [
        { version: "v1", kind: "ConfigMap", namespace: "other", name: "settings", status: "Synced" },
      ],
    },
  });
  control.put(fakeApp("payments", "new"));
  control.resourceTree = (key) => ({
    is: "found",
    value: key === "payments/web" ? [web, replicas, pod, ...loops] : [],
  });
  control.orphanedResources = (key) => ({
    is: "found",
    value: key === "payments/web" ? [node({ group: "", kind: "ConfigMap", name: "by-hand" }, "u-7")] : [],
  });
  control.runs = ({ app }) => RUNS.filter((one) => app === undefined || one.app === app);
  api = startFakeApi(control);
});
afterAll(() => api.stop());

const on = (argv: string, setting: CliSetting = {}) =>
  cli(argv.split(" "), { server: api.url, now, ...setting });

const FACTS = `Application   payments/web
Written in    the API
Project       default
Cluster       https://kubernetes.default.svc
Sync          ↑ OutOfSync
Health        ◔ Progressing
Repository    https://git.example.com/shop.git
File          web/deployment.yaml:12
Commit        9f2e1aa  "web: 1.29" (Ana Ruiz, 36 min ago)
Run           6, manual, asked for by ana, Succeeded 10 min ago
Did           configured
`;

describe("an application's object, and what others made of it", () => {
  test("a Pod, by ReplicaSet and Deployment: file, commit and run are the Deployment's", async () => {
    expect(await on("trace Pod/web-5d4-x -n shop")).toEqual({
      code: 0,
      stdout: `Object        Pod shop/web-5d4-x\nMade by       ReplicaSet/web-5d4, of Deployment/web\n${FACTS}`,
      stderr: "",
    });
  });

  test.each([
    "Deployment/web",
    "deployments.apps/web",
    "deploy/web",
    "deployment.apps/web",
    "DEPLOYMENTS/web",
  ])("%s", async (object) => {
    expect((await on(`trace ${object}`)).stdout).toBe(`Object        apps/Deployment shop/web\n${FACTS}`);
  });

  test("on a terminal the same, states in colour", async () => {
    const { stdout } = await on("trace deploy/web", { terminal: { columns: 80 } });
    expect(stdout).toContain("\u001b[33m↑ OutOfSync\u001b[0m");
    expect(stdout.replaceAll(/\u001b\[\d+m/g, "")).toBe(`Object        apps/Deployment shop/web\n${FACTS}`);
  });

  test("JSON has all of it", async () => {
    const { items } = JSON.parse((await on("trace pods/web-5d4-x -o json")).stdout);
    expect(items).toEqual([
      {
        application: "payments/web",
        project: "default",
        cluster: "https://kubernetes.default.svc",
        chain: [pod.ref, replicas.ref, web.ref],
        sync: "OutOfSync",
        health: "Progressing",
        written: { repository: "https://git.example.com/shop.git", file: "web/deployment.yaml", line: 12 },
        revision: COMMIT,
        run: {
          ...{ id: 6, cause: "manual", phase: "Succeeded", by: "ana", revision: COMMIT, did: "configured" },
          ...{ startedAt: "2026-11-23T04:20:00Z", finishedAt: "2026-11-23T04:21:08Z" },
        },
        origin: { from: "api" },
        commit: expect.objectContaining({ author: "Ana Ruiz <ana@example.com>" }),
        changed: expect.objectContaining({
          is: "commit",
          commit: COMMIT,
          author: "Ana Ruiz <ana@example.com>",
        }),
      },
    ]);
  });

  test("an automated run is nobody's; Git may be further on; what no run on record wrote, and what Git does not write, is said", async () => {
    const runs = control.runs;
    control.runs = () => [
      run(4, [result({})], {
        operation: { initiatedBy: { automated: true, username: "system" } },
        syncResult: { revision: OLDER, resources: [result({})] },
      }),
    ];
    const automated = (await on("trace deploy/web")).stdout;
    expect(automated).toContain(
      "Run           4, manual, by the application's own policy, Succeeded 10 min ago\n",
    );
    expect(automated).toContain("Commit        1111111\nGit is at     9f2e1aa\n");
    control.runs = () => [];
    const service = (await on("trace svc/web")).stdout;
    expect(service).toContain("File          none: Git does not write Service shop/web\n");
    expect(service).toContain("Run           none on record wrote Service shop/web\n");
    control.runs = runs;
  });

  test("owner references in a circle end", async () => {
    expect((await on("trace Loop/b")).stdout).toContain("Made by       Loop/a\n");
  });
});

describe("an object of no application ends with 3, and the nearest reason", () => {
  test.each([
    ["ConfigMap/old -n shop", "Run 8 of payments/web deleted it, 2026-11-23T04:21:08Z."],
    [
      "cm/by-hand -n shop",
      "It is in the namespace of payments/web, and no application's: somebody made it by hand",
    ],
    ["cm/settings -n shop", "There is ConfigMap other/settings of payments/map on edge."],
    [
      "cm/settings --cluster https://kubernetes.default.svc",
      "There is ConfigMap other/settings of payments/map on edge.",
    ],
    ["deploy/wbe -n shop", "The nearest name is apps/Deployment shop/web of payments/web."],
    ["Widget/x", "What these have is not known: payments/new."],
    ["Widget/x", "What is there now is not known of clusters that do not answer: edge."],
  ])("%s: %s", async (argv, reason) => {
    const { stdout, stderr, code } = await on(`trace ${argv}`);
    expect([stdout, code]).toEqual(["", 3]);
    expect(stderr).toStartWith("✗ No application that you may see has ");
    expect(stderr).toContain(`\n  ${reason}`);
  });
  test("a cluster by its name is that by its address", async () => {
    expect((await on("trace deploy/web --cluster in-cluster")).code).toBe(0);
    expect((await on("trace deploy/web --cluster edge")).code).toBe(3);
  });
  test("JSON says the reasons too", async () => {
    const { stdout, code } = await on("trace cm/old -n shop -o json");
    expect([code, JSON.parse(stdout).items, JSON.parse(stdout).reasons[0]]).toEqual([
      3,
      [],
      "Run 8 of payments/web deleted it, 2026-11-23T04:21:08Z.",
    ]);
  });
  test.each(["web", "Pod/", "/web", "Pod/a/b"])("%s names none", async (object) => {
    expect(await on(`trace ${object}`)).toEqual(
      expect.objectContaining({ code: 2, stderr: expect.stringContaining(`${object} names no object.`) }),
    );
  });
});

test("who may not see the application is told nothing of it, whatever is asked", async () => {
  const policy = new AccessPolicy({
    lines: parsePolicy("p, role:b, applications, get, team-b/*, allow\ng, ben, role:b", "policy.csv").lines,
    projects: new Map(),
    matchMode: "glob",
    defaultRole: undefined,
  });
  const who = (): Shown => ({
    ...{ is: "known", by: "header" },
    asker: askerOf(
      { actor: "user:ben", subject: { name: "ben", groups: [] }, holds: () => true },
      () => policy,
    ),
  });
  const shut = startFakeApi(control, { who });
  for (const object of ["Pod/web-5d4-x", "deploy/wbe", "cm/old", "cm/by-hand", "cm/settings"]) {
    const { stdout, stderr, code } = await cli(["trace", object, "-n", "shop"], { server: shut.url, now });
    expect([object, stdout, code]).toEqual([object, "", 3]);
    expect(stderr).not.toMatch(/payments|edge|Run \d/);
  }
  await shut.stop();
});

test("what is asked is bounded", async () => {
  const ask = (query: string) =>
    fetch(`${api.url}/api/holdfast/v1/trace?${query}`).then(({ status }) => status);
  expect(await ask("kind=Pod")).toBe(400);
  expect(await ask(`kind=Pod&name=${"a".repeat(300)}`)).toBe(400);
});
