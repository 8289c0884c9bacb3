import type { Project } from "../../core/model/project.ts";
import { changedMeanwhile, isOvertaken } from "../editing/changed-meanwhile.ts";
import type { Client } from "../http/client.ts";
import type { ToldProject } from "../words/project-facts.ts";

/** As it was read. `write` writes over just that. */
export interface ReadProject extends ToldProject {
  /** @throws {CliError} conflict where somebody else changed it meanwhile: nothing is written then */
  write(next: unknown): Promise<Project>;
}

/** @throws {CliError} */
export async function readProject(client: Client, name: string): Promise<ReadProject> {
  const path = `/api/v1/projects/${encodeURIComponent(name)}`;
  const { value, tag } = await client.tagged<ToldProject>(`${path}/detailed`);
  return {
    ...value,
    write: (next) =>
      client.send<Project>("PUT", path, { body: { project: next }, over: tag }).catch((cause: unknown) => {
        throw isOvertaken(cause) ? changedMeanwhile(`Project ${name}`, cause) : cause;
      }),
  };
}
