import { type Source, sourcesOf } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { CommitSha, Git } from "../../core/ports.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { repositoryPlace } from "../../lib/git-url.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { repositoryAccess } from "../target/repository-access.ts";
import type { Look } from "../target/target.ts";
import { type Schedule, startSchedule } from "./schedule.ts";

/** One source of one application: the source at that place of its list. */
interface Follower {
  managed: ManagedApplication;
  at: number;
}

/** Everybody who follows one revision of one repository. */
interface Followed {
  source: Source;
  followers: Follower[];
}

/**
 * Follows Git: one `ls-refs` per repository and poll, however many applications use it, and no work for any
 * application whose commits did not move.
 */
export class Repositories {
  #polling: { by: Schedule; stop: () => void } | undefined;
  /** The commit that was found last, by what was asked for. */
  readonly #found = new Map<string, CommitSha>();

  constructor(
    private readonly ports: Pick<EnginePorts, "settings" | "clock" | "log"> & { git: Pick<Git, "resolve"> },
    private readonly applications: Iterable<ManagedApplication>,
    private readonly ask: (managed: ManagedApplication, look: Look, since: number) => void,
  ) {}

  /** Starts the schedule of the settings as they are now; one that is the same goes on. */
  start(): void {
    const { poll } = this.ports.settings();
    if (equalJson(this.#polling?.by, poll)) return;
    this.stop();
    const ended = new AbortController();
    const stop = startSchedule(poll, () => this.#pollAll(ended.signal));
    this.#polling = {
      by: poll,
      stop: () => {
        stop();
        ended.abort(new Error("the schedule has ended"));
      },
    };
  }

  stop(): void {
    this.#polling?.stop();
    this.#polling = undefined;
  }

  /** A webhook said that these changed. */
  pushed(urls: readonly string[]): void {
    const meant = new Set(urls.map(repositoryPlace));
    for (const [url, followed] of this.#byUrl())
      if (meant.has(repositoryPlace(url))) void this.#poll(url, followed);
  }

  /** An application looked Git up: those that follow the same revisions have its commits too, and need not ask Git. */
  located(found: ManagedApplication): void {
    const news = new Map<string, CommitSha>();
    sourcesOf(found.spec.app.spec).forEach((source, at) => {
      const commit = found.target?.commits[at],
        name = nameOf(source);
      if (commit === undefined || this.#found.get(name) === commit) return;
      news.set(name, commit);
      this.#found.set(name, commit);
    });
    // Where all have been told of it already, that is all there is to do: it comes once for each of them.
    if (news.size === 0) return;
    for (const managed of this.applications) {
      const { target } = managed;
      if (managed === found || target === undefined) continue;
      const isBehind = sourcesOf(managed.spec.app.spec).some((source, at) => {
        const commit = news.get(nameOf(source));
        return commit !== undefined && commit !== target.commits[at];
      });
      if (isBehind) this.ask(managed, "known", 0);
    }
  }

  async #pollAll(signal: AbortSignal): Promise<void> {
    const { pollSpreadMs } = this.ports.settings();
    const all = this.#byUrl();
    // What nobody follows any more need not be remembered.
    const names = new Set([...all.values()].flatMap((byName) => [...byName.keys()]));
    for (const name of this.#found.keys()) if (!names.has(name)) this.#found.delete(name);
    await Promise.all(
      [...all].map(async ([url], at) => {
        // The first one goes at once: with one repository there is nothing to spread.
        if (at > 0)
          await this.ports.clock
            .sleep(Math.floor(Math.random() * pollSpreadMs), signal)
            .catch(() => undefined);
        const followed = at > 0 ? this.#byUrl().get(url) : all.get(url);
        if (!signal.aborted && followed !== undefined) await this.#poll(url, followed);
      }),
    );
  }

  async #poll(url: string, byName: ReadonlyMap<string, Followed>): Promise<void> {
    const { git, clock, log } = this.ports;
    const access = repositoryAccess(url, this.ports.settings().repositories);
    const since = clock.now();
    for (const { source, followers } of byName.values()) {
      try {
        const { commit } = await git.resolve(access, source.targetRevision ?? "", {
          freshness: "latest",
          asOf: since,
          ...(source.tagPrefix === undefined ? {} : { tagPrefix: source.tagPrefix }),
        });
        for (const { managed, at } of followers)
          if (managed.target?.commits[at] !== commit || managed.seen.is === "failed")
            this.ask(managed, "known", since);
      } catch (cause) {
        log.warn("git cannot be asked", {
          repository: access.url,
          why: asFailure(cause, access.url, "list its refs").message,
        });
        for (const { managed } of followers) this.ask(managed, "latest", since);
      }
    }
  }

  /** Who follows what, by repository and then by what is asked of it. */
  #byUrl(): Map<string, Map<string, Followed>> {
    const all = new Map<string, Map<string, Followed>>();
    for (const managed of this.applications) {
      sourcesOf(managed.spec.app.spec).forEach((source, at) => {
        const byName = all.get(source.repoURL) ?? new Map<string, Followed>();
        const followed = byName.get(nameOf(source)) ?? { source, followers: [] };
        followed.followers.push({ managed, at });
        byName.set(nameOf(source), followed);
        all.set(source.repoURL, byName);
      });
    }
    return all;
  }
}

function nameOf({ repoURL, targetRevision = "", tagPrefix = "" }: Source): string {
  return `${repoURL} ${targetRevision} ${tagPrefix}`;
}
