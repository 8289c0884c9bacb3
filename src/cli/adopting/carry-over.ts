/** What applications rest on comes before them: projects and clusters that the daemon does not have yet. */
import type { ArgoBelongings } from "../../core/model/adoption-report.ts";
import type { Application } from "../../core/model/application.ts";
import { serverKey } from "../../core/model/cluster-entry.ts";
import type { Project } from "../../core/model/project.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { clusterPath } from "../commands/cluster-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import { plainText } from "../terminal/plain-text.ts";
import { markOf } from "./daemon-side.ts";

/**
 * Puts there what is missing, and changes nothing that is there. What the daemon refuses is said, and its applications say
 * the rest: they are judged before they are taken.
 * @param namespace Argo CD's own
 */
export async function carryOver(
  context: CliContext,
  client: Client,
  { projects, clusters }: ArgoBelongings,
  apps: readonly Application[],
  namespace: string,
): Promise<void> {
  const { done, warning } = context.out.symbols;
  // A daemon that lives elsewhere takes none of them: each says why when it is judged.
  const home = await orAbsent(client.get<Project>("/api/v1/projects/default"));
  if (home !== undefined && home.metadata.namespace !== namespace) return;
  const names = new Set(apps.map(({ spec }) => spec.project));
  for (const project of projects.filter(({ metadata }) => names.has(metadata.name))) {
    const what = `AppProject ${plainText(project.metadata.name)}`;
    const became = await said(() => putProject(client, project));
    if (became === "put") context.print(`${done} ${what} is in the daemon now, as Argo CD has it`);
    else if (became !== "there") context.print(`${warning} ${what}: ${plainText(became)}`);
  }
  for (const { name, server, body } of clusters) {
    const isUsed = apps.some(({ spec: { destination } }) =>
      (destination.server ?? "") === ""
        ? destination.name === name
        : serverKey(destination.server ?? "") === serverKey(server),
    );
    if (!isUsed) continue;
    const what = `cluster ${plainText(name)} (${plainText(server)})`;
    const became = await said(async () => {
      if ((await orAbsent(client.get(clusterPath(server)))) !== undefined) return "there";
      // As Argo CD has it: one that is away comes along with the applications on it.
      await client.send("POST", "/api/v1/clusters", { query: { validate: "false" }, body: body.reveal() });
      return "put";
    });
    if (became === "put") context.print(`${done} ${what} is in the daemon now, with Argo CD's credentials`);
    else if (became !== "there") context.print(`${warning} ${what}: ${plainText(became)}`);
  }
}

/** @returns `there`: as it is wanted; else what became of it */
async function putProject(client: Client, project: Project): Promise<string> {
  const { name } = project.metadata;
  const there = await orAbsent(client.get<Project>(`/api/v1/projects/${encodeURIComponent(name)}`));
  if (there !== undefined && permitsAlike(there, project)) return "there";
  const differs =
    "the daemon's permits otherwise than Argo CD's, and stays as it is: compare holdfast proj get with it";
  // The one that permits everything, without being written, gives way where nobody rests on it.
  if (there !== undefined && !(name === "default" && (await isUnused(client, name)))) return differs;
  try {
    await client.send("POST", "/api/v1/projects", { body: { project } });
    return "put";
  } catch (cause) {
    if (cause instanceof Refused && cause.code === EXIT.conflict) return differs;
    throw cause;
  }
}

/** The project that permits everything without being written does so for all namespaces of applications, Argo CD's for its own. */
function permitsAlike(there: Project, theirs: Project): boolean {
  if (equalJson(there.spec, theirs.spec)) return true;
  const { sourceNamespaces: _, ...spec } = there.spec;
  return there.metadata.name === "default" && equalJson(spec, theirs.spec);
}

async function isUnused(client: Client, project: string): Promise<boolean> {
  const { items } = await client.get<{ items?: Application[] | null }>("/api/v1/applications", {
    projects: [project],
  });
  return (items ?? []).every((app) => markOf(app) !== undefined);
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof Refused && cause.code === EXIT.notFound) return undefined;
    throw cause;
  }
}

/** A refusal of this one is said; no answer ends the take. */
async function said(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Refused) || cause.status >= 500 || cause.status === 401) throw cause;
    return [cause.message, ...cause.hints].join(" ");
  }
}
