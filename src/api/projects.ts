import type { ProjectInForce } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { notFound } from "./api-error.ts";
import type { ApiContext, Router } from "./context.ts";
import { orNotFound } from "./find-app.ts";

/** `/api/v1/projects`: read only, projects live in files. */
export function projectRoutes(router: Router, { control }: ApiContext): void {
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
    const { written, inForce, withheld, globals, clusters, repositories } = found(c.req.param("name"));
    return c.json({
      project: written,
      globalProjects: globals,
      clusters,
      repositories: repositories.map(({ url, type }) => ({ repo: url, type })),
      holdfast: defined({ inForce, withheld }),
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
}
