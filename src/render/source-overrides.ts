import { SOURCE } from "../core/model/application-shape.ts";
import { Failure } from "../core/model/failure.ts";
import { showProblem } from "../core/model/problem.ts";
import { checkShape } from "../core/model/shape.ts";
import { type Source, withoutZeroBlocks } from "../core/model/source.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { applyMergePatch } from "../lib/merge-patch.ts";
import { below } from "../lib/resolve-inside.ts";
import { parseYaml } from "../lib/yaml.ts";
import type { RenderRequest } from "../plugin/contract.ts";
import { pluginEnv } from "./plugin-env.ts";

/**
 * Files of a source's folder that change how it is rendered, the later one last: for every application, and for this one.
 * Image updaters write them. Source: Argo CD.
 */
export function overrideFiles({ path, env }: RenderRequest): string[] {
  const app = env["ARGOCD_APP_NAME"] ?? "";
  return [below(path, ".argocd-source.yaml"), below(path, `.argocd-source-${app}.yaml`)];
}

/**
 * The request with those files merged over its source (RFC 7386). Where the source is, they cannot change.
 * @throws {Failure} manifest where one of them is no mapping, or makes a source that is none
 */
export async function withOverrides(request: RenderRequest): Promise<RenderRequest> {
  let { source } = request;
  for (const file of overrideFiles(request)) {
    const entry = await request.tree.entry(file);
    if (entry?.kind === "file" || entry?.kind === "link") source = await overridden(source, file, request);
  }
  if (source === request.source) return request;
  const merged = withoutZeroBlocks(source);
  return {
    ...request,
    source: merged,
    pluginEnv: pluginEnv(merged.plugin, request.env, request.path || "the repository's root"),
  };
}

async function overridden(source: Source, file: string, { tree }: RenderRequest): Promise<Source> {
  const refused = (why: string): Failure =>
    new Failure("manifest", file, "after-edit", {
      cannot: "read",
      why,
      fix: "Correct it: it stands for fields of the Application's source",
    });
  const { documents, problems } = parseYaml(await tree.read(file), {
    file,
    duplicateKeys: "keep-last",
  });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined) throw refused(showProblem(error));
  const patch = documents[0]?.value ?? {};
  if (!isMapping(patch)) throw refused("it is no mapping");
  const { repoURL, path, chart, targetRevision, ref } = source;
  const merged = {
    ...(applyMergePatch(source, patch) as Source),
    ...{ repoURL, path, chart, targetRevision, ref },
  };
  const wrong: string[] = [];
  const checked = checkShape(withoutUndefined(merged), SOURCE, [], (problem) => {
    if (problem.severity === "error") wrong.push(showProblem(problem));
  });
  if (wrong[0] !== undefined) throw refused(wrong[0]);
  return checked as Source;
}

function withoutUndefined(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
