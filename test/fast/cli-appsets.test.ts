/** `holdfast appset` against the real API over real HTTP, with sets in memory behind it. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppKey } from "../../src/core/model/application.ts";
import { type ApplicationSet, setKey } from "../../src/core/model/application-set.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { type FakeSets, fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { now, resources } from "../lib/cli-stage.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-appsets-"));
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(folder, { recursive: true, force: true });
});

async function stage(
  fill: (sets: FakeSets) => Promise<void> = async (sets) => sets.add(shopsSet(["eu", "us"])),
) {
  const control = fakeControl();
  const sets = fakeSets(control);
  await fill(sets);
  const api = startFakeApi(control, { sets });
  ends.push(api.stop);
  return {
    control,
    sets,
    run: (argv: string, setting: CliSetting = {}) =>
      cli(argv.split(" "), { server: api.url, now, ...setting }),
  };
}

function fileOf(...sets: ApplicationSet[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "holdfast-appsets-")), "sets.yaml");
  ends.push(async () => rmSync(join(file, ".."), { recursive: true }));
  writeFileSync(file, sets.map((set) => JSON.stringify(set)).join("\n---\n"));
  return file;
}

/** One of its generators cannot be asked. */
const broken = (regions: readonly string[]): ApplicationSet => {
  const set = shopsSet(regions);
  return { ...set, spec: { ...set.spec, generators: [...set.spec.generators, { clusters: {} }] } };
};

const SECOND = shopsSet(["de"], {
  name: "team",
  namespace: "team",
  project: "team",
  labels: { tier: "one" },
});

describe("appset list", () => {
  const fill = async (sets: FakeSets) => {
    await sets.add(broken(["eu", "us"]));
    await sets.add(SECOND, { from: "file", file: "sets/team.yaml", line: 1 });
  };

  test("a table, with what is wrong", async () => {
    const { run } = await stage(fill);
    expect(await run("appset list")).toEqual({
      code: 0,
      stdout: `  NAME           PROJECT   SYNCPOLICY   APPS   STATE        WHY
  argocd/shops   default   sync         2      ✗ Error      clusters: cannot ask it: it does not answer
  team/team      team      sync         1      ✓ UpToDate
`,
      stderr: "2 ApplicationSets, 1 with errors\n",
    });
  });

  test("-o wide: what argocd has in columns of its own", async () => {
    const { run } = await stage();
    expect((await run("appset list -o wide")).stdout).toBe(
      `  NAME           PROJECT   SYNCPOLICY   APPS   STATE        GENERATORS   REPO                               PATH   TARGET   WHY
  argocd/shops   default   sync         2      ✓ UpToDate   list         https://git.example.com/shop.git   shop   main
`,
    );
  });

  test.each([
    ["", ["argocd/shops", "team/team"]],
    ["-p team", ["team/team"]],
    ["-l tier=one", ["team/team"]],
    ["-N argocd", ["argocd/shops"]],
    ["-p nobody", []],
  ])("-o name %s", async (flags, names) => {
    const { run } = await stage(fill);
    const { stdout } = await run(`appset list -o name ${flags}`.trim());
    expect(stdout.split("\n").filter((line) => line !== "")).toEqual(names);
  });

  test("-o json and -o yaml: whole sets, and manifests that can be written again", async () => {
    const { run } = await stage();
    const json = JSON.parse((await run("appset list -o json")).stdout);
    expect(json).toMatchObject({ apiVersion: "cli/v1", kind: "ApplicationSetList", items: [{ status: {} }] });
    const yaml = (await run("appset list -o yaml")).stdout;
    expect(Bun.YAML.parse(yaml)).toEqual(shopsSet(["eu", "us"]) as never);
  });

  test("none, none that fits, and files that cannot be read", async () => {
    const { run, sets } = await stage(async () => undefined);
    expect((await run("appset list")).stderr).toBe("There are no ApplicationSets yet.\n");
    expect((await run("appset list -p nobody")).stderr).toBe(
      "No ApplicationSet fits, or you may not see it.\n",
    );
    sets.setProblems([{ severity: "error", file: "sets/web.yaml", line: 3, text: "is no ApplicationSet" }]);
    expect((await run("appset list -o name")).stderr).toBe("✗ sets/web.yaml:3: is no ApplicationSet\n");
  });
});

