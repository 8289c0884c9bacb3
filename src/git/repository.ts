/** One repository: what its refs are, which commits are here, and how to get more. */
import { rmSync } from "node:fs";
import { Failure } from "../core/model/failure.ts";
import type {
  Clock,
  CommitInfo,
  CommitSha,
  Freshness,
  GitRequest,
  Log,
  Resolved,
  SourceTree,
} from "../core/ports.ts";
import { Lru } from "../lib/lru.ts";
import { BareStore, formatOf } from "./bare-store.ts";
import { type ParsedCommit, parseCommit, parseTag } from "./commit-object.ts";
import { consolidate } from "./consolidate.ts";
import { gone, unreachable } from "./failures.ts";
import { BrokenObject, formatOfId, type GitObject, isObjectId, type ObjectFormat } from "./git-object.ts";
import { LatestAnswer } from "./latest-answer.ts";
import type { LocalRepository } from "./local-repository.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Refs } from "./refs.ts";
import { extraPrefix, parseRevision, resolveRevision } from "./revision.ts";
import { SharedWork } from "./shared-work.ts";
import { type FolderMemory, sourceTree } from "./source-tree.ts";
import type { Limits, Transport } from "./transport.ts";

const MAX_TAG_DEPTH = 10;
/** What a list of refs did not have is taken for missing this long by those who ask for what is known. */
const MISSING_FOR_MS = 1000;

export interface RepositoryParts {
  /** Without userinfo. */
  show: string;
  folder: string;
  clock: Clock;
  log: Log;
  limits: Limits;
  memory: FolderMemory;
  stopping: AbortSignal;
  noteRequest: (request: GitRequest) => void;
}

/** A way to the repository with certain credentials, and what it said. */
export interface Remote {
  transport: Transport;
  refs: LatestAnswer<Refs>;
  /** Refs that were asked for beside branches and tags. */
  extra: Set<string>;
}

export class Repository {
  readonly #parts: RepositoryParts;
  readonly #commits = new Lru<CommitSha, ParsedCommit>(256);
  readonly #fetches = new SharedWork<CommitSha, void>();
  #store: BareStore | undefined;
  /** Fetches and clean-up write into the store one after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    parts: RepositoryParts,
    readonly local: LocalRepository | undefined,
  ) {
    this.#parts = parts;
  }

  remote(transport: Transport): Remote {
    const extra = new Set<string>();
    const ask = (): Promise<Refs> =>
      this.#request("ls-remote", this.#parts.limits.timeoutMs, this.#parts.stopping, (signal) =>
        transport.listRefs([...extra], signal),
      );
    return { transport, extra, refs: new LatestAnswer(this.#parts.clock, ask, this.#parts.show) };
  }

  async resolve(
    remote: Remote,
    text: string,
    { freshness, tagPrefix = "", asOf }: { freshness: Freshness; tagPrefix?: string; asOf?: number },
  ): Promise<Resolved> {
    const revision = parseRevision(text);
    if (revision.is === "commit") return { commit: revision.commit, ref: "" };
    if (revision.is === "refused") throw this.#cannotResolve(text, revision.why, "Correct targetRevision");
    const prefix = extraPrefix(revision);
    if (prefix !== undefined && !remote.extra.has(prefix)) {
      remote.extra.add(prefix);
      remote.refs.outdate();
    }
    const known = freshness === "known" ? remote.refs.known() : undefined;
    if (known !== undefined) {
      const answer = resolveRevision(revision, known, tagPrefix, (start) => this.#commitsStartingWith(start));
      if (answer.is === "found") return answer.resolved;
    }
    // What was not there when we last looked may have been pushed since; a thousand askers of a missing branch share that look.
    const since = freshness === "known" ? this.#parts.clock.now() - MISSING_FOR_MS : asOf;
    const answer = resolveRevision(revision, await remote.refs.latest(since), tagPrefix, (start) =>
      this.#commitsStartingWith(start),
    );
    if (answer.is === "found") return answer.resolved;
    throw this.#cannotResolve(text, answer.why, answer.fix);
  }

  async tree(remote: Remote, commit: CommitSha, signal?: AbortSignal): Promise<SourceTree> {
    const parsed = await this.#commit(remote, commit, signal);
    const { format } = this.#objects(commit);
    return sourceTree(
      parsed.commit,
      parsed.tree,
      { repository: this.#parts.show, format, read: (id) => this.#read(remote, commit, id) },
      this.#parts.memory,
    );
  }

  async info(remote: Remote, commit: CommitSha): Promise<CommitInfo> {
    const { author, date, subject, message } = await this.#commit(remote, commit);
    return { commit, author, date, subject, message };
  }

  async stop(): Promise<void> {
    await this.#fetches.settled();
    await this.#writing;
    this.#store?.close();
    this.local?.close();
  }

  #cannotResolve(text: string, why: string, fix: string): Failure {
    const what = text === "" ? "HEAD" : JSON.stringify(text);
    return new Failure("git-revision", this.#parts.show, "backoff", {
      cannot: `resolve revision ${what}`,
      why,
      fix,
    });
  }

  #commitsStartingWith(prefix: string): CommitSha[] {
    if (this.local !== undefined)
      return this.local.objects
        .startingWith(prefix)
        .filter((id) => this.local?.objects.read(id)?.type === "commit") as CommitSha[];
    const format = this.#store?.format ?? formatOf(this.#parts.folder);
    return format === undefined
      ? []
      : this.#openStore(format)
          .kept()
          .filter((commit) => commit.startsWith(prefix));
  }

  #openStore(format: ObjectFormat): BareStore {
    // A repository that was made anew in the other format has nothing in common with the old one.
    if ((this.#store?.format ?? formatOf(this.#parts.folder) ?? format) !== format) this.#discard();
    this.#store ??= new BareStore(this.#parts.folder, format);
    return this.#store;
  }

  #objects(commit: CommitSha): ObjectStore {
    return this.local?.objects ?? this.#openStore(formatOfId(commit)).objects;
  }

  async #commit(remote: Remote, commit: CommitSha, signal?: AbortSignal): Promise<ParsedCommit> {
    if (!isObjectId(commit))
      throw this.#cannotResolve(commit, "it is no commit id", "Resolve the revision first");
    await this.#bring(remote, commit, signal);
    const known = this.#commits.get(commit);
    if (known !== undefined) return known;
    let id = commit;
    for (let depth = 0; depth < MAX_TAG_DEPTH; depth++) {
      const object = await this.#read(remote, commit, id);
      if (object.type === "tag") {
        id = parseTag(object.data).object as CommitSha;
        continue;
      }
      if (object.type !== "commit") break;
      const parsed = parseCommit(id, object.data);
      this.#commits.set(commit, parsed);
      return parsed;
    }
    throw this.#cannotResolve(
      commit,
      "it is the id of something else than a commit",
      "Correct targetRevision",
    );
  }

  /** Makes sure that the commit and its files are here. */
  async #bring(remote: Remote, commit: CommitSha, signal?: AbortSignal): Promise<void> {
    if (this.local !== undefined) return;
    const store = this.#openStore(formatOfId(commit));
    if (store.isKept(commit)) return store.touch(commit, this.#parts.clock.now());
    await this.#fetches.run(commit, signal, (shared) => this.#fetch(remote, commit, "what is new", shared));
  }

