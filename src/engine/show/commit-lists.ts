/** Lists of commits, read of Git where somebody wants to know what changed, and kept for the next one who does. */
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { CommitChange } from "../../core/model/last-change.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Git, History } from "../../core/ports/git.ts";
import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import { Lru } from "../../lib/lru.ts";
import { Slots } from "../../lib/slots.ts";

/** A repository, as those reach it who may. */
export interface Place {
  /** Of its address, and of the project whose own entry it is reached by. */
  name: string;
  access: RepositoryAccess;
}

/** Most that is read of one commit's history: what is older than that is not named. */
export const MOST_COMMITS = 2_000;

/** Paths and commits that are kept of all lists together, some 80 bytes each. */
const KEPT = 60_000;
/** Repositories that are asked at once. */
const AT_ONCE = 2;
/** Where one could not be read, it is not asked again sooner. */
const PAUSE: Backoff = { firstMs: 30_000, mostMs: 3_600_000, factor: 4 };

interface Kept {
  commits: readonly CommitChange[];
  most: number;
}

export class CommitLists {
  readonly #kept = new Lru<string, Kept>(KEPT, weightOf);
  /** By place: what is being read, one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #pauses = new Map<string, { failures: number; until: number; why: string }>();
  readonly #slots = new Slots(AT_ONCE);

  constructor(private readonly ports: { git: Pick<Git, "history">; clock: Clock }) {}

  /** As far as it is known here. */
  known(place: Place, commit: string, most: number): readonly CommitChange[] | undefined {
    const kept = this.#kept.get(keyOf(place, commit));
    return kept !== undefined && kept.most >= most ? kept.commits : undefined;
  }

  /** What led to a commit. Whoever asks for the same meanwhile has the same answer. Never rejects. */
  async read(place: Place, commit: string, most: number): Promise<History> {
    const turn = (this.#turns.get(place.name) ?? Promise.resolve()).then(() =>
      this.#read(place, commit, most),
    );
    this.#turns.set(place.name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(place.name) === turn) this.#turns.delete(place.name);
    }
  }

  async #read(place: Place, commit: string, most: number): Promise<History> {
    // Whoever went before may have asked for the same, or for more.
    const commits = this.known(place, commit, most);
    if (commits !== undefined) return { is: "read", commits };
    const { git, clock } = this.ports;
    const pause = this.#pauses.get(place.name);
    if (pause !== undefined && clock.now() < pause.until) return { is: "unknown", why: pause.why };
    const found = await this.#slots.hold(() =>
      git
        .history(place.access, commit as CommitSha, most)
        .catch(
          (cause: unknown): History => ({ is: "unknown", why: asFailure(cause, place.name, "ask it").why }),
        ),
    );
    if (found.is === "read") {
      this.#pauses.delete(place.name);
      this.#kept.set(keyOf(place, commit), { commits: found.commits, most });
      return found;
    }
    const failures = (pause?.failures ?? 0) + 1;
    const until = clock.now() + backoffMs(failures, PAUSE);
    this.#pauses.set(place.name, { failures, until, why: found.why });
    return found;
  }
}

function keyOf({ name }: Place, commit: string): string {
  return `${name} ${commit}`;
}

function weightOf({ commits }: Kept): number {
  return commits.reduce(
    (sum, { changed }) =>
      sum + changed.reduce((paths, one) => paths + (one === "too many" ? 0 : one.length), 1),
    1,
  );
}
