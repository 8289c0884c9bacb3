/** Roles of projects: who may do what with its applications, and tokens that have a role. */
import type { Project } from "../../../core/model/project.ts";
import { defined } from "../../../lib/defined.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import type { ProjectEdit } from "../../project/project-edits.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";
import { editProject, projectPath } from "./proj.ts";

interface Role {
  name: string;
  description?: string;
  policies?: string[];
  groups?: string[];
  jwtTokens?: { id?: string; iat: number; exp?: number }[];
}

const rolesOf = ({ spec }: Project): Role[] =>
  (spec.roles ?? []).filter((role): role is Role & Record<string, unknown> => isMapping(role));

export async function roleList(
  context: ArgoContext,
  project: string,
  { output }: { output?: "json" | "yaml" | "name" | "wide" },
): Promise<number> {
  const client = await context.client();
  const roles = rolesOf(await client.get<Project>(projectPath(project)));
  if (output === "json") printJson(context, roles);
  else if (output === "yaml") printYamlDocuments(context, [roles]);
  else if (output === "name") context.print(roles.map(({ name }) => name));
  else
    context.print(
      tabTable([
        ["ROLE-NAME", "DESCRIPTION"],
        ...roles.map(({ name, description = "" }) => [name, description]),
      ]),
    );
  return ARGO_EXIT.done;
}

export async function roleGet(context: ArgoContext, project: string, name: string): Promise<number> {
  const client = await context.client();
  const role = rolesOf(await client.get<Project>(projectPath(project))).find((one) => one.name === name);
  if (role === undefined) throw noRole(project, name);
  context.print([
    `Role Name:     ${role.name}`,
    `Description:   ${role.description ?? ""}`,
    "Policies:",
    ...(role.policies ?? []),
    "Groups:",
    ...(role.groups ?? []),
    "JWT Tokens:",
    ...tabTable([["ID", "ISSUED-AT", "EXPIRES-AT"], ...(role.jwtTokens ?? []).map(tokenCells)]),
  ]);
  return ARGO_EXIT.done;
}

function tokenCells({ iat, exp = 0 }: { iat: number; exp?: number }): string[] {
  const time = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  return [String(iat), time(iat), exp > 0 ? time(exp) : "<none>"];
}

function noRole(project: string, role: string): CliError {
  return new CliError(EXIT.notFound, `Project ${project} has no role ${role}.`, [
    `See them: argocd proj role list ${project}`,
  ]);
}

export async function roleCreate(
  context: ArgoContext,
  project: string,
  name: string,
  { description }: { description?: string },
): Promise<number> {
  const code = await editProject(context, project, (before) =>
    rolesOf(before).some((role) => role.name === name)
      ? { is: "refused", why: `project ${project} has a role ${name} already` }
      : {
          is: "changes",
          changes: [
            {
              do: "append",
              path: ["spec", "roles"],
              value: { name, ...defined({ description }) },
            },
          ],
        },
  );
  context.print(`Role '${name}' created`);
  return code;
}

export async function roleDelete(context: ArgoContext, project: string, name: string): Promise<number> {
  const code = await editProject(context, project, (before) => {
    const at = rolesOf(before).findIndex((role) => role.name === name);
    if (at < 0) return { is: "refused", why: `project ${project} has no role ${name}` };
    return { is: "changes", changes: [{ do: "remove", path: ["spec", "roles"], at }] };
  });
  context.print(`Role '${name}' deleted`);
  return code;
}

export interface PolicyFlags {
  action: string;
  object: string;
  permission: "allow" | "deny";
  resource: string;
}

/** `p, proj:PROJECT:ROLE, RESOURCE, ACTION, PROJECT/OBJECT, PERMISSION`. */
export function policyOf(project: string, role: string, flags: PolicyFlags): string {
  const { action, object, permission, resource } = flags;
  return `p, proj:${project}:${role}, ${resource}, ${action}, ${project}/${object}, ${permission}`;
}

/** Adds a text to a list of a role, or takes it out. */
export async function roleEntry(
  context: ArgoContext,
  { project, role, list, text }: { project: string; role: string; list: "policies" | "groups"; text: string },
  does: "add" | "remove",
): Promise<number> {
  return editProject(context, project, (before): ProjectEdit => {
    const roles = rolesOf(before);
    const at = roles.findIndex((one) => one.name === role);
    if (at < 0) return { is: "refused", why: `project ${project} has no role ${role}` };
    const entries = roles[at]?.[list] ?? [];
    const there = entries.indexOf(text);
    const path = ["spec", "roles", at, list];
    if (does === "add")
      return there >= 0
        ? { is: "refused", why: `role ${role} has it already: ${text}` }
        : { is: "changes", changes: [{ do: "set", path, value: [...entries, text] }] };
    return there < 0
      ? { is: "refused", why: `role ${role} does not have it: ${text}` }
      : { is: "changes", changes: [{ do: "set", path, value: entries.toSpliced(there, 1) }] };
  });
}

export async function roleCreateToken(
  context: ArgoContext,
  project: string,
  role: string,
  { expiresIn, id, tokenOnly }: { expiresIn: number; id?: string; tokenOnly?: true },
): Promise<number> {
  const client = await context.client();
  const { token } = await client.send<{ token?: string }>(
    "POST",
    `${projectPath(project)}/roles/${encodeURIComponent(role)}/token`,
    { body: { project, role, expiresIn: Math.round(expiresIn / 1_000), id } },
  );
  if (token === undefined) throw new CliError(EXIT.internal, "The server made no token.");
  context.print(
    tokenOnly === true ? token : [`Create token succeeded for proj:${project}:${role}.`, `  Token: ${token}`],
  );
  return ARGO_EXIT.done;
}

export async function roleDeleteToken(
  context: ArgoContext,
  project: string,
  role: string,
  issuedAt: string,
): Promise<number> {
  const client = await context.client();
  await client.send(
    "DELETE",
    `${projectPath(project)}/roles/${encodeURIComponent(role)}/token/${encodeURIComponent(issuedAt)}`,
  );
  return ARGO_EXIT.done;
}

export async function roleListTokens(context: ArgoContext, project: string, role: string): Promise<number> {
  const client = await context.client();
  const found = rolesOf(await client.get<Project>(projectPath(project))).find((one) => one.name === role);
  if (found === undefined) throw noRole(project, role);
  context.print(tabTable([["ID", "ISSUED AT", "EXPIRES AT"], ...(found.jwtTokens ?? []).map(tokenCells)]));
  return ARGO_EXIT.done;
}
