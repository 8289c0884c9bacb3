import { ANYWHERE, compileGlob } from "../../lib/glob.ts";
import { compileGoRegexp } from "../../lib/go-regexp.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Problem } from "../model/problem.ts";
import type { MatchMode } from "./access-policy.ts";
import type { PolicyLine } from "./policy-text.ts";

/** What each resource knows to be done to it. `action/`: of one object, named behind it. */
const ACTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  applications: ["get", "create", "update", "delete", "sync", "rollback", "override", "action"],
  applicationsets: ["get", "create", "update", "delete"],
  clusters: ["get", "create", "update", "delete"],
  projects: ["get", "create", "update", "delete"],
  repositories: ["get", "create", "update", "delete"],
  "write-repositories": ["get", "create", "update", "delete"],
  accounts: ["get", "create", "update", "delete"],
  certificates: ["get", "create", "update", "delete"],
  gpgkeys: ["get", "create", "update", "delete"],
  logs: ["get"],
  exec: ["create"],
  extensions: ["invoke"],
};

/** As `admin rbac can` takes them beside the full name and its singular. */
const SHORT: Readonly<Record<string, string>> = {
  app: "applications",
  apps: "applications",
  appset: "applicationsets",
  appsets: "applicationsets",
  cert: "certificates",
  certs: "certificates",
  proj: "projects",
  projs: "projects",
  repo: "repositories",
  repos: "repositories",
  repository: "repositories",
  "write-repository": "write-repositories",
  key: "gpgkeys",
  log: "logs",
};

/** Beyond so many problems nobody is told what may have been meant: who writes thousands holds nothing up. */
const MOST_MEANT = 50;

/** The name in full; the word itself where it is none of ours. */
export function resourceNamed(word: string): string {
  return SHORT[word] ?? (`${word}s` in ACTIONS_OF ? `${word}s` : word);
}

/** Why a request for this can never be permitted; undefined where it can. */
export function whyNoRequest(resource: string, action: string): string | undefined {
  const actions = ACTIONS_OF[resource];
  if (actions === undefined)
    return `there is no resource ${resource}${meant(resource, Object.keys(ACTIONS_OF))}`;
  if (actions.includes(action) && action !== "action") return undefined;
  // One object of an application, and one action of an object.
  if (resource === "applications" && /^(?:action|update|delete)\//.test(action)) return undefined;
  return `nothing ${action} can be done to ${resource}${meant(action, actions)}`;
}

/**
 * Lines that can be read and do not say what they seem to: names that nothing has, effects that are none, patterns that
 * match nothing, roles that nothing defines.
 */
export function checkPolicy(
  lines: readonly PolicyLine[],
  {
    matchMode,
    defaultRole,
    builtin,
  }: { matchMode: MatchMode; defaultRole?: string; builtin: readonly PolicyLine[] },
): Problem[] {
  const problems: Problem[] = [];
  const all = [...builtin, ...lines];
  const subjects = new Set(
    all.flatMap((line) => (line.is === "permission" ? [line.subject] : [line.member])),
  );
  const roles = [...subjects].filter((name) => name.startsWith("role:"));
  const warn = ({ place }: PolicyLine, text: string, fix: string): void => {
    problems.push({ severity: "warning", object: place.document, line: place.line, text, fix });
  };
  for (const line of lines) {
    const names =
      line.is === "permission"
        ? [line.subject, line.resource, line.action, line.object, line.effect]
        : [line.member, line.role];
    const spaced = names.find((name) => name !== name.trim());
    if (spaced !== undefined)
      warn(
        line,
        `${JSON.stringify(spaced)} ends with a space, and stands for nothing else`,
        "Remove the space before the comma",
      );
    if (line.is === "membership") {
      if (line.role.startsWith("role:") && !subjects.has(line.role))
        warn(
          line,
          `no line says what ${line.role} may${problems.length < MOST_MEANT ? meant(line.role, roles) : ""}`,
          "Define the role, or correct its name",
        );
      continue;
    }
    if (line.effect !== "allow" && line.effect !== "deny")
      warn(line, `${line.effect} is no effect: the line does nothing`, "Write allow or deny");
    if (line.subject === "*")
      warn(line, "* as a subject is a name and stands for nobody", "Give it to everybody by policy.default");
    for (const pattern of [line.resource, line.action, line.object]) {
      const why = whyNoPattern(pattern, matchMode);
      if (why !== undefined)
        warn(
          line,
          `${pattern} is no ${matchMode === "glob" ? "pattern" : "expression"} and matches nothing: ${why}`,
          "Correct it",
        );
    }
    if (matchMode === "glob" && /^[\w-]+$/.test(line.resource)) {
      if (!(line.resource in ACTIONS_OF))
        warn(
          line,
          `there is no resource ${line.resource}${meant(line.resource, Object.keys(ACTIONS_OF))}`,
          "Correct its name",
        );
      else if (/^[\w-]+$/.test(line.action)) {
        const why = whyNoRequest(line.resource, line.action);
        if (why !== undefined) warn(line, why, "Correct it");
      }
    }
  }
  if (defaultRole !== undefined && defaultRole !== "" && !subjects.has(defaultRole))
    problems.push({
      severity: "warning",
      object: "policy.default",
      text: `no line says what ${defaultRole} may${meant(defaultRole, roles)}`,
      fix: "Define the role, or correct its name",
    });
  return problems;
}

function whyNoPattern(pattern: string, mode: MatchMode): string | undefined {
  const read = mode === "glob" ? compileGlob(pattern, ANYWHERE) : compileGoRegexp(pattern);
  return read.ok ? undefined : read.problem;
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}
