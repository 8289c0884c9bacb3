/** The command line against the real API over real HTTP, with a control in memory behind it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OfflineVerbs } from "../../src/cli/offline-verbs.ts";
import { type Application, type ApplicationStatus, appKey } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const NOW = Date.UTC(2026, 10, 23, 4, 31, 8);
const now = () => NOW;
const destination = { server: "https://kubernetes.default.svc", namespace: "shop" };

function appWith(
  namespace: string,
  name: string,
  sync: "Synced" | "OutOfSync" | "Unknown",
  health: ApplicationStatus["health"]["status"],
  more: Partial<ApplicationStatus> = {},
): Application {
  return fakeApp(namespace, name, {
    status: {
      sync: { status: sync, comparedTo: { destination }, revision: COMMIT },
      health: { status: health },
      ...more,
    },
  });
}

const resources: ApplicationStatus["resources"] = [
  {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "OutOfSync",
    health: { status: "Progressing", message: "1 of 3 updated" },
    syncWave: 5,
  },
  {
    version: "v1",
    kind: "Service",
    namespace: "shop",
    name: "web",
    status: "Synced",
    health: { status: "Healthy" },
  },
];

let control: FakeControl;
let api: FakeApi;
beforeAll(() => {
  control = fakeControl();
  control.put(
    appWith("argocd", "guestbook", "Synced", "Healthy", {
      history: [{ id: 1, revision: COMMIT, deployedAt: "2026-11-20T04:00:00Z" }],
    }),
    { from: "file", file: "apps/guestbook.yaml", line: 1 },
  );
  control.put(
    appWith("payments", "api", "Synced", "Degraded", {
      health: {
        status: "Degraded",
        message: "apps/Deployment shop/api: 0/3 ready, CrashLoopBackOff (exit 1)",
      },
    }),
  );
  control.put(appWith("payments", "web", "OutOfSync", "Progressing", { resources }));
  control.put(
    appWith("shop", "web", "Unknown", "Unknown", {
      conditions: [
        {
          type: "ComparisonError",
          message: "https://git.example.com/shop.git: cannot fetch: it does not answer",
        },
      ],
    }),
  );
  api = startFakeApi(control);
});
afterAll(() => api.stop());

const run = (argv: string, setting: CliSetting = {}) =>
  cli(argv.split(" "), { server: api.url, now, ...setting });

const verbs: Partial<OfflineVerbs> = {
  version: () => ({
    version: "0.1.0",
    commit: "abc1234",
    buildDate: "",
    bun: "1.4.5",
    platform: "linux/x64",
    helm: "",
    kustomize: "",
  }),
  validate: async () => ({
    files: [{ file: "config/holdfast.yaml", kind: "config", problems: [] }],
    passedOver: 0,
  }),
  render: async () => ({
    documents: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "web" } },
    ],
    problems: [],
  }),
  health: async (text) =>
    text.split("---").map((part) => ({
      status: part.includes("Deployment") ? ("Degraded" as const) : undefined,
      message: part.includes("Deployment") ? "0 of 1 ready" : "",
      rule: "apps/Deployment",
      because: "status.conditions",
    })),
  doctor: async () => [
    { name: "sandbox", state: "ok", text: "user namespaces" },
    { name: "helm", state: "warning", text: "not found", fix: "Install it" },
  ],
};

describe("what a person reads", () => {
  test("app list: a table, the worst first, and why", async () => {
    const { stdout, stderr, code } = await run("app list");
    expect(stdout).toBe(`  NAME               PROJECT   SYNC          HEALTH          REVISION       AGE   WHY
  payments/api       default   ✓ Synced      ✗ Degraded      main@9f2e1aa   -     apps/Deployment shop/api: 0/3 ready, CrashLoopBackOff (exit 1)
  shop/web           default   ? Unknown     ? Unknown       main@9f2e1aa   -     Comparison error: https://git.example.com/shop.git: cannot fetch: it does not answer
  payments/web       default   ↑ OutOfSync   ◔ Progressing   main@9f2e1aa   -     1 to update
  argocd/guestbook   default   ✓ Synced      ♥ Healthy       main@9f2e1aa   3d
`);
    expect(stderr).toBe(
      "4 applications · 1 healthy · 1 progressing · 1 degraded · 1 unknown · 1 out of sync   (holdfast app get payments/api explains)\n",
    );
    expect(code).toBe(0);
  });

  test("app list: who is to be looked at is the worst of them, whatever its name", async () => {
    expect((await run("app list --health progressing,unknown")).stderr).toEndWith(
      "(holdfast app get shop/web explains)\n",
    );
  });

  test("app list --sort name, and what programs read, is by name; AGE is explained", async () => {
    const names = (text: string) => [...text.matchAll(/^ *(\w+\/\w+)/gm)].map(([, name]) => name);
    const byName = ["argocd/guestbook", "payments/api", "payments/web", "shop/web"];
    expect(names((await run("app list --sort name")).stdout)).toEqual(byName);
    expect(names((await run("app list -o name")).stdout)).toEqual(byName);
    expect((await run("app list --help")).stdout).toContain("AGE is how long ago it was deployed last");
  });

  test("app list on a terminal of 80 columns: nothing wraps, and the reason is what is left of the line", async () => {
    const { stdout } = await run("app list --health degraded,progressing", {
      terminal: { columns: 80 },
      env: { NO_COLOR: "1" },
    });
    expect(stdout).toBe(`  NAME           SYNC          HEALTH          WHY
  payments/api   ✓ Synced      ✗ Degraded      apps/Deployment shop/api: 0/3 re…
  payments/web   ↑ OutOfSync   ◔ Progressing   1 to update
`);
  });

  test("app list in a locale without UTF-8 has no sign beyond ASCII", async () => {
    const { stdout, stderr } = await run("app list -p default", { env: { LANG: "C" } });
    expect(`${stdout}${stderr}`).toMatch(/^[\n -~]+$/);
    expect(stdout).toContain("^ OutOfSync   ~ Progressing");
  });

  test.each([
    ["--sync outofsync", ["payments/web"]],
    ["--health Healthy,Degraded", ["argocd/guestbook", "payments/api"]],
    ["-N payments", ["payments/api", "payments/web"]],
    ["-l team=web", ["payments/web", "shop/web"]],
    ["-p nobody", []],
    ["-c in-cluster -P api", ["payments/api"]],
  ])("app list %s chooses", async (flags, names) => {
    expect((await run(`app list -o name ${flags}`)).stdout.split("\n").filter((line) => line !== "")).toEqual(
      names,
    );
  });

  test("app get: states, where it is written, every reason, objects", async () => {
    const { stdout } = await run("app get payments/web", { server: api.url });
    expect(stdout.replaceAll(api.url, "URL")).toBe(`Application   payments/web
Project       default
Written in    the API
Destination   in-cluster, namespace shop
Source        https://git.example.com/shop.git · web
Revision      main@9f2e1aa
Sync          ↑ OutOfSync   automated, prunes, self-heals
Health        ◔ Progressing
Looked at     not yet
Page          URL/#app-payments-web

· OutOfSync  1 to update
· Progressing  Deployment web: 1 of 3 updated

  KIND         NAME   SYNC          HEALTH          WHY
  Deployment   web    ↑ OutOfSync   ◔ Progressing   to update; 1 of 3 updated
  Service      web    ✓ Synced      ♥ Healthy
`);
  });

  test.each(["-o tree=detailed", "--output=tree=detailed", "-o=tree=detailed", "-otree=detailed"])(
    "app get %s is argocd's word for a tree",
    async (flag) => {
      const tree = await run("app get payments/web -o tree");
      expect(tree.code).toBe(0);
      expect(await run(`app get payments/web ${flag}`)).toEqual(tree);
    },
  );

  test("app tree: children below their parents", async () => {
    expect((await run("app tree payments/web")).stdout).toBe(`payments/web   ↑ OutOfSync   ◔ Progressing
├─ Deployment/web   ♥ Healthy
│  └─ ReplicaSet/web-5d4   Rev:1
└─ Service/web   ◌ Missing
`);
  });

  test("app actions: what an object offers, and what was written", async () => {
    expect(
      (await run("app actions list payments/web")).stdout,
    ).toBe(`  OBJECT           ACTION                     WHAT IT DOES
  Deployment/web   restart                    makes its Pods anew
  Deployment/web   scale --param replicas=3   sets the number of its Pods
  Deployment/web   resume                     not now: it is not paused
`);
    const scaled = await run("app actions run payments/web scale --kind deployment --param replicas=5");
    expect(scaled.stdout).toBe("✓ payments/web: scale Deployment/web: set spec.replicas\n");
    expect(control.calls.at(-1)).toBe('act payments/web scale Deployment/web {"replicas":"5"} user:local');
  });

  test("app actions: of several objects those are meant that have the action", async () => {
    const tree = control.resourceTree.bind(control);
    const several = (kinds: readonly string[]) =>
      startFakeApi({
        ...control,
        resourceTree(key) {
          const found = tree(key);
          if (found.is === "absent") return found;
          const [first] = found.value;
          if (first === undefined) throw new Error("no node");
          const more = kinds.map((kind) => ({
            ...first,
            uid: `uid-${kind}`,
            ref: { ...first.ref, kind, name: kind === "StatefulSet" ? "web" : "settings" },
          }));
          return { is: "found", value: [...more, ...found.value] };
        },
      });
    const one = several(["ConfigMap"]);
    const restarted = await run("app actions run payments/web restart", { server: one.url });
    expect([restarted.code, restarted.stdout]).toEqual([
      0,
      "✓ payments/web: restart Deployment/web: set spec.replicas\n",
    ]);
    const all = await run("app actions run payments/web restart --all", { server: one.url });
    expect([all.code, all.stdout]).toEqual([0, restarted.stdout]);
    expect((await run("app actions list payments/web --kind Nosuch", { server: one.url })).code).toBe(3);
    await one.stop();
    const two = several(["ConfigMap", "StatefulSet"]);
    const before = control.calls.length;
    const asked = await run("app actions run payments/web restart", { server: two.url });
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain("2 objects of payments/web are meant: StatefulSet/web, Deployment/web.");
    expect(control.calls.slice(before).filter((call) => call.startsWith("act "))).toEqual([]);
    await two.stop();
  });

  describe("app undo", () => {
    const at = "2026-11-23T04:21:08Z";
    const map = (id: number, name: string, can: "yes" | "no" | "is-there", why = "") => ({
      id,
      ref: { group: "", kind: "ConfigMap", namespace: "shop", name },
      version: "v1",
      can,
      why,
    });
    const until = "2026-11-30T04:21:08Z";
    const ran = (run: number, objects: number) => ({
      run,
      at,
      until,
      objects,
      application: "this" as const,
    });
    beforeAll(() =>
      control.setDeleted(
        [
          ran(12, 2),
          {
            ...ran(9, 1),
            application: "an-earlier",
            sync: { cause: "automated", initiatedBy: { automated: true }, revisions: [COMMIT] },
          },
        ],
        [map(4, "old", "yes", "without what was in it"), map(5, "taken", "no", "its name is taken")],
      ),
    );
    afterAll(() => control.setDeleted([], []));

    test("shows what would be made again and what not, and does it when told to", async () => {
      const { stdout, code } = await run("app undo payments/web --yes");
      expect(
        stdout,
      ).toBe(`Run 12 deleted 2 objects of payments/web 10 min ago. Kept until 2026-11-30T04:21:08Z:
  ConfigMap/old     is made again   without what was in it
  ConfigMap/taken   cannot be       its name is taken
  wave 0   ✓ ConfigMap/old   created
✓ payments/web: made 1 object again
`);
      expect(code).toBe(0);
      expect(control.calls.at(-1)).toBe("undo payments/web 12 [4] write user:local");
    });

    test("asks first, and writes nothing where nobody can answer", async () => {
      const before = control.calls.length;
      const { stderr, code } = await run("app undo payments/web 12");
      expect([code, control.calls.length]).toEqual([2, before]);
      expect(stderr).toContain("Make 1 object of payments/web again? Nobody can answer");
    });

    test("of an older run, as a rehearsal, as JSON, and as a list", async () => {
      await run("app undo payments/web 9 --dry-run");
      expect(control.calls.at(-1)).toBe("undo payments/web 9 [4] dry-run user:local");
      expect((await run("app undo payments/web --list")).stdout).toBe(
        `  RUN   DELETED      OBJECTS   KEPT UNTIL             REVISION   BY       CAUSE
  12    10 min ago   2         2026-11-30T04:21:08Z
  9     10 min ago   1         2026-11-30T04:21:08Z   9f2e1aa    policy   automated of the one before of that name
`,
      );
      expect(JSON.parse((await run("app undo payments/web -o json")).stdout)).toMatchObject({
        application: "payments/web",
        run: 12,
        objects: [{ id: 4, name: "old", can: "yes" }, { id: 5 }],
      });
    });

    test("says the same in every format; a program is not asked, and nothing is made unless it says so", async () => {
      const before = control.calls.length;
      const answer = await (await fetch(`${api.url}/api/holdfast/v1/applications/payments/web/undo`)).json();
      const { application, apiVersion, kind, ...json } = JSON.parse(
        (await run("app undo payments/web -o json")).stdout,
      );
      expect([apiVersion, kind, application, json]).toEqual(["cli/v1", "Undo", "payments/web", answer]);
      const yaml = Bun.YAML.parse((await run("app undo payments/web -o yaml")).stdout);
      expect(yaml).toEqual({ application: "payments/web", ...answer });
      expect((await run("app undo payments/web -o name")).stdout).toBe("ConfigMap/old\nConfigMap/taken\n");
      expect((await run("app undo payments/web -o wide --dry-run")).stdout).toContain(
        "  GROUP   VERSION   OBJECT\n          v1        ConfigMap/old     is made again   without what was in it\n",
      );
      expect(control.calls.slice(before)).toEqual(["undo payments/web 12 [4] dry-run user:local"]);
      const made = await run("app undo payments/web 12 --yes -o json");
      expect(JSON.parse(made.stdout)).toMatchObject({ kind: "Application", metadata: { name: "web" } });
      expect(control.calls.at(-1)).toBe("undo payments/web 12 [4] write user:local");
      expect((await run("app undo payments/web 12 --yes -o name")).stdout).toBe("payments/web\n");
    });

    test("of what is there already does nothing, which is no failure; what cannot be is one", async () => {
      const runs = [ran(12, 1)];
      control.setDeleted(runs, [map(4, "old", "is-there", "it was made again already")]);
      const there = await run("app undo payments/web --yes");
      expect([there.code, there.stderr]).toEqual([
        0,
        expect.stringContaining("There is nothing to make again."),
      ]);
      control.setDeleted(runs, [map(4, "old", "no", "its name is taken")]);
      expect((await run("app undo payments/web --yes")).code).toBe(7);
      control.setDeleted([...runs, ran(9, 1)], [map(4, "old", "yes")]);
    });

    test("a run that nothing is kept of, and a word that is none", async () => {
      const unknown = await run("app undo payments/web 3");
      expect([unknown.code, unknown.stderr]).toEqual([
        3,
        "✗ Nothing that run 3 deleted of payments/web is kept.\n  See what is: holdfast app undo payments/web --list   exit 3\n",
      ]);
      expect((await run("app undo payments/web last")).code).toBe(2);
    });

    test("app get and app history say that there is something to undo", async () => {
      const undo = { objects: 1, run: 12, at, until };
      control.put(appWith("payments", "back", "Synced", "Healthy", { undo }));
      expect((await run("app get payments/back")).stdout).toContain(
        "1 object that run 12 deleted 10 min ago can be made again: holdfast app undo payments/back",
      );
      expect((await run("app history payments/back")).stderr).toContain("holdfast app undo payments/back");
      expect((await run("app get payments/web")).stdout).not.toContain("made again: holdfast");
      await control.remove(appKey("payments", "back"), { cascade: "none", actor: "user:test" });
    });
  });

  test("app list: a manifest that cannot be read is said, since it is in no list", async () => {
    control.setProblems([
      {
        severity: "error",
        file: "apps/x.yaml",
        line: 3,
        object: "Application argocd/x",
        text: "must be true or false",
      },
      { severity: "warning", text: "a note" },
    ]);
    const { stderr } = await run("app list");
    expect(await run("app get x")).toMatchObject({
      code: 3,
      stderr:
        '✗ Application "x" is not there, because its file has errors.\n  apps/x.yaml:3: Application argocd/x: must be true or false   exit 3\n',
    });
    control.setProblems([]);
    expect(stderr).toEndWith(
      "explains)\n✗ 1 problem in the files of applications   (holdfast status explains)\n",
    );
  });

  test("app diff: fields, who set them, and 1", async () => {
    const { stdout, stderr, code } = await run("app diff payments/web");
    expect(stdout).toBe(`--- live     apps/Deployment shop/web
+++ desired  apps/Deployment shop/web
@@ spec.replicas @@   set by kubectl-scale (Update of scale) 31 min ago
-5
+3

--- live     (is not there)
+++ desired  Service shop/web
+apiVersion: v1
+kind: Service
+metadata:
+  name: web
+  namespace: shop
+spec: {}
`);
    expect(stderr).toBe(
      "payments/web differs from main@9f2e1aa: 1 to update, 1 to create. Apply with: holdfast app sync payments/web\n",
    );
    expect(code).toBe(1);
    expect((await run("app diff payments/web --no-exit-code --name-only")).code).toBe(0);
    expect((await run("app diff payments/web --exit-code=false")).code).toBe(0);
  });

  test("app diff: no differences is a sentence, and 0", async () => {
    const calm = startFakeApi({ ...control, managedResources: async () => ({ is: "found", value: [] }) });
    expect(await run("app diff guestbook", { server: calm.url })).toEqual({
      code: 0,
      stdout: "",
      stderr: "No differences. guestbook is in sync with main@9f2e1aa.\n",
    });
    expect(await run("app diff shop/web", { server: calm.url })).toEqual({
      code: 8,
      stdout: "",
      stderr:
        "✗ Cannot compare shop/web: https://git.example.com/shop.git: cannot fetch: it does not answer\n  See holdfast app get shop/web   exit 8\n",
    });
    await calm.stop();
  });

  test("runs and audit of an application that is gone are told by its whole name", async () => {
    const runs = control.runs.bind(control);
    const [one] = runs({ limit: 1 });
    if (one === undefined) throw new Error("there is no run");
    const left = { ...one, app: appKey("payments", "left"), cause: "deletion" };
    control.runs = (filter) => (filter.app === left.app ? [left] : runs(filter));
    try {
      expect((await run("runs --app payments/left")).stdout).toMatch(/payments\/left +deletion/);
      for (const gone of ["runs --app left", "runs --app payments/never", "audit --app never"])
        expect((await run(gone)).code).toBe(3);
    } finally {
      control.runs = runs;
    }
  });

  test("app history, runs, clusters, projects, status", async () => {
    expect((await run("app history guestbook -o wide")).stdout).toBe(
      "  ID             DEPLOYED     REVISION   BY   CAUSE   COMMIT\n  1    current   31 min ago   9f2e1aa                 web: 1.29\n",
    );
    expect((await run("runs --app payments/web")).stdout).toBe(
      "  RUN   APPLICATION    CAUSE    PHASE         STARTED      TOOK   REVISION   MESSAGE\n  1     payments/web   manual   ✓ Succeeded   31 min ago\n",
    );
    expect((await run("cluster list")).stdout).toContain(
      "edge         https://edge.example.com                   ✗ Failed       0      connect ECONNREFUSED",
    );
    expect((await run("proj list")).stdout).toContain("default   *");
    expect((await run("status")).stdout).toContain(
      "4 applications: 2 Synced, 1 OutOfSync, 1 Unknown; 1 Healthy, 1 Degraded, 1 Progressing, 1 Unknown",
    );
  });

  test("no escape of a message reaches the terminal", async () => {
    const evil = startFakeApi({
      ...control,
      applications: () => [
        appWith("argocd", "evil", "Unknown", "Unknown", {
          conditions: [{ type: "ComparisonError", message: "\x1b]0;owned\x07\x1b[2J" }],
        }),
      ],
    });
    const { stdout } = await run("app list", {
      server: evil.url,
      terminal: { columns: 120 },
      env: { NO_COLOR: "1" },
    });
    expect(stdout).not.toMatch(/[\x07\x1b]/);
    await evil.stop();
  });
});

describe("JSON on stdout is one document and nothing else, also on a coloured terminal", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdfast-cli-"));
    await Bun.write(join(folder, "deployment.yaml"), "kind: Deployment\n");
    await Bun.write(join(folder, "app.json"), JSON.stringify(fakeApp("made", "by-cli")));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const commands: [argv: string, kind: string | undefined][] = [
    ["app list", "ApplicationList"],
    ["app get payments/web", "Application"],
    ["app tree payments/web", "ResourceTree"],
    ["app resources payments/web", "ResourceList"],
    ["app diff payments/web", "Diff"],
    ["app history guestbook", "History"],
    ["app manifests guestbook", "Manifests"],
    ["app manifests guestbook --source live", "Manifests"],
    ["app refresh guestbook", "Application"],
    ["app refresh payments/*", "ApplicationList"],
    ["app create -f FOLDER/app.json", "Application"],
    ["app create made/again --repo https://git.example.com/a.git --path x", "Application"],
    ["app sync payments/api --async", "Application"],
    ["app wait guestbook", "Application"],
    ["app wait payments/api guestbook --for operation --timeout 1", "ApplicationList"],
    ["project list", "ProjectList"],
    ["cluster list", "ClusterList"],
    ["runs", "RunList"],
    ["audit", "AuditList"],
    ["status", "DaemonStatus"],
    ["validate", "Validation"],
    ["render -f app.yaml", "Manifests"],
    ["doctor", "Checks"],
    ["version", undefined],
  ];
  test.each(commands)("%s", async (argv, kind) => {
    const { stdout } = await run(`${argv.replace("FOLDER", folder)} -o json`, {
      verbs,
      terminal: { columns: 80 },
      env: { CLICOLOR_FORCE: "1" },
    });
    const value = JSON.parse(stdout) as { apiVersion?: string; kind?: string };
    if (kind === undefined) return expect(value).toBeObject();
    expect(value.kind).toBe(kind);
    expect(value.apiVersion).toBe(kind === "Application" ? "argoproj.io/v1alpha1" : "cli/v1");
  });
  test("admin health prints one object for one, an array for several, and more with --explain", async () => {
    const deployment = join(folder, "deployment.yaml");
    expect((await run(`admin health ${deployment}`, { verbs })).stdout).toBe(
      '{"status":"Degraded","message":"0 of 1 ready"}\n',
    );
    expect(
      (await run("admin health -", { verbs, stdin: { text: "kind: Deployment\n---\nkind: ConfigMap\n" } }))
        .stdout,
    ).toBe('[{"status":"Degraded","message":"0 of 1 ready"},{"status":"none","message":""}]\n');
    expect(JSON.parse((await run(`admin health ${deployment} --explain`, { verbs })).stdout)).toEqual({
      status: "Degraded",
      message: "0 of 1 ready",
      rule: "apps/Deployment",
      because: "status.conditions",
    });
  });
  test("app list -w -o json is a stream of events, one a line", async () => {
    const stop = new AbortController();
    const watching = startFakeApi({
      ...control,
      applications: () => [
        appWith("argocd", "one", "Synced", "Healthy"),
        appWith("argocd", "two", "OutOfSync", "Missing"),
      ],
    });
    let lines: string[] = [];
    const done = cli("app list -w -o json --sync outofsync".split(" "), {
      server: watching.url,
      signal: stop.signal,
      onStdout: (soFar) => {
        lines = soFar.trim().split("\n");
        if (soFar.endsWith("\n")) stop.abort();
      },
    });
    expect((await done).code).toBe(130);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        apiVersion: "cli/v1",
        kind: "ApplicationEvent",
        type: "ADDED",
        application: { metadata: { name: "two" } },
      },
    ]);
    await watching.stop();
  });
  test("yaml is a manifest that can be applied again: no status, nothing that the server made", async () => {
    const { stdout } = await run("app get guestbook -o yaml");
    expect(stdout).toStartWith("apiVersion: argoproj.io/v1alpha1\nkind: Application\n");
    expect(stdout).not.toMatch(/status|operation|uid/);
  });
});

describe("exit codes and what is said with them", () => {
  const problem = {
    severity: "error" as const,
    file: "x.yaml",
    line: 3,
    path: "spec.project",
    text: "must be a string, not the number 7",
    fix: "Put it in quotes",
  };
  const cases: [
    sentence: string,
    argv: string,
    setting: CliSetting,
    code: number,
    stderr: string | RegExp,
  ][] = [
    ["0 for help", "app sync --help", {}, 0, ""],
    ["0 for a help topic", "help exit-codes", {}, 0, ""],
    ["0 for help alone", "help", {}, 0, ""],
    ["0 for help of a command", "help app sync", {}, 0, ""],
    [
      "2 for help of what there is not",
      "help app synk",
      {},
      2,
      '✗ There is no command or topic "app synk".\n  Topics: exit-codes, output, env. Commands: holdfast --help   exit 2\n',
    ],
    [
      "2 for a first word with a slip",
      "ap list",
      {},
      2,
      "✗ Unknown command ap, did you mean app?\n  See: holdfast --help   exit 2\n",
    ],
    [
      "2 for a health that there is not",
      "app list --health broken",
      {},
      2,
      /^✗ The flag --health: the value 'broken' is invalid\. It knows healthy, .*, and not broken\.\n/,
    ],
    [
      "0 where the flags fit none",
      "app list -p nobody",
      {},
      0,
      "No application fits, or you may not see it.\n",
    ],
    [
      "2 for a flag with a slip",
      "app sync web --prun",
      {},
      2,
      "✗ Unknown flag --prun, did you mean --prune?\n  See: holdfast app sync --help   exit 2\n",
    ],
    [
      "2 for a command with a slip",
      "app synk web",
      {},
      2,
      "✗ Unknown command synk, did you mean sync?\n  See: holdfast app --help   exit 2\n",
    ],
    [
      "2 for a format that there is not",
      "app list -o xml",
      {},
      2,
      /^✗ The flag -o, --output: the value 'xml' is invalid\. Allowed choices are json, yaml, wide, name, table\.\n/,
    ],
    [
      "2 for a flag without its value",
      "app sync web --revision",
      {},
      2,
      /^✗ The flag --revision needs a value\.\n/,
    ],
    ["2 for a missing argument", "app get", {}, 2, /^✗ The argument <app> is missing\.\n/],
    ["2 for a flag that is needed", "render", {}, 2, /^✗ The flag -f, --file is needed\.\n/],
    ["2 where nothing is chosen", "app sync", {}, 2, /^✗ No application is named\.\n/],
    [
      "2 where a name is not enough",
      "app get web",
      {},
      2,
      "✗ Several applications are called web: payments/web, shop/web.\n  Say which as namespace/name, or with --app-namespace.   exit 2\n",
    ],
    ["2 for a wrong selector", "app list -l a===b", {}, 2, /is no requirement/],
    [
      "2 for a question without a terminal",
      "app delete payments/api",
      {},
      2,
      /Nobody can answer: this is no terminal\.\n {2}Say --yes to go on without a question\. {3}exit 2\n$/,
    ],
    ["2 for an address that is none", "app list -s ftp://x", {}, 2, /is no address of a server/],
    [
      "2 for a token file that is not there",
      "app list --token-file /nowhere/token",
      {},
      2,
      /The token file \/nowhere\/token is not there/,
    ],
    [
      "2 for a file that is not there",
      "admin health /nowhere.yaml",
      { verbs },
      2,
      "✗ Cannot read /nowhere.yaml: it is not there.   exit 2\n",
    ],
    [
      "2 for problems in the config",
      "validate",
      {
        verbs: {
          validate: async () => ({
            files: [
              { file: "c.yaml", kind: "config", problems: [problem] },
              { file: "a.yaml", kind: "Application", problems: [problem] },
            ],
            passedOver: 3,
          }),
        },
      },
      2,
      "2 of 2 files not valid.\n3 files passed over: no Application and no AppProject stands there.\n",
    ],
    [
      "2 for a wrong config from serve, every problem listed",
      "serve --config c.yaml",
      {
        verbs: {
          serve: async () => ({ is: "config-problems", problems: [problem, { ...problem, line: 4 }] }),
        },
      },
      2,
      "✗ The config is not valid: 2 problems.\n  ✗ x.yaml:3: spec.project: must be a string, not the number 7. Put it in quotes\n  ✗ x.yaml:4: spec.project: must be a string, not the number 7. Put it in quotes   exit 2\n",
    ],
    [
      "2 for a Failure of the config from any verb",
      "doctor",
      {
        verbs: {
          doctor: async () =>
            Promise.reject(
              new Failure("config", "c.yaml", "after-edit", {
                cannot: "read it",
                why: "it is not there",
                fix: "Name one with --config",
              }),
            ),
        },
      },
      2,
      "✗ c.yaml: cannot read it: it is not there.\n  Name one with --config.   exit 2\n",
    ],
    [
      "3 for an application that is not there, with the nearest name",
      "app get payments/wbe",
      {},
      3,
      '✗ Application "payments/wbe" not found, or you may not see it.\n  Did you mean payments/web?   exit 3\n',
    ],
    [
      "3 for a name alone too",
      "app get gestbook",
      {},
      3,
      '✗ Application "gestbook" not found, or you may not see it.\n  Did you mean argocd/guestbook?   exit 3\n',
    ],
    [
      "3 for a name that is like no other",
      "app sync qqqqqq",
      {},
      3,
      /See them all: holdfast app list {3}exit 3/,
    ],
    [
      "3 for an object that there is not",
      "app sync payments/web --resource apps:Deployment:wbe",
      {},
      3,
      "✗ No object of payments/web fits apps:Deployment:wbe.\n  See them: holdfast app resources payments/web -o wide   exit 3\n",
    ],
    [
      "2 for a count of nothing",
      "app sync payments/web --confirm -1",
      {},
      2,
      /Write a whole number from 1\./,
    ],
    [
      "2 for a pause that is no duration",
      "app sync payments/web --retry-limit 1 --retry-backoff-duration forever",
      {},
      2,
      /--retry-backoff-duration: the value 'forever' is invalid\. Write seconds, or a duration/,
    ],
    [
      "3 for an object that has no such name, to act on",
      "app actions run payments/web restart --kind StatefulSet",
      {},
      3,
      "✗ payments/web has no such object.\n  See what there is: holdfast app resources payments/web   exit 3\n",
    ],
    [
      "2 for an action on several objects that are not all meant",
      "app actions run payments/web restart --resource-name web --group apps --kind deployment --param replicas",
      {},
      2,
      /Write name=value\./,
    ],
    [
      "8 for an action that makes no sense now",
      "app actions run payments/web resume --kind Deployment",
      {},
      8,
      /Deployment shop\/web: cannot resume: it is not paused/i,
    ],
    [
      "0 for a refresh with argocd's flag",
      "app refresh payments/web --hard-refresh",
      {},
      0,
      /payments\/web|^$/,
    ],
    ["3 for a pattern that fits none", "app refresh zzz*", {}, 3, /No application fits/],
    [
      "4 for a write to what a file holds",
      "app delete guestbook --yes",
      {},
      4,
      "✗ Application argocd/guestbook is defined in apps/guestbook.yaml.\n  Edit or remove that file: what is done here would be undone by it.   exit 4\n",
    ],
    [
      "5 where nothing listens",
      "app list -s http://127.0.0.1:1",
      {},
      5,
      "✗ Cannot reach http://127.0.0.1:1: nothing listens there.\n  Start the daemon there: holdfast serve --config FILE.\n  Another server is named with --server or HOLDFAST_SERVER.   exit 5\n",
    ],
    [
      "7 where another operation runs",
      "app sync running/one",
      {},
      7,
      "Syncing running/one to main\n✗ Cannot sync running/one: another operation is already in progress.\n  Wait for it: holdfast app wait running/one --operation. Or end it: holdfast app terminate running/one   exit 7\n",
    ],
    [
      "7 where there is nothing to end",
      "app terminate guestbook",
      {},
      7,
      "✗ No operation is in progress.   exit 7\n",
    ],
    [
      "8 for problems in manifests",
      "validate a.yaml",
      {
        verbs: {
          validate: async () => ({
            files: [{ file: "a.yaml", kind: "Application", problems: [problem] }],
            passedOver: 0,
          }),
        },
      },
      8,
      "1 of 1 file not valid.\n",
    ],
    [
      "8 where rendering fails",
      "render -f a.yaml",
      { verbs: { render: async () => ({ documents: [], problems: [problem] }) } },
      8,
      "✗ x.yaml:3: spec.project: must be a string, not the number 7. Put it in quotes\n✗ Rendering a.yaml failed: 1 error.   exit 8\n",
    ],
    [
      "8 for a Failure of a renderer",
      "render -f a.yaml",
      {
        verbs: {
          render: async () =>
            Promise.reject(
              new Failure("render", "helm template charts/web", "after-edit", {
                cannot: "render",
                why: "charts/web/templates/deployment.yaml:23: nil pointer evaluating .Values.image.tag",
                fix: "Set it in charts/web/values.yaml",
              }),
            ),
        },
      },
      8,
      "✗ helm template charts/web: cannot render: charts/web/templates/deployment.yaml:23: nil pointer evaluating .Values.image.tag.\n  Set it in charts/web/values.yaml.   exit 8\n",
    ],
    [
      "8 for an application that the daemon refuses",
      "app create bad --repo https://git.example.com/a.git --dest-name a --dest-server https://b",
      {},
      8,
      /^✗ The daemon refuses it:\n(.*\n)* {2}Application argocd\/bad: spec\.destination: .* {3}exit 8\n$/,
    ],
    [
      "1 where a check failed",
      "doctor",
      { verbs: { doctor: async () => [{ name: "git", state: "failed", text: "no" }] } },
      1,
      "",
    ],
    [
      "10 for a fault of ours, without a stack trace",
      "doctor",
      { verbs: { doctor: async () => Promise.reject(new TypeError("x is not a function")) } },
      10,
      "✗ Internal error: x is not a function\n  Run it again with --verbose and report what it prints.   exit 10\n",
    ],
    [
      "10 with a stack trace where it is asked for",
      "doctor --verbose",
      { verbs: { doctor: async () => Promise.reject(new TypeError("x is not a function")) } },
      10,
      /TypeError: x is not a function\n\s+at /,
    ],
  ];
  beforeAll(() =>
    control.put(
      appWith("running", "one", "OutOfSync", "Missing", {
        operationState: { operation: {}, phase: "Running", message: "m", startedAt: "2026-11-23T04:00:00Z" },
      }),
    ),
  );
  afterAll(() => void control.remove("running/one" as never, { cascade: "none", actor: "test" }));

  test.each(cases)("%s", async (_, argv, setting, code, stderr) => {
    const ran = await run(argv, setting);
    if (typeof stderr === "string") expect(ran.stderr).toBe(stderr);
    else expect(ran.stderr).toMatch(stderr);
    expect(ran.code).toBe(code as never);
  });

  test("a token: without one 4 and what to do, with one from environment or file 0", async () => {
    const guarded = startFakeApi(control, { token: "s3cret" });
    const refused = await cli(["app", "list"], { server: guarded.url });
    expect(refused).toEqual({
      code: 4,
      stdout: "",
      stderr: `✗ ${guarded.url} wants a token.\n  Set HOLDFAST_TOKEN, or name a file with --token-file, to what the daemon's config has as server.token.   exit 4\n`,
    });
    expect(
      (await cli(["app", "list"], { server: guarded.url, env: { HOLDFAST_TOKEN: "other" } })).stderr,
    ).toStartWith(`✗ ${guarded.url} does not take this token.\n`);
    expect(
      (await cli(["app", "list"], { server: guarded.url, env: { HOLDFAST_TOKEN: "s3cret" } })).code,
    ).toBe(0);
    const file = join(await mkdtemp(join(tmpdir(), "holdfast-cli-")), "token");
    await Bun.write(file, "s3cret\n");
    expect((await cli(["app", "list", "--token-file", file], { server: guarded.url })).code).toBe(0);
    await rm(join(file, ".."), { recursive: true });
    await guarded.stop();
  });

  test("Argo CD's variables are not followed to an Argo CD: what is not read is said, unless ours are set", async () => {
    const env = { ARGOCD_SERVER: "http://127.0.0.1:1", ARGOCD_AUTH_TOKEN: "theirs" };
    const said =
      "Not read: ARGOCD_SERVER, ARGOCD_AUTH_TOKEN. Set HOLDFAST_SERVER and HOLDFAST_TOKEN for a Holdfast.\n";
    expect(
      (await cli(["app", "list", "-o", "name"], { env: { ...env, HOLDFAST_SERVER: "" } })).stderr,
    ).toStartWith(said);
    const ours = { ...env, HOLDFAST_TOKEN: "ours" };
    const set = await cli(["app", "list", "-o", "name"], { server: api.url, env: ours });
    expect([set.code, set.stderr]).toEqual([0, ""]);
    const half = await cli(["app", "list", "-o", "name"], { server: api.url, env });
    expect(half.stderr).toBe("Not read: ARGOCD_AUTH_TOKEN. Set HOLDFAST_TOKEN for a Holdfast.\n");
    expect(
      (
        await cli(["version", "--short"], {
          env,
          verbs: { version: () => ({ version: "1", commit: "", buildDate: "" }) } as never,
        })
      ).stderr,
    ).toBe("");
  });

  test("HTTPS asked of what speaks HTTP is said to be that, and not a certificate", async () => {
    const { code, stderr } = await cli(["app", "list"], { server: api.url.replace("http:", "https:") });
    expect(stderr).toContain("does not speak TLS.\n  If it speaks plain HTTP, name it so: http://127.0.0.1:");
    expect(stderr).not.toContain("--insecure");
    expect(code).toBe(5);
  });

  test("what is not Holdfast is said to be so, and a redirect is not followed with a token", async () => {
    const other = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) =>
        request.url.includes("selector")
          ? Response.redirect("https://elsewhere.example/")
          : new Response("<html>"),
    });
    const url = other.url.origin;
    expect((await cli(["app", "list"], { server: url })).stderr).toBe(
      `✗ What answers at ${url} is not Holdfast.\n  Name the daemon's address with --server or HOLDFAST_SERVER.   exit 5\n`,
    );
    expect(
      (await cli(["app", "list", "-l", "a"], { server: url, env: { HOLDFAST_TOKEN: "x" } })).stderr,
    ).toStartWith(`✗ ${url} sends us on to https://elsewhere.example/.\n`);
    await other.stop(true);
  });

  test("--quiet leaves errors and data, and nothing else", async () => {
    expect((await run("app list -q")).stderr).toBe("");
    expect((await run("app get nobody -q")).stderr).toContain("not found");
  });
});

describe("app sync and app wait", () => {
  const name = "flow/web";
  const started = "2026-11-23T04:31:08Z";
  const result = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "Synced" as const,
    message: "configured",
    syncPhase: "Sync" as const,
  };
  const operation = (more: Partial<OperationState>): OperationState => ({
    operation: {},
    phase: "Running",
    message: "waiting for wave 5",
    startedAt: started,
    syncResult: { revision: COMMIT, resources: [result] },
    ...more,
  });
  const succeeded = operation({
    phase: "Succeeded",
    message: "successfully synced (1 applied)",
    finishedAt: "2026-11-23T04:31:42Z",
  });
  const put = (
    more: Partial<ApplicationStatus>,
    sync: "Synced" | "OutOfSync" = "OutOfSync",
    health: "Healthy" | "Progressing" | "Degraded" | "Suspended" = "Progressing",
  ) => control.put(appWith("flow", "web", sync, health, { resources, ...more }));
  /** Each time stderr says one of the words, the world goes on. */
  const script = (steps: [word: string, step: () => void][]) => {
    const left = [...steps];
    return (soFar: string) => {
      const [next] = left;
      if (next === undefined || !soFar.includes(next[0])) return;
      left.shift();
      setTimeout(next[1]);
    };
  };

  test("a sync in a pipe: a line for each change on stderr, what came of it on stdout", async () => {
    put({});
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: operation({}) })],
      [
        "waiting for wave 5",
        () =>
          put(
            {
              operationState: succeeded,
              resources: [{ ...resources![0]!, status: "Synced", health: { status: "Healthy" } }],
            },
            "Synced",
            "Healthy",
          ),
      ],
    ]);
    const { code, stdout, stderr } = await run(`app sync ${name}`, { onStderr });
    expect(stderr).toBe(`Syncing flow/web to main
${started} app=flow/web operation=Running "waiting for wave 0"
${started} app=flow/web wave=5 Deployment/web Progressing "1 of 3 updated"
${started} app=flow/web operation=Running "waiting for wave 5"
${started} app=flow/web wave=5 Deployment/web configured
${started} app=flow/web sync=Synced health=Healthy
`);
    expect(
      stdout.replaceAll(api.url, "URL").replace(/run \d+/, "run N"),
    ).toBe(`flow/web at main@9f2e1aa  "web: 1.29" (Ana Ruiz, 36 min ago)
  wave 5   ✓ Deployment/web   configured
✓ Synced and healthy in 34s · 1 configured, 0 unchanged, 0 pruned · run N · URL/#app-flow-web
`);
    expect(code).toBe(0);
  });

  test("a sync on a terminal: a region that goes, then what came of it", async () => {
    put({});
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: succeeded, resources: [] }, "Synced", "Healthy")],
    ]);
    const { code, stdout, stderr } = await run(`app sync ${name}`, {
      onStderr,
      terminal: { columns: 100 },
      env: { NO_COLOR: "1" },
    });
    expect(stderr).toContain("◔ flow/web  main@9f2e1aa  0s  waiting for wave 0\x1b[K\n");
    expect(stderr).toEndWith("\x1b[J");
    expect(stdout).toContain("✓ Synced and healthy in 34s");
    expect(code).toBe(0);
  });

  test("-o json prints the application as it ended, and the notes stay on stderr", async () => {
    put({});
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", "Healthy")],
    ]);
    const { stdout, code } = await run(`app sync ${name} -o json`, { onStderr });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "Application",
      metadata: { name: "web" },
      status: { operationState: { phase: "Succeeded" } },
    });
    expect(code).toBe(0);
  });

  test("a failed sync ends with 1 and says why", async () => {
    put({});
    const onStderr = script([
      [
        "waiting for wave 0",
        () =>
          put({
            operationState: operation({
              phase: "Failed",
              message: "the API server refuses Service shop/web",
              finishedAt: "2026-11-23T04:31:10Z",
            }),
          }),
      ],
    ]);
    const { stdout, code } = await run(`app sync ${name}`, { onStderr });
    expect(stdout).toContain("✗ Sync failed in 2s: the API server refuses Service shop/web · run ");
    expect(code).toBe(1);
  });

  test("a prune that a guard stops ends with 1", async () => {
    const kept = (hookPhase: string): OperationState => ({
      ...succeeded,
      operation: { sync: { prune: true } },
      syncResult: {
        revision: COMMIT,
        resources: [{ ...result, status: "PruneSkipped", hookPhase, message: "it stays" }],
      },
    });
    for (const [hookPhase, code] of [["Failed", 1] as const, ["Succeeded", 0] as const]) {
      put({});
      const onStderr = script([
        ["waiting for wave 0", () => put({ operationState: kept(hookPhase) }, "OutOfSync", "Healthy")],
      ]);
      expect((await run(`app sync ${name} --prune`, { onStderr })).code).toBe(code);
    }
  });

  test("progress in a pipe says in words what was not asked, and what is going", async () => {
    put({});
    const at = (status: "Pruned" | undefined, name: string, message: string, hookPhase = "") => ({
      group: "",
      version: "v1",
      kind: "ConfigMap",
      namespace: "shop",
      name,
      message,
      syncPhase: "Sync" as const,
      ...(status === undefined ? {} : { status, hookPhase }),
    });
    const asked = operation({
      syncResult: {
        resources: [
          at(undefined, "a", "dry run: not asked. Its namespace is not there yet"),
          at("Pruned", "b", "deletion asked for. Held", "Running"),
          at("Pruned", "c", "dry run: would be pruned"),
        ],
      },
    });
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: asked })],
      ["deletion asked for", () => put({ operationState: succeeded }, "Synced", "Healthy")],
    ]);
    const { stderr } = await run(`app sync ${name}`, { onStderr });
    expect(stderr).toContain('wave=0 ConfigMap/a dry run: not asked "Its namespace is not there yet"\n');
    expect(stderr).toContain('wave=0 ConfigMap/b deletion asked for "Held"\n');
    expect(stderr).toContain("wave=0 ConfigMap/c dry run: would be pruned\n");
  });

  test("a dry run is called one, beside what was deployed", async () => {
    const rehearsal: OperationState = {
      ...succeeded,
      operation: { sync: { dryRun: true }, initiatedBy: { username: "ana" } },
      message: "dry run: 1 would pass, 3 could not be asked yet",
      finishedAt: "2026-11-23T04:30:08Z",
    };
    put({
      operationState: rehearsal,
      history: [{ id: 0, revision: COMMIT, deployedAt: "2026-11-23T03:31:08Z" }],
    });
    const { stdout } = await run(`app get ${name}`);
    expect(stdout).toContain(
      "Last dry run   ✓ Succeeded   1 min ago by ana: 1 would pass, 3 could not be asked yet\nDeployed       1 h ago\n",
    );
    expect(stdout).not.toContain("Last sync");
    const healed = `${succeeded.message}. Put back: Service shop/web: spec.ports`;
    put({ operationState: { ...succeeded, message: healed } });
    expect((await run(`app get ${name}`)).stdout).toMatch(
      /Last sync +✓ Succeeded +\S.*: Put back: Service shop\/web: spec\.ports\n/,
    );
    put({ operationState: { ...succeeded } });
    expect((await run(`app get ${name}`)).stdout).not.toContain("successfully synced");
    put({ operationState: { ...rehearsal, phase: "Failed", message: "why" } });
    const failed = (await run(`app get ${name}`)).stdout;
    expect(failed).toContain("! Dry run failed  why");
    expect(failed).not.toContain("Sync failed");
  });

  test("a revision that an automated sync would take back is refused, with what to do", async () => {
    put({}, "Synced", "Healthy");
    const refusing = startFakeApi({
      ...control,
      sync: async () => ({
        is: "would-be-undone",
        object: "Application flow/web",
        cannot: "sync it to v1",
        why: "it is synced automatically to main, which would undo it at once",
        fix: "Commit it",
      }),
    });
    const { code, stderr } = await run(`app sync ${name} --revision v1`, { server: refusing.url });
    expect(stderr).toBe(
      "Syncing flow/web to v1\n✗ Application flow/web: cannot sync it to v1: it is synced automatically to main, which would undo it at once.\n  Commit it.   exit 7\n",
    );
    expect(code).toBe(7);
    await refusing.stop();
  });

  test("--wait health goes on until it is Healthy, and ends with 1 where it becomes Degraded", async () => {
    put({});
    const heals = script([
      ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", "Progressing")],
      ["health=Progressing", () => put({ operationState: succeeded }, "Synced", "Healthy")],
    ]);
    expect((await run(`app sync ${name} --wait health`, { onStderr: heals })).code).toBe(0);
    put({});
    const breaks = script([
      ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", "Progressing")],
      ["health=Progressing", () => put({ operationState: succeeded }, "Synced", "Degraded")],
    ]);
    expect((await run(`app sync ${name} --wait health`, { onStderr: breaks })).code).toBe(1);
  });

  test("a time limit ends with 6; the last state is printed and the sync goes on", async () => {
    put({});
    const { code, stdout, stderr } = await run(`app sync ${name} --timeout 300ms`);
    expect(stdout).toContain("◔ Still running: waiting for wave 0");
    expect(stderr).toContain(
      "✗ Not done after 0.3 s: flow/web.\n  The sync goes on. Follow it again with: holdfast app wait flow/web --operation.",
    );
    expect(code).toBe(6);
  });

  test.each([
    ["Progressing", "Wait on with: holdfast app wait flow/web --health"],
    [
      "Suspended",
      "It goes on when somebody lets it: holdfast app actions list flow/web. To wait for a pause as well: holdfast app wait flow/web --health --suspended",
    ],
  ] as const)(
    "a sync that ended with an application that is %s is not said to go on",
    async (health, next) => {
      put({});
      const stop = new AbortController();
      const { code, stderr } = await run(`app sync ${name} --wait health`, {
        signal: stop.signal,
        onStderr: script([
          ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", health)],
          [`sync=Synced health=${health}`, () => stop.abort()],
        ]),
      });
      expect(stderr).toContain(
        `✗ Detached.\n  The sync of flow/web has ended; what is missing is Healthy (it is ${health}`,
      );
      expect(stderr).toContain(next);
      expect(stderr).not.toContain("the sync goes on");
      expect(code).toBe(130);
    },
  );

  test("a revision that nobody knows is told by its name, and not by what is deployed", async () => {
    put({});
    const failed = operation({
      operation: { sync: { revision: "nosuch" } },
      phase: "Failed",
      message: "there is no branch, tag or commit of this name",
      finishedAt: "2026-11-23T04:31:42Z",
    });
    const { syncResult: _, ...unresolved } = failed;
    const { code, stdout } = await run(`app sync ${name} --revision nosuch`, {
      onStderr: script([["waiting for wave 0", () => put({ operationState: unresolved })]]),
    });
    expect(stdout).toStartWith("flow/web at nosuch\n");
    expect(code).toBe(1);
  });

  test("Ctrl-C detaches, says how to go on, and ends with 130", async () => {
    put({});
    const stop = new AbortController();
    const { code, stderr } = await run(`app sync ${name}`, {
      signal: stop.signal,
      onStderr: script([["waiting for wave 0", () => stop.abort()]]),
    });
    expect(stderr).toEndWith(
      "✗ Detached: the sync goes on in the daemon.\n  Follow it again with: holdfast app wait flow/web --operation. End it with: holdfast app terminate flow/web   exit 130\n",
    );
    expect(code).toBe(130);
  });

  test("flags reach the daemon with argocd's names", async () => {
    put({});
    let seen: unknown;
    const spy = startFakeApi({
      ...control,
      sync: (key, request) => {
        seen = request.operation.sync;
        return control.sync(key, request);
      },
    });
    await run(
      `app sync ${name} --prune --dry-run --revision v1 --force --replace --resource apps:Deployment:web --resource !:Secret:shop/* --confirm 3 --async`,
      { server: spy.url },
    );
    expect(seen).toEqual({
      prune: true,
      dryRun: true,
      revision: "v1",
      confirmPrune: 3,
      syncStrategy: { hook: { force: true } },
      syncOptions: ["Replace=true"],
      resources: [
        { group: "apps", kind: "Deployment", name: "web" },
        { group: "", kind: "Secret", namespace: "shop", name: "*", exclude: true },
      ],
    });
    await spy.stop();
  });

  test("--preview shows the differences and asks; no is no", async () => {
    put({});
    const before = control.calls.length;
    const { stdout, stderr, code } = await run(`app sync ${name} --preview`, {
      terminal: { columns: 100 },
      stdin: { text: "n\n", isTTY: true },
    });
    expect(stdout).toContain("spec.replicas");
    expect(stderr).toEndWith("Sync flow/web? [y/N] ");
    expect([code, control.calls.slice(before)]).toEqual([0, []]);
  });

  test("several: one that is refused does not keep the others, and its code counts", async () => {
    control.put(appWith("flow", "a", "Synced", "Healthy", { operationState: operation({}) }));
    put({});
    const { code, stdout, stderr } = await run("app sync flow/a flow/web --async");
    expect(stderr).toContain("✗ Cannot sync flow/a: another operation is already in progress.");
    expect(stdout).toBe("flow/web: asked for. Follow it with: holdfast app wait flow/web --operation\n");
    expect(code).toBe(7);
  });

  test("wait reads the state first: what is there needs no event", async () => {
    put({ operationState: succeeded }, "Synced", "Healthy");
    const { code, stdout } = await run(`app wait ${name} --timeout 5`);
    expect(stdout).toBe("✓ flow/web   ✓ Synced   ♥ Healthy\n");
    expect(code).toBe(0);
  });

  test("wait does not tell again what an operation did that ended before", async () => {
    put({ operationState: succeeded });
    const onStderr = script([
      ["health=Progressing", () => put({ operationState: succeeded, resources: [] }, "Synced", "Healthy")],
    ]);
    const { stderr } = await run(`app wait ${name}`, { onStderr });
    expect(stderr).toContain(`app=flow/web wave=5 Deployment/web Progressing "1 of 3 updated"`);
    expect(stderr).not.toContain("configured");
  });

  test("wait says what it waits for, and prints the last state when the time is over", async () => {
    put({});
    const { code, stdout, stderr } = await run(`app wait ${name} --timeout 300ms`);
    expect(stderr).toStartWith(
      "Waiting for flow/web: Synced (it is OutOfSync: 1 to update), Healthy (it is Progressing)\n",
    );
    expect(stderr).toEndWith(
      "✗ Timed out after 0.3 s.\n  flow/web waits for Synced (it is OutOfSync: 1 to update), Healthy (it is Progressing)   exit 6\n",
    );
    expect(stdout).toContain("flow/web   default   ↑ OutOfSync   ◔ Progressing");
    expect(code).toBe(6);
  });

  test("wait fails with 1 when it becomes Degraded, or its operation fails, while we look", async () => {
    put({});
    const breaks = script([["health=Progressing", () => put({}, "OutOfSync", "Degraded")]]);
    const degraded = await run(`app wait ${name} --health`, { onStderr: breaks });
    expect([degraded.code, degraded.stderr]).toEqual([
      1,
      expect.stringContaining("flow/web: it became Degraded"),
    ]);
    for (const flags of ["--operation --sync", "--operation"]) {
      put({ operationState: operation({}) });
      const fails = script([
        [
          "waiting for wave 5",
          () => put({ operationState: operation({ phase: "Failed", message: "refused" }) }),
        ],
      ]);
      const failed = await run(`app wait ${name} ${flags}`, { onStderr: fails });
      expect([failed.code, failed.stderr]).toEqual([
        1,
        expect.stringContaining("flow/web: the operation failed: refused"),
      ]);
    }
    // It failed before anybody looked: nothing runs, and that is what was asked.
    expect((await run(`app wait ${name} --operation`)).code).toBe(0);
  });

  test("wait --delete ends when it goes, and at once where it is gone", async () => {
    put({});
    const onStderr = script([
      ["health=Progressing", () => void control.remove(name as never, { cascade: "none", actor: "test" })],
    ]);
    expect(await run(`app wait ${name} --delete`, { onStderr })).toMatchObject({
      code: 0,
      stdout: "✓ flow/web is deleted\n",
    });
    expect(await run(`app wait ${name} --delete`)).toMatchObject({
      code: 0,
      stdout: "✓ flow/web is not there\n",
    });
  });

  test("a daemon that restarts is waited for", async () => {
    put({});
    const first = startFakeApi(control);
    const port = first.port;
    let second: FakeApi | undefined;
    const onStderr = script([
      ["health=Progressing", () => void first.stop()],
      [
        "is lost. Trying again",
        () => {
          put({ operationState: succeeded }, "Synced", "Healthy");
          second = startFakeApi(control, { port });
        },
      ],
    ]);
    const { code, stderr } = await run(`app wait ${name}`, { server: first.url, onStderr });
    expect(stderr).toContain(`Connected to ${first.url} again.`);
    expect(code).toBe(0);
    await second?.stop();
  });

  test("pause and resume say what is left undone, and status shows it", async () => {
    expect((await run("admin pause --why wrong-merge")).stderr).toContain(
      "Paused: nothing is written to any cluster, also after a restart.",
    );
    const paused = (await run("status")).stdout;
    expect(paused).toContain("paused, it writes to no cluster");
    expect(paused.match(/all writes to clusters are paused in the whole daemon/g)).toHaveLength(1);
    // No other operation is in its way, so none is to be waited for.
    const { code, stderr } = await run("app sync guestbook");
    expect([code, stderr.includes("ll writes are paused"), stderr.includes("app terminate")]).toEqual([
      7,
      true,
      false,
    ]);
    expect(await run("admin resume")).toMatchObject({ code: 0 });
    expect((await run("status")).stdout).not.toContain("paused");
    expect((await run("admin pause --deletions")).stderr).toContain("Paused: nothing is deleted");
    await run("admin resume --why looked");
    expect(control.calls.filter((call) => /^(pause|resume) /.test(call)).slice(-4)).toEqual([
      "pause writes user:local: wrong-merge",
      "resume user:local: ",
      "pause deletions user:local: ",
      "resume user:local: looked",
    ]);
  });

  test("resume ends as a conflict while the config still has all paused", async () => {
    const { pauses } = control;
    control.pauses = () => [{ of: "writes", from: "config" }];
    try {
      const { code, stderr } = await run("admin resume");
      expect(code).toBe(7);
      expect(stderr).toContain("because `pause` in the config says so. Set `pause: none` in the config.");
    } finally {
      control.pauses = pauses;
    }
  });

  test("approve-removal shows what waits, asks, and approves of what it showed", async () => {
    const waiting = [appKey("flow", "api"), appKey("flow", "web")];
    control.setWaitingRemovals([]);
    expect((await run("admin approve-removal")).stderr).toContain("No application waits for an approval.");
    control.setWaitingRemovals(waiting);
    expect(await run("admin approve-removal --confirm 3")).toMatchObject({ code: 7 });
    expect(await run("admin approve-removal")).toMatchObject({ code: 2 });
    const asked = { terminal: { columns: 100 }, stdin: { text: "n\n", isTTY: true } };
    expect((await run("admin approve-removal", asked)).stderr).toContain("Nothing was approved.");
    expect(control.waitingRemovals()).toEqual(waiting);
    const { code, stdout, stderr } = await run("admin approve-removal --confirm 2");
    expect([code, stdout]).toEqual([0, "flow/api\nflow/web\n"]);
    expect(stderr).toContain("Approved: 2 applications missing from the folders.");
    expect(control.calls).toContain("approve-removal flow/api flow/web user:local");
    expect(control.waitingRemovals()).toEqual([]);
  });

  test("delete calls nothing gone that is still there", async () => {
    put({});
    const { remove } = control;
    control.remove = async (key) => ({ is: "written", app: control.application(key)! });
    const { stdout } = await run(`app delete ${name} --yes --cascade=false`);
    control.remove = remove;
    expect(stdout).toContain("flow/web: deletion has begun");
    expect(stdout).not.toContain("gone");
  });

  test("delete asks, deletes and waits", async () => {
    put({});
    const { code, stdout, stderr } = await run(`app delete ${name} --wait`, {
      terminal: { columns: 100 },
      stdin: { text: "y\n", isTTY: true },
    });
    expect(stderr).toContain("Delete flow/web and 2 objects in the cluster? [y/N] ");
    expect(stdout).toContain("✓ flow/web: is gone");
    expect(code).toBe(0);
    expect(control.calls).toContain("remove flow/web foreground user:local");
  });

  test("delete shows each step while it waits, and ends with 1 where a hook stopped it", async () => {
    put({});
    const { remove } = control;
    const going = (phase: "Running" | "Failed", message: string, hookPhase: string, condition?: string) => {
      const app = appWith("flow", "web", "Synced", "Healthy", {
        operationState: {
          operation: {},
          phase,
          message,
          startedAt: "2026-01-01T10:00:00Z",
          syncResult: {
            resources: [
              {
                group: "batch",
                version: "v1",
                kind: "Job",
                namespace: "flow",
                name: "backup",
                message: "it exited with 1",
                syncPhase: "PreDelete",
                hookType: "PreDelete",
                hookPhase,
              },
            ],
          },
        },
        ...(condition === undefined ? {} : { conditions: [{ type: "DeletionError", message: condition }] }),
      });
      control.put({ ...app, metadata: { ...app.metadata, deletionTimestamp: "2026-01-01T10:00:00Z" } });
    };
    control.remove = async (key) => {
      going("Running", "waiting for completion of hook batch/Job flow/backup", "Running");
      return { is: "written", app: control.application(key)! };
    };
    const { code, stdout, stderr } = await run(`app delete ${name} --wait --yes`, {
      onStderr: script([
        [
          "waiting for completion",
          () => going("Failed", "the hook failed", "Failed", "the hook failed. Try again"),
        ],
      ]),
    });
    control.remove = remove;
    expect([code, stderr]).toEqual([1, expect.stringContaining("PreDelete Job/")]);
    expect(stdout).toMatch(/Job\/\S*backup\s+failed\s+it exited with 1/);
    expect(stdout).toContain("flow/web: Deletion error: the hook failed. Try again");
    await control.remove("flow/web" as never, { cascade: "none", actor: "test" });
  });

  test("confirm-deletion names what the deletion asks about, asks, and approves with the time", async () => {
    put({});
    expect(await run(`app confirm-deletion ${name} --yes`)).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("flow/web is not being deleted"),
    });
    const going = (hookPhase: "Failed" | "Succeeded") => {
      const asks = {
        group: "",
        version: "v1",
        kind: "ConfigMap",
        namespace: "shop",
        name: "asks",
        message: "it waits for a person's approval",
        syncPhase: "Sync" as const,
        status: "PruneSkipped" as const,
        hookPhase,
      };
      const app = appWith("flow", "web", "Synced", "Healthy", {
        operationState: {
          operation: {},
          phase: "Running",
          message: "waiting",
          startedAt: "2026-01-01T10:00:00Z",
          syncResult: { resources: [asks] },
        },
      });
      control.put({ ...app, metadata: { ...app.metadata, deletionTimestamp: "2026-01-01T10:00:00Z" } });
    };
    going("Succeeded");
    expect((await run(`app confirm-deletion ${name} --yes`)).stderr).toContain(
      "waits for a person's approval",
    );
    going("Failed");
    const no = { terminal: { columns: 100 }, stdin: { text: "n\n", isTTY: true } };
    expect((await run(`app confirm-deletion ${name}`, no)).stderr).toContain("Nothing was approved.");
    expect(control.calls.filter((call) => call.startsWith("update flow/web"))).toEqual([]);
    const { code, stdout } = await run(`app confirm-deletion ${name} --yes`);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^✓ flow\/web: approved: ConfigMap\/\S*asks\. /),
    ]);
    expect(control.calls).toContain("update flow/web user:local");
    expect(control.application("flow/web" as never)?.metadata.annotations).toEqual({
      "argocd.argoproj.io/deletion-approved": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
    });
    await control.remove("flow/web" as never, { cascade: "none", actor: "test" });
  });

  test("delete skips hooks where it is told to, and forget touches nothing and says so", async () => {
    put({});
    expect((await run(`app delete ${name} --yes --skip-hooks`)).code).toBe(0);
    expect(control.calls).toContain("remove flow/web foreground without hooks user:local");
    put({});
    const { code, stdout, stderr } = await run(`app forget ${name}`, {
      terminal: { columns: 100 },
      stdin: { text: "y\n", isTTY: true },
    });
    expect(stderr).toContain(
      "Forget flow/web? 2 objects in the cluster stay as they are, and no hook runs. [y/N] ",
    );
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("flow/web: is forgotten; what it had in the cluster stays as it is"),
    ]);
    expect(control.calls.at(-1)).toBe("remove flow/web none user:local");
  });
});

