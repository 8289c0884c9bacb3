import { keyOfApp } from "../core/model/application.ts";
import type { LinkPlace } from "../core/model/deep-link.ts";
import type { LinkedThing } from "../core/ports/link-desk.ts";
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
        url: text({ says: "Of http, https or mailto." }),
        description: optional(text()),
        iconClass: optional(text()),
      }),
    ),
    holdfast: told({
      wrong: list(told({ title: text(), why: text() }), {
        says: "Links that come to nothing here, which Argo CD does not tell.",
      }),
    }),
  }),
);
const OF_APPLICATION = {
  id: "listApplicationLinks",
  says: "Links that `page.links.application` of the config makes of an application.",
  asks: may("applications", "get"),
  query: NAMING,
  answers: LINKS,
} as const;
const OF_RESOURCE = {
  id: "listResourceLinks",
  says: "Links that `page.links.resource` of the config makes of one object of an application.",
  asks: may("applications", "get"),
  query: OBJECT_NAME,
  answers: LINKS,
} as const;
const OF_PROJECT = {
  id: "listProjectLinks",
  says: "Links that `page.links.project` of the config makes of a project.",
  asks: may("projects", "get"),
  answers: LINKS,
} as const;

/** Argo CD's deep links. Who may not see a thing is answered as for the thing itself. */
export function linkRoutes(routes: Routes, { control, links }: ApiContext): void {
  const answer = async (place: LinkPlace, thing: LinkedThing) => {
    const { items, wrong } = (await links?.linksAt(place, thing)) ?? { items: [], wrong: [] };
    return { items, holdfast: { wrong } };
  };
  routes.get("/api/v1/applications/:name/links", OF_APPLICATION, async (c, who, { query }) => {
    const app = findApp(control, who, appName(c.req.param("name"), query));
    return c.json(await answer("application", { app, project: app.spec.project }));
  });
  routes.get("/api/v1/applications/:name/resource/links", OF_RESOURCE, async (c, who, { query }) => {
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const resource = orNotFound(await control.liveObject(who, keyOfApp(app), refFrom(query)), describe(app));
    return c.json(await answer("resource", { app, resource, project: app.spec.project }));
  });
  routes.get("/api/v1/projects/:name/links", OF_PROJECT, async (c, who) => {
    const name = c.req.param("name");
    orNotFound(control.projectInForce(who, name), `project ${name}`);
    return c.json(await answer("project", { project: name }));
  });
}
