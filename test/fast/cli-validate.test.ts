/** What could not be delivered as it is written is not written, unless somebody says so: the API, and both command lines. */
import { expect, test } from "bun:test";
import { appKey } from "../../src/core/model/application.ts";
import { fakeApp } from "../fakes/fake-control.ts";
import { sharedCli } from "../lib/cli-stage.ts";

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
  "%s …%s?validate=true is refused with the reason; without it it is written",
  async (method, rest, body) => {
    put("served");
    const path = `/api/v1/applications/served${rest}`;
    const refused = await send(method, `${path}?validate=true`, body());
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({ code: 3, details: expect.objectContaining({ reason: "git-path" }) }),
    ]);
    expect(pathOf("served")).toBe("web");
    expect((await send(method, path, body())).status).toBe(200);
    expect(pathOf("served")).toBe("broken");
  },
);

test("whoever writes while its sources are asked is not written over", async () => {
  put("raced");
  const { check } = on.control;
  on.control.check = async () => put("raced", "theirs");
  const patch = [
    { op: "test", path: "/spec/source/path", value: "web" },
    { op: "replace", path: "/spec/source/path", value: "mine" },
  ];
  const reply = await send("PATCH", "/api/v1/applications/raced?validate=true", {
    patch: JSON.stringify(patch),
    patchType: "json",
  });
  on.control.check = check;
  expect([reply.status, pathOf("raced")]).toEqual([409, "theirs"]);
});

function specAt(path: string) {
  const { spec } = fakeApp("argocd", "served");
  return { ...spec, source: { repoURL: "https://git.example.com/shop.git", ...spec.source, path } };
}
