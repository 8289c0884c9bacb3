/** The road without the git program: isomorphic-git fetches and reads in processes of its own, which may die of what they read. */

import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { History, MergeBase } from "../core/ports/git.ts";
import type { PutBackEnd } from "../core/ports/git-writer.ts";
import { defined } from "../lib/defined.ts";
import { killGroup, setLimits } from "../lib/posix.ts";
import { printable } from "../lib/printable.ts";
import { unreachable } from "./failures.ts";
import { formatOfId } from "./git-object.ts";
import { authorizationOf, gitHttp } from "./http-client.ts";
import { HttpRefs } from "./http-refs.ts";
import type { FetchEnd, FetchJob } from "./library/fetch-job.ts";
import { libraryFetch } from "./library/library-command.ts";
import { SHA256_REFUSAL } from "./library/sha256-refusal.ts";
import { LibraryStore } from "./library-store.ts";
import type { Refs } from "./refs.ts";
import type { RepositoryUrl } from "./repository-url.ts";
import type { Remote, Road, RoadParts } from "./road.ts";

/** Of what the process says: one line. */
const MAX_END_BYTES = 64 * 1024;

/** isomorphic-git fetches no history without its files, which may be any number of gigabytes. */
const NO_HISTORIES = "only the git program reads histories, and it is not what reads this repository";

type OverHttp = Extract<RepositoryUrl, { kind: "http" }>;

export class LibraryRoad implements Road {
  readonly objects: LibraryStore;
  constructor(
    readonly at: OverHttp,
    readonly parts: RoadParts,
    /** As `gitHostCommand` makes it. */
    readonly host: readonly string[],
  ) {
    this.objects = new LibraryStore(parts, host);
  }

  remote(access: RepositoryAccess): Remote {
    return new LibraryRemote(this, access);
  }
}

class LibraryRemote implements Remote {
  readonly #http: HttpRefs;

  constructor(
    readonly road: LibraryRoad,
    readonly access: RepositoryAccess,
  ) {
    const { at, parts } = road;
    this.#http = new HttpRefs(
      at.url,
      parts.show,
      gitHttp(access, parts.lent.authorizer(access, authorizationOf), { ...parts, origin: at.origin }),
      parts.limits.timeoutMs,
    );
  }

  listRefs(extra: readonly string[], signal: AbortSignal): Promise<Refs> {
    return this.#http.list(extra, signal);
  }

  async fetch(commit: CommitSha, signal: AbortSignal): Promise<void> {
    const { at, objects, parts } = this.road;
    if (formatOfId(commit) === "sha256") throw needsGit(parts.show, SHA256_REFUSAL);
    const { url, capabilities } = await this.#http.server(signal);
    const opened = await parts.lent.opened(this.access, signal);
    const { username, password, bearerToken, ca, reach, tlsCheck, proxy, noProxy } = opened;
    await objects.fill(commit, async (folder) => {
      const job: FetchJob = {
        url,
        origin: at.origin,
        show: parts.show,
        ...defined({ capabilities: capabilities === undefined ? undefined : [...capabilities] }),
        access: defined({
          username,
          password: password?.reveal(),
          bearerToken: bearerToken?.reveal(),
          ca,
          reach,
          tlsCheck,
          proxy: proxy?.reveal(),
          noProxy,
        }),
        commit,
        folder,
        idleMs: parts.limits.timeoutMs,
        timeoutMs: parts.limits.fetchTimeoutMs,
        maxPackBytes: parts.limits.maxPackBytes,
      };
      const end = await this.#run(job, signal);
      if (end.is === "done") return;
      if (end.failure.code === "git-auth") parts.lent.refused(opened);
      this.#http.forget();
      const { code, retry, ...details } = end.failure;
      throw new Failure(code, parts.show, retry, details);
    });
  }

  async mergeBase(): Promise<MergeBase> {
    return { is: "unknown", why: NO_HISTORIES };
  }

  async history(): Promise<History> {
    return { is: "unknown", why: NO_HISTORIES };
  }

  async commit(): Promise<PutBackEnd> {
    throw onlyByProgram(this.road.parts.show);
  }

  async #run(job: FetchJob, signal: AbortSignal): Promise<FetchEnd> {
    signal.throwIfAborted();
    const { argv, env, limits } = libraryFetch(this.road.host, job.maxPackBytes);
    const child = Bun.spawn([...argv], {
      cwd: "/",
      env: { ...env },
      stdin: Buffer.from(JSON.stringify(job)),
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
    setLimits(child.pid, limits);
    const kill = (): void => void killGroup(child.pid, "SIGKILL");
    signal.addEventListener("abort", kill, { once: true });
    try {
      const [said, words] = await Promise.all([firstOf(child.stdout), firstOf(child.stderr), child.exited]);
      signal.throwIfAborted();
      return endOf(said) ?? { is: "failed", failure: this.#died(child.signalCode, words) };
    } finally {
      signal.removeEventListener("abort", kill);
    }
  }

  #died(
    signalCode: NodeJS.Signals | number | null,
    words: string,
  ): Extract<FetchEnd, { is: "failed" }>["failure"] {
    const why =
      signalCode === "SIGXCPU"
        ? "what it sends takes too long to read"
        : `what it sends needs more than the process that reads it may use (${signalCode ?? (printable(words) || "it ended without a word")})`;
    const { code, retry, cannot, fix } = needsGit(this.road.parts.show, why);
    return { code, retry, cannot, why, ...defined({ fix }) };
  }
}

export function onlyByProgram(show: string): Failure {
  return new Failure("tool-missing", show, "after-edit", {
    cannot: "push a commit",
    why: "only the git program pushes, and this repository is read without it",
    fix: "Install git where the daemon runs, and leave `implementation: isomorphic` out for this repository; or make the commit by hand",
  });
}

/** What only the git program can do. */
export function needsGit(show: string, why: string): Failure {
  return unreachable(show, why, "Install the git program, which reads larger and newer repositories");
}

/** The beginning of what a process says; the rest is read and dropped. */
async function firstOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes <= MAX_END_BYTES) parts.push(chunk);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Undefined where the process died before it could say anything. */
function endOf(said: string): FetchEnd | undefined {
  return said.endsWith("\n") ? (JSON.parse(said) as FetchEnd) : undefined;
}
