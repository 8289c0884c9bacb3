import { withSources } from "../../core/model/aim.ts";
import { type AppKey, type RevisionHistory, type Source, sourcesOf } from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { Failure } from "../../core/model/failure.ts";
import { revisionsIn, sourcesIn } from "../../core/model/hold.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { RevertPlan } from "../../core/model/revert-plan.ts";
import { sourceKind } from "../../core/model/source.ts";
import type { GitWriter } from "../../core/ports/git-writer.ts";
import type { RenderedInput } from "../../core/ports/renderers.ts";
import { changedPaths } from "../../lib/changed-paths.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { repositoryPlace } from "../../lib/git-url.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { Found, Reverted, RevertRequest, WriteRefusal } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshots } from "../snapshot.ts";
import { refuseGoing } from "../sync/may-start.ts";
import { targetAt } from "../target/find-target.ts";
import { entriesFor, repositoryAccess } from "../target/repository-access.ts";
import type { Look } from "../target/target.ts";
import { entryOf, namesNoDeployment, noSuchDeployment } from "./rollbacks.ts";

export interface GitRevertParts {
  ports: EnginePorts;
  applications: Applications;
  snapshots: Snapshots;
  /** These repositories have a new commit. */
  pushed(urls: readonly string[]): void;
  ask(managed: ManagedApplication, look: Look): void;
}

/** Where the commit goes, and what it would change. */
interface Planned {
  access: RepositoryAccess;
  /** Full name of the branch that the source follows. */
  branch: string;
  tip: CommitSha;
  from: CommitSha;
  paths: string[];
  sharedWith: AppKey[];
}

/** A branch moves on while a commit is made: tried so often. */
const MOST_TRIES = 3;

/** The other way back: a commit that gives the files of an application the state that they had when it was deployed. */
export class GitReverts {
  readonly #parts: GitRevertParts;

  constructor(parts: GitRevertParts) {
    this.#parts = parts;
  }

