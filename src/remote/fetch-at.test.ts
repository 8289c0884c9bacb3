import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeCertificates } from "../../test/lib/certificates.ts";
import { endingOf } from "../../test/lib/ending-of.ts";
import { fetchAt } from "./fetch-at.ts";

let server: Bun.Server<undefined>, ca: string;
beforeAll(async () => {
  const { ca: authority, cert, key } = await makeCertificates(["far.example.com"]);
  ca = authority;
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert, key },
    fetch: async (request) => new Response(`${request.headers.get("host")} ${await request.text()}`),
  });
});
afterAll(() => server.stop(true));

const ask = (host: string, addresses: readonly string[]) =>
  fetchAt(
    `https://${host}:${server.port}/x`,
    addresses,
    { method: "POST", body: Buffer.from("asked"), tls: { ca } },
    new AbortController().signal,
  );

test("fetchAt() asks the address for the name, and its certificate must be for the name", async () => {
  const answer = await ask("far.example.com", ["127.0.0.1"]);
  expect(await answer.text()).toBe(`far.example.com:${server.port} asked`);
  expect(await endingOf(ask("other.example.com", ["127.0.0.1"]))).toThrow("ALTNAME");
});

test("fetchAt() goes on to the next address where nobody listens at one", async () => {
  expect((await ask("far.example.com", ["127.0.0.2", "127.0.0.1"])).status).toBe(200);
  expect(await endingOf(ask("far.example.com", ["127.0.0.2", "127.0.0.3"]))).toThrow();
  expect(await endingOf(ask("far.example.com", []))).toThrow("no address");
});