describe("appset get", () => {
  test("where it is written, what it has, and what waits", async () => {
    const { run } = await stage(async (sets) => {
      await sets.add(shopsSet(["eu", "us"], { password: "x" }));
      await sets.add(shopsSet([], { password: "x" }));
    });
    const { stdout, code } = await run("appset get shops --show-params");
    expect(stdout).toBe(`ApplicationSet   argocd/shops
Project          default
Written in       the API
Generators       list
Source           https://git.example.com/shop.git · shop at main
Sync policy      sync
State            ◌ Waiting
Applications     2
To approve       2 deletions wait for a person: argocd/shop-eu, argocd/shop-us. Let them go with: holdfast appset approve argocd/shops
Parameters       db.password=x

  CONDITION           STATUS   SINCE                  MESSAGE
  ErrorOccurred       False    2026-11-23T04:31:08Z   all applications are generated
  ResourcesUpToDate   True     2026-11-23T04:31:08Z   all is as it should be

  APPLICATION      SYNC        HEALTH      WHY
  argocd/shop-eu   ? Unknown   ? Unknown   its deletion waits for a person
  argocd/shop-us   ? Unknown   ? Unknown   its deletion waits for a person
`);
    expect(code).toBe(0);
  });

  test("by namespace/name, or with a flag; json is all of it, yaml what can be written again, name its name", async () => {
    const { run } = await stage(async (sets) => {
      await sets.add(shopsSet(["eu"]));
      await sets.add(shopsSet(["de"], { namespace: "team" }));
    });
    for (const which of ["team/shops", "shops -N team", "shops --appset-namespace team"])
      expect((await run(`appset get ${which} -o name`)).stdout).toBe("team/shops\n");
    expect(JSON.parse((await run("appset get team/shops -o json")).stdout)).toMatchObject({
      kind: "ApplicationSet",
      status: { resourcesCount: 1 },
    });
    expect(Bun.YAML.parse((await run("appset get team/shops -o yaml")).stdout)).toEqual(
      shopsSet(["de"], { namespace: "team" }) as never,
    );
  });

  test("steps of a rollout", async () => {
    const set = shopsSet(["eu"]);
    set.spec.strategy = { type: "RollingSync", rollingSync: { steps: [{}, {}] } };
    const { run, sets } = await stage(async (sets) => sets.add(set));
    const told = sets.set(setKey("argocd", "shops"));
    if (told === undefined) throw new Error("it is not there");
    sets.set = () => ({
      ...told,
      status: {
        ...told.status,
        applicationStatus: [
          {
            application: "shop-eu",
            status: "Progressing",
            step: "2",
            targetRevisions: [],
            message: "is being synced",
            lastTransitionTime: "",
          },
        ],
      },
    });
    const { stdout } = await run("appset get shops");
    expect(stdout).toContain("Strategy         RollingSync in 2 steps\n");
    expect(stdout).toContain(`  APPLICATION      SYNC        HEALTH      STEP   ROLLOUT         WHY
  argocd/shop-eu   ? Unknown   ? Unknown   2      ◔ Progressing   is being synced
`);
  });
});

describe("appset create", () => {
  test("of one file and of several; a dry run makes nothing", async () => {
    const { run, sets, control } = await stage(async () => undefined);
    const [file, other] = [fileOf(shopsSet(["eu"]), SECOND), fileOf(shopsSet(["jp"], { name: "far" }))];
    expect(
      (await run(`appset create ${file} -f ${other} --dry-run`)).stdout,
    ).toBe(`argocd/shops would make 1 application: argocd/shop-eu. Nothing was written
team/team would make 1 application: team/shop-de. Nothing was written
argocd/far would make 1 application: argocd/shop-jp. Nothing was written
`);
    expect([sets.sets(), control.applications()]).toEqual([[], []]);
    const { stdout, code } = await run(`appset create -f ${file}`);
    expect(stdout).toBe(`✓ argocd/shops is there. Look at it with: holdfast appset get argocd/shops
✓ team/team is there. Look at it with: holdfast appset get team/team
`);
    expect(code).toBe(0);
    expect(sets.sets()).toHaveLength(2);
  });

  test("from standard input; -o json, yaml and name", async () => {
    const { run } = await stage(async () => undefined);
    const stdin = { text: JSON.stringify(shopsSet(["eu"])) };
    expect(JSON.parse((await run("appset create - -o json", { stdin })).stdout)).toMatchObject({
      kind: "ApplicationSet",
      metadata: { name: "shops" },
    });
    expect(Bun.YAML.parse((await run("appset create -f - -o yaml", { stdin })).stdout)).toEqual(
      shopsSet(["eu"]) as never,
    );
    expect((await run("appset create -f - -o name", { stdin })).stdout).toBe("argocd/shops\n");
  });

  test("replaces one of that name only where that is asked for", async () => {
    const { run, control } = await stage();
    const file = fileOf(shopsSet(["eu", "us", "jp"]));
    expect((await run(`appset create -f ${file}`)).code).toBe(7);
    expect(control.applications()).toHaveLength(2);
    expect((await run(`appset create -f ${file} --upsert`)).code).toBe(0);
    expect(control.applications()).toHaveLength(3);
  });
});