  /**
   * What would be committed where; writes nothing.
   * @throws {Failure} where nothing can be, with the reason
   * @throws the signal's reason
   */
  async plan(key: AppKey, deployment: number, signal?: AbortSignal): Promise<Found<RevertPlan>> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const { access, branch, tip, from, paths, sharedWith } = await this.#planned(managed, deployment, signal);
    return {
      is: "found",
      value: { repository: access.url, branch: shortBranch(branch), tip, from, paths, sharedWith },
    };
  }

  /** @throws {Failure} */
  async revert(key: AppKey, request: RevertRequest): Promise<Reverted> {
    const { ports, applications, pushed, ask } = this.#parts;
    const { actor, branch: named, shared, tip: seen, deployment } = request;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    if (entryOf(managed, deployment) === undefined) return namesNoDeployment(managed, deployment);
    const writer = writerOf(ports, key);
    let planned = await this.#planned(managed, deployment);
    for (let tries = 1; ; tries++) {
      // Whoever came to read these files while the branch moved on would go back with them as well.
      if (planned.sharedWith.length > 0 && shared !== "too") return sharedFiles(planned);
      if (seen !== undefined && planned.tip !== seen && (await this.#touches(planned, seen)))
        return conflict(
          `${shortBranch(planned.branch)} moved on to ${planned.tip.slice(0, 7)} meanwhile, and that changed its files. Look at the plan again`,
        );
      const { access, tip, from, paths } = planned;
      if (named !== undefined) await this.#refuseTaken(access, named);
      const to = named === undefined ? planned.branch : `refs/heads/${named}`;
      const at = ports.clock.now();
      const message = messageOf(key, deployment, planned, request);
      const end = await writer.putBack(access, { tip, from, paths, to, message, at });
      if (end.is === "same") return conflict(nothingToPutBack(planned));
      if (end.is === "pushed") {
        const branch = shortBranch(to);
        const details = { commit: end.commit, branch, repository: access.url, paths, deployment };
        ports.store.audit({ at: timestamp(at), actor, action: "revert-in-git", app: key, details });
        ports.log.info("pushed a commit", { app: key, ...details });
        pushed([access.url]);
        ask(managed, "latest");
        return { is: "pushed", commit: end.commit, branch, repository: access.url, paths };
      }
      if (tries === MOST_TRIES)
        return conflict(
          `${shortBranch(planned.branch)} moves on faster than a commit can be made. Try again`,
        );
      const before = planned.tip;
      planned = await this.#planned(managed, deployment);
      if (planned.tip !== before && (await this.#touches(planned, before)))
        return conflict(
          `${shortBranch(planned.branch)} moved on to ${planned.tip.slice(0, 7)} meanwhile, and that changed its files. Look at the plan again`,
        );
    }
  }

  /** Whether what came since `before` changed something of what is put back. */
  async #touches({ access, tip, paths }: Planned, before: CommitSha): Promise<boolean> {
    const { git } = this.#parts.ports;
    const [old, now] = await Promise.all([git.tree(access, before), git.tree(access, tip)]);
    const changed = await changedPaths(old, now);
    return changed === undefined || changed.some((path) => paths.some((own) => overlap(path, own)));
  }

  /** @throws {Failure} where there is such a branch already: nobody's work is added to */
  async #refuseTaken(access: RepositoryAccess, name: string): Promise<void> {
    const { git, clock } = this.#parts.ports;
    const since = clock.now();
    const found = await git
      .resolve(access, `refs/heads/${name}`, { freshness: "latest", asOf: since })
      .catch((cause) => {
        if (cause instanceof Failure && cause.code === "git-revision") return undefined;
        throw cause;
      });
    if (found === undefined) return;
    throw new Failure("conflict", access.url, "after-edit", {
      cannot: `push to a new branch ${name}`,
      why: "there is a branch of that name already",
      fix: "Choose another name",
    });
  }

  /** @throws {Failure} */
  async #planned(managed: ManagedApplication, deployment: number, signal?: AbortSignal): Promise<Planned> {
    const { ports } = this.#parts;
    const { app } = managed.spec;
    const entry = entryOf(managed, deployment);
    if (entry === undefined) throw noSuchDeployment(managed, deployment);
    refuseGoing(managed, `go back to deployment ${deployment} in Git`);
    const cannot = (why: string, fix: string): Failure =>
      new Failure("conflict", `Application ${managed.key}`, "after-edit", {
        cannot: `go back to deployment ${deployment} in Git`,
        why,
        fix,
      });
    const sources = sourcesOf(app.spec);
    if (!sources.some((source) => sourceKind(source) === "git"))
      throw cannot(
        `it is deployed from ${sources.map(placeOf).join(" and ")}, which is not in Git`,
        `Edit the version where the Application is written, or go back in the cluster: holdfast app rollback ${managed.key} ${deployment}`,
      );
    const then = sourcesIn(entry).length === 0 ? sources : sourcesIn(entry);
    if (!equalJson(then.map(withoutRevision), sources.map(withoutRevision)))
      throw cannot(
        "its source was written otherwise then, and that is no file of the repository",
        `Edit the Application, or go back in the cluster: holdfast app rollback ${managed.key} ${deployment}`,
      );
    const since = ports.clock.now();
    const commits = revisionsIn(entry);
    const found: Planned[] = [];
    for (const [at, source] of sources.entries()) {
      const from = commits[at] as CommitSha | undefined;
      if (from === undefined || sourceKind(source) !== "git") continue;
      const access = repositoryAccess(
        source.repoURL,
        entriesFor(ports.settings().repositories, nameOfProject(managed.spec.app)),
      );
      const { targetRevision: revision = "", tagPrefix } = source;
      const freshness = {
        freshness: "latest",
        asOf: since,
        ...defined({ tagPrefix }),
      } as const;
      const { commit: tip, ref } = await ports.git.resolve(access, revision, freshness);
      signal?.throwIfAborted();
      if (tip === from) continue;
      const paths = await this.#ownPaths(managed, entry, at, { access, tip, from }, signal);
      if (paths === undefined)
        throw cannot("the two commits differ in too much to be told", "Make the commit by hand");
      if (paths.length === 0) continue;
      if (!ref.startsWith("refs/heads/"))
        throw cannot(
          `${source.repoURL} is followed at ${revision}, which is no branch that a commit could go to`,
          "Set targetRevision back where the Application is written",
        );
      found.push({ access, branch: ref, tip, from, paths, sharedWith: [] });
    }
    const [planned, ...others] = found;
    if (planned === undefined)
      throw cannot(
        "its files are what they were then",
        `Where the cluster differs: holdfast app sync ${managed.key}`,
      );
    const elsewhere = others.filter(
      ({ access, branch }) => access.url !== planned.access.url || branch !== planned.branch,
    );
    if (elsewhere.length > 0)
      throw cannot(
        `its files changed in ${[planned, ...elsewhere].map(({ access, branch }) => `${access.url} (${shortBranch(branch)})`).join(" and ")}, and one commit is in one place`,
        "Make the commits by hand, or go back in the cluster without --git",
      );
    if (others.some(({ from }) => from !== planned.from))
      throw cannot("its sources were at different commits of one branch then", "Make the commit by hand");
    if (planned.access.push !== "allowed")
      throw cannot(
        `the config does not allow pushes to ${planned.access.url}`,
        "Give its entry of repositories `push: allowed`, and credentials that may write",
      );
    const paths = [...new Set([planned, ...others].flatMap((one) => one.paths))].sort();
    signal?.throwIfAborted();
    const sharedWith = await this.#sharedWith(managed, { ...planned, paths }, since);
    return { ...planned, paths, sharedWith };
  }

  /** What differs of what the application reads, at either commit; undefined where it cannot be listed. */
  async #ownPaths(
    managed: ManagedApplication,
    entry: RevisionHistory,
    at: number,
    { access, tip, from }: Pick<Planned, "access" | "tip" | "from">,
    signal: AbortSignal | undefined,
  ): Promise<string[] | undefined> {
    const { git } = this.#parts.ports;
    const [now, then] = await Promise.all([git.tree(access, tip, signal), git.tree(access, from, signal)]);
    const changed = await changedPaths(now, then);
    if (changed === undefined) return undefined;
    const reads = [
      ...(await this.#inputs(managed, entry, revisionsIn(entry), signal)),
      // What is there now is often just what cannot be rendered.
      ...(await this.#inputs(managed, entry, [], signal).catch((cause) => {
        if (cause instanceof Failure) return inputsOf(managed);
        throw cause;
      })),
    ].flatMap(({ source, path }) => (source === at ? [path] : []));
    const own = changed.flatMap((path) =>
      // A folder that came or went is one path, and the application may be a part of it.
      reads.some((read) => isWithin(path, read)) ? [path] : reads.filter((read) => isWithin(read, path)),
    );
    return [...new Set(own)].sort();
  }

  /** @param revisions none: as the spec follows them */
  async #inputs(
    managed: ManagedApplication,
    entry: RevisionHistory,
    revisions: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly RenderedInput[]> {
    const { ports, snapshots } = this.#parts;
    const { app } = managed.spec;
    const snapshot = snapshots.take({ app: revisions.length > 0 ? withSources(app, entry) : app }, undefined);
    const { records } = managed.memory;
    const asked = { look: "known", since: 0, known: undefined, records, revisions } as const;
    const { inputs } = await targetAt(snapshot, asked, ports, signal);
    return inputs === "unknown" ? inputsOf(managed) : inputs;
  }

  /** Other applications that follow the branch, by whatever address and name, and read something of what goes back. */
  async #sharedWith(
    managed: ManagedApplication,
    { access, branch, paths }: Pick<Planned, "access" | "branch" | "paths">,
    since: number,
  ): Promise<AppKey[]> {
    const place = repositoryPlace(access.url);
    const reading = [...this.#parts.applications].flatMap((other) => {
      if (other === managed) return [];
      const sources = sourcesOf(other.spec.app.spec);
      return inputsOf(other).flatMap(({ source: at, path }) => {
        const source = sources[at];
        const isRead =
          source !== undefined &&
          repositoryPlace(source.repoURL) === place &&
          paths.some((own) => overlap(path, own));
        return isRead ? [{ key: other.key, source }] : [];
      });
    });
    const follows = await Promise.all(
      reading.map(({ source }) => this.#follows(source, { access, branch }, since)),
    );
    return [...new Set(reading.flatMap(({ key }, at) => (follows[at] === true ? [key] : [])))].sort();
  }

  /** A tag or another branch stays what it is; what cannot be told now may follow it. */
  async #follows(
    { targetRevision = "", tagPrefix }: Source,
    { access, branch }: Pick<Planned, "access" | "branch">,
    since: number,
  ): Promise<boolean> {
    const asked = { freshness: "latest", asOf: since, interest: "once", ...defined({ tagPrefix }) } as const;
    try {
      return (await this.#parts.ports.git.resolve(access, targetRevision, asked)).ref === branch;
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      return cause.code !== "git-revision";
    }
  }
}

