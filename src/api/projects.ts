import { parseProject } from "../core/model/parse-project.ts";
import type { Project } from "../core/model/project.ts";
import type { ProjectInForce, ProjectWritten } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, invalid, notFound, refused } from "./api-error.ts";
import type { ApiContext, Router } from "./context.ts";
import { orNotFound } from "./find-app.ts";
import { MANIFEST_CAP_BYTES, readJson } from "./read-json.ts";

/** `/api/v1/projects`: list, get, create, update, delete. What a file or a parent holds is changed there. */
export function projectRoutes(router: Router, { control, homeNamespace, actor }: ApiContext): void {
  const found = (name: string): ProjectInForce => orNotFound(control.projectInForce(name), `project ${name}`);
  router.get("/api/v1/projects", (c) => {
    const name = c.req.query("name") || undefined;
    return c.json({
      metadata: {},
      items: control.projects().filter((project) => name === undefined || project.metadata.name === name),
    });
  });
  /** What Argo CD does not tell, the project as it holds, stands under `holdfast`. */
  router.get("/api/v1/projects/:name/detailed", (c) => {
    const { written, origin, inForce, withheld, globals, clusters, repositories } = found(
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
  router.get("/api/v1/projects/:name/globalprojects", (c) =>
    c.json({ items: found(c.req.param("name")).globals }),
  );
  router.get("/api/v1/projects/:name", (c) => {
    const project = control.projects().find(({ metadata }) => metadata.name === c.req.param("name"));
    if (project === undefined) throw notFound(`project ${c.req.param("name")}`);
    return c.json(project);
  });

  router.post("/api/v1/projects", async (c) => {
    const body = await readJson(c.req.raw, MANIFEST_CAP_BYTES);
    const project = projectIn(body, homeNamespace);
    const how = isMapping(body) && body["upsert"] === true ? "upsert" : "create";
    return c.json(written(await control.putProject(project, { how, actor }), project.metadata.name));
  });

  router.put("/api/v1/projects/:name", async (c) => {
    const name = c.req.param("name");
    const project = projectIn(await readJson(c.req.raw, MANIFEST_CAP_BYTES), homeNamespace);
    if (project.metadata.name !== name)
      throw new ApiError(
        "InvalidArgument",
        `the body is project ${project.metadata.name}, and the path names ${name}: a project keeps its name`,
      );
    return c.json(written(await control.putProject(project, { how: "update", actor }), name));
  });

  router.delete("/api/v1/projects/:name", async (c) => {
    const name = c.req.param("name");
    written(await control.deleteProject(name, actor), name);
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
