import type { Asker } from "../core/access/asker.ts";
import { parseProject } from "../core/model/parse-project.ts";
import type { Project } from "../core/model/project.ts";
import type { ProjectInForce, ProjectWritten } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, invalid, notFound, refused } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { orNotFound } from "./find-app.ts";
import { MANIFEST_CAP_BYTES, readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";

/** `/api/v1/projects`: list, get, create, update, delete. What a file or a parent holds is changed there. */
export function projectRoutes(routes: Routes, { control, homeNamespace }: ApiContext): void {
  const found = (who: Asker, name: string): ProjectInForce =>
    orNotFound(control.projectInForce(who, name), `project ${name}`);
  routes.get("/api/v1/projects", may("projects", "get"), (c, who) => {
    const name = c.req.query("name") || undefined;
    return c.json({
      metadata: {},
      items: control.projects(who).filter((project) => name === undefined || project.metadata.name === name),
    });
  });
  /** What Argo CD does not tell, the project as it holds, stands under `holdfast`. */
  routes.get("/api/v1/projects/:name/detailed", may("projects", "get"), (c, who) => {
    const { written, origin, inForce, withheld, globals, clusters, repositories } = found(
      who,
      c.req.param("name"),
    );
    return c.json({
      project: written,
      globalProjects: globals,
      clusters,
      repositories: repositories.map(({ url, type }) => ({ repo: url, type })),
      holdfast: defined({ inForce, withheld, origin }),
    });
  });
  routes.get("/api/v1/projects/:name/globalprojects", may("projects", "get"), (c, who) =>
    c.json({ items: found(who, c.req.param("name")).globals }),
  );
  routes.get("/api/v1/projects/:name", may("projects", "get"), (c, who) => {
    const project = control.projects(who).find(({ metadata }) => metadata.name === c.req.param("name"));
    if (project === undefined) throw notFound(`project ${c.req.param("name")}`);
    return c.json(project);
  });

  routes.post("/api/v1/projects", may("projects", "create"), async (c, who) => {
    const body = await readJson(c.req.raw, MANIFEST_CAP_BYTES);
    const project = projectIn(body, homeNamespace);
    const how = isMapping(body) && body["upsert"] === true ? "upsert" : "create";
    return c.json(
      written(await control.putProject(who, project, { how, actor: who.actor }), project.metadata.name),
    );
  });

  routes.put("/api/v1/projects/:name", may("projects", "update"), async (c, who) => {
    const name = c.req.param("name");
    const project = projectIn(await readJson(c.req.raw, MANIFEST_CAP_BYTES), homeNamespace);
    if (project.metadata.name !== name)
      throw new ApiError(
        "InvalidArgument",
        `the body is project ${project.metadata.name}, and the path names ${name}: a project keeps its name`,
      );
    return c.json(written(await control.putProject(who, project, { how: "update", actor: who.actor }), name));
  });

  routes.delete("/api/v1/projects/:name", may("projects", "delete"), async (c, who) => {
    const name = c.req.param("name");
    written(await control.deleteProject(who, name, who.actor), name);
    return c.json({});
  });
}

/** @throws {ApiError} 400 with all that is wrong with it */
function projectIn(body: unknown, homeNamespace: string): Project {
  if (!isMapping(body) || !isMapping(body["project"]))
    throw new ApiError("InvalidArgument", "the body must hold project, an AppProject");
  const { status: _, ...manifest } = body["project"];
  const parsed = parseProject(
    { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", ...manifest },
    { homeNamespace },
  );
  if (!parsed.ok) throw invalid(parsed.problems);
  return parsed.value;
}

function written(outcome: ProjectWritten, name: string): Project {
  if (outcome.is === "written") return outcome.project;
  throw refused(outcome, `project ${name}`);
}
