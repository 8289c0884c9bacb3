import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { killGroup, type ResourceLimits, setLimits } from "../lib/posix.ts";
import type { ProcessGroups } from "../lib/process-groups.ts";
import { startTimer } from "../lib/timer.ts";
import { JAIL_FAILED, JAIL_WORDS } from "./jail/jail-steps.ts";
import { programNeeds } from "./jail/program-needs.ts";
import { jailed } from "./jail/shut-in.ts";
import type { RunFolder } from "./run-folder.ts";
import { notShutIn, type SandboxLevel } from "./sandbox-level.ts";

/** One tool to run. Nothing of this process's environment, working folder or open files reaches it. */
export interface SandboxedCommand {
  /** Absolute. */
  program: string;
  argv: readonly string[];
  cwd: string;
  /** Without PATH the program finds no other one, unless it is a script. */
  env: Readonly<Record<string, string>>;
  stdin?: string;
  /** Programs that it may start; absolute. */
  starts?: readonly string[];
  /** All that it may change of the machine. */
  folder: RunFolder;
  /** What it may read of the machine besides; absolute. */
  readable?: readonly string[];
  level: SandboxLevel;
  limits: ResourceLimits;
  timeoutMs: number;
  /** Of stdout; more ends the process. */
  outputBytes: number;
  /** At once, itself counted, and who counts them; more end them all. Absent: as many as it likes. */
  processes?: { most: number; groups: ProcessGroups };
}

export type ProcessEnd =
  | { is: "exited"; code: number; stdout: string; stderr: string }
  /** A signal that we did not send: a limit that was hit, a crash. */
  | { is: "killed"; signal: string; stderr: string }
  | { is: "timed-out"; stderr: string }
  | { is: "too-much-output" }
  | { is: "too-many-processes" }
  | { is: "not-started"; why: string };

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 2_000;
/** How long pipes may stay open once the process is gone and its group is killed. */
const PIPES_MS = 1_000;
/** stderr is for people; of more than that the middle is left out: what we say stands first, the tool's reason last. */
const STDERR_BYTES = 256 * 1024;

/**
 * Runs a program as the leader of its own process group under resource limits. When it ends, for whatever reason,
 * nobody of its group is left.
 * @throws the signal's reason when it is aborted
 */
export async function runSandboxed(command: SandboxedCommand, signal: AbortSignal): Promise<ProcessEnd> {
  for (let tries = 1; ; tries++) {
    const end = await runOnce(command, signal);
    if (!isOurCrash(end, command)) return end;
    if (tries === MOST_CRASHES)
      return { is: "not-started", why: "the process that shuts it in crashed again and again" };
  }
}

/**
 * Between taking the tool's limits and becoming the tool, threads of our runtime live under the tool's memory limit: one
 * that starts in that moment ends the process. The tool has not begun then.
 */
function isOurCrash(end: ProcessEnd, { level }: SandboxedCommand): boolean {
  return (
    level.enter.length > 0 &&
    end.is === "killed" &&
    end.signal !== "SIGKILL" &&
    /\bBun v\d|Bun has crashed/.test(end.stderr)
  );
}

const MOST_CRASHES = 5;

