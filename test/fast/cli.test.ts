/** The command line against the real API over real HTTP, with a control in memory behind it: what is read of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { appKey } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { COMMIT, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { cli } from "../lib/cli.ts";
import { appWith, sharedCli, verbs } from "../lib/cli-stage.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const on = sharedCli();

describe("what a person reads", () => {
  test("app list: a table, the worst first, and why", async () => {
    const { stdout, stderr, code } = await on.run("app list");
    expect(stdout).toBe(`  NAME               PROJECT   SYNC          HEALTH          REVISION       AGE   WHY
  payments/api       default   ✓ Synced      ✗ Degraded      main@9f2e1aa   -     apps/Deployment shop/api: 0/3 ready, CrashLoopBackOff (exit 1)
  shop/web           default   ? Unknown     ? Unknown       main@9f2e1aa   -     cannot fetch: it does not answer (https://git.example.com/shop.git)
  payments/web       default   ↑ OutOfSync   ◔ Progressing   main@9f2e1aa   -     1 to update
  argocd/guestbook   default   ✓ Synced      ♥ Healthy       main@9f2e1aa   3d
`);
    expect(stderr).toBe(
      "4 applications · 1 healthy · 1 progressing · 1 degraded · 1 unknown · 1 out of sync   (holdfast app get payments/api explains)\n",
    );
    expect(code).toBe(0);
  });

  test("app list: a revision is the commit that changed it last, and with -o wide where its branch is too", async () => {
    const asked: unknown[] = [];
    const control = fakeControl();
    control.changesFound = async (keys) => void asked.push(keys);
    control.changeOf = (key) =>
      key !== "argocd/web"
        ? undefined
        : {
            ...{ is: "commit", commit: "1a2b3c4".padEnd(40, "0"), author: "Ana <ana@example.com>" },
            ...{ subject: "Raise limits", date: "2026-11-30T08:00:00Z", signedOffBy: [] },
          };
    for (const name of ["web", "api"]) control.put(appWith("argocd", name, "Synced", "Healthy"));
    const api = startFakeApi(control);
    try {
      const run = (argv: string) => cli(argv.split(" "), { server: api.url });
      const rows = async (argv: string) =>
        (await run(argv)).stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
      const [, first, second] = await rows("app list");
      expect([first?.[4], second?.[4]]).toEqual(["main@9f2e1aa", "1a2b3c4"]);
      expect(asked).toEqual([["argocd/api", "argocd/web"]]);
      const [heads = [], ...wide] = await rows("app list -o wide");
      const at = (line: string[] | undefined, head: string) => line?.[heads.indexOf(head)];
      expect([at(wide[1], "REVISION"), at(wide[1], "COMPARED WITH")]).toEqual(["1a2b3c4", "main@9f2e1aa"]);
      const { items } = JSON.parse((await run("app list -o json")).stdout) as {
        items: { status: { sync: object } }[];
      };
      const changed = { commit: "1a2b3c4", subject: "Raise limits", author: "Ana" };
      expect(items[1]?.status.sync).toMatchObject({ revision: COMMIT, changed });
      expect(items[0]?.status.sync).not.toHaveProperty("changed");
      // Whoever waits for nothing is not kept.
      await fetch(`${api.url}/api/v1/applications`);
      expect(asked.length).toBe(3);
    } finally {
      api.stop();
    }
  });

  test("app list: who is to be looked at is the worst of them, whatever its name", async () => {
    expect((await on.run("app list --health progressing,unknown")).stderr).toEndWith(
      "(holdfast app get shop/web explains)\n",
    );
  });

  test("app list --sort name, and what programs read, is by name; AGE is explained", async () => {
    const names = (text: string) => [...text.matchAll(/^ *(\w+\/\w+)/gm)].map(([, name]) => name);
    const byName = ["argocd/guestbook", "payments/api", "payments/web", "shop/web"];
    expect(names((await on.run("app list --sort name")).stdout)).toEqual(byName);
    expect(names((await on.run("app list -o name")).stdout)).toEqual(byName);
    expect((await on.run("app list --help")).stdout).toContain("AGE is how long ago it was deployed last");
  });

  test("app list on a terminal of 80 columns: nothing wraps, and the reason is what is left of the line", async () => {
    const { stdout } = await on.run("app list --health degraded,progressing", {
      terminal: { columns: 80 },
      env: { NO_COLOR: "1" },
    });
    expect(stdout).toBe(`  NAME   SYNC          HEALTH          WHY
  api    ✓ Synced      ✗ Degraded      apps/Deployment shop/api: 0/3 ready, Cra…
  web    ↑ OutOfSync   ◔ Progressing   1 to update
`);
  });

  test("app list in a locale without UTF-8 has no sign beyond ASCII", async () => {
    const { stdout, stderr } = await on.run("app list -p default", { env: { LANG: "C" } });
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
    expect(
      (await on.run(`app list -o name ${flags}`)).stdout.split("\n").filter((line) => line !== ""),
    ).toEqual(names);
  });

  test("app get: states, where it is written, every reason, objects", async () => {
    const { stdout } = await on.run("app get payments/web", { server: on.api.url });
    expect(stdout.replaceAll(on.api.url, "URL")).toBe(`Application   payments/web
Project       default
Written in    the API
Destination   in-cluster, namespace shop
Source        https://git.example.com/shop.git · web
Revision      main@9f2e1aa
Last change   9f2e1aa   web: 1.29   Ana Ruiz, 36 min ago
Sync          ↑ OutOfSync   automated, prunes, self-heals
Health        ◔ Progressing
Looked at     not yet
Page          URL/applications/payments/web

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
      const tree = await on.run("app get payments/web -o tree");
      expect(tree.code).toBe(0);
      expect(await on.run(`app get payments/web ${flag}`)).toEqual(tree);
    },
  );

  test("app tree: children below their parents", async () => {
    expect((await on.run("app tree payments/web")).stdout).toBe(`payments/web   ↑ OutOfSync   ◔ Progressing
├─ Deployment/web   ♥ Healthy
│  └─ ReplicaSet/web-5d4   Rev:1
└─ Service/web   ◌ Missing
`);
  });

  test("api: one request as it is, and its answer", async () => {
    const { stdout, code } = await on.run("api GET /api/v1/applications?projects=nobody");
    expect([code, JSON.parse(stdout)]).toEqual([0, { metadata: {}, items: [] }]);
    const text = JSON.stringify({ of: "deletions", why: "a test" });
    const paused = await on.run("api POST /api/holdfast/v1/pauses -f -", { stdin: { text } });
    expect([paused.code, JSON.parse(paused.stdout).items[0].of]).toEqual([0, "deletions"]);
    await on.run("admin resume");
  });

  test("events: of all that one sees, each with its application; one that cannot be asked is said, -w goes on", async () => {
    const { events } = on.control;
    const told: { uid: string; count: number; at: string }[] = [
      { uid: "1", count: 1, at: "2026-11-23T04:01:08Z" },
    ];
    on.control.events = async (key) => {
      if (key !== "payments/web")
        throw new Failure("cluster-unreachable", "Cluster prod", "backoff", {
          ...{ cannot: "read events", why: "it is down" },
        });
      const value = told.map(({ uid, count, at }) => ({
        ...{ apiVersion: "v1", kind: "Event", metadata: { name: "e", uid } },
        ...{ type: "Warning", reason: "BackOff", message: `happened ${count}`, count, lastTimestamp: at },
        involvedObject: { kind: "Pod", namespace: "x", name: "web-1" },
      }));
      return { is: "found", value };
    };
    try {
      const list = await on.run("events");
      expect([list.code, list.stdout]).toEqual([
        0,
        expect.stringMatching(
          /LAST +APPLICATION +TYPE[^\n]*\n +30m +payments\/web +Warning[^\n]*happened 1\n$/,
        ),
      ]);
      expect(list.stderr).toContain("Cluster prod");
      const json = await on.run("events payments/web -o json");
      expect(JSON.parse(json.stdout)).toMatchObject({
        kind: "ApplicationEventList",
        items: [{ application: "payments/web", event: { reason: "BackOff" } }],
      });
      // Where nobody can be asked it is no empty list.
      expect((await on.run("events payments/api")).code).toBe(5);
      expect((await on.run("events nobody")).code).toBe(3);
      const leave = new AbortController();
      const followed = await on.run("events payments/web -w -o json", {
        signal: leave.signal,
        onStdout(soFar) {
          const last = soFar.trim().split("\n").length;
          if (last === 1)
            // It happens again, and another one is there.
            told.splice(
              0,
              1,
              { uid: "1", count: 2, at: "2026-11-23T04:21:08Z" },
              { uid: "2", count: 1, at: "2026-11-23T04:31:00Z" },
            );
          else if (last === 3) told.push({ uid: "3", count: 3, at: "2026-11-23T04:31:01Z" });
          else if (last > 3) leave.abort();
        },
      });
      expect(followed.code).toBe(130);
      expect(
        followed.stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).event.message),
      ).toEqual(["happened 1", "happened 2", "happened 1", "happened 3"]);
    } finally {
      Object.assign(on.control, { events });
    }
  }, 30_000);

  test("app events: when, of what, how often, the newest last; what is left out is no fault", async () => {
    const { events } = on.control;
    const event = (more: object) => ({ apiVersion: "v1", kind: "Event", metadata: { name: "e" }, ...more });
    on.control.events = async () => ({
      is: "found",
      value: [
        event({
          ...{
            type: "Warning",
            reason: "BackOff",
            message: "Back-off restarting\nfailed container",
            count: 7,
          },
          ...{ lastTimestamp: "2026-11-23T04:31:00Z" },
          involvedObject: { kind: "Pod", namespace: "shop", name: "web-5d4-x" },
        }),
        event({
          ...{ type: "Normal", reason: "Scaled\u001b[31m", message: "up", series: { count: 3 } },
          ...{ eventTime: "2026-11-23T04:01:08Z" },
          involvedObject: { kind: "HPA", namespace: "other", name: "web" },
        }),
        event({ metadata: { name: "e", creationTimestamp: "2026-11-23T01:31:08Z" } }),
      ],
    });
    const { stdout } = await on.run("app events payments/web");
    const narrowed = await on.run(
      "app events payments/web --kind pods --namespace shop --resource-name web-5d4-x -o json",
    );
    const none = await on.run("app events payments/web --kind Pod --resource-name web");
    Object.assign(on.control, { events });
    expect(
      (JSON.parse(narrowed.stdout) as { items: { reason: string }[] }).items.map(({ reason }) => reason),
    ).toEqual(["BackOff"]);
    expect([none.stdout, none.stderr]).toEqual([
      "",
      "Kubernetes has no events of these objects of payments/web: it keeps them for an hour.\n",
    ]);
    expect(stdout).toBe(`  LAST   TYPE      REASON        OBJECT          COUNT   MESSAGE
  3h                                             1
  30m    Normal    Scaled�[31m   HPA/other/web   3       up
  8s     Warning   BackOff       Pod/web-5d4-x   7       Back-off restarting failed container
`);
  });

  test("app actions: what an object offers, and what was written", async () => {
    expect(
      (await on.run("app actions list payments/web")).stdout,
    ).toBe(`  OBJECT           ACTION                     WHAT IT DOES
  Deployment/web   restart                    makes its Pods anew
  Deployment/web   scale --param replicas=3   sets the number of its Pods
  Deployment/web   resume                     not now: it is not paused
`);
    const named = await on.run("app actions list payments/web Deployment/web");
    expect(named.stdout).toContain("Deployment/web   restart");
    expect((await on.run("app actions list payments/web Job/approve")).code).toBe(3);
    expect((await on.run("app actions run payments/web restart deploy/web")).stdout).toBe(
      "✓ payments/web: restart Deployment/web: set spec.replicas\n",
    );
    for (const wrong of ["list payments/web approve", "run payments/web restart a/b --kind Deployment"]) {
      const refused = await on.run(`app actions ${wrong}`);
      expect([wrong, refused.code]).toEqual([wrong, 2]);
    }
    const scaled = await on.run("app actions run payments/web scale --kind deployment --param replicas=5");
    expect(scaled.stdout).toBe("✓ payments/web: scale Deployment/web: set spec.replicas\n");
    expect(on.control.calls.at(-1)).toBe('act payments/web scale Deployment/web {"replicas":"5"} user:local');
  });

  test("app actions: of several objects those are meant that have the action", async () => {
    const tree = on.control.resourceTree.bind(on.control);
    const several = (kinds: readonly string[]) =>
      startFakeApi({
        ...on.control,
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
    const restarted = await on.run("app actions run payments/web restart", { server: one.url });
    expect([restarted.code, restarted.stdout]).toEqual([
      0,
      "✓ payments/web: restart Deployment/web: set spec.replicas\n",
    ]);
    const all = await on.run("app actions run payments/web restart --all", { server: one.url });
    expect([all.code, all.stdout]).toEqual([0, restarted.stdout]);
    expect((await on.run("app actions list payments/web --kind Nosuch", { server: one.url })).code).toBe(3);
    await one.stop();
    const two = several(["ConfigMap", "StatefulSet"]);
    const before = on.control.calls.length;
    const asked = await on.run("app actions run payments/web restart", { server: two.url });
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain("2 objects of payments/web are meant: StatefulSet/web, Deployment/web.");
    expect(on.control.calls.slice(before).filter((call) => call.startsWith("act "))).toEqual([]);
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
      on.control.setDeleted(
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
    afterAll(() => on.control.setDeleted([], []));

    test("shows what would be made again and what not, and does it when told to", async () => {
      const { stdout, code } = await on.run("app undo payments/web --yes");
      expect(
        stdout,
      ).toBe(`Run 12 deleted 2 objects of payments/web 10 min ago. Kept until 2026-11-30T04:21:08Z:
  ConfigMap/old     is made again   without what was in it
  ConfigMap/taken   cannot be       its name is taken
  wave 0   ✓ ConfigMap/old   created
✓ payments/web: made 1 object again
`);
      expect(code).toBe(0);
      expect(on.control.calls.at(-1)).toBe("undo payments/web 12 [4] write user:local");
    });

    test("asks first, and writes nothing where nobody can answer", async () => {
      const before = on.control.calls.length;
      const { stderr, code } = await on.run("app undo payments/web 12");
      expect([code, on.control.calls.length]).toEqual([2, before]);
      expect(stderr).toContain("Make 1 object of payments/web again? Nobody can answer");
    });

    test("of an older run, as a rehearsal, as JSON, and as a list", async () => {
      await on.run("app undo payments/web 9 --dry-run");
      expect(on.control.calls.at(-1)).toBe("undo payments/web 9 [4] dry-run user:local");
      expect((await on.run("app undo payments/web --list")).stdout).toBe(
        `  RUN   DELETED      OBJECTS   KEPT UNTIL             REVISION   BY       CAUSE
  12    10 min ago   2         2026-11-30T04:21:08Z
  9     10 min ago   1         2026-11-30T04:21:08Z   9f2e1aa    policy   automated of the one before of that name
`,
      );
      expect(JSON.parse((await on.run("app undo payments/web -o json")).stdout)).toMatchObject({
        application: "payments/web",
        run: 12,
        objects: [{ id: 4, name: "old", can: "yes" }, { id: 5 }],
      });
    });

    test("says the same in every format; a program is not asked, and nothing is made unless it says so", async () => {
      const before = on.control.calls.length;
      const answer = await (
        await fetch(`${on.api.url}/api/holdfast/v1/applications/payments/web/undo`)
      ).json();
      const { application, apiVersion, kind, ...json } = JSON.parse(
        (await on.run("app undo payments/web -o json")).stdout,
      );
      expect([apiVersion, kind, application, json]).toEqual(["cli/v1", "Undo", "payments/web", answer]);
      const yaml = Bun.YAML.parse((await on.run("app undo payments/web -o yaml")).stdout);
      expect(yaml).toEqual({ application: "payments/web", ...answer });
      expect((await on.run("app undo payments/web -o name")).stdout).toBe("ConfigMap/old\nConfigMap/taken\n");
      expect((await on.run("app undo payments/web -o wide --dry-run")).stdout).toContain(
        "  GROUP   VERSION   OBJECT\n          v1        ConfigMap/old     is made again   without what was in it\n",
      );
      expect(on.control.calls.slice(before)).toEqual(["undo payments/web 12 [4] dry-run user:local"]);
      const made = await on.run("app undo payments/web 12 --yes -o json");
      expect(JSON.parse(made.stdout)).toMatchObject({ kind: "Application", metadata: { name: "web" } });
      expect(on.control.calls.at(-1)).toBe("undo payments/web 12 [4] write user:local");
      expect((await on.run("app undo payments/web 12 --yes -o name")).stdout).toBe("payments/web\n");
    });

    test("of what is there already does nothing, which is no failure; what cannot be is one", async () => {
      const runs = [ran(12, 1)];
      on.control.setDeleted(runs, [map(4, "old", "is-there", "it was made again already")]);
      const there = await on.run("app undo payments/web --yes");
      expect([there.code, there.stderr]).toEqual([
        0,
        expect.stringContaining("There is nothing to make again."),
      ]);
      on.control.setDeleted(runs, [map(4, "old", "no", "its name is taken")]);
      expect((await on.run("app undo payments/web --yes")).code).toBe(7);
      on.control.setDeleted([...runs, ran(9, 1)], [map(4, "old", "yes")]);
    });

    test("a run that nothing is kept of, and a word that is none", async () => {
      const unknown = await on.run("app undo payments/web 3");
      expect([unknown.code, unknown.stderr]).toEqual([
        3,
        "✗ Nothing that run 3 deleted of payments/web is kept.\n  See what is: holdfast app undo payments/web --list   exit 3\n",
      ]);
      expect((await on.run("app undo payments/web last")).code).toBe(2);
    });

    test("app get says that it was rolled back, for as long as a sync would undo that", async () => {
      const went = { id: 3, deployedAt: at, cause: "rollback to 0" as const, reason: "it asks too much" };
      const history = [{ ...went, initiatedBy: { username: "user:ana" } }];
      on.control.put(appWith("payments", "back", "OutOfSync", "Healthy", { history }));
      expect((await on.run("app get payments/back")).stdout).toMatch(
        /^Rolled back +to deployment 0 by ana: it asks too much +10 min ago$/m,
      );
      on.control.put(appWith("payments", "back", "Synced", "Healthy", { history }));
      expect((await on.run("app get payments/back")).stdout).not.toContain("Rolled back");
      await on.control.remove(appKey("payments", "back"), { cascade: "none", actor: "user:test" });
    });

    test("app get and app history say that there is something to undo", async () => {
      const undo = { objects: 1, run: 12, at, until };
      on.control.put(appWith("payments", "back", "Synced", "Healthy", { undo }));
      expect((await on.run("app get payments/back")).stdout).toContain(
        "1 object that run 12 deleted 10 min ago can be made again: holdfast app undo payments/back",
      );
      expect((await on.run("app history payments/back")).stderr).toContain("holdfast app undo payments/back");
      expect((await on.run("app get payments/web")).stdout).not.toContain("made again: holdfast");
      await on.control.remove(appKey("payments", "back"), { cascade: "none", actor: "user:test" });
    });
  });

  test("app list: a manifest that cannot be read is said, since it is in no list", async () => {
    on.control.setProblems([
      {
        severity: "error",
        file: "apps/x.yaml",
        line: 3,
        object: "Application argocd/x",
        text: "must be true or false",
      },
      { severity: "warning", text: "a note" },
    ]);
    const { stderr } = await on.run("app list");
    expect(await on.run("app get x")).toMatchObject({
      code: 3,
      stderr:
        '✗ Application "x" is not there, because its file has errors.\n  apps/x.yaml:3: Application argocd/x: must be true or false   exit 3\n',
    });
    on.control.setProblems([]);
    expect(stderr).toEndWith(
      "explains)\n✗ 1 problem in the files of applications   (holdfast status explains)\n",
    );
  });

  test("app diff: fields, who set them, and 1", async () => {
    const { stdout, stderr, code } = await on.run("app diff payments/web");
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
    expect((await on.run("app diff payments/web --no-exit-code --name-only")).code).toBe(0);
    expect((await on.run("app diff payments/web --exit-code=false")).code).toBe(0);
  });

  test("app diff: no differences is a sentence, and 0", async () => {
    const calm = startFakeApi({ ...on.control, managedResources: async () => ({ is: "found", value: [] }) });
    expect(await on.run("app diff guestbook", { server: calm.url })).toEqual({
      code: 0,
      stdout: "",
      stderr: "No differences. guestbook is in sync with main@9f2e1aa.\n",
    });
    expect(await on.run("app diff shop/web", { server: calm.url })).toEqual({
      code: 8,
      stdout: "",
      stderr:
        "✗ Cannot compare shop/web: https://git.example.com/shop.git: cannot fetch: it does not answer\n  See holdfast app get shop/web   exit 8\n",
    });
    await calm.stop();
  });

  test("runs and audit of an application that is gone are told by its whole name", async () => {
    const runs = on.control.runs.bind(on.control);
    const [one] = runs({ limit: 1 });
    if (one === undefined) throw new Error("there is no run");
    const left = { ...one, app: appKey("payments", "left"), cause: "deletion" };
    on.control.runs = (filter) => (filter.app === left.app ? [left] : runs(filter));
    try {
      expect((await on.run("runs --app payments/left")).stdout).toMatch(/payments\/left +deletion/);
      for (const gone of ["runs --app left", "runs --app payments/never", "audit --app never"])
        expect((await on.run(gone)).code).toBe(3);
    } finally {
      on.control.runs = runs;
    }
  });

  test("app history, runs, clusters, projects, status", async () => {
    expect((await on.run("app history guestbook -o wide")).stdout).toBe(
      "  ID             WHEN         REVISION   BY   CAUSE   COMMIT OR CHANGE\n  1    current   31 min ago   9f2e1aa                 web: 1.29 (Ana Ruiz)\n",
    );
    expect((await on.run("runs --app payments/web")).stdout).toBe(
      "  RUN   APPLICATION    CAUSE    PHASE         STARTED      TOOK   REVISION   MESSAGE\n  1     payments/web   manual   ✓ Succeeded   31 min ago\n",
    );
    expect((await on.run("cluster list")).stdout).toContain(
      "edge         https://edge.example.com                   ✗ Failed       0      connect ECONNREFUSED",
    );
    const wide = (await on.run("cluster list -o wide")).stdout.split("\n");
    expect(wide[0]).toMatch(/ APPS +OBJECTS +LISTED +PROJECT /);
    expect(wide.find((line) => line.includes("in-cluster"))).toMatch(/ 120 +31 min ago/);
    // Of one that was never listed nothing is said.
    expect(wide.find((line) => line.includes("edge"))).toMatch(/ 0 +0 +connect ECONNREFUSED/);
    expect((await on.run("proj list")).stdout).toContain("default   *");
    expect((await on.run("proj get default")).stdout).toMatch(
      /^Project +default\nWritten in +projects.yaml:1\nGlobal projects +none\nRepositories +\*\n/,
    );
    expect((await on.run("proj get default -o yaml")).stdout).toContain("kind: AppProject");
    expect((await on.run("proj get nobody")).code).toBe(3);
    expect((await on.run("status")).stdout).toContain(
      "4 applications: 2 Synced, 1 OutOfSync, 1 Unknown; 1 Healthy, 1 Degraded, 1 Progressing, 1 Unknown",
    );
  });

  test("app history -o yaml has what the table has: changes by others and the hold too, as -o json", async () => {
    const found = {
      ...{
        app: appKey("argocd", "guestbook"),
        at: "2026-11-23T04:10:00Z",
        first: "2026-11-23T04:10:00Z",
        count: 1,
      },
      ...{ why: "Deployment shop/web: \u001b[31m", changes: [] },
    };
    on.control.setTransitions([
      { ...found, seq: 1, kind: "drift-found" },
      { ...found, seq: 2, kind: "drift-healed", at: "2026-11-23T04:11:00Z", run: 12 },
    ]);
    const hold = { at: { revision: COMMIT }, deployment: 1, by: "user:ann", since: "2026-11-23T04:20:00Z" };
    on.control.put(appWith("payments", "held", "Synced", "Healthy", { hold } as never));
    try {
      const [yaml, json] = await Promise.all(
        ["yaml", "json"].map((output) => on.run(`app history guestbook -o ${output}`)),
      );
      expect(Bun.YAML.parse(yaml?.stdout ?? "")).toEqual(JSON.parse(json?.stdout ?? ""));
      expect(yaml?.stdout).not.toContain("\u001b");
      expect(JSON.parse(json?.stdout ?? "")).toMatchObject({
        ...{ kind: "History", application: "argocd/guestbook", items: [{ id: 1 }] },
        changes: [{ kind: "drift-found", end: { is: "healed", run: 12 } }],
      });
      expect(Bun.YAML.parse((await on.run("app history held -N payments -o yaml")).stdout)).toMatchObject({
        ...{ hold, changes: [] },
      });
    } finally {
      on.control.setTransitions([]);
      on.control.drop(appKey("payments", "held"));
    }
  });

  test("no escape of a message reaches the terminal", async () => {
    const evil = startFakeApi({
      ...on.control,
      applications: () => [
        appWith("argocd", "evil", "Unknown", "Unknown", {
          conditions: [{ type: "ComparisonError", message: "\x1b]0;owned\x07\x1b[2J" }],
        }),
      ],
    });
    const { stdout } = await on.run("app list", {
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
    ["app values guestbook", "Values"],
    ["app values guestbook --changed", "Values"],
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
    ["activity list", "ActivityList"],
    ["activity show 1", "ActivityEntry"],
    ["activity transitions", "TransitionList"],
    ["activity verify", "ActivityVerification"],
    ["status", "DaemonStatus"],
    ["validate", "Validation"],
    ["render -f app.yaml", "Manifests"],
    ["doctor", "Checks"],
    ["version", undefined],
  ];
  test.each(commands)("%s", async (argv, kind) => {
    const { stdout } = await on.run(`${argv.replace("FOLDER", folder)} -o json`, {
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
    expect((await on.run(`admin health ${deployment}`, { verbs })).stdout).toBe(
      '{"status":"Degraded","message":"0 of 1 ready"}\n',
    );
    expect(
      (await on.run("admin health -", { verbs, stdin: { text: "kind: Deployment\n---\nkind: ConfigMap\n" } }))
        .stdout,
    ).toBe('[{"status":"Degraded","message":"0 of 1 ready"},{"status":"none","message":""}]\n');
    expect(JSON.parse((await on.run(`admin health ${deployment} --explain`, { verbs })).stdout)).toEqual({
      status: "Degraded",
      message: "0 of 1 ready",
      rule: "apps/Deployment",
      because: "status.conditions",
    });
  });
  test("admin definitions prints what kubectl applies", async () => {
    const { stdout, code } = await on.run("admin definitions", {
      verbs: { definitions: customResourceDefinitions },
    });
    expect(code).toBe(0);
    expect(stdout.match(/^ {2}name: .*$/gm)).toEqual([
      "  name: appprojects.argoproj.io",
      "  name: applications.argoproj.io",
      "  name: applicationsets.argoproj.io",
    ]);
  });
  test("app list -w -o json is a stream of events, one a line", async () => {
    const stop = new AbortController();
    const watching = startFakeApi({
      ...on.control,
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
    const { stdout } = await on.run("app get guestbook -o yaml");
    expect(stdout).toStartWith("apiVersion: argoproj.io/v1alpha1\nkind: Application\n");
    expect(stdout).not.toMatch(/status|operation|uid/);
  });
});
