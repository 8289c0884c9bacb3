import {
  type Application,
  type ApplicationSpec,
  type Source,
  sourcesOf,
} from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import { idOf, isSameRevision, type SourceRevision } from "../../core/model/source-revision.ts";
import type { Git } from "../../core/ports/git.ts";
import { changedPaths } from "../../lib/changed-paths.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { repositoryPlace } from "../../lib/git-url.ts";
import { type Announced, type AnnouncedBy, PushAllowance } from "../../lib/push-allowance.ts";
import { mayMove, type PushedRef } from "../../lib/pushed-ref.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Applications } from "../applications.ts";
import { leaveSeenTips } from "../compare/compare-now.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { leaveTips } from "../target/find-target.ts";
import { resolveSource, type SourcePlaces } from "../target/locate.ts";
import { ReadPaths } from "../target/read-paths.ts";
import { entriesFor, repositoryAccess, scopeOf } from "../target/repository-access.ts";
import type { Look, Target } from "../target/target.ts";
import { followedName, type Tips } from "../target/tips.ts";
import { FollowedBases } from "./followed-bases.ts";
import { type Schedule, startSchedule } from "./schedule.ts";

/** One source of one application: the source at that place of its list. */
interface Follower {
  managed: ManagedApplication;
  at: number;
}

/** Everybody who follows one revision of one repository. */
interface Followed {
  name: string;
  source: Source;
  /** Of the followers; where they reach it as everybody does, of one that follows it, or followed it. */
  project: string;
  followers: Set<Follower>;
  /**
   * Followers that are to be asked about with each commit. The others looked, fail in nothing, share the tip, and what
   * they read is in `reads`: a commit that changes nothing of that is learnt by the tip alone.
   */
  awake: Set<Follower>;
  /** What they read of it, as far as a commit asked for it. */
  reads: ReadPaths<Follower>;
}

/** Who follows what, by repository and then by what is asked of it. */
type ByUrl = Map<string, Map<string, Followed>>;

/** Where an application of this spec follows something. */
interface Follows {
  spec: ApplicationSpec;
  places: readonly { followed: Followed; follower: Follower }[];
}

/**
 * Follows repositories: one `ls-refs`, or one index, per repository and poll, however many applications use it. A new
 * commit concerns the applications that read something which it changed; the others learn its name, in one step. A new
 * version of a chart concerns all who follow it.
 */
