/** Asks repositories whether they answer, for people: what was seen of each last, and for how long that counts. */
import { asFailure, Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { revealed } from "../core/model/revealed.ts";
import type { Artifacts, Holding } from "../core/ports/artifacts.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Git, ListedRefs } from "../core/ports/git.ts";
import type { RepositoryLook } from "../core/ports/repository-desk.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { hashText } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { SharedWork } from "../lib/shared-work.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { LookPlaces, type LookShares, TooMuchLate } from "./look-places.ts";

/** The others wait in line. */
const SHARES: LookShares = {
  places: 8,
  ofHost: 4,
  ofAsker: 6,
  late: 32,
  lateOfHost: 2,
  lateOfAsker: 4,
};
/** Nobody waits longer, in line or for a server that says something every few seconds and never ends. */
const MOST_MS = 60_000;
/** Looked at anew when somebody asks later than that. */
const COUNTS_FOR_MS = 180_000;
/** Nobody waits longer for a list of many: the look goes on. */
const PATIENCE_MS = 10_000;
const MOST_KEPT = 2_000;

export interface LookParts {
  git: Pick<Git, "refs">;
  artifacts: Pick<Artifacts, "look">;
  clock: Clock;
  /** Whose request is worked on. Absent: nobody's. */
  asker?(): string | undefined;
}

export class RepositoryLooks {
  readonly #places = new LookPlaces(SHARES);
  readonly #looking = new SharedWork<string, RepositoryLook>();
  readonly #last = new Lru<string, Exclude<RepositoryLook, { is: "unheard" }>>(MOST_KEPT);

  constructor(
    private readonly parts: LookParts,
    private readonly mostMs = MOST_MS,
  ) {}

  /**
   * @returns what it saw, a sentence without a full stop
   * @throws {Failure} git-unreachable, git-auth, artifact-unreachable, artifact-auth, artifact-refused, tool-missing,
   * invalid-spec
   */
  async prove(access: RepositoryAccess): Promise<string> {
    const look = await this.#look(access, this.parts.asker?.());
    if (look.is === "answers") return look.saw;
    throw this.#failures.get(keyOf(access)) ?? this.#late(access, "asked");
  }

  async look(access: RepositoryAccess, freshness: "known" | "latest"): Promise<RepositoryLook> {
    const known = this.#last.get(keyOf(access));
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.parts.clock.now() - known.at;
    if (known !== undefined && freshness === "known" && age >= 0 && age < COUNTS_FOR_MS) return known;
    const { promise: impatient, resolve } = Promise.withResolvers<RepositoryLook>();
    const timer = setTimeout(() => resolve(known ?? { is: "unheard" }), PATIENCE_MS);
    try {
      // A list is of everybody's repositories, and no share of who happens to look at it.
      return await Promise.race([this.#look(access, undefined), impatient]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws {Failure} */
  async refs(access: RepositoryAccess): Promise<ListedRefs> {
    if ((access.type ?? "git") !== "git")
      throw new Failure("refused", withoutUserinfo(access.url), "after-edit", {
        cannot: "list its refs",
        why: "it is no Git repository",
        fix: "Ask for its charts or tags where they lie",
      });
    return this.inTime(access, () => this.parts.git.refs(access));
  }

  readonly #failures = new Lru<string, Failure>(MOST_KEPT);

  /** One look for all who want it. */
  #look(access: RepositoryAccess, asker: string | undefined): Promise<RepositoryLook> {
    const key = keyOf(access);
    return this.#looking.run(key, undefined, async () => {
      const look = await this.#ask(access, key, asker);
      this.#last.set(key, look);
      return look;
    });
  }

  async #ask(
    access: RepositoryAccess,
    key: string,
    asker: string | undefined,
  ): Promise<Exclude<RepositoryLook, { is: "unheard" }>> {
    const at = this.parts.clock.now();
    try {
      const saw =
        (access.type ?? "git") === "git"
          ? sayRefs(await this.#inTime(access, asker, () => this.parts.git.refs(access)))
          : sayHolding(await this.#inTime(access, asker, () => this.parts.artifacts.look(access)));
      this.#failures.delete(key);
      return { is: "answers", saw, at };
    } catch (cause) {
      const failure = asFailure(cause, withoutUserinfo(access.url), "ask it");
      this.#failures.set(key, failure);
      return { is: "fails", why: failure.why, at };
    }
  }

  /**
   * Whoever waited too long is told so, and what it waited for holds nobody up from then on.
   * @throws {Failure} git-unreachable where it was too late, or too much is late already; what `work` throws
   */
  inTime<T>(access: RepositoryAccess, work: () => Promise<T>): Promise<T> {
    return this.#inTime(access, this.parts.asker?.(), work);
  }

  async #inTime<T>(access: RepositoryAccess, asker: string | undefined, work: () => Promise<T>): Promise<T> {
    const who = { host: hostOf(access.url), asker };
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const late = new AbortController();
    let state: "in line" | "asked" = "in line";
    const ended = new AbortController();
    this.parts.clock.sleep(this.mostMs, ended.signal).then(
      () => {
        reject(this.#late(access, state));
        late.abort();
      },
      () => undefined,
    );
    this.#places
      .hold(
        who,
        async () => {
          state = "asked";
          const going = work();
          going.then(resolve, reject);
          await going.catch(() => undefined);
        },
        late.signal,
      )
      .catch((cause: unknown) =>
        reject(cause instanceof TooMuchLate ? notAsked(access, cause.message) : cause),
      );
    try {
      return await promise;
    } finally {
      ended.abort();
    }
  }

  #late(access: RepositoryAccess, state: "in line" | "asked"): Failure {
    const seconds = `${this.mostMs / 1000} s`;
    return state === "in line"
      ? notAsked(access, `others are asked and did not end within ${seconds}`)
      : new Failure("git-unreachable", withoutUserinfo(access.url), "backoff", {
          cannot: "ask it",
          why: `its answer did not end within ${seconds}`,
          fix: "Check the network and the server",
        });
  }
}

function notAsked({ url }: RepositoryAccess, why: string): Failure {
  return new Failure("git-unreachable", withoutUserinfo(url), "backoff", {
    cannot: "ask it",
    why,
    fix: "Try again later, and see which repositories do not answer: holdfast repo list",
  });
}

/** `git.example.com:8443`; of `git@host:path` no port, since what follows is a path; of what has no host all of it. */
function hostOf(url: string): string {
  const [, byUrl, byPath] =
    /^(?:[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/]+)|(?:[^/@]*@)?([^/:]+))/i.exec(url) ?? [];
  return (byUrl ?? byPath ?? url).toLowerCase();
}

function keyOf(access: RepositoryAccess): string {
  return hashText(canonicalJson(revealed(access)));
}

function sayRefs({ head, branches, tags }: ListedRefs): string {
  const where =
    head === undefined
      ? "no commit yet"
      : `${head.ref.replace(/^refs\/heads\//, "")}@${head.commit.slice(0, 7)}`;
  return `${where}, ${counted(branches.length, "branch", "branches")}, ${counted(tags.length, "tag", "tags")}`;
}

function sayHolding(holding: Holding): string {
  switch (holding.is) {
    case "charts":
      return counted(holding.count, "chart", "charts");
    case "tags":
      return counted(holding.count, "tag", "tags");
    case "registry itself":
      return "a registry that lets us in";
    case "registry":
      return "a registry that lets us in, and holds nothing of that very name";
  }
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
