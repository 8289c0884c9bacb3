/** What came before a repository's commits. Copies are of single commits, so that a server is asked for it. */
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { History, MergeBase } from "../core/ports/git.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { Lru } from "../lib/lru.ts";
import { SharedWork } from "../lib/shared-work.ts";
import type { Slots } from "../lib/slots.ts";
import type { ParsedCommit } from "./commit-object.ts";
import { nearBase } from "./merge-base.ts";
import type { Objects, Remote } from "./road.ts";

/** The repository whose they are. @typeParam Way with certain credentials */
interface Of<Way> {
  /** Brings it here with its files where it is not. @throws {Failure} */
  commit(way: Way, commit: CommitSha, signal?: AbortSignal): Promise<ParsedCommit>;
  /** Of what is here. @throws {Failure} git-revision */
  here(way: Way, commit: CommitSha): Promise<ParsedCommit>;
  tree(way: Way, commit: ParsedCommit): SourceTree;
  /** As a request that counts, and with its limits. */
  ask<T>(
    way: Way,
    signal: AbortSignal,
    work: (remote: Remote, signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

interface Limits {
  fetching: Slots;
  stopping: AbortSignal;
}

export class CommitHistories<Way extends { remote: Remote }> {
  readonly #mergeBases = new Lru<string, MergeBase>(256);
  readonly #asked = new SharedWork<string, History>();
  /** They are kept in one place: one after the other, and beside whatever is fetched to be delivered. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly limits: Limits,
    private readonly kind: Objects["kind"],
    private readonly of: Of<Way>,
  ) {}

  async mergeBase(way: Way, one: CommitSha, other: CommitSha, signal?: AbortSignal): Promise<MergeBase> {
    const pair = [one, other].sort().join(" ");
    const known = this.#mergeBases.get(pair);
    if (known !== undefined) return known;
    const [first, second] = await Promise.all([
      this.of.commit(way, one, signal),
      this.of.commit(way, other, signal),
    ]);
    const found = nearBase(first, second) ?? (await this.#farBase(way, first, second, signal));
    // What could not be told now may be told later.
    if (found.is !== "unknown") this.#mergeBases.set(pair, found);
    return found;
  }

  #farBase(
    way: Way,
    one: ParsedCommit,
    other: ParsedCommit,
    signal: AbortSignal | undefined,
  ): Promise<MergeBase> {
    const { fetching, stopping } = this.limits;
    const read = (commit: CommitSha): Promise<ParsedCommit> => this.of.here(way, commit);
    const ended = signal === undefined ? stopping : AbortSignal.any([signal, stopping]);
    return fetching.hold(
      () => this.of.ask(way, ended, (remote, limited) => remote.mergeBase({ one, other, read }, limited)),
      ended,
    );
  }

  /** It takes no place of those who fetch what is to be delivered. */
  history(way: Way, commit: CommitSha, most: number, signal?: AbortSignal): Promise<History> {
    return this.#asked.run(`${commit} ${most}`, signal, (shared) => {
      const mine = this.#turn.then(() => this.#read(way, commit, most, shared));
      this.#turn = mine.catch(() => undefined);
      return mine;
    });
  }

  async #read(way: Way, commit: CommitSha, most: number, shared: AbortSignal): Promise<History> {
    const ended = AbortSignal.any([shared, this.limits.stopping]);
    ended.throwIfAborted();
    const walk = {
      ...{ commit, most },
      start: () => this.of.commit(way, commit, ended),
      read: (commit: CommitSha) => this.of.here(way, commit),
      tree: (commit: ParsedCommit) => this.of.tree(way, commit),
    };
    // Nobody is asked for what is on this machine.
    return this.kind === "in-place"
      ? way.remote.history(walk, ended)
      : this.of.ask(way, ended, (remote, limited) => remote.history(walk, limited));
  }

  async settled(): Promise<void> {
    await this.#asked.settled();
    await this.#turn;
  }
}
