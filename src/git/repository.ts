/** One repository: what its refs are, which commits are here, and how to get more. */

import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type {
  CommitInfo,
  GitRequest,
  Heard,
  ListedRefs,
  Resolved,
  ResolveOptions,
  TreeAtCommit,
} from "../core/ports/git.ts";
import type { PutBack, PutBackEnd, WriteFiles } from "../core/ports/git-writer.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { Lru } from "../lib/lru.ts";
import { SharedWork } from "../lib/shared-work.ts";
import type { Slots } from "../lib/slots.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { LatestAnswer } from "../remote/latest-answer.ts";
import { AskedPause } from "./asked-pause.ts";
import { CommitHistories } from "./commit-histories.ts";
import { type ParsedCommit, parseCommit, parseTag } from "./commit-object.ts";
import { CommitTree, type FolderMemory } from "./commit-tree.ts";
import { gone, unreachable } from "./failures.ts";
import { BrokenObject, formatOfId, type GitObject, isObjectId } from "./git-object.ts";
import { LastHeard } from "./last-heard.ts";
import type { Refs } from "./refs.ts";
import { extraPrefix, isShortId, parseRevision, type Revision, resolveRevision } from "./revision.ts";
import type { Remote, Road, RoadParts } from "./road.ts";
import type { TidyLine } from "./tidy-line.ts";

const MAX_TAG_DEPTH = 10;
/** What a list of refs did not have is taken for missing this long by those who ask for what is known. */
const MISSING_FOR_MS = 1000;

/** What was fetched twice and is not whole is not fetched a third time sooner than this. */
const NO_HEALING_MS = 1_000;

export interface RepositoryParts extends RoadParts {
  memory: FolderMemory;
  tidying: TidyLine;
  /** How many fetches run at once, over all repositories. */
  fetching: Slots;
  stopping: AbortSignal;
  noteRequest: (request: GitRequest) => void;
}

/** A way to the repository with certain credentials, and what it said. */
export interface Way {
  remote: Remote;
  refs: LatestAnswer<Refs>;
  pause: AskedPause;
  /** Refs that were asked for beside branches and tags. */
  extra: Set<string>;
}

export class Repository {
  readonly #parts: RepositoryParts;
  readonly #commits = new Lru<CommitSha, ParsedCommit>(256);
  readonly histories: CommitHistories<Way>;
  readonly #heard: LastHeard;
  readonly #fetches = new SharedWork<CommitSha, void>();
  /** Commits that were fetched again in vain, and when. */
  readonly #unhealed = new Lru<CommitSha, { failure: Failure; at: number }>(256);
  /** Fetches and clean-up write into the store one after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    parts: RepositoryParts,
    readonly road: Road,
  ) {
    this.#parts = parts;
    this.#heard = new LastHeard(parts.folder);
    this.histories = new CommitHistories<Way>(parts, road.objects.kind, {
      commit: (way, commit, signal) => this.#commit(way, commit, signal),
      here: async (way, commit) => parseCommit(commit, (await this.#read(way, commit, commit)).data),
      tree: (way, parsed) => this.#treeOf(way, parsed.commit, parsed),
      ask: (way, signal, work) =>
        this.#request("fetch", way.pause, parts.limits.fetchTimeoutMs, signal, (limited) =>
          work(way.remote, limited),
        ),
    });
  }

  /** @throws {Failure} where the road cannot be gone with these credentials */
  way(access: RepositoryAccess): Way {
    const remote = this.road.remote(access);
    const extra = new Set<string>();
    const pause = new AskedPause(this.#parts.clock);
    const ask = (): Promise<Refs> =>
      this.#request("ls-remote", pause, this.#parts.limits.timeoutMs, this.#parts.stopping, (signal) =>
        remote.listRefs([...extra], signal),
      );
    return { remote, extra, pause, refs: new LatestAnswer(this.#parts.clock, ask, this.#parts.show) };
  }

  async listed(way: Way): Promise<ListedRefs> {
    const { head, commitByName } = await way.refs.latest();
    const below = (prefix: string): string[] =>
      [...commitByName.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length))
        .sort();
    return { head, branches: below("refs/heads/"), tags: below("refs/tags/") };
  }

  async resolve(
    way: Way,
    text: string,
    { freshness, tagPrefix = "", asOf, interest = "lasting" }: ResolveOptions,
  ): Promise<Resolved> {
    const revision = parseRevision(text);
    if (revision.is === "commit") return { commit: revision.commit, ref: "" };
    if (revision.is === "refused") throw this.#cannotResolve(text, revision.why, "Correct targetRevision");
    const prefix = extraPrefix(revision);
    if (prefix === undefined || way.extra.has(prefix))
      return this.#resolveListed(way, text, revision, { freshness, tagPrefix, ...defined({ asOf }) });
    way.extra.add(prefix);
    way.refs.outdate();
    try {
      return await this.#resolveListed(way, text, revision, { freshness, tagPrefix, ...defined({ asOf }) });
    } finally {
      if (interest === "once") way.extra.delete(prefix);
    }
  }

  async #resolveListed(
    way: Way,
    text: string,
    revision: Exclude<Revision, { is: "commit" | "refused" }>,
    { freshness, tagPrefix, asOf }: Required<Pick<ResolveOptions, "tagPrefix">> & ResolveOptions,
  ): Promise<Resolved> {
    const here = isShortId(revision) ? await this.road.objects.startingWith(revision.word.toLowerCase()) : [];
    const known = freshness === "known" ? way.refs.known() : undefined;
    if (known !== undefined) {
      const answer = resolveRevision(revision, known, tagPrefix, here);
      if (answer.is === "found") return answer.resolved;
    }
    // What was not there when we last looked may have been pushed since; a thousand askers of a missing branch share that look.
    const since = freshness === "known" ? this.#parts.clock.now() - MISSING_FOR_MS : asOf;
    const answer = resolveRevision(revision, await way.refs.latest(since), tagPrefix, here);
    if (answer.is === "found") return answer.resolved;
    throw this.#cannotResolve(text, answer.why, answer.fix);
  }

