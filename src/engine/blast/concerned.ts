/** Whom a range of commits concerns. */
import { type AppKey, type Application, sourcesOf } from "../../core/model/application.ts";
import type { ApplicationEffect, BlastRange } from "../../core/model/blast-report.ts";
import { Failure } from "../../core/model/failure.ts";
import { type Source, sourceKind } from "../../core/model/source.ts";
import type { Git } from "../../core/ports/git.ts";
import { defined } from "../../lib/defined.ts";
import { repositoryPlace } from "../../lib/git-url.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Settings } from "../settings.ts";
import { ReadPaths } from "../target/read-paths.ts";
import { entriesFor, repositoryAccess, scopeOf } from "../target/repository-access.ts";
import { followedName } from "../target/tips.ts";
import type { ManifestChange } from "./changed-manifests.ts";
import type { FoundRange } from "./range.ts";

/** An application as it would be. */
export interface Candidate {
  key: AppKey;
  /** As it is; undefined where it would be new. */
  managed: ManagedApplication | undefined;
  app: Application;
  /** Those of its sources that would be at the range's head. */
  sources: ReadonlySet<number>;
  manifest?: NonNullable<ApplicationEffect["manifest"]>;
}

export interface Concern extends Pick<BlastRange, "untouched" | "elsewhere"> {
  concerned: Candidate[];
}

type Followed = { is: "branch" } | { is: "other"; why: string };

/** Applications that follow the branch and read something of what changes, or of whom it is not known what they read. */
export async function whomItConcerns(
  applications: Iterable<ManagedApplication>,
  range: FoundRange,
  changes: readonly ManifestChange[],
  { git, settings }: { git: Pick<Git, "resolve">; settings: Settings },
): Promise<Concern> {
  const asked = new Map<string, Promise<Followed>>();
  const followed = (source: Source, project: string): Promise<Followed> => {
    const { repositories } = settings;
    const name = followedName(source, scopeOf(source.repoURL, repositories, project));
    const own = entriesFor(repositories, project);
    const known = asked.get(name) ?? whatFollows(source, range.branch, { git, repositories: own });
    asked.set(name, known);
    return known;
  };
  const byManifest: Candidate[] = [];
  const isChanged = new Set<ManagedApplication>();
  for (const change of changes) {
    const { is, key, file } = change;
    const managed = change.is === "new" ? undefined : change.managed;
    if (managed !== undefined) isChanged.add(managed);
    const app = change.is === "removed" ? change.managed.spec.app : change.app;
    const { at } = await sourcesOn(app, range, followed);
    byManifest.push({ key, managed, app, sources: at, manifest: { is, file } });
  }
  const reads = new ReadPaths<ManagedApplication>();
  const unknown = new Set<ManagedApplication>();
  const following = new Map<ManagedApplication, Set<number>>();
  const elsewhere: { application: AppKey; why: string }[] = [];
  for (const managed of applications) {
    const { app, deleting } = managed.spec;
    if (isChanged.has(managed)) continue;
    const { used, at, others } = await sourcesOn(app, range, followed);
    if (used === 0) continue;
    if (deleting !== undefined) {
      elsewhere.push({ application: managed.key, why: "it is being deleted" });
      continue;
    }
    if (at.size === 0) {
      elsewhere.push({ application: managed.key, why: [...new Set(others)].join(", and ") });
      continue;
    }
    following.set(managed, at);
    // What is held reads another revision, perhaps of other sources.
    const { inputs = "unknown" } = (managed.spec.hold === undefined ? managed.target : undefined) ?? {};
    if (inputs === "unknown") unknown.add(managed);
    else
      reads.note(managed, inputs, (list) =>
        list.flatMap(({ source, path }) => (at.has(source) ? [path] : [])),
      );
  }
  const { paths } = range;
  const touched =
    paths === undefined
      ? new Set(following.keys())
      : paths.length === 0
        ? new Set<ManagedApplication>()
        : reads.touchedBy(paths).union(unknown);
  const concerned = [...following].flatMap(([managed, sources]): Candidate[] =>
    touched.has(managed) ? [{ key: managed.key, managed, app: managed.spec.app, sources }] : [],
  );
  return {
    concerned: [...concerned, ...byManifest].sort((a, b) => (a.key < b.key ? -1 : 1)),
    untouched: following.size - concerned.length,
    elsewhere: elsewhere.sort((a, b) => (a.application < b.application ? -1 : 1)),
  };
}

/** How many of its sources are of the range's repository, which of them follow the branch, and what the others do. */
async function sourcesOn(
  app: Application,
  { place }: FoundRange,
  followed: (source: Source, project: string) => Promise<Followed>,
): Promise<{ used: number; at: Set<number>; others: string[] }> {
  const at = new Set<number>();
  const others: string[] = [];
  for (const [index, source] of sourcesOf(app.spec).entries()) {
    if (sourceKind(source) !== "git" || repositoryPlace(source.repoURL) !== place) continue;
    const found = await followed(source, nameOfProject(app));
    if (found.is === "branch") at.add(index);
    else others.push(found.why);
  }
  return { used: at.size + others.length, at, others };
}

async function whatFollows(
  source: Source,
  branch: string,
  { git, repositories }: { git: Pick<Git, "resolve"> } & Pick<Settings, "repositories">,
): Promise<Followed> {
  const { repoURL, targetRevision = "", tagPrefix } = source;
  try {
    const { ref, commit } = await git.resolve(repositoryAccess(repoURL, repositories), targetRevision, {
      freshness: "known",
      ...defined({ tagPrefix }),
    });
    if (ref === branch) return { is: "branch" };
    if (ref === "") return { is: "other", why: `it stays at commit ${commit}` };
    const [, kind, name = ref] = /^refs\/(heads|tags)\/(.*)$/s.exec(ref) ?? [];
    return {
      is: "other",
      why:
        kind === "heads"
          ? `it follows the branch ${name}`
          : kind === "tags"
            ? `it is at the tag ${name}`
            : `it follows ${name}`,
    };
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return { is: "other", why: `what it follows cannot be told: ${cause.why}` };
  }
}
