/** What kustomizations name in other repositories and at addresses, by the same roads as sources. */
import { asFailure, Failure } from "../../core/model/failure.ts";
import type { Project } from "../../core/model/project.ts";
import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import type { Source } from "../../core/model/source.ts";
import type { TakenPart } from "../../core/model/taken-part.ts";
import { type BaseRefusal, namesBaseHost, refuseBase } from "../../core/policy/refuse-base.ts";
import { refuseSource } from "../../core/policy/refuse-source.ts";
import type { ArtifactReference, Artifacts, ResolvedArtifact } from "../../core/ports/artifacts.ts";
import type { Git, Resolved } from "../../core/ports/git.ts";
import type { BaseFetcher, ForeignTree, FoundTree, UsedBase } from "../../core/ports/renderers.ts";
import { defined } from "../../lib/defined.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Settings } from "../settings.ts";
import { namesHost } from "./chart-fetcher.ts";
import { askOf } from "./locate.ts";
import { entryFor, repositoryAccess } from "./repository-access.ts";
import { asItWas, takenBase, takenFile } from "./taken-parts.ts";
import type { Look } from "./target.ts";
import { withSubmodules } from "./with-submodules.ts";

export interface BaseParts {
  git: Pick<Git, "resolve" | "tree" | "noteHeard" | "lastHeard">;
  artifacts: Pick<Artifacts, "resolve" | "packed">;
  access(url: string, type: RepositoryType): RepositoryAccess;
  /** Why an address, as it is written, must not be asked; undefined where it may. */
  refuse(url: string, is: UsedBase["is"]): BaseRefusal | undefined;
  look: Look;
  /** Milliseconds since 1970: what was heard since then is new enough. */
  since: number;
  now(): number;
  /** What was used before: it stays where its server cannot be asked. Git remembers it for the time after a restart. */
  before: readonly UsedBase[];
  /** As a deployment took them: nobody is asked where they are now. */
  taken?: readonly TakenPart[];
}

export function baseFetcher(parts: BaseParts): BaseFetcher {
  const { git, artifacts, access, look, since, now, taken = [] } = parts;
  const check = (url: string, is: UsedBase["is"]): void => {
    const refused = parts.refuse(url, is);
    if (refused !== undefined)
      throw new Failure("invalid-spec", withoutUserinfo(url), "after-edit", {
        cannot: "fetch it",
        ...refused,
      });
  };
  const findTree = async (asked: ForeignTree): Promise<FoundTree> => {
    check(asked.repoURL, "tree");
    const then = takenBase(taken, asked);
    if (then !== undefined) return { commit: then.commit, ref: "", heardAt: now() };
    const repository = access(asked.repoURL, "git");
    const noted = git.lastHeard(repository, asked.revision);
    // A tag is where it was, after a restart too: nobody is asked.
    if (noted !== undefined && !isFollowed(noted) && look !== "hard") return noted;
    const before = lastOf(parts.before, asked);
    try {
      const { commit, ref } = await resolveTree(git, repository, asked.revision, look, since);
      const isSame = look === "known" && before?.commit === commit;
      if (isSame) return { commit, ref, heardAt: before.heardAt, ...defined({ old: before.old }) };
      const heard = { commit, ref, heardAt: now() };
      git.noteHeard(repository, asked.revision, heard);
      return heard;
    } catch (cause) {
      const failure = asFailure(cause, withoutUserinfo(asked.repoURL), "fetch it");
      if (failure.code !== "git-unreachable") throw failure;
      const last = noted !== undefined && noted.heardAt > (before?.heardAt ?? 0) ? noted : before;
      if (last === undefined) throw failure;
      return { ...last, old: { since: last.heardAt, why: failure.why } };
    }
  };
  const findFile = async (url: string): Promise<ResolvedArtifact> => {
    check(url, "file");
    const reference: ArtifactReference = { kind: "file", repository: access(url, "git"), version: "" };
    const then = takenFile(taken, url);
    if (then !== undefined) {
      const { digest } = then;
      return { reference, version: "", digest, archive: { digest, holds: "itself" } };
    }
    return artifacts.resolve(reference, askOf(look, since));
  };
  return {
    findTree,
    async fetchTree(asked, signal) {
      const found = await findTree(asked);
      const repository = access(asked.repoURL, "git");
      const isThen = takenBase(taken, asked) !== undefined;
      const bring = () => git.tree(repository, found.commit, signal);
      const tree = await (isThen ? asItWas(asked.repoURL, `its commit ${found.commit}`, bring) : bring());
      // Only what is here can be used without its server; where a branch was once is not where it is.
      if (!isThen && found.old === undefined) git.noteHeard(repository, asked.revision, found);
      const whole = await withSubmodules(tree, asked.repoURL, parts, signal);
      return { ...found, tree: whole, ...(whole === tree ? {} : { holds: "submodules" as const }) };
    },
    async findFile(url) {
      const { digest, old } = await findFile(url);
      return { digest, ...defined({ old }) };
    },
    async fetchFile(url, signal) {
      const artifact = await findFile(url);
      const { digest, old } = artifact;
      const bring = () => artifacts.packed(artifact, signal);
      const isThen = takenFile(taken, url) !== undefined;
      const content = isThen ? asItWas(url, `its content ${digest}`, bring) : bring();
      return { digest, content: await content, ...defined({ old }) };
    },
  };
}

/** What a revision of a repository leads to, where nothing of it was noted. A tag is where it was until a hard refresh. */
export async function resolveTree(
  git: Pick<Git, "resolve">,
  repository: RepositoryAccess,
  revision: string,
  look: Look,
  since: number,
): Promise<Resolved> {
  const known = await git.resolve(repository, revision, { freshness: "known", asOf: since });
  if (look !== "hard" && (look !== "latest" || !isFollowed(known))) return known;
  return git.resolve(repository, revision, { freshness: "latest", asOf: since });
}

/** Whether it may lead to another commit by itself. */
export function isFollowed({ ref }: Pick<Resolved, "ref">): boolean {
  return ref !== "" && !ref.startsWith("refs/tags/");
}

/** How an address is reached that a kustomization names: whoever nobody else named must lead out. */
export function accessOfBase(
  url: string,
  { remoteBases, repositories }: Pick<Settings, "remoteBases" | "repositories">,
  sources: readonly Pick<Source, "repoURL">[],
): RepositoryAccess {
  const access = repositoryAccess(url, repositories, "git");
  const bare = withoutUserinfo(url);
  const isNamed =
    entryFor(bare, repositories, "git") !== undefined ||
    namesBaseHost(bare, remoteBases) ||
    namesHost(sources, bare);
  return isNamed ? access : { ...access, reach: "far" };
}

/** Of the config, and of the project where there is one: both must permit an address. */
export function refusalOfBase(
  url: string,
  { remoteBases, repositories }: Pick<Settings, "remoteBases" | "repositories">,
  project: Project | undefined,
): BaseRefusal | undefined {
  const bare = withoutUserinfo(url);
  const isKnown = entryFor(bare, repositories, "git") !== undefined;
  const refused = refuseBase(url, remoteBases, isKnown ? "known" : "unknown");
  if (refused !== undefined || project === undefined) return refused;
  const why = refuseSource(project, bare);
  return why === undefined
    ? undefined
    : { why, fix: "Add it to the project's sourceRepos, or copy it into the repository" };
}

function lastOf(before: readonly UsedBase[], { repoURL, revision }: ForeignTree): FoundTree | undefined {
  const last = before.find(
    (one) => one.is === "tree" && one.asked.repoURL === repoURL && one.asked.revision === revision,
  );
  return last?.is === "tree" ? last.found : undefined;
}
