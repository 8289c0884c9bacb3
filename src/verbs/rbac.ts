import type { PolicyFile, RbacAnswer, RbacAsk } from "../cli/offline-verbs.ts";
import { AccessPolicy, type Decision } from "../core/access/access-policy.ts";
import { BUILTIN_POLICY } from "../core/access/builtin-policy.ts";
import { can, isGroupName } from "../core/access/can.ts";
import { checkPolicy } from "../core/access/check-policy.ts";
import type { PolicyLine } from "../core/access/policy-text.ts";
import { linesOfProject, rolesOf } from "../core/access/project-roles.ts";
import { type AccessSettings, readAccessSettings, sayLine } from "../core/access/rbac-config-map.ts";
import { type Subject, subjectOfClaims } from "../core/access/subject.ts";
import { parseProject } from "../core/model/parse-project.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { parseYaml } from "../lib/yaml.ts";

export function rbacCan(ask: RbacAsk): RbacAnswer {
  const { settings, problems } = readPolicy(ask.policy ?? { file: "policy.csv", text: "" });
  const projects = readProjects(ask.projects);
  const who = subjectOf(ask.who, settings.scopes);
  const errors = [...problems, ...projects.problems].filter(({ severity }) => severity === "error");
  if (who.is === "invalid") errors.push(who.problem);
  if (errors.length > 0 || who.is === "invalid") return { is: "invalid", problems: errors };
  const policy = new AccessPolicy({
    ...settings,
    lines: [...BUILTIN_POLICY, ...settings.lines],
    projects: projects.lines,
    defaultRole: ask.defaultRole ?? settings.defaultRole,
  });
  const answer = can(policy, who.subject, ask);
  if (answer.is === "no-such-request")
    return {
      is: "invalid",
      problems: [{ severity: "error", object: `${ask.action} ${ask.resource}`, text: answer.why }],
    };
  return { is: answer.is === "allowed" ? "yes" : "no", why: sayWhy(answer) };
}

function subjectOf(
  who: RbacAsk["who"],
  scopes: readonly string[],
): { is: "known"; subject: Subject } | { is: "invalid"; problem: Problem } {
  if (who.is === "named") {
    // One name alone that looks like a group is meant as one.
    const isGroup = who.groups.length === 0 && isGroupName(who.name);
    return { is: "known", subject: isGroup ? { name: "", groups: [who.name] } : who };
  }
  const { file, text } = who.claims;
  const [document] = parseYaml(text, {}).documents;
  return isMapping(document?.value)
    ? { is: "known", subject: subjectOfClaims(document.value, scopes) }
    : {
        is: "invalid",
        problem: {
          severity: "error",
          file,
          text: "it holds no claims",
          fix: "Give it the JSON of a token's payload",
        },
      };
}

/** @throws nothing: what is no AppProject is a problem */
function readProjects(files: readonly PolicyFile[]): {
  lines: Map<string, PolicyLine[]>;
  problems: Problem[];
} {
  const lines = new Map<string, PolicyLine[]>();
  const problems: Problem[] = [];
  for (const { file, text } of files)
    for (const { value, line } of parseYaml(text, { file }).documents) {
      if (value === null) continue;
      const parsed = parseProject(value, { homeNamespace: "argocd" });
      if (!parsed.ok) {
        problems.push(...parsed.problems.map((problem) => ({ ...problem, file, line })));
        continue;
      }
      const { name } = parsed.value.metadata;
      const found = linesOfProject(name, rolesOf(parsed.value.spec.roles ?? []));
      lines.set(name, found.lines);
      problems.push(...found.problems.map((problem) => ({ ...problem, file })));
    }
  return { lines, problems };
}

export function rbacValidate(file: PolicyFile, { defaultRole }: { defaultRole?: string }): Problem[] {
  const { settings, problems } = readPolicy(file);
  const role = defaultRole ?? settings.defaultRole;
  const warnings = checkPolicy(settings.lines, {
    matchMode: settings.matchMode,
    builtin: BUILTIN_POLICY,
    ...defined({ defaultRole: role }),
  });
  return [...problems, ...warnings.map((problem) => placed(problem, file))];
}

/** A line is looked for in the file, or in the document of the ConfigMap. */
function placed({ object, ...problem }: Problem, { file }: PolicyFile): Problem {
  return problem.line === undefined
    ? { ...problem, ...defined({ object }) }
    : { ...problem, file: object === undefined || object === "policy.csv" ? file : `${file}, ${object}` };
}

function sayWhy({ is, because }: Decision): string {
  if (because === "nothing") return "No line of the policy gives it.";
  const { of, name, line } = because;
  const who = {
    "default-role": `everybody, by the default role ${name}`,
    subject: name,
    group: `group ${name}`,
  }[of];
  return `${is === "allowed" ? "Permitted to" : "Denied to"} ${who} by ${sayLine(line)}`;
}

/** A ConfigMap where the text is one, otherwise lines of a policy. */
function readPolicy({ file, text }: PolicyFile): { settings: AccessSettings; problems: Problem[] } {
  const data = /^\s*(?:[{#]|---|apiVersion:|kind:|data:|metadata:)/.test(text)
    ? configMapIn(text)
    : undefined;
  const { settings, problems } = readAccessSettings(data ?? { "policy.csv": text });
  return { settings, problems: problems.map((problem) => placed(problem, { file, text })) };
}

function configMapIn(text: string): Record<string, string> | undefined {
  for (const { value } of parseYaml(text, {}).documents) {
    if (!isMapping(value) || value["kind"] !== "ConfigMap" || !isMapping(value["data"])) continue;
    const entries = Object.entries(value["data"]).filter(([, each]) => typeof each === "string");
    return Object.fromEntries(entries) as Record<string, string>;
  }
  return undefined;
}
