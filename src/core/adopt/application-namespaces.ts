import { ANYWHERE, compileGlob } from "../../lib/glob.ts";
import { compileGoRegexp } from "../../lib/go-regexp.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Problem } from "../model/problem.ts";

/** Where an Argo CD looks for applications beside its own namespace. */
export interface ApplicationNamespaces {
  /** `own`: nowhere else. */
  where: "own" | "others-too";
  has(namespace: string): boolean;
  problems: Problem[];
}

const PARAMS_MAP = "argocd-cmd-params-cm";
const KEY = "application.namespaces";

/**
 * Between commas: a glob, or a regular expression between slashes, which matches anywhere in a name. What cannot be read
 * matches nothing. Source: Argo CD, `application.namespaces` of argocd-cmd-params-cm and glob.MatchStringInList.
 */
export function applicationNamespaces(own: string, configMaps: readonly KubeObject[]): ApplicationNamespaces {
  const map = configMaps.find(({ metadata }) => metadata.name === PARAMS_MAP);
  const data = isMapping(map?.["data"]) ? map["data"] : {};
  const text = typeof data[KEY] === "string" ? data[KEY] : "";
  const problems: Problem[] = [];
  const patterns = text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((pattern): ((namespace: string) => boolean) => {
      const found = compiled(pattern);
      if (found.ok) return found.matches;
      problems.push({
        severity: "error",
        object: `ConfigMap ${own}/${PARAMS_MAP}`,
        path: `data["${KEY}"]`,
        text: `${pattern}: ${found.problem}; no namespace is meant by it`,
        fix: "Write a glob, or a regular expression between slashes",
      });
      return () => false;
    });
  return {
    where: patterns.length === 0 ? "own" : "others-too",
    has: (namespace) => namespace === own || patterns.some((matches) => matches(namespace)),
    problems,
  };
}

function compiled(
  pattern: string,
): { ok: true; matches: (namespace: string) => boolean } | { ok: false; problem: string } {
  const expression = /^\/(.*)\/$/s.exec(pattern)?.[1];
  if (expression === undefined) return compileGlob(pattern, ANYWHERE);
  const found = compileGoRegexp(expression);
  return found.ok ? { ok: true, matches: (namespace) => found.finds(namespace) } : found;
}
