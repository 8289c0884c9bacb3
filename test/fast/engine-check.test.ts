/** Whether an application could be delivered as it is written: asked before it is. In this process, on the sandbox. */
import { expect, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import { endingOf } from "../lib/ending-of.ts";
import { appOf, type Files, type Repository, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { configMap } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((shared) => {
  world = shared;
});
const never = new AbortController().signal;

let nth = 0;
async function stage(files: Files = {}): Promise<{ rig: Rig; repository: Repository; name: string }> {
  const name = `check-${(nth += 1)}`;
  const repository = await world.repository(name, { "app/a.yaml": configMap(name, "a"), ...files });
  return { rig: await start(), repository, name };
}
/** The failure's code and reason; undefined where nothing is known against it. */
async function faultOf(rig: Rig, app: Parameters<Rig["control"]["check"]>[0]): Promise<string | undefined> {
  try {
    await rig.control.check(app, never);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return `${cause.code}: ${cause.message}`;
  }
}

test("what is there and renders has no fault, and nothing is made or kept of it", async () => {
  const { rig, repository, name } = await stage();
  expect(await faultOf(rig, appOf({ name, repository, path: "app" }))).toBeUndefined();
  expect(rig.control.applications()).toEqual([]);
  expect(rig.requests.filter(({ verb }) => !["discover", "get", "list", "watch"].includes(verb))).toEqual([]);
}, 60_000);

test("a folder that is not there", async () => {
  const { rig, repository, name } = await stage();
  expect(await faultOf(rig, appOf({ name, repository, path: "ap" }))).toMatch(/^git-path: .*ap/);
}, 60_000);

test("a revision that is not there, with what is near it", async () => {
  const { rig, repository, name } = await stage();
  const source = { repoURL: repository.url, path: "app", targetRevision: "mian" };
  expect(await faultOf(rig, appOf({ name, repository, path: "app", spec: { source } }))).toMatch(
    /^git-revision: .*mian.*Near it: main/,
  );
}, 60_000);

test("a repository that is not there", async () => {
  const { rig, repository, name } = await stage();
  const source = { repoURL: `${repository.url}-nowhere`, path: "app", targetRevision: "main" };
  expect(await faultOf(rig, appOf({ name, repository, path: "app", spec: { source } }))).toMatch(/^git-/);
}, 60_000);

test("what cannot be rendered, with file and line", async () => {
  const { rig, repository, name } = await stage({
    "app/b.yaml": "apiVersion: v1\nkind: ConfigMap\n  data: [\n",
  });
  expect(await faultOf(rig, appOf({ name, repository, path: "app" }))).toMatch(/^manifest: .*app\/b\.yaml:2/);
}, 60_000);

test("a kind that the cluster does not have yet is no fault: its definition may come with another application", async () => {
  const kind = { apiVersion: "later.example.com/v1", kind: "Later", metadata: { name: "one" } };
  const { rig, repository, name } = await stage({ "app/b.yaml": kind as never });
  expect(await faultOf(rig, appOf({ name, repository, path: "app" }))).toBeUndefined();
}, 60_000);

test("what a look does not open is passed over", async () => {
  const { rig, repository, name } = await stage({
    "app/secret.yaml": `apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData:\n  a: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\n  version: 3.9.0\n`,
  });
  expect(await faultOf(rig, appOf({ name, repository, path: "app" }))).toBeUndefined();
}, 60_000);

test("ends with whoever asks, and gives its place back", async () => {
  const { rig, repository, name } = await stage();
  for (let times = 0; times < 4; times += 1) {
    const left = new AbortController();
    left.abort(new Error("the client is gone"));
    expect(await endingOf(rig.control.check(appOf({ name, repository, path: "app" }), left.signal))).toThrow(
      "the client is gone",
    );
  }
  expect(await faultOf(rig, appOf({ name, repository, path: "app" }))).toBeUndefined();
}, 60_000);