describe("appset preview", () => {
  test("what is created, changed field by field, deleted and held, then a sentence", async () => {
    const { run, sets } = await stage(async (sets) => {
      await sets.add(shopsSet(["eu", "us"]));
      await sets.add(shopsSet(["jp"], { name: "others" }));
    });
    const file = fileOf(shopsSet(["eu", "de", "jp"], { revision: "next" }));
    const { stdout, stderr, code } = await run(`appset preview -f ${file}`);
    expect(stdout).toBe(`--- live     (is not there)
+++ desired  argoproj.io/Application argocd/shop-de
+apiVersion: argoproj.io/v1alpha1
+kind: Application
+metadata:
+  name: shop-de
+  namespace: argocd
+  finalizers:
+  - resources-finalizer.argocd.argoproj.io
+spec:
+  project: default
+  source:
+    repoURL: https://git.example.com/shop.git
+    path: shop
+    targetRevision: next
+  destination:
+    server: https://kubernetes.default.svc
+    namespace: de

--- live     argoproj.io/Application argocd/shop-eu
+++ desired  argoproj.io/Application argocd/shop-eu
@@ spec.source.targetRevision @@
-main
+next

--- live     argoproj.io/Application argocd/shop-us
+++ desired  (the set makes it no more: to delete)
-apiVersion: argoproj.io/v1alpha1
-kind: Application
-metadata:
-  name: shop-us
-  namespace: argocd
-  finalizers:
-  - resources-finalizer.argocd.argoproj.io
-spec:
-  project: default
-  source:
-    repoURL: https://git.example.com/shop.git
-    path: shop
-    targetRevision: main
-  destination:
-    server: https://kubernetes.default.svc
-    namespace: us

! argocd/shop-jp: to create, and held: Application argocd/shop-jp is there already and belongs to ApplicationSet argocd/others, so ApplicationSet argocd/shops does not touch it
`);
    expect(stderr).toContain(
      "argocd/shops: 1 to create, 1 to update, 1 to delete, 1 held. Do it with: holdfast appset create -f ",
    );
    expect(stderr).toEndWith("✗ Not all of it can be done: 1 error.   exit 8\n");
    expect(code).toBe(8);
    expect(sets.calls.filter((call) => !call.startsWith("preview"))).toEqual([]);
  });

  test("ends with 1 where something would change, 0 where nothing would, or where that is asked for", async () => {
    const { run } = await stage();
    const [same, other] = [fileOf(shopsSet(["eu", "us"])), fileOf(shopsSet(["eu"]))];
    expect(await run(`appset preview -f ${same}`)).toEqual({
      code: 0,
      stdout: "",
      stderr: "argocd/shops: nothing would change: 2 applications are as it says\n",
    });
    expect(await run("appset preview shops")).toEqual({
      code: 0,
      stdout: "",
      stderr: "argocd/shops: nothing would change: 2 applications are as it says\n",
    });
    expect(await run(`appset preview -f ${other} --name-only`)).toEqual({
      code: 1,
      stdout: "delete argocd/shop-us\n",
      stderr: `argocd/shops: 1 to delete, 1 as it is. Do it with: holdfast appset create -f ${other} --upsert\n`,
    });
    expect((await run(`appset preview -f ${other} --name-only --no-exit-code`)).code).toBe(0);
    for (const set of [
      shopsSet(["eu", "us", "de"]),
      shopsSet(["eu", "us"], { revision: "next" }),
      shopsSet([]),
    ])
      expect((await run(`appset preview -f ${fileOf(set)}`)).code).toBe(1);
  });

  test("what is written elsewhere is to be changed there", async () => {
    const { run, sets } = await stage(async (sets) => {
      await sets.add(shopsSet(["eu"]), { from: "file", file: "sets/shops.yaml", line: 3 });
    });
    const file = fileOf(shopsSet(["eu", "us"]));
    expect((await run(`appset preview --name-only -f ${file}`)).stderr).toBe(
      "argocd/shops: 1 to create, 1 as it is. Do it where it is written: sets/shops.yaml:3\n",
    );
    await sets.add(shopsSet(["eu"]), { from: "parent", parent: "argocd/estate" as AppKey });
    expect((await run(`appset preview --name-only -f ${file}`)).stderr).toEndWith(
      "Do it where it is written: application argocd/estate\n",
    );
  });

  test("a set that names no namespace is told with that of the daemon", async () => {
    const { run } = await stage();
    const { metadata, ...set } = shopsSet(["eu", "us"]);
    const file = fileOf({ ...set, metadata: { name: metadata.name } } as ApplicationSet);
    expect((await run(`appset preview -f ${file}`)).stderr).toStartWith("argocd/shops: nothing would change");
  });

  test("errors end with 8, after everything that can be said", async () => {
    const { run } = await stage();
    const { stdout, stderr, code } = await run(
      `appset preview --name-only -f ${fileOf(broken(["eu", "jp"]))}`,
    );
    expect(stdout).toBe("create argocd/shop-jp\nheld argocd/shop-us\n");
    expect(stderr).toContain("clusters: cannot ask it: it does not answer");
    expect(stderr).toContain("argocd/shops: 1 to create, 1 held, 1 as it is\n");
    expect(stderr).toEndWith(
      "✗ Not all of it can be generated: 1 error.\n  A set that cannot be generated whole deletes no application.   exit 8\n",
    );
    expect(code).toBe(8);
  });

  test("a change of what is not shown is still said", async () => {
    const { run, sets, control } = await stage();
    const [app] = control.applications();
    if (app === undefined) throw new Error("there is none");
    sets.preview = async () => ({
      is: "whole",
      problems: [],
      steps: [{ do: "update", app, before: app, from: "", changed: ["spec.source.path"] }],
    });
    expect(
      (await run("appset preview shops")).stdout,
    ).toBe(`--- live     argoproj.io/Application argocd/shop-eu
+++ desired  argoproj.io/Application argocd/shop-eu
@@ spec.source.path @@   not shown
`);
  });

  test("a secret that changes is seen to, and neither of its values", async () => {
    const { run } = await stage(async (sets) => sets.add(shopsSet(["eu"], { password: "0ld" })));
    const { stdout } = await run(`appset preview -f ${fileOf(shopsSet(["eu"], { password: "n3w" }))}`);
    expect(stdout).toContain('+"++++++++ (changed)"\n');
    expect(stdout).not.toMatch(/0ld|n3w/);
  });

  test("-o json is one document", async () => {
    const { run } = await stage();
    expect(
      JSON.parse((await run(`appset preview -o json -f ${fileOf(shopsSet(["eu"]))}`)).stdout),
    ).toMatchObject({
      apiVersion: "cli/v1",
      kind: "ApplicationSetPreview",
      applicationSet: "argocd/shops",
      is: "whole",
      problems: [],
      steps: [{ do: "delete", application: "argocd/shop-us" }, { do: "nothing" }],
    });
    const several = await run(`appset preview -o json -f ${fileOf(shopsSet(["eu", "us"]), SECOND)}`);
    expect(JSON.parse(several.stdout)).toMatchObject({
      kind: "ApplicationSetPreviewList",
      items: [{ applicationSet: "argocd/shops" }, { applicationSet: "team/team" }],
    });
  });
});

