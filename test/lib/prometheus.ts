/** A real Prometheus (Debian's), on loopback. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./daemon.ts";
import { eventually } from "./eventually.ts";

const PROGRAM = "/usr/bin/prometheus";

interface Answer {
  status: string;
  error?: string;
  data: any;
}

export interface Prometheus {
  /** Of its HTTP API: `/api/v1/targets` and the like. */
  ask(path: string, query?: Record<string, string>): Promise<Answer>;
  /** What an expression gives now. @throws {Error} where it is none */
  series(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]>;
  stop(): Promise<void>;
}

/** @param config prometheus.yml; JSON is one too */
export async function startPrometheus(config: string): Promise<Prometheus> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-prometheus-"));
  const file = join(dir, "prometheus.yml");
  const log = join(dir, "log");
  writeFileSync(file, config);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = Bun.spawn(
    [
      PROGRAM,
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(dir, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: Bun.file(log) },
  );
  const ask: Prometheus["ask"] = async (path, query = {}) =>
    (await (await fetch(`${url}${path}?${new URLSearchParams(query)}`)).json()) as Answer;
  const stop = async (): Promise<void> => {
    child.kill();
    await child.exited;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await eventually(
      () => `Prometheus is up\n${readFileSync(log, "utf8").slice(-2_000)}`,
      async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true,
      30_000,
    );
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    ask,
    async series(expression) {
      const { status, error, data } = await ask("/api/v1/query", { query: expression });
      if (status !== "success") throw new Error(`${expression}: ${error}`);
      return data.result;
    },
    stop,
  };
}
