import type { Project } from "../../core/model/project.ts";
import { ago } from "../../lib/ago.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { type ProjectRole, rolesOf } from "../project/role-edits.ts";
import { PIPE_IT, sendProven } from "../prove-login.ts";
import { plainText } from "../terminal/plain-text.ts";
import { type Column, table } from "../terminal/table.ts";

export type RoleOutput = "json" | "yaml" | "name";

/** As the API tells of it: times in seconds since 1970. */
interface RoleToken {
  id: string;
  issuedAt: string;
  expiresAt: string;
  hint: string;
  createdBy: string;
  lastUsed?: string;
}

const COLUMNS: readonly Column[] = [
  { head: "ROLE" },
  { head: "POLICIES" },
  { head: "GROUPS", least: 12, shrinks: 1 },
  { head: "DESCRIPTION", least: 12, shrinks: 2, hides: 1 },
];

export async function roleList(
  context: CliContext,
  project: string,
  { output }: { output?: RoleOutput },
): Promise<ExitCode> {
  const roles = await rolesIn(await context.client(), project);
  if (output === "json") printJsonList(context, "RoleList", { items: roles });
  else if (output === "yaml") printYamlDocuments(context, [roles]);
  else if (output === "name") context.print(roles.map(({ name }) => plainText(name)));
  else if (roles.length === 0) context.note(`Project ${project} has no roles.`);
  else
    context.print(
      table(
        context.out,
        COLUMNS,
        roles.map(({ name, policies = [], groups = [], description = "" }) => [
          name,
          String(policies.length),
          groups.join(", "),
          description,
        ]),
      ),
    );
  return EXIT.done;
}

/** With its tokens, as far as the daemon has accounts. */
export async function roleGet(
  context: CliContext,
  project: string,
  name: string,
  { output }: { output?: "json" | "yaml" },
): Promise<ExitCode> {
  const client = await context.client();
  const role = await roleIn(client, project, name);
  if (output === "json") printJsonList(context, "Role", { ...role });
  else if (output === "yaml") printYamlDocuments(context, [role]);
  else {
    const { description = "", policies = [], groups = [] } = role;
    const block = (head: string, lines: readonly string[]): string[] => [
      context.out.paint("dim", head),
      ...(lines.length === 0 ? ["  none"] : lines.map((line) => `  ${plainText(line)}`)),
    ];
    context.print([
      `${context.out.paint("dim", "Role")}         ${plainText(name)} of project ${plainText(project)}`,
      ...(description === ""
        ? []
        : [`${context.out.paint("dim", "Description")}  ${plainText(description)}`]),
      ...block("Policies", policies),
      ...block("Groups", groups),
    ]);
  }
  return EXIT.done;
}

export interface RoleTokenOptions {
  /** Milliseconds; 0 for as long as the daemon lets one live. */
  expiresIn?: number;
  id?: string;
  passwordStdin?: true;
  output?: "json";
}

/** Prints the token and nothing else, for `TOKEN=$(…)`. */
export async function roleTokenCreate(
  context: CliContext,
  project: string,
  role: string,
  { expiresIn, id, output, passwordStdin }: RoleTokenOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const wanted = {
    ...(expiresIn === undefined ? {} : { expiresIn: Math.ceil(expiresIn / 1_000) }),
    ...defined({ id }),
  };
  const proof = { ...defined({ passwordStdin }), instead: PIPE_IT };
  const path = tokenPath(project, role);
  const { token } = await sendProven<{ token: string }>(context, client, path, wanted, proof);
  if (output === "json") printJsonList(context, "RoleToken", { project, role, token });
  else {
    context.print(token);
    context.note("It is shown this once: the daemon keeps no more than its hash.");
  }
  return EXIT.done;
}

const TOKEN_COLUMNS: readonly Column[] = [
  { head: "TOKEN", least: 12, shrinks: 1 },
  { head: "BEGINS" },
  { head: "MADE" },
  { head: "EXPIRES" },
  { head: "LAST USED" },
  { head: "BY", hides: 1 },
];

export async function roleTokenList(
  context: CliContext,
  project: string,
  role: string,
  { output }: { output?: "json" | "yaml" },
): Promise<ExitCode> {
  const client = await context.client();
  const path = `/api/holdfast/v1/projects/${encodeURIComponent(project)}/roles/${encodeURIComponent(role)}/tokens`;
  const { items } = await client.get<{ items: RoleToken[] }>(path);
  if (output === "json") printJsonList(context, "RoleTokenList", { items });
  else if (output === "yaml") printYamlDocuments(context, [items]);
  else if (items.length === 0) context.note(`Role ${role} of project ${project} has no tokens.`);
  else
    context.print(
      table(
        context.out,
        TOKEN_COLUMNS,
        items.map(({ id, hint, issuedAt, expiresAt, createdBy, lastUsed }) => [
          id,
          hint,
          timestamp(Number(issuedAt) * 1_000),
          timestamp(Number(expiresAt) * 1_000),
          lastUsed === undefined ? "never" : ago(lastUsed, context.now()),
          createdBy,
        ]),
      ),
    );
  return EXIT.done;
}

export async function roleTokenDelete(
  context: CliContext,
  project: string,
  role: string,
  token: string,
  { yes }: { yes?: true },
): Promise<ExitCode> {
  if (yes !== true && !(await confirm(context, `Make token ${token} of role ${role} worth nothing?`))) {
    context.note("Nothing was revoked.");
    return EXIT.done;
  }
  const client = await context.client();
  await client.send("DELETE", `${tokenPath(project, role)}/${encodeURIComponent(token)}`);
  context.print(`${context.out.symbols.done} Token ${token} of role ${role} opens nothing any more.`);
  return EXIT.done;
}

function tokenPath(project: string, role: string): string {
  return `/api/v1/projects/${encodeURIComponent(project)}/roles/${encodeURIComponent(role)}/token`;
}

async function rolesIn(client: Client, project: string): Promise<ProjectRole[]> {
  return rolesOf(await client.get<Project>(`/api/v1/projects/${encodeURIComponent(project)}`));
}

async function roleIn(client: Client, project: string, name: string): Promise<ProjectRole> {
  const roles = await rolesIn(client, project);
  const found = roles.find((role) => role.name === name);
  if (found !== undefined) return found;
  throw new CliError(EXIT.notFound, `Project ${project} has no role ${name}.`, [
    roles.length === 0
      ? `Make it: holdfast project role create ${project} ${name}`
      : `It has ${roles.map((role) => role.name).join(", ")}.`,
  ]);
}
