/** What replicas share in a real PostgreSQL, which stands still and is ended under way. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { connect, createServer } from "node:net";
import { Failure } from "../../src/core/model/failure.ts";
import { type RowChange, Superseded } from "../../src/core/ports/shared-store.ts";
import { PostgresStore } from "../../src/store/shared/postgres-store.ts";
import { sharedStoreSuite } from "../conformance/shared-store.ts";
import { rejectionOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";
import { type Postgres, startPostgres } from "../lib/postgres.ts";

setDefaultTimeout(120_000);

sharedStoreSuite("rows in PostgreSQL", async () => {
  const postgres = await startPostgres();
  return {
    open: (name) => new PostgresStore({ url: postgres.url, store: name, timeoutMs: 20_000 }),
    stop: () => postgres.stop(),
  };
});

let postgres: Postgres;
const open: PostgresStore[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  for (const one of open) await one.close();
  await postgres?.stop();
});
const at = (store: string, timeoutMs = 1_000): PostgresStore => {
  const one = new PostgresStore({ url: postgres.url, store, timeoutMs });
  open.push(one);
  return one;
};
const web = (value: number): RowChange => ({ table: "facts", key: ["web"], row: { name: "web", value } });
const valueIn = async (store: string): Promise<unknown> => {
  for await (const part of (await at(store).take("reader")).rows()) return part[0]?.row?.["value"];
};
/** What a push came to, tried until the server is there again. */
const until = (push: () => Promise<void>): Promise<unknown> =>
  eventually("the server takes a push", () =>
    push().then(
      () => "kept",
      (cause: unknown) => (cause instanceof Superseded ? "superseded" : false),
    ),
  );

test("a server that stands still is left in time, and what it does of that later never stands over what is newer", async () => {
  const hold = await at("still").take("a");
  await hold.push({ schema: 1, rows: [web(1)] });
  postgres.pause();
  const failed = await rejectionOf(hold.push({ schema: 1, rows: [web(2)] }));
  expect(failed).toBeInstanceOf(Failure);
  expect((failed as Failure).message).toContain("did not answer within 2000 ms");
  postgres.resume();
  expect(await until(() => hold.push({ schema: 1, rows: [web(3)] }))).toBe("kept");
  expect(await valueIn("still")).toBe(3);
});

test("a server that was ended is named, and a hold outlives its restart; a newer one too", async () => {
  const store = at("ended");
  const hold = await store.take("a");
  await hold.push({ schema: 1, rows: [web(1)] });
  await postgres.kill();
  const failed = await rejectionOf(hold.push({ schema: 1, rows: [web(2)] }));
  expect(failed).toBeInstanceOf(Failure);
  expect((failed as Failure).message).toContain(`PostgreSQL at 127.0.0.1:${postgres.port}`);
  await postgres.start();
  expect(await until(() => hold.push({ schema: 1, rows: [web(2)] }))).toBe("kept");
  expect(await valueIn("ended")).toBe(2);
  await postgres.kill();
  await postgres.start();
  expect(await until(() => hold.push({ schema: 1, rows: [web(4)] }))).toBe("superseded");
  expect(await valueIn("ended")).toBe(2);
});

test("a push that is cut in its middle is there whole or not at all", async () => {
  const hold = await at("cut", 20_000).take("a");
  const many = Array.from(
    { length: 40_000 },
    (_, n): RowChange => ({ table: "facts", key: [`${n}`], row: { name: `${n}`, value: 1 } }),
  );
  const pushed = hold.push({ schema: 1, rows: many }).then(
    () => "kept",
    () => "cut",
  );
  await Bun.sleep(200);
  await postgres.kill();
  const became = await pushed;
  await postgres.start();
  let found = 0;
  const reader = await eventually("the server is there again", () => at("cut", 20_000).take("reader"));
  for await (const part of reader.rows()) found += part.length;
  expect([0, many.length]).toContain(found);
  if (became === "kept") expect(found).toBe(many.length);
});

/** Hands on what either says, each answer so much later. */
async function slowly(port: number, ms: number): Promise<{ port: number; stop(): void }> {
  const server = createServer((asking) => {
    const answering = connect(port, "127.0.0.1");
    asking.on("data", (bytes) => answering.write(bytes));
    answering.on("data", (bytes) => setTimeout(() => asking.write(bytes), ms));
    for (const [one, other] of [
      [asking, answering],
      [answering, asking],
    ] as const)
      one.on("error", () => undefined).on("close", () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, stop: () => void server.close() };
}

test("a store that is large is shared, however long it takes, as long as the server answers each statement in time", async () => {
  const front = await slowly(postgres.port, 150);
  const url = postgres.url.replace(`:${postgres.port}/`, `:${front.port}/`);
  const store = new PostgresStore({ url, store: "large", timeoutMs: 1_000 });
  open.push(store);
  const rows = Array.from(
    { length: 75_000 },
    (_, n): RowChange => ({ table: "facts", key: [`${n}`], row: { name: `${n}`, value: 1 } }),
  );
  const hold = await store.take("a");
  await hold.replace(1, rows);
  let found = 0;
  for await (const part of (await at("large", 20_000).take("reader")).rows()) found += part.length;
  expect(found).toBe(rows.length);
  front.stop();
});
