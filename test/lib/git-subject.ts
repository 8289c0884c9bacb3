/**
 * Git under test in a process of its own, which says how it fared: how far its memory grew, and the longest time that
 * one turn of its event loop kept the processor. Started by `startGitSubject`.
 */
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { clock, quiet, systemGit } from "./git-remotes.ts";

export interface SubjectJob {
  url: string;
  /** Where absent, main is resolved. */
  commit?: string;
  read: string;
}

export interface SubjectAnswer {
  /** The file's text, or the failure's. */
  text?: string;
  failure?: { code: string; message: string; object: string };
  /** Something else than a Failure was thrown. */
  fault?: string;
  /** Peak of the resident set since the last answer, bytes. */
  peakRss: number;
  /** CPU time of the process in the busiest turn, milliseconds. */
  busiestTurnMs: number;
}

export interface SubjectOptions {
  dataDir: string;
  road: "program" | "library";
}

export interface GitSubject {
  ask(job: SubjectJob): Promise<SubjectAnswer>;
  /** Resident bytes now, after a collection. */
  rest(): Promise<number>;
  pid: number;
  stop(): Promise<void>;
}

export function startGitSubject(options: SubjectOptions): GitSubject {
  const child = Bun.spawn([process.execPath, import.meta.path, JSON.stringify(options)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = linesOf(child.stdout);
  const send = async <T>(message: object): Promise<T> => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    await child.stdin.flush();
    const line = await lines.next();
    if (line.done === true) throw new Error(`the subject ended with ${child.signalCode ?? child.exitCode}`);
    return JSON.parse(line.value) as T;
  };
  return {
    pid: child.pid,
    ask: (job) => send({ job }),
    rest: async () => (await send<{ rss: number }>({ rest: true })).rss,
    async stop() {
      child.stdin.end();
      await child.exited;
    },
  };
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

async function serve({ dataDir, road }: SubjectOptions): Promise<void> {
  const git = new Repositories({
    dataDir,
    clock,
    log: quiet,
    systemGit: road === "program" ? systemGit : undefined,
    timeoutMs: 1_500,
    fetchTimeoutMs: 8_000,
    maxPackBytes: 64 * 2 ** 20,
    maxObjectBytes: 4 * 2 ** 20,
  });
  let peakRss = 0,
    busiest = 0;
  let last = process.cpuUsage();
  const look = (): void => {
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
    const spent = process.cpuUsage(last);
    last = process.cpuUsage();
    busiest = Math.max(busiest, (spent.user + spent.system) / 1000);
  };
  setInterval(look, 2);
  const read = async ({ url, commit, read: path }: SubjectJob): Promise<string> => {
    const access = { url };
    const at = commit ?? (await git.resolve(access, "main", { freshness: "latest" })).commit;
    return new TextDecoder().decode(await (await git.tree(access, at as CommitSha)).read(path));
  };
  for await (const line of console) {
    if (line === "") continue;
    const { job, rest } = JSON.parse(line) as { job?: SubjectJob; rest?: true };
    if (rest === true) {
      Bun.gc(true);
      await Bun.sleep(50);
      console.log(JSON.stringify({ rss: process.memoryUsage.rss() }));
      continue;
    }
    if (job === undefined) continue;
    [peakRss, busiest, last] = [0, 0, process.cpuUsage()];
    const said = await read(job).then(
      (text) => ({ text }),
      (cause: unknown) =>
        cause instanceof Error && cause.name === "Failure" && "code" in cause && "object" in cause
          ? { failure: { code: String(cause.code), message: cause.message, object: String(cause.object) } }
          : { fault: Bun.inspect(cause) },
    );
    look();
    console.log(JSON.stringify({ ...said, peakRss, busiestTurnMs: busiest }));
  }
  await git.stop();
  process.exit(0);
}

if (import.meta.main) await serve(JSON.parse(process.argv[2] ?? "") as SubjectOptions);
