/** The compiled daemon as a process of its own, and what it costs as the kernel and its own metrics have it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, freePort } from "../test/lib/daemon.ts";
import { sumOf } from "./metrics-text.ts";

export interface RunningDaemon {
  url: string;
  pid: number;
  /** Since its start, of it and all of its children, ended ones too. */
  cpuSeconds(): number;
  /** Of it and its children together, the largest sum that was sampled; bytes. */
  peakRss(): number;
  rss(): number;
  /** Its own counters of API requests by verb. */
  requests(): Promise<Record<string, number>>;
  metric(name: string): Promise<number>;
  /** All of its metrics, as text. */
  scrape(): Promise<string>;
  /** Status of the answer, 0 where there is none. */
  probe(path: string): Promise<number>;
  api<T>(path: string, init?: RequestInit): Promise<T>;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
}

/** What is started; another command, such as one that takes a profile from sources, where BENCH_COMMAND has its words. */
const COMMAND = process.env.BENCH_COMMAND?.split(" ") ?? [BINARY];

/**
 * Writes its config and starts it, without waiting for it to answer. `log` in `dir` has what it says.
 * @param config lines beside its address, its data folder and how often it polls
 */
export async function startDaemon(dir: string, config: readonly string[]): Promise<RunningDaemon> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await Bun.write(
    join(dir, "holdfast.yaml"),
    [`server: { listen: "127.0.0.1:${port}" }`, "data: ./data", `poll: "*/3 * * * *"`, ...config, ""].join(
      "\n",
    ),
  );
  const child = Bun.spawn([...COMMAND, "serve", "--config", join(dir, "holdfast.yaml")], {
    stdout: "ignore",
    stderr: Bun.file(join(dir, "log")),
    stdin: "ignore",
  });
  const { pid } = child;
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, rssOf(pid))), 50);
  void child.exited.then(() => clearInterval(sampler));
  const api = async <T>(path: string, init?: RequestInit): Promise<T> =>
    (await fetch(`${url}${path}`, init)).json() as Promise<T>;
  const scrape = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
  return {
    url,
    pid,
    api,
    scrape,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    cpuSeconds: () => cpuOf(pid),
    peakRss: () => Math.max(peak, rssOf(pid)),
    rss: () => rssOf(pid),
    async requests() {
      const counts: Record<string, number> = {};
      for (const [, labels = "", value] of (await scrape()).matchAll(
        /^holdfast_api_requests_total\{([^}]*)\} (\S+)$/gm,
      )) {
        const verb = /verb="([^"]*)"/.exec(labels)?.[1] ?? "";
        counts[verb] = (counts[verb] ?? 0) + Number(value);
      }
      return counts;
    },
    metric: async (name) => sumOf(await scrape(), name),
    probe: (path) =>
      fetch(`${url}${path}`).then(
        ({ status }) => status,
        () => 0,
      ),
  };
}

/** What was added from one reading to the next; unchanged keys are left out. */
export function difference(
  before: Record<string, number>,
  after: Record<string, number>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([verb, count]) => [verb, count - (before[verb] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended between two looks.
    return "";
  }
}

/** Of a process: itself and all that it started, as far as they run. */
export const processesOf = (pid: number): number[] => [pid, ...childrenOf(pid)];

function childrenOf(pid: number): number[] {
  const direct = read(`/proc/${pid}/task/${pid}/children`)
    .trim()
    .split(" ")
    .filter((text) => text !== "")
    .map(Number);
  return direct.flatMap((child) => [child, ...childrenOf(child)]);
}

function rssOf(pid: number): number {
  return processesOf(pid).reduce(
    (sum, each) => sum + Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${each}/status`))?.[1] ?? 0) * 1024,
    0,
  );
}

/** Clock ticks are hundredths of a second on Linux. */
function cpuOf(pid: number): number {
  const of = (each: number): number => {
    const fields = read(`/proc/${each}/stat`)
      .replace(/^.*\) /, "")
      .split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  };
  return processesOf(pid).reduce((sum, each) => sum + of(each), 0);
}
