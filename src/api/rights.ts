import { sayWhy } from "../core/access/asker.ts";
import { applicationObject } from "./authorised/object-names.ts";
import type { ApiContext } from "./context.ts";
import { keyFrom, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { TERMINALS_OFF } from "./terminal.ts";
import { json } from "./terms/terms.ts";
import { map, optional, text, told } from "./terms/wire.ts";

/** What a page offers of one application, and what each asks for. */
const OFFERED = [
  { name: "sync", resource: "applications", action: "sync" },
  { name: "rollback", resource: "applications", action: "rollback" },
  { name: "update", resource: "applications", action: "update" },
  { name: "delete", resource: "applications", action: "delete" },
  { name: "logs", resource: "logs", action: "get" },
  { name: "terminal", resource: "exec", action: "create" },
] as const;

const RIGHTS = {
  id: "getRights",
  says: "What whoever asks may not do with an application, so that it is not offered; each request is decided by itself all the same.",
  asks: may("applications", "get"),
  query: {
    object: optional(
      text({
        pattern: /^[^/]*\/[^/]+\/[^/]*\/[^/]+$/,
        expected: "`group/Kind/namespace/name`",
        says: "One of its objects: `group/Kind/namespace/name`. Then `edit` and `deleteObject` are told too.",
      }),
    ),
  },
  answers: json(
    told({
      denied: map(text(), {
        says: "`sync`, `rollback`, `update`, `delete`, `logs`, `terminal`, `edit`, `deleteObject`: why not. What may be done is not in it.",
      }),
    }),
  ),
} as const;

/** `/api/holdfast/v1/applications/{namespace}/{name}/rights`: all of it in one request. */
export function rightsRoutes(routes: Routes, { control, homeNamespace, settings }: ApiContext): void {
  routes.get("/api/holdfast/v1/applications/:namespace/:name/rights", RIGHTS, (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const app = control.application(who, key);
    const object = applicationObject(
      orNotFound(app === undefined ? { is: "absent" } : { is: "found", value: app }, `application ${key}`),
      homeNamespace,
    );
    const denied: Record<string, string> = {};
    const ofOne = [
      { name: "edit", resource: "applications", action: `update/${query.object}` },
      { name: "deleteObject", resource: "applications", action: `delete/${query.object}` },
    ];
    for (const { name, resource, action } of query.object === undefined ? OFFERED : [...OFFERED, ...ofOne]) {
      const ruling = who.decide({ resource, action, object });
      if (ruling.is !== "allowed")
        denied[name] = `${who.name} may not ${resource}, ${action}: ${sayWhy(ruling)}`;
    }
    if (settings().terminal?.is !== "on") denied["terminal"] = TERMINALS_OFF;
    return c.json({ denied });
  });
}
