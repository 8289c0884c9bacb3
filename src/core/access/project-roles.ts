/**
 * What the roles of projects give:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-roles
 */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Problem } from "../model/problem.ts";
import { type PolicyLine, parsePolicy } from "./policy-text.ts";

export interface ProjectRole {
  name: string;
  /** Lines `p, proj:<project>:<role>, …`. */
  policies: readonly string[];
  /** Who has it, beside its tokens. */
  groups: readonly string[];
}

/** Of a project's own roles. */
const OF_PROJECTS = new Set(["applications", "applicationsets", "repositories", "clusters", "exec", "logs"]);

/** @param roles `spec.roles`, whose entries were kept as they stand */
export function rolesOf(roles: readonly unknown[]): ProjectRole[] {
  return roles.flatMap((role) => {
    if (!isMapping(role) || typeof role["name"] !== "string") return [];
    return [{ name: role["name"], policies: texts(role["policies"]), groups: texts(role["groups"]) }];
  });
}

/**
 * All lines of a project: whoever has a role of it may see it. One line that cannot be used drops all of them, because
 * nobody knows what the others are without it (a deny may be among those that are missing).
 */
export function linesOfProject(
  project: string,
  roles: readonly ProjectRole[],
): { lines: PolicyLine[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const lines = roles.flatMap((role) => {
    const subject = `proj:${project}:${role.name}`;
    const document = `role ${role.name} of project ${project}`;
    const own = parsePolicy(role.policies.join("\n"), document);
    for (const problem of [...own.problems, ...own.lines.flatMap((line) => wrongIn(line, project, subject))])
      problems.push({
        ...problem,
        object: `AppProject ${project}`,
        path: `spec.roles[${role.name}].policies`,
      });
    const place = (text: string) => ({ document, line: 0, text });
    return [
      permission(subject, project, place("whoever has the role may see the project")),
      ...own.lines,
      ...role.groups.map(
        (member): PolicyLine => ({
          is: "membership",
          member,
          role: subject,
          place: place(`groups: ${member}`),
        }),
      ),
    ];
  });
  return { lines: problems.length === 0 ? lines : [], problems };
}

function permission(
  subject: string,
  project: string,
  place: PolicyLine["place"],
): Extract<PolicyLine, { is: "permission" }> {
  return {
    is: "permission",
    subject,
    resource: "projects",
    action: "get",
    object: project,
    effect: "allow",
    place,
  };
}

function wrongIn(line: PolicyLine, project: string, subject: string): Problem[] {
  const { document, line: at } = line.place;
  const wrong = (text: string, fix?: string): Problem[] => [
    { severity: "error", object: document, line: at, text, ...defined({ fix }) },
  ];
  if (line.is === "membership")
    return wrong(
      `a role holds permissions and no memberships: ${line.place.text}`,
      "Write its groups under groups",
    );
  if (line.subject !== subject) return wrong(`its subject must be ${subject}, and is ${line.subject}`);
  if (!OF_PROJECTS.has(line.resource))
    return wrong(`a project gives nothing on ${line.resource}`, `Name one of ${[...OF_PROJECTS].join(", ")}`);
  if (!line.object.startsWith(`${project}/`))
    return wrong(`its object must begin with ${project}/, and is ${line.object}`);
  if (line.effect !== "allow" && line.effect !== "deny")
    return wrong(`its effect is allow or deny, and not ${line.effect}`);
  return [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