  async tree(way: Way, commit: CommitSha, signal?: AbortSignal): Promise<TreeAtCommit> {
    return this.#treeOf(way, commit, await this.#commit(way, commit, signal));
  }

  /** @param commit by which it was brought here */
  #treeOf(way: Way, commit: CommitSha, parsed: ParsedCommit): CommitTree {
    const format = formatOfId(commit);
    return new CommitTree(
      parsed.commit,
      parsed.tree,
      { repository: this.#parts.show, format, read: (id) => this.#read(way, commit, id) },
      this.#parts.memory,
      withoutUserinfo(parsed.subject),
    );
  }

  noteHeard(revision: string, heard: Heard): void {
    if (this.road.objects.isHere(heard.commit)) this.#heard.note(revision, heard);
  }

  lastHeard(way: Way, text: string): (Heard & { movedTo?: CommitSha }) | undefined {
    const heard = this.#heard.of(text);
    if (heard === undefined || !this.road.objects.isHere(heard.commit)) return undefined;
    const listed = way.refs.known();
    const revision = parseRevision(text);
    if (listed === undefined || revision.is === "commit" || revision.is === "refused") return heard;
    const now = resolveRevision(revision, listed, "", []);
    const isMoved = now.is === "found" && now.resolved.commit !== heard.commit;
    return isMoved ? { ...heard, movedTo: now.resolved.commit } : heard;
  }

  async info(way: Way, commit: CommitSha): Promise<CommitInfo> {
    const { author, date, subject, message } = await this.#commit(way, commit);
    return { commit, author, date, subject: withoutUserinfo(subject), message: withoutUserinfo(message) };
  }

  async infoHere(way: Way, commit: CommitSha): Promise<CommitInfo | undefined> {
    return this.road.objects.isHere(commit) ? this.info(way, commit) : undefined;
  }

  async commit(way: Way, ask: PutBack | WriteFiles): Promise<PutBackEnd> {
    const { limits, stopping } = this.#parts;
    // They are brought here with all their files, and stay while they are in use.
    const commits = "files" in ask ? [ask.tip] : [ask.tip, ask.from];
    await Promise.all(commits.map((commit) => this.#commit(way, commit)));
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(limits.fetchTimeoutMs)]);
    const end = await this.#alone(() => way.remote.commit(ask, signal));
    if (end.is !== "same") way.refs.outdate();
    return end;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#fetches.settled(), this.histories.settled()]);
    await this.#writing;
    await this.road.objects.close();
  }