export class FollowedRepositories {
  readonly #pushes: PushAllowance;
  readonly #bases: FollowedBases;
  #polling: { by: Schedule; stop: () => void } | undefined;
  /** Commits whose concern is being worked out, by what is followed. */
  readonly #moving = new Map<string, Promise<void>>();
  /** As it was worked out, and of which specs. */
  readonly #byUrl: ByUrl = new Map();
  readonly #follows = new Map<ManagedApplication, Follows>();
  /** As these entries say them, by project and address. */
  #scopes: { of: readonly RepositoryAccess[] | undefined; known: Map<string, string> } = {
    of: undefined,
    known: new Map(),
  };
  /** Whose credentials count is in it. */
  #by: readonly RepositoryAccess[] | undefined;
  /** Applications that came, left or have another spec since it was worked out. */
  readonly #stale = new Set<ManagedApplication>();

  constructor(
    private readonly ports: Pick<EnginePorts, "settings" | "clock" | "log"> & {
      git: Pick<Git, "resolve" | "tree" | "noteHeard">;
      artifacts: Pick<SourcePlaces["artifacts"], "resolve">;
    },
    private readonly applications: Pick<Applications, "get" | "onChange" | "onLook" | typeof Symbol.iterator>,
    private readonly tips: Tips,
    private readonly ask: (managed: ManagedApplication, look: Look, since: number) => void,
  ) {
    this.#bases = new FollowedBases(ports, applications, ask);
    for (const managed of applications) this.#stale.add(managed);
    applications.onChange((managed) => this.#stale.add(managed));
    applications.onLook((managed) => {
      for (const { followed, follower } of this.#follows.get(managed)?.places ?? [])
        followed.awake.add(follower);
    });
    this.#pushes = new PushAllowance(
      ports.clock,
      (places) => this.#meant(places),
      (url) => {
        const followed = this.#followed().get(url);
        if (followed !== undefined) void this.#poll(url, followed);
        void this.#bases.poll(url);
      },
    );
  }

  /** Starts the schedule of the settings as they are now; one that is the same goes on. */
  start(): void {
    const { poll } = this.ports.settings();
    if (equalJson(this.#polling?.by, poll)) return;
    this.#stopPolling();
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

  /** For good. */
  stop(): void {
    this.#stopPolling();
    this.#pushes.stop();
  }

  #stopPolling(): void {
    this.#polling?.stop();
    this.#polling = undefined;
  }

  /** A webhook said that these changed. @param ref absent: any of them may have */
  pushed(urls: readonly string[], by?: AnnouncedBy, ref?: PushedRef): void {
    this.#pushes.announce(urls.map(repositoryPlace), by, ref);
  }

  /** A push of a branch that nobody follows costs no question: of those there are many, and the allowance is small. */
  #meant(places: ReadonlyMap<string, Announced>): Map<string, AnnouncedBy> {
    const meant = new Map<string, AnnouncedBy>();
    for (const [url, byName] of this.#followed())
      for (const { source } of byName.values()) {
        const announced =
          places.get(repositoryPlace(url)) ??
          (source.chart === undefined ? undefined : places.get(repositoryPlace(`${url}/${source.chart}`)));
        if (announced === undefined || !moves(source, announced)) continue;
        meant.set(url, announced.by);
      }
    for (const url of this.#bases.urls()) {
      const announced = places.get(repositoryPlace(url));
      if (announced !== undefined) meant.set(url, announced.by);
    }
    return meant;
  }

  /** An application looked Git up: those that follow the same revisions have its commits too, and need not ask Git. */
  located(found: ManagedApplication): void {
    // What it is held at is no news of what is followed.
    if (found.spec.hold !== undefined) return;
    sourcesOf(found.spec.app.spec).forEach((source, at) => {
      const revision = found.target?.tips[at]?.revision;
      const name = this.#nameOf(found.spec.app, source);
      if (revision === undefined || isSameRevision(this.tips.get(name)?.revision, revision)) return;
      const followed = this.#followed().get(source.repoURL)?.get(name);
      if (followed !== undefined) void this.#moved(followed, revision);
    });
  }

  /** Resolves when everybody whom a commit concerns that was found by now has been asked to look. */
  async told(): Promise<void> {
    await Promise.all(this.#moving.values());
  }

  async #pollAll(signal: AbortSignal): Promise<void> {
    const { pollSpreadMs } = this.ports.settings();
    const all = this.#followed();
    this.tips.keepOnly(new Set([...all.values()].flatMap((byName) => [...byName.keys()])));
    await Promise.all(
      [...all].map(async ([url], at) => {
        // The first one goes at once: with one repository there is nothing to spread.
        if (at > 0)
          await this.ports.clock
            .sleep(Math.floor(Math.random() * pollSpreadMs), signal)
            .catch(() => undefined);
        const followed = at > 0 ? this.#followed().get(url) : all.get(url);
        if (!signal.aborted && followed !== undefined) await this.#poll(url, followed);
      }),
    );
    if (signal.aborted) return;
    this.#followCharts();
    await this.#bases.poll(undefined, signal);
  }

  /** Whoever uses the newest version of a chart that another one asks for looks whether there is a newer one. */
  #followCharts(): void {
    const since = this.ports.clock.now();
    for (const managed of this.applications)
      if (managed.target?.charts.some(({ version }) => version === "newest"))
        this.ask(managed, "latest", since);
  }

  async #poll(url: string, byName: ReadonlyMap<string, Followed>): Promise<void> {
    const { clock, log } = this.ports;
    const since = clock.now();
    for (const followed of byName.values()) {
      const { source, project, followers, awake } = followed;
      const access = (of: string, type: RepositoryType) => this.#access(of, project, type);
      try {
        const found = await resolveSource(source, source.targetRevision, this.ports, {
          look: "latest",
          since,
          access,
        });
        const old = "artifact" in found ? found.artifact.old : undefined;
        if (old !== undefined) log.warn("a repository cannot be asked", { repository: url, why: old.why });
        await this.#moved(followed, found.revision, since);
        // What it failed on may lie elsewhere, where nobody looks for it yet; what was asked here since is not asked again.
        for (const { managed } of old === undefined ? awake : followers)
          if (managed.seen.is === "failed") this.ask(managed, "latest", since);
          else if (saysOld(managed) !== (old !== undefined)) this.ask(managed, "known", since);
      } catch (cause) {
        log.warn("a repository cannot be asked", {
          repository: withoutUserinfo(url),
          why: asFailure(cause, url, "ask it").message,
        });
        for (const { managed } of followers) this.ask(managed, "latest", since);
      }
    }
  }

  /** Works out whom a revision concerns, once for all who find it. */
  #moved(followed: Followed, to: SourceRevision, since = 0): Promise<void> {
    const key = `${followed.name} ${idOf(to)}`;
    const moving =
      this.#moving.get(key) ?? this.#move(followed, to, since).finally(() => this.#moving.delete(key));
    this.#moving.set(key, moving);
    return moving;
  }

  async #move(
    { name, source, project, followers: before }: Followed,
    to: SourceRevision,
    since: number,
  ): Promise<void> {
    const tip = this.tips.get(name);
    const from = tip?.revision;
    const changed =
      from === undefined || isSameRevision(from, to) || before.size < 2
        ? undefined
        : await this.#changed({ source, project }, from, to);
    // Another commit may have been found meanwhile: what was worked out is of two that nobody is at.
    const isStill = this.tips.get(name) === tip && tip?.revision === from;
    // Who follows it is asked now: an application that came, or looked, meanwhile shares the tip too.
    const followed = this.#followed().get(source.repoURL)?.get(name);
    if (followed !== undefined) {
      this.#rest(followed);
      const isShared = isSameRevision(tip?.revision, to);
      const concerned = isStill && changed !== undefined ? touchedBy(changed.paths, followed) : undefined;
      // Whoever shares a tip that does not move, or of a commit that is known, is not asked about one by one.
      const mayLook =
        concerned === undefined && !isShared
          ? followed.followers
          : followed.awake.union(concerned ?? new Set<Follower>());
      for (const follower of mayLook) {
        const { managed, at } = follower;
        const own = managed.target?.tips[at];
        const isThere = own === tip ? isShared : isSameRevision(own?.revision, to);
        if (isThere) continue;
        if (own === tip && concerned?.has(follower) === false && !looksAnyway(managed)) continue;
        // It learns the commit by looking, and is at the one before until then.
        if (own === tip) leaveShared(managed);
        this.ask(managed, "known", since);
      }
    }
    if (isStill) this.tips.move(name, to, changed?.subject);
  }

  /** Lets those rest who need not be asked about one by one. */
  #rest({ name, awake, reads }: Followed): void {
    const tip = this.tips.get(name);
    for (const follower of awake) {
      const { managed, at } = follower;
      const { target } = managed;
      if (target === undefined || target.inputs === "unknown") continue;
      noteReads(reads, follower, target.inputs);
      if (target.tips[at] === tip && !looksAnyway(managed) && !saysOld(managed)) awake.delete(follower);
    }
  }

  /** @returns undefined where it cannot be told: then everybody looks for himself, and says what is wrong */
  async #changed(
    { source, project }: Pick<Followed, "source" | "project">,
    from: SourceRevision,
    to: SourceRevision,
  ): Promise<{ paths: readonly string[]; subject: string | undefined } | undefined> {
    if (from.is !== "commit" || to.is !== "commit") return undefined;
    const { git, log } = this.ports;
    const access = this.#access(source.repoURL, project, "git");
    try {
      const [before, after] = await Promise.all([git.tree(access, from.commit), git.tree(access, to.commit)]);
      const paths = await changedPaths(before, after);
      return paths && { paths, subject: after.subject };
    } catch (cause) {
      log.debug("what a commit changed cannot be told", { repository: access.url, why: String(cause) });
      return undefined;
    }
  }

  #access(url: string, project: string, type: RepositoryType): RepositoryAccess {
    return repositoryAccess(url, entriesFor(this.ports.settings().repositories, project), type);
  }

  #nameOf(app: Application, source: Source): string {
    const { repositories } = this.ports.settings();
    if (this.#scopes.of !== repositories) this.#scopes = { of: repositories, known: new Map() };
    const project = nameOfProject(app);
    const asked = `${project} ${source.repoURL}`;
    const scope = this.#scopes.known.get(asked) ?? scopeOf(source.repoURL, repositories, project);
    this.#scopes.known.set(asked, scope);
    return followedName(source, scope);
  }

  /** Worked out anew for each application that came, left, or has another spec. */
  #followed(): ByUrl {
    const { repositories } = this.ports.settings();
    if (this.#by !== repositories) {
      this.#byUrl.clear();
      this.#follows.clear();
      this.#by = repositories;
      for (const managed of this.applications) this.#stale.add(managed);
    }
    for (const managed of this.#stale) this.#take(managed);
    this.#stale.clear();
    return this.#byUrl;
  }

  #take(managed: ManagedApplication): void {
    const known = this.#follows.get(managed);
    const isThere = this.applications.get(managed.key) === managed;
    if (isThere && known?.spec === managed.spec.app.spec) return;
    if (known !== undefined) this.#leave(known);
    this.#follows.delete(managed);
    if (isThere) this.#follows.set(managed, this.#enter(managed));
  }

  #enter(managed: ManagedApplication): Follows {
    const { app } = managed.spec;
    const places = sourcesOf(app.spec).map((source, at) => {
      const name = this.#nameOf(app, source);
      const byName = this.#byUrl.get(source.repoURL) ?? new Map<string, Followed>();
      const followed = byName.get(name) ?? {
        ...{ name, source, project: nameOfProject(app) },
        ...{ followers: new Set(), awake: new Set() },
        reads: new ReadPaths(),
      };
      const follower = { managed, at };
      followed.followers.add(follower);
      followed.awake.add(follower);
      byName.set(name, followed);
      this.#byUrl.set(source.repoURL, byName);
      return { followed, follower };
    });
    return { spec: app.spec, places };
  }

  #leave({ places }: Follows): void {
    for (const { followed, follower } of places) {
      followed.followers.delete(follower);
      followed.awake.delete(follower);
      followed.reads.forget(follower);
      if (followed.followers.size > 0) continue;
      const byName = this.#byUrl.get(followed.source.repoURL);
      byName?.delete(followed.name);
      if (byName?.size === 0) this.#byUrl.delete(followed.source.repoURL);
    }
  }
}

