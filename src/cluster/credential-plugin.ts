import { Failure } from "../core/model/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import { backoffMs } from "../lib/backoff.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { killGroup } from "../lib/posix.ts";
import { startTimer } from "../lib/timer.ts";

/** What a plugin gives: a token, a certificate, or both. */
export interface Credential {
  token?: string;
  cert?: string;
  key?: string;
}

/** `user.exec` of a kubeconfig, its command absolute where it is a path. */
export interface ExecConfig {
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  apiVersion?: string;
  provideClusterInfo?: boolean;
  installHint?: string;
}

export interface PluginOptions {
  exec: ExecConfig;
  /** The cluster as a plugin with `provideClusterInfo` sees it (client.authentication.k8s.io, type Cluster). */
  cluster: Record<string, unknown>;
  /** Of the daemon: plugins find their programs and their cloud's settings in it. */
  environment: Readonly<Record<string, string | undefined>>;
  /** How long it may take. */
  limitMs: number;
  clock: Clock;
}

/** Credentials are small; what prints more is no plugin. */
const MOST_BYTES = 1 << 20;
const MOST_ERROR_BYTES = 4096;
/** Credentials are renewed so long before they end, in milliseconds: a request takes a moment. */
const EARLIER_MS = 10_000;
/** Credentials that have ended when they arrive (clocks differ) are used for so long all the same. */
const SHORTEST_MS = 10_000;
/** How long pipes may stay open once the plugin has ended. */
const PIPES_MS = 1_000;
const AGAIN = { firstMs: 1_000, mostMs: 60_000 };

/**
 * An exec credential plugin of an operator's kubeconfig. Asked once for however many requests wait for it, killed with
 * everything it started when it does not answer in time, and left alone for a while after it failed.
 */
export class CredentialPlugin {
  #credential: { credential: Credential; endsAt: number; askedAt: number } | undefined;
  #asking: Promise<Credential> | undefined;
  #failed: { times: number; at: number; failure: Failure } | undefined;
  /** Process groups of plugins that run. */
  readonly #running = new Set<number>();

  constructor(readonly options: PluginOptions) {}

  /** Why requests wait, while they do. */
  get waitsFor(): string | undefined {
    return this.#asking === undefined
      ? undefined
      : `its credential plugin ${this.options.exec.command} has not answered yet`;
  }

