/** What repositories hold, as Argo CD serves it for whoever is about to write an Application. */
import { SOURCE } from "../core/model/application-shape.ts";
import type { Problem } from "../core/model/problem.ts";
import { checkShape } from "../core/model/shape.ts";
import type { Source } from "../core/model/source.ts";
import { filled } from "../lib/defined.ts";
import { ApiError, invalid } from "./api-error.ts";
import type { AuthorisedContents, AuthorisedRepositories } from "./authorised/authorised.ts";
import * as terms from "./contents-terms.ts";
import type { ApiContext } from "./context.ts";
import { findRepository, proved } from "./find-repository.ts";
import type { Routes } from "./routes.ts";

const HERE = "/api/v1/repositories/:repo";

export function contentsRoutes(routes: Routes, { repositories, contents }: ApiContext): void {
  const desks = (): { desk: AuthorisedRepositories; inside: AuthorisedContents } => {
    if (repositories === undefined || contents === undefined)
      throw new ApiError("Unimplemented", "repositories are not looked into here");
    return { desk: repositories, inside: contents };
  };

  routes.get(`${HERE}/apps`, terms.APPS, async (c, who, { query }) => {
    const { inside } = desks();
    const { appName: app = "", appProject: project = "default", revision = "" } = query;
    const found = await proved(inside.folders(who, c.req.param("repo"), revision, { project, app }));
    return c.json({ items: found.map(({ type, path }) => ({ type, path })) });
  });
  routes.get(`${HERE}/helmcharts`, terms.CHARTS, async (c, who, { query }) => {
    const { desk, inside } = desks();
    const asked = { use: "repository", url: c.req.param("repo"), project: query.appProject } as const;
    const { id } = findRepository(desk.all(who), asked);
    return c.json({ items: await proved(inside.charts(who, id)) });
  });
  routes.get(`${HERE}/oci-tags`, terms.TAGS, async (c, who, { query }) => {
    const { desk, inside } = desks();
    const asked = { use: "repository", url: c.req.param("repo"), project: query.appProject } as const;
    const { id } = findRepository(desk.all(who), asked);
    return c.json({ branches: [], tags: await proved(inside.tags(who, id)) });
  });
  routes.post(`${HERE}/appdetails`, terms.DETAILS, async (c, who, { body }) => {
    const { inside } = desks();
    const { appName: app = "", appProject: project = "default" } = body;
    const source = sourceOf({ ...body.source, repoURL: c.req.param("repo") });
    const { type, helm, kustomize, warnings } = await proved(inside.details(who, source, { project, app }));
    return c.json({
      type,
      ...(type === "Helm" ? { helm } : {}),
      ...(type === "Kustomize" ? { kustomize } : {}),
      ...(type === "Directory" ? { directory: {} } : {}),
      ...(["Helm", "Kustomize", "Directory"].includes(type) ? {} : { plugin: {} }),
      ...(warnings.length === 0 ? {} : { holdfast: filled({ warnings }) }),
    });
  });
}

/** @throws {ApiError} 400 with every problem */
function sourceOf(written: Record<string, unknown>): Source {
  const problems: Problem[] = [];
  const checked = checkShape(written, SOURCE, ["source"], (problem) => problems.push(problem));
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw invalid(errors);
  return checked as Source;
}