/** Followers that read something of what changed, or of whom it is not known what they read. */
function touchedBy(changed: readonly string[], { awake, reads }: Followed): ReadonlySet<Follower> {
  const unknown = [...awake].filter(({ managed }) => (managed.target?.inputs ?? "unknown") === "unknown");
  return reads.touchedBy(changed).union(new Set(unknown));
}

function moves({ targetRevision = "", tagPrefix, chart }: Source, { refs }: Announced): boolean {
  // Tags of a registry are compared by whoever reads its list.
  return refs === "any" || chart !== undefined || refs.some((ref) => mayMove(targetRevision, ref, tagPrefix));
}

function noteReads(
  reads: ReadPaths<Follower>,
  follower: Follower,
  inputs: Exclude<Target["inputs"], "unknown">,
): void {
  reads.note(follower, inputs, (list) =>
    list.flatMap(({ source, path }) => (source === follower.at ? [path] : [])),
  );
}

/** What failed, or is asked to look, looks whatever the commit changed. */
function looksAnyway({ target, seen, inbox }: ManagedApplication): boolean {
  return target === undefined || seen.is !== "compared" || inbox.isLooking;
}

/** Whether it says that a server could not be asked. */
function saysOld({ target }: ManagedApplication): boolean {
  return (target?.sourceProblems.length ?? 0) > 0;
}

function leaveShared(managed: ManagedApplication): void {
  leaveTips(managed);
  leaveSeenTips(managed);
}