  #fetch(
    remote: Remote,
    commit: CommitSha,
    what: "what is new" | "everything",
    shared: AbortSignal,
  ): Promise<void> {
    const { clock, log, show, limits, stopping } = this.#parts;
    return this.#alone(async () => {
      const store = this.#openStore(formatOfId(commit));
      if (what === "what is new" && store.isKept(commit)) return;
      const haves = what === "everything" ? [] : store.kept().slice(0, 16);
      const startedAt = clock.now();
      const signal = AbortSignal.any([shared, stopping]);
      await this.#request("fetch", limits.fetchTimeoutMs, signal, (limited) =>
        remote.transport.fetch(commit, haves, store, limited),
      );
      if (!store.objects.has(commit)) throw gone(show, commit);
      store.keep(commit, clock.now());
      log.debug("fetched a commit", { repository: show, commit, tookMs: clock.now() - startedAt });
      try {
        await consolidate(store, stopping);
      } catch (cause) {
        // The commit is here; a store that could not be tidied is tidied or healed later.
        log.warn("could not tidy a Git store", {
          repository: show,
          error: cause instanceof Error ? cause.message : String(cause),
        });
      }
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(work);
    this.#writing = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** An object of a commit that is here. What is missing or damaged is fetched once more. */
  #read(remote: Remote, commit: CommitSha, id: string): GitObject | Promise<GitObject> {
    try {
      const object = this.#objects(commit).read(id);
      if (object !== undefined) return object;
    } catch (cause) {
      if (!(cause instanceof BrokenObject)) throw cause;
      return this.#heal(remote, commit, id, cause);
    }
    return this.#heal(remote, commit, id, undefined);
  }

  async #heal(
    remote: Remote,
    commit: CommitSha,
    id: string,
    damage: BrokenObject | undefined,
  ): Promise<GitObject> {
    const { show, log } = this.#parts;
    if (this.local !== undefined) {
      if (id === commit && damage === undefined) throw gone(show, commit);
      throw unreachable(
        show,
        damage?.message ?? `object ${id} is missing`,
        "Run `git fsck` in the repository",
        damage,
      );
    }
    log.warn("fetching a commit again, its copy is not whole", {
      repository: show,
      commit,
      object: id,
      error: damage?.message ?? "missing",
    });
    await this.#fetches.run(`again ${commit}` as CommitSha, undefined, async (shared) => {
      if (damage !== undefined) await this.#alone(async () => this.#discard());
      await this.#fetch(remote, commit, "everything", shared);
    });
    const object = this.#objects(commit).read(id);
    if (object === undefined)
      throw unreachable(
        show,
        `it did not send object ${id} of commit ${commit}`,
        "Run `git fsck` in the repository on the server",
      );
    return object;
  }

  #discard(): void {
    this.#store?.close();
    this.#store = undefined;
    rmSync(this.#parts.folder, { recursive: true, force: true });
  }

  async #request<T>(
    type: GitRequest["type"],
    timeoutMs: number,
    signal: AbortSignal,
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, show, noteRequest } = this.#parts;
    const startedAt = clock.now();
    const timeout = AbortSignal.timeout(timeoutMs);
    let failed = true;
    try {
      const answer = await ask(AbortSignal.any([signal, timeout]));
      failed = false;
      return answer;
    } catch (cause) {
      if (timeout.aborted && !signal.aborted)
        throw unreachable(
          show,
          `it did not answer within ${timeoutMs / 1000} s`,
          "Check the network and the server",
          cause,
        );
      throw cause;
    } finally {
      noteRequest({ url: show, type, tookMs: clock.now() - startedAt, failed });
    }
  }
}
