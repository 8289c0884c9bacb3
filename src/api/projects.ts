import { notFound } from "./api-error.ts";
import type { ApiContext, Router } from "./context.ts";

/** `/api/v1/projects`: read only, projects live in files. */
export function projectRoutes(router: Router, { control }: ApiContext): void {
  router.get("/api/v1/projects", (c) => {
    const name = c.req.query("name") || undefined;
    return c.json({
      metadata: {},
      items: control.projects().filter((project) => name === undefined || project.metadata.name === name),
    });
  });
  router.get("/api/v1/projects/:name", (c) => {
    const project = control.projects().find(({ metadata }) => metadata.name === c.req.param("name"));
    if (project === undefined) throw notFound(`project ${c.req.param("name")}`);
    return c.json(project);
  });
}
