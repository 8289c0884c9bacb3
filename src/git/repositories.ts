/** The `Git` port: repositories over HTTP, ssh and from local folders, read without a checkout. */
import { existsSync, realpathSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { revealed } from "../core/model/revealed.ts";
import type { Clock } from "../core/ports/clock.ts";
import type {
  CommitInfo,
  Git,
  GitRequest,
  Heard,
  History,
  ListedRefs,
  MergeBase,
  Resolved,
  ResolveOptions,
  TreeAtCommit,
} from "../core/ports/git.ts";
import type { GitWriter, PutBack, PutBackEnd, WriteFiles } from "../core/ports/git-writer.ts";
import type { Log } from "../core/ports/log.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { Lru } from "../lib/lru.ts";
import { Slots } from "../lib/slots.ts";
import { LentLogins } from "../remote/lent/lent-logins.ts";
import type { LookUp } from "../remote/reach.ts";
import { type FolderMemory, folderMemory } from "./commit-tree.ts";
import { gitHostCommand } from "./library/git-host-verb.ts";
import { LibraryRoad } from "./library-road.ts";
import { LocalRoad } from "./local-road.ts";
import { ProgramRoad } from "./program-road.ts";
import { ReaderPool } from "./reader-pool.ts";
import { Repository, type RepositoryParts, type Way } from "./repository.ts";
import { parseRepository, type RepositoryUrl, showUrl } from "./repository-url.ts";
import type { Limits, Road } from "./road.ts";
import { TidyLine } from "./tidy-line.ts";
import { noteUse, removeUnused, STORE_LIMITS, type StoreLimits } from "./unused-stores.ts";

export interface GitOptions {
  /** Object stores live in its folder `git`, named by hashes. */
  dataDir: string;
  /** Absolute path of the git program, undefined where there is none: isomorphic-git does its work then, except over ssh. */
  systemGit: string | undefined;
  clock: Clock;
  log: Log;
  /** Starts the process for isomorphic-git. Default: this very program. */
  host?: readonly string[];
  /** Longest wait for a list of refs, and longest silence while a pack arrives. Default 30,000. */
  timeoutMs?: number;
  /** Longest fetch. Default 300,000. */
  fetchTimeoutMs?: number;
  /** Default 1 GiB. */
  maxPackBytes?: number;
  /** Largest file that is read. Default 64 MiB. */
  maxObjectBytes?: number;
  /** For the git program: proxies, a PATH with ssh. */
  env?: Record<string, string>;
  /** Of the daemon: says who its Pod is to a cloud that lends logins. Default: nothing. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Default: the machine's own. */
  lookUp?: LookUp;
  /** Default `allowed`. Applications name repositories, so a shared daemon may not want its disk to be one. */
  localRepositories?: "allowed" | "refused";
  /** Entries of folders kept in memory, about 150 bytes each. Default 40,000. */
  maxEntries?: number;
  /** When copies of repositories that nobody uses are removed. */
  stores?: StoreLimits;
  /** Without a question for so long, a process that reads objects is ended. Default 30,000. */
  readerIdleMs?: number;
}

/** Ways to one repository that differ by credentials; more than a few are not expected. */
const MAX_WAYS = 4;
/** Weight of the readers that are open at once: so many of the git program, or two of isomorphic-git. */
const MAX_READERS = 8;
/** A daemon that starts fetches everything: so many at once, each of a few processes. One that takes long holds up nobody. */
const MAX_FETCHES = 8,
  FETCH_PATIENCE_MS = 10_000;
/** Stores that nobody uses are looked for this often, and first when whoever uses them has had the time to say so. */
const SWEEP_EVERY_MS = 6 * 3_600_000,
  FIRST_SWEEP_MS = 30 * 60_000;
/** A repository that nobody asked about for so long is forgotten; what was fetched of it stays for its age. */
const FORGET_AFTER_MS = 24 * 3_600_000;

interface Known {
  repository: Repository;
  folder: string;
  ways: Lru<string, Way>;
  usedMs: number;
  notedMs: number;
}

export class Repositories implements Git, GitWriter {
  readonly #options: GitOptions;
  readonly #root: string;
  readonly #limits: Limits;
  readonly #memory: FolderMemory;
  readonly #readers: ReaderPool;
  readonly #tidying = new TidyLine();
  readonly #lent: LentLogins;
  readonly #fetching = new Slots(MAX_FETCHES, FETCH_PATIENCE_MS);
  readonly #listeners: ((request: GitRequest) => void)[] = [];
  readonly #stopping = new AbortController();
  readonly #knownByKey = new Map<string, Known>();
  #nextSweepMs: number;

  constructor(options: GitOptions) {
    this.#options = options;
    this.#root = join(options.dataDir, "git");
    this.#limits = {
      timeoutMs: options.timeoutMs ?? 30_000,
      fetchTimeoutMs: options.fetchTimeoutMs ?? 300_000,
      maxPackBytes: options.maxPackBytes ?? 1024 ** 3,
      maxObjectBytes: options.maxObjectBytes ?? 64 * 1024 ** 2,
    };
    this.#lent = new LentLogins({
      clock: options.clock,
      timeoutMs: this.#limits.timeoutMs,
      environment: options.environment ?? {},
      codes: { unreachable: "git-unreachable", auth: "git-auth" },
      ...defined({ lookUp: options.lookUp }),
    });
    this.#memory = folderMemory(options.maxEntries ?? 40_000);
    this.#readers = new ReaderPool(MAX_READERS, options.readerIdleMs ?? 30_000);
    this.#nextSweepMs = options.clock.now() + FIRST_SWEEP_MS;
    // Keys of a run that was killed.
    rmSync(join(this.#root, "run"), { recursive: true, force: true });
  }

  async refs(access: RepositoryAccess): Promise<ListedRefs> {
    const { repository, way } = this.#lookUp(access);
    return repository.listed(way);
  }

  async resolve(access: RepositoryAccess, revision: string, options: ResolveOptions): Promise<Resolved> {
    const { repository, way } = this.#lookUp(access);
    return repository.resolve(way, revision, options);
  }

  async tree(access: RepositoryAccess, commit: CommitSha, signal?: AbortSignal): Promise<TreeAtCommit> {
    const { repository, way } = this.#lookUp(access);
    return repository.tree(way, commit, signal);
  }

  noteHeard(access: RepositoryAccess, revision: string, heard: Heard): void {
    this.#lookUp(access).repository.noteHeard(revision, heard);
  }

  lastHeard(access: RepositoryAccess, revision: string): ReturnType<Git["lastHeard"]> {
    const { repository, way } = this.#lookUp(access);
    return repository.lastHeard(way, revision);
  }

  async info(access: RepositoryAccess, commit: CommitSha): Promise<CommitInfo> {
    const { repository, way } = this.#lookUp(access);
    return repository.info(way, commit);
  }

  async infoHere(access: RepositoryAccess, commit: CommitSha): Promise<CommitInfo | undefined> {
    const { repository, way } = this.#lookUp(access);
    return repository.infoHere(way, commit);
  }

  async mergeBase(
    access: RepositoryAccess,
    one: CommitSha,
    other: CommitSha,
    signal?: AbortSignal,
  ): Promise<MergeBase> {
    const { repository, way } = this.#lookUp(access);
    return repository.histories.mergeBase(way, one, other, signal);
  }

  async history(
    access: RepositoryAccess,
    commit: CommitSha,
    most: number,
    signal?: AbortSignal,
  ): Promise<History> {
    const { repository, way } = this.#lookUp(access);
    return repository.histories.history(way, commit, most, signal);
  }

  async putBack(access: RepositoryAccess, ask: PutBack): Promise<PutBackEnd> {
    const { repository, way } = this.#lookUp(access);
    return repository.commit(way, ask);
  }

  async writeFiles(access: RepositoryAccess, ask: WriteFiles): Promise<PutBackEnd> {
    const { repository, way } = this.#lookUp(access);
    return repository.commit(way, ask);
  }

  onRequest(listener: (request: GitRequest) => void): void {
    this.#listeners.push(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("Git is stopping"));
    await Promise.all([...this.#knownByKey.values()].map(({ repository }) => repository.stop()));
    await this.#tidying.settled();
    await this.#readers.stop();
  }

  #lookUp(asked: RepositoryAccess): { repository: Repository; way: Way } {
    this.#stopping.signal.throwIfAborted();
    const { at, access } = parseRepository(asked);
    const show = showUrl(at.url);
    const by = this.#chosen(at, access, show);
    if (at.kind === "local") this.#checkLocal(at, show);
    const place = placeOf(at.url, access);
    const key = `${by} ${place}`;
    const known = this.#knownByKey.get(key) ?? this.#open(key, by, { ...at, place }, show);
    const now = this.#options.clock.now();
    known.usedMs = now;
    known.notedMs = noteUse(known.folder, now, known.notedMs);
    this.#sweep(now);
    const wayKey = fingerprint(access);
    let way = known.ways.get(wayKey);
    if (way === undefined) {
      way = known.repository.way(access);
      known.ways.set(wayKey, way);
    }
    return { repository: known.repository, way };
  }

  #open(key: string, by: "program" | "library", at: RepositoryUrl & { place: string }, show: string): Known {
    const { clock, log, env = {}, stores = STORE_LIMITS, lookUp } = this.#options;
    const parts: RepositoryParts = {
      show,
      clock,
      log,
      env,
      lent: this.#lent,
      ...defined({ lookUp }),
      limits: this.#limits,
      slackBytes: stores.slackBytes,
      memory: this.#memory,
      readers: this.#readers,
      tidying: this.#tidying,
      fetching: this.#fetching,
      stopping: this.#stopping.signal,
      scratch: join(this.#root, "run"),
      // What the git program has fetched before is found again by its URL alone.
      folder: join(this.#root, sha256(by === "program" ? at.place : `library ${at.place}`)),
      noteRequest: (request) => this.#listeners.forEach((listener) => listener(request)),
    };
    const known: Known = {
      repository: new Repository(parts, this.#road(by, at, parts)),
      folder: parts.folder,
      ways: new Lru(MAX_WAYS),
      usedMs: 0,
      notedMs: 0,
    };
    this.#knownByKey.set(key, known);
    return known;
  }

  /** Who reads this repository. @throws {Failure} where nobody here can */
  #chosen(
    at: RepositoryUrl,
    { implementation = "auto" }: RepositoryAccess,
    show: string,
  ): "program" | "library" {
    const { systemGit } = this.#options;
    if (at.kind === "ssh" && implementation === "isomorphic")
      throw new Failure("git-unreachable", show, "after-edit", {
        cannot: "read from Git",
        why: "only the git program speaks ssh, and `implementation: isomorphic` rules it out",
        fix: "Remove the setting, or use an https URL",
      });
    if (systemGit === undefined && (at.kind === "ssh" || implementation === "system"))
      throw new Failure("tool-missing", show, "after-edit", {
        cannot: "read from Git",
        why: "this repository needs the git program, and there is none",
        fix: "Install git (and ssh), or use an https URL",
      });
    return systemGit === undefined || implementation === "isomorphic" ? "library" : "program";
  }

  #road(by: "program" | "library", at: RepositoryUrl, parts: RepositoryParts): Road {
    const { systemGit, host = gitHostCommand(process) } = this.#options;
    if (by === "program" && systemGit !== undefined)
      return at.kind === "local"
        ? new LocalRoad(at.path, parts, { by, git: systemGit })
        : new ProgramRoad(at, parts, systemGit);
    if (at.kind === "local") return new LocalRoad(at.path, parts, { by: "library", host });
    if (at.kind === "http") return new LibraryRoad(at, parts, host);
    throw new Error(`no road leads to ${parts.show}`);
  }

  #checkLocal(at: { path: string }, show: string): void {
    const refuse = (why: string, fix: string): Failure =>
      new Failure("git-unreachable", show, "after-edit", { cannot: "read from Git", why, fix });
    if (this.#options.localRepositories === "refused")
      throw refuse(
        "repositories on this machine are not allowed",
        "Use an https or ssh URL, or allow them in the config",
      );
    if (!existsSync(at.path) || !existsSync(this.#root)) return;
    if (`${realpathSync(at.path)}/`.startsWith(`${realpathSync(this.#root)}/`))
      throw refuse("it is the daemon's own copy of another repository", "Use that repository's URL");
  }

  /** Forgets repositories that nobody asks about, and removes copies that nobody uses. Costs nothing most of the time. */
  #sweep(now: number): void {
    if (now < this.#nextSweepMs) return;
    this.#nextSweepMs = now + SWEEP_EVERY_MS;
    for (const [key, { repository, usedMs }] of this.#knownByKey) {
      if (now - usedMs < FORGET_AFTER_MS) continue;
      this.#knownByKey.delete(key);
      void repository.stop();
    }
    this.#tidying.add(async () => {
      const { log, stores = STORE_LIMITS } = this.#options;
      try {
        const inUse = new Set([...this.#knownByKey.values()].map(({ folder }) => basename(folder)));
        const removed = removeUnused(this.#root, inUse, now, stores);
        if (removed.length > 0)
          log.info("removed copies of repositories that nobody uses", { count: removed.length });
      } catch (cause) {
        log.warn("could not look for copies of repositories that nobody uses", {
          error: messageOf(cause),
        });
      }
    });
  }
}

/** What a project's own entry brought is nobody else's: who knows a commit's name has not been given it. */
function placeOf(url: string, { scope }: RepositoryAccess): string {
  return scope === undefined ? url : `${url} of project ${scope}`;
}

/** Equal for equal credentials. Lives in memory only. */
function fingerprint({ url: _, ...how }: RepositoryAccess): string {
  return sha256(canonicalJson(revealed({ implementation: "auto", ...how })));
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