describe("appset delete", () => {
  const withObjects = async (finalizers: Record<string, string[]>) => {
    const on = await stage();
    for (const app of on.control.applications())
      on.control.put({
        ...app,
        metadata: { ...app.metadata, finalizers: finalizers[app.metadata.name] ?? [] },
        status: {
          sync: { status: "Synced", comparedTo: { destination: app.spec.destination } },
          health: { status: "Healthy" },
          resources,
        },
      });
    return on;
  };
  const GOES = ["resources-finalizer.argocd.argoproj.io"];

  test.each([
    [
      "all objects go",
      { "shop-eu": GOES, "shop-us": ["resources-finalizer.argocd.argoproj.io/background"] },
      "Delete argocd/shops with 2 applications (argocd/shop-eu, argocd/shop-us) and 4 objects in the cluster?",
    ],
    [
      "some stay",
      { "shop-eu": GOES },
      "Delete argocd/shops with 2 applications (argocd/shop-eu, argocd/shop-us) and 2 objects in the cluster; the 2 objects of argocd/shop-us stay?",
    ],
    [
      "all stay",
      {},
      "Delete argocd/shops with 2 applications (argocd/shop-eu, argocd/shop-us); the 4 objects in the cluster stay?",
    ],
  ])("asks, and says what goes: %s", async (_, finalizers, question) => {
    const { run, sets } = await withObjects(finalizers);
    const terminal = { columns: 200 };
    const no = await run("appset delete shops", { terminal, stdin: { text: "n\n", isTTY: true } });
    expect(no).toEqual({ code: 0, stdout: "", stderr: `${question} [y/N] Nothing was deleted.\n` });
    expect(sets.calls).toEqual([]);
    const yes = await run("appset delete shops", {
      terminal,
      env: { NO_COLOR: "1" },
      stdin: { text: "y\n", isTTY: true },
    });
    expect(yes.stdout).toBe(
      "✓ argocd/shops: is deleted, and its 2 applications with it: holdfast app list tells which are still going\n",
    );
    expect(sets.calls).toEqual(["remove argocd/shops user:local"]);
  });

  test("--wait: until its applications are gone, and for none that another one of its name has now", async () => {
    const { run, sets } = await withObjects({});
    expect((await run("appset delete shops -y --wait")).stdout).toBe(
      `✓ argocd/shops: is deleted, and its 2 applications with it
`,
    );
    const clashing = await stage();
    const { set } = clashing.sets;
    clashing.sets.set = (key) => {
      const shown = set(key);
      return shown && { ...shown, clash: "ApplicationSet argocd/shops stands in a.yaml:1, too." };
    };
    expect((await clashing.run("appset delete shops -y --wait")).stdout).toBe(
      "✓ argocd/shops: is deleted, and its applications stay: another one of its name has them now\n",
    );
    expect(sets.calls).toEqual(["remove argocd/shops user:local"]);
  });

  test("several, without a question; one that is not there keeps all of them", async () => {
    const { run, sets } = await stage(async (sets) => {
      await sets.add(shopsSet(["eu"]));
      await sets.add(shopsSet([], { name: "empty" }));
    });
    expect((await run("appset delete shops nobody -y")).code).toBe(3);
    expect(sets.sets()).toHaveLength(2);
    expect(await run("appset rm shops argocd/empty -y")).toEqual({
      code: 0,
      stdout: `✓ argocd/shops: is deleted, and its 1 application with it: holdfast app list tells which are still going
✓ argocd/empty: is deleted
`,
      stderr: "",
    });
    expect(sets.sets()).toEqual([]);
  });
});

