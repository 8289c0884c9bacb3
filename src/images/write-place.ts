/** Where images of an application are written: which file of which branch of which repository. */
import type { WantedWriteBack, WriteTarget } from "../core/images/wanted-images.ts";
import { type Application, keyOfApp, sourcesOf } from "../core/model/application.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { type Source, sourceKind } from "../core/model/source.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import { below, resolveInside } from "../lib/resolve-inside.ts";
import type { ImagesPorts } from "./images-ports.ts";

export type Tool = "helm" | "kustomize";

export interface GitPlace {
  method: "git";
  access: RepositoryAccess;
  /** As it is followed: a branch, or "" for the default one. */
  base: string;
  /** Another branch that is pushed to; may hold templates. */
  to: string | undefined;
  target: WriteTarget["is"];
  tool: Tool;
  /** What the source says itself: see `OverrideOf`. */
  written: readonly unknown[];
  /** A file, or of a kustomization its folder. */
  path: string;
  pullRequest: "none" | "open";
  /** Equal for one repository, however its address is written. */
  at: string;
}

export type WritePlace =
  | GitPlace
  | { method: "argocd"; tool: Tool; source: number }
  /** A sentence, with what to do. */
  | { method: "none"; why: string };

export function writePlace(app: Application, wanted: WantedWriteBack, ports: ImagesPorts): WritePlace {
  const sources = sourcesOf(app.spec);
  const found = sourceFor(app, sources, wanted);
  if (found === undefined)
    return {
      method: "none",
      why: "none of its sources is rendered by Kustomize or Helm, and in plain manifests nothing says where an image belongs. Add a kustomization.yaml to the folder",
    };
  const { source, at, tool } = found;
  if (wanted.method === "argocd") return { method: "argocd", tool, source: at };
  const url = wanted.repository ?? source.repoURL;
  if (wanted.repository === undefined && sourceKind(source) !== "git")
    return {
      method: "none",
      why: `its source ${source.repoURL} is not in Git. Name a repository by the annotation git-repository, or use write-back-method: argocd`,
    };
  const refused = ports.refused(app, url);
  if (refused !== undefined) return { method: "none", why: `${refused}. Permit it in the project` };
  const access = ports.repositoryAccess(app, url);
  if (access.push !== "allowed")
    return {
      method: "none",
      why: `the config does not allow pushes to ${access.url}. Give its entry of repositories push: allowed, and credentials that may write`,
    };
  const folder = wanted.repository === undefined ? (source.path ?? "") : "";
  const { target } = wanted;
  const asked =
    target.is === "override"
      ? below(folder, `.argocd-source-${ports.nameOf(keyOfApp(app))}.yaml`)
      : target.path;
  const inside = resolveInside(target.is === "override" ? "" : folder, asked, "from-root");
  if (!inside.ok)
    return { method: "none", why: `write-back-target ${JSON.stringify(asked)}: ${inside.why}. Correct it` };
  const base = wanted.base ?? (wanted.repository === undefined ? (source.targetRevision ?? "") : "");
  const { to, pullRequest } = wanted;
  return {
    method: "git",
    ...{ access, base: base === "HEAD" ? "" : base, to, tool, path: inside.path, pullRequest },
    target: target.is,
    written: (tool === "helm" ? source.helm?.parameters : source.kustomize?.images) ?? [],
    at: repositoryPlace(access.url),
  };
}

function sourceFor(
  { status }: Application,
  sources: readonly Source[],
  wanted: WantedWriteBack,
): { source: Source; at: number; tool: Tool } | undefined {
  const types = status?.sourceTypes ?? [status?.sourceType ?? ""];
  const target = wanted.method === "git" ? wanted.target.is : "override";
  const tools = sources.map((source, at) => toolOf(types[at] ?? "", source));
  const wants: readonly (Tool | undefined)[] =
    target === "kustomization" ? ["kustomize"] : target === "helm-values" ? ["helm"] : ["kustomize", "helm"];
  const at = tools.findIndex((tool) => tool !== undefined && wants.includes(tool));
  const [source, tool] = [sources[at], tools[at]];
  return source === undefined || tool === undefined ? undefined : { source, at, tool };
}

function toolOf(type: string, source: Source): Tool | undefined {
  if (type === "Kustomize" || source.kustomize !== undefined) return "kustomize";
  return type === "Helm" || source.helm !== undefined || source.chart !== undefined ? "helm" : undefined;
}
