import { type Source, sourcesOf } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import type { CommitSha, Git } from "../core/ports.ts";
import { equalJson } from "../lib/equal-json.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Look } from "./look.ts";
import { repositoryAccess } from "./repository-access.ts";
import { type Schedule, startSchedule } from "./schedule.ts";
import type { AppSession } from "./session.ts";

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
    private readonly sessions: () => Iterable<AppSession>,
    private readonly ask: (session: AppSession, look: Look, since: number) => void,
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
    for (const url of this.#urls()) if (meant.has(repositoryPlace(url))) void this.#poll(url);
  }

  /** One application found new commits: those that follow the same revisions have them too, and need not ask Git. */
  moved(found: AppSession): void {
    const news = new Map<string, CommitSha>();
    sourcesOf(found.app.spec).forEach((source, at) => {
      const commit = found.aim?.commits[at],
        name = nameOf(source);
      if (commit === undefined || this.#found.get(name) === commit) return;
      news.set(name, commit);
      this.#found.set(name, commit);
    });
    // Where all have been told of it already, that is all there is to do: it comes once for each of them.
    if (news.size === 0) return;
    for (const session of this.sessions()) {
      if (session === found || session.aim === undefined) continue;
      const behind = sourcesOf(session.app.spec).some((source, at) => {
        const commit = news.get(nameOf(source));
        return commit !== undefined && commit !== session.aim?.commits[at];
      });
      if (behind) this.ask(session, "known", 0);
    }
  }

  async #pollAll(signal: AbortSignal): Promise<void> {
    const { pollSpreadMs } = this.ports.settings();
    await Promise.all(
      [...this.#urls()].map(async (url, at) => {
        // The first one goes at once: with one repository there is nothing to spread.
        if (at > 0)
          await this.ports.clock
            .sleep(Math.floor(Math.random() * pollSpreadMs), signal)
            .catch(() => undefined);
        if (!signal.aborted) await this.#poll(url);
      }),
    );
  }

  async #poll(url: string): Promise<void> {
    const { git, clock, log } = this.ports;
    const access = repositoryAccess(url, this.ports.settings().repositories);
    const since = clock.now();
    const followers = new Map<string, { source: Source; sessions: { session: AppSession; at: number }[] }>();
    for (const session of this.sessions()) {
      sourcesOf(session.app.spec).forEach((source, at) => {
        if (source.repoURL !== url) return;
        const entry = followers.get(nameOf(source)) ?? { source, sessions: [] };
        entry.sessions.push({ session, at });
        followers.set(nameOf(source), entry);
      });
    }
    for (const { source, sessions } of followers.values()) {
      try {
        const { commit } = await git.resolve(access, source.targetRevision ?? "", {
          freshness: "latest",
          asOf: since,
          ...(source.tagPrefix === undefined ? {} : { tagPrefix: source.tagPrefix }),
        });
        for (const { session, at } of sessions)
          if (session.aim?.commits[at] !== commit || session.trouble !== undefined)
            this.ask(session, "known", since);
      } catch (cause) {
        log.warn("git cannot be asked", {
          repository: access.url,
          why: asFailure(cause, access.url, "list its refs").message,
        });
        for (const { session } of sessions) this.ask(session, "latest", since);
      }
    }
  }

  #urls(): Set<string> {
    return new Set(
      [...this.sessions()].flatMap(({ app }) => sourcesOf(app.spec).map(({ repoURL }) => repoURL)),
    );
  }
}

function nameOf({ repoURL, targetRevision = "", tagPrefix = "" }: Source): string {
  return `${repoURL} ${targetRevision} ${tagPrefix}`;
}
