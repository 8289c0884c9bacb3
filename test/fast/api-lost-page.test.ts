/** An address at which nothing is: a browser is shown the page, which says so; a program is told what it always was. */
import { afterAll, describe, expect, test } from "bun:test";
import { fakeControl } from "../fakes/fake-control.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const guarded = startFakeApi(fakeControl(), { token: "server-canary" });
const open = startFakeApi(fakeControl());
const below = startFakeApi(fakeControl(), { basePath: "/holdfast" });
const closed = startFakeApi(fakeControl(), { token: "server-canary", basePath: "/holdfast" });
const without = startFakeApi(fakeControl(), { assets: [] });
afterAll(() => Promise.all([guarded, open, below, closed, without].map((api) => api.stop())));

const HTML = "text/html,application/xhtml+xml,*/*;q=0.8";
const ask = async (url: string, headers: Record<string, string> = {}, method = "GET") => {
  const reply = await fetch(url, { method, headers });
  return {
    status: reply.status,
    type: reply.headers.get("content-type")?.split(";")[0],
    text: await reply.text(),
    headers: reply.headers,
  };
};

describe("an address at which nothing is", () => {
  test.each(["/nothing", "/applications/a/b/c", "/api-docs", "/settings/x/y", "/%zz", "/projects/a/<b>"])(
    "%s is the page to a browser, with nothing of the address in it, also where a token is asked for",
    async (path) => {
      const page = await ask(`${open.url}/`, { accept: HTML });
      for (const api of [open, guarded]) {
        const reply = await ask(api.url + path, { accept: HTML });
        expect([reply.status, reply.type, reply.text]).toEqual([404, "text/html", page.text]);
        expect(reply.headers.get("cache-control")).toBe("no-store");
        expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
      }
    },
  );

  test.each([
    ["a program", { accept: "application/json" }, "GET"],
    ["whoever says nothing", { accept: "*/*" }, "GET"],
    ["a write", { accept: HTML, "content-type": "application/json" }, "POST"],
  ])("%s is told in JSON", async (_, headers, method) => {
    const reply = await ask(`${open.url}/nothing`, headers, method);
    expect([reply.status, reply.type]).toEqual([404, "application/json"]);
    const unknown = await ask(`${guarded.url}/nothing`, headers, method);
    expect([unknown.status, unknown.type]).toEqual([401, "application/json"]);
  });

  test.each([
    "/api",
    "/api/v1/nothing",
    "/api/v1/applications",
    "/metrics",
    "/metrics/x",
    "/openapi.json/x",
    "/ui/nothing.js",
  ])("%s is the API's, whoever asks", async (path) => {
    const reply = await ask(guarded.url + path, { accept: HTML });
    expect([reply.status, reply.type]).toEqual([401, "application/json"]);
  });

  test.each([
    "/%61pi/v1/applications",
    "/%61%70%69/v1/settings",
    "/%6detrics",
    "/ap%69/holdfast/v1/status",
    "/op%65napi.json",
    "/%2561pi/v1/applications",
    "/%61pplications",
    "/.%2fapi/v1/applications",
  ])("%s, written so that a route alone knows it, opens nothing without the token", async (path) => {
    for (const url of [guarded.url, closed.url, `${closed.url}/%68oldfast`, `${closed.url}/holdfast`]) {
      const { status, text } = await ask(url + path, { accept: HTML });
      expect([400, 401, 404]).toContain(status);
      expect(text).not.toMatch(/"metadata"|controllerNamespace|holdfast_|"openapi"|"ready"/);
    }
  });

  test("below a base path the page's files are below it too, and without a page there is JSON", async () => {
    const reply = await ask(`${below.url}/holdfast/nothing`, { accept: HTML });
    expect([reply.status, reply.text.includes('src="/holdfast/ui/')]).toEqual([404, true]);
    expect((await ask(`${without.url}/nothing`, { accept: HTML })).type).toBe("application/json");
  });

  test("another site's page may lead there, and reads nothing of it", async () => {
    const site = { accept: HTML, "sec-fetch-site": "cross-site" };
    const opened = { ...site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect((await ask(`${open.url}/nothing`, opened)).status).toBe(404);
    const framed = { ...site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" };
    expect((await ask(`${open.url}/nothing`, framed)).status).toBe(403);
  });
});

test.each([
  "/settings/clusters/https%3A%2F%2Fkubernetes.default.svc",
  "/settings/repos/https%3A%2F%2Fgit.example.com%2Fx.git",
  "/settings/projects/default",
  "/applications/guestbook",
  "/user-info",
])("%s, as Argo CD's page has it, is the page", async (path) => {
  const reply = await ask(guarded.url + path, { accept: HTML });
  expect([reply.status, reply.type]).toEqual([200, "text/html"]);
});

test.each([
  "/settings/clusters/a%2Fb/c%2Fd",
  "/settings/clusters/a//b",
  "/settings/clusters/a%5Cb",
  "/settings/x%2Fy",
])("%s is refused as it was", async (path) => {
  expect((await ask(guarded.url + path, { accept: HTML })).status).toBe(400);
});
