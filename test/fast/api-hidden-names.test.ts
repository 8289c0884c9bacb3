/** An application that one may not see has no name anywhere, also where another one says whose an object is. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createApi } from "../../src/api/create-api.ts";
import { type Listener, listen } from "../../src/api/listen.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { almighty, askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { cli } from "../lib/cli.ts";
import { appOf, conditions, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { configMap } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

const HIDDEN = "moonshot";
const UNSEEN = "another application that you may not see";
const POLICY = ["get", "sync", "update"]
  .map((action) => `p, ann, applications, ${action}, default/open, allow`)
  .join("\n");

let world: World, rig: Rig;
let api: Listener;
sharedRig((...both) => {
  [world, rig] = both;
});

beforeAll(async () => {
  await world.makeNamespace("both");
  for (const name of [HIDDEN, "open"]) {
    const repository = await world.repository(name, {
      "a.yaml": configMap("both", "a", { key: name === HIDDEN ? "first" : "second" }),
    });
    const manual = name === "open" ? { spec: { syncPolicy: {} } } : {};
    rig.place(appOf({ name, repository, namespace: "both", ...manual }));
    await (name === "open"
      ? rig.until(name, (now) => conditions(now, "SharedResourceWarning").length > 0)
      : rig.untilSettled(name));
  }
  await rig.sync("open", { syncOptions: ["FailOnSharedResource=true"] });
  await rig.untilIdle();
  const policy = new AccessPolicy({
    lines: [...BUILTIN_POLICY, ...parsePolicy(POLICY, "policy.csv").lines],
    ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
  });
  api = listen(
    createApi({
      control: rig.control,
      who: (request) => ({
        is: "known",
        by: "header",
        asker:
          request.headers.get("authorization") === "Bearer root"
            ? almighty("user:root")
            : askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy),
      }),
      homeNamespace: "argocd",
      assets: [],
      version: {
        ...{ version: "0", commit: "", buildDate: "", helm: async () => "", kustomize: async () => "" },
        sandbox: { level: "mounts", why: "" },
      },
      metrics: async () => "",
      onHeard: () => undefined,
      log: recordingLog(),
    }),
    { hostname: "127.0.0.1", port: 0 },
  );
});
afterAll(() => api?.stop());

const get = async (who: string, path: string): Promise<string> => {
  const reply = await fetch(api.url + path, { headers: { authorization: `Bearer ${who}` } });
  return `${reply.status} ${await reply.text()}`;
};

/** What a stream tells until it holds a word, and no further. */
async function followed(who: string, path: string, word: string): Promise<string> {
  const leave = new AbortController();
  const { body } = await fetch(api.url + path, {
    headers: { authorization: `Bearer ${who}` },
    signal: leave.signal,
  });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let told = "";
  while (!told.includes(word)) {
    const { done, value = "" } = (await reader?.read()) ?? { done: true };
    told += value;
    if (done) throw new Error(`ended without ${word}: ${told}`);
  }
  leave.abort();
  return told;
}

test.each([
  "/api/v1/applications",
  "/api/v1/applications/open",
  "/api/holdfast/v1/list",
  "/api/v1/applications/open/managed-resources",
  "/api/holdfast/v1/runs?app=argocd/open",
])("GET %s says that it is another application's, and whose to those alone who may see it", async (path) => {
  const [ann, root] = [await get("ann", path), await get("root", path)];
  expect([ann.slice(0, 4), root.slice(0, 4)]).toEqual(["200 ", "200 "]);
  expect(root).toContain(HIDDEN);
  expect(ann).toContain(UNSEEN);
  expect(ann).not.toContain(HIDDEN);
});

test.each([
  "/api/v1/applications/open/resource-tree",
  "/api/v1/applications/open/manifests",
  "/api/v1/applications/open/events",
  "/api/v1/applications/open/syncwindows",
  "/api/v1/applications/open/resource?kind=ConfigMap&version=v1&namespace=both&resourceName=a",
  "/api/holdfast/v1/activity?app=argocd/open",
  "/api/holdfast/v1/applications/argocd/open",
  "/api/v1/applications?name=moonshot",
  "/api/v1/applications/moonshot/manifests",
])("GET %s tells no name of it", async (path) => {
  expect(await get("ann", path)).not.toMatch(path.includes(HIDDEN) ? /belongs|both/ : HIDDEN);
});

test("streams tell it alike: what is there, what changes, and the rows of the page", async () => {
  const paths = ["/api/v1/stream/applications", "/api/v1/stream/applications?resourceVersion=1"];
  for (const path of [...paths, "/api/holdfast/v1/stream/list"]) {
    const following = followed("ann", path, "belongs to");
    await rig.refresh("open", "hard");
    rig.place(
      appOf({
        ...{ name: "open", namespace: "both", spec: { syncPolicy: {} } },
        repository: await world.repository(`again-${path.length}`, {
          "a.yaml": configMap("both", "a", { key: path }),
        }),
      }),
    );
    const told = await following;
    expect(told).toContain(UNSEEN);
    expect(told).not.toContain(HIDDEN);
  }
});

test("who sees less and who sees all are each told their own, whoever asks first", async () => {
  for (const who of ["ann", "root", "ann", "root", "root", "ann"])
    expect((await get(who, "/api/holdfast/v1/list")).includes(HIDDEN)).toBe(who === "root");
});

test("a sync that is refused for it, and the command line", async () => {
  const reply = await fetch(`${api.url}/api/v1/applications/open/sync`, {
    method: "POST",
    headers: { authorization: "Bearer ann", "content-type": "application/json" },
    body: JSON.stringify({ syncOptions: { items: ["FailOnSharedResource=true"] } }),
  });
  expect(await reply.text()).not.toContain(HIDDEN);
  await rig.untilIdle();
  const env = { HOLDFAST_TOKEN: "ann" };
  for (const argv of [
    ["app", "list"],
    ["app", "list", "-o", "json"],
    ["app", "get", "open"],
    ["app", "why", "open"],
    ["app", "diff", "open"],
    ["app", "history", "open"],
  ]) {
    const ran = await cli(argv, { server: api.url, env });
    expect(ran.stdout + ran.stderr).not.toContain(HIDDEN);
    if (argv[1] === "get") expect(ran.stdout).toContain(UNSEEN);
  }
});
