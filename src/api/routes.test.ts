import { expect, test } from "bun:test";
import { Hono } from "hono";
import { almighty } from "../core/access/asker.ts";
import type { Env } from "./context.ts";
import { routesOf } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { fields, flag, optional, text, told, whole } from "./terms/wire.ts";

function served() {
  const router = new Hono<Env>();
  const routes = routesOf(router);
  const terms = { says: "Answers.", asks: "open", answers: json(told({ name: text() })) } as const;
  routes.get("/declared", { ...terms, id: "declared" }, (c) => c.json({ name: "a" }));
  routes.get("/status", { ...terms, id: "status" }, (c) => c.json({ name: "a" }, 202));
  routes.get("/type", { ...terms, id: "type" }, (c) => c.text("a"));
  const body = fields({ count: whole(), force: optional(flag()) });
  const query = { all: optional(flag()) };
  routes.post("/read", { ...terms, id: "read", body, query }, (c, _, asked) => {
    // Typed: another use of them does not compile.
    const { count, force = false }: { count: number; force?: boolean } = asked.body;
    return c.json({ name: `${count + 1} ${force} ${asked.query.all === true}` });
  });
  // @ts-expect-error A route that is not described is no program.
  const undescribed = (): void => routes.get("/bare", "open", (c) => c.json({}));
  expect(undescribed).toBeFunction();
  let thrown: unknown;
  router.onError((cause, c) => {
    thrown = cause;
    return c.text("", 500);
  });
  const ask = async (path: string, init?: RequestInit): Promise<[number, string]> => {
    const reply = await router.request(path, init, { server: undefined, who: almighty("user:local") });
    return [reply.status, reply.status === 500 ? String(thrown) : await reply.text()];
  };
  return ask;
}

test("an answer of a status or a type that is not declared never leaves", async () => {
  const ask = served();
  expect(await ask("/declared")).toEqual([200, '{"name":"a"}']);
  expect(await ask("/status")).toEqual([
    500,
    "Error: GET /status answered 202 application/json, which it does not declare",
  ]);
  expect(await ask("/type")).toEqual([
    500,
    "Error: GET /type answered 200 text/plain, which it does not declare",
  ]);
});

test("a handler has what was asked, read and typed", async () => {
  const ask = served();
  const sent = { method: "POST", body: JSON.stringify({ count: 1, force: true }) };
  expect(await ask("/read?all=1", sent)).toEqual([200, '{"name":"2 true true"}']);
});
