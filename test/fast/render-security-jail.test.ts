/**
 * The jail alone: what a tool that was taken over can do at each level. Without jail everything happens, which shows that
 * the tests would see it. What hostile content brings about without the checks is in hostile-content.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { JailPlan } from "../../src/render/jail/jail-plan.ts";
import { keepsSignalsInside } from "../../src/render/jail/landlock.ts";
import { jailed } from "../../src/render/jail/shut-in.ts";
import { makeRunFolder, type RunFolder } from "../../src/render/run-folder.ts";
import { type SandboxLevel, sandboxes } from "../../src/render/sandbox-level.ts";
import { type ProcessEnd, runSandboxed } from "../../src/render/sandboxed-process.ts";
import type { Happened, Target } from "../lib/escape-attempts.ts";
import { OUTSIDE } from "../lib/hostile-charts.ts";

const bun = realpathSync(process.execPath);
const elsewhere = mkdtempSync(join(tmpdir(), "holdfast-elsewhere-"));
const outside = join(elsewhere, "secret.json");
const levels: SandboxLevel[] = [];
for (const entrance of ["launcher", "this program"] as const)
  for await (const level of sandboxes(entrance))
    if (level.enter.length > 0 || entrance === "this program") levels.push(level);

/** How a level is told apart from another way to the same one. */
const shown = ({ name, network, namespaces, enter }: SandboxLevel): string =>
  `${name}, network ${network}, namespaces ${namespaces}, entered by ${enter.map((word) => basename(word)).join(" ") || "nothing"}`;

beforeAll(() => {
  writeFileSync(outside, OUTSIDE);
});
afterAll(() => rmSync(elsewhere, { recursive: true }));

/** Runs a program on files in a run folder. */
async function run(
  level: SandboxLevel,
  program: string,
  argv: readonly string[] | ((folder: string) => readonly string[]),
  files: Record<string, string | Uint8Array> = {},
  cwd = "",
): Promise<ProcessEnd> {
  const folder: RunFolder = makeRunFolder(join(elsewhere, "scratch"));
  try {
    const source = folder.make("source-0");
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), content);
    }
    return await runSandboxed(
      {
        program,
        argv: typeof argv === "function" ? argv(join(source, cwd)) : argv,
        cwd: join(source, cwd),
        env: folder.env(),
        folder,
        level,
        limits: {},
        timeoutMs: 20_000,
        outputBytes: 1 << 20,
      },
      new AbortController().signal,
    );
  } finally {
    await folder.remove();
  }
}

function wordsOf(end: ProcessEnd): string {
  return JSON.stringify(end);
}

test("a machine that tests for others has every level", () => {
  const names = [...new Set(levels.map(({ name }) => name))];
  if (process.env["CI"] === "true" && process.platform === "linux")
    expect(names).toEqual(["mounts", "landlock", "network", "limits", "none"]);
  expect(names.at(-1)).toBe("none");
});

describe("a tool that was taken over", () => {
  const tcp = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const socket = Bun.serve({ unix: join(elsewhere, "socket"), fetch: () => new Response() });
  afterAll(async () => {
    await tcp.stop(true);
    await socket.stop(true);
  });

  const FILES = [
    "read a secret",
    "read by way of the own process",
    "list the machine's files",
    "write a file",
    "run a shell",
    "run what it wrote",
  ];
  const NETWORK = ["open a connection", "send a datagram"];

  test.each(levels.map((level) => ({ level, shown: shown(level) })))("at $shown", async ({ level }) => {
    const udp = await Bun.udpSocket({ hostname: "127.0.0.1" });
    const target: Target = {
      secret: outside,
      folder: elsewhere,
      parent: process.pid,
      tcpPort: tcp.port ?? 0,
      udpPort: udp.port,
      socket: join(elsewhere, "socket"),
      program: bun,
    };
    const script = await Bun.file(join(import.meta.dir, "../lib/escape-attempts.ts")).text();
    const end = await run(level, bun, ["escape.ts", JSON.stringify(target)], { "escape.ts": script });
    udp.close();
    expect(wordsOf(end)).toContain('"code":0');
    const happened = JSON.parse(end.is === "exited" ? end.stdout : "{}") as Happened;
    const held = (names: readonly string[]): string[] => names.filter((name) => happened[name] === "held");
    expect({ files: held(FILES), network: held(NETWORK) }).toEqual({
      files: level.files === "open" ? [] : FILES,
      network: level.network === "open" ? [] : NETWORK,
    });
    if (level.files === "mounts")
      expect(happened).toMatchObject({ "change the tool": "held", "reach a socket": "held" });
    if (level.network !== "open") expect(happened["make a namespace"]).toBe("held");
    expect(existsSync(join(elsewhere, "written"))).toBe(level.files === "open");
    rmSync(join(elsewhere, "written"), { force: true });
  });
});

