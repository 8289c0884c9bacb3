/** What could not be delivered as it is written is not written, unless somebody says so: the API, and both command lines. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { EditorEnd } from "../../src/cli/host.ts";
import { appKey } from "../../src/core/model/application.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { sharedCli } from "../lib/cli-stage.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const on = sharedCli();
const checks = (): number => on.control.calls.filter((call) => call.startsWith("check ")).length;
const pathOf = (name: string): string | undefined =>
  on.control.application(appKey("argocd", name))?.spec.source?.path;
const flags = (path: string): string =>
  `--repo https://git.example.com/shop.git --path ${path} --dest-namespace shop`;
const put = (name: string, path = "web"): void => {
  const app = fakeApp("argocd", name);
  const source = { repoURL: "https://git.example.com/shop.git", ...app.spec.source, path };
  on.control.put({ ...app, spec: { ...app.spec, source } });
};
const send = (method: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${on.api.url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("app create says what is the matter, and makes nothing", async () => {
  const { code, stdout, stderr } = await on.run(`app create new ${flags("broken")}`);
  expect([code, stdout]).toEqual([8, ""]);
  expect(stderr).toBe(
    "✗ https://git.example.com/shop.git: cannot render: there is no folder broken.\n  Push it first.\n  Nothing was written. To write it all the same: --validate=false.   exit 8\n",
  );
  expect(pathOf("new")).toBeUndefined();
});

test("app patch and app edit are refused alike, and write it all the same where that is said", async () => {
  put("patched");
  const patch = `-p ${JSON.stringify({ spec: { source: { path: "broken" } } })}`;
  const refused = await on.run(`app patch argocd/patched ${patch}`);
  expect([refused.code, pathOf("patched")]).toEqual([8, "web"]);
  expect(refused.stderr).toContain("Nothing was written. To write it all the same: --validate=false.");
  expect((await on.run(`app patch argocd/patched ${patch} --validate=false`)).code).toBe(0);
  expect(pathOf("patched")).toBe("broken");
  put("typed");
  const edited = { edit: async (file: string) => retype(file, "path: web", "path: broken") };
  const kept = await on.run("app edit argocd/typed --yes", edited);
  expect([kept.code, pathOf("typed")]).toEqual([8, "web"]);
  expect(kept.stderr).toContain("there is no folder broken");
  expect((await on.run("app edit argocd/typed --yes --validate=false", edited)).code).toBe(0);
  expect(pathOf("typed")).toBe("broken");
});

test("app create says that its namespace is not there, and what makes it; with the option nothing is said", async () => {
  const nowhere = flags("web").replace(/namespace shop$/, "namespace nowhere");
  const { code, stdout, stderr } = await on.run(`app create homeless ${nowhere}`);
  expect([code, stdout.includes("argocd/homeless is there")]).toEqual([0, true]);
  expect(stderr).toBe(
    "Namespace nowhere is not there, and a sync of argocd/homeless does not make it. To have it made: holdfast app set argocd/homeless --sync-option CreateNamespace=true\n",
  );
  // What is not compared yet has no preview.
  const [looked, asked] = ["refresh argocd/homeless normal", "preview edit of argocd/homeless"];
  expect(on.control.calls.filter((call) => [looked, asked].includes(call))).toEqual([looked, asked]);
  const option = "--sync-option CreateNamespace=true";
  expect((await on.run(`app create housed ${nowhere} ${option}`)).stderr).toBe("");
  expect((await on.run(`app create at-home ${flags("web")}`)).stderr).toBe("");
  expect((await on.run("app set argocd/homeless --sync-option CreateNamespace=true")).code).toBe(0);
  expect(on.control.application(appKey("argocd", "homeless"))?.spec.syncPolicy?.syncOptions).toEqual([
    "CreateNamespace=true",
  ]);
});

test("app create says which of its objects are another application's, with the option for its namespace too", async () => {
  const refresh = on.control.refresh.bind(on.control);
  const owner = (name: string) => ({
    type: "SharedResourceWarning" as const,
    message: `ConfigMap shop/${name} is application argocd/paper's`,
  });
  on.control.refresh = async (...asked) => {
    const app = on.control.application(asked[0]);
    if (app !== undefined)
      on.control.put({
        ...app,
        status: {
          ...{
            sync: { status: "OutOfSync", comparedTo: { destination: {} } },
            health: { status: "Healthy" },
          },
          conditions: ["a", "b", "c", "d"].map(owner),
        },
      });
    return refresh(...asked);
  };
  const option = "--sync-option CreateNamespace=true";
  const { code, stderr } = await on.run(`app create twin ${flags("web")} ${option}`);
  on.control.refresh = refresh;
  expect([code, stderr]).toEqual([
    0,
    `4 objects of argocd/twin would not be synced:
${["a", "b", "c"].map((name) => `  ${owner(name).message}\n`).join("")}  and 1 more: holdfast app get argocd/twin
`,
  ]);
});

test("app create --validate=false asks nobody", async () => {
  const before = checks();
  expect((await on.run(`app create unasked ${flags("broken")} --validate=false`)).code).toBe(0);
  expect([pathOf("unasked"), checks()]).toEqual(["broken", before]);
});

test.each(["", "--validate", "--validate=true"])("app create %s asks once, and makes it", async (flag) => {
  const before = checks();
  const name = `asked${flag.length}`;
  expect((await on.run(`app create ${name} ${flags("web")} ${flag}`.trim())).code).toBe(0);
  expect([pathOf(name), checks()]).toEqual(["web", before + 1]);
});

test("app set changes no source to what cannot be delivered, and asks of nothing that stays", async () => {
  put("set");
  const refused = await on.run("app set argocd/set --path broken");
  expect([refused.code, pathOf("set")]).toEqual([8, "web"]);
  const before = checks();
  expect((await on.run("app set argocd/set --sync-policy none")).code).toBe(0);
  expect(checks()).toBe(before);
  expect((await on.run("app set argocd/set --path broken --validate=false")).code).toBe(0);
  expect([pathOf("set"), checks()]).toEqual(["broken", before]);
});

test.each([
  ["PUT", "", () => ({ ...fakeApp("argocd", "served"), spec: specAt("broken") })],
  ["PUT", "/spec", () => specAt("broken")],
  [
    "PATCH",
    "",
    () => ({ patch: JSON.stringify({ spec: { source: { path: "broken" } } }), patchType: "merge" }),
  ],
] as const)(
  "%s …%s is refused with the reason, whether or not it says validate=true; validate=false writes it",
  async (method, rest, body) => {
    put("served");
    const path = `/api/v1/applications/served${rest}`;
    for (const asked of ["?validate=true", ""]) {
      const refused = await send(method, `${path}${asked}`, body());
      expect([refused.status, await refused.json()]).toEqual([
        400,
        expect.objectContaining({ code: 3, details: expect.objectContaining({ reason: "git-path" }) }),
      ]);
      expect(pathOf("served")).toBe("web");
    }
    expect((await send(method, `${path}?validate=false`, body())).status).toBe(200);
    expect(pathOf("served")).toBe("broken");
  },
);

test("a create that says nothing of it is checked; what is there already is asked for no more than its write", async () => {
  const body = (name: string, path: string) => ({ metadata: { name }, spec: specAt(path) });
  expect((await send("POST", "/api/v1/applications", body("plain", "broken"))).status).toBe(400);
  expect((await send("POST", "/api/v1/applications?validate=false", body("plain", "broken"))).status).toBe(
    200,
  );
  const before = checks();
  // The same once more, and another that is not to replace it: whatever its sources say, they change nothing.
  expect((await send("POST", "/api/v1/applications", body("plain", "broken"))).status).toBe(200);
  const other = await send("POST", "/api/v1/applications", body("plain", "web"));
  expect([other.status, (await other.json()).message]).toEqual([
    400,
    expect.stringContaining("exists with another spec"),
  ]);
  const label = { patch: JSON.stringify({ metadata: { labels: { a: "b" } } }), patchType: "merge" };
  expect((await send("PATCH", "/api/v1/applications/plain", label)).status).toBe(200);
  expect(checks()).toBe(before);
  expect((await send("POST", "/api/v1/applications?upsert=true", body("plain", "web"))).status).toBe(200);
  expect(checks()).toBe(before + 1);
});

test("sources that nobody hears of are waited for no longer than the limit, and that is said", async () => {
  const control = fakeControl();
  // It does not even hear that nobody waits any more.
  control.check = () => new Promise(() => undefined);
  const slow = startFakeApi(control, { longestCheckMs: 50 });
  try {
    const reply = await fetch(`${slow.url}/api/v1/applications`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ metadata: { name: "slow" }, spec: specAt("web") }),
    });
    const { message, details } = await reply.json();
    expect([reply.status, details.asked]).toEqual([400, "sources"]);
    expect(message).toContain(
      "application argocd/slow was not written, because it could not be delivered so. application argocd/slow: cannot look at its sources: they were not there within 0.05 s",
    );
    expect(control.application(appKey("argocd", "slow"))).toBeUndefined();
  } finally {
    await slow.stop();
  }
});

test("whoever writes while its sources are asked is not written over", async () => {
  put("raced");
  const { check } = on.control;
  on.control.check = async () => put("raced", "theirs");
  const patch = [
    { op: "test", path: "/spec/source/path", value: "web" },
    { op: "replace", path: "/spec/source/path", value: "mine" },
  ];
  const reply = await send("PATCH", "/api/v1/applications/raced", {
    patch: JSON.stringify(patch),
    patchType: "json",
  });
  on.control.check = check;
  expect([reply.status, pathOf("raced")]).toEqual([409, "theirs"]);
});

function retype(file: string, before: string, after: string): EditorEnd {
  writeFileSync(file, readFileSync(file, "utf8").replace(before, after));
  return { is: "closed" };
}

function specAt(path: string) {
  const { spec } = fakeApp("argocd", "served");
  return { ...spec, source: { repoURL: "https://git.example.com/shop.git", ...spec.source, path } };
}
