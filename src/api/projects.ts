import type { Context } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { projectEvents } from "../core/activity/project-events.ts";
import { parseProject } from "../core/model/parse-project.ts";
import type { Project } from "../core/model/project.ts";
import type { ProjectInForce, ProjectWritten } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, invalid, notFound, refused } from "./api-error.ts";
import type { ApiContext, Env } from "./context.ts";
import { orNotFound } from "./find-app.ts";
import { MANIFEST_CAP_BYTES } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";
import { listed, OBJECT, PROJECT } from "./terms/answers.ts";
import { DONE, json } from "./terms/terms.ts";
import { anything, fields, flag, list, map, optional, text, told } from "./terms/wire.ts";
import { demandMatch, writtenTag } from "./written-tag.ts";

const READING = { asks: may("projects", "get") };
const LIST = {
  id: "listProjects",
  says: "Projects as they are written, and `default`.",
  ...READING,
  query: { name: optional(text()) },
  answers: json(listed(PROJECT)),
} as const;
const GET = {
  id: "getProject",
  says: "One project as it is written.",
  ...READING,
  answers: json(PROJECT),
} as const;
const GLOBALS = {
  id: "getGlobalProjects",
  says: "Projects whose rules stand behind its own.",
  ...READING,
  answers: json(told({ items: list(PROJECT) })),
} as const;
const DETAILED = {
  id: "getDetailedProject",
  says: "A project, and all that its applications are held to and may use.",
  ...READING,
  answers: json(
    told({
      project: PROJECT,
      globalProjects: list(PROJECT),
      clusters: list(told({ name: text(), server: text() })),
      repositories: list(told({ repo: text(), type: text() })),
      holdfast: told({
        inForce: optional(PROJECT),
        withheld: optional(text()),
        origin: optional(map(anything())),
      }),
    }),
  ),
} as const;
const EVENTS = {
  id: "listProjectEvents",
  says: "What was done to a project, the newest first, as Events of Kubernetes.",
  ...READING,
  answers: json(listed(OBJECT)),
} as const;
const MANIFEST = { capBytes: MANIFEST_CAP_BYTES, answers: json(PROJECT) };
const CREATE = {
  id: "createProject",
  says: "Makes a project.",
  asks: may("projects", "create"),
  body: fields(
    { project: PROJECT, upsert: optional(flag("Changes the one that is there.")) },
    { unknown: "ignore" },
  ),
  ...MANIFEST,
} as const;
const UPDATE = {
  id: "updateProject",
  says: "Replaces a project.",
  asks: may("projects", "update"),
  body: fields({ project: PROJECT }, { unknown: "ignore" }),
  ...MANIFEST,
} as const;
const DELETE = {
  id: "deleteProject",
  says: "Deletes a project that no application is of.",
  asks: may("projects", "delete"),
  answers: DONE,
} as const;

/** `/api/v1/projects`: list, get, create, update, delete. What a file or a parent holds is changed there. */
export function projectRoutes(routes: Routes, { control, homeNamespace }: ApiContext): void {
  const found = (who: Asker, name: string): ProjectInForce =>
    orNotFound(control.projectInForce(who, name), `project ${name}`);
  const mayWriteOver = (c: Context<Env>, who: Asker, name: string): void =>
    demandMatch(
      c,
      control.projects(who).find(({ metadata }) => metadata.name === name),
      `project ${name}`,
    );
  routes.get("/api/v1/projects", LIST, (c, who, { query: { name } }) => {
    return c.json({
      metadata: {},
      items: control.projects(who).filter((project) => name === undefined || project.metadata.name === name),
    });
  });
  /** What Argo CD does not tell, the project as it holds, stands under `holdfast`. */
  routes.get("/api/v1/projects/:name/detailed", DETAILED, (c, who) => {
    const { written, origin, inForce, withheld, globals, clusters, repositories } = found(
      who,
      c.req.param("name"),
    );
    c.header("etag", writtenTag(written));
    return c.json({
      project: written,
      globalProjects: globals,
      clusters,
      repositories: repositories.map(({ url, type }) => ({ repo: url, type })),
      holdfast: defined({ inForce, withheld, origin }),
    });
  });
  routes.get("/api/v1/projects/:name/events", EVENTS, (c, who) => {
    const name = c.req.param("name");
    const deeds = orNotFound(control.projectDeeds(who, name), `project ${name}`);
    return c.json({ metadata: {}, items: projectEvents({ namespace: homeNamespace, name }, deeds) });
  });
  routes.get("/api/v1/projects/:name/globalprojects", GLOBALS, (c, who) =>
    c.json({ items: found(who, c.req.param("name")).globals }),
  );
  routes.get("/api/v1/projects/:name", GET, (c, who) => {
    const project = control.projects(who).find(({ metadata }) => metadata.name === c.req.param("name"));
    if (project === undefined) throw notFound(`project ${c.req.param("name")}`);
    c.header("etag", writtenTag(project));
    return c.json(project);
  });

  routes.post("/api/v1/projects", CREATE, async (c, who, { body }) => {
    const project = projectIn(body.project, homeNamespace);
    const how = body.upsert === true ? "upsert" : "create";
    mayWriteOver(c, who, project.metadata.name);
    return c.json(
      written(await control.putProject(who, project, { how, actor: who.actor }), project.metadata.name),
    );
  });

  routes.put("/api/v1/projects/:name", UPDATE, async (c, who, { body }) => {
    const name = c.req.param("name");
    const project = projectIn(body.project, homeNamespace);
    if (project.metadata.name !== name)
      throw new ApiError(
        "InvalidArgument",
        `the body is project ${project.metadata.name}, and the path names ${name}: a project keeps its name`,
      );
    mayWriteOver(c, who, name);
    return c.json(written(await control.putProject(who, project, { how: "update", actor: who.actor }), name));
  });

  routes.delete("/api/v1/projects/:name", DELETE, async (c, who) => {
    const name = c.req.param("name");
    written(await control.deleteProject(who, name, who.actor), name);
    return c.json({});
  });
}

/** @throws {ApiError} 400 with all that is wrong with it */
function projectIn(sent: unknown, homeNamespace: string): Project {
  if (!isMapping(sent)) throw new ApiError("InvalidArgument", "the body must hold project, an AppProject");
  const { status: _, ...manifest } = sent;
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