  /** @throws {Failure} cluster-auth */
  async credential(): Promise<Credential> {
    const { clock } = this.options;
    const known = this.#credential;
    if (
      known !== undefined &&
      (clock.now() < known.endsAt || clock.monotonic() - known.askedAt < SHORTEST_MS)
    )
      return known.credential;
    if (this.#failed !== undefined) {
      const pauseMs = backoffMs(this.#failed.times, AGAIN);
      if (clock.monotonic() - this.#failed.at < pauseMs) throw this.#failed.failure;
    }
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** The server refused what it gave: it is asked anew. */
  renew(): void {
    this.#credential = undefined;
  }

  stop(): void {
    for (const pid of this.#running) killGroup(pid, "SIGKILL");
  }

  async #ask(): Promise<Credential> {
    try {
      const answer = readCredential(await this.#run(), this.#apiVersion);
      this.#failed = undefined;
      this.#credential = { ...answer, askedAt: this.options.clock.monotonic() };
      return answer.credential;
    } catch (cause) {
      const failure = new Failure(
        "cluster-auth",
        `credential plugin ${this.options.exec.command}`,
        "backoff",
        {
          cannot: "get credentials from it",
          why: messageOf(cause),
          fix:
            this.options.exec.installHint ??
            "Run it by hand as the daemon's user, and correct users[].user.exec",
          cause,
        },
      );
      this.#failed = {
        times: (this.#failed?.times ?? 0) + 1,
        at: this.options.clock.monotonic(),
        failure,
      };
      throw failure;
    }
  }

  get #apiVersion(): string {
    return this.options.exec.apiVersion ?? "client.authentication.k8s.io/v1";
  }

  /** @returns what it printed */
  async #run(): Promise<string> {
    const { cluster, environment, limitMs, exec } = this.options;
    const { command, args, env, provideClusterInfo } = exec;
    const info = {
      apiVersion: this.#apiVersion,
      kind: "ExecCredential",
      spec: { interactive: false, ...(provideClusterInfo === true ? { cluster } : {}) },
    };
    const variables: Record<string, string | undefined> = { ...environment };
    for (const { name, value } of env ?? []) variables[name] = value;
    variables["KUBERNETES_EXEC_INFO"] = JSON.stringify(info);
    const child = Bun.spawn([command, ...(args ?? [])], {
      env: variables,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      // A group of its own, so that what it started goes with it.
      detached: true,
    });
    this.#running.add(child.pid);
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped ??= why;
      killGroup(child.pid, "SIGKILL");
    };
    const deadline = startTimer(limitMs, () =>
      stop(`it did not answer within ${limitMs / 1000} s and was killed`),
    );
    const reading = new AbortController();
    try {
      const outputs = Promise.all([
        readUpTo(child.stdout, MOST_BYTES, reading.signal, () =>
          stop(`it printed more than ${MOST_BYTES} bytes and was killed`),
        ),
        readUpTo(child.stderr, MOST_ERROR_BYTES, reading.signal, () => undefined),
      ]);
      const code = await child.exited;
      if (code !== 0) killGroup(child.pid, "SIGKILL");
      // What it left running may hold its pipes open; it has said what it had to say.
      const late = startTimer(PIPES_MS, () => reading.abort());
      const [out, err] = await outputs;
      late.cancel();
      if (stopped !== undefined) throw new Error(stopped);
      if (code !== 0) throw new Error(`it ended with ${child.signalCode ?? `code ${code}`}${lastLine(err)}`);
      return out;
    } finally {
      deadline.cancel();
      this.#running.delete(child.pid);
    }
  }
}

function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? "" : `: ${line.slice(0, 300)}`;
}

/** Reads to the end, and on without keeping it where it is more. @param onMore called once */
async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  most: number,
  signal: AbortSignal,
  onMore: () => void,
): Promise<string> {
  const reader = stream.getReader();
  const abort = (): void => void reader.cancel();
  signal.addEventListener("abort", abort, { once: true });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (bytes <= most && bytes + value.length > most) onMore();
    if (bytes < most) chunks.push(value.subarray(0, most - bytes));
    bytes += value.length;
  }
  return Buffer.concat(chunks).toString();
}

/** @throws {Error} why it is no credential */
function readCredential(text: string, apiVersion: string): { credential: Credential; endsAt: number } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    // Not shown: it may hold half a token.
    throw new Error("what it printed is not JSON");
  }
  const answer = (typeof read === "object" && read !== null ? read : {}) as {
    apiVersion?: unknown;
    kind?: unknown;
    status?: Record<string, unknown> | null;
  };
  if (answer.kind !== "ExecCredential") throw new Error("what it printed is no ExecCredential");
  if (answer.apiVersion !== apiVersion)
    throw new Error(`it answered as ${String(answer.apiVersion)}, and was asked for ${apiVersion}`);
  const status = answer.status ?? {};
  const field = (name: string): string | undefined => {
    const value = status[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const token = field("token"),
    cert = field("clientCertificateData"),
    key = field("clientKeyData"),
    ends = field("expirationTimestamp");
  if ((cert === undefined) !== (key === undefined))
    throw new Error("it gave a certificate without its key, or a key without its certificate");
  if (token === undefined && cert === undefined) throw new Error("it gave neither a token nor a certificate");
  const endsAt = ends === undefined ? Infinity : Date.parse(ends) - EARLIER_MS;
  if (Number.isNaN(endsAt)) throw new Error(`its expirationTimestamp ${ends} is no time`);
  return {
    credential: {
      ...defined({ token }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
    endsAt,
  };
}
