/** What the commands about a project's roles make of it: pure, so that a file and the API are changed by the same words. */
import type { Project } from "../../core/model/project.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { ProjectEdit } from "./project-edits.ts";

export interface ProjectRole {
  name: string;
  description?: string;
  policies?: string[];
  groups?: string[];
}

export interface PolicyFlags {
  action: string;
  object: string;
  permission: "allow" | "deny";
  resource: string;
}

const refused = (why: string): ProjectEdit => ({ is: "refused", why });

export function rolesOf({ spec }: Project): ProjectRole[] {
  return (spec.roles ?? []).filter((role): role is ProjectRole & Record<string, unknown> => isMapping(role));
}

/** `p, proj:PROJECT:ROLE, RESOURCE, ACTION, PROJECT/OBJECT, PERMISSION`. */
export function policyOf(project: string, role: string, flags: PolicyFlags): string {
  const { action, object, permission, resource } = flags;
  return `p, proj:${project}:${role}, ${resource}, ${action}, ${project}/${object}, ${permission}`;
}

export function addRole(project: Project, name: string, description: string | undefined): ProjectEdit {
  return rolesOf(project).some((role) => role.name === name)
    ? refused(`project ${project.metadata.name} has a role ${name} already`)
    : {
        is: "changes",
        changes: [{ do: "append", path: ["spec", "roles"], value: { name, ...defined({ description }) } }],
      };
}

export function removeRole(project: Project, name: string): ProjectEdit {
  const at = indexOf(project, name);
  return at < 0
    ? refused(`project ${project.metadata.name} has no role ${name}`)
    : { is: "changes", changes: [{ do: "remove", path: ["spec", "roles"], at }] };
}

/** Adds a text to a list of a role, or takes it out. */
export function changeRole(
  project: Project,
  { role, list, text }: { role: string; list: "policies" | "groups"; text: string },
  does: "add" | "remove",
): ProjectEdit {
  const at = indexOf(project, role);
  if (at < 0) return refused(`project ${project.metadata.name} has no role ${role}`);
  const entries = rolesOf(project).find(({ name }) => name === role)?.[list] ?? [];
  const there = entries.indexOf(text);
  const path = ["spec", "roles", at, list];
  if (does === "add")
    return there >= 0
      ? refused(`role ${role} has it already: ${text}`)
      : { is: "changes", changes: [{ do: "set", path, value: [...entries, text] }] };
  return there < 0
    ? refused(`role ${role} does not have it: ${text}`)
    : { is: "changes", changes: [{ do: "set", path, value: entries.toSpliced(there, 1) }] };
}

/** In the list as it is written, whatever else stands in it. */
function indexOf({ spec }: Project, name: string): number {
  return (spec.roles ?? []).findIndex((role) => isMapping(role) && role["name"] === name);
}
