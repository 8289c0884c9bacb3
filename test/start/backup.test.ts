/** Backup and restore by the compiled binary: while a daemon writes, on a full disk, and back into an empty folder. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTar } from "../../src/lib/tar.ts";
import { BINARY, type Daemon, run, startDaemon } from "../lib/daemon.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "holdfast-backup-"));
let daemon: Daemon;
beforeAll(async () => {
  daemon = await startDaemon(
    "clusters: []\napplications: [./apps]\n",
    { "apps/none.txt": "" },
    { token: "sesame-open-0123456789" },
  );
});
afterAll(async () => {
  await daemon?.stop();
  rmSync(dir, { recursive: true, force: true });
});
const data = (): string => join(daemon.dir, "data");

/** Writes entries of the activity for as long as `until` does not say so. */
async function writing(until: Promise<unknown>): Promise<number> {
  let ended = false;
  void until.finally(() => (ended = true));
  let written = 0;
  while (!ended) {
    const { status } = await daemon.api("/api/holdfast/v1/pauses", {
      method: "POST",
      body: JSON.stringify({ of: "deletions", why: `n${written}` }),
    });
    if (status >= 300) throw new Error(`a pause is answered with ${status}`);
    written += 1;
  }
  return written;
}

test("a backup that is taken while the daemon writes is whole, only its owner reads it, and tar can look into it", async () => {
  const file = join(dir, "one.tar");
  mkdirSync(join(data(), "clusters"), { recursive: true });
  const taking = run([BINARY, "backup", file, "--data", data()]);
  expect(await writing(taking)).toBeGreaterThan(0);
  expect(await taking).toMatchObject({ code: 0, stderr: expect.stringContaining("It holds secrets") });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(["one.tar"]);
  expect((await run(["/bin/tar", "tf", file])).stdout.split("\n")).toContain("holdfast.db");
  expect(await run([BINARY, "restore", file, "--check", "--data", join(dir, "nowhere")])).toMatchObject({
    code: 0,
  });
  expect(existsSync(join(dir, "nowhere"))).toBe(false);
  expect((await run([BINARY, "backup", file, "--data", data()])).code).toBe(2);
});

test("a check needs no config and no folder, and writes nothing; a restore says that it needs one", async () => {
  const away = join(dir, "away");
  mkdirSync(away);
  const file = join(dir, "one.tar");
  const options = { cwd: away, env: { PATH: "/usr/bin:/bin", HOME: away } };
  const { code, stdout } = await run([BINARY, "restore", file, "--check", "-o", "json"], options);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ paths: expect.arrayContaining(["holdfast.db"]) });
  expect(JSON.parse(stdout)).not.toHaveProperty("folder");
  const missing = await run([BINARY, "restore", file, "--check", "--config", "no.yaml"], options);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("no.yaml")]);
  const restore = await run([BINARY, "restore", file, "--yes"], options);
  expect([restore.code, restore.stderr]).toEqual([2, expect.stringContaining("Name the folder with --data")]);
  expect(readdirSync(away)).toEqual([]);
});

test("standard output has the same bytes, and nothing else", async () => {
  const { code } = await run(["/bin/sh", "-c", `'${BINARY}' backup - --data '${data()}' > '${dir}/two.tar'`]);
  expect(code).toBe(0);
  const names = readTar(readFileSync(join(dir, "two.tar"))).map(({ name }) => name);
  expect(names).toContain("contents.json");
  expect(
    (await run([BINARY, "restore", join(dir, "two.tar"), "--check", "--data", join(dir, "x")])).code,
  ).toBe(0);
});

test("by standard input it is restored as by a file, and a torn one writes nothing", async () => {
  const there = join(dir, "piped");
  const piped = (from: string, flags: string) =>
    run(["/bin/sh", "-c", `${from} | '${BINARY}' restore - --data '${there}' ${flags}`]);
  expect((await piped(`head -c 20000 '${dir}/one.tar'`, "--yes")).code).toBe(2);
  const unasked = await piped(`cat '${dir}/one.tar'`, "");
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("Say --yes")]);
  expect((await piped(`cat '${dir}/one.tar'`, "--check")).code).toBe(0);
  expect(existsSync(there)).toBe(false);
  expect(await piped(`cat '${dir}/one.tar'`, "--yes")).toMatchObject({
    code: 0,
    stdout: `restored ${there}\n`,
  });
  expect((await run([BINARY, "activity", "verify", "--data", there])).code).toBe(0);
});

test("it is not put where a daemon runs; elsewhere a daemon starts on it, with its deletions paused", async () => {
  const file = join(dir, "one.tar");
  const refused = await run([BINARY, "restore", file, "--yes", "--data", data()]);
  expect([refused.code, refused.stderr]).toEqual([7, expect.stringContaining("another Holdfast uses it")]);
  const there = join(dir, "restored");
  expect((await run([BINARY, "restore", file, "--yes", "--data", there])).code).toBe(0);
  const second = await startDaemon("clusters: []\n", {}, { token: "sesame-open-0123456789", data: there });
  try {
    const { body } = await second.api<Record<string, any>>("/api/holdfast/v1/problems");
    expect(JSON.stringify(body)).toContain("restored from a backup of");
    expect((await run([BINARY, "activity", "verify", "--data", there])).code).toBe(0);
  } finally {
    await second.stop();
  }
});

test("a torn backup is told as one, and nothing is written", async () => {
  const whole = readFileSync(join(dir, "one.tar"));
  writeFileSync(join(dir, "torn.tar"), whole.subarray(0, whole.length - 3000));
  const { code, stderr } = await run([
    BINARY,
    "restore",
    join(dir, "torn.tar"),
    "--yes",
    "--data",
    join(dir, "torn"),
  ]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("cut off")]);
  expect(existsSync(join(dir, "torn"))).toBe(false);
});

test("a full disk ends both with the reason, and leaves what was there", async () => {
  const small = join(dir, "small");
  mkdirSync(small);
  const within = (bytes: string, line: string) =>
    run([
      "/usr/bin/unshare",
      "--mount",
      "/bin/sh",
      "-c",
      `mount --make-rprivate / && mount -t tmpfs -o size=${bytes} small '${small}' && mkdir '${small}/data' && echo mine > '${small}/data/mine' && { ${line}; code=$?; ls -A '${small}' '${small}/data'; exit $code; }`,
    ]);
  const backup = await within("64k", `'${BINARY}' backup '${small}/b.tar' --data '${data()}'`);
  expect([backup.code, backup.stderr]).toEqual([10, expect.stringContaining("the disk is full")]);
  expect(backup.stdout).not.toContain("b.tar");
  const restore = await within("64k", `'${BINARY}' restore '${dir}/one.tar' --yes --data '${small}/data'`);
  expect([restore.code, restore.stderr]).toEqual([10, expect.stringContaining("the disk is full")]);
  expect(restore.stdout).toContain("mine");
  expect(restore.stdout).not.toMatch(/holdfast\.db|restore\.new|restoring/);
});
