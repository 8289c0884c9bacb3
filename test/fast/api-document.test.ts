/**
 * `/openapi.json` is what is served: it is a document of OpenAPI, every route is in it and nothing else, requests are held to
 * it, and answers are what it says, with nothing beside it.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeclaredRoute } from "../../src/api/routes.ts";
import { openApiOf } from "../../src/api/terms/document.ts";
import { bodyFor, filled, ROLES, type Role, SENT, twoTeams } from "../lib/api-world.ts";
import { declaredAnswers } from "../lib/declared-answers.ts";
import { checkDocument } from "../lib/openapi-check.mjs";

const { world, ask, remove } = await twoTeams();
afterAll(remove);

const GOLDEN = join(import.meta.dir, "../golden/operations.md");
const ADMIN = ROLES.find(({ role }) => role === "server.token") as Role;

interface Operation {
  operationId: string;
  summary: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema: Record<string, unknown> }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, { content?: Record<string, unknown> }>;
  "x-holdfast-permission": DeclaredRoute["permission"];
}
interface Document {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

const { api } = await world(ADMIN);
const document = (await (await api.fetch(new Request("http://127.0.0.1/openapi.json"))).json()) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

describe("the document", () => {
  test("is one of OpenAPI 3.1, by that initiative's own schema", async () => {
    expect(await checkDocument(document)).toEqual([]);
    // What the schema is worth: it sees a slip.
    const broken = structuredClone(document) as unknown as { paths: Record<string, unknown> };
    broken.paths["/api/version"] = { get: { respones: {} } };
    expect(await checkDocument(broken)).not.toEqual([]);
  });

  test("has every route that is described, and nothing else", () => {
    const served = api.routes
      .filter(({ terms }) => terms !== undefined)
      .map(({ method, path, terms }) => `${method} ${terms?.shownAs ?? path.replace(/:(\w+)/g, "{$1}")}`);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(served.sort());
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("leaves out what is not served alone", () => {
    const left = api.routes.filter(({ terms }) => terms === undefined);
    expect(left.filter(({ method }) => method !== "ALL")).toEqual([]);
  });

  test("names operations as ever", () => {
    const text = [
      "| Operation | Path | Asks | Parameters | Body | Answers |",
      "|---|---|---|---|---|---|",
      ...operations.map(({ method, path, operation }) => {
        const asks = operation["x-holdfast-permission"];
        return [
          "",
          operation.operationId,
          `${method} ${path}`,
          typeof asks === "string" ? asks : `${asks.resource}, ${asks.action}`,
          (operation.parameters ?? [])
            .filter((one) => one.in === "query")
            .map(({ name }) => name)
            .join(" "),
          operation.requestBody === undefined ? "" : "yes",
          Object.entries(operation.responses)
            .filter(([status]) => status !== "default")
            .map(([status, { content = {} }]) => [status, ...Object.keys(content)].join(" "))
            .join(", "),
          "",
        ]
          .join(" | ")
          .trim();
      }),
      "",
    ].join("\n");
    if (Bun.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, "utf8"));
  });

  test("says who may ask what, and that what is open needs nothing", () => {
    for (const { operation } of operations)
      expect(operation.security).toEqual(operation["x-holdfast-permission"] === "open" ? [] : undefined);
  });

  test("has our kinds as the definitions for clusters have them", () => {
    expect(JSON.stringify(document.components.schemas["Application"])).toContain(
      "The AppProject whose limits it keeps",
    );
    expect(JSON.stringify(document)).not.toContain("x-kubernetes");
  });

  test("is below the path that a proxy gives it", () => {
    expect(openApiOf(api.routes, { basePath: "/holdfast" })["servers"]).toEqual([{ url: "/holdfast" }]);
    expect(document.servers).toEqual([{ url: "/" }]);
  });
});

describe("what is answered", () => {
  const differs = declaredAnswers(api.routes);

  test("is what the document says, and nothing beside it", async () => {
    const wrong: string[] = [];
    for (const route of api.routes)
      for (const target of ["a", "c"] as const) {
        const { reply, text } = await ask(ADMIN, route, target);
        // A stream goes on: its first line is looked at elsewhere.
        if (route.terms === undefined || /\/stream\//.test(route.path)) continue;
        wrong.push(...differs(route, reply, text).map((how) => `${route.method} ${route.path}: ${how}`));
      }
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe("a request that is not as the document says is refused with the field named:", () => {
  type Schema = Record<string, unknown> & { type?: string; properties?: Record<string, Schema> };
  const resolved = (schema: Schema): Schema => {
    const name = typeof schema["$ref"] === "string" ? schema["$ref"].split("/").at(-1) : undefined;
    return name === undefined ? schema : (document.components.schemas[name] as Schema);
  };
  /** Of another type than each of these. */
  const OTHER: Record<string, unknown> = { string: 7, boolean: "yes", integer: "x", array: "x", object: "x" };
  const routeOf = (path: string, method: string): DeclaredRoute =>
    api.routes.find(
      (route) =>
        route.method === method &&
        (route.terms?.shownAs ?? route.path.replace(/:(\w+)/g, "{$1}")) === path &&
        route.terms !== undefined,
    ) as DeclaredRoute;
  const send = async (route: DeclaredRoute, query: string, body: unknown): Promise<[number, string]> => {
    const reply = await api.fetch(
      new Request(`http://127.0.0.1${filled(route, "a")}${query}`, {
        method: route.method,
        ...bodyFor(route, body),
      }),
    );
    return [reply.status, await reply.text()];
  };

  const bodies = operations.flatMap(({ method, path, operation }) => {
    const schema = resolved((Object.values(operation.requestBody?.content ?? {})[0]?.schema ?? {}) as Schema);
    return schema.properties === undefined ? [] : [{ method, path, schema }];
  });

  test.each(bodies.map((one) => [`${one.method} ${one.path}`, one] as const))(
    "the body of %s",
    async (_, { method, path, schema }) => {
      const route = routeOf(path, method);
      const { body = {}, query = "" } = SENT[`${method} ${route.path}`]?.("a") ?? {};
      const right = body as Record<string, unknown>;
      for (const name of (schema["required"] ?? []) as string[]) {
        const { [name]: _left, ...others } = right;
        expect([name, ...(await send(route, query, others))]).toEqual([
          name,
          400,
          expect.stringContaining(name),
        ]);
      }
      for (const [name, of] of Object.entries(schema.properties ?? {})) {
        const other = OTHER[resolved(of).type ?? ""];
        // All that a form has is text; and what a server writes is not read.
        if (other === undefined || route.terms?.sent === "form" || name === "status" || name === "operation")
          continue;
        expect([name, ...(await send(route, query, { ...right, [name]: other }))]).toEqual([
          name,
          400,
          expect.stringContaining(name),
        ]);
      }
      if (schema["additionalProperties"] !== false) return;
      const sent = await send(route, query, { ...right, unheardOf: 1 });
      expect(sent).toEqual([400, expect.stringContaining("unheardOf")]);
    },
  );

  test("but for what Argo CD's clients know and we do not: at its paths that is taken", async () => {
    const argo = bodies.filter(({ path }) => path.startsWith("/api/v1/"));
    for (const { method, path } of argo) {
      const route = routeOf(path, method);
      const { body = {}, query = "" } = SENT[`${method} ${route.path}`]?.("a") ?? {};
      const sent = { ...(body as object), ofTomorrow: { a: [1] } };
      expect([path, (await send(route, query, sent))[1]]).toEqual([
        path,
        expect.not.stringMatching(/Tomorrow: .*not known/),
      ]);
    }
    expect(argo.length).toBeGreaterThan(15);
  });

  test("parameters that are required, flags and numbers", async () => {
    for (const { method, path, operation } of operations) {
      const route = routeOf(path, method);
      const { body, query = "" } = SENT[`${method} ${route.path}`]?.("a") ?? {};
      for (const { name, in: where, required, schema } of operation.parameters ?? []) {
        if (where !== "query") continue;
        const others = new URLSearchParams(query);
        others.delete(name);
        if (required === true) {
          const sent = await send(route, `?${others}`, body);
          expect([path, ...sent]).toEqual([path, 400, expect.stringContaining(name)]);
        }
        if (schema.type !== "boolean" && schema.type !== "integer" && schema["enum"] === undefined) continue;
        others.set(name, "perhaps");
        const sent = await send(route, `?${others}`, body);
        expect([path, ...sent]).toEqual([path, 400, expect.stringContaining(name)]);
      }
    }
  });
});