describe("appset approve and refresh", () => {
  const shrunk = () =>
    stage(async (sets) => {
      await sets.add(shopsSet(["eu", "us"]));
      await sets.add(shopsSet([]));
    });

  test("approve: shows what waits, asks, and approves of just that", async () => {
    const { run, sets, control } = await shrunk();
    const terminal = { columns: 200 };
    const asked =
      "Delete 2 applications that argocd/shops makes no more, with the objects of those that say so? [y/N] ";
    expect(await run("appset approve shops", { terminal, stdin: { text: "\n", isTTY: true } })).toEqual({
      code: 0,
      stdout: "argocd/shop-eu\nargocd/shop-us\n",
      stderr: `${asked}Nothing was approved.\n`,
    });
    expect(await run("appset approve shops --confirm 3")).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("You approve of 3, but there are 2 applications"),
    });
    expect(control.applications()).toHaveLength(2);
    expect((await run("appset approve shops --confirm 2")).stderr).toBe(
      "Approved: 2 applications that argocd/shops makes no more.\n",
    );
    expect(sets.calls.at(-1)).toBe("approve argocd/shops argocd/shop-eu argocd/shop-us user:local");
    expect(await run("appset approve shops")).toEqual({
      code: 0,
      stdout: "",
      stderr: "No application of argocd/shops waits for an approval.\n",
    });
  });

  test("refresh: what came of it", async () => {
    const { run, sets } = await shrunk();
    expect(await run("appset refresh shops")).toEqual({
      code: 0,
      stdout: "◌ Waiting argocd/shops: 2 applications, 2 deletions wait for a person\n",
      stderr: "",
    });
    expect(sets.calls).toEqual(["refresh argocd/shops"]);
    await sets.add(broken(["eu"]));
    expect(await run("appset refresh shops")).toEqual({
      code: 8,
      stdout: "",
      stderr: `✗ argocd/shops: clusters: cannot ask it: it does not answer
  What it makes all the same stays: holdfast appset get argocd/shops   exit 8
`,
    });
  });
});

