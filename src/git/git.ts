/** The `Git` port: repositories over HTTP, ssh and from local folders, read without a checkout. */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import type { Clock, Git, GitRequest, Log, RepositoryAccess } from "../core/ports.ts";
import { Lru } from "../lib/lru.ts";
import { gitHttp } from "./http-client.ts";
import { httpTransport } from "./http-transport.ts";
import { LocalRepository } from "./local-repository.ts";
import { type Remote, Repository, type RepositoryParts } from "./repository.ts";
import { parseRepository, type RepositoryUrl, showUrl } from "./repository-url.ts";
import { folderMemory } from "./source-tree.ts";
import { runGit } from "./system-git.ts";
import { systemTransport } from "./system-transport.ts";
import type { Limits, Transport } from "./transport.ts";

export interface GitOptions {
  /** Object stores live in its folder `git`, named by hashes. */
  dataDir: string;
  /** Absolute path of the git program, undefined where there is none: then ssh does not work. */
  systemGit: string | undefined;
  clock: Clock;
  log: Log;
  /** Longest wait for a list of refs, and longest silence while a pack arrives. Default 30,000. */
  timeoutMs?: number;
  /** Longest fetch. Default 300,000. */
  fetchTimeoutMs?: number;
  /** Default 1 GiB. */
  maxPackBytes?: number;
  /** For the git program: proxies, a PATH with ssh. */
  env?: Record<string, string>;
  /** Default `allowed`. Applications name repositories, so a shared daemon may not want its disk to be one. */
  localRepositories?: "allowed" | "refused";
  /** Entries of folders kept in memory, about 150 bytes each. Default 40,000. */
  maxEntries?: number;
}

/** Ways to one repository that differ by credentials; more than a few are not expected. */
const MAX_REMOTES = 4;

interface Known {
  repository: Repository;
  remotes: Lru<string, Remote>;
}

export function createGit(options: GitOptions): Git {
  const root = join(options.dataDir, "git");
  const limits: Limits = {
    timeoutMs: options.timeoutMs ?? 30_000,
    fetchTimeoutMs: options.fetchTimeoutMs ?? 300_000,
    maxPackBytes: options.maxPackBytes ?? 1024 ** 3,
  };
  const memory = folderMemory(options.maxEntries ?? 40_000);
  const listeners: ((request: GitRequest) => void)[] = [];
  const stopping = new AbortController();
  const knownByKey = new Map<string, Known>();

  const lookUp = (asked: RepositoryAccess): { repository: Repository; remote: Remote } => {
    stopping.signal.throwIfAborted();
    const { at, access } = parseRepository(asked);
    const show = showUrl(at.url);
    const direct = at.kind === "local" && access.implementation !== "system";
    const key = `${direct ? "direct" : "store"} ${at.url}`;
    let known = knownByKey.get(key);
    if (known === undefined) {
      const parts: RepositoryParts = {
        show,
        limits,
        memory,
        clock: options.clock,
        log: options.log,
        stopping: stopping.signal,
        folder: join(root, sha256(at.url)),
        noteRequest: (request) => listeners.forEach((listener) => listener(request)),
      };
      known = {
        repository: new Repository(parts, direct ? new LocalRepository(at.path, show) : undefined),
        remotes: new Lru(MAX_REMOTES),
      };
      knownByKey.set(key, known);
    }
    if (at.kind === "local") checkLocal(at, show);
    const wayKey = fingerprint(access);
    let remote = known.remotes.get(wayKey);
    if (remote === undefined) {
      remote = known.repository.remote(transportTo(at, access, show, known.repository.local));
      known.remotes.set(wayKey, remote);
    }
    return { repository: known.repository, remote };
  };

  const transportTo = (
    at: RepositoryUrl,
    access: RepositoryAccess,
    show: string,
    local: LocalRepository | undefined,
  ): Transport => {
    if (local !== undefined)
      return { listRefs: async (extra) => local.listRefs(extra), fetch: async () => undefined };
    if (at.kind === "http" && access.implementation !== "system") {
      return httpTransport(
        at.url,
        show,
        gitHttp(access, at.origin, show),
        limits,
        options.systemGit === undefined ? undefined : indexWith(options.systemGit),
      );
    }
    if (access.implementation === "isomorphic") {
      throw new Failure("git-unreachable", show, "after-edit", {
        cannot: "read from Git",
        why: "only the git program speaks ssh, and `implementation: isomorphic` rules it out",
        fix: "Remove the setting, or use an https URL",
      });
    }
    if (options.systemGit === undefined) {
      throw new Failure("tool-missing", show, "after-edit", {
        cannot: "read from Git",
        why: "this repository needs the git program, and there is none",
        fix: "Install git (and ssh), or use an https URL",
      });
    }
    return systemTransport(at, access, show, {
      git: options.systemGit,
      scratch: join(root, "run"),
      env: options.env ?? {},
    });
  };

  const checkLocal = (at: { path: string }, show: string): void => {
    const refuse = (why: string, fix: string): Failure =>
      new Failure("git-unreachable", show, "after-edit", { cannot: "read from Git", why, fix });
    if (options.localRepositories === "refused")
      throw refuse(
        "repositories on this machine are not allowed",
        "Use an https or ssh URL, or allow them in the config",
      );
    if (!existsSync(at.path) || !existsSync(root)) return;
    if (`${realpathSync(at.path)}/`.startsWith(`${realpathSync(root)}/`))
      throw refuse("it is the daemon's own copy of another repository", "Use that repository's URL");
  };
  const indexWith =
    (git: string) =>
    async (packPath: string, _store: unknown, signal: AbortSignal): Promise<void> => {
      const { code, stderr } = await runGit({
        git,
        argv: ["index-pack", "--strict", "-o", packPath.replace(/pack$/, "idx"), packPath],
        protocol: "",
        signal,
        maxOutputBytes: 65_536,
        env: options.env ?? {},
      });
      if (code !== 0)
        throw new Failure("git-unreachable", packPath, "backoff", {
          cannot: "index a pack",
          why: stderr.trim().split("\n").at(-1) ?? "git failed",
          fix: "Try again; where it stays so, check the repository with `git fsck`",
        });
    };

  return {
    async resolve(access, revision, { freshness, ...rest }) {
      const { repository, remote } = lookUp(access);
      return repository.resolve(remote, revision, { freshness, ...rest });
    },
    async tree(access, commit, signal) {
      const { repository, remote } = lookUp(access);
      return repository.tree(remote, commit, signal);
    },
    async info(access, commit) {
      const { repository, remote } = lookUp(access);
      return repository.info(remote, commit);
    },
    onRequest(listener) {
      listeners.push(listener);
    },
    async stop() {
      stopping.abort(new Error("Git is stopping"));
      await Promise.all([...knownByKey.values()].map((known) => known.repository.stop()));
    },
  };
}

/** Equal for equal credentials. Lives in memory only. */
function fingerprint(access: RepositoryAccess): string {
  const {
    implementation = "auto",
    username,
    password,
    bearerToken,
    sshPrivateKey,
    sshKnownHosts,
    ca,
  } = access;
  return sha256(
    JSON.stringify([
      implementation,
      username,
      password?.reveal(),
      bearerToken?.reveal(),
      sshPrivateKey?.reveal(),
      sshKnownHosts,
      ca,
    ]),
  );
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
