/** A registry that wants fewer requests of one who logs in says nothing of others. */
import { afterAll, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { Secret } from "../../core/model/secret.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { LentLogins } from "../../remote/lent/lent-logins.ts";
import { OciImages } from "./oci-images.ts";
import { RegistryTurns } from "./registry-turns.ts";

const asked: string[] = [];
const server = Bun.serve({
  ...{ hostname: "127.0.0.1", port: 0 },
  fetch(request) {
    const who = Buffer.from((request.headers.get("authorization") ?? "").replace("Basic ", ""), "base64");
    const { pathname } = new URL(request.url);
    asked.push(`${who} ${pathname}`);
    if (`${who}` === "")
      return new Response("", { status: 401, headers: { "www-authenticate": "Basic realm=x" } });
    return `${who}`.startsWith("busy:")
      ? new Response("slow down", { status: 429, headers: { "retry-after": "3600" } })
      : Response.json({ name: "x", tags: ["1.0.0"] });
  },
});
afterAll(() => server.stop(true));

const imagesBy = (clock: Clock): OciImages =>
  new OciImages({
    lent: new LentLogins({
      ...{ clock, timeoutMs: 1_000, environment: {} },
      codes: { unreachable: "artifact-unreachable", auth: "artifact-auth" },
    }),
    store: { get: async () => undefined, put: async () => undefined },
    clock,
    log: recordingLog(),
    ...{ timeoutMs: 5_000, fetchTimeoutMs: 5_000, signal: new AbortController().signal },
    told: () => undefined,
  } as never);

test("429 for one login leaves the registry alone for that one, whatever it asks for, and for no other", async () => {
  const images = imagesBy(systemClock);
  const tags = (username: string, repository: string): Promise<readonly string[]> =>
    images.tags(
      {
        ...{ url: `oci://127.0.0.1:${server.port}/${repository}`, type: "oci", plainHttp: true },
        ...{ username, password: new Secret(`of ${username}`) },
      },
      systemClock.now(),
    );
  expect(await endingOf(tags("busy", "a"))).toThrow("it asked for fewer requests");
  const before = asked.length;
  expect(await endingOf(tags("busy", "b"))).toThrow("it asked for fewer requests");
  expect(asked.length).toBe(before);
  expect(await tags("other", "a")).toEqual(["1.0.0"]);
});

test("as many questions go within a second as its entry has it, and by the usual again where that is gone", async () => {
  let now = 0;
  const clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms: number) => void (now += ms),
  };
  const turns = new RegistryTurns("https://registry.example.com", clock);
  const msFor = async (questions: number): Promise<number> => {
    now += 10_000;
    const before = now;
    const { signal } = new AbortController();
    for (let one = 0; one < questions; one++) await turns.hold("", async () => undefined, signal);
    return now - before;
  };
  expect(await msFor(20)).toBe(0);
  turns.allow(3);
  expect(await msFor(7)).toBe(2_000);
  turns.allow(undefined);
  expect([await msFor(20), await msFor(21)]).toEqual([0, 1_000]);
});

test("an access says how often its registry is asked", async () => {
  const images = imagesBy({
    ...{ now: systemClock.now, monotonic: () => 0 },
    sleep: async () => Promise.reject(new Error("it would wait")),
  });
  const one = { url: `oci://127.0.0.1:${server.port}/slow`, type: "oci" as const, plainHttp: true };
  const access = { ...one, username: "other", password: new Secret("x"), requestsPerSecond: 1 };
  await images.tags(access, systemClock.now());
  expect(await endingOf(images.tags({ ...access, url: `${one.url}-too` }, systemClock.now()))).toThrow();
});