test("status counts sets, and says what is wrong with which", async () => {
  const { run, sets } = await stage(async () => undefined);
  expect((await run("status")).stdout).not.toContain("ApplicationSet");
  await sets.add(shopsSet(["eu"]));
  expect((await run("status")).stdout).toContain("\n1 ApplicationSet\n");
  await sets.add(broken(["eu"]));
  expect((await run("status")).stdout).toContain(`
1 ApplicationSet: 1 with errors
✗ ApplicationSet argocd/shops: clusters: cannot ask it: it does not answer
`);
  await sets.add(shopsSet([]));
  expect((await run("status")).stdout).toContain(
    "\n1 ApplicationSet: 1 deletion waits for a person (holdfast appset list names the sets)\n",
  );
});

describe("how appset commands end", () => {
  test.each([
    [
      "appset get nobody",
      3,
      /^✗ ApplicationSet "nobody" not found, or you may not see it\.\n {2}See them all: holdfast appset list {3}exit 3\n$/,
    ],
    ["appset get shop", 3, /Did you mean argocd\/shops\?/],
    ["appset refresh nobody", 3, /not found/],
    ["appset approve nobody", 3, /not found/],
    ["appset preview nobody", 3, /not found/],
    ["appset get", 2, /^✗ The argument <set> is missing/],
    ["appset create", 2, /^✗ No file is named\./],
    ["appset create -f /nowhere.yaml", 2, /^✗ Cannot read \/nowhere\.yaml: it is not there/],
    ["appset preview", 2, /^✗ Nothing is named to look at\./],
    ["appset preview shops -f x.yaml", 2, /only one of them/],
    ["appset list -o xml", 2, /Allowed choices are json, yaml, wide, name, table/],
    ["appset list -l a===b", 2, /is no requirement/],
    ["appset delete shops", 2, /Nobody can answer: this is no terminal/],
    ["appset delete files -y", 4, /^✗ ApplicationSet argocd\/files is defined in sets\/files\.yaml\./],
  ])("%s: %i", async (argv, code, stderr) => {
    const { run } = await stage(async (sets) => {
      await sets.add(shopsSet(["eu"]));
      await sets.add(shopsSet(["jp"], { name: "files" }), { from: "file", file: "sets/files.yaml", line: 1 });
    });
    const ran = await run(argv);
    expect(ran.stderr).toMatch(stderr);
    expect(ran.code).toBe(code);
  });

  test.each([
    ["{", 8, "sets.yaml:1: "],
    ["kind: Application\nmetadata: {name: web}\n", 8, "this is no ApplicationSet"],
    ["", 8, "holds no document"],
    [JSON.stringify({ ...shopsSet(["eu"]), spec: { generators: [] } }), 8, "spec.template"],
  ])("create and preview of a file that is none: %#", async (text, code, said) => {
    const { run } = await stage();
    const file = fileOf();
    writeFileSync(file, text);
    for (const verb of ["create", "preview"]) {
      const ran = await run(`appset ${verb} -f ${file}`);
      expect(ran.stderr).toContain(said);
      expect(ran.code).toBe(code);
    }
  });

  test("2 where the daemon makes nothing of ApplicationSets, with what to do instead", async () => {
    const api = startFakeApi(fakeControl());
    ends.push(api.stop);
    for (const argv of ["appset list", "appset get web", `appset create -f ${fileOf(shopsSet(["eu"]))}`])
      expect(await cli(argv.split(" "), { server: api.url })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("or have holdfast appset generate do it"),
      });
  });
});