/** Every way to signal somebody, with the signal that only asks whether one may. Prints EPERM or what else came of each. */
const SIGNALS = `
  import { dlopen, FFIType, ptr } from "bun:ffi";
  const { syscall } = dlopen("libc.so.6", { syscall: { args: Array(7).fill(FFIType.i64), returns: FFIType.i64 } }).symbols;
  const { __errno_location: where } = dlopen("libc.so.6", { __errno_location: { args: [], returns: FFIType.ptr } }).symbols;
  const { read } = await import("bun:ffi");
  const N = process.arch === "arm64"
    ? { kill: 129, tkill: 130, tgkill: 131, queue: 138, queueThread: 240, pidfd: 434, fcntl: 25, ioctl: 29, clone: 220, ppoll: 73 }
    : { kill: 62, tkill: 200, tgkill: 234, queue: 129, queueThread: 297, pidfd: 434, fcntl: 72, ioctl: 16, clone: 56, ppoll: 271 };
  const [daemon, thread, stranger] = process.argv.slice(2).map(Number);
  const info = new Int32Array(32);
  info[2] = -1;
  const call = (number, ...args) => {
    const done = syscall(BigInt(number), ...[...args, 0, 0, 0, 0, 0, 0].slice(0, 6).map(BigInt));
    return done >= 0n ? "done" : read.i32(where()) === 1 ? "EPERM" : "error " + read.i32(where());
  };
  // A second runtime ends itself in a jail, sooner or later: this child is a copy that waits in the kernel.
  const child = Number(syscall(BigInt(N.clone), 17n, 0n, 0n, 0n, 0n, 0n));
  if (child === 0) for (;;) syscall(BigInt(N.ppoll), 0n, 0n, 0n, 0n, 0n, 0n);
  if (child < 0) throw new Error("it could not start a child");
  const of = (pid) => ({
    kill: call(N.kill, pid, 0), tkill: call(N.tkill, pid, 0), tgkill: call(N.tgkill, pid, pid, 0),
    queue: call(N.queue, pid, 0, ptr(info)), queueThread: call(N.queueThread, pid, pid, 0, ptr(info)),
  });
  const group = call(N.kill, 0, 0) + ", " + call(N.kill, -process.pid, 0);
  console.log(JSON.stringify({
    daemon: of(daemon),
    "a thread of the daemon": { kill: call(N.kill, thread, 0), tkill: call(N.tkill, thread, 0), tgkill: call(N.tgkill, daemon, thread, 0) },
    "everybody, and another group": [call(N.kill, -1, 0), call(N.kill, -stranger, 0)],
    stranger: call(N.kill, stranger, 0),
    "by a file": [call(N.fcntl, 1, 8, daemon), call(N.fcntl, 1, 10, 9), call(N.ioctl, 1, 0x8901, ptr(info))],
    "by a handle": call(N.pidfd, daemon, 0),
    itself: of(process.pid), group, child: call(N.kill, child, 0),
  }));
  process.exit(0);
`;

const NONE = { kill: "EPERM", tkill: "EPERM", tgkill: "EPERM", queue: "EPERM", queueThread: "EPERM" };
const ALL = { kill: "done", tkill: "done", tgkill: "done", queue: "done", queueThread: "done" };

/** What a tool that starts others can signal. */
async function signalled(level: SandboxLevel): Promise<unknown> {
  const other = Bun.spawn(["/bin/sleep", "60"], { detached: true });
  const thread = readdirSync("/proc/self/task").find((id) => Number(id) !== process.pid) ?? "0";
  const argv = ["s.ts", ...[process.pid, thread, other.pid].map(String)];
  try {
    const end = await run(level, bun, argv, { "s.ts": SIGNALS });
    if (end.is !== "exited" || end.code !== 0) throw new Error(wordsOf(end));
    return JSON.parse(end.stdout);
  } finally {
    other.kill("SIGKILL");
  }
}

/** `network`: nothing but the filter; the others with a kernel whose Landlock knows of no signals. */
const withoutScope = levels
  .filter(({ network }) => network !== "open")
  .map((level) => ({ level: { ...level, landlock: 5 }, shown: shown(level) }));

test.each(withoutScope)(
  "a tool cannot signal the daemon where the kernel does not keep signals inside: $shown",
  async ({ level }) => {
    expect(await signalled(level)).toEqual({
      daemon: NONE,
      "a thread of the daemon": { kill: "EPERM", tkill: "EPERM", tgkill: "EPERM" },
      "everybody, and another group": ["EPERM", "EPERM"],
      stranger: "EPERM",
      "by a file": ["EPERM", "EPERM", "EPERM"],
      "by a handle": "EPERM",
      itself: ALL,
      group: "done, done",
      child: "EPERM",
    });
  },
);

test("a tool can end what it started, and nobody else, where the kernel keeps signals inside", async () => {
  const scoped = levels.filter((level) => level.network !== "open" && keepsSignalsInside(level));
  if (process.env["CI"] === "true" && process.platform === "linux") expect(scoped).not.toEqual([]);
  for (const level of scoped)
    expect(await signalled(level)).toMatchObject({
      daemon: NONE,
      stranger: "EPERM",
      itself: ALL,
      group: "done, done",
      child: "done",
    });
});

test("a tool that starts no others can signal nobody else", async () => {
  const level = levels.find(({ network }) => network === "seccomp");
  if (process.env["CI"] === "true" && process.platform === "linux") expect(level).toBeDefined();
  if (level === undefined) return;
  const script = `const told = [process.pid, ${process.pid}].map((pid) => { try { return process.kill(pid, 0); } catch (error) { return error.code; } }); console.log(JSON.stringify(told));`;
  const asked = async (signals: JailPlan["signals"]): Promise<unknown> => {
    const plan: JailPlan = {
      ...{ files: "open", network: "seccomp", namespaces: "given", root: elsewhere, cwd: elsewhere },
      ...{ writable: [], readable: [], devices: [], signals },
    };
    const entered = join(elsewhere, `entered-${signals}`);
    const words = ["bun", "-e", script];
    const file = join(elsewhere, `steps-${signals}`);
    writeFileSync(file, jailed(plan, { program: bun, words, env: {}, limits: {}, entered }));
    const child = Bun.spawn([...level.enter, file], { cwd: elsewhere });
    return JSON.parse(await new Response(child.stdout).text());
  };
  expect([await asked("its own"), await asked("itself")]).toEqual([
    [true, "EPERM"],
    [true, "EPERM"],
  ]);
});
