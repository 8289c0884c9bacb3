/** A running daemon whose config changes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../../src/api/listen.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { type Daemon, startDaemon } from "../../src/daemon/daemon.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-reload-"));
const file = join(folder, "holdfast.yaml");
const read = (name: string) => loadConfig(name, { env: {}, validateCron: cronProblem });
const write = (listen: string, token = "") =>
  writeFileSync(
    file,
    `server: { listen: "${listen}"${token === "" ? "" : `, token: ${token}`} }\ndata: ./data\n`,
  );

const log = recordingLog();
const freePort = async (): Promise<number> => {
  const { port = 0, stop } = listen(
    { fetch: async () => new Response() },
    { hostname: "127.0.0.1", port: 0 },
  );
  await stop();
  return port;
};

let daemon: Daemon;
let first: number, second: number;
beforeAll(async () => {
  [first, second] = [await freePort(), await freePort()];
  write(`127.0.0.1:${first}`);
  const parsed = read(file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  daemon = await startDaemon({
    config: parsed.value,
    file,
    wrong: [],
    held: () => undefined,
    reread: read,
    log,
    build: { version: "test", commit: "", buildDate: "" },
    embeddedTools: {},
    searchPath: "",
    environment: {},
    cwd: folder,
    checkHost: () => [],
    pod: { host: "", port: "" },
    print: () => undefined,
  });
});
afterAll(async () => {
  await daemon.stop();
  rmSync(folder, { recursive: true });
});

const status = async (port: number, token?: string): Promise<number> =>
  (
    await fetch(
      `http://127.0.0.1:${port}/api/holdfast/v1/status`,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    )
  ).status;

test("the API moves to another address, and takes another token where it is", async () => {
  write(`127.0.0.1:${second}`);
  await daemon.reload();
  expect(await status(second)).toBe(200);
  expect(await endingOf(status(first))).toThrow();

  write(`127.0.0.1:${second}`, "sesame");
  await daemon.reload();
  expect([await status(second), await status(second, "sesame")]).toEqual([401, 200]);
});

test("the API stays where it was while the new address cannot be had", async () => {
  const other = Bun.serve({
    hostname: "127.0.0.1",
    port: first,
    reusePort: false,
    fetch: () => new Response("somebody else"),
  });
  write(`127.0.0.1:${first}`, "other");
  await daemon.reload();
  // The token that came with the address is asked for at once, where it stayed.
  expect([await status(second, "sesame"), await status(second, "other")]).toEqual([401, 200]);
  expect(daemon.url).toBe(`http://127.0.0.1:${second}`);
  expect(log.lines.find(({ message }) => message === "the API stays where it was")?.fields["why"]).toContain(
    "something listens there already",
  );

  await other.stop(true);
  await daemon.reload();
  expect(await status(first, "other")).toBe(200);
});

test("a pause in the file holds within a second, though the rest of the file cannot be held", async () => {
  const { url } = daemon;
  const get = (path: string) => fetch(`${url}${path}`, { headers: { authorization: "Bearer other" } });
  const listens = `server: { listen: "${new URL(url).host}", token: other }\ndata: ./data\n`;
  const paused = () => daemon.engine.pauses.map(({ of }) => of);
  writeFileSync(
    file,
    `${listens}pause: writes\nclusters: [{ name: gone, server: "https://x", kubeconfig: ./none }]\n`,
  );
  await eventually("it is paused", () => paused().includes("writes"));
  const ready = await get("/readyz");
  expect([ready.status, await ready.text()]).toEqual([200, expect.stringContaining("Set `pause: none`")]);
  expect(await (await get("/metrics")).text()).toContain('holdfast_paused{of="writes"} 1');
  writeFileSync(file, listens);
  await eventually("it goes on", () => paused().length === 0);
});

test("labels that metrics tell are those of the file as it is now, and no listener is closed for them", async () => {
  const { url } = daemon;
  const listens = `server: { listen: "${new URL(url).host}", token: other }\ndata: ./data\napplications: [./apps]\n`;
  const spec = `{ project: default, source: { repoURL: "https://127.0.0.1:1/x.git", path: x }, destination: { name: none } }`;
  mkdirSync(join(folder, "apps"));
  writeFileSync(
    join(folder, "apps", "web.yaml"),
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: web, namespace: argocd, labels: { example.com/team: shop } }\nspec: ${spec}\n`,
  );
  const headers = { authorization: "Bearer other" };
  const told = async () =>
    (await (await fetch(`${url}/metrics`, { headers })).text())
      .split("\n")
      .filter((line) => line.startsWith("argocd_app_labels{"));
  writeFileSync(file, `${listens}metrics: { applicationLabels: [example.com/team] }\n`);
  await daemon.reload();
  const stream = await fetch(`${url}/api/v1/stream/applications`, { headers });
  await eventually("it is told", async () => (await told()).length === 1);
  expect(await told()).toEqual([
    'argocd_app_labels{namespace="argocd",name="web",project="default",label_example_com_team="shop"} 1',
  ]);
  writeFileSync(file, listens);
  await daemon.reload();
  expect(await told()).toEqual([]);
  const reader = stream.body!.getReader();
  // What there is comes, and no end.
  expect((await reader.read()).done).toBe(false);
  await reader.cancel();
}, 30_000);