describe("app rollback and app unhold", () => {
  const name = "back/web";
  const history = [
    { id: 0, revision: "1".repeat(40), deployedAt: "2026-11-23T02:31:08Z", cause: "automated" as const },
    {
      id: 1,
      revision: COMMIT,
      deployedAt: "2026-11-23T03:31:08Z",
      cause: "manual" as const,
      reason: "as planned",
      initiatedBy: { username: "ana" },
    },
  ];
  const held: ApplicationStatus["hold"] = {
    at: { revision: "1".repeat(40) },
    deployment: 0,
    by: "user:ana",
    since: "2026-11-23T04:31:08Z",
    extras: "kept",
    until: "lifted",
  };
  let server: FakeApi;
  const put = (more: Partial<ApplicationStatus> = {}) => {
    const revision = more.hold === undefined ? COMMIT : "1".repeat(40);
    const sync = { status: "Synced", comparedTo: { destination }, revision } as const;
    control.put(appWith("back", "web", "Synced", "Healthy", { history, sync, ...more }));
  };
  beforeAll(() => {
    put();
    const managed = control.managedResources.bind(control);
    server = startFakeApi({
      ...control,
      history: () => ({ is: "found", value: history }),
      async rollbackPlan(key, deployment) {
        const resources = await managed(key);
        const entry = history.find(({ id }) => id === deployment);
        if (entry === undefined || resources.is === "absent") return { is: "absent" };
        return {
          is: "found",
          value: {
            deployment: entry,
            resources: resources.value.flatMap((one) =>
              one.live === undefined
                ? [one]
                : [
                    one,
                    { ...one, ref: { ...one.ref, name: "extra" }, target: undefined, predicted: undefined },
                  ],
            ),
            refusals: [
              { ref: { group: "", kind: "Namespace", namespace: "", name: "shop" }, text: "it asks first" },
            ],
            then: "held",
            sources: "of-that-time",
          },
        };
      },
      async rollback(key, { deployment, until, reason, prune, actor }) {
        control.calls.push(`rollback ${key} ${deployment} ${until} ${reason} ${prune} ${actor}`);
        put({
          hold: held,
          operationState: {
            operation: { sync: { revision: "1".repeat(40) } },
            phase: "Succeeded",
            message: "successfully synced (1 applied)",
            startedAt: "2026-11-23T04:31:08Z",
            finishedAt: "2026-11-23T04:31:08Z",
          },
        });
        return { is: "written", app: control.application(key) as Application };
      },
    });
  });
  afterAll(async () => {
    await server.stop();
    await control.remove(appKey("back", "web"), { cascade: "none", actor: "user:test" });
  });
  const here = (argv: string, setting: CliSetting = {}) => run(argv, { server: server.url, ...setting });

  test("history tells what brought each about", async () => {
    const { stdout, stderr } = await here(`app history ${name}`);
    expect(stdout).toMatch(/1 +current +1 h ago +9f2e1aa +ana +manual: as planned/);
    expect(stdout).toMatch(/0 +2 h ago +1111111 +automated/);
    expect(stderr).toContain("holdfast app rollback back/web ID");
  });

  test("shows what it would do before it asks, and does nothing where nobody can answer", async () => {
    const before = control.calls.length;
    const { code, stdout, stderr } = await here(`app rollback ${name} --prune`);
    expect(stdout).toContain("@@ spec.replicas @@");
    expect(stdout).toContain("(is not in Git: to prune)");
    // What stays is not shown as if it went.
    const staying = await here(`app rollback ${name}`);
    expect(staying.stdout).toContain("@@ spec.replicas @@");
    expect(staying.stdout).not.toContain("to prune");
    expect(staying.stderr).toContain("1 to create, 2 not in it, which stay without --prune.");
    expect(stderr).toContain(
      "back/web to deployment 0 (1111111, 2 h ago): 1 to update, 1 to create, 2 to prune.\n" +
        "Its source was written otherwise then: it is taken as it was, and the spec is not edited.\n" +
        "1 object would not be done:\n  Namespace shop: it asks first\n" +
        "It is synced automatically, so it is held there until somebody lifts it: holdfast app unhold back/web\n",
    );
    expect(stderr).toContain("Go back to deployment 0 of back/web? Nobody can answer: this is no terminal.");
    expect(code).toBe(2);
    expect(control.calls.slice(before).filter((call) => call.startsWith("rollback"))).toEqual([]);
    const no = await here(`app rollback ${name}`, {
      stdin: { text: "n\n", isTTY: true },
      terminal: { columns: 120 },
    });
    expect(no.code).toBe(0);
    expect(control.calls.slice(before).filter((call) => call.startsWith("rollback"))).toEqual([]);
  });

  test("goes back with --yes, by number or by commit, and says that it is held", async () => {
    put();
    const json = await here(`app rollback ${name} --yes -o json`);
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: "Application", metadata: { name: "web" } });
    for (const which of ["", " 0", " 11111111"]) {
      put();
      const { code, stdout } = await here(
        `app rollback ${name}${which} --yes --until next-commit --reason broken --prune`,
      );
      expect(stdout).toContain("held@1111111");
      expect(code).toBe(0);
      expect(control.calls).toContain("rollback back/web 0 next-commit broken true user:local");
    }
    expect((await here(`app rollback ${name} 7 --yes`)).stderr).toBe(
      "✗ back/web has no deployment 7.\n  See them: holdfast app history back/web   exit 3\n",
    );
  });

  test("--git shows what it would commit, asks, and pushes; --branch and --shared go with it alone", async () => {
    const asked = await here(`app rollback ${name} 0 --git`);
    expect(asked.stderr).toContain(
      "A commit to main of https://git.example.com/shop.git, after 9f2e1aa, would put back how it was at 9f2e1aa:\n  web/deployment.yaml\n",
    );
    expect(asked.code).toBe(2);
    expect(control.calls.at(-1)).not.toContain("revert");
    const { code, stdout } = await here(`app rollback ${name} 0 --git --yes --branch back/web --reason bad`);
    expect([code, stdout]).toEqual([
      0,
      "✓ back/web: pushed 9f2e1aa to back/web of https://git.example.com/shop.git. Merge it, and it is delivered.\n",
    ]);
    expect(control.calls.at(-1)).toBe(`revert back/web 0 back/web ${COMMIT} refuse bad user:local`);
    expect(JSON.parse((await here(`app rollback ${name} 0 --git --yes -o json`)).stdout)).toMatchObject({
      kind: "Revert",
      branch: "main",
      commit: COMMIT,
    });
    expect((await here(`app rollback ${name} 0 --branch x --yes`)).code).toBe(2);
  });

  test("while it is held that is seen in the list and in the application, and unhold ends it", async () => {
    put({
      hold: held,
      conditions: [
        {
          type: "HeldWarning",
          message: "held at 1111111 (deployment 0) by user:ana. It goes on by: holdfast app unhold back/web",
        },
      ],
    });
    expect((await here("app list -N back")).stdout).toMatch(
      /back\/web .* held@1111111 .* Held: at 1111111 \(deployment 0\)/,
    );
    expect((await here(`app get ${name}`)).stdout).toContain(
      "! Held  at 1111111 (deployment 0) by user:ana. It goes on by: holdfast app unhold back/web",
    );
    // What was gone back to is marked, before and after that is a deployment of its own.
    expect((await here(`app history ${name}`)).stdout).toMatch(/1 +current +1 h ago[\s\S]*0 +held +2 h ago/);
    const shown = await here(`app unhold ${name} --dry-run`);
    expect(shown).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^back\/web to 9f2e1aa, as Git says now: .*\. Nothing was done\.\n1 object would not be done:\n/,
      ),
    });
    expect(JSON.parse((await here(`app unhold ${name} --dry-run -o json`)).stdout)).toMatchObject({
      extras: "deleted",
      items: expect.any(Array),
    });
    expect((await here(`app get ${name}`)).stdout).toContain("! Held");
    expect(await here(`app unhold ${name}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("back/web follows Git again"),
    });
    put({ hold: held });
    expect(JSON.parse((await here(`app unhold ${name} -o json`)).stdout)).toMatchObject({
      kind: "Application",
      metadata: { name: "web" },
    });
    expect(await here(`app unhold ${name}`)).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("is not held"),
    });
  });
});
