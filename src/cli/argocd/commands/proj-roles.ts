/** Roles of projects: who may do what with its applications, and tokens that have a role. */

import type { Project } from "../../../core/model/project.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Client } from "../../http/client.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { addRole, changeRole, removeRole, rolesOf } from "../../project/role-edits.ts";
import { sendProven } from "../../prove-login.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";
import { editProject, projectPath } from "./proj.ts";

interface Token {
  id: string;
  issuedAt: string;
  expiresAt: string;
}

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
    ...tabTable([
      ["ID", "ISSUED-AT", "EXPIRES-AT"],
      ...(await tokensOf(client, project, name)).map(tokenCells),
    ]),
  ]);
  return ARGO_EXIT.done;
}

async function tokensOf(client: Client, project: string, role: string): Promise<Token[]> {
  const path = `/api/holdfast/v1/projects/${encodeURIComponent(project)}/roles/${encodeURIComponent(role)}/tokens`;
  return (await client.get<{ items: Token[] }>(path)).items;
}

/** The first one is what delete-token is told. */
function tokenCells({ issuedAt, expiresAt }: Token): string[] {
  const time = (seconds: string): string =>
    new Date(Number(seconds) * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  return [issuedAt, time(issuedAt), time(expiresAt)];
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
  const code = await editProject(context, project, (before) => addRole(before, name, description));
  context.print(`Role '${name}' created`);
  return code;
}

export async function roleDelete(context: ArgoContext, project: string, name: string): Promise<number> {
  const code = await editProject(context, project, (before) => removeRole(before, name));
  context.print(`Role '${name}' deleted`);
  return code;
}

/** Adds a text to a list of a role, or takes it out. */
export async function roleEntry(
  context: ArgoContext,
  { project, ...entry }: { project: string; role: string; list: "policies" | "groups"; text: string },
  does: "add" | "remove",
): Promise<number> {
  return editProject(context, project, (before) => changeRole(before, entry, does));
}

export async function roleCreateToken(
  context: ArgoContext,
  project: string,
  role: string,
  { expiresIn, id, tokenOnly }: { expiresIn: number; id?: string; tokenOnly?: true },
): Promise<number> {
  const client = await context.client();
  const { token } = await sendProven<{ token?: string }>(
    context,
    client,
    `${projectPath(project)}/roles/${encodeURIComponent(role)}/token`,
    { project, role, expiresIn: Math.round(expiresIn / 1_000), id },
    { instead: "Log in again: argocd login SERVER" },
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
  const tokens = await tokensOf(client, project, role);
  context.print(tabTable([["ID", "ISSUED AT", "EXPIRES AT"], ...tokens.map(tokenCells)]));
  return ARGO_EXIT.done;
}
