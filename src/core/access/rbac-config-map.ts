/**
 * What Argo CD's ConfigMap `argocd-rbac-cm` says:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-rbac-cm-yaml/
 */
import { nearest } from "../../lib/nearest.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { Problem } from "../model/problem.ts";
import type { MatchMode } from "./access-policy.ts";
import { type PolicyLine, parsePolicy } from "./policy-text.ts";

export interface AccessSettings {
  lines: readonly PolicyLine[];
  matchMode: MatchMode;
  defaultRole: string | undefined;
  /** Claims whose values are groups. */
  scopes: readonly string[];
}

const KEYS = ["policy.csv", "policy.default", "policy.matchMode", "scopes"];

/** Several documents hold one policy: `policy.csv`, then each `policy.<name>.csv` in the order of their keys. */
export function readAccessSettings(data: Readonly<Record<string, string>>): {
  settings: AccessSettings;
  problems: Problem[];
} {
  const problems: Problem[] = [];
  const overlays = Object.keys(data).filter((key) => key !== "policy.csv" && isPolicy(key));
  const documents = ["policy.csv", ...overlays.sort()].map((key) => parsePolicy(data[key] ?? "", key));
  problems.push(...documents.flatMap((document) => document.problems));
  for (const key of Object.keys(data)) {
    if (KEYS.includes(key) || isPolicy(key)) continue;
    const near = nearest(key, KEYS);
    problems.push({
      severity: "warning",
      object: "argocd-rbac-cm",
      path: `data["${key}"]`,
      text: `nobody reads this key${near === undefined ? "" : ` (did you mean ${near}?)`}`,
      fix: "Correct its name, or remove it",
    });
  }
  const mode = data["policy.matchMode"] ?? "";
  if (mode !== "" && mode !== "glob" && mode !== "regex")
    problems.push({
      severity: "error",
      object: "argocd-rbac-cm",
      path: 'data["policy.matchMode"]',
      text: `must be glob or regex, and is ${mode}`,
    });
  return {
    settings: {
      lines: documents.flatMap(({ lines }) => lines),
      matchMode: mode === "regex" ? "regex" : "glob",
      defaultRole: data["policy.default"] === "" ? undefined : data["policy.default"],
      scopes: scopesOf(data["scopes"], problems),
    },
    problems,
  };
}

function isPolicy(key: string): boolean {
  return /^policy\..*\.csv$/.test(key);
}

/** Written as a list of YAML in a text: `"[groups, email]"`. */
function scopesOf(text: string | undefined, problems: Problem[]): string[] {
  if (text === undefined || text.trim() === "") return ["groups"];
  const [document] = parseYaml(text, {}).documents;
  const scopes = document?.value;
  if (Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string")) return scopes;
  problems.push({
    severity: "error",
    object: "argocd-rbac-cm",
    path: "data.scopes",
    text: "must be a list of claims",
    fix: 'Write it like "[groups, email]"',
  });
  return ["groups"];
}

/** Sentences for a person: each policy's place and line, or what was not found. */
export function sayLine({ document, line, text }: PolicyLine["place"]): string {
  return line === 0 ? `${document}: ${text}` : `${document}, line ${line}: ${text}`;
}
