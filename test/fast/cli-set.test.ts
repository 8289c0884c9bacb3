/** Fields set from the command line, through the real API. */
import { expect, test } from "bun:test";
import { appKey } from "../../src/core/model/application.ts";
import { appWith, sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();
const key = appKey("set", "web");
const put = () => {
  const app = appWith("set", "web", "Synced", "Healthy");
  on.control.put({ ...app, spec: { ...app.spec, ofTomorrow: { a: [1] } } as typeof app.spec });
  return on.control.application(key)?.spec;
};

test("set changes one field and keeps what nobody knows", async () => {
  const before = put();
  const { code, stdout } = await on.run(
    "app set set/web --dest-namespace other --auto-prune=false --sync-policy auto",
  );
  expect(stdout).toContain("✓ set/web was changed. What comes of it: holdfast app get set/web");
  expect(code).toBe(0);
  const after: unknown = on.control.application(key)?.spec;
  expect(after).toEqual({
    ...before,
    destination: { ...before?.destination, namespace: "other" },
    syncPolicy: { ...before?.syncPolicy, automated: { ...before?.syncPolicy?.automated, prune: false } },
  });
});

test("set says where nothing changes, and writes nothing", async () => {
  const before = put();
  const { stdout } = await on.run(`app set set/web --dest-namespace ${before?.destination.namespace}`);
  expect(stdout).toContain("set/web is so already. Nothing was changed.");
  expect(on.control.application(key)?.spec).toEqual(before!);
});

test("set writes over nobody who wrote in between", async () => {
  put();
  const { application, applications } = on.control;
  const stale = structuredClone(on.control.application(key)!);
  stale.spec.destination.namespace = "of-before";
  let reads = 0;
  const answer = (now: typeof application) => (asked: typeof key) =>
    asked === key && reads++ === 0 ? stale : now.call(on.control, asked);
  on.control.application = answer(application);
  on.control.applications = () =>
    applications
      .call(on.control)
      .map((app) => (app.metadata.namespace === "set" && reads++ === 0 ? stale : app));
  const { code, stderr } = await on.run("app set set/web --revision v2");
  Object.assign(on.control, { application, applications });
  expect([code, stderr]).toEqual([
    7,
    "✗ Application set/web was changed by somebody else meanwhile, and nothing was written.   exit 7\n",
  ]);
  expect(on.control.application(key)?.spec.destination.namespace).not.toBe("of-before");
});

test("set of one that lives in a file names the file", async () => {
  const { code, stderr } = await on.run("app set argocd/guestbook --revision v2");
  expect(stderr).toContain("apps/guestbook.yaml");
  expect(code).not.toBe(0);
});

test("set leaves alone what is not named, automated syncs too", async () => {
  const app = appWith("set", "web", "Synced", "Healthy");
  const { syncPolicy: _, ...spec } = app.spec;
  on.control.put({ ...app, spec });
  const { code, stderr } = await on.run("app set set/web --revision v2");
  expect([code, stderr]).toEqual([0, ""]);
  const source = { ...spec.source, targetRevision: "v2" };
  expect(on.control.application(key)?.spec as unknown).toEqual({ ...spec, source });
});

test("patch changes what it says and no more; pause and resume set one annotation and take it back", async () => {
  const before = put();
  const said = await on.run('app patch set/web -p {"spec":{"source":{"targetRevision":"v3"}}} -o name');
  expect(said).toEqual({ code: 0, stdout: "set/web\n", stderr: "" });
  expect(on.control.application(key)?.spec as unknown).toEqual({
    ...before,
    source: { ...before?.source, targetRevision: "v3" },
  });
  const removed = await on.run(
    'app patch set/web --type json -p [{"op":"remove","path":"/spec/syncPolicy"}]',
  );
  expect([removed.code, on.control.application(key)?.spec.syncPolicy]).toEqual([0, undefined]);
  const annotations = () => on.control.application(key)?.metadata.annotations;
  expect((await on.run("app pause set/web")).stdout).toContain("On again: holdfast app resume set/web");
  expect(annotations()).toEqual({ "argocd.argoproj.io/skip-reconcile": "true" });
  expect((await on.run("app resume set/web")).stdout).toBe("✓ set/web goes on.\n");
  expect(annotations() ?? {}).toEqual({});
});

test.each([
  ["app patch set/web -p {", 2, "The patch is no JSON"],
  ['app patch set/web --type json -p {"a":1}', 2, ""],
  ["app pause argocd/guestbook", 4, "apps/guestbook.yaml"],
  [
    "app pause argocd/guestbook",
    4,
    'Set metadata.annotations["argocd.argoproj.io/skip-reconcile"] to "true" there, and commit',
  ],
  [
    "app resume argocd/guestbook",
    4,
    'Take metadata.annotations["argocd.argoproj.io/skip-reconcile"] out there',
  ],
  ["app pause nowhere/x", 3, "not found"],
])("%s is refused", async (line, code, says) => {
  put();
  const ran = await on.run(line);
  expect([ran.code, ran.stdout, ran.stderr.includes(says)]).toEqual([code, "", true]);
});
