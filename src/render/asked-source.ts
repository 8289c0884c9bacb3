import { keyOfApp, type Source, trackingName } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { withoutZeroBlocks } from "../core/model/source.ts";
import { revisionName } from "../core/model/source-revision.ts";
import type { LocatedSource, RenderAsk } from "../core/ports/renderers.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { hashValue } from "../lib/hash.ts";
import { resolveInside } from "../lib/resolve-inside.ts";
import type { RenderRequest } from "../plugin/contract.ts";
import { buildEnv } from "./build-env.ts";
import { pluginEnv } from "./plugin-env.ts";

/** One source of one application on its way through the renderers. */
export interface AskedSource {
  request: RenderRequest;
  /** Trees by ref; "" is the source's own. */
  trees: ReadonlyMap<string, SourceTree>;
  /** Of everything in the request but files, environment and cluster. */
  requestHash: string;
  /** Whether somebody answers for its commit. */
  commits: "merged" | "not merged";
  /** The same for the same source of the same application. */
  memoryKey: string;
}

/** A source that only lends its files to others. */
export function isReferenceOnly(source: Source): boolean {
  return (
    source.ref !== undefined && source.ref !== "" && (source.path ?? "") === "" && (source.chart ?? "") === ""
  );
}

/** @throws {Failure} path-outside-source, invalid-spec */
export function askedSource(
  ask: RenderAsk,
  { source: written, tree, revision }: LocatedSource,
  index: number,
  homeNamespace: string,
): AskedSource {
  const { metadata, spec } = ask.app;
  const key = keyOfApp(ask.app);
  const { commits = "merged" } = ask;
  const source = withoutZeroBlocks(written);
  const namespace = spec.destination.namespace ?? "";
  const path = resolveInside("", source.path ?? "");
  if (!path.ok)
    throw new Failure("path-outside-source", source.path ?? "", "after-edit", {
      cannot: "render",
      why: `the path of the source is refused: ${path.why}`,
      fix: "Write it relative to the repository's root",
    });
  const refs = refsOf(ask.sources);
  const env = buildEnv({
    appName: trackingName(key, homeNamespace),
    namespace,
    project: spec.project,
    revision: revisionName(revision),
    source,
    cluster: ask.cluster,
  });
  const request: RenderRequest = {
    source,
    path: path.path,
    tree,
    refs,
    app: { name: metadata.name, namespace: metadata.namespace, project: spec.project },
    namespace,
    cluster: ask.cluster,
    env,
    pluginEnv: pluginEnv(source.plugin, env, path.path || "the repository's root"),
  };
  return {
    request,
    trees: new Map([["", tree], ...[...refs].map(([ref, { tree: other }]) => [ref, other] as const)]),
    requestHash: hashValue([
      source,
      request.app,
      namespace,
      [...refs].map(([ref, { repoURL }]) => [ref, repoURL]),
    ]),
    commits,
    memoryKey: `${key}#${index}${commits === "merged" ? "" : " not merged"}`,
  };
}

function refsOf(sources: readonly LocatedSource[]): Map<string, { tree: SourceTree; repoURL: string }> {
  const refs = new Map<string, { tree: SourceTree; repoURL: string }>();
  for (const { source, tree } of sources) {
    const ref = source.ref?.replace(/^\$/, "") ?? "";
    if (ref === "") continue;
    if (refs.has(ref))
      throw new Failure("invalid-spec", `$${ref}`, "after-edit", {
        cannot: "render",
        why: "two sources bear this ref",
        fix: "Name each source's ref differently",
      });
    refs.set(ref, { tree, repoURL: source.repoURL });
  }
  return refs;
}

/** @throws {Failure} git-path where the source's folder is none */
export async function checkFolder(
  { path, tree }: RenderRequest,
  { source, revision }: LocatedSource,
): Promise<void> {
  if (path === "") return;
  const entry = await tree.entry(path);
  if (entry?.kind === "folder" || entry?.kind === "link") return;
  const why =
    entry === undefined
      ? `${source.repoURL} has no such folder at ${revision.is === "commit" ? revision.commit.slice(0, 12) : revision.version}`
      : `it is a ${entry.kind} and no folder`;
  throw new Failure("git-path", path, "after-edit", {
    cannot: "render",
    why,
    fix: "Correct the source's path, or its revision",
  });
}
