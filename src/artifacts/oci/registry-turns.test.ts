/** A registry that wants fewer requests of one who logs in says nothing of others. */
import { afterAll, expect, test } from "bun:test";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { Secret } from "../../core/model/secret.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { LentLogins } from "../../remote/lent/lent-logins.ts";
import { OciImages } from "./oci-images.ts";

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

test("429 for one login leaves the registry alone for that one, whatever it asks for, and for no other", async () => {
  const images = new OciImages({
    lent: new LentLogins({
      clock: systemClock,
      timeoutMs: 1_000,
      environment: {},
      codes: { unreachable: "artifact-unreachable", auth: "artifact-auth" },
    }),
    store: { get: async () => undefined, put: async () => undefined },
    clock: systemClock,
    log: recordingLog(),
    ...{ timeoutMs: 5_000, fetchTimeoutMs: 5_000, signal: new AbortController().signal },
    told: () => undefined,
  } as never);
  const tags = (username: string, repository: string): Promise<readonly string[]> =>
    images.tags(
      {
        ...{ url: `oci://127.0.0.1:${server.port}/${repository}`, type: "oci", plainHttp: true },
        ...{ username, password: new Secret(`of ${username}`) },
      },
      systemClock.now(),
    );
  await expect(tags("busy", "a")).rejects.toThrow("it asked for fewer requests");
  const before = asked.length;
  await expect(tags("busy", "b")).rejects.toThrow("it asked for fewer requests");
  expect(asked.length).toBe(before);
  expect(await tags("other", "a")).toEqual(["1.0.0"]);
});
