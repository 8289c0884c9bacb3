import { keyOfApp } from "../core/model/application.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { OBJECT_NAME, refFrom } from "./resource-actions.ts";
import { may, type Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { list, optional, text, told } from "./terms/wire.ts";

const LINKS = json(
  told({
    items: list(
      told({
        title: text(),
        url: text(),
        description: optional(text()),
        iconClass: optional(text()),
      }),
    ),
  }),
);
const OF_APPLICATION = {
  id: "listApplicationLinks",
  says: "Links beside an application: none, because no setting of Holdfast makes any.",
  asks: may("applications", "get"),
  query: NAMING,
  answers: LINKS,
} as const;
const OF_RESOURCE = {
  id: "listResourceLinks",
  says: "Links beside one object of an application: none, as above.",
  asks: may("applications", "get"),
  query: OBJECT_NAME,
  answers: LINKS,
} as const;
const OF_PROJECT = {
  id: "listProjectLinks",
  says: "Links beside a project: none, as above.",
  asks: may("projects", "get"),
  answers: LINKS,
} as const;

/**
 * Argo CD's deep links, which its clients ask for beside whatever they show. There are none to tell; who may not see a thing
 * is answered as for the thing itself.
 */
export function linkRoutes(routes: Routes, { control }: ApiContext): void {
  routes.get("/api/v1/applications/:name/links", OF_APPLICATION, (c, who, { query }) => {
    findApp(control, who, appName(c.req.param("name"), query));
    return c.json({ items: [] });
  });
  routes.get("/api/v1/applications/:name/resource/links", OF_RESOURCE, async (c, who, { query }) => {
    const app = findApp(control, who, appName(c.req.param("name"), query));
    orNotFound(await control.liveObject(who, keyOfApp(app), refFrom(query)), describe(app));
    return c.json({ items: [] });
  });
  routes.get("/api/v1/projects/:name/links", OF_PROJECT, (c, who) => {
    const name = c.req.param("name");
    orNotFound(control.projectInForce(who, name), `project ${name}`);
    return c.json({ items: [] });
  });
}
