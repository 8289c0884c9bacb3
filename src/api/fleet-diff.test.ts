import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { endingOf } from "../../test/lib/ending-of.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { AccessPolicy } from "../core/access/access-policy.ts";
import { askerOf } from "../core/access/asker.ts";
import { BUILTIN_POLICY } from "../core/access/builtin-policy.ts";
import { parsePolicy } from "../core/access/policy-text.ts";
import type { Application } from "../core/model/application.ts";
import { createApi } from "./create-api.ts";

const OUT_OF_SYNC: NonNullable<Application["status"]> = {
  sync: { status: "OutOfSync", comparedTo: { destination: {} } },
  health: { status: "Healthy" },
} as NonNullable<Application["status"]>;
let api: FakeApi;

beforeEach(() => {
  const control = fakeControl();
  for (const name of ["web", "db", `a${"a".repeat(40)}`])
    control.put({ ...fakeApp("argocd", name), status: OUT_OF_SYNC });
  api = startFakeApi(control);
});
afterEach(() => api.stop());

async function found(q: string): Promise<{ status: number; text: string; applications?: number }> {
  const reply = await fetch(`${api.url}/api/holdfast/v1/fleet/diff?${new URLSearchParams({ q })}`);
  const text = await reply.text();
  if (reply.status !== 200) return { status: reply.status, text };
  return { status: 200, text, ...(JSON.parse(text.split("\n")[0] ?? "") as { applications: number }) };
}

describe("a comparison that nobody reads any further", () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Asked of the API itself, so that nothing between takes what is not read. */
  function world() {
    const control = fakeControl();
    for (let at = 0; at < 40; at++) control.put({ ...fakeApp("argocd", `app-${at}`), status: OUT_OF_SYNC });
    const policy = new AccessPolicy({
      lines: [...BUILTIN_POLICY, ...parsePolicy("g, ann, role:readonly", "policy.csv").lines],
      projects: new Map(),
      matchMode: "glob",
      defaultRole: undefined,
    });
    const subject = { name: "ann", groups: [] };
    const app = createApi({
      control,
      who: () => ({
        ...{ is: "known", by: "header" },
        asker: askerOf({ actor: "user:ann", subject }, () => policy),
      }),
      homeNamespace: "argocd",
      assets: [],
      version: {
        ...{ version: "0", commit: "", buildDate: "", helm: async () => "", kustomize: async () => "" },
        sandbox: { level: "mounts", why: "" },
      },
      metrics: async () => "",
      onHeard: () => undefined,
      log: recordingLog(),
    });
    return async () => app.fetch(new Request("http://127.0.0.1/api/holdfast/v1/fleet/diff"));
  }

  test("gives its place back after a minute, and one that is read slowly does not", async () => {
    const ask = world();
    jest.useFakeTimers();
    const slow = (await ask()).body?.getReader();
    const stalled = await ask();
    expect(stalled.status).toBe(200);
    expect((await ask()).status).toBe(429);
    for (let quarter = 0; quarter < 6; quarter++) {
      expect((await slow?.read())?.done).toBe(false);
      jest.advanceTimersByTime(15_000);
    }
    expect((await ask()).status).toBe(200);
    expect((await slow?.read())?.done).toBe(false);
    expect(await endingOf(stalled.text())).toThrow("read no further");
  });
});

describe("GET /api/holdfast/v1/fleet/diff", () => {
  test("finds by a regular expression, in letters of either size", async () => {
    expect((await found("/ARGOCD.(web|db)/")).applications).toBe(2);
    expect((await found("-/argocd.w/")).applications).toBe(2);
    expect(await found("/(/")).toMatchObject({ status: 400, text: expect.stringContaining("no regular") });
  });

  // An engine that tries every way would be at it for hours, and all the daemon with it.
  test("an expression that could be matched in a great many ways holds nobody up", async () => {
    const evil = Array.from({ length: 70 }, () => "-/(a+a*)+~/").join(" ");
    expect((await found(evil)).applications).toBe(3);
  });

  // Going backwards takes more than time in proportion.
  test("an expression that looks back or ahead is refused with what is wrong", async () => {
    expect(await found("/(a)\\1/")).toMatchObject({ status: 400 });
    expect(await found("/a(?=b)/")).toMatchObject({ status: 400 });
  });
});
