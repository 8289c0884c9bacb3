import type { Subprocess } from "bun";
import { messageOf } from "../lib/caught.ts";
import { setLimits } from "../lib/posix.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { type AnswerLine, type Job, READY_LINE, type RunAnswer } from "./job.ts";

export interface CheckProcessOptions {
  /** Program and arguments that end in `runCheckHost`. */
  command: readonly string[];
  /** A script that takes longer is ended with its process. */
  jobMs: number;
  /** The process itself must be up by then. */
  startMs: number;
  /** Without a job for so long, the process ends. */
  idleMs: number;
}

export const checkProcessDefaults = { jobMs: 1_000, startMs: 20_000, idleMs: 60_000 } as const;

type Child = Subprocess<"pipe", "pipe", "ignore">;
interface Running {
  child: Child;
  lines: AsyncIterator<string>;
}

/**
 * One process for users' scripts, started at the first job and again after it had to be killed. A process, not a
 * thread: a loop inside WebAssembly or inside one library call cannot be ended from within, only killed. It gets no
 * environment, no file and no network to work with, and its interpreter has none to offer.
 */
export class CheckProcess {
  #running: Running | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #next = 0;
  #idle: Timer | undefined;
  #stopped = false;

  constructor(readonly options: CheckProcessOptions) {}

  /** Jobs run one after another, in the order they were asked. Never throws. */
  run(job: Job, signal?: AbortSignal): Promise<RunAnswer> {
    const mine = this.#turn.then(() => this.#runNow(job, signal));
    this.#turn = mine;
    return mine;
  }

  /** Ends the process; jobs that wait are answered with a failure. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#kill();
    await this.#turn;
  }

  async #runNow(job: Job, signal: AbortSignal | undefined): Promise<RunAnswer> {
    if (this.#stopped || signal?.aborted) return { is: "failed", why: "stopped" };
    this.#idle?.cancel();
    try {
      const running = this.#running ?? (await this.#start());
      if (running === undefined)
        return {
          is: "failed",
          why: `the process for scripts did not start within ${this.options.startMs} ms`,
        };
      this.#running = running;
      const id = this.#next++;
      running.child.stdin.write(`${JSON.stringify({ id, job }, exactly)}\n`);
      await running.child.stdin.flush();
      const line = await within(this.options.jobMs, running.lines.next(), signal);
      if (line === "late") {
        await this.#kill();
        return signal?.aborted
          ? { is: "failed", why: "stopped" }
          : { is: "ended", why: `it was ended after ${this.options.jobMs} ms without an answer` };
      }
      if (line.done) {
        await this.#kill();
        return this.#stopped ? { is: "failed", why: "stopped" } : { is: "ended", why: "its process ended" };
      }
      return (JSON.parse(line.value) as AnswerLine).answer;
    } catch (cause) {
      await this.#kill();
      return { is: "failed", why: messageOf(cause) };
    } finally {
      this.#idle = startTimer(this.options.idleMs, () => void this.#kill()).unref();
    }
  }

  async #start(): Promise<Running | undefined> {
    const child: Child = Bun.spawn([...this.options.command], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
      env: {},
      cwd: "/",
    });
    child.unref();
    const running = { child, lines: linesOf(child.stdout) };
    this.#running = running;
    const first = await within(this.options.startMs, running.lines.next());
    if (first === "late" || first.done || first.value !== READY_LINE) {
      await this.#kill();
      return undefined;
    }
    // No files to grow and no core dumps; time and memory are limited above and in the interpreter.
    setLimits(child.pid, { fileBytes: 0, coreBytes: 0 });
    return running;
  }

  async #kill(): Promise<void> {
    this.#idle?.cancel();
    const child = this.#running?.child;
    this.#running = undefined;
    if (child === undefined) return;
    child.kill("SIGKILL");
    await child.exited;
  }
}

/** Whole numbers beyond 2^53 cannot cross as JSON numbers of JavaScript; scripts see them as text. */
function exactly(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

async function within<T>(ms: number, work: Promise<T>, signal?: AbortSignal): Promise<T | "late"> {
  const { promise, resolve } = Promise.withResolvers<"late">();
  const timer = startTimer(ms, () => resolve("late"));
  const abort = () => resolve("late");
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", abort);
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
