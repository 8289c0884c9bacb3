import { type Asker, sayWhy } from "../core/access/asker.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import type { ObjectRef } from "../core/model/object-ref.ts";
import type { OfferedAction } from "../core/model/resource-action.ts";
import type { ActionRequest } from "../engine/control.ts";
import { defined, filled } from "../lib/defined.ts";
import { ApiError, refused } from "./api-error.ts";
import { describe } from "./applications.ts";
import { applicationObject } from "./authorised/object-names.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { FIELD_DIFFERENCE, OBJECT, REF } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { choice, fields, flag, list, optional, text, told } from "./terms/wire.ts";

/** How a query names one object of an application. */
export const OBJECT_NAME = {
  ...NAMING,
  kind: text({ says: "Of the object." }),
  resourceName: text({ says: "Of the object." }),
  group: optional(text({ says: "Of the object, where it has one." })),
  version: optional(text()),
  namespace: optional(text({ says: "Of the object, where it has one." })),
};
const ACTED = json(
  told({
    done: list(
      told({
        ...REF,
        did: choice(["changed", "created"]),
        fields: list(text()),
        changes: optional(
          list(FIELD_DIFFERENCE, { says: "Of a dry run; absent where the object holds secrets." }),
        ),
        object: optional(OBJECT),
      }),
    ),
  }),
);
const LIST = {
  id: "listResourceActions",
  says: "What can be done to one object now.",
  asks: may("applications", "get"),
  query: OBJECT_NAME,
  answers: json(
    told({
      actions: list(
        told({
          name: text(),
          disabled: flag(),
          params: list(told({ name: text(), description: optional(text()), value: optional(text()) })),
          description: optional(text()),
          why: optional(text({ says: "Why it makes no sense now." })),
          needs: text({
            says: "What a policy allows it by: `applications, action/apps/Deployment/restart`.",
          }),
          denied: optional(text({ says: "Why whoever asks may not have it done." })),
        }),
      ),
    }),
  ),
} as const;
const RUN = {
  id: "runResourceAction",
  says: "Does something to one object.",
  asks: may("applications", "action"),
  query: OBJECT_NAME,
  body: text({ pattern: /./, expected: 'the name of an action as a JSON string, such as "restart"' }),
  answers: ACTED,
} as const;
const RUN_WITH_PARAMETERS = {
  id: "runResourceActionWithParameters",
  says: "Does something to one object.",
  asks: may("applications", "action"),
  query: NAMING,
  body: fields(
    {
      ...NAMING,
      name: optional(text()),
      kind: optional(text()),
      group: optional(text()),
      version: optional(text()),
      namespace: optional(text()),
      resourceName: optional(text()),
      action: text({ says: "Its name." }),
      dryRun: optional(flag("What it would do is told, and nothing is kept.")),
      resourceActionParameters: optional(
        list(
          fields({ name: text({ empty: "kept" }), value: text({ empty: "kept" }) }, { unknown: "ignore" }),
        ),
      ),
    },
    { unknown: "ignore" },
  ),
  answers: ACTED,
} as const;

const PATH = "/api/v1/applications/:name/resource/actions";

/**
 * Actions of single objects at Argo CD's paths: what an object offers, and both ways to run one (the older with the name
 * alone as its body). Where Argo CD answers with nothing, `done` says what was written.
 */
export function resourceActionRoutes(routes: Routes, { control, homeNamespace }: ApiContext): void {
  routes.get(PATH, LIST, async (c, who) => {
    const query = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const ref = refFrom(query);
    const actions = orNotFound(await control.actions(who, keyOfApp(app), ref), describe(app));
    const object = applicationObject(app, homeNamespace);
    return c.json({
      actions: actions.map((one) => {
        const action = `action/${ref.group}/${ref.kind}/${one.name}`;
        const ruling = who.decide({ resource: "applications", action, object });
        const denied =
          ruling.is === "allowed"
            ? undefined
            : `${who.name} may not applications, ${action}: ${sayWhy(ruling)}`;
        return { ...shown(one), needs: `applications, ${action}`, ...defined({ denied }) };
      }),
    });
  });

  routes.post(PATH, RUN, async (c, who, { body: action }) => {
    const query = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    return c.json(await run(who, app, { ref: refFrom(query), action }));
  });

  routes.post(`${PATH}/v2`, RUN_WITH_PARAMETERS, async (c, who, { body }) => {
    const named = { ...texts(body), ...c.req.query() };
    const app = findApp(control, who, appName(c.req.param("name"), named));
    return c.json(
      await run(who, app, {
        ref: refFrom(named),
        action: body.action,
        ...filled({ parameters: parametersOf(body.resourceActionParameters ?? []) }),
        ...(body.dryRun === true ? { mode: "dry-run" as const } : {}),
      }),
    );
  });

  async function run(who: Asker, app: Application, request: Omit<ActionRequest, "actor">): Promise<unknown> {
    const acted = await control.act(who, keyOfApp(app), { ...request, actor: who.actor });
    if (acted.is !== "acted") throw refused(acted, describe(app));
    return { done: acted.done.map(({ ref: one, ...rest }) => ({ ...one, ...rest })) };
  }
}

/** `namespace` and `group` may be empty; the application's own namespace is `appNamespace`. */
export function refFrom(query: Record<string, string>): ObjectRef {
  const { kind = "", group = "", namespace = "", resourceName = "" } = query;
  if (kind === "" || resourceName === "")
    throw new ApiError(
      "InvalidArgument",
      "say which object: kind, resourceName, and group and namespace where it has them",
    );
  return { group, kind, namespace, name: resourceName };
}

function texts(body: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function parametersOf(given: readonly { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

/** Argo CD's shape, with `description` and `why` beside it. */
function shown({ name, says, idle, parameters }: OfferedAction): Record<string, unknown> {
  return {
    name,
    disabled: idle !== undefined,
    params: parameters.map(({ name: of, says: means, now }) => ({
      name: of,
      ...filled({ description: means, value: now }),
    })),
    ...filled({ description: says, why: idle }),
  };
}
