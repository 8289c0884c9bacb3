import { SESSION_COOKIE } from "../../auth/who-asks.ts";
import { defined } from "../../lib/defined.ts";
import type { Permission } from "../permission.ts";
import type { DeclaredRoute } from "../routes.ts";
import { ERROR } from "./answers.ts";
import { Components, type JsonSchema } from "./print-wire.ts";
import { type Answer, answersOf, type Terms } from "./terms.ts";
import { isOptional, wireIn } from "./wire.ts";

const METHODS_WITH_BODY = new Set(["POST", "PUT", "PATCH"]);
const BODY_TYPES = {
  json: "application/json",
  form: "application/x-www-form-urlencoded",
  // Of one that is read as it comes, what most senders send.
  raw: "application/json",
};

/**
 * The OpenAPI 3.1 document of all routes that are served.
 * @param basePath `/holdfast`, or ""
 * @param answers see `Components`
 */
export function openApiOf(
  routes: readonly DeclaredRoute[],
  { basePath = "", answers = "open" as "open" | "closed" } = {},
): JsonSchema {
  const components = new Components(answers);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const { method, path, permission, terms } of routes) {
    if (terms === undefined) continue;
    const shown = terms.shownAs ?? path.replace(/:(\w+)/g, "{$1}");
    const operation = operationOf({ method, shown, permission, terms }, components);
    paths[shown] = { ...paths[shown], [method.toLowerCase()]: operation };
  }
  const error = components.schemaOf(ERROR);
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: "v1",
      description:
        "Argo CD's paths under `/api/v1`, and what it has no place for under `/api/holdfast/v1`. Every write needs `Content-Type: application/json`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: basePath === "" ? "/" : basePath }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      schemas: components.schemas,
      responses: {
        Error: {
          description: "It was not done, and this is why.",
          content: { "application/json": { schema: error } },
        },
      },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A token of an account, of a project's role, of the config, or of a session.",
        },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: SESSION_COOKIE,
          description: "What a browser has since it signed in.",
        },
      },
    },
  };
}

interface Operation {
  method: string;
  shown: string;
  permission: Permission;
  terms: Terms;
}

function operationOf({ method, shown, permission, terms }: Operation, components: Components): JsonSchema {
  const { id, says, body, sent = "json", query = {}, path: about = {} } = terms;
  const parameters = [
    ...[...shown.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
      name,
      in: "path",
      required: true,
      ...defined({ description: about[name] }),
      schema: { type: "string" },
    })),
    ...Object.entries(query).map(([name, field]) => {
      const { description, ...schema } = components.schemaOf(wireIn(field));
      return {
        name,
        in: "query",
        ...(isOptional(field) ? {} : { required: true }),
        ...defined({ description }),
        schema,
      };
    }),
  ];
  const answers = answersOf(terms);
  if (new Set(answers.map(({ status }) => status)).size < answers.length)
    throw new TypeError(`${id} declares two answers of one status`);
  const isWritten = body !== undefined && METHODS_WITH_BODY.has(method);
  return {
    operationId: id,
    summary: says,
    tags: [tagOf(shown)],
    ...(permission === "open" ? { security: [] } : {}),
    "x-holdfast-permission": permission,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(isWritten
      ? {
          requestBody: {
            required: true,
            content: { [BODY_TYPES[sent]]: { schema: components.schemaOf(body) } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(answers.map((answer) => [answer.status, responseOf(answer, components)])),
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

function responseOf({ says, content }: Answer, components: Components): JsonSchema {
  return {
    description: says,
    ...(content === undefined
      ? {}
      : {
          content: Object.fromEntries(
            content.map(({ type, of }) => [
              type,
              { schema: of === undefined ? { type: "string" } : components.schemaOf(of) },
            ]),
          ),
        }),
  };
}

/** `/api/v1/applications/…` -> `applications`. */
function tagOf(path: string): string {
  const [, name] = /^\/api\/(?:holdfast\/)?v1\/(?:stream\/)?(\w+)/.exec(path) ?? [];
  return name ?? "daemon";
}
