/** Whom a range of commits concerns. */
import { type AppKey, sourcesOf } from "../../core/model/application.ts";
import type { BlastRange } from "../../core/model/blast-report.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Source } from "../../core/model/source.ts";
import type { Git } from "../../core/ports/git.ts";
import { defined } from "../../lib/defined.ts";
import { repositoryPlace } from "../../lib/git-url.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Settings } from "../settings.ts";
import { ReadPaths } from "../target/read-paths.ts";
import { repositoryAccess } from "../target/repository-access.ts";
import { followedName } from "../target/tips.ts";
import { type FoundRange, isGit } from "./range.ts";

/** An application, and which of its sources would be at the range's head. */
export interface Concerned {
  managed: ManagedApplication;
  sources: ReadonlySet<number>;
}

export interface Concern extends Pick<BlastRange, "untouched" | "elsewhere"> {
  concerned: Concerned[];
}

type Followed = { is: "branch" } | { is: "other"; why: string };

/** Applications that follow the branch and read something of what changes, or of whom it is not known what they read. */
export async function whomItConcerns(
  applications: Iterable<ManagedApplication>,
  range: FoundRange,
  { git, settings }: { git: Pick<Git, "resolve">; settings: Settings },
): Promise<Concern> {
  const asked = new Map<string, Promise<Followed>>();
  const followed = (source: Source): Promise<Followed> => {
    const name = followedName(source);
    const known = asked.get(name) ?? whatFollows(source, range.branch, { git, settings });
    asked.set(name, known);
    return known;
  };
  const reads = new ReadPaths<ManagedApplication>();
  const unknown = new Set<ManagedApplication>();
  const following = new Map<ManagedApplication, Set<number>>();
  const elsewhere: { application: AppKey; why: string }[] = [];
  for (const managed of applications) {
    const { app, deleting } = managed.spec;
    const sources = sourcesOf(app.spec);
    const used = sources.flatMap((source, at) =>
      isGit(source, app) && repositoryPlace(source.repoURL) === range.place ? [at] : [],
    );
    if (used.length === 0) continue;
    if (deleting !== undefined) {
      elsewhere.push({ application: managed.key, why: "it is being deleted" });
      continue;
    }
    const at = new Set<number>();
    const others: string[] = [];
    for (const index of used) {
      const found = await followed(sources[index] as Source);
      if (found.is === "branch") at.add(index);
      else others.push(found.why);
    }
    if (at.size === 0) {
      elsewhere.push({ application: managed.key, why: [...new Set(others)].join(", and ") });
      continue;
    }
    following.set(managed, at);
    const { inputs = "unknown" } = managed.target ?? {};
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
  const concerned = [...following].flatMap(([managed, sources]): Concerned[] =>
    touched.has(managed) ? [{ managed, sources }] : [],
  );
  return {
    concerned: concerned.sort((a, b) => (a.managed.key < b.managed.key ? -1 : 1)),
    untouched: following.size - concerned.length,
    elsewhere: elsewhere.sort((a, b) => (a.application < b.application ? -1 : 1)),
  };
}

async function whatFollows(
  source: Source,
  branch: string,
  { git, settings }: { git: Pick<Git, "resolve">; settings: Settings },
): Promise<Followed> {
  const { repoURL, targetRevision = "", tagPrefix } = source;
  try {
    const { ref, commit } = await git.resolve(
      repositoryAccess(repoURL, settings.repositories),
      targetRevision,
      {
        freshness: "known",
        ...defined({ tagPrefix }),
      },
    );
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
