/** What a person or a program may ask of projects. Where a project is written says whether it can be done here. */
import type { Project } from "../core/model/project.ts";
import { checkApplication } from "../core/policy/check-application.ts";
import { projectsInForce } from "../core/policy/global-projects.ts";
import { refuseNamespace } from "../core/policy/refuse-namespace.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { Applications } from "./applications.ts";
import type { AppOrigin, ProjectWritten, WriteControl, WriteRefusal } from "./control.ts";
import { clusterFor } from "./destinations.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Existing } from "./home/existing.ts";
import { nameOfProject, unwrittenDefault } from "./limits.ts";

export interface ProjectRequestsParts {
  ports: EnginePorts;
  applications: Applications;
  existing: Existing;
}

const MOST_NAMES = 5;

export class ProjectRequests implements Pick<WriteControl, "putProject" | "deleteProject"> {
  constructor(private readonly parts: ProjectRequestsParts) {}

  async putProject(
    project: Project,
    { how, actor }: Parameters<WriteControl["putProject"]>[1],
  ): Promise<ProjectWritten> {
    const { existing } = this.parts;
    const { name } = project.metadata;
    const known = existing.projects.get(name);
    const elsewhere = writtenElsewhere(existing.projectOrigin(name));
    if (elsewhere !== undefined) return elsewhere;
    if (how === "update" && known === undefined && name !== "default") return { is: "absent" };
    if (how === "create" && known !== undefined && !equalJson(known.spec, project.spec))
      return conflict(
        `a project ${name} exists already with another spec; update it, or replace it by upsert (holdfast project create --upsert)`,
      );
    const shutOut = this.#shutOutBy(project);
    if (shutOut !== undefined) return conflict(shutOut);
    const put = await existing.putProject(project, known === undefined ? "create" : "update", actor);
    return put.is === "taken" ? { is: "written", project } : put;
  }

  async deleteProject(name: string, actor: string): Promise<ProjectWritten> {
    const { existing } = this.parts;
    const known = existing.projects.get(name);
    if (known === undefined) return { is: "absent" };
    const elsewhere = writtenElsewhere(existing.projectOrigin(name));
    if (elsewhere !== undefined) return elsewhere;
    if (name === "default")
      return conflict(
        "the project default cannot be deleted: without it everything is permitted in it. To permit nothing, take its sourceRepos and destinations away",
      );
    const users = [...this.parts.applications].filter(
      ({ spec: { app } }) =>
        nameOfProject(app) === name &&
        refuseNamespace(known, app.metadata.namespace, this.parts.ports.settings().namespace) === undefined,
    );
    if (users.length > 0)
      return conflict(
        `the project ${name} is that of ${listed(users.map(({ key }) => key))}. Give them another project, or delete them, and then delete it`,
      );
    const put = await existing.deleteProject(name, actor);
    return put.is === "taken" ? { is: "written", project: known } : put;
  }

  /** Applications that are permitted now and would be no more: an edit of a project is no way to stop them. */
  #shutOutBy(project: Project): string | undefined {
    const { applications, existing, ports } = this.parts;
    const settings = ports.settings();
    const clusters = ports.clusters();
    const { name } = project.metadata;
    const [now, next] = [existing.projects, new Map(existing.projects).set(name, project)].map((written) =>
      projectsInForce(written, settings.globalProjects, unwrittenDefault(ports)),
    );
    const refusals: { key: string; why: string }[] = [];
    for (const { key, spec } of applications) {
      const project = nameOfProject(spec.app);
      const reached = clusterFor(spec.app.spec.destination, clusters);
      const [before, after] = [now, next].map((world) =>
        checkApplication(spec.app, {
          project: world?.projects.get(project),
          withheld: world?.withheld.get(project),
          cluster: reached.is === "found" ? reached.cluster : undefined,
          // What both say of a cluster that there is none of is one sentence, whatever the project permits.
          clusters: [],
          homeNamespace: settings.namespace,
        }),
      );
      const added = after?.find(({ message }) => !before?.some((one) => one.message === message));
      if (added !== undefined) refusals.push({ key, why: added.message });
    }
    const [first] = refusals;
    return first === undefined
      ? undefined
      : `${listed(refusals.map(({ key }) => key))} would not be permitted any more (${first.why}). Change or delete ${refusals.length === 1 ? "it" : "them"} first`;
  }
}

function listed(keys: readonly string[]): string {
  const shown = keys.slice(0, MOST_NAMES).join(", ");
  const more = keys.length > MOST_NAMES ? ` and ${keys.length - MOST_NAMES} more` : "";
  return `${keys.length === 1 ? "application" : `${keys.length} applications:`} ${shown}${more}`;
}

function writtenElsewhere(origin: AppOrigin | undefined): WriteRefusal | undefined {
  if (origin?.from === "file") return { is: "managed-by-file", file: origin.file };
  return origin?.from === "parent" ? { is: "managed-by-parent", parent: origin.parent } : undefined;
}

function conflict(why: string): WriteRefusal {
  return { is: "conflict", why };
}
