/** The store goes away, or there never was room for it: no cluster is written by a daemon that remembers nothing. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, freePort, run } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { MERGE, type Placed, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage, app: Placed;
beforeAll(async () => {
  stage = await startStage();
  app = await stage.place({
    name: "kept",
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
    files: { "a.yaml": yaml(configMap("kept", "a")) },
  });
  await app.untilSettled();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const A = "/api/v1/namespaces/kept/configmaps/a";
const data = (): string => join(stage.daemon.dir, "data");
const drift = () => stage.must("PATCH", A, { data: { key: "edited" } }, MERGE);
const keyOf = async (): Promise<string> => (await stage.must("GET", A)).data.key;
const ready = () => stage.daemon.api<string>("/readyz");

async function start(dir: string, to: string): Promise<{ code: number; stderr: string }> {
  const config = join(dir, "second.yaml");
  writeFileSync(config, `server: { listen: "127.0.0.1:${await freePort()}" }\ndata: ${to}\n`);
  return run(["timeout", "20", BINARY, "serve", "--config", config]);
}

const losses: { what: string; lose: () => void; mend: () => void; why: RegExp }[] = [
  {
    what: "its folder is removed",
    lose: () => renameSync(data(), `${data()}.away`),
    mend: () => renameSync(`${data()}.away`, data()),
    why: /holdfast\.db was removed under the running daemon/,
  },
  {
    what: "another file is put in its place",
    lose() {
      const file = join(data(), "holdfast.db");
      renameSync(file, `${file}.away`);
      copyFileSync(`${file}.away`, file);
    },
    mend: () => renameSync(join(data(), "holdfast.db.away"), join(data(), "holdfast.db")),
    why: /holdfast\.db is another file than the one that was opened/,
  },
];

test.each(losses)(
  "when $what nothing is written to the cluster; it is said, and goes on when all is as it was",
  async ({ lose, mend, why }) => {
    lose();
    const before = stage.writes("kept").length;
    await drift();
    const answer = await eventually("it says so", async () => {
      const now = await ready();
      return now.status === 503 ? now : undefined;
    });
    expect(answer.body).toMatch(why);
    expect(answer.body).toContain("put the data folder back");
    const status = await stage.daemon.cli("status");
    expect(status.stdout).toContain("it writes to no cluster");
    expect(status.stdout).toMatch(why);
    // Nor does a person's sync, or a second daemon on the same folder.
    const sync = await stage.daemon.api<Shown>("/api/v1/applications/kept/sync", {
      method: "POST",
      body: "{}",
    });
    expect(sync.status).toBeGreaterThanOrEqual(400);
    const second = await start(stage.daemon.dir, "./data");
    expect([second.code === 0, second.stderr]).toEqual([
      false,
      expect.stringContaining("another Holdfast uses it"),
    ]);
    await Bun.sleep(3_000);
    expect(stage.writes("kept").length).toBe(before);
    expect([await keyOf(), (await stage.daemon.api("/healthz")).status]).toEqual(["edited", 200]);
    // What the second one left there is nobody's.
    if (why.source.includes("removed")) rmSync(data(), { recursive: true, force: true });
    mend();
    await eventually("drift is healed", async () => (await keyOf()) === "value", 60_000);
    await eventually("it is ready", async () => (await ready()).status === 200);
    await app.untilSettled();
  },
);

test("a disk without room at the start is one sentence", async () => {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-tiny-"));
  const tiny = join(dir, "tiny");
  mkdirSync(tiny);
  const mounted = await run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", tiny]);
  if (mounted.code !== 0)
    throw new Error(`this test mounts a small file system, which needs root: ${mounted.stderr}`);
  try {
    await run(["dd", "if=/dev/zero", `of=${join(tiny, "filler")}`, "bs=1k"]);
    for (const place of [tiny, join(tiny, "data")]) {
      const { code, stderr } = await start(dir, place);
      expect([code === 0, stderr]).toEqual([
        false,
        expect.stringMatching(/the disk is full\.\s+Free space there/),
      ]);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  } finally {
    await run(["umount", tiny]);
    rmSync(dir, { recursive: true, force: true });
  }
});