async function runOnce(command: SandboxedCommand, signal: AbortSignal): Promise<ProcessEnd> {
  signal.throwIfAborted();
  let child, entered: string | undefined;
  try {
    const { words, cwd, env, ...start } = startOf(command);
    entered = start.entered;
    child = Bun.spawn([...words], {
      cwd,
      env: { ...env },
      stdin: command.stdin === undefined ? "ignore" : new TextEncoder().encode(command.stdin),
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  } catch (cause) {
    return { is: "not-started", why: messageOf(cause) };
  }
  const { pid } = child;
  // Who shuts himself in sets them too, before the tool's first instruction.
  const limited = command.level.enter.length > 0 ? ({ is: "done" } as const) : setLimits(pid, command.limits);

  let stopped: "timed-out" | "too-much-output" | "too-many-processes" | "aborted" | undefined;
  let killTimer: Timer | undefined;
  const stop = (why: NonNullable<typeof stopped>) => {
    if (stopped !== undefined) return;
    stopped = why;
    killGroup(pid, "SIGTERM");
    killTimer = setTimeout(() => killGroup(pid, "SIGKILL"), GRACE_MS);
  };
  const abort = () => stop("aborted");
  signal.addEventListener("abort", abort, { once: true });
  const deadline = startTimer(command.timeoutMs, () => stop("timed-out"));
  const { processes } = command;
  const uncount = processes?.groups.watch(pid, processes.most, () => {
    stop("too-many-processes");
    killGroup(pid, "SIGKILL");
  });

  const pipesClosed = new AbortController();
  const stdout = readUpTo(child.stdout, command.outputBytes, pipesClosed.signal, () => {
    stop("too-much-output");
    killGroup(pid, "SIGKILL");
  });
  const stderr = readEnds(child.stderr, STDERR_BYTES, pipesClosed.signal);
  try {
    const code = await child.exited;
    killGroup(pid, "SIGKILL");
    const pipesTimer = setTimeout(() => pipesClosed.abort(), PIPES_MS);
    const [out, err] = await Promise.all([stdout, stderr]);
    clearTimeout(pipesTimer);
    if (stopped === "aborted") signal.throwIfAborted();
    if (stopped === "timed-out") return { is: "timed-out", stderr: err };
    if (stopped === "too-much-output" || stopped === "too-many-processes") return { is: stopped };
    // A program that had ended before its limits were set says so by its exit, which is all that counts then.
    if (limited.is === "failed" && code !== 0 && err === "") return { is: "not-started", why: limited.why };
    if (
      entered !== undefined &&
      (!existsSync(entered) || (code === JAIL_FAILED && err.startsWith(JAIL_WORDS)))
    )
      return { is: "not-started", why: notShutIn(err, code) };
    return child.signalCode === null
      ? { is: "exited", code, stdout: out, stderr: err }
      : { is: "killed", signal: String(child.signalCode), stderr: err };
  } finally {
    deadline.cancel();
    uncount?.();
    clearTimeout(killTimer);
    signal.removeEventListener("abort", abort);
  }
}

/** Where this runtime shuts itself in, it lives for milliseconds: no compiler of it is worth its start. */
const JAIL_RUNTIME = { BUN_JSC_useDFGJIT: "0", BUN_JSC_useConcurrentJIT: "0" } as const;

/** What to start, where and with what: the program itself, or who shuts himself in on the way to it. */
function startOf({
  program,
  argv,
  cwd,
  env,
  starts = [],
  readable: more = [],
  folder,
  level,
  limits,
}: SandboxedCommand): {
  words: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** There once the program itself begins. */
  entered?: string;
} {
  const needs = programNeeds(program, starts);
  const all = { PATH: needs.searchPath, ...env };
  if (level.enter.length === 0) return { words: [program, ...argv], cwd, env: all };
  const { files, network, namespaces, landlock } = level;
  // What another tool of the same render could change would decide how this one is shut in.
  const root = folder.makeBeside("root");
  const name = crypto.randomUUID();
  const entered = join(folder.make("entered"), name);
  const steps = join(folder.makeBeside("steps"), name);
  const { readable, devices, signals } = needs;
  const image = jailed(
    {
      ...{ files, network, namespaces },
      ...defined({ landlock }),
      root,
      writable: [folder.path],
      readable: [...readable, ...more],
      devices,
      signals,
      cwd,
    },
    { program: needs.program, words: [program, ...argv], env: all, limits, entered },
  );
  writeFileSync(steps, image, { mode: 0o600 });
  // Bun obeys files of the folder that it starts in: never in one of the repository's.
  return { words: [...level.enter, steps], cwd: root, env: JAIL_RUNTIME, entered };
}

/** Reads to the end, or until `closed`; what is beyond `bytes` is dropped after one call of `onMore`. */
async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
  closed: AbortSignal,
  onMore: () => void,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const value of chunksOf(stream, closed)) {
    if (size <= bytes && size + value.length > bytes) onMore();
    if (size + value.length <= bytes) chunks.push(value);
    size += value.length;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Reads to the end, or until `closed`; of more than `bytes` the first half and the last half are kept. */
async function readEnds(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
  closed: AbortSignal,
): Promise<string> {
  const half = bytes / 2;
  let first = Buffer.alloc(0),
    last = Buffer.alloc(0),
    size = 0;
  for await (const value of chunksOf(stream, closed)) {
    size += value.length;
    const room = half - first.length;
    if (room > 0) first = Buffer.concat([first, value.subarray(0, room)]);
    if (value.length > room) last = Buffer.concat([last, value.subarray(Math.max(0, room))]).subarray(-half);
  }
  return Buffer.concat(size > bytes ? [first, Buffer.from("\n…\n"), last] : [first, last]).toString("utf8");
}

async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  closed: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  const giveUp = new Promise<{ done: true; value: undefined }>((resolve) =>
    closed.addEventListener("abort", () => resolve({ done: true, value: undefined }), { once: true }),
  );
  for (;;) {
    const { done, value } = await Promise.race([reader.read(), giveUp]);
    if (done) return;
    yield value;
  }
}
