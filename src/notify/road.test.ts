import { afterAll, describe, expect, test } from "bun:test";
import { systemClock } from "../lib/system-clock.ts";
import type { NotifierRequest } from "../plugin/contract.ts";
import { LentTokens } from "./lent-tokens.ts";
import { reachOf, sendAll } from "./road.ts";

/** What the server below answers next. */
let answer: () => Response = () => new Response("ok");
const heard: string[] = [];
const server = Bun.serve({
  ...{ hostname: "127.0.0.1", port: 0 },
  fetch(request) {
    heard.push(new URL(request.url).pathname);
    return answer();
  },
});
afterAll(() => server.stop(true));

const here = `http://127.0.0.1:${server.port}`;
const requestTo = (url: string): NotifierRequest => ({
  ...{
    by: "http",
    method: "POST",
    url,
    headers: { Authorization: "Bearer canary-of-the-token" },
    body: "{}",
  },
});
const send = (
  urls: readonly string[],
  {
    allowedHosts = [],
    refused,
  }: { allowedHosts?: string[]; refused?: () => { why: string; again: "never" } } = {},
) =>
  sendAll(urls.map(requestTo), {
    ...{ called: "hook ci", secrets: ["canary-of-the-token", "/in/canary-of-the-path"], allowedHosts },
    ...{ notifier: refused === undefined ? {} : { refused }, userAgent: "holdfast/test" },
    signal: new AbortController().signal,
    lent: new LentTokens({ clock: systemClock, timeoutMs: 1_000, reach: reachOf }),
  });

describe("sendAll() of what is answered", () => {
  test.each([
    [200, "sent"],
    [204, "sent"],
    [400, "never"],
    [401, "never"],
    [404, "never"],
    [410, "never"],
    [408, "later"],
    [409, "later"],
    [425, "later"],
    [429, "later"],
    [500, "later"],
    [503, "later"],
  ])("%d: %s", async (status, want) => {
    answer = () => new Response(status === 204 ? null : "said", { status });
    const sent = await send([here]);
    expect(sent.is === "sent" ? "sent" : sent.again).toBe(want);
  });

  const date = "Mon, 30 Nov 2026 10:00:00 GMT";
  test.each([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Mon, 30 Nov 2026 10:01:00 GMT", date }, 60_000],
    // By the server's own clock, whatever ours says.
    [{ "retry-after": "Mon, 30 Nov 2026 09:00:00 GMT", date }, undefined],
    [{ "retry-after": "999999999" }, 3_600_000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-5" }, undefined],
    [{}, undefined],
  ])("%j asks for a pause of %p ms", async (headers, want) => {
    answer = () => new Response("", { status: 429, headers: headers as Record<string, string> });
    const sent = await send([here]);
    expect(sent.is === "failed" ? sent.retryAfterMs : "sent").toBe(want);
  });

  test("a server that repeats what is secret is not repeated, neither taken nor refused", async () => {
    for (const status of [200, 400]) {
      answer = () => new Response("Bearer canary-of-the-token came to /in/canary-of-the-path", { status });
      const said = JSON.stringify(await send([`${here}/in/canary-of-the-path`]));
      expect(said).toContain("came to");
      expect(said).not.toContain("canary");
    }
    answer = () => new Response("ok");
    const refused = () => ({ why: "canary-of-the-token is wrong", again: "never" }) as const;
    expect(JSON.stringify(await send([here], { refused }))).not.toContain("canary");
  });

  test("the first request that fails is the last one", async () => {
    let count = 0;
    answer = () => new Response("", { status: count++ === 0 ? 503 : 200 });
    heard.length = 0;
    expect(await send([`${here}/one`, `${here}/two`])).toMatchObject({ is: "failed", again: "later" });
    expect(heard).toEqual(["/one"]);
  });

  test("nobody is followed to another server", async () => {
    const elsewhere: string[] = [];
    const other = Bun.serve({
      ...{ hostname: "127.0.0.1", port: 0 },
      fetch(request) {
        elsewhere.push(request.headers.get("authorization") ?? "nothing");
        return new Response("ok");
      },
    });
    try {
      answer = () => Response.redirect(`http://127.0.0.1:${other.port}/`, 307);
      expect((await send([here])).is).toBe("failed");
      expect(elsewhere).toEqual([]);
    } finally {
      await other.stop(true);
    }
  });
});

describe("sendAll() asks nobody", () => {
  test.each([
    ["http://169.254.169.254/", []],
    ["http://metadata.google.internal/", []],
    ["http://[fd00:ec2::254]/", []],
    [here, ["*.example.com"]],
    ["ftp://127.0.0.1/", []],
  ])("at %s, where these hosts are allowed: %j", async (url, allowedHosts) => {
    answer = () => new Response("ok");
    heard.length = 0;
    expect(await send([url], { allowedHosts })).toMatchObject({ is: "failed", again: "never" });
    expect(heard).toEqual([]);
  });
});