/** As they were rendered last; where that is not known, the folders that the spec names. */
function inputsOf({ target, spec }: ManagedApplication): readonly RenderedInput[] {
  if (target !== undefined && target.inputs !== "unknown") return target.inputs;
  return sourcesOf(spec.app.spec).map(({ path = "" }, source) => ({
    source,
    path: path === "." ? "" : path.replace(/^\.\//, "").replace(/\/+$/, ""),
  }));
}

function writerOf({ gitWriter }: EnginePorts, key: AppKey): GitWriter {
  if (gitWriter !== undefined) return gitWriter;
  throw new Failure("tool-missing", `Application ${key}`, "after-edit", {
    cannot: "push a commit",
    why: "nothing here writes to repositories",
  });
}

/** As people call what is not in Git. */
function placeOf({ repoURL, chart }: Source): string {
  return chart === undefined ? repoURL : `the chart ${chart} of ${repoURL}`;
}

function withoutRevision({ targetRevision: _, ...source }: Source): Omit<Source, "targetRevision"> {
  return source;
}

function isWithin(path: string, place: string): boolean {
  return place === "" || path === place || path.startsWith(`${place}/`);
}

function overlap(a: string, b: string): boolean {
  return isWithin(a, b) || isWithin(b, a);
}

function shortBranch(ref: string): string {
  return ref.replace(/^refs\/heads\//, "");
}

function conflict(why: string): WriteRefusal {
  return { is: "conflict", why };
}

function nothingToPutBack({ branch, from }: Planned): string {
  return `its files at ${shortBranch(branch)} are what they were at ${from.slice(0, 7)}`;
}

function sharedFiles({ paths, sharedWith }: Planned): WriteRefusal {
  const others =
    sharedWith.slice(0, 5).join(", ") + (sharedWith.length > 5 ? ` and ${sharedWith.length - 5} more` : "");
  return conflict(
    `${others} ${sharedWith.length === 1 ? "reads" : "read"} some of what would be put back (${paths.slice(0, 5).join(", ")}${paths.length > 5 ? ", …" : ""}), and would go back with it. Say --shared where that is meant, or go back in the cluster without --git`,
  );
}

function messageOf(
  key: AppKey,
  deployment: number,
  { from, paths }: Planned,
  { actor, reason }: Pick<RevertRequest, "actor" | "reason">,
): string {
  const names = paths.map((path) => (path === "" ? "all files" : path));
  return [
    `Roll back ${key} to ${from.slice(0, 7)}`,
    "",
    `Puts back how it was at ${from} (deployment ${deployment}):`,
    ...names.slice(0, 50).map((name) => `- ${name}`),
    ...(names.length > 50 ? [`- and ${names.length - 50} more`] : []),
    "",
    `Asked for by ${actor}${reason === undefined ? "" : `: ${reason}`}`,
    "",
  ].join("\n");
}