  #cannotResolve(text: string, why: string, fix: string): Failure {
    const what = text === "" ? "HEAD" : JSON.stringify(text);
    return new Failure("git-revision", this.#parts.show, "backoff", {
      cannot: `resolve revision ${what}`,
      why,
      fix,
    });
  }

  async #commit(way: Way, commit: CommitSha, signal?: AbortSignal): Promise<ParsedCommit> {
    if (!isObjectId(commit))
      throw this.#cannotResolve(commit, "it is no commit id", "Resolve the revision first");
    await this.#bring(way, commit, signal);
    const known = this.#commits.get(commit);
    if (known !== undefined) return known;
    let id = commit;
    for (let depth = 0; depth < MAX_TAG_DEPTH; depth++) {
      const object = await this.#read(way, commit, id);
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
  async #bring(way: Way, commit: CommitSha, signal?: AbortSignal): Promise<void> {
    if (this.road.objects.isHere(commit)) return;
    const inVain = this.#unhealed.get(commit);
    if (inVain !== undefined && this.#parts.clock.now() - inVain.at < NO_HEALING_MS) throw inVain.failure;
    await this.#fetches.run(commit, signal, (shared) => this.#fetch(way, commit, shared));
  }

  #fetch(way: Way, commit: CommitSha, shared: AbortSignal): Promise<void> {
    const { clock, log, show, limits, stopping, tidying, fetching } = this.#parts;
    const { objects } = this.road;
    const fetched = this.#alone(async () => {
      if (objects.isHere(commit)) return;
      const startedAt = clock.now();
      const signal = AbortSignal.any([shared, stopping]);
      await fetching.hold(
        () =>
          this.#request("fetch", way.pause, limits.fetchTimeoutMs, signal, (limited) =>
            way.remote.fetch(commit, limited),
          ),
        signal,
      );
      log.debug("fetched a commit", { repository: show, commit, tookMs: clock.now() - startedAt });
    });
    // Nobody waits for it: the commit is here.
    fetched.then(
      () => tidying.add(() => this.#alone(() => this.#tidy())),
      () => undefined,
    );
    return fetched;
  }

  async #tidy(): Promise<void> {
    const { log, show, stopping } = this.#parts;
    if (stopping.aborted) return;
    try {
      const done = await this.road.objects.tidy(stopping);
      if (done === "done") log.debug("made a Git store smaller", { repository: show });
    } catch (cause) {
      // A store that could not be tidied is tidied after the next fetch, or healed.
      if (!stopping.aborted)
        log.warn("could not tidy a Git store", {
          repository: show,
          error: messageOf(cause),
        });
    }
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
  async #read(way: Way, commit: CommitSha, id: string): Promise<GitObject> {
    try {
      const object = await this.road.objects.read(commit, id);
      if (object !== undefined) return object;
    } catch (cause) {
      if (!(cause instanceof BrokenObject)) throw cause;
      return this.#heal(way, commit, id, cause);
    }
    return this.#heal(way, commit, id, undefined);
  }

  async #heal(way: Way, commit: CommitSha, id: string, damage: BrokenObject | undefined): Promise<GitObject> {
    const { show, log, clock } = this.#parts;
    const { objects } = this.road;
    if (objects.kind === "in-place") {
      if (id === commit && damage === undefined) throw gone(show, commit);
      throw notWhole(show, commit, id, damage);
    }
    log.warn("fetching a commit again, its copy is not whole", {
      repository: show,
      commit,
      object: id,
      error: damage?.message ?? "missing",
    });
    await this.#fetches.run(`again ${commit}` as CommitSha, undefined, async (shared) => {
      await this.#alone(() => objects.discard(commit));
      await this.#fetch(way, commit, shared);
    });
    const again = await objects.read(commit, id).catch((cause: unknown) => {
      if (cause instanceof BrokenObject) return cause;
      throw cause;
    });
    if (again !== undefined && !(again instanceof BrokenObject)) return again;
    const failure = notWhole(show, commit, id, again);
    this.#unhealed.set(commit, { failure, at: clock.now() });
    // Whoever asks later gets what the server gives then.
    await this.#alone(() => objects.discard(commit));
    throw failure;
  }

  async #request<T>(
    type: GitRequest["type"],
    pause: AskedPause,
    timeoutMs: number,
    signal: AbortSignal,
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, show, noteRequest } = this.#parts;
    pause.check();
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
      pause.note(cause);
      throw cause;
    } finally {
      noteRequest({ url: show, type, tookMs: clock.now() - startedAt, failed });
    }
  }
}

function notWhole(show: string, commit: CommitSha, id: string, damage: BrokenObject | undefined): Failure {
  return unreachable(
    show,
    damage?.message ?? `object ${id} of commit ${commit} is missing`,
    "Run `git fsck` in the repository on its server",
    damage,
  );
}
